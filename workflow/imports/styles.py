"""Which cell styles of a workbook show a day, and the day that a serial number means."""

import re
from datetime import datetime, timedelta

from workflow.imports.package import Package

_BUILT_IN_DAYS = frozenset((*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59)))
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_LAST_SERIAL = 2_958_465


def day_styles(package: Package) -> frozenset[str]:
    """The values of a cell's s attribute that stand for a date format."""
    part = package.related("styles")
    if part is None:
        return frozenset()
    elements = package.elements(part, "numFmt") + package.elements(part, "cellXfs")
    formats = {
        element.get("numFmtId", ""): element.get("formatCode", "")
        for element in elements
        if not element.tag.endswith("}cellXfs")
    }
    styles = next((element for element in elements if element.tag.endswith("}cellXfs")), None)
    kinds = [style.get("numFmtId", "0") for style in styles] if styles is not None else []
    return frozenset(str(place) for place, kind in enumerate(kinds) if _shows_a_day(kind, formats))


def _shows_a_day(kind: str, formats: dict[str, str]) -> bool:
    if kind in formats:
        letters = _NOT_LETTERS.sub("", formats[kind]).lower()
        return "y" in letters or "d" in letters or ("m" in letters and "h" not in letters and "s" not in letters)
    return kind.isdecimal() and int(kind) in _BUILT_IN_DAYS


def day_of_serial(number: float, from_1904: bool) -> str | None:
    """The serial number as YYYY-MM-DD HH:MM:SS, or None when it lies outside the calendar of the spreadsheet."""
    if not 1 <= number <= _LAST_SERIAL:
        return None
    if from_1904:
        start = datetime(1904, 1, 1)  # noqa: DTZ001 - a spreadsheet knows no time zone
    else:
        # Excel counts a 29 February 1900 that never was.
        start = datetime(1899, 12, 30 if number >= 60 else 31)  # noqa: DTZ001 - a spreadsheet knows no time zone
    moment = start + timedelta(days=number)
    return moment.replace(microsecond=0).isoformat(sep=" ")
