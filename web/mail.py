"""Mails as they read: what happened, what is asked, until when, and one link that only opens a page.

A mail carries no free text and no number of a person; a pupil appears with a masked name. The shipped words stand in
templates/mail, one file per topic, in the language of `workflow.wording`; an administrator may word them otherwise.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from web.mail_facts import ANSWERS, DIGEST, NEEDS, OUTCOMES, TOPICS, Facts, MailRefused, Recipient, Sender
from web.mail_values import standing, until, values_of, way
from workflow import wording

LABELS = {"主题": "subject", "正文": "happened", "请您": "asked", "说明": "note", "按钮": "button"}
"""How the parts of a mail are called in the shipped files and on the page where they are worded."""
_LATE = ("overdue", "supervise", "bulletin_candidate", "arrival_missing", "post_vacant")
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_ADDRESS = 254
_LONGEST_ID = 200


def compose(
    topic: str,
    facts: Facts,
    recipient: Recipient,
    *,
    key: str,
    sender: Sender,
    at: dt.datetime,
    words: Mapping[str, str] | None = None,
) -> EmailMessage:
    """One mail with a plain-text and an HTML part.

    `key` is the outbox key: it becomes the Message-ID, so that a repeat can be recognised. `at` is an aware instant.
    `words` are the parts as an administrator worded them, None for the shipped ones. MailRefused if a fact is missing,
    holds a line break or another control character, or if the address or link is not one; UnknownPlaceholder if the
    words ask for what there is not.
    """
    _check(topic, facts, recipient, sender, key)
    parts = worded(topic, facts, recipient.name, words or shipped(topic))
    message = EmailMessage(policy=SMTP)
    message["Subject"] = parts["subject"]
    message["From"] = _party(sender.name, sender.address)
    message["To"] = _party(recipient.name, recipient.address)
    message["Date"] = format_datetime(at.astimezone(_SHANGHAI))
    message["Message-ID"] = message_id(key, sender.host)
    message["List-Id"] = f"<notices.{sender.host}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = "zh-CN"
    message.set_content(_mails.get_template("_letter.txt").render(parts), cte="base64")
    message.add_alternative(_mails.get_template("_letter.html").render(parts), subtype="html", cte="base64")
    return message


def message_id(key: str, host: str) -> str:
    """The Message-ID that belongs to an outbox key: readable, the same every time, different for different keys."""
    local = re.sub(r"[^A-Za-z0-9_-]", lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), key)
    if len(local) > _LONGEST_ID:
        local = f"{local[:100].rstrip('=')}.{sha256(key.encode()).hexdigest()}"
    return f"<{local}@{host}>"


@cache
def shipped(topic: str) -> Mapping[str, str]:
    """Return the words that come with the program: {subject, happened, asked, note, button}."""
    text = files("web").joinpath(f"templates/mail/{topic}.txt").read_text(encoding="utf-8")
    lines = dict(line.split("：", 1) for line in text.splitlines())
    return {field: lines.get(label, "") for label, field in LABELS.items()}


def worded(topic: str, facts: Facts, reader: str, words: Mapping[str, str]) -> dict[str, Any]:
    """Return the parts of a mail as they read. Raises UnknownPlaceholder."""
    values = values_of(topic, facts)
    told = {field: wording.fill(words.get(field, ""), values) for field in LABELS.values()}
    sections = facts.sections if topic == DIGEST else ()
    return {
        **told,
        "reader": reader,
        "url": facts.url,
        "until": until(topic, facts),
        "matter": facts.matter,
        "sections": sections,
        "tone": _tone(topic, facts),
    }


def _tone(topic: str, facts: Facts) -> str:
    """late (red), near (amber) or plain: the colour of the line about the deadline."""
    if topic in _LATE or facts.outcome in ("refused", "expired"):
        return "late"
    left = facts.matter.left if facts.matter else None
    return "near" if (left is not None and left.urgent) or topic == "expiry_warning" else "plain"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("web", "templates/mail"),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(standing=standing, way=way)
    return environment


_mails = _environment()


# ---- what must not go out --------------------------------------------------------------------------------------------


def check_facts(topic: str, facts: Facts) -> None:
    """See that the facts of a letter are complete and can go out. Raises MailRefused."""
    if topic not in TOPICS:
        raise MailRefused("topic", "unknown")
    for name in NEEDS[topic]:
        if getattr(facts, name) in ("", None, ()):
            raise MailRefused(name, f"missing in a mail about {topic}")
    if topic == "case_decided" and facts.outcome not in OUTCOMES:
        raise MailRefused("outcome", "unknown")
    if "answer" in NEEDS[topic] and facts.answer not in ANSWERS:
        raise MailRefused("answer", "unknown")
    _refuse_control_characters(facts)
    if not _is_web_address(facts.url):
        raise MailRefused("url", "not an absolute web address")


def _check(topic: str, facts: Facts, recipient: Recipient, sender: Sender, key: str) -> None:
    check_facts(topic, facts)
    if not key:
        raise MailRefused("key", "missing")
    for thing in (recipient, sender):
        _refuse_control_characters(thing)
    for field, address in (("recipient", recipient.address), ("sender", sender.address)):
        if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
            raise MailRefused(field, "not one plain mail address")


def _refuse_control_characters(thing: Any) -> None:
    """Look at every text in a fact and in the facts inside it."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            if is_dataclass(one):
                _refuse_control_characters(one)
            if isinstance(one, str) and any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in one):
                raise MailRefused(field.name, "holds a line break or another control character")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"]", url)


def _party(name: str, address: str) -> Address:
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, MessageError, IndexError):
        raise MailRefused("address", "not one plain mail address") from None
