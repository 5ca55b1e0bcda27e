"""The few things that the two databases say differently, and the tables that figures are counted from."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    String,
    Table,
    bindparam,
    extract,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import JSONB

from models.base import UtcDateTime
from models.cases import Case, StepCause, WorkItem
from models.text import dumps
from workflow.statistics.period import Period

ITEM, CASE, CAUSE = (cast(Table, one.__table__) for one in (WorkItem, Case, StepCause))
WEEK = 7 * 24 * 3600
OWED = ITEM.c.step.is_not(None) & ITEM.c.closed_at.is_(None)
ENDED = ITEM.c.step.is_not(None) & ITEM.c.closed_at.is_not(None)
"""What the two indexes of figures hold, in their words: SQLite recognises a partial index by its condition."""


def moment(name: str) -> ColumnElement[dt.datetime]:
    """Return a moment that is filled in later."""
    return bindparam(name, type_=UtcDateTime())


@cache
def place(dialect: str) -> CTE:
    """Offices with the line they are counted in, `org` and `line`, from the parameter `lines`.

    One parameter whatever their number: a province has thousands of offices.
    """
    told: Any = bindparam("lines", type_=String)
    if dialect == "postgresql":
        each = func.jsonb_each_text(as_type(told, JSONB)).table_valued("key", "value")
    else:
        each = func.json_each(told).table_valued("key", "value")
    org, line = (as_type(one, BigInteger) for one in (each.c.key, each.c.value))
    return select(org.label("org"), line.label("line")).cte("place")


def told(lines: Mapping[int, int]) -> str:
    """Return the value of the parameter `lines`."""
    return dumps({str(org): line for org, line in lines.items()})


def monday_of(period: Period) -> dict[str, Any]:
    """Return the value of the parameter from which weeks are counted, in the words of each database."""
    first = period.first_second
    return {"monday": first, "first_monday": dt.datetime.fromtimestamp(first, dt.UTC)}


def week(column: ColumnElement[dt.datetime], dialect: str) -> ColumnElement[Any]:
    """Return something by which a moment's week is told from others; `week_number` makes a number of it.

    Weeks in Asia/Shanghai are all of one length: there has been no summer time since 1991. PostgreSQL finds the
    beginning of a week much faster than the seconds of a moment.
    """
    if dialect == "postgresql":
        return func.date_bin(literal_column("interval '7 days'"), column, moment("first_monday"), type_=UtcDateTime())
    seconds = func.strftime("%s", func.substr(type_coerce(column, String), 1, 19))  # it rounds fractions up
    return (as_type(seconds, BigInteger) - bindparam("monday", type_=BigInteger)) // WEEK


def week_number(found: ColumnElement[Any], dialect: str) -> ColumnElement[int]:
    """Return the number of a week that `week` found, counted from the first one of the period, which is 0."""
    if dialect != "postgresql":
        return found
    return as_type(extract("epoch", found), BigInteger) // WEEK - bindparam("monday", type_=BigInteger) // WEEK
