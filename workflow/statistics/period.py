"""The span of days that figures are about: this month, the last one, the term, or any days of at most a year."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from workflow.calendar import due_instant
from workflow.errors import Unacceptable
from workflow.policies import look_up
from workflow.world import Office, World

KEYS = {"month": "本月", "last_month": "上月", "term": "本学期", "free": "自选"}
LONGEST = 366
DAY = dt.timedelta(days=1)


class Week(NamedTuple):
    """The days of one calendar week that lie in a period."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Period:
    """From the beginning of `first` to the end of `last`, days in Asia/Shanghai."""

    key: str
    first: dt.date
    last: dt.date

    @property
    def start(self) -> dt.datetime:
        return due_instant(self.first - DAY)

    @property
    def end(self) -> dt.datetime:
        """The first moment that does not belong to it."""
        return due_instant(self.last)

    def moment(self, now: dt.datetime) -> dt.datetime:
        """Return when its state is taken: its end, or now while it runs."""
        return min(self.end, now)

    @property
    def monday(self) -> dt.date:
        """The Monday from which its weeks are numbered."""
        return self.first - dt.timedelta(days=self.first.weekday())

    @property
    def first_second(self) -> int:
        """The first second of its first week, counted as computers do."""
        return int(due_instant(self.monday - DAY).timestamp())

    @property
    def weeks(self) -> list[Week]:
        count = (self.last - self.monday).days // 7 + 1
        mondays = [self.monday + dt.timedelta(days=7 * number) for number in range(count)]
        return [Week(max(day, self.first), min(day + 6 * DAY, self.last)) for day in mondays]


def month_of(day: dt.date, key: str = "free") -> Period:
    """Return the whole calendar month of a day."""
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(key, day.replace(day=1), day.replace(day=last))


def month_before(day: dt.date, key: str = "free") -> Period:
    """Return the calendar month before the one of a day."""
    return month_of(day.replace(day=1) - DAY, key)


def chosen(
    world: World,
    office: Office,
    today: dt.date,
    key: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> Period:
    """Return the period with this key (this month without one). Raises Unacceptable with the field that is wrong."""
    if key in ("", "month"):
        return Period("month", today.replace(day=1), today)
    if key == "last_month":
        return month_before(today, key)
    if key == "term":
        return Period(key, _term_start(world, office, today), today)
    if key != "free":
        raise Unacceptable("period", "时段应为本月、上月、本学期或自选")
    if first is None or last is None:
        raise Unacceptable("from" if first is None else "to", "请写明日期，如 2025-09-01")
    if last > today:
        raise Unacceptable("to", "止期不能晚于今天")
    if first > last:
        raise Unacceptable("from", "起期不能晚于止期")
    if (last - first).days >= LONGEST:
        raise Unacceptable("from", f"最多 {LONGEST} 天")
    return Period(key, first, last)


def _term_start(world: World, office: Office, today: dt.date) -> dt.date:
    """Return the day on which the term began that runs today (policy `terms`)."""
    terms = look_up(world, "terms", office, today).value
    begins = [_on(year, first) for first, _ in terms.values() for year in (today.year - 1, today.year)]
    return max(day for day in begins if day <= today)


def _on(year: int, month_day: str) -> dt.date:
    month, day = map(int, month_day.split("-"))
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))
