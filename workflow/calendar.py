"""Working days: when something is due, how many days are left, and which of these answers may still change.

Days are dates in Asia/Shanghai, instants are aware UTC datetimes. Counting starts the day after the event; a deadline
ends at 24:00 of its last day. In a year that was not announced, Monday to Friday count and a date is provisional.
"""

import calendar
import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 2000, 2099
"""The years that calendars and pauses may speak of."""

_DAY = dt.timedelta(days=1)
_LAST_ORDINAL = dt.date.max.toordinal()
_WRITTEN = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Due(NamedTuple):
    """A last day, and whether it leans on days that were not announced yet."""

    day: dt.date
    provisional: bool


class Calendar:
    """The working days of one region. `days` holds what differs from Monday to Friday: rest days and make-up days.

    `years` are those whose days were announced; a term that touches another one is provisional.

    Answers cost a few bisections whatever the distance: working days are numbered by `_rank` and looked up from there.
    """

    def __init__(self, days: Mapping[dt.date, bool], years: Collection[int]) -> None:
        self.days, self.years = days, years
        self._rest = sorted(day.toordinal() for day, working in days.items() if not working and _is_weekday(day))
        self._extra = sorted(day.toordinal() for day, working in days.items() if working and not _is_weekday(day))

    def without(self, spans: Iterable[tuple[dt.date, dt.date]]) -> "Calendar":
        """This calendar with no day of these spans counted; a span names its first and its last day."""
        still = {first + _DAY * n: False for first, last in spans for n in range((last - first).days + 1)}
        return Calendar({**self.days, **still}, self.years) if still else self

    def is_working(self, day: dt.date) -> bool:
        """Whether offices work on this day."""
        ordinal = day.toordinal()
        return self._rank(ordinal) > self._rank(ordinal - 1)

    def due_day(self, start_day: dt.date, working_days: int) -> Due:
        """The last of `working_days` (at least 1) working days, the first of which comes after `start_day`."""
        if working_days < 1:
            raise ValueError("a deadline has at least one working day")
        return self.ending(start_day + _DAY, self.shift(start_day, working_days))

    def add_month(self, day: dt.date, months: int = 1) -> Due:
        """The same day number `months` later, or that month's last day; from a rest day on to the next working day."""
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        meant = dt.date(year, month + 1, min(day.day, last))
        return self.ending(meant, self.next_working(meant))

    def next_working(self, day: dt.date) -> dt.date:
        """The day itself if it is a working day, else the first one after it."""
        return self._at_rank(self._rank(day.toordinal() - 1) + 1)

    def shift(self, day: dt.date, working_days: int) -> dt.date:
        """The day that many working days after `day`, or before it if negative; 0 is the day itself."""
        if working_days == 0:
            return day
        before = self._rank(day.toordinal() - 1 if working_days < 0 else day.toordinal())
        return self._at_rank(before + working_days + (1 if working_days < 0 else 0))

    def working_days_between(self, a: dt.date, b: dt.date) -> int:
        """Working days after `a` up to and with `b`; negative if `b` lies before `a`.

        From today to a due day these are the days left; the other way round, with the sign, the days overdue.
        """
        return self._rank(b.toordinal()) - self._rank(a.toordinal())

    def ending(self, first: dt.date, last: dt.date) -> Due:
        """The last day of a term whose days lie between `first` and `last`."""
        return Due(last, provisional=not all(year in self.years for year in range(first.year, last.year + 1)))

    def _rank(self, ordinal: int) -> int:
        """How many working days there are from the beginning of the era up to and with this day."""
        weeks, days = divmod(ordinal, 7)  # day 1 of the era was a Monday
        weekdays = weeks * 5 + min(days, 5)
        return weekdays - bisect_right(self._rest, ordinal) + bisect_right(self._extra, ordinal)

    def _at_rank(self, rank: int) -> dt.date:
        least = (rank - len(self._extra)) * 7 // 5 - 7  # five weekdays a week, but for the days listed
        most = (rank + len(self._rest)) * 7 // 5 + 7
        all_days = range(_LAST_ORDINAL + 1)
        ordinal = bisect_left(all_days, rank, max(0, least), min(len(all_days), max(0, most)), key=self._rank)
        if not 1 <= ordinal <= _LAST_ORDINAL:
            raise OverflowError("the day lies outside the calendar")
        return dt.date.fromordinal(ordinal)


def day_written(text: str) -> dt.date | None:
    """The day written as YYYY-MM-DD; None for any other form that ISO 8601 knows, and for no day at all."""
    try:
        return dt.date.fromisoformat(text) if _WRITTEN.fullmatch(text) else None
    except ValueError:
        return None


def due_instant(day: dt.date) -> dt.datetime:
    """24:00 of the day in Asia/Shanghai, in UTC: the first moment at which it is too late."""
    return dt.datetime.combine(day + _DAY, dt.time(), SHANGHAI).astimezone(dt.UTC)


def due_day_of(instant: dt.datetime) -> dt.date:
    """The last day of a deadline that ends at this instant; midnight belongs to the day before. Refuses naive times."""
    return day_of(instant - dt.timedelta(microseconds=1))


def day_of(instant: dt.datetime) -> dt.date:
    """The date in Asia/Shanghai at this instant. Refuses naive times with ValueError."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no day")
    return instant.astimezone(SHANGHAI).date()


def short_day(day: dt.date, today: dt.date | None = None) -> str:
    """9月15日; the year is said too where the day lies in a later one than `today`: 2027年1月15日."""
    year = f"{day.year}年" if today is not None and day.year > today.year else ""
    return f"{year}{day.month}月{day.day}日"


def _is_weekday(day: dt.date) -> bool:
    return day.weekday() < 5
