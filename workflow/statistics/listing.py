"""The list behind a figure: the very questions that were counted, paged by key. One statement a page.

Conditions are those of `counting`, word by word; a property test holds that lists and figures say the same.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session

from models.base import UtcDateTime
from models.students import Student
from models.transfers import Transfer
from workflow.calendar import day_of, due_instant
from workflow.row_numbers import dialect_of
from workflow.statistics import counting
from workflow.statistics.counting import AGE_DAYS, HOW, IN_TIME, Lines, age
from workflow.statistics.figures import DONE
from workflow.statistics.period import Period
from workflow.statistics.sql import CASE, CAUSE, ENDED, ITEM, OWED, moment, monday_of, place, told, week, week_number

OPEN = ("open", "today", "late")
OF_PERIOD = ("came", "went", "done", "in_time", "answers", "returned", "refused", "late_then", "owed")
NOTHING_TICKED = "-"
"""Stands for returns and refusals whose cause was not ticked."""
Cursor = tuple[dt.datetime, int]
Arm = tuple[ColumnElement[bool], ColumnElement[dt.datetime]]
"""A condition on questions, with the moment that its list is ordered by."""


@dataclass(frozen=True)
class Wanted:
    """Which figure, one of OPEN or OF_PERIOD, and what it is narrowed to: a step, an age, a cause, a week."""

    of: str
    step: str = ""
    age: int | None = None
    cause: str = ""
    week: int | None = None


class Entry(NamedTuple):
    """One question in a list. `at` is what the list is ordered by."""

    at: dt.datetime
    id: int
    org_id: int
    step: str
    opened_at: dt.datetime
    due_at: dt.datetime
    provisional: bool
    due_rule: dict[str, Any]
    closed_at: dt.datetime | None
    outcome: str | None
    took: int | None
    no: str
    process: str
    version: int
    phase: str
    transfer_name: str | None
    pupil_name: str | None

    @property
    def cursor(self) -> Cursor:
        return self.at, self.id

    @property
    def name(self) -> str:
        """The pupil's name, where the case is about one; not to be shown unmasked."""
        return self.transfer_name or self.pupil_name or ""


def entries(
    session: Session,
    lines: Lines,
    wanted: Wanted,
    period: Period,
    now: dt.datetime,
    after: Cursor | None = None,
    limit: int = 25,
) -> list[Entry]:
    """Return the questions behind a figure: open ones the most urgent first, others the earliest first."""
    values, dialect = _values(lines, wanted, period, now), dialect_of(session)
    if after:
        values["at"], values["number"] = after
    arms = [_first(_arm(arm, wanted, dialect), after is not None, limit) for arm in _arms(wanted.of)]
    return [Entry(*row) for row in session.execute(_page(arms, limit), values)]


def count(session: Session, lines: Lines, wanted: Wanted, period: Period, now: dt.datetime) -> int:
    """Return how many questions stand behind a figure: the length of `entries` without a limit. One statement."""
    arms = [select(_arm(arm, wanted, dialect_of(session)).subquery()) for arm in _arms(wanted.of)]
    query = select(func.count()).select_from(union_all(*arms).subquery())
    return int(session.scalar(query, _values(lines, wanted, period, now)) or 0)


def _values(lines: Lines, wanted: Wanted, period: Period, now: dt.datetime) -> dict[str, Any]:
    return {
        "lines": told(lines), "now": now, "midnight": due_instant(day_of(now)), "start": period.start,
        "end": period.end, "then": period.moment(now), **monday_of(period), "step": wanted.step,
        "cause": wanted.cause, "week": wanted.week, **counting.limits(AGE_DAYS, now),
    }  # fmt: skip


def _arms(of: str) -> list[Arm]:
    """Return the arms of a figure; two where it draws on both indexes."""
    closed, due, opened = ITEM.c.closed_at, ITEM.c.due_at, ITEM.c.opened_at
    ended = ENDED & counting.IN_PERIOD
    done: Arm = (ended & HOW.in_(DONE), closed)
    late, came = due <= counting.THEN, counting.CAME_IN_PERIOD
    arms: dict[str, list[Arm]] = {
        "open": [(OWED, due)],
        "today": [(OWED & (counting.PACE == "today"), due)],
        "late": [(OWED & (counting.PACE == "late"), due)],
        "came": [(OWED & came, opened), (ENDED & came & (closed >= counting.START), opened)],
        "went": [(ended, closed)],
        "done": [done],
        "in_time": [(ended & IN_TIME, closed)],
        "answers": [(ended & ITEM.c.took.is_not(None), closed)],
        "returned": [(ended & (HOW == "returned"), closed)],
        "refused": [(ended & (HOW == "refused"), closed)],
        "late_then": [(OWED & late, due), (ENDED & late & (closed >= counting.THEN), due)],
    }
    arms["owed"] = [done, *arms["late_then"]]
    return arms[of]


def _arm(arm: Arm, wanted: Wanted, dialect: str) -> Any:
    """Return moment and number of the questions of an arm."""
    (condition, at), here = arm, place(dialect)
    query: Any = select(at.label("at"), ITEM.c.id).join_from(here, ITEM, ITEM.c.org_id == here.c.org).where(condition)
    if wanted.step:
        query = query.where(ITEM.c.step == bindparam("step"))
    if wanted.age is not None:
        query = query.join(CASE, CASE.c.id == ITEM.c.case_id).where(age(CASE.c.submitted_at, AGE_DAYS) == wanted.age)
    if wanted.week is not None:
        query = query.where(week_number(week(at, dialect), dialect) == bindparam("week"))
    if wanted.cause == NOTHING_TICKED:
        query = query.where(~select(CAUSE.c.cause).where(CAUSE.c.work_item_id == ITEM.c.id).exists())
    elif wanted.cause:
        query = query.join(CAUSE, (CAUSE.c.work_item_id == ITEM.c.id) & (CAUSE.c.cause == bindparam("cause")))
    return query


