"""Finds the one sheet with pupils and its header, and turns the sheet's rows into rows of the template.

Runs in the reading child.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from workflow.imports.columns import COLUMNS, FAULT_COLUMN, find_column, is_fault_column, letters_of
from workflow.imports.errors import WorkbookRefused
from workflow.imports.limits import Limits
from workflow.imports.package import Package, SheetPart, refuse
from workflow.imports.sheet import Cell, Merge, Reading, SheetPass, survey
from workflow.imports.strings import SharedStrings
from workflow.imports.styles import day_styles

HEADER_WITHIN = 30
"""The header stands in the first so many rows that hold anything."""
HEADER_NEEDS = 10
"""A row that names at least so many columns of the template is its header."""
WIDE = 10
"""A second sheet without header but with a row this wide looks like data."""

SheetRow = tuple[int, bool, dict[int, Cell]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the sheet is laid out. `letters` are the sheet's letters for each of COLUMNS, "" where the sheet lacks it.

    `total` is the number of sheet rows to expect, title and empty rows included. `notes` are sentences about the file
    that stop nothing: sheets not read, columns without a name, hidden columns.
    """

    sheet: str
    header_row: int
    letters: list[str]
    unknown_columns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    total: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _Header:
    row: int
    places: dict[int, int]
    """{column of the sheet: position in COLUMNS}"""
    unknown: dict[int, str]
    ignored: set[int]


