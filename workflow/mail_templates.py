"""How mails are worded here: versions of each, written by the administrator at the top; none means the shipped words.

A version is never changed: every mail notes the one it was written with.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from models.messages import MailTemplate
from models.people import Person
from workflow import administration, incidents, wording
from workflow.errors import NotAllowed, Unmet
from workflow.step import Actor
from workflow.world import World

SHIPPED = 0
"""The version of the words that come with the program."""


class Version(NamedTuple):
    """One version of a mail's words; `words` None: back to the shipped ones."""

    number: int
    words: dict[str, str] | None
    author: str
    at: dt.datetime


def in_force(session: Session, topic: str) -> tuple[int, dict[str, str] | None]:
    """Return the number and the words of the newest version; (SHIPPED, None) where the shipped words hold."""
    query = select(MailTemplate.version, MailTemplate.words).where(MailTemplate.topic == topic)
    row = session.execute(query.order_by(MailTemplate.version.desc()).limit(1)).first()
    return (row.version, row.words) if row and row.words else (SHIPPED, None)


def overview(session: Session) -> dict[str, Version]:
    """Return the newest version of every mail that was ever worded here."""
    newest = select(MailTemplate.topic, func.max(MailTemplate.version)).group_by(MailTemplate.topic)
    query = select(MailTemplate, Person.name).join(Person, Person.id == MailTemplate.person_id)
    found = session.execute(query.where(tuple_(MailTemplate.topic, MailTemplate.version).in_(newest)))
    return {one.topic: _version(one, name) for one, name in found}


def history(session: Session, topic: str, limit: int = 20) -> list[Version]:
    """Return the versions of one mail's words, the latest first."""
    query = select(MailTemplate, Person.name).join(Person, Person.id == MailTemplate.person_id)
    mine = query.where(MailTemplate.topic == topic).order_by(MailTemplate.version.desc())
    return [_version(one, name) for one, name in session.execute(mine.limit(limit))]


def may_word(actor: Actor, world: World) -> bool:
    """Tell whether the person may word mails: they go out everywhere, so only whoever administrates the top may."""
    return incidents.reaches_all(actor, world)


def save(
    session: Session,
    actor: Actor,
    world: World,
    topic: str,
    words: Mapping[str, str] | None,
    known: Collection[str],
    seen: int,
    now: dt.datetime,
) -> int:
    """Add a version and return its number; `words` None goes back to the shipped ones. The caller commits.

    `known` are the placeholders of this mail, `seen` is the newest version when the page was drawn (0: none). Raises
    NotAllowed or Unmet.
    """
    if not may_word(actor, world):
        raise NotAllowed("mail_text", "邮件发往全系统，用语由最上级单位的系统管理员修改")
    if words is not None:
        faults = wording.faults(words, known)
        if faults:
            raise Unmet(faults)
    newest = session.scalar(select(func.max(MailTemplate.version)).where(MailTemplate.topic == topic)) or 0
    if newest != seen:
        raise Unmet([administration.fault("", f"刚刚已有人改为第 {newest} 版，请核对后再改")])
    stored = None if words is None else {field: words.get(field, "") for field in wording.LIMITS}
    session.add(MailTemplate(topic=topic, version=newest + 1, words=stored, person_id=actor.id, at=now))
    what = "恢复原文" if words is None else "改写"
    administration.note(session, actor, "admin_mail", f"邮件用语 {topic} 第 {newest + 1} 版：{what}", now)
    session.flush()
    return newest + 1


def _version(one: MailTemplate, author: str) -> Version:
    return Version(one.version, one.words, author, one.at)

