"""What became of the notices of a case: who was told of which event, whether a mail went out, and who has read it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.messages import Chat, Mail, Notice
from models.people import Person

MOST = 500
"""Notices of a case that are looked at, the latest ones; a case has a few for each event."""


@dataclass(frozen=True)
class Delivery:
    """One person and one event. `state` is waiting, queued, sent, refused or bounced, else why no mail goes out:
    no_address, bounces, by_choice, overtaken or answered. `state_at` is when that began, for `waiting` when it ends.
    """

    seq: int
    person: str
    org_id: int | None
    at: dt.datetime
    state: str
    state_at: dt.datetime
    read_at: dt.datetime | None
    instead: bool = False
    """The person was told because mails to somebody else come back."""
    chat: str = ""
    """What became of the message to the telephone: waiting, queued, sent or refused; nothing if none was wanted."""


def of_case(session: Session, case_id: int, offices: Collection[int] | None = None) -> list[Delivery]:
    """Return the deliveries of a case, the oldest first; `offices` limits them to who was told there. One statement."""
    query = (
        select(Notice, Person.name, Mail, Chat)
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Mail, Mail.id == Notice.mail_id)
        .outerjoin(Chat, Chat.id == Notice.chat_id)
        .where(Notice.case_id == case_id)
    )
    if offices is not None:
        query = query.where(Notice.org_id.in_(sorted(offices)))
    rows = session.execute(query.order_by(Notice.id.desc()).limit(MOST)).all()
    return [_delivery(*row) for row in reversed(rows)]


def _delivery(notice: Notice, person: str, mail: Mail | None, chat: Chat | None) -> Delivery:
    state, since = _state(notice, mail)
    seq, instead = int(notice.facts.get("seq", 0)), "instead_of" in notice.facts
    on_telephone = chat.state if chat else "waiting" if notice.chat_at else ""
    return Delivery(seq, person, notice.org_id, notice.at, state, since, notice.read_at, instead, on_telephone)


def _state(notice: Notice, mail: Mail | None) -> tuple[str, dt.datetime]:
    if notice.unmailed:
        return notice.unmailed, notice.at
    if mail is not None:
        return ("answered" if mail.state == "moot" else mail.state), mail.state_at
    return "waiting", notice.mail_at or notice.at
