"""Deadlines anew after the calendar changed: open items whose last day moves get it, each case with an event."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, Timer, WorkItem
from models.people import SYSTEM_PERSON_ID
from workflow import engine, journal, reminders
from workflow.calendar import Due, due_day_of, due_instant
from workflow.desk import MONTHLY
from workflow.step import Step
from workflow.world import World, world_of

REMINDERS = ("remind", "overdue", "supervise", "bulletin", "stale")


def recompute(session: Session, now: dt.datetime) -> list[str]:
    """Count the days of every open item again; returns the cases in which a last day moved. The caller commits."""
    world = world_of(session)
    query = select(Case.no, WorkItem).join(WorkItem, WorkItem.case_id == Case.id).where(WorkItem.open)
    stale = [no for no, item in session.execute(query) if _differs(item, _due(world, item))]
    moved = list(dict.fromkeys(stale))
    for no in moved:
        _move(session, world, no, now)
    return moved


def _due(world: World, item: WorkItem) -> Due | None:
    rule = item.due_rule
    if "from" not in rule or "days" not in rule:
        return None
    calendar = world.calendar(world.by_code.get(str(rule.get("region", ""))))
    start = dt.date.fromisoformat(rule["from"])
    if rule.get("policy") in MONTHLY:
        return calendar.add_month(start, int(rule["days"]))
    return calendar.due_day(start, int(rule["days"]))


def _differs(item: WorkItem, due: Due | None) -> bool:
    return due is not None and (due_day_of(item.due_at), item.provisional) != tuple(due)


def _move(session: Session, world: World, no: str, now: dt.datetime) -> None:
    step = engine.locked_step(session, no, SYSTEM_PERSON_ID, now)
    changes: list[dict[str, Any]] = []
    for item in step.items:
        due = _due(world, item)
        if not item.open or due is None or not _differs(item, due):
            continue
        before = due_day_of(item.due_at)
        item.due_at, item.provisional = due_instant(due.day), due.provisional
        if before != due.day:
            changes.append({"phase": item.phase, "from": before.isoformat(), "to": due.day.isoformat()})
            _wind_again(step, item)
    if changes:
        step.facts["deadlines"] = changes
        journal.append(step, "recompute", "", "")
    session.flush()


def _wind_again(step: Step, item: WorkItem) -> None:
    """Move the reminder that is waiting to where its rung lies now; rungs that were climbed are not climbed again."""
    waiting = (Timer.work_item_id == item.id) & Timer.fired_at.is_(None) & Timer.kind.in_(REMINDERS)
    office = step.world.office(item.org_id)
    for timer in step.session.scalars(select(Timer).where(waiting)):
        rung = reminders.after(step.world, office, item.due_at, now=step.now, step=timer.step - 1)
        if rung is not None:
            timer.kind, timer.step, timer.due_at, timer.lease_until = rung.kind, rung.step, rung.at, None
