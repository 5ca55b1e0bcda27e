"""A year of working days as months of weeks, what is special in it, and what is wrong with a calendar file."""

import calendar
import datetime as dt
from collections.abc import Iterator
from itertools import groupby

from models.calendar import CalendarDay
from web.formats import full_day
from web.pages.calendar import Day, Month
from web.views import Fact
from workflow.calendar import Calendar, short_day
from workflow.calendar_changes import Taken
from workflow.calendar_files import CalendarFileWrong

FAULTS = {
    "columns": "表头应为 day,working,note,source",
    "day": "不是日期",
    "working": "working 应为 yes 或 no",
    "source": "缺少来源 source",
    "too_long": "内容过长",
    "twice": "日期重复",
    "empty": "没有内容",
    "not_csv": "不是 CSV 文件",
}


def fault_in_words(error: CalendarFileWrong) -> str:
    """Return the line and what is wrong in it."""
    shown = f"（{error.value[:40]}）" if error.value else ""
    return f"日历文件第 {error.line} 行：{FAULTS.get(error.fault, error.fault)}{shown}"


def months(year: int, days: dict[dt.date, CalendarDay], today: dt.date) -> tuple[Month, ...]:
    """Return the twelve months; `days` holds what was announced, by day."""
    weeks = calendar.Calendar()
    return tuple(
        Month(
            f"{number} 月",
            tuple(
                tuple(_cell(year, number, day, days, today) for day in week)
                for week in weeks.monthdayscalendar(year, number)
            ),
        )
        for number in range(1, 13)
    )


def _cell(year: int, month: int, number: int, days: dict[dt.date, CalendarDay], today: dt.date) -> Day:
    if not number:
        return Day(0, "blank")
    day = dt.date(year, month, number)
    announced, weekend = days.get(day), day.weekday() > 4
    if announced is not None and not announced.working:
        return Day(number, "holiday", announced.note, day == today)
    if announced is not None and weekend:
        return Day(number, "makeup", announced.note, day == today)
    return Day(number, "rest" if weekend else "work", "", day == today)


def specials(days: dict[dt.date, CalendarDay]) -> tuple[Fact, ...]:
    """Return the holidays with their first and last day, and the make-up days in one line."""
    rest = sorted(day for day, row in days.items() if not row.working)
    facts = [
        Fact(days[run[0]].note or "放假", "至".join(map(short_day, dict.fromkeys((run[0], run[-1])))))
        for run in _runs(rest, days)
    ]
    makeup = sorted(day for day, row in days.items() if row.working and day.weekday() > 4)
    if makeup:
        facts.append(Fact("调休上班", "、".join(map(short_day, makeup))))
    return tuple(facts)


def _runs(rest: list[dt.date], days: dict[dt.date, CalendarDay]) -> Iterator[list[dt.date]]:
    """Yield the days that follow each other under one name."""
    numbered = enumerate(rest)
    for _, run in groupby(numbered, key=lambda one: (one[1].toordinal() - one[0], days[one[1]].note)):
        yield [day for _, day in run]


def changed_days(taken: Taken) -> str:
    """Return what an import changed of the days that were there, to be put behind how many came in."""
    changed = f"，其中 {taken.replaced} 天改了原来的安排" if taken.replaced else ""
    return changed + (f"，原有的 {taken.given_up} 天已删去" if taken.given_up else "")


def due_in_words(holds: Calendar, start: dt.date, count: int) -> str:
    """Return when a term ends. Raises OverflowError beyond the calendar."""
    due = holds.due_day(start, count)
    word = f"到 {full_day(due.day)} 周{'一二三四五六日'[due.day.weekday()]} 24:00 截止"
    return f"{word}（暂定：其间有的年份还没有导入放假安排）" if due.provisional else word
