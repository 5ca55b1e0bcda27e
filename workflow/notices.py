"""Notices: what an event has to tell to a queue becomes one mail for each person in it, once for each event."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person, Post
from workflow import deputies, outbox
from workflow.calendar import day_of
from workflow.holding import valid_on
from workflow.outbox import Errand

GATHERED = frozenset(
    {"reminder", "overdue", "supervise", "bulletin_candidate", "expiry_warning", "arrival_missing", "post_vacant"}
)
"""Purposes that can wait a moment, so that one mail tells of all the matters of a morning."""
GATHERING = dt.timedelta(seconds=30)
NO_ADDRESS = "no address: the account has no e-mail; the matter stands in the inbox"
NOBODY = "nobody holds this post"


def address(session: Session, notice: Errand, now: dt.datetime) -> bool:
    """Turn a notice into mail rows and mark it done, in one transaction; False if somebody else did.

    The key of a mail names event and person, not the queue: who holds two posts is written to once. Persons whose
    account has ended are no holders; a person without an address gets a row that is done and says so.
    """
    persons = _told(session, notice, now)
    if not outbox.take(session, notice, now, note=None if persons else NOBODY):
        return False
    outbox.add_once(session, [_mail(notice, number, email, now) for number, email in persons])
    return True


def _told(session: Session, notice: Errand, now: dt.datetime) -> list[tuple[int, str]]:
    """Return who is written to, with his address: whoever the notice names, and who stands in for him today."""
    desk, _, named = notice.recipient.partition("@")
    org_id, role, *room = desk.split(":")
    query = (
        select(Person.id)
        .join(Post, Post.person_id == Person.id)
        .where(Post.org_id == int(org_id), Post.role == role, valid_on(day_of(now)))
        .where(*(Post.class_id == int(number) for number in room if number.isdigit()))
        .where(*(Person.id == int(number) for number in [named] if number))
    )
    persons = set(session.scalars(query))
    if not persons:
        return []
    filling_in = deputies.standing_in(session, persons, day_of(now), case_id=notice.case_id, org_id=int(org_id))
    everybody = persons | {deputy for found in filling_in.values() for deputy in found}
    addresses = select(Person.id, Person.email).where(Person.id.in_(everybody))
    return [(row[0], row[1]) for row in session.execute(addresses.order_by(Person.id))]


def _mail(notice: Errand, person: int, email: str, now: dt.datetime) -> dict[str, Any]:
    event = notice.dedup.removesuffix(f":{notice.purpose}:{notice.recipient}")
    wait = GATHERING if notice.purpose in GATHERED else dt.timedelta()
    return {
        "dedup": f"{event}:{person}",
        "topic": "mail",
        "recipient": str(person),
        "case_id": notice.case_id,
        "payload": {**notice.payload, "queue": notice.recipient},
        "created_at": now,
        "not_before": now + wait,
        "attempts": 0,
        "done_at": None if email else now,
        "last_error": None if email else NO_ADDRESS,
    }
