"""Calendar files: rest days and make-up days of a year as CSV, read, checked, shipped with the product, stored.

Columns: `day` (2026-10-01), `working` (yes for a make-up day, no for a rest day), `note`, `source` (who announced it).
"""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.calendar import CalendarDay
from workflow.calendar import Calendar, day_written

COLUMNS = ("day", "working", "note", "source")

_LIMITS = {"note": 60, "source": 200}
_WORKING = {"yes": True, "no": False}


class DayRow(NamedTuple):
    """One line of a calendar file."""

    day: dt.date
    working: bool
    note: str
    source: str


class CalendarFileWrong(ValueError):
    """A calendar file that cannot be taken. `line` counts from 1; `fault` is a code: see `parse`."""

    def __init__(self, line: int, fault: str, value: str = "") -> None:
        super().__init__(f"line {line}: {fault} {value}".rstrip())
        self.line = line
        self.fault = fault
        self.value = value


def parse(text: str) -> list[DayRow]:
    """The rows of a calendar file, in order of days.

    Faults: `columns` (the header is another), `day` (no date), `working` (neither yes nor no), `source` (missing: no
    day without its announcement), `too_long`, `twice` (the day stood above), `empty`, `not_csv`.
    """
    reader = csv.DictReader(text.removeprefix("\ufeff").splitlines(), strict=True)
    rows: dict[dt.date, DayRow] = {}
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CalendarFileWrong(1, "columns", ",".join(reader.fieldnames or ()))
        for cells in reader:
            row = _row(cells, reader.line_num)
            if row.day in rows:
                raise CalendarFileWrong(reader.line_num, "twice", row.day.isoformat())
            rows[row.day] = row
    except csv.Error:
        raise CalendarFileWrong(reader.reader.line_num, "not_csv") from None
    if not rows:
        raise CalendarFileWrong(1, "empty")
    return [rows[day] for day in sorted(rows)]


def whole_years(days: Iterable[dt.date]) -> frozenset[int]:
    """The years that are announced as a whole by these days, told by their 1 October.

    A single local rest day does not make its year known, nor does a later year make known those before it.
    """
    return frozenset(day.year for day in days if (day.month, day.day) == (10, 1))


def make(days: Mapping[dt.date, bool]) -> Calendar:
    """A calendar of these days, known in the years they announce."""
    return Calendar(days, whole_years(days))


@cache
def shipped_rows() -> tuple[DayRow, ...]:
    """The nation's days that come with the product, all years."""
    folder = files("workflow").joinpath("data/calendar")
    texts = [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".csv")]
    return tuple(sorted(row for text in texts for row in parse(text)))


@cache
def shipped() -> Calendar:
    """The nation's calendar as shipped; needs no database."""
    return make({row.day: row.working for row in shipped_rows()})


def store(session: Session, region: str, rows: Iterable[DayRow]) -> int:
    """Put days into the table, each in place of what was there for the same region and day; returns how many.

    The caller commits, raises the table's version (`workflow.world.touch`) and recomputes open deadlines.
    """
    count = 0
    for row in rows:
        session.merge(CalendarDay(region=region, **row._asdict()))
        count += 1
    return count


def _row(cells: dict[str, str], line: int) -> DayRow:
    if None in cells or None in cells.values():
        raise CalendarFileWrong(line, "columns")
    values = {name: cell.strip() for name, cell in cells.items()}
    if values["working"].lower() not in _WORKING:
        raise CalendarFileWrong(line, "working", values["working"])
    for name, limit in _LIMITS.items():
        if len(values[name]) > limit:
            raise CalendarFileWrong(line, "too_long", name)
    if not values["source"]:
        raise CalendarFileWrong(line, "source")
    return DayRow(_day(values["day"], line), _WORKING[values["working"].lower()], values["note"], values["source"])


def _day(text: str, line: int) -> dt.date:
    day = day_written(text)
    if day is None:
        raise CalendarFileWrong(line, "day", text)
    return day