def _first(query: Any, later: bool, limit: int) -> Any:
    """Return the first of an arm in its order; `later` those after the cursor."""
    at, number = query.selected_columns
    if later:
        query = query.where(tuple_(at, number) > tuple_(bindparam("at", type_=UtcDateTime()), bindparam("number")))
    return query.order_by(at, number).limit(_plain(limit))


def _page(arms: list[Any], limit: int) -> Any:
    """Put the arms together, take the first ones of all, and only then read what a line tells."""
    every = union_all(*(select(arm.subquery()) for arm in arms)).subquery()
    return _told_of(select(every).order_by(every.c.at, every.c.id).limit(_plain(limit)).subquery())


def of_numbers(session: Session, numbers: Sequence[int]) -> list[Entry]:
    """Return these questions in this order, as they are now."""
    first = select(ITEM.c.opened_at.label("at"), ITEM.c.id).where(ITEM.c.id.in_(numbers)).subquery()
    found = {row.id: Entry(*row) for row in session.execute(_told_of(first))}
    return [found[number] for number in numbers if number in found]


def _told_of(first: Any) -> Any:
    """Return what a line tells about the questions of a subquery."""
    of_item = [ITEM.c[name] for name in Entry._fields[2:11]]
    of_case = [CASE.c[name] for name in Entry._fields[11:15]]
    return (
        select(first.c.at, first.c.id, *of_item, *of_case, Transfer.name, Student.name.label("pupil"))
        .join_from(first, ITEM, ITEM.c.id == first.c.id)
        .join(CASE, CASE.c.id == ITEM.c.case_id)
        .outerjoin(Transfer, Transfer.case_id == func.coalesce(CASE.c.parent_id, CASE.c.id))
        .outerjoin(Student, Student.id == CASE.c.student_id)
        .order_by(first.c.at, first.c.id)
    )


class RecordEntry(NamedTuple):
    """One record with an open problem."""

    since: dt.datetime
    case_id: int
    side: int
    org_id: int
    kind: str
    no: str
    process: str
    version: int
    phase: str

    @property
    def cursor(self) -> tuple[dt.datetime, int, int]:
        return self.since, self.case_id, self.side


def records(
    session: Session,
    lines: Lines,
    kind: str,
    record_age: int | None,
    then: dt.datetime,
    after: tuple[dt.datetime, int, int] | None = None,
    limit: int = 25,
) -> list[RecordEntry]:
    """Return the records behind a figure of problem records, the oldest first."""
    record, query, values = _records(session, lines, kind, record_age, then)
    query = query.add_columns(*_OF_CASE).join(CASE, CASE.c.id == record.c.case)
    if after:
        query = query.where(
            tuple_(record.c.since, record.c.case, record.c.no)
            > tuple_(moment("at"), bindparam("number"), bindparam("side"))
        )
        values |= {"at": after[0], "number": after[1], "side": after[2]}
    query = query.order_by(record.c.since, record.c.case, record.c.no).limit(_plain(limit))
    return [RecordEntry(*row) for row in session.execute(query, values)]


def count_records(session: Session, lines: Lines, kind: str, record_age: int | None, then: dt.datetime) -> int:
    """Return how many records stand behind a figure: the length of `records` without a limit. One statement."""
    _, query, values = _records(session, lines, kind, record_age, then)
    return int(session.scalar(select(func.count()).select_from(query.subquery()), values) or 0)


def _records(
    session: Session, lines: Lines, kind: str, record_age: int | None, then: dt.datetime
) -> tuple[Any, Any, dict[str, Any]]:
    """Return the records of some places as a subquery, what is asked of them, and the values of its parameters."""
    here, record = place(dialect_of(session)), counting.records().subquery()
    query: Any = select(record.c.since, record.c.case, record.c.no, record.c.org, record.c.kind)
    query = query.join_from(here, record, record.c.org == here.c.org)
    values: dict[str, Any] = {"lines": told(lines), "then": then}
    if kind:
        query, values = query.where(record.c.kind == bindparam("kind")), {**values, "kind": kind}
    if record_age is not None:
        query = query.where(age(record.c.since, counting.RECORD_AGE_DAYS) == record_age)
        values |= counting.limits(counting.RECORD_AGE_DAYS, then)
    return record, query, values


def of_record_numbers(session: Session, numbers: Sequence[tuple[int, int]]) -> list[RecordEntry]:
    """Return these records (case and side) in this order, as they are now."""
    record = counting.records([case for case, _ in numbers]).subquery()
    columns = (record.c.since, record.c.case, record.c.no, record.c.org, record.c.kind, *_OF_CASE)
    query = select(*columns).join_from(record, CASE, CASE.c.id == record.c.case)
    found = {(row.case, row[2]): RecordEntry(*row) for row in session.execute(query)}
    return [found[number] for number in numbers if number in found]


_OF_CASE = [CASE.c[name] for name in RecordEntry._fields[5:]]


def _plain(limit: int) -> ColumnElement[int]:
    """A number written into the statement: only a few rows are wanted, whatever the parameters are."""
    return literal_column(str(limit))
