"""One streaming pass over a worksheet: cells with their types, hidden rows, merged ranges. Runs in the reading child.

A row of pupils leaves here as `[row number, hidden, cells, merges]`, cells in the order of COLUMNS: text as a string,
nothing as null, everything else as `[kind, text]` with kind number, date, formula, bool or error; merges as
`{position: "top" | "covered"}`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO
from xml.etree.ElementTree import Element

from workflow.imports.columns import index_of, letters_of
from workflow.imports.limits import MEGABYTE, Limits
from workflow.imports.package import parsed, refuse
from workflow.imports.strings import SharedStrings, text_of, unescape
from workflow.imports.styles import day_of_serial

NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

Cell = str | list[str] | None

_ROW = frozenset(f"{{{namespace}}}row" for namespace in NAMESPACES)
_V = frozenset(f"{{{namespace}}}v" for namespace in NAMESPACES)
_T = frozenset(f"{{{namespace}}}t" for namespace in NAMESPACES)
_COL = frozenset(f"{{{namespace}}}col" for namespace in NAMESPACES)
_MERGE = frozenset(f"{{{namespace}}}mergeCell" for namespace in NAMESPACES)
_LETTERS = re.compile(r"[A-Z]{1,3}")
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Survey:
    """What a quick look at the bytes tells: about how many rows, and the merged ranges, which stand at the end."""

    rows: int = 0
    merges: list[Merge] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is needed to understand the cells of a sheet."""

    strings: SharedStrings
    day_styles: frozenset[str]
    from_1904: bool
    limits: Limits


def merge_of(reference: str) -> Merge:
    match = _RANGE.fullmatch(reference)
    if match is None:
        raise refuse("damaged")
    left, top, right, bottom = (
        match.group(1),
        match.group(2),
        match.group(3) or match.group(1),
        match.group(4) or match.group(2),
    )
    return Merge(int(top), index_of(left), int(bottom), index_of(right))


