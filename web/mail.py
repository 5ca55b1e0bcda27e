"""Mails as they read: what happened, what is asked, until when, and one link that only opens a page.

A mail carries no free text and no number of a person; a pupil appears with a masked name. The words stand in
templates/mail: one file per topic with the blocks subject, happened, asked, until, note and button, for both parts.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import asdict, dataclass, fields
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from web.masks import mask_name
from workflow.days_left import DaysLeft, Kind

TOPICS = (
    "case_waiting", "case_returned", "case_decided", "reminder", "overdue", "supervise", "bulletin_candidate",
    "expiry_warning", "arrival_missing", "post_vacant", "certificate_ready", "import_done", "id_error_class",
    "case_ruled", "case_suspended", "case_resumed",
)  # fmt: skip
OUTCOMES = ("approved", "effective", "refused", "withdrawn", "expired", "void")

_BLOCKS = ("subject", "happened", "asked", "until", "note", "button")
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_ADDRESS = 254
_LONGEST_ID = 200


class MailRefused(ValueError):
    """A fact, address or link that must not go into a mail; `field` names it. Nothing of its content is repeated."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


@dataclass(frozen=True)
class Matter:
    """One case as a mail shows it. `pupil` may be the full name: it is masked here. Days are Asia/Shanghai dates.

    `step` is the question that is open (转出学校意见), `kind` that of its work item (decide, arrive, record, task),
    `holder` the office that has it.
    """

    no: str
    process: str
    pupil: str
    from_school: str = ""
    to_school: str = ""
    grade: str = ""
    step: str = ""
    kind: str = "decide"
    holder: str = ""
    due: dt.date | None = None
    provisional: bool = False
    left: DaysLeft | None = None


@dataclass(frozen=True)
class ImportCounts:
    """Rows of a finished import: all, taken in, taken in with a remark, given back."""

    rows: int
    imported: int
    warned: int
    blocked: int


@dataclass(frozen=True)
class Facts:
    """What a mail tells; which fields a topic needs stands in `compose`. `url` is absolute and opens a page.

    `actor` is the office that acted, `reason` a cause from the list and never free text, `on` the day it happened or
    counts from, `days` calendar days until expiry, `document` the name of a paper and `number` its number.
    """

    url: str
    matters: tuple[Matter, ...] = ()
    actor: str = ""
    outcome: str = ""
    reason: str = ""
    on: dt.date | None = None
    days: int | None = None
    document: str = ""
    number: str = ""
    office: str = ""
    counts: ImportCounts | None = None


@dataclass(frozen=True)
class Recipient:
    """Who is written to: an officer or a school clerk, by the name on the account."""

    address: str
    name: str


@dataclass(frozen=True)
class Sender:
    """The address mails come from, and the host that stands in Message-ID and List-Id."""

    address: str
    name: str = "学籍办"
    host: str = "xuejiban.invalid"


_NEEDS = {
    "case_waiting": ("matters",),
    "case_returned": ("matters", "actor"),
    "case_decided": ("matters", "outcome"),
    "reminder": ("matters",),
    "overdue": ("matters",),
    "supervise": ("matters",),
    "bulletin_candidate": ("matters",),
    "expiry_warning": ("matters", "days"),
    "arrival_missing": ("matters",),
    "post_vacant": ("matters",),
    "certificate_ready": ("matters", "document", "number"),
    "import_done": ("office", "counts"),
    "id_error_class": ("matters",),
    "case_ruled": ("matters",),
    "case_suspended": ("matters", "actor"),
    "case_resumed": ("matters",),
}


def compose(
    topic: str, facts: Facts, recipient: Recipient, *, key: str, sender: Sender, at: dt.datetime
) -> EmailMessage:
    """One mail with a plain-text and an HTML part.

    `key` is the outbox key: it becomes the Message-ID, so that a repeat can be recognised. `at` is an aware instant.
    Reminders (reminder, overdue, supervise, bulletin_candidate, expiry_warning, arrival_missing) and post_vacant take
    several matters, the other topics exactly one, import_done none. MailRefused if a fact is missing, holds a line
    break or another control character, or if the address or link is not one.
    """
    _check(topic, facts, recipient, sender, key)
    context = _context(topic, facts, recipient)
    blocks = _blocks(_mails.get_template(f"{topic}.txt"), context)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = blocks["subject"]
    message["From"] = _party(sender.name, sender.address)
    message["To"] = _party(recipient.name, recipient.address)
    message["Date"] = format_datetime(at.astimezone(_SHANGHAI))
    message["Message-ID"] = message_id(key, sender.host)
    message["List-Id"] = f"<notices.{sender.host}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = "zh-CN"
    parts = {**context, **blocks}
    message.set_content(_mails.get_template("_letter.txt").render(parts), cte="base64")
    message.add_alternative(_mails.get_template("_letter.html").render(parts), subtype="html", cte="base64")
    return message


