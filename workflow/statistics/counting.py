"""The questions that figures put to the database: five statements, whatever the number of offices and cases.

Every answer is grouped by the lines of a table of offices. Days are grouped by their number: that is all a median
needs, it is exact over any offices and any span, and it stays small however many answers there were.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from models.id_errors import IdError
from models.no_id import NoIdNumber
from models.problems import Problem, ProblemSide
from workflow.row_numbers import dialect_of
from workflow.statistics.period import Period
from workflow.statistics.sql import CASE, CAUSE, ENDED, ITEM, OWED, moment, place, told, week
from workflow.statistics.steps import REFUSALS, RETURNS

AGE_DAYS = (10, 30, 60, 180)
"""Days since a case was sent at which its age changes; half a year is when the national system clears it."""
RECORD_AGE_DAYS = (10, 30)
Lines = Mapping[int, int]


class Owed(NamedTuple):
    """How many open questions: `pace` is late, today or later; `age` counts the limits of AGE_DAYS that are passed."""

    line: int
    step: str
    pace: str
    age: int
    number: int


class Ended(NamedTuple):
    """How many questions ended in the period: `how` is answered, returned, refused, lapsed or void."""

    line: int
    step: str
    how: str
    took: int | None
    in_time: bool
    number: int


class Flow(NamedTuple):
    """How many came or went in a week of the period; `what` is came, went, or late (at the end, without a week)."""

    what: str
    line: int
    week: int | None
    number: int


class Caused(NamedTuple):
    """How many returns or refusals for a cause; none: nothing was ticked."""

    how: str
    cause: str | None
    number: int


class Recorded(NamedTuple):
    """How many records with an open problem, by its kind; `age` counts the limits of RECORD_AGE_DAYS passed."""

    line: int
    kind: str
    age: int
    number: int


class NamedRecord(NamedTuple):
    """One record with an open problem: the case and which of its sides."""

    line: int
    age: int
    case: int
    side: int


def owed(session: Session, lines: Lines, now: dt.datetime, midnight: dt.datetime) -> list[Owed]:
    """Count what is open now; `midnight` is the end of today."""
    values = {"lines": told(lines), "now": now, "midnight": midnight, **limits(AGE_DAYS, now)}
    return [Owed(*row) for row in session.execute(_owed(dialect_of(session)), values)]


def ended(session: Session, lines: Lines, period: Period) -> list[Ended]:
    """Count what ended in the period, by the days it took."""
    values = {"lines": told(lines), "start": period.start, "end": period.end}
    return [Ended(*row) for row in session.execute(_ended(dialect_of(session)), values)]


def flow(session: Session, lines: Lines, period: Period, now: dt.datetime) -> list[Flow]:
    """Count what came and went by week, and what was late at the end of the period (now, while it runs)."""
    values = {"lines": told(lines), "start": period.start, "end": period.end, "then": period.moment(now),
              "monday": period.first_second}  # fmt: skip
    return [Flow(*row) for row in session.execute(_flow(dialect_of(session)), values)]


def caused(session: Session, lines: Lines, period: Period) -> list[Caused]:
    """Count returns and refusals of the period by cause; one with several causes counts for each."""
    values = {"lines": told(lines), "start": period.start, "end": period.end}
    return [Caused(*row) for row in session.execute(_caused(dialect_of(session)), values)]


def recorded(session: Session, lines: Lines, then: dt.datetime) -> list[Recorded]:
    """Count records whose problem was open at a moment: sides of problems, ID errors, pupils without number."""
    values = {"lines": told(lines), "then": then, **limits(RECORD_AGE_DAYS, then)}
    return [Recorded(*row) for row in session.execute(_recorded(dialect_of(session)), values)]


def named_records(session: Session, lines: Lines, then: dt.datetime) -> list[NamedRecord]:
    """Return the records that `recorded` counts, the oldest first."""
    here, record = place(dialect_of(session)), records().subquery()
    aged = age(record.c.since, RECORD_AGE_DAYS).label("age")
    query = select(here.c.line, aged, record.c.case, record.c.no).join_from(here, record, record.c.org == here.c.org)
    values = {"lines": told(lines), "then": then, **limits(RECORD_AGE_DAYS, then)}
    found = session.execute(query.order_by(record.c.since, record.c.case, record.c.no), values)
    return [NamedRecord(*row) for row in found]


# ---- the statements, made once for each database ---------------------------------------------------------------------

NOW, MIDNIGHT, START, END, THEN = (moment(name) for name in ("now", "midnight", "start", "end", "then"))
COUNT = func.count().label("number")
PACE = case((ITEM.c.due_at <= NOW, "late"), (ITEM.c.due_at <= MIDNIGHT, "today"), else_="later")
HOW = case(
    (ITEM.c.outcome.in_([literal_column(f"'{one}'") for one in RETURNS]) & ITEM.c.took.is_not(None), "returned"),
    (ITEM.c.outcome.in_([literal_column(f"'{one}'") for one in REFUSALS]) & ITEM.c.took.is_not(None), "refused"),
    (ITEM.c.took.is_not(None), "answered"),
    (ITEM.c.outcome.is_not(None), "lapsed"),
    else_="void",
)
"""How a question ended. Lapsed: the clock answered for a silent office; void: somebody took it away."""
IN_TIME = and_(ITEM.c.took.is_not(None), ITEM.c.closed_at < ITEM.c.due_at)
IN_PERIOD = (ITEM.c.closed_at >= START) & (ITEM.c.closed_at < END)
CAME_IN_PERIOD = (ITEM.c.opened_at >= START) & (ITEM.c.opened_at < END)


def age(since: ColumnElement[Any], days: tuple[int, ...]) -> ColumnElement[int]:
    """Return how many of the limits a moment has passed; the limits are filled in by `limits`."""
    return case(*((since > moment(f"limit{place}"), place) for place in range(len(days))), else_=len(days))


def limits(days: tuple[int, ...], then: dt.datetime) -> dict[str, dt.datetime]:
    """Return the values of the parameters of `age`."""
    return {f"limit{place}": then - dt.timedelta(days=one) for place, one in enumerate(days)}


@cache
def _owed(dialect: str) -> Select[Any]:
    here = place(dialect)
    aged = age(CASE.c.submitted_at, AGE_DAYS)
    keys = [here.c.line, ITEM.c.step, PACE.label("pace"), aged.label("age")]
    query = select(*keys, COUNT).join_from(here, ITEM, ITEM.c.org_id == here.c.org)
    return _grouped(query.join(CASE, CASE.c.id == ITEM.c.case_id).where(OWED), len(keys))


@cache
def _ended(dialect: str) -> Select[Any]:
    here = place(dialect)
    keys = [here.c.line, ITEM.c.step, HOW.label("how"), ITEM.c.took, IN_TIME.label("in_time")]
    query = select(*keys, COUNT).join_from(here, ITEM, ITEM.c.org_id == here.c.org)
    return _grouped(query.where(ENDED, IN_PERIOD), len(keys))


@cache
def _flow(dialect: str) -> Any:
    """What came may be open or may have ended since; either index tells its own."""
    here, late = place(dialect), ITEM.c.due_at <= THEN
    came, went = week(ITEM.c.opened_at, dialect), week(ITEM.c.closed_at, dialect)
    arms = [
        ("came", came, OWED & CAME_IN_PERIOD),
        ("came", came, ENDED & CAME_IN_PERIOD & (ITEM.c.closed_at >= START)),
        ("went", went, ENDED & IN_PERIOD),
        ("late", as_type(null(), Integer), OWED & late),
        ("late", as_type(null(), Integer), ENDED & late & (ITEM.c.closed_at >= THEN)),
    ]
    return union_all(
        *(
            _grouped(
                select(literal(what).label("what"), here.c.line, number.label("week"), COUNT)
                .join_from(here, ITEM, ITEM.c.org_id == here.c.org)
                .where(condition),
                3,
            )
            for what, number, condition in arms
        )
    )


@cache
def _caused(dialect: str) -> Select[Any]:
    here = place(dialect)
    keys = [HOW.label("how"), CAUSE.c.cause]
    query = (
        select(*keys, COUNT)
        .join_from(here, ITEM, ITEM.c.org_id == here.c.org)
        .outerjoin(CAUSE, CAUSE.c.work_item_id == ITEM.c.id)
        .where(ENDED, IN_PERIOD, HOW.in_(["returned", "refused"]))
    )
    return _grouped(query, len(keys))


@cache
def _recorded(dialect: str) -> Select[Any]:
    here, record = place(dialect), records().subquery()
    keys = [here.c.line, record.c.kind, age(record.c.since, RECORD_AGE_DAYS).label("age")]
    query = select(*keys, COUNT).join_from(here, record, record.c.org == here.c.org)
    return _grouped(query, len(keys))


def records(cases: Sequence[int] | None = None) -> Any:
    """Every record with a problem that was open at `then`, with its school: columns of problem lists.

    A pupil whose certificate holds is no open problem; he is asked each term whether there is a number now.
    With `cases`, every record of these, whatever became of it.
    """
    open_then = (CASE.c.opened_at <= THEN) & (CASE.c.closed_at.is_(None) | (CASE.c.closed_at > THEN))
    there = open_then if cases is None else CASE.c.id.in_(cases)
    open_still = CASE.c.phase != "valid" if cases is None else true()
    columns = [CASE.c.id.label("case"), CASE.c.opened_at.label("since")]
    sides = (
        select(ProblemSide.school_id.label("org"), Problem.kind.label("kind"), ProblemSide.no.label("no"), *columns)
        .join_from(ProblemSide, CASE, CASE.c.id == ProblemSide.case_id)
        .join(Problem, Problem.case_id == ProblemSide.case_id)
        .where(there)
    )
    errors = (
        select(IdError.school_id, literal("id_error"), literal(1), *columns)
        .join_from(IdError, CASE, CASE.c.id == IdError.case_id)
        .where(there)
    )
    without = (
        select(NoIdNumber.school_id, literal("no_id"), literal(1), *columns)
        .join_from(NoIdNumber, CASE, CASE.c.id == NoIdNumber.case_id)
        .where(there, open_still)
    )
    return union_all(sides, errors, without)


def _grouped(query: Select[Any], keys: int) -> Select[Any]:
    """Group by the first columns, by their places: they hold parameters, and PostgreSQL takes no two for the same."""
    return query.group_by(*(literal_column(str(place)) for place in range(1, keys + 1)))
