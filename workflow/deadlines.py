"""Deadlines anew after calendars or pauses changed: open items whose last day moves get it, each case with an event."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, Timer, WorkItem
from models.people import SYSTEM_PERSON_ID
from models.text import canonical
from workflow import counting, engine, journal, processes, reminders
from workflow.calendar import Due, due_day_of, due_instant
from workflow.inbox import Item
from workflow.language import Lapse
from workflow.policies import look_up
from workflow.step import Step
from workflow.world import World, world_of

REMINDERS = ("remind", "overdue", "supervise", "bulletin", "stale")
CHUNK = 1000
"""So many open items are read at a time."""


def recompute(session: Session, now: dt.datetime) -> list[str]:
    """Count the days of every open item again; returns the cases in which a last day moved. The caller commits."""
    world = world_of(session)
    moved = list(dict.fromkeys(no for no, item in _open_items(session) if _differs(item, counting.due_of(world, item))))
    for no in moved:
        _move(session, world, no, now)
    return moved


def mark_of_pauses(session: Session) -> str:
    """Return what changes whenever a rule about pauses is made or ends, so that it can be told what was counted."""
    rows = [row for key in counting.WHY for row in world_of(session).policies.get(key, ())]
    told = [[row.key, row.org_id, row.stage, row.value, row.valid_from.isoformat(), str(row.valid_to)] for row in rows]
    return hashlib.sha256(canonical(told)).hexdigest()[:20]


def _open_items(session: Session) -> Iterator[tuple[str, Item]]:
    """Read what is open piece by piece, as plain tuples: there may be millions."""
    columns = [getattr(WorkItem, name) for name in Item._fields]
    query = select(Case.no, *columns).join(WorkItem, WorkItem.case_id == Case.id)
    asked = query.where(WorkItem.open, WorkItem.kind != "copy").order_by(WorkItem.id)
    for no, *values in session.execute(asked, execution_options={"yield_per": CHUNK}):
        yield no, Item(*values)


def _differs(item: Item | WorkItem, due: Due | None) -> bool:
    return due is not None and (due_day_of(item.due_at), item.provisional) != tuple(due)


def _move(session: Session, world: World, no: str, now: dt.datetime) -> None:
    step = engine.locked_step(session, no, SYSTEM_PERSON_ID, now)
    changes: list[dict[str, Any]] = []
    for item in step.open_items:
        due = counting.due_of(world, item)
        if due is None or not _differs(item, due):
            continue
        before = due_day_of(item.due_at)
        move(step, item, due)
        if before != due.day:
            changes.append({"phase": item.phase, "from": before.isoformat(), "to": due.day.isoformat()})
    if changes:
        step.facts["deadlines"] = changes
        journal.append(step, "recompute", "", "")
    session.flush()


def move(step: Step, item: WorkItem, due: Due) -> None:
    """Give a question another last day, its copies with it, and wind its timers anew. Case is locked."""
    item.due_at, item.provisional = due_instant(due.day), due.provisional
    for copy in step.items:
        if copy.open and copy.kind == "copy" and copy.due_rule.get("copy_of") == item.id:
            copy.due_at, copy.provisional = item.due_at, item.provisional
    _wind_again(step, item)


def _wind_again(step: Step, item: WorkItem) -> None:
    """Move the timers that wait to where they belong now; rungs that were climbed are not climbed again."""
    office, calendar = step.world.office(item.org_id), counting.calendar_of(step.world, item)
    waiting = (Timer.case_id == step.case.id) & (Timer.work_item_id == item.id) & Timer.fired_at.is_(None)
    for timer in step.session.scalars(select(Timer).where(waiting)):
        if timer.kind in REMINDERS:
            beyond = timer.step - 1
            rung = reminders.after(step.world, office, calendar, item.due_at, now=step.now, step=beyond)
            if rung is not None:
                timer.kind, timer.step, timer.due_at, timer.lease_until = rung.kind, rung.step, rung.at, None
        elif timer.kind == "lapse":
            timer.due_at, timer.lease_until = _lapses_at(step, item, timer.step), None


def _lapses_at(step: Step, item: WorkItem, granted: int) -> dt.datetime:
    lapse = lapse_of(step, item)
    return grace_ends(step, item, lapse.grace) if granted and lapse and lapse.grace else item.due_at


def lapse_of(step: Step, item: WorkItem) -> Lapse | None:
    """Return what silence on a question leads to, if anything."""
    return processes.of(step.case).phases[item.phase].lapses.get(item.kind)


def grace_ends(step: Step, item: WorkItem, policy: str) -> dt.datetime:
    """Return when waiting ends after the term of a question has passed."""
    days = int(look_up(step.world, policy, step.world.office(item.org_id), step.today).value)
    return due_instant(counting.calendar_of(step.world, item).shift(due_day_of(item.due_at), days))
