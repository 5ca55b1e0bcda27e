"""How mails are worded: every kind with its version, a form, a look at it with sample data, and the way back."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web import clock
from web.admin.frame import bp, errors_of, reach_or_refuse, typed
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.formats import full_minute
from web.letter_sections import KINDS
from web.mail import LABELS, shipped, worded
from web.mail_facts import DIGEST, TOPICS
from web.mail_samples import placeholders, sample
from web.pages.messages import MailTextRow, MailTextsPage
from web.views import Fact, Field, Form, refused
from workflow import mail_templates, wording
from workflow.administration import SYSTEM
from workflow.errors import NotFound, Unmet
from workflow.mail_templates import Version
from workflow.wording import UnknownPlaceholder

READER = "王老师"
SEVERAL = "汇总（一封里几件事）"
LONG = ("happened", "asked", "note")
"""Parts that take more than one line to write."""
HINTS = {
    "subject": "收件人在列表里只看得到开头",
    "asked": "要收件人做什么；不要做什么的可以不填",
    "button": "按钮只打开页面",
}


@bp.get("/mail-texts", endpoint="mail_texts")
def index() -> str:
    """Draw the list, with one kind of mail opened when the address names it."""
    reach_or_refuse(SYSTEM)
    topic = _topic(request.args.get("topic", "")) if request.args.get("topic") else ""
    return _draw(topic)


@bp.post("/mail-texts")
def word() -> Response | str | tuple[str, int]:
    """Look at what was typed (`act`: preview), keep it as the next version (save), or go back to the shipped words."""
    reach_or_refuse(SYSTEM)
    topic, act, values = _topic(request.form.get("topic", "")), request.form.get("act", ""), typed()
    words = None if act == "revert" else {field: values.get(field, "") for field in wording.LIMITS}
    try:
        if act == "preview" and words is not None:
            if faults := wording.faults(words, placeholders(topic)):
                raise Unmet(faults)
            return _draw(topic, words, _seen())
        actor, world, seen, now = current_actor(), current_world(), _seen(), clock.now()
        known = placeholders(topic)
        number = write(lambda session: mail_templates.save(session, actor, world, topic, words, known, seen, now))
    except Unmet as fault:
        return _draw(topic, words, _seen(), fault), 422
    flash(f"已保存为第 {number} 版，从下一封起使用" if words else f"已恢复原文（第 {number} 版）", "done")
    return redirect(url_for(".mail_texts", topic=topic), 303)


def _draw(
    topic: str, words: Mapping[str, str] | None = None, seen: int | None = None, fault: Unmet | None = None
) -> str:
    session = read_session()
    overview = mail_templates.overview(session)
    rows = tuple(_row(one, overview.get(one), topic) for one in TOPICS)
    if not topic:
        return render_template("admin/mail_texts.html", page=MailTextsPage(rows))
    versions = mail_templates.history(session, topic)
    newest = versions[0] if versions else None
    stored = newest.words if newest and newest.words else shipped(topic)
    given = words or stored
    form = Form(tuple(_field(name, given.get(name, "")) for name in wording.LIMITS), button="保存为新一版")
    if fault:
        form = refused(form, errors_of(fault, set(wording.LIMITS)))
    page = MailTextsPage(
        rows=rows,
        title=_title(topic),
        url=url_for(".mail_texts", topic=topic),
        form=form,
        topic=topic,
        seen=seen if seen is not None else newest.number if newest else 0,
        may_word=mail_templates.may_word(current_actor(), current_world()),
        is_shipped=newest is None or newest.words is None,
        placeholders=tuple(Fact(f"{{{name}}}", value) for name, value in placeholders(topic).items()),
        preview=_look(topic, stored if fault else given) or _look(topic, shipped(topic)),
        is_broken=_look(topic, stored) is None,
        history=tuple(_told(one) for one in versions),
    )
    return render_template("admin/mail_texts.html", page=page)


def _look(topic: str, words: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the mail with sample data, None for words that this program cannot fill in."""
    try:
        return worded(topic, sample(topic), READER, words)
    except UnknownPlaceholder:
        return None


def _row(topic: str, newest: Version | None, chosen: str) -> MailTextRow:
    url = url_for(".mail_texts", topic=topic)
    if newest is None or newest.words is None:
        return MailTextRow(_title(topic), url, active=topic == chosen)
    return MailTextRow(_title(topic), url, newest.number, newest.author, newest.at, topic == chosen)


def _told(one: Version) -> Fact:
    return Fact(f"第 {one.number} 版", one.author, f"{full_minute(one.at)}{'' if one.words else '，恢复原文'}")


def _title(topic: str) -> str:
    return SEVERAL if topic == DIGEST else KINDS[topic].title


def _field(name: str, value: str) -> Field:
    label = next(label for label, field in LABELS.items() if field == name)
    kind = "textarea" if name in LONG else "text"
    return Field(
        name,
        label,
        kind,  # type: ignore[arg-type]
        value,
        hint=HINTS.get(name, ""),
        required=name in wording.NEEDED,
        maxlength=wording.LIMITS[name],
        rows=3,
        width="short" if name == "button" else "full",
    )


def _topic(text: str) -> str:
    if text not in TOPICS:
        raise NotFound
    return text


def _seen() -> int:
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1
