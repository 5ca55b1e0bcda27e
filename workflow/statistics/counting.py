"""The questions that figures put to the database: four statements, whatever the number of offices and cases.

Every answer is grouped by the lines of a table of offices. Days are grouped by their number: that is all a median
needs, it is exact over any offices and any span, and it stays small however many answers there were.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
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
from workflow.statistics.sql import CASE, CAUSE, ENDED, ITEM, OWED, moment, monday_of, place, told, week, week_number
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


def passed(
    session: Session, lines: Lines, period: Period, now: dt.datetime
) -> tuple[list[Ended], list[Flow]]:
    """Count what ended in the period, by the days it took, what came and went by week, and what was late at its end.

    While the period runs its end is now. Both answers come from one pass over what has ended since the period began.
    """
    values = {"lines": told(lines), "start": period.start, "end": period.end, "then": period.moment(now),
              **monday_of(period)}  # fmt: skip
    ends, flows = list[Ended](), list[Flow]()
    for row in session.execute(_passed(dialect_of(session)), values):
        if row.what == "ended":
            ends.append(Ended(row.line, row.step, row.how, row.took, bool(row.in_time), int(row.number)))
        else:
            flows.append(Flow(row.what, row.line, row.week, int(row.number)))
    return ends, flows


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


def how(outcome: ColumnElement[Any], took: ColumnElement[Any]) -> ColumnElement[str]:
    """Return how a question ended. Lapsed: the clock answered for a silent office; void: somebody took it away."""
    answered = took.is_not(None)
    return case(
        (outcome.in_([literal_column(f"'{one}'") for one in RETURNS]) & answered, "returned"),
        (outcome.in_([literal_column(f"'{one}'") for one in REFUSALS]) & answered, "refused"),
        (answered, "answered"),
        (outcome.is_not(None), "lapsed"),
        else_="void",
    )


HOW = how(ITEM.c.outcome, ITEM.c.took)
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
def _passed(dialect: str) -> Any:
    """Group what ended as finely as anybody asks, once; add that up by what each asks. What is open is far less."""
    once = _finest(dialect)
    late = ITEM.c.due_at <= THEN
    sort = how(once.c.outcome, once.c.took)
    number = func.sum(once.c.number)
    went, came = once.c.went.is_not(None), once.c.came.is_not(None)
    found = [
        _told("ended", once.c.line, number, step=once.c.step, how=sort, took=once.c.took, in_time=once.c.in_time)
        .where(went).group_by(once.c.line, once.c.step, once.c.outcome, once.c.took, once.c.in_time),
        *(_told(what, once.c.line, number, week=week_number(column, dialect)).where(there).group_by(once.c.line, column)
          for what, column, there in (("went", once.c.went, went), ("came", once.c.came, came))),
    ]  # fmt: skip
    here = place(dialect)
    arms = [
        ("came", week_number(week(ITEM.c.opened_at, dialect), dialect), OWED & CAME_IN_PERIOD),
        ("late", as_type(null(), Integer), OWED & late),
        ("late", as_type(null(), Integer), ENDED & late & (ITEM.c.closed_at >= THEN)),
    ]
    for what, number_of_week, condition in arms:
        grouped = select(here.c.line, number_of_week.label("week"), COUNT).where(condition)
        inner = _grouped(grouped.join_from(here, ITEM, ITEM.c.org_id == here.c.org), 2).subquery()
        found.append(_told(what, inner.c.line, inner.c.number, week=inner.c.week))
    return union_all(*found)


def _finest(dialect: str) -> CTE:
    """What has ended since the period began, by everything that is asked of it; a week is null outside the period."""
    here, closed, opened = place(dialect), ITEM.c.closed_at, ITEM.c.opened_at
    weeks = [case((there, week(at, dialect))) for there, at in ((IN_PERIOD, closed), (CAME_IN_PERIOD, opened))]
    keys = [here.c.line, ITEM.c.step, ITEM.c.outcome, ITEM.c.took, IN_TIME.label("in_time"),
            weeks[0].label("went"), weeks[1].label("came")]  # fmt: skip
    query = select(*keys, COUNT).join_from(here, ITEM, ITEM.c.org_id == here.c.org)
    since = (closed >= START) & ((closed < END) | (opened < END))
    return _grouped(query.where(ENDED, since), len(keys)).cte("once")


def _told(what: str, line: Any, number: Any, **columns: Any) -> Select[Any]:
    """Return rows of the one form that all arms have; what an arm does not tell is null."""
    rest = {"step": String, "how": String, "took": Integer, "in_time": Boolean, "week": Integer}
    others = [columns.get(name, as_type(null(), kind)).label(name) for name, kind in rest.items()]
    return select(literal(what).label("what"), line.label("line"), *others, number.label("number"))


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