class PupilTable:
    """The sheet with pupils of an opened package. `layout` is known at once, `rows()` reads on below the header."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self._limits = limits
        shared = package.related("sharedStrings")
        strings = SharedStrings(package.open(shared) if shared else None, limits)
        self._reading = Reading(strings, day_styles(package), package.counts_from_1904(), limits)
        part, notes = self._choose(package)
        surveyed = survey(package.open(part.part), limits)
        self._pass = SheetPass(package.open(part.part), self._reading)
        self._rows = self._pass.rows()
        self._header, before = self._read_header(part)
        self._expected = surveyed.merges
        self._merges = _MergedRows(surveyed.merges, self._header)
        self._nameless: set[int] = set()
        self.seen = 0
        self.layout = Layout(
            part.name, self._header.row, self._letters(), list(self._header.unknown.values()),
            [*notes, *self._hidden_columns()], max(surveyed.rows, before),
        )  # fmt: skip

    def _choose(self, package: Package) -> tuple[SheetPart, list[str]]:
        """The one sheet with a header; refuses two, and other visible sheets that look like data."""
        sheets = package.sheets()
        if len(sheets) == 1:
            return sheets[0], []
        found, notes = [], []
        for sheet in sheets:
            rows = self._beginning(package, sheet)
            if any(_names(row[2]) >= HEADER_NEEDS for row in rows):
                found.append(sheet)
            elif sheet.visible and any(len(row[2]) >= WIDE for row in rows):
                raise WorkbookRefused("two_sheets", _two_sheets(sheet.name))
            elif sheet.visible and rows:
                notes.append(f"工作表“{sheet.name}”不是导入表，没有读取。")
        if len(found) > 1:
            raise WorkbookRefused("two_sheets", _two_sheets(found[1].name))
        if not found:
            raise WorkbookRefused("no_header", _NO_HEADER)
        return found[0], notes

    def _beginning(self, package: Package, sheet: SheetPart) -> list[SheetRow]:
        with package.open(sheet.part) as stream:
            return list(islice(SheetPass(stream, self._reading).rows(), HEADER_WITHIN))

    def _read_header(self, part: SheetPart) -> tuple[_Header, int]:
        best: tuple[int, SheetRow] | None = None
        for row in islice(self._rows, HEADER_WITHIN):
            names = _names(row[2])
            if best is None or names > best[0]:
                best = names, row
            if names >= HEADER_NEEDS:
                break
        if best is None:
            raise WorkbookRefused("empty", f"工作表“{part.name}”是空的，没有学生数据。")
        if best[0] < HEADER_NEEDS:
            raise WorkbookRefused("no_header", _NO_HEADER)
        header = _understand(best[1])
        self._judge_width(best[1][2])
        return header, best[1][0]

    def _judge_width(self, cells: dict[int, Cell]) -> None:
        if self._limits.columns is not None and len(cells) > self._limits.columns:
            sentence = f"表头超过 {self._limits.columns} 列。请使用学籍导入模板（{len(COLUMNS)} 列），删去多余的列。"
            raise WorkbookRefused("too_many_columns", sentence, self._limits.columns)

    def _letters(self) -> list[str]:
        letters = [""] * len(COLUMNS)
        for column, place in self._header.places.items():
            letters[place] = letters_of(column)
        return letters

    def _hidden_columns(self) -> list[str]:
        hidden = sorted(self._pass.hidden_columns & self._header.places.keys())
        names = "、".join(COLUMNS[self._header.places[column]].name for column in hidden)
        return [f"表中隐藏的列也读取了：{names}。"] if names else []

    def rows(self) -> Iterator[list[Any]]:
        """Rows that hold anything in a column of the template: [row, hidden, cells, merges]."""
        count = 0
        for number, hidden, cells in self._rows:
            self.seen = self._pass.seen
            placed = self._placed(cells)
            if placed is not None:
                count += 1
                if self._limits.rows is not None and count > self._limits.rows:
                    sentence = f"表中超过 {self._limits.rows} 行。请按年级或班级拆成几个文件上传。"
                    raise WorkbookRefused("too_many_rows", sentence, self._limits.rows)
                yield [number, hidden, placed, self._merges.of_row(number)]
        self.seen = self._pass.seen
        if sorted(map(_order, self._pass.merges)) != sorted(map(_order, self._expected)):
            raise refuse("damaged")
        if count == 0:
            raise WorkbookRefused("empty", "表头下面没有学生数据。")

    def _placed(self, cells: dict[int, Cell]) -> list[Cell] | None:
        placed: list[Cell] = [None] * len(COLUMNS)
        filled = False
        for column, cell in cells.items():
            place = self._header.places.get(column)
            if place is not None:
                placed[place] = cell
                # Formulas copied down below the last pupil make no row.
                filled = filled or type(cell) is str or (cell is not None and cell[0] != "formula")
            elif column not in self._header.unknown and column not in self._header.ignored:
                self._note_nameless(column)
        return placed if filled else None

    def _note_nameless(self, column: int) -> None:
        self._nameless.add(column)
        if self._limits.columns is not None and column >= 10 * self._limits.columns:
            sentence = f"第 {letters_of(column)} 列还有内容，超出了模板的范围。请删去右边多余的列。"
            raise WorkbookRefused("too_many_columns", sentence, self._limits.columns)

    def late_notes(self) -> list[str]:
        """Notes that are known only after the last row."""
        letters = "、".join(letters_of(column) for column in sorted(self._nameless)[:10])
        return [f"第 {letters} 列没有列名，其中的内容没有读取。"] if letters else []


_NO_HEADER = "没有找到表头。请使用学籍导入模板，表头应写明“学校标识码、姓名、性别、出生日期”等列名。"


def _two_sheets(name: str) -> str:
    return f"工作簿里有不止一张数据表（另一张是“{name}”）。请每个文件只留一张表，删去其余的再上传。"


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else ""


def _names(cells: dict[int, Cell]) -> int:
    return sum(find_column(text) is not None for text in map(_text, cells.values()) if text)


def _understand(row: SheetRow) -> _Header:
    header = _Header(row[0], {}, {}, set())
    for column, cell in row[2].items():
        text = _text(cell)
        place = find_column(text)
        if place is not None:
            header.places[column] = place
        elif is_fault_column(text):
            header.ignored.add(column)
        else:
            header.unknown[column] = text.strip() or f"{letters_of(column)}列"
    _refuse_doubles(header)
    _refuse_missing(header)
    return header


def _refuse_doubles(header: _Header) -> None:
    places = list(header.places.values())
    doubled = [COLUMNS[place].name for place in dict.fromkeys(places) if places.count(place) > 1]
    if doubled:
        sentence = f"这些列出现了不止一次：{'、'.join(doubled)}。请每列只留一个再上传。"
        raise WorkbookRefused("duplicate_columns", sentence)


def _refuse_missing(header: _Header) -> None:
    present = set(header.places.values())
    missing = [column.name for place, column in enumerate(COLUMNS) if column.needed and place not in present]
    if missing:
        sentence = f"表头缺少必填的列：{'、'.join(missing)}。请使用学籍导入模板，不要删改列名。"
        raise WorkbookRefused("missing_columns", sentence)


def _order(merge: Merge) -> tuple[int, int, int, int]:
    return merge.top, merge.left, merge.bottom, merge.right


class _MergedRows:
    """Which cells of a row lie in merged ranges below the header. Rows must be asked for in rising order."""

    def __init__(self, merges: list[Merge], header: _Header) -> None:
        self._waiting = sorted((merge for merge in merges if merge.bottom > header.row), key=_order, reverse=True)
        self._open: list[Merge] = []
        self._places = header.places

    def of_row(self, row: int) -> dict[str, str]:
        """{position in COLUMNS: "top" or "covered"}; the keys are text because JSON wants them so."""
        while self._waiting and self._waiting[-1].top <= row:
            self._open.append(self._waiting.pop())
        if not self._open:
            return {}
        self._open = [merge for merge in self._open if merge.bottom >= row]
        return {
            str(place): "top" if (row, column) == (merge.top, merge.left) else "covered"
            for merge in self._open
            if merge.top != merge.bottom or merge.left != merge.right
            for column, place in self._places.items()
            if merge.left <= column <= merge.right
        }


__all__ = ["FAULT_COLUMN", "Layout", "PupilTable"]
