"""How urgent a deadline is, as facts; the words are made where people read them."""

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from workflow.calendar import Calendar

SOON_DAYS = 5
"""The first rung of the reminder ladder, in working days before the last day (domain 8.3)."""


class Kind(StrEnum):
    """`today` and `tomorrow` are meant as the calendar says them: Monday is not tomorrow on a Friday."""

    OVERDUE = "overdue"
    TODAY = "today"
    TOMORROW = "tomorrow"
    SOON = "soon"
    LATER = "later"
    PAUSED = "paused"
    NONE = "none"


class Hold(NamedTuple):
    """Why a clock stands still (suspended, freeze, vacation), and the last day on which it does, as far as known."""

    why: str
    until: dt.date | None


class DaysLeft(NamedTuple):
    """`n` is working days: left for soon and later, passed for overdue (0 on the rest days right after the due day).

    While the clock stands still, `n` are those that will be left when it goes on; below zero if the term had passed.
    """

    kind: Kind
    n: int
    hold: Hold | None = None

    @property
    def urgent(self) -> bool:
        """Whether it is to stand out: overdue, or no working day lies between now and the last day."""
        return self.kind not in (Kind.NONE, Kind.PAUSED) and (self.kind is Kind.OVERDUE or self.n <= 1)


def days_left(calendar: Calendar, due: dt.date | None, today: dt.date) -> DaysLeft:
    """How far the last day is away, in working days of the region's calendar; `none` if there is no deadline."""
    if due is None:
        return DaysLeft(Kind.NONE, 0)
    n = calendar.working_days_between(today, due)
    if due < today:
        return DaysLeft(Kind.OVERDUE, -n)
    if due == today:
        return DaysLeft(Kind.TODAY, 0)
    if due == today + dt.timedelta(days=1):
        return DaysLeft(Kind.TOMORROW, n)
    return DaysLeft(Kind.SOON if n <= SOON_DAYS else Kind.LATER, n)
