"""The lists of an officer's desk: what waits, what was done, what the office started, what is only to be read.

Every list is one statement, ordered so that the next page starts behind the last line shown (keyset paging).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from models.base import UtcDateTime
from models.cases import Case, WorkItem
from models.people import Person
from models.transfers import Transfer
from workflow.calendar import day_of, due_instant
from workflow.step import Actor

COUNTED = 1001
"""Rows looked at for a counter: exact up to a thousand, "1000+" beyond (speed.md B3)."""
Cursor = tuple[dt.datetime, int]


@dataclass(frozen=True)
class Line:
    """One line of a list. `item` is None for cases without a work item (drafts, finished ones)."""

    item: WorkItem | None
    case: Case
    transfer: Transfer | None
    sender: str
    cursor: Cursor


@dataclass(frozen=True)
class Counters:
    """What the rail shows."""

    todo: int = 0
    late: int = 0
    today: int = 0
    copied: int = 0


def todo(session: Session, actor: Actor, after: Cursor | None = None, limit: int = 25) -> list[Line]:
    """Return what waits for the actor's offices, the most urgent first."""
    return _items(session, actor, WorkItem.kind != "copy", after, limit)


def copied(session: Session, actor: Actor, after: Cursor | None = None, limit: int = 25) -> list[Line]:
    """Return what the actor's offices are asked to take note of."""
    return _items(session, actor, WorkItem.kind == "copy", after, limit)


def done(session: Session, actor: Actor, after: Cursor | None = None, limit: int = 25) -> list[Line]:
    """Return what the actor answered, the latest first."""
    query = _lines().where(WorkItem.closed_by == actor.id)
    key = tuple_(WorkItem.closed_at, WorkItem.id)
    if after:
        query = query.where(key < _literal(after))
    rows = session.execute(query.order_by(WorkItem.closed_at.desc(), WorkItem.id.desc()).limit(limit))
    return [_line(row, row.WorkItem.closed_at, row.WorkItem.id) for row in rows]


def started(session: Session, actor: Actor, after: Cursor | None = None, limit: int = 25) -> list[Line]:
    """Return the cases that the actor's own schools started, drafts included, the latest first."""
    orgs = [desk.org_id for desk in actor.desks if desk.role in ("school_clerk", "school_leader")]
    query = (
        select(Case, Transfer, WorkItem, Person.name.label("sender"))
        .outerjoin(Transfer, Transfer.case_id == Case.id)
        .outerjoin(WorkItem, (WorkItem.case_id == Case.id) & WorkItem.open & (WorkItem.kind != "copy"))
        .outerjoin(Person, Person.id == Case.applicant_id)
        .where(Case.applicant_org_id.in_(orgs), Case.parent_id.is_(None))
    )
    if after:
        query = query.where(tuple_(Case.opened_at, Case.id) < _literal(after))
    rows = session.execute(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit))
    return [_line(row, row.Case.opened_at, row.Case.id) for row in rows]


def counters(session: Session, actor: Actor, now: dt.datetime) -> Counters:
    """Return the numbers of the rail in one pass over at most COUNTED open items."""
    if not actor.queues:
        return Counters()
    each = [select(WorkItem.due_at, WorkItem.kind).where(WorkItem.open, desk).limit(COUNTED) for desk in _desks(actor)]
    waiting = _all_of(each).limit(COUNTED).subquery()
    asked = waiting.c.kind != "copy"
    midnight = due_instant(day_of(now))
    row = session.execute(
        select(
            _count(asked),
            _count(asked & (waiting.c.due_at <= now)),
            _count(asked & (waiting.c.due_at > now) & (waiting.c.due_at <= midnight)),
            _count(~asked),
        ).select_from(waiting)
    ).one()
    return Counters(*(int(value or 0) for value in row))


def _items(session: Session, actor: Actor, kind: Any, after: Cursor | None, limit: int) -> list[Line]:
    """Take the first lines of every desk from its index, and of these the first ones: no desk is ever sorted whole."""
    order = (WorkItem.due_at, WorkItem.id)
    behind = [tuple_(*order) > _literal(after)] if after else []
    each = [
        select(WorkItem.id).where(WorkItem.open, desk, kind, *behind).order_by(*order).limit(limit)
        for desk in _desks(actor)
    ]
    query = _lines().where(WorkItem.id.in_(_all_of(each))).order_by(*order).limit(limit)
    return [_line(row, row.WorkItem.due_at, row.WorkItem.id) for row in session.execute(query)]


def _desks(actor: Actor) -> list[Any]:
    """What lies before the actor: each queue as far as nobody took an item for himself, and what the actor took."""
    free = [(WorkItem.queue == queue) & WorkItem.assignee_id.is_(None) for queue in sorted(actor.queues)]
    return [*free, WorkItem.assignee_id == actor.id]


def _all_of(each: list[Any]) -> Any:
    """One question of many that are limited one by one (SQLite wants each inside its own brackets)."""
    return union_all(*(select(one.subquery()) for one in each))


def _lines() -> Any:
    """Items with their case and, for a linked case, the transfer it follows."""
    sender = aliased(Person)
    return (
        select(WorkItem, Case, Transfer, sender.name.label("sender"))
        .join(Case, Case.id == WorkItem.case_id)
        .outerjoin(Transfer, Transfer.case_id == func.coalesce(Case.parent_id, Case.id))
        .outerjoin(sender, sender.id == WorkItem.sent_by)
    )


def _line(row: Any, at: dt.datetime, number: int) -> Line:
    return Line(row.WorkItem, row.Case, row.Transfer, row.sender or "", (at, number))


def _literal(cursor: Cursor) -> Any:
    return tuple_(cursor[0], cursor[1], types=[UtcDateTime(), Case.id.type])


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
