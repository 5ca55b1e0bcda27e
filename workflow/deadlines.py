"""Deadlines anew after calendars or pauses changed: open items whose last day moves get it, each case with an event."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.people import SYSTEM_PERSON_ID
from models.text import canonical
from workflow import counting, engine, journal, winding
from workflow.calendar import Due, due_day_of
from workflow.inbox import Item
from workflow.world import World, world_of

ADMISSION = ("transfer.windows", "guard.T6")
"""Rules by which drafts wait for the opening, beside those about freezes."""
CHUNK = 1000
"""So many open items are read at a time."""


def recompute(session: Session, now: dt.datetime) -> list[str]:
    """Count the days of every open item again; returns the cases in which a last day moved. The caller commits."""
    moved = outdated(session)
    move(session, moved, now)
    return moved


def outdated(session: Session) -> list[str]:
    """Return the cases with an open item whose last day is another one by today's calendars. Takes no lock."""
    world = world_of(session)
    return list(dict.fromkeys(no for no, item in _open_items(session) if _differs(item, counting.due_of(world, item))))


def move(session: Session, cases: Sequence[str], now: dt.datetime) -> None:
    """Give the open items of these cases the last days they have today; what is right stays. The caller commits."""
    world = world_of(session)
    for no in cases:
        _move(session, world, no, now)


def mark_of_pauses(session: Session) -> str:
    """Return what changes whenever a rule about pauses or windows is made or ends: it tells what was counted."""
    rows = [row for key in (*counting.WHY, *ADMISSION) for row in world_of(session).policies.get(key, ())]
    told = [[row.key, row.org_id, row.stage, row.value, row.valid_from.isoformat(), str(row.valid_to)] for row in rows]
    return hashlib.sha256(canonical(told)).hexdigest()[:20]


def _open_items(session: Session) -> Iterator[tuple[str, Item]]:
    """Read what is open piece by piece, as plain tuples: there may be millions."""
    columns = [getattr(WorkItem, name) for name in Item._fields]
    query = select(Case.no, *columns).join(WorkItem, WorkItem.case_id == Case.id)
    asked = query.where(WorkItem.open, WorkItem.kind != "copy").order_by(WorkItem.id).limit(CHUNK)
    last = 0
    while rows := session.execute(asked.where(WorkItem.id > last)).all():
        for no, *values in rows:
            yield no, Item(*values)
        last = Item(*rows[-1][1:]).id


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
        winding.move(step, item, due)
        if before != due.day:
            changes.append({"phase": item.phase, "from": before.isoformat(), "to": due.day.isoformat()})
    if changes:
        step.facts["deadlines"] = changes
        journal.append(step, "recompute", "", "")
    session.flush()
