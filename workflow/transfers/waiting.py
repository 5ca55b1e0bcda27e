"""Complete drafts that wait for the opening: sent by themselves in the order in which they were begun (product 21).

The wish stands in `case.state["waiting"]` and as a timer of the kind `send` at the moment of opening. Any number of
workers may send; a turnstile lets one draft through at a time, so that the order holds and every draft goes once.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from models.cases import Case, Timer
from models.people import SYSTEM_PERSON_ID
from workflow import engine, slots
from workflow.calendar import day_of, due_instant
from workflow.errors import NotAllowed, NotFound, Reason, Refused, Unmet
from workflow.noting import note
from workflow.rights import clerks_of
from workflow.step import Step
from workflow.transfers.opening import KIND, WAITING, admission_of

TURNSTILE = "send_drafts"
PAUSE = dt.timedelta(minutes=5)
LONGEST_WAIT = dt.timedelta(hours=2)
GONE = Reason("right", "block", "定下自动提交的人已不在学籍管理员岗位上，请重新提交")


def is_due(session: Session, now: dt.datetime) -> bool:
    """Tell whether a draft could be sent; asks without taking any lock."""
    return session.scalar(select(Timer.id).where(_due(now)).limit(1)) is not None


def send_next(session: Session, now: dt.datetime) -> str:
    """Send the oldest draft whose time has come; returns its number, "" if there is none. The caller commits.

    Raises NotSent for what stands against it: nothing is changed then, and `give_back` must be called.
    """
    found = _next(session, now)
    if found is None:
        return ""
    timer, no = found
    step = engine.locked_step(session, no, SYSTEM_PERSON_ID, now)
    kept = step.case.state.get(WAITING)
    if kept is None or step.case.submitted_at is not None or step.case.closed_at is not None:
        _pass(session, timer, now)
        return no
    admission = admission_of(step)
    if not admission.is_open and admission.opens:
        _put_off(step, timer, admission.opens)
        return no
    note(step, "opened", tell=[("draft_sent", clerks_of(step.world.office(step.case.applicant_org_id)))])
    _pass(session, timer, now)
    key, seen = f"opening:{timer.id}", step.case.revision
    try:
        engine.do(session, no, "submit", kept["by"], now=now, key=key, seen_revision=seen)
    except Unmet as refused:
        raise NotSent(timer.id, no, refused.reasons) from refused
    except (NotAllowed, NotFound) as refused:
        raise NotSent(timer.id, no, [GONE]) from refused
    return no


class NotSent(Refused):
    """A draft could not be sent at the opening, with all the reasons."""

    code = "not_sent"

    def __init__(self, timer_id: int, no: str, reasons: Sequence[Reason]) -> None:
        super().__init__(no)
        self.timer_id, self.no, self.reasons = timer_id, no, [reason for reason in reasons if reason.blocks]


def give_back(session: Session, refused: NotSent, now: dt.datetime) -> None:
    """Leave the draft as it is and tell its school all that stands against it. The caller commits."""
    slots.enter(session, TURNSTILE, now)
    timer = session.get_one(Timer, refused.timer_id, populate_existing=True)
    step = engine.locked_step(session, refused.no, SYSTEM_PERSON_ID, now)
    if timer.fired_at is not None or WAITING not in step.case.state:
        return
    timer.fired_at = now
    step.case.state = {name: value for name, value in step.case.state.items() if name != WAITING}
    told = [reason.message for reason in refused.reasons]
    clerks = clerks_of(step.world.office(step.case.applicant_org_id))
    note(step, "not_sent", tell=[("draft_not_sent", clerks)], items=told)


def step_back(session: Session, now: dt.datetime, why: str) -> None:
    """After a fault of ours: let the others go first, and try this draft again a little later. The caller commits."""
    found = _next(session, now)
    if found:
        timer, _ = found
        timer.attempts += 1
        timer.lease_until = now + min(PAUSE * 2**timer.attempts, LONGEST_WAIT)
        timer.last_error = why[:500]


def retime(session: Session, now: dt.datetime) -> list[str]:
    """Set every waiting draft to the opening as the rules have it today; returns which moved. The caller commits."""
    query = select(Timer.id, Case.no).join(Case, Case.id == Timer.case_id)
    waiting = query.where(Timer.kind == KIND, Timer.fired_at.is_(None)).order_by(Case.id)
    moved = []
    for number, no in session.execute(waiting).all():
        step = engine.locked_step(session, no, SYSTEM_PERSON_ID, now)
        opens = _opens(step)
        if opens:
            _put_off(step, session.get_one(Timer, number), opens)
            moved.append(no)
    return moved


def opening_days(session: Session, cases: Mapping[int, str]) -> dict[str, dt.date]:
    """Return on which day each of these drafts will be sent by itself, for those that wait; asks only if there are any.

    `cases` are internal numbers with the numbers of cases, by which the answer is given.
    """
    if not cases:
        return {}
    query = select(Timer.case_id, Timer.due_at).where(Timer.kind == KIND, Timer.fired_at.is_(None))
    rows = session.execute(query.where(Timer.case_id.in_(list(cases))))
    return {cases[row.case_id]: day_of(row.due_at) for row in rows}


def _opens(step: Step) -> dt.date | None:
    """Return on which day it opens if that is another one than was noted; None for what is due anyhow."""
    admission, kept = admission_of(step), step.case.state.get(WAITING)
    noted = dt.date.fromisoformat(kept["opens"]) if kept else step.today
    opens = step.today if admission.is_open else admission.opens
    return None if kept is None or noted == opens or (admission.is_open and noted <= step.today) else opens


def _next(session: Session, now: dt.datetime) -> tuple[Timer, str] | None:
    """Go through the turnstile and return the oldest draft whose time has come."""
    slots.enter(session, TURNSTILE, now)
    query = select(Timer, Case.no).join(Case, Case.id == Timer.case_id).where(_due(now))
    row = session.execute(query.order_by(Case.id).limit(1).execution_options(populate_existing=True)).first()
    return (row[0], row[1]) if row else None


def _due(now: dt.datetime) -> ColumnElement[bool]:
    free = or_(Timer.lease_until.is_(None), Timer.lease_until <= now, Timer.lease_until > now + 2 * LONGEST_WAIT)
    return (Timer.kind == KIND) & Timer.fired_at.is_(None) & (Timer.due_at <= now) & free


def _pass(session: Session, timer: Timer, now: dt.datetime) -> None:
    session.execute(update(Timer).where(Timer.id == timer.id).values(fired_at=now, lease_until=None, last_error=None))


def _put_off(step: Step, timer: Timer, opens: dt.date) -> None:
    """The opening was moved: wait until then."""
    timer.due_at = due_instant(opens - dt.timedelta(days=1))
    step.case.state = {**step.case.state, WAITING: {**step.case.state[WAITING], "opens": opens.isoformat()}}
    note(step, "opening_moved", tell=[], opens=opens.isoformat())
