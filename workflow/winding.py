"""Another last day for a question: its copies follow, and the timers that wait for it are wound anew."""

import datetime as dt

from sqlalchemy import select

from models.cases import Timer, WorkItem
from workflow import counting, reminders
from workflow.calendar import Due, due_day_of, due_instant
from workflow.language import Lapse
from workflow.policies import look_up
from workflow.step import Step

LADDER = ("remind", "overdue", "supervise", "take_over", "bulletin", "stale")
"""Kinds of timers that are rungs of the ladder; a question waits for one of them at a time."""


def move(step: Step, item: WorkItem, due: Due) -> None:
    """Give a question another last day. The case is locked; rungs that were climbed are not climbed again."""
    item.due_at, item.provisional = due_instant(due.day), due.provisional
    for copy in step.items:
        if copy.open and copy.kind == "copy" and copy.due_rule.get("copy_of") == item.id:
            copy.due_at, copy.provisional = item.due_at, item.provisional
    for timer in waiting(step, item.id):
        _wind(step, item, timer)


def waiting(step: Step, item_id: int | None = None) -> list[Timer]:
    """Return the timers of the case that have not fired: all of them, or those about one question."""
    query = select(Timer).where(Timer.case_id == step.case.id, Timer.fired_at.is_(None)).order_by(Timer.id)
    return list(step.session.scalars(query if item_id is None else query.where(Timer.work_item_id == item_id)))


def lapse_of(step: Step, item: WorkItem) -> Lapse | None:
    """Return what silence on a question leads to, if anything."""
    lapse: Lapse | None = step.process.phases[item.phase].lapses.get(item.kind)
    return lapse


def grace_ends(step: Step, item: WorkItem, policy: str) -> dt.datetime:
    """Return when waiting ends after the term of a question has passed."""
    days = int(look_up(step.world, policy, step.world.office(item.org_id), step.today).value)
    return due_instant(counting.calendar_of(step.world, item).shift(due_day_of(item.due_at), days))


def _wind(step: Step, item: WorkItem, timer: Timer) -> None:
    if timer.kind in LADDER:
        office, calendar = step.world.office(item.org_id), counting.calendar_of(step.world, item)
        rung = reminders.after(step.world, office, calendar, item.due_at, now=step.now, step=timer.step - 1)
        if rung is not None:
            timer.kind, timer.step, timer.due_at, timer.lease_until = rung.kind, rung.step, rung.at, None
    elif timer.kind == "lapse":
        lapse = lapse_of(step, item)
        ends = grace_ends(step, item, lapse.grace) if timer.step and lapse and lapse.grace else item.due_at
        timer.due_at, timer.lease_until = ends, None
