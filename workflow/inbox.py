"""The lists of an officer's desk: what waits, what was done, what the office started, what is only to be read.

Every list is one statement, ordered so that the next page starts behind the last line shown (keyset paging). A
statement is put together once for each shape of desk and then only filled in; its rows become plain named tuples.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from models.base import UtcDateTime
from models.cases import Case, CaseScope, WorkItem
from models.people import Person
from models.saved_queues import SavedQueue
from models.students import Student
from models.transfers import Transfer
from workflow import narrowing
from workflow.calendar import day_of, due_instant
from workflow.desktop import Desktop, desktop_of, filling, on
from workflow.language import ASIDE
from workflow.noticeboard import offices, unread_column
from workflow.step import Actor

COUNTED = 1001
"""Rows looked at for a counter: exact up to a thousand, "1000+" beyond (speed.md B3)."""
Cursor = tuple[dt.datetime, int]
NOTHING: Mapping[str, Any] = {}


ABOUT_A_RECORD = ("id_error", "no_id")
"""Processes whose case names one pupil and follows no transfer."""


class About(NamedTuple):
    """What a list tells of a transfer, or of the transfer that a linked case follows."""

    name: str
    direction: str
    from_school_id: int | None
    to_school_id: int | None
    outside: dict[str, Any] | None


class Item(NamedTuple):
    """What a list tells of a work item."""

    id: int
    kind: str
    phase: str
    queue: str
    org_id: int
    assignee_id: int | None
    open: bool
    opened_at: dt.datetime
    due_at: dt.datetime
    provisional: bool
    due_rule: dict[str, Any]


class Line(NamedTuple):
    """One line of a list. `item` is None for cases without a work item (drafts, finished ones)."""

    cursor: Cursor
    sender: str
    with_whom: str
    """Who has the question by name; empty where it is everybody's at the desk."""
    about: About | None
    item: Item | None
    id: int
    no: str
    process: str
    version: int
    phase: str
    revision: int
    applicant_org_id: int
    opened_at: dt.datetime
    submitted_at: dt.datetime | None
    closed_at: dt.datetime | None


class Counters(NamedTuple):
    """What the rail shows."""

    todo: int = 0
    late: int = 0
    today: int = 0
    copied: int = 0
    problems: int = 0
    problems_late: int = 0
    """Of what waits, the questions about problem records."""
    unread: int = 0
    """Notices that were not read."""
    kept: int = 0
    """Filters that the officer keeps (workflow.saved_queues)."""


def todo(
    session: Session,
    actor: Actor,
    after: Cursor | None = None,
    limit: int = 25,
    *,
    colleagues: bool = True,
    limited: Mapping[str, Any] = NOTHING,
) -> list[Line]:
    """Return what waits for the actor's offices, and for whom he stands in, the most urgent first.

    With `colleagues` also what others at the same desks have by name (policy `desk.taken`). `limited` are the values
    of narrowing.filling.
    """
    query = _waiting(desktop_of(actor), False, after is not None, limit, colleagues, tuple(limited))
    return _ask(session, query, after, **filling(actor), **limited)


def without_seats_of_others(lines: list[Line], actor: Actor) -> list[Line]:
    """Leave out what colleagues are asked by name in a case in which the actor is asked himself: several sign there.

    The sides of a problem are different questions, each of which stays.
    """
    whole = [line for line in lines if line.process != "problem" and line.item and line.item.open]
    own = {line.id for line in whole if line.item and actor.has(line.item.queue, line.item.assignee_id)}
    return [
        line
        for line in lines
        if line.id not in own or not line.item or line.item.assignee_id in (None, actor.id) or _for_another(line, actor)
    ]


def _for_another(line: Line, actor: Actor) -> bool:
    return line.item is not None and actor.stands_in_for(line.item.queue, line.item.assignee_id) is not None


