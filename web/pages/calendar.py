"""The working calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from web.views import (
    Fact,
    Form,
    Tab,
)


@dataclass(frozen=True)
class Day:
    """A cell of the calendar; `number` 0 is a blank before the first."""

    number: int
    kind: Literal["blank", "work", "rest", "holiday", "makeup"] = "work"
    name: str = ""
    today: bool = False


@dataclass(frozen=True)
class Month:
    word: str
    weeks: tuple[tuple[Day, ...], ...]


@dataclass(frozen=True)
class CalendarPage:
    """admin/calendar.html"""

    year: int
    region: str
    months: tuple[Month, ...]
    known: bool
    source: str
    years: tuple[Tab, ...]
    specials: tuple[Fact, ...] = ()
    upload: Form | None = None
    compute: Form | None = None
    computed: str = ""
    filter: Form | None = None
    place: str = ""
    """Public id of the office whose calendar is shown."""
    file_url: str = ""
    """The year's days as a file, to be corrected and imported."""
