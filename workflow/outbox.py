"""The outbox: rows are offered by their state, under a lease, never by a position in a sequence.

Numbers are given at insert and seen at commit, so "everything after the last one" loses rows. A lease only spares work:
what happens inside the database happens once because `done_at` is written with it. What leaves the house can happen
twice only if a worker dies between the server's "accepted" and our mark; the dedup key shows the repetition.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.outbox import OutboxRow

LEASE = dt.timedelta(seconds=120)
BATCH = 50
MOST_ATTEMPTS = 24
"""With the pauses below a row is tried for about a day and a half before it is given up."""
FIRST_PAUSE = dt.timedelta(seconds=10)
LONGEST_PAUSE = dt.timedelta(hours=2)
CALLED_BACK = "called back before it was sent"
FARTHEST = dt.timedelta(hours=4)
"""No lease reaches this far: one that does was written by a clock that has been set back since."""


@dataclass(frozen=True)
class Errand:
    """A row that was handed out. `attempt` fences: whoever was overtaken can no longer judge the row."""

    id: int
    topic: str
    dedup: str
    recipient: str
    case_id: int | None
    payload: dict[str, Any]
    attempt: int

    @property
    def purpose(self) -> str:
        return str(self.payload.get("purpose", ""))


def waiting(session: Session, topics: Sequence[str], now: dt.datetime) -> bool:
    """Tell whether a row of these topics could be claimed; asks without taking any lock."""
    return session.execute(_free(topics, now).limit(1)).first() is not None


def claim(
    session: Session, topics: Sequence[str], now: dt.datetime, *, limit: int = BATCH, lease: dt.timedelta = LEASE
) -> list[Errand]:
    """Hand out rows, the oldest first, until the lease ends; two callers never get the same one. The caller commits.

    A row over which a worker ended without a word is handed out alone, so that one which kills its worker costs no
    other row an attempt.
    """
    free = session.execute(_free(topics, now).limit(limit).with_for_update(skip_locked=True)).all()
    ids = [row.id for row in _up_to_a_lost_one(free)]
    if not ids:
        return []
    taken = update(OutboxRow).where(OutboxRow.id.in_(ids))
    session.execute(taken.values(lease_until=now + lease, attempts=OutboxRow.attempts + 1))
    columns = (
        OutboxRow.id,
        OutboxRow.topic,
        OutboxRow.dedup,
        OutboxRow.recipient,
        OutboxRow.case_id,
        OutboxRow.payload,
        OutboxRow.attempts,
    )
    rows = select(*columns).where(OutboxRow.id.in_(ids)).order_by(OutboxRow.not_before, OutboxRow.id)
    return [Errand(*row) for row in session.execute(rows)]


def finish(session: Session, errands: Iterable[Errand], now: dt.datetime, note: str | None = None) -> int:
    """Mark as done, whoever else may hold them now; `note` says why nothing was sent. Returns how many were open."""
    ids = [errand.id for errand in errands]
    still = OutboxRow.id.in_(ids) & OutboxRow.done_at.is_(None)
    done = update(OutboxRow).where(still).values(done_at=now, dead_at=None, lease_until=None, last_error=note)
    return _count(session, done)


def take(session: Session, errand: Errand, now: dt.datetime, *, note: str | None = None) -> bool:
    """Mark one row as done in the transaction that carries it out; False if it was done or given to somebody else.

    The mark locks the row, so of two workers only one goes on.
    """
    mine = (OutboxRow.id == errand.id) & (OutboxRow.attempts == errand.attempt) & _open()
    done = update(OutboxRow).where(mine).values(done_at=now, lease_until=None, last_error=note)
    return _count(session, done) == 1


def call_back(session: Session, dedups: Sequence[str], now: dt.datetime) -> set[str]:
    """Close rows that nobody has carried out yet, because they are of no use any more; returns whom they were for."""
    mine = update(OutboxRow).where(OutboxRow.dedup.in_(dedups), _open())
    closed = mine.values(done_at=now, lease_until=None, last_error=CALLED_BACK).returning(OutboxRow.recipient)
    return set(session.scalars(closed.execution_options(synchronize_session=False)))


def fail(session: Session, errand: Errand, why: str, now: dt.datetime, *, permanent: bool = False) -> None:
    """Write down why it did not work. It is tried again later, each time later, or never if that is of no use."""
    mine = (OutboxRow.id == errand.id) & (OutboxRow.attempts == errand.attempt) & _open()
    pause = min(FIRST_PAUSE * 3 ** min(errand.attempt - 1, 10), LONGEST_PAUSE)
    values: dict[str, Any] = {"lease_until": None, "last_error": why[:500], "not_before": now + pause}
    if permanent or errand.attempt >= MOST_ATTEMPTS:
        values["dead_at"] = now
    session.execute(update(OutboxRow).where(mine).values(values))


def release(session: Session, errands: Iterable[Errand], until: dt.datetime) -> None:
    """Give rows back that were not tried: they lose no attempt and come again at `until`."""
    for errand in errands:
        mine = (OutboxRow.id == errand.id) & (OutboxRow.attempts == errand.attempt) & _open()
        back = update(OutboxRow).where(mine)
        session.execute(back.values(lease_until=None, not_before=until, attempts=OutboxRow.attempts - 1))


def renew(session: Session, errand: Errand, until: dt.datetime) -> None:
    """Keep a row that takes long; once somebody else holds it nothing happens. The caller commits."""
    mine = (OutboxRow.id == errand.id) & (OutboxRow.attempts == errand.attempt) & _open()
    session.execute(update(OutboxRow).where(mine).values(lease_until=until))


def bury_lost(session: Session, now: dt.datetime) -> int:
    """Give up rows that took every attempt without a word: their workers died on them. Returns how many."""
    silent = _open() & (OutboxRow.attempts >= MOST_ATTEMPTS) & or_(*_unleased(now))
    why = "every worker that tried it ended without a word"
    dead = update(OutboxRow).where(silent).values(dead_at=now, lease_until=None, last_error=why)
    return _count(session, dead)


def add_once(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows whose dedup key is not there yet; another transaction with the same key is no error."""
    if not rows:
        return
    session.execute(_insert(session), list(rows))