def copied(
    session: Session,
    actor: Actor,
    after: Cursor | None = None,
    limit: int = 25,
    *,
    limited: Mapping[str, Any] = NOTHING,
) -> list[Line]:
    """Return what the actor's offices are asked to take note of; `limited` as in `todo`."""
    query = _waiting(desktop_of(actor), True, after is not None, limit, False, tuple(limited))
    return _ask(session, query, after, **filling(actor), **limited)


def done(session: Session, actor: Actor, after: Cursor | None = None, limit: int = 25) -> list[Line]:
    """Return what the actor answered, the latest first."""
    return _ask(session, _answered(after is not None, limit), after, actor=actor.id)


def started(session: Session, actor: Actor, after: Cursor | None = None, limit: int = 25) -> list[Line]:
    """Return the cases that the actor's own schools started, drafts included, the latest first."""
    orgs = [desk.org_id for desk in actor.desks if desk.role in ("school_clerk", "school_leader")]
    return _ask(session, _begun(after is not None, limit), after, orgs=orgs)


def about_pupil(session: Session, actor: Actor, student_id: int, limit: int = 20) -> list[Line]:
    """Return the transfers of a pupil, and what took them back, as far as the actor's offices may open them.

    The latest come first; no line has an item.
    """
    return _ask(session, _followed(limit), None, pupil=student_id, orgs=sorted(actor.org_ids))


def pupils(session: Session, lines: Iterable[Line]) -> dict[int, str]:
    """Return the pupil's name for cases about one record, by the case's number; asks only where there are such."""
    numbers = [line.id for line in lines if line.process in ABOUT_A_RECORD]
    if not numbers:
        return {}
    query = select(Case.id, Student.name).join(Student, Student.id == Case.student_id)
    return {row.id: row.name for row in session.execute(query.where(Case.id.in_(numbers)))}


def counters(session: Session, actor: Actor, now: dt.datetime) -> Counters:
    """Return the numbers of the rail in one pass over at most COUNTED open items."""
    if not actor.queues:  # nor does he stand in for anybody
        return Counters()
    values = {**filling(actor), "now": now, "midnight": due_instant(day_of(now)), "orgs": offices(actor)}
    return Counters(*session.execute(_numbers(desktop_of(actor)), values).one())


