"""What is due for one person on one way out of the house, gathered under his lock so that two workers never do it both.

The ways are mail and the short message to the telephone; each has its own moment and its own parcel in a notice.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.messages import Notice
from models.people import Person
from workflow.message_choices import BY_CLOCK, GATHERING

MOST = 200
"""Notices in one parcel; more wait for the next."""
PERSONS = 500

SERIOUS = ("reminder", "overdue", "arrival_missing", "supervise", "decide_instead", "bulletin_candidate")
"""The rungs of the ladder, the most serious last."""
PAUSING = ("case_suspended", "case_resumed")
"""Of these only the last one says how a case stands."""


class Way(NamedTuple):
    """A way out, as columns: from when on a notice may go it, and in which parcel it went."""

    at: Any
    parcel: Any

    def waits(self) -> ColumnElement[bool]:
        """Return what holds for a notice that is still to go this way."""
        waits: ColumnElement[bool] = self.at.is_not(None) & self.parcel.is_(None)
        return waits


MAIL = Way(Notice.mail_at, Notice.mail_id)
CHAT = Way(Notice.chat_at, Notice.chat_id)


class Gathered(NamedTuple):
    """All notices that were found, and those of them that are worth telling."""

    found: Sequence[Notice]
    latest: Sequence[Notice]

    @property
    def overtaken(self) -> list[int]:
        """Return the numbers of those that a later one makes pointless."""
        told = {notice.id for notice in self.latest}
        return [notice.id for notice in self.found if notice.id not in told]


def due(session: Session, way: Way, now: dt.datetime) -> list[int]:
    """Return to whom something should go out now; asks without taking any lock."""
    return list(session.scalars(select(Notice.person_id).where(way.waits(), way.at <= now).distinct().limit(PERSONS)))


def gather(session: Session, way: Way, person_id: int, now: dt.datetime) -> Gathered | None:
    """Lock a person and return what goes out to him now; None if nothing does, or somebody else is at it."""
    if not _taken(session, person_id):
        return None
    mine = select(Notice).where(way.waits(), Notice.person_id == person_id, way.at <= now + GATHERING)
    found = session.scalars(mine.order_by(Notice.id).limit(MOST).with_for_update(skip_locked=True)).all()
    latest = _latest(found)
    moments = (getattr(notice, way.at.key) for notice in latest)
    return Gathered(found, latest) if any(at is not None and at <= now for at in moments) else None


def _taken(session: Session, person_id: int) -> bool:
    """Lock the person, not only the notices: two workers with half of them each would make two parcels."""
    row = select(Person.id).where(Person.id == person_id)
    return session.scalar(row.with_for_update(skip_locked=True, key_share=True)) is not None


def _latest(notices: Sequence[Notice]) -> list[Notice]:
    """Leave out what a later notice of the same matter makes pointless.

    That happens after a pause of the worker: several rungs of one ladder then come together, or a stop and its end.
    """
    best: dict[tuple[Any, ...], Notice] = {}
    for notice in notices:
        matter = _matter(notice)
        best[matter] = max(best.get(matter, notice), notice, key=_rank)
    return sorted(best.values(), key=lambda notice: notice.id)


def _matter(notice: Notice) -> tuple[Any, ...]:
    if notice.purpose in PAUSING:
        return PAUSING, notice.case_id
    if notice.purpose not in BY_CLOCK:
        return (notice.id,)
    ladder = "ladder" if notice.purpose in SERIOUS else notice.purpose
    return ladder, notice.case_id, notice.facts.get("item")


def _rank(notice: Notice) -> tuple[int, int]:
    return SERIOUS.index(notice.purpose) if notice.purpose in SERIOUS else 0, notice.id
