"""Timers: offered under a lease, fired through the door. The case is locked first, then its timer, in every place.

A lease only spares work; what makes a timer fire once is `fired_at`, written in the transaction of its effect.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from models.cases import Case, Timer, WorkItem
from models.people import SYSTEM_PERSON_ID
from workflow import engine, expiring, ladder, processes, queues
from workflow.step import Step
from workflow.winding import grace_ends, lapse_of

LEASE = dt.timedelta(seconds=60)
BATCH = 50
LONGEST_WAIT = dt.timedelta(hours=1)
OPENING = "send"
"""Drafts are sent in their order, by workflow.transfers.waiting."""
FARTHEST = dt.timedelta(hours=2)
"""No lease and no pause reaches this far: one that does was written by a clock that has been set back since."""


class UnknownKind(Exception):
    """A timer that this program does not understand; the row stays for one that does."""


@dataclass(frozen=True)
class Due:
    """A timer that was handed out. `attempt` counts how often that happened."""

    id: int
    no: str
    kind: str
    attempt: int


@dataclass(frozen=True)
class Fired:
    """What a timer's row says, read in the moment it was marked."""

    id: int
    kind: str
    step: int
    item_id: int | None
    due_at: dt.datetime


def waiting(session: Session, now: dt.datetime) -> bool:
    """Tell whether a timer could be claimed; asks without taking any lock."""
    return session.scalar(_free(now).limit(1)) is not None


def claim(session: Session, now: dt.datetime, *, limit: int = BATCH, lease: dt.timedelta = LEASE) -> list[Due]:
    """Hand out the longest due timers until the lease ends; two callers never get the same one. The caller commits."""
    ids = list(session.scalars(_free(now).limit(limit).with_for_update(skip_locked=True)))
    if not ids:
        return []
    taken = update(Timer).where(Timer.id.in_(ids)).values(lease_until=now + lease, attempts=Timer.attempts + 1)
    session.execute(taken)
    rows = select(Timer.id, Case.no, Timer.kind, Timer.attempts).join(Case, Case.id == Timer.case_id)
    return [Due(*row) for row in session.execute(rows.where(Timer.id.in_(ids)).order_by(Timer.due_at, Timer.id))]


def fire(session: Session, due: Due, now: dt.datetime) -> bool:
    """Do what the timer stands for; False if somebody else did, or if it was put off meanwhile. The caller commits.

    Raises UnknownKind for a kind of another version, LockTimeout (at the edge) while somebody decides the case.
    """
    effect = EFFECTS.get(due.kind)
    if effect is None:
        raise UnknownKind(f"no program part is named for timers of the kind {due.kind!r}")
    step = engine.locked_step(session, due.no, SYSTEM_PERSON_ID, now)
    mark = (
        update(Timer)
        .where(Timer.id == due.id, Timer.fired_at.is_(None), Timer.due_at <= now)
        .values(fired_at=now, lease_until=None, last_error=None)
        .returning(Timer.id, Timer.kind, Timer.step, Timer.work_item_id, Timer.due_at)
    )
    row = session.execute(mark).one_or_none()
    if row is None:
        return False
    if step.case.closed_at is None:
        effect(step, Fired(*row))
    return True


def fail(session: Session, due: Due, why: str, now: dt.datetime) -> None:
    """Write down why a timer did not fire and offer it again later, each time a little later. The caller commits."""
    pause = min(dt.timedelta(seconds=5) * 2 ** min(due.attempt, 10), LONGEST_WAIT)
    mine = (Timer.id == due.id) & (Timer.attempts == due.attempt) & Timer.fired_at.is_(None)
    session.execute(update(Timer).where(mine).values(lease_until=now + pause, last_error=why[:500]))


def stuck(session: Session, limit: int = 100) -> list[tuple[Timer, str]]:
    """Return the unfired timers that failed at least once, with their case numbers."""
    query = select(Timer, Case.no).join(Case, Case.id == Timer.case_id)
    failed = query.where(Timer.fired_at.is_(None), Timer.last_error.is_not(None)).order_by(Timer.due_at, Timer.id)
    return [(row[0], row[1]) for row in session.execute(failed.limit(limit))]


def _free(now: dt.datetime) -> Select[int]:
    unleased = or_(Timer.lease_until.is_(None), Timer.lease_until <= now, Timer.lease_until > now + FARTHEST)
    due = select(Timer.id).where(Timer.fired_at.is_(None), Timer.due_at <= now, unleased, Timer.kind != OPENING)
    return due.order_by(Timer.due_at, Timer.id)


def _climb_ladder(step: Step, timer: Fired) -> None:
    item = next((item for item in step.items if item.id == timer.item_id and item.open), None)
    if item is not None:
        ladder.climb(step, item, timer.kind, timer.step)


# ---- timers of the whole case ----------------------------------------------------------------------------------------


def _warn_of_expiry(step: Step, timer: Fired) -> None:
    expiring.warn(step, timer.due_at, timer.step)


def _expire(step: Step, timer: Fired) -> None:
    """End what nobody finished."""
    if expiring.may_end(step, timer.due_at):
        _act(step, timer, "expire")


# ---- what silence leads to -------------------------------------------------------------------------------------------


def _lapse(step: Step, timer: Fired) -> None:
    """When the term of a question has passed: supervise and wait the grace out, if there is any, then act."""
    item = next((item for item in step.items if item.id == timer.item_id and item.open), None)
    lapse = lapse_of(step, item) if item else None
    if item is None or lapse is None:
        return
    if timer.step == 0 and lapse.grace:
        _grant_grace(step, item, lapse.grace)
        return
    field = processes.of(step.case).actions[lapse.action].answers
    _act(step, timer, lapse.action, **({field: item.turn} if field else {}))


def _grant_grace(step: Step, item: WorkItem, policy: str) -> None:
    """Have the authority above look into it, and note when waiting ends."""
    end = grace_ends(step, item, policy)
    step.session.add(Timer(case_id=step.case.id, work_item_id=item.id, kind="lapse", step=1, due_at=end))
    ladder.supervise(step, item, 1)


def _resume(step: Step, timer: Fired) -> None:
    """The last day of a suspension is over."""
    if "suspended" in step.case.state:
        _act(step, timer, "resume")


def _ask_again(step: Step, timer: Fired) -> None:
    """Put a question that comes with the calendar, where the case still waits for nothing else."""
    if processes.of(step.case).actions["ask"].belongs_to(step):
        _act(step, timer, "ask")


OF_THE_CLOCK = ("expire", "resume", "ask")
"""What timers do by themselves, beside what a definition names as following from silence (`Lapse`)."""


def _act(step: Step, timer: Fired, action: str, **values: int) -> None:
    """Act as the system, through the door; the timer's number makes a repetition harmless."""
    key, now = f"timer:{timer.id}", step.now
    engine.do(step.session, step.case.no, action, SYSTEM_PERSON_ID, now=now, key=key, seen_revision=None, values=values)


EFFECTS: dict[str, Callable[[Step, Fired], None]] = {
    **dict.fromkeys(ladder.RUNGS, _climb_ladder),
    "expiry_warning": _warn_of_expiry,
    "expire": _expire,
    "lapse": _lapse,
    "ask": _ask_again,
    "resume": _resume,
    "climb": lambda step, timer: queues.climb(step, timer.item_id),
}
"""What each kind of timer does. Rows name kinds, never code, so renaming a function loses nothing."""