def counted_within(session: Session, actor: Actor, limited: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return how many questions wait within each of these limits (narrowing.filling), in one pass over COUNTED."""
    if not limited or not actor.queues:
        return [0 for _ in limited]
    values = {f"{name}_{place}": value for place, one in enumerate(limited) for name, value in one.items()}
    query = _within(desktop_of(actor), tuple(tuple(one) for one in limited))
    return list(session.execute(query, {**filling(actor), **values}).one())


_CASE, _ITEM, _ABOUT, _PERSON, _SCOPE = (
    cast(Table, one.__table__) for one in (Case, WorkItem, Transfer, Person, CaseScope)
)
_OF_CASE = [_CASE.c[name] for name in Line._fields[5:]]
_OF_ABOUT = [_ABOUT.c[name] for name in About._fields]
_OF_ITEM = [_ITEM.c[name] for name in Item._fields]
_CASE_AT = 4
_ABOUT_AT = _CASE_AT + len(_OF_CASE)
_ITEM_AT = _ABOUT_AT + len(_OF_ABOUT)
_AFTER = tuple_(bindparam("at", type_=UtcDateTime()), bindparam("number", type_=_CASE.c.id.type))
_HOLDER = _PERSON.alias("holder")
_NOBODY = literal_column("''", String)
_COPY = literal_column("'copy'", String)
_OF_PROBLEMS = [literal_column(f"'{kind}'", String) for kind in ("review", "rule", "inquiry", "confirm", "object")]
"""Kinds of questions that only problem records ask; a school's `answer` is told by its phase besides."""
_SHAPES = 500
"""Statements that are kept: for each list, its length and limits, first page or later, and the shape of the desk."""


@lru_cache(_SHAPES)
def _waiting(
    desk: Desktop, copies: bool, later: bool, limit: int, colleagues: bool, limited: tuple[str, ...]
) -> Select[Any]:
    """Take the first lines of every desk from its index, and of these the first ones: no desk is ever sorted whole."""
    kind = _ITEM.c.kind == _COPY if copies else _ITEM.c.kind != _COPY
    columns = select(*_OF_ITEM, _ITEM.c.case_id, _ITEM.c.sent_by).where(kind, *narrowing.limits(limited))
    shown = on(desk, colleagues=colleagues)
    each = [_page(columns.where(one), (_ITEM.c.due_at, _ITEM.c.id), later, limit) for one in shown]
    every = _all_of(each)
    item = _page(select(every), (every.c.due_at, every.c.id), False, limit).subquery()
    return _lines(item, item.c.due_at).order_by(item.c.due_at, item.c.id)


@lru_cache(_SHAPES)
def _answered(later: bool, limit: int) -> Select[Any]:
    query = _lines(_ITEM, _ITEM.c.closed_at).where(_ITEM.c.closed_by == bindparam("actor"))
    return _page(query, (_ITEM.c.closed_at, _ITEM.c.id), later, limit, latest_first=True)


@lru_cache(_SHAPES)
def _begun(later: bool, limit: int) -> Select[Any]:
    waits = (_ITEM.c.case_id == _CASE.c.id) & _ITEM.c.open & _ITEM.c.kind.not_in(ASIDE)
    query = (
        select(_CASE.c.opened_at, _CASE.c.id, _PERSON.c.name, _NOBODY, *_OF_CASE, *_OF_ABOUT, *_OF_ITEM)
        .select_from(_CASE)
        .outerjoin(_ABOUT, _ABOUT.c.case_id == _CASE.c.id)
        .outerjoin(_ITEM, waits)
        .outerjoin(_PERSON, _PERSON.c.id == _CASE.c.applicant_id)
        .where(_CASE.c.applicant_org_id.in_(bindparam("orgs", expanding=True)), _CASE.c.parent_id.is_(None))
        .where(_CASE.c.process != "problem")
    )
    return _page(query, (_CASE.c.opened_at, _CASE.c.id), later, limit, latest_first=True)


@lru_cache(_SHAPES)
def _followed(limit: int) -> Select[Any]:
    known = select(_SCOPE.c.case_id).where(_SCOPE.c.org_id.in_(bindparam("orgs", expanding=True)))
    query = (
        select(_CASE.c.opened_at, _CASE.c.id, _NOBODY, _NOBODY, *_OF_CASE, *_OF_ABOUT)
        .join_from(_CASE, _ABOUT, _ABOUT.c.case_id == func.coalesce(_CASE.c.parent_id, _CASE.c.id))
        .where(_CASE.c.student_id == bindparam("pupil"), _CASE.c.id.in_(known))
        .where(_CASE.c.process.in_(("transfer", "reversal")))
    )
    return _page(query, (_CASE.c.id,), False, limit, latest_first=True)


@lru_cache(_SHAPES)
def _numbers(desk: Desktop) -> Select[*tuple[Any, ...]]:
    columns = select(_ITEM.c.due_at, _ITEM.c.kind)
    each = [_page(columns.where(one), (_ITEM.c.due_at, _ITEM.c.id), False, COUNTED) for one in on(desk)]
    first = select(_all_of(each)).limit(_plain(COUNTED)).subquery()
    asked, due = first.c.kind != _COPY, first.c.due_at
    about = first.c.kind.in_(_OF_PROBLEMS)
    answers, late_answers = _asked_of_schools(desk)
    now, midnight = bindparam("now", type_=UtcDateTime()), bindparam("midnight", type_=UtcDateTime())
    late = due <= now
    counts = (asked, asked & late, asked & (due > now) & (due <= midnight), ~asked)
    problems = (_count(about) + answers, _count(about & late) + late_answers)
    kept = select(func.count()).where(SavedQueue.person_id == bindparam("actor")).scalar_subquery()
    return select(*(_count(one) for one in counts), *problems, unread_column(), kept).select_from(first)


@lru_cache(_SHAPES)
def _within(desk: Desktop, limited: tuple[tuple[str, ...], ...]) -> Select[*tuple[Any, ...]]:
    columns = select(_ITEM.c.due_at, _ITEM.c.phase, _ITEM.c.case_id).where(_ITEM.c.kind != _COPY)
    each = [_page(columns.where(one), (_ITEM.c.due_at, _ITEM.c.id), False, COUNTED) for one in on(desk)]
    first = select(_all_of(each)).limit(_plain(COUNTED)).subquery()
    conditions = (and_(*narrowing.limits(names, first, f"_{place}")) for place, names in enumerate(limited))
    return select(*(_count(one) for one in conditions)).select_from(first)


def _asked_of_schools(desk: Desktop) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Count the answers a school owes in problem records, all and late; only these rows are fetched for it."""
    owed = (_ITEM.c.kind == literal_column("'answer'", String)) & (_ITEM.c.phase == literal_column("'sides'", String))
    columns = select(_ITEM.c.due_at).where(owed)
    each = [_page(columns.where(one), (_ITEM.c.due_at, _ITEM.c.id), False, COUNTED) for one in on(desk)]
    rows = _all_of(each)
    number = select(func.count()).select_from(rows)
    late = number.where(rows.c.due_at <= bindparam("now", type_=UtcDateTime()))
    return number.scalar_subquery(), late.scalar_subquery()


def _all_of(each: list[Any]) -> FromClause:
    """One question of many that are limited one by one (SQLite wants each inside its own brackets)."""
    return union_all(*(select(one.subquery()) for one in each)).subquery()


def _lines(item: FromClause, at: ColumnElement[dt.datetime]) -> Select[Any]:
    """Items with their case and, for a linked case, the transfer it follows."""
    return (
        select(at, item.c.id, _PERSON.c.name, _HOLDER.c.name, *_OF_CASE, *_OF_ABOUT,
               *(item.c[name] for name in Item._fields))
        .join_from(item, _CASE, _CASE.c.id == item.c.case_id)
        .outerjoin(_ABOUT, _ABOUT.c.case_id == func.coalesce(_CASE.c.parent_id, _CASE.c.id))
        .outerjoin(_PERSON, _PERSON.c.id == item.c.sent_by)
        .outerjoin(_HOLDER, _HOLDER.c.id == item.c.assignee_id)
    )  # fmt: skip


def _page(
    query: Select[Any], order: tuple[Any, ...], later: bool, limit: int, *, latest_first: bool = False
) -> Select[Any]:
    if later:
        query = query.where(tuple_(*order) < _AFTER if latest_first else tuple_(*order) > _AFTER)
    return query.order_by(*(one.desc() if latest_first else one for one in order)).limit(_plain(limit))


def _plain(limit: int) -> ColumnElement[int]:
    """A number written into the statement: a plan that is made once must know that only a few rows are wanted."""
    return literal_column(str(limit), Integer)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _ask(session: Session, query: Select[Any], after: Cursor | None, **values: Any) -> list[Line]:
    if after:
        values["at"], values["number"] = after
    return [_line(row) for row in session.execute(query, values)]


def _line(row: Any) -> Line:
    """Take a row apart: its place in the list, who sent it, the case, the transfer, the item."""
    at, number, sender, with_whom = row[:_CASE_AT]
    about, item = row[_ABOUT_AT:_ITEM_AT], row[_ITEM_AT:]
    return Line(
        (at, number),
        sender or "",
        with_whom or "",
        About(*about) if any(about) else None,
        Item(*item) if any(item) else None,
        *row[_CASE_AT:_ABOUT_AT],
    )