_END_OF_DATA = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
_MERGE_TAG = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([^\"']*)[\"']")
_TAIL_LIMIT = 8 * MEGABYTE


def survey(stream: IO[bytes], limits: Limits) -> Survey:
    """Counts row tags and collects merged ranges. The real pass checks the ranges again, so this need not parse."""
    rows, tail, carried, found = 0, bytearray(), b"", False
    while chunk := stream.read(MEGABYTE):
        rows += chunk.count(b"<row ")
        if not found:
            window = carried + chunk
            match = _END_OF_DATA.search(window) if b"sheetData" in window else None
            found = match is not None
            carried = window[match.end() :] if match else window[-64:]
            if not found:
                continue
            chunk = carried
        tail += chunk
        if len(tail) > _TAIL_LIMIT:
            raise refuse("damaged")
    merges = [merge_of(reference.decode("ascii", "replace")) for reference in _MERGE_TAG.findall(tail)]
    if len(merges) > limits.merges:
        raise refuse("bomb", limits.merges)
    return Survey(rows, merges)


class SheetPass:
    """Yields (row number, hidden, {column index: cell}) for every row that holds anything, and checks the addresses.

    `hidden_columns` fills before the first row comes; `merges` is complete after the last.
    """

    def __init__(self, stream: IO[bytes], reading: Reading) -> None:
        self._stream = stream
        self._reading = reading
        self._columns: dict[str, int] = {}
        self.hidden_columns: set[int] = set()
        self.merges: list[Merge] = []
        self.seen = 0

    def rows(self) -> Iterator[tuple[int, bool, dict[int, Cell]]]:
        number = 0
        for batch in parsed(self._stream):
            for element in batch:
                if element.tag in _ROW:
                    number = self._number(element, number)
                    cells = self._cells(element, str(number))
                    hidden = element.get("hidden") in ("1", "true") or element.get("ht") in ("0", "0.0")
                    element.clear()
                    if cells:
                        yield number, hidden, cells
                elif element.tag in _MERGE:
                    self.merges.append(merge_of(element.get("ref", "")))
                elif element.tag in _COL:
                    self._note_hidden(element)

    def _number(self, element: Element, previous: int) -> int:
        written = element.get("r")
        number = previous + 1 if written is None else int(written)
        if not previous < number <= LAST_ROW:
            raise refuse("damaged")
        self.seen += 1
        return number

    def _note_hidden(self, element: Element) -> None:
        if element.get("hidden") in ("1", "true"):
            first, last = int(element.get("min", "1")), int(element.get("max", "1"))
            self.hidden_columns.update(range(max(first, 1) - 1, min(last, LAST_COLUMN)))

    def _cells(self, row: Element, number: str) -> dict[int, Cell]:
        cells: dict[int, Cell] = {}
        known, strings, longest = self._columns, self._reading.strings, self._reading.limits.cell
        column = -1
        for element in row:
            reference = element.get("r")
            letters = reference.removesuffix(number) if reference else letters_of(column + 1)
            column = known[letters] if letters in known else self._column(letters)
            if not len(element):
                continue
            # Nearly every cell is one of these two; the rest takes the slow way.
            inner, kind = element[0], element.get("t")
            if kind == "s" and inner.tag in _V and len(element) == 1:
                value = strings[int(inner.text or "-1")]
            elif kind == "inlineStr" and len(inner) == 1 and inner[0].tag in _T:
                value = inner[0].text or ""
                value = unescape(value) if "_x" in value else value
            else:
                if (cell := self._cell(element)) is not None:
                    self._put(cells, column, cell)
                continue
            if value and not value.isspace():
                if len(value) > longest:
                    raise refuse("damaged", longest)
                self._put(cells, column, value)
        return cells

    def _put(self, cells: dict[int, Cell], column: int, cell: Cell) -> None:
        if column in cells:
            raise refuse("damaged")
        cells[column] = cell

    def _column(self, letters: str) -> int:
        if not _LETTERS.fullmatch(letters) or index_of(letters) >= LAST_COLUMN:
            raise refuse("damaged")
        column = self._columns[letters] = index_of(letters)
        return column

    def _cell(self, element: Element) -> Cell:
        value, kind = "", element.get("t", "n")
        for child in element:
            name = child.tag[-2:]
            if name == "}v":
                value = self._reading.strings[int(child.text or "-1")] if kind == "s" else child.text or ""
            elif name == "is":
                value = text_of(child)
            elif name == "}f":
                return ["formula", "=" + (child.text or "")]
        if not value or value.isspace():
            return None
        if kind in ("inlineStr", "s"):
            return self._limited(value)
        return self._special(kind, value, element.get("s", ""))

    def _limited(self, value: str) -> str:
        if len(value) > self._reading.limits.cell:
            raise refuse("damaged", self._reading.limits.cell)
        return value

    def _special(self, kind: str, value: str, style: str) -> Cell:
        if kind == "n":
            return self._number_cell(value.strip(), style)
        if kind == "d":
            return ["date", value.strip()[:19].replace("T", " ")]
        if kind == "b":
            return ["bool", "TRUE" if value.strip() == "1" else "FALSE"]
        return ["error", value] if kind == "e" else self._limited(unescape(value))

    def _number_cell(self, value: str, style: str) -> Cell:
        if style in self._reading.day_styles:
            day = day_of_serial(float(value), self._reading.from_1904)
            if day is not None:
                return ["date", day]
        return ["number", value if _PLAIN_NUMBER.fullmatch(value) else written_out(value)]


def written_out(value: str) -> str:
    """A stored number as plain digits: 9.9010120140717E+17 as 990101201407170000, 0.30000000000000004 as 0.3."""
    if len(value) > 60:
        raise refuse("damaged")
    try:
        number = Decimal(value)
    except InvalidOperation as broken:
        raise refuse("damaged") from broken
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return value
    if number == number.to_integral_value():
        return str(int(number))
    return format(Decimal(format(number, ".15g")).normalize(), "f")
