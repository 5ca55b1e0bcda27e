"""School terms, transfer windows and the last grade of a stage, from policy data."""

import datetime as dt
from typing import TYPE_CHECKING

from workflow.policies import look_up

if TYPE_CHECKING:
    from workflow.transfers.facts import Facts

NEW_YEAR, YEARS_END = "01-01", "12-31"


def is_first_term(facts: "Facts") -> bool:
    """Tell whether today lies in the first term (policy `terms`, by default 1 September to 31 January)."""
    terms = look_up(facts.world, "terms", facts.deciding_office, facts.today).value
    first, last = terms["first"]
    return in_window(facts.today, {"from": first, "to": last})


def in_window(day: dt.date, window: dict[str, str]) -> bool:
    """Tell whether a day lies in a yearly window `{from: MM-DD, to: MM-DD}`, which may run over New Year."""
    here = f"{day:%m-%d}"
    start, end = window["from"], window["to"]
    return start <= here <= end if start <= end else here >= start or here <= end


def joined(windows: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Return yearly windows as pairs MM-DD in the order of their first days; those that touch or overlap are one."""
    pieces = sorted(piece for one in windows for piece in _within_a_year(one["from"], one["to"]))
    found: list[tuple[str, str]] = []
    for start, end in pieces:
        if found and start <= _day_after(found[-1][1]):
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    if len(found) > 1 and (found[0][0], found[-1][1]) == (NEW_YEAR, YEARS_END):
        return [*found[1:-1], (found[-1][0], found[0][1])]
    return found


def _within_a_year(start: str, end: str) -> list[tuple[str, str]]:
    return [(start, end)] if start <= end else [(start, YEARS_END), (NEW_YEAR, end)]


def _day_after(text: str) -> str:
    """The next day of a leap year; after the last one a text that no day reaches."""
    day = dt.date(2024, int(text[:2]), int(text[3:])) + dt.timedelta(days=1)
    return f"{day:%m-%d}" if day.year == 2024 else "13"


def last_grade_of(grade: int) -> int:
    """Return the grade in which the stage of `grade` ends (6-3-3)."""
    return 6 if grade <= 6 else 9 if grade <= 9 else 12
