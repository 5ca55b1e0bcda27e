"""What a month looked like when it ended, and the month before it: one statement for both."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, case, func, literal, null, select, union_all
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from models.base import UtcDateTime
from workflow.calendar import Calendar, due_instant
from workflow.row_numbers import dialect_of
from workflow.statistics.counting import IN_TIME, Lines
from workflow.statistics.period import DAY, Period
from workflow.statistics.sql import CASE, ENDED, ITEM, OWED, moment, place, told

THIS, BEFORE = 0, 1
COUNTED = ("first", "second", "third", "oldest")
"""Columns of the statement; what they count is said by each of its arms."""


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
        values |= {
            f"start{which}": month.start,
            f"end{which}": month.end,
            f"long{which}": due_instant(late_since(calendar, month.last, limits.late)),
            f"old{which}": month.end - dt.timedelta(days=limits.old),
        }
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


def _take(month: Month, row: Any) -> None:
    if row.what == "done":
        month.done, month.in_time = month.done + row.first, month.in_time + row.second
    elif row.what == "came":
        month.came += row.first
    else:
        month.late += row.first
        month.long_late += row.second
        month.old += row.third
        month.oldest_due = min((at for at in (month.oldest_due, row.oldest) if at), default=None)


@cache
def _statement(dialect: str) -> Any:
    here, month = place(dialect), _months()
    closed, due, opened = ITEM.c.closed_at, ITEM.c.due_at, ITEM.c.opened_at
    nothing, no_day = as_type(null(), Integer), as_type(null(), UtcDateTime)
    in_month = (opened >= month.c.start) & (opened < month.c.end)

    def arm(what: str, condition: Any, *columns: Any) -> Any:
        keys = [literal(what).label("what"), here.c.line, month.c.month]
        found = [column.label(name) for name, column in zip(COUNTED, columns, strict=True)]
        query = select(*keys, *found).join_from(here, ITEM, ITEM.c.org_id == here.c.org).join(month, condition)
        return query.group_by(here.c.line, month.c.month)

    def state(condition: Any) -> Any:
        old = _sum(CASE.c.submitted_at <= month.c.old)
        first_due = func.min(case((due <= month.c.end, due)))
        query = arm("state", condition, _sum(due <= month.c.end), _sum(due <= month.c.long), old, first_due)
        return query.join(CASE, CASE.c.id == ITEM.c.case_id)

    done = ENDED & ITEM.c.outcome.is_not(None) & (closed >= month.c.start) & (closed < month.c.end)
    return union_all(
        arm("done", done, func.count(), _sum(IN_TIME), nothing, no_day),
        arm("came", OWED & in_month, func.count(), nothing, nothing, no_day),
        arm("came", ENDED & in_month & (closed >= month.c.start), func.count(), nothing, nothing, no_day),
        state(OWED & (opened < month.c.end)),
        state(ENDED & (opened < month.c.end) & (closed >= month.c.end)),
    )


def _months() -> CTE:
    names = ("start", "end", "long", "old")
    rows = [
        select(literal(which).label("month"), *(moment(f"{name}{which}").label(name) for name in names))
        for which in (THIS, BEFORE)
    ]
    return union_all(*rows).cte("span")


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
