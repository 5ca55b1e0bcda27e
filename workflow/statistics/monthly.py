"""What a month looked like when it ended, and the month before it: one statement for both; and the lists behind it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Integer, case, func, literal, null, or_, select, true, union_all
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from models.base import UtcDateTime
from workflow.calendar import Calendar, due_instant
from workflow.row_numbers import dialect_of
from workflow.statistics.counting import IN_TIME, Lines
from workflow.statistics.period import DAY, Period
from workflow.statistics.sql import CASE, ENDED, ITEM, OWED, moment, place, told

THIS, BEFORE = 0, 1
COUNTED = ("first", "second", "third")
FLAGS = {"done": ("done", "in_time"), "came": ("came",), "state": ("late", "long_late", "old")}
"""What the columns of the statement mean in each of its arms."""
NOTHING, NO_DAY = as_type(null(), Integer), as_type(null(), UtcDateTime)


@dataclass
class Month:
    """What is counted for one line in one month. States are those of its last moment."""

    came: int = 0
    done: int = 0
    in_time: int = 0
    late: int = 0
    long_late: int = 0
    """Late by at least the working days after which an office is named in the bulletin."""
    oldest_due: dt.datetime | None = None
    old: int = 0
    """Open, and sent long ago."""


class Named(NamedTuple):
    """One question in the list behind a number, with what the list is ordered by."""

    line: int
    name: str
    at: dt.datetime
    id: int


@dataclass(frozen=True)
class Limits:
    """From when on something is named: `late` working days past its last day, `old` days since it was sent."""

    late: int
    old: int


def count(
    session: Session, lines: Lines, months: tuple[Period, Period], limits: Limits, calendar: Calendar
) -> list[dict[int, Month]]:
    """Return this month and the one before it, each by line."""
    values: dict[str, Any] = {"lines": told(lines)}
    for which, month in enumerate(months):
        values |= _values(which, month, limits, calendar)
    found: list[dict[int, Month]] = [{line: Month() for line in set(lines.values())} for _ in months]
    for row in session.execute(_statement(dialect_of(session)), values):
        _take(found[row.month][row.line], row)
    return found


def late_since(calendar: Calendar, day: dt.date, days: int) -> dt.date:
    """Return the latest day that, as a last day, is past by `days` working days or more on `day`."""
    found = day
    while calendar.working_days_between(found, day) < days:
        found -= DAY
    return found


def named(session: Session, lines: Lines, month: Period, limits: Limits, calendar: Calendar) -> list[Named]:
    """Return what `count` counts for one month, each question as often as it is counted, in the order of the lists."""
    values = {"lines": told(lines), **_values(THIS, month, limits, calendar)}
    rows = session.execute(_statement(dialect_of(session), months=1, named=True), values)
    return [
        Named(row.line, name, row.at, row.id)
        for row in rows
        for name, holds in zip(FLAGS[row.what], (row.first, row.second, row.third), strict=False)
        if holds
    ]


def summed(lines: Lines, found: Iterable[Named]) -> dict[int, Month]:
    """Return the numbers that the lists add up to."""
    months = {line: Month() for line in set(lines.values())}
    for one in found:
        month = months[one.line]
        setattr(month, one.name, getattr(month, one.name) + 1)
        if one.name == "late":
            month.oldest_due = month.oldest_due or one.at
    return months


def _values(which: int, month: Period, limits: Limits, calendar: Calendar) -> dict[str, dt.datetime]:
    return {
        f"start{which}": month.start,
        f"end{which}": month.end,
        f"long{which}": due_instant(late_since(calendar, month.last, limits.late)),
        f"old{which}": month.end - dt.timedelta(days=limits.old),
    }


def _take(month: Month, row: Any) -> None:
    for name, number in zip(FLAGS[row.what], (row.first, row.second, row.third), strict=False):
        setattr(month, name, getattr(month, name) + number)
    if row.what == "state":
        month.oldest_due = min((at for at in (month.oldest_due, row.oldest) if at), default=None)


# ---- the statements --------------------------------------------------------------------------------------------------


class Arm(NamedTuple):
    """One pass over an index: which questions of a month, by what their list is ordered, and what holds of each."""

    what: str
    condition: ColumnElement[bool]
    at: ColumnElement[Any]
    flags: tuple[ColumnElement[bool], ...]


def _arms(month: CTE, months: int) -> list[Arm]:
    """Return what is looked through; what came and what was open may have ended since, or may be open still.

    What ended before the earliest month is nobody's matter: said plainly, so that an index is entered there and not
    at its beginning.
    """
    start, end = (moment(f"{name}{months - 1}") for name in ("start", "end"))
    closed, due, opened = ITEM.c.closed_at, ITEM.c.due_at, ITEM.c.opened_at
    came = (opened >= month.c.start) & (opened < month.c.end)
    there = opened < month.c.end
    every = true()
    state = (due <= month.c.end, due <= month.c.long, CASE.c.submitted_at <= month.c.old)
    done = ENDED & ITEM.c.outcome.is_not(None) & (closed >= month.c.start) & (closed < month.c.end)
    return [
        Arm("done", done, closed, (every, IN_TIME)),
        Arm("came", OWED & came, opened, (every,)),
        Arm("came", ENDED & came & (closed >= month.c.start) & (closed >= start), opened, (every,)),
        Arm("state", OWED & there, due, state),
        Arm("state", ENDED & there & (closed >= month.c.end) & (closed >= end), due, state),
    ]


@cache
def _statement(dialect: str, months: int = 2, named: bool = False) -> Any:
    """Return the statement that counts months, or the one that names every question of a month."""
    here, month = place(dialect), _months(months)
    arms = [(_named if named else _counted)(arm, here, month) for arm in _arms(month, months)]
    return union_all(*arms).order_by("at", "id") if named else union_all(*arms)


def _counted(arm: Arm, here: CTE, month: CTE) -> Any:
    flags = [func.sum(case((flag, 1), else_=0)) for flag in arm.flags]
    oldest = func.min(case((ITEM.c.due_at <= month.c.end, ITEM.c.due_at))) if arm.what == "state" else NO_DAY
    return _joined(arm, here, month, flags, oldest.label("oldest")).group_by(here.c.line, month.c.month)


def _named(arm: Arm, here: CTE, month: CTE) -> Any:
    flags = [case((flag, 1), else_=0) for flag in arm.flags]
    query = _joined(arm, here, month, flags, arm.at.label("at"), ITEM.c.id)
    return query.where(or_(*arm.flags)) if arm.what == "state" else query


def _joined(arm: Arm, here: CTE, month: CTE, flags: Sequence[Any], *more: Any) -> Any:
    told_of = [*flags, *[NOTHING] * (len(COUNTED) - len(flags))]
    columns = [column.label(name) for name, column in zip(COUNTED, told_of, strict=True)]
    keys = [literal(arm.what).label("what"), here.c.line, month.c.month]
    query = select(*keys, *columns, *more).join_from(here, ITEM, ITEM.c.org_id == here.c.org)
    query = query.join(month, arm.condition)
    return query.join(CASE, CASE.c.id == ITEM.c.case_id) if arm.what == "state" else query


def _months(number: int) -> CTE:
    names = ("start", "end", "long", "old")
    rows = [
        select(literal(which).label("month"), *(moment(f"{name}{which}").label(name) for name in names))
        for which in range(number)
    ]
    return (union_all(*rows) if number > 1 else rows[0]).cte("span")