def message_id(key: str, host: str) -> str:
    """The Message-ID that belongs to an outbox key: readable, the same every time, different for different keys."""
    local = re.sub(r"[^A-Za-z0-9_-]", lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), key)
    if len(local) > _LONGEST_ID:
        local = f"{local[:100].rstrip('=')}.{sha256(key.encode()).hexdigest()}"
    return f"<{local}@{host}>"


# ---- words -----------------------------------------------------------------------------------------------------------


def _context(topic: str, facts: Facts, recipient: Recipient) -> dict[str, Any]:
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    shown = [{**asdict(matter), "left": matter.left, "pupil": mask_name(matter.pupil)} for matter in facts.matters]
    return {
        **values,
        "topic": topic,
        "reader": recipient.name,
        "matters": shown,
        "matter": shown[0] if shown else None,
        "many": len(shown) > 1,
        "tone": _tone(topic, facts),
    }


def _blocks(template: Template, context: dict[str, Any]) -> dict[str, str]:
    inner = template.new_context(context)
    return {name: _one_line("".join(template.blocks[name](inner))) for name in _BLOCKS if name in template.blocks} | {
        name: "" for name in _BLOCKS if name not in template.blocks
    }


def _one_line(text: str) -> str:
    """Template lines run together: Chinese needs no space between them."""
    return "".join(line.strip() for line in text.splitlines())


def _tone(topic: str, facts: Facts) -> str:
    """late (red), near (amber) or plain: the colour of the line about the deadline."""
    if topic in ("overdue", "supervise", "bulletin_candidate", "arrival_missing", "post_vacant") or facts.outcome in (
        "refused",
        "expired",
    ):
        return "late"
    near = any(matter.left is not None and matter.left.urgent for matter in facts.matters)
    return "near" if near or topic == "expiry_warning" else "plain"


def _day(day: dt.date) -> str:
    """2026年12月8日（星期二）"""
    return f"{day.year}年{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）"


def _short_day(day: dt.date) -> str:
    """12月8日"""
    return f"{day.month}月{day.day}日"


def _left(left: DaysLeft | None) -> str:
    """How long there is, in words; empty when there is no deadline."""
    if left is None or left.kind is Kind.NONE:
        return ""
    if left.kind is Kind.PAUSED:
        return "现在停止计时" + (f"，恢复后还有 {left.n} 个工作日" if left.n > 0 else "")
    if left.kind is Kind.OVERDUE:
        return f"已逾期 {left.n} 个工作日" if left.n else "已逾期"
    words = {Kind.TODAY: "今天到期", Kind.TOMORROW: "明天到期"}
    return words.get(left.kind, f"还剩 {left.n} 个工作日")


def _deadline(matter: dict[str, Any]) -> str:
    """2026年12月8日（星期二）24:00前，还剩 10 个工作日; empty when there is no deadline."""
    if matter["due"] is None:
        return ""
    parts = [f"{_day(matter['due'])}24:00前", _left(matter["left"])]
    provisional = "（节假日安排尚未公布，日期为暂定）" if matter["provisional"] else ""
    return "，".join(part for part in parts if part) + provisional


def _passed(matter: dict[str, Any]) -> str:
    """2026年11月20日（星期五），已逾期 2 个工作日"""
    if matter["due"] is None:
        return ""
    return "，".join(part for part in (_day(matter["due"]), _left(matter["left"])) if part)


def _standing(matter: dict[str, Any]) -> str:
    """城东小学，12月8日截止，还剩 10 个工作日: one matter among several."""
    due = f"{_short_day(matter['due'])}截止" if matter["due"] else ""
    return "，".join(part for part in (matter["holder"], due, _left(matter["left"])) if part)


def _way(matter: dict[str, Any]) -> str:
    """张*，五年级，城东小学 → 西关小学"""
    schools = " → ".join(name for name in (matter["from_school"], matter["to_school"]) if name)
    return "，".join(part for part in (matter["pupil"], matter["grade"], schools) if part)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("web", "templates/mail"),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=_day, short_day=_short_day, left=_left, deadline=_deadline, passed=_passed, standing=_standing, way=_way
    )
    return environment


_mails = _environment()


# ---- what must not go out --------------------------------------------------------------------------------------------


def _check(topic: str, facts: Facts, recipient: Recipient, sender: Sender, key: str) -> None:
    if topic not in _NEEDS:
        raise MailRefused("topic", "unknown")
    for name in _NEEDS[topic]:
        if getattr(facts, name) in ("", None, ()):
            raise MailRefused(name, f"missing in a mail about {topic}")
    if topic == "case_decided" and facts.outcome not in OUTCOMES:
        raise MailRefused("outcome", "unknown")
    if not key:
        raise MailRefused("key", "missing")
    for thing in (facts, recipient, sender, *facts.matters):
        _refuse_control_characters(thing)
    for field, address in (("recipient", recipient.address), ("sender", sender.address)):
        if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
            raise MailRefused(field, "not one plain mail address")
    if not _is_web_address(facts.url):
        raise MailRefused("url", "not an absolute web address")


def _refuse_control_characters(thing: object) -> None:
    for name, value in vars(thing).items():
        if isinstance(value, str) and any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in value):
            raise MailRefused(name, "holds a line break or another control character")


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
