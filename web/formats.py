"""How days and instants read on a page: Jinja filters, all in Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from web import clock
from workflow.calendar import short_day

if TYPE_CHECKING:
    from flask import Flask

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"


def _local(moment: date | datetime) -> date | datetime:
    return moment.astimezone(SHANGHAI) if isinstance(moment, datetime) else moment


def day(moment: date | datetime | None) -> str:
    """9月15日; of a later year than this one 2027年1月15日"""
    return "" if moment is None else short_day(_local(moment), clock.today())


def weekday(moment: date | datetime | None) -> str:
    """9月15日 周二"""
    if moment is None:
        return ""
    return f"{day(moment)} 周{WEEKDAYS[_local(moment).weekday()]}"


def full_day(moment: date | datetime | None) -> str:
    """2026年9月15日"""
    if moment is None:
        return ""
    at = _local(moment)
    return f"{at.year}年{at.month}月{at.day}日"


def minute(moment: datetime | None) -> str:
    """9月15日 14:20"""
    if moment is None:
        return ""
    return f"{day(moment)} {moment.astimezone(SHANGHAI):%H:%M}"


def full_minute(moment: datetime | None) -> str:
    """2026年9月15日 14:20"""
    if moment is None:
        return ""
    return f"{full_day(moment)} {moment.astimezone(SHANGHAI):%H:%M}"


def dotted(moment: date | datetime | None) -> str:
    """2026.09.15, as on a stamp."""
    if moment is None:
        return ""
    return f"{_local(moment):%Y.%m.%d}"


def iso(moment: date | datetime | None) -> str:
    """The value of a <time datetime> attribute."""
    return moment.isoformat() if moment is not None else ""


def seal_rows(name: str) -> list[str]:
    """Break the short name of an office into the rows of its stamp: at most three rows, as square as it goes."""
    count = len(name)
    if count <= 3:
        return [name] if count <= 2 else [name[:2], name[2:]]
    width = 2 if count <= 4 else 3 if count <= 9 else 4
    rows = [name[start : start + width] for start in range(0, count, width)]
    return rows[:3]


FILTERS = {
    "day": day,
    "weekday": weekday,
    "full_day": full_day,
    "minute": minute,
    "full_minute": full_minute,
    "dotted": dotted,
    "iso": iso,
    "seal_rows": seal_rows,
}


def register(app: Flask) -> None:
    """Give the filters to the application's templates."""
    app.jinja_env.filters.update(FILTERS)