def add_one(session: Session, row: dict[str, Any]) -> bool:
    """Insert one row; False if its dedup key is there already."""
    return session.execute(_insert(session).values(row).returning(OutboxRow.id)).first() is not None


def incidents(session: Session, limit: int = 100) -> list[OutboxRow]:
    """Return what was given up and waits for a person, the latest first."""
    dead = select(OutboxRow).where(OutboxRow.dead_at.is_not(None), OutboxRow.done_at.is_(None))
    return list(session.scalars(dead.order_by(OutboxRow.dead_at.desc(), OutboxRow.id.desc()).limit(limit)))


def retry(session: Session, number: int, now: dt.datetime) -> bool:
    """Let a row that was given up be tried again from the beginning. The caller commits."""
    again = update(OutboxRow).where(OutboxRow.id == number, OutboxRow.dead_at.is_not(None), OutboxRow.done_at.is_(None))
    return _count(session, again.values(dead_at=None, attempts=0, not_before=now, lease_until=None)) == 1


def give_up(session: Session, number: int, why: str, now: dt.datetime) -> bool:
    """Close a row that was given up, with the reason somebody gave. The caller commits."""
    dead = update(OutboxRow).where(OutboxRow.id == number, OutboxRow.dead_at.is_not(None), OutboxRow.done_at.is_(None))
    return _count(session, dead.values(done_at=now, last_error=why[:500])) == 1


def _insert(session: Session) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(OutboxRow).on_conflict_do_nothing(index_elements=["dedup"])


def _up_to_a_lost_one(free: Sequence[Any]) -> Sequence[Any]:
    """Return the rows before the first whose lease ran out, or that one alone if it is the first."""
    lost = next((place for place, row in enumerate(free) if row.lease_until is not None), len(free))
    return free[: max(lost, 1)]


def _free(topics: Sequence[str], now: dt.datetime) -> Select[int, dt.datetime | None]:
    due = select(OutboxRow.id, OutboxRow.lease_until).where(
        _open(),
        OutboxRow.topic.in_(topics),
        OutboxRow.not_before <= now,
        OutboxRow.attempts < MOST_ATTEMPTS,
        or_(*_unleased(now)),
    )
    return due.order_by(OutboxRow.not_before, OutboxRow.id)


def _unleased(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    until = OutboxRow.lease_until
    return until.is_(None), until <= now, until > now + FARTHEST


def _open() -> ColumnElement[bool]:
    return OutboxRow.done_at.is_(None) & OutboxRow.dead_at.is_(None)


def _count(session: Session, statement: Any) -> int:
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)
