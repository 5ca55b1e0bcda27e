"""Workbooks that go out: the blank template with its drop-down lists, and the rows that failed, ready to resend.

Every cell is written as text, so nothing a stranger typed can become a formula in the clerk's spreadsheet.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workflow.imports.cells import SchoolFacts
from workflow.imports.codes import CodeTable
from workflow.imports.columns import COLUMNS, FAULT_COLUMN, INDEX, Column, index_of, letters_of
from workflow.imports.faults import Fault
from workflow.imports.limits import PAGE
from workflow.imports.reading import Cell, Layout, Oddity, RawRow

SHEET = "学籍导入"
CODE_SHEET = "代码表"
KEPT_DIGITS = 15
"""So many digits of a long number survive in a spreadsheet's number cell."""

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LENGTHS = {"birth": 8, "month": 6, "area": 12, "postcode": 6}
_HINTS = {
    "birth": "8 位数字，如 20150312。",
    "month": "6 位数字，如 202309。",
    "area": "12 位数字的区划代码，到村、居委会。",
    "postcode": "6 位数字。",
    "document": "居民身份证 18 位；其他证件按证件填写。",
    "phone": "11 位手机号，或带区号的座机号，只填一个。",
    "distance": "公里数，如 1.5。",
    "validity": "如 20200101-20300101 或 20200101-长期。",
    "email": "只填一个地址。",
    "name": "与户口簿一致；少数民族姓名的间隔号用“·”。",
}
_WIDTHS = {"text": 24, "document": 21, "name": 12, "area": 15, "area_or_text": 16, "phone": 14, "label": 13}


def blank_template(school: SchoolFacts) -> bytes:
    """The template for one school: ★ headings, text columns, drop-down lists for codes and the school's classes."""
    file = BytesIO()
    with Workbook(file, _OPTIONS) as book:
        sheet = _Sheet(book, school)
        sheet.banner(f"中小学生学籍信息导入模板（{school.name or school.code}）", "title")
        sheet.banner(
            "说明：带★的为必填项；单元格都是文本格式，请不要改动列名；出生日期如 20150312，入学年月如 202309。",
            "note",
        )
        sheet.headings(list(range(len(COLUMNS))), fault_column=False)
        sheet.choices(PAGE.rows or 0)
    return file.getvalue()


def error_workbook(rows: Iterable[tuple[RawRow, Sequence[Fault]]], layout: Layout | None, school: SchoolFacts) -> bytes:
    """The given rows as a workbook in the same template, faults in a first column, cells at fault red or yellow.

    The columns stand in the order of the file that failed; without `layout` in the national order. A number that
    lost digits shows ??? in their place, so that it cannot be resent by mistake.
    """
    file = BytesIO()
    with Workbook(file, _OPTIONS) as book:
        sheet = _Sheet(book, school)
        sheet.banner("请改正红色单元格（黄色的系统会自动整理），改好后直接上传本文件；“故障说明”一列不用删。", "note")
        sheet.headings(_order(layout), fault_column=True)
        count = 0
        for raw, faults in rows:
            sheet.failed_row(raw, faults)
            count += 1
        sheet.choices(max(count, 1))
    return file.getvalue()


def _order(layout: Layout | None) -> list[int]:
    """Positions in COLUMNS from left to right; columns that the file lacks come last."""
    places = list(range(len(COLUMNS)))
    if layout is None:
        return places
    return sorted(places, key=lambda place: index_of(layout.letters[place]) if layout.letters[place] else 1 << 20)


class _Sheet:
    """The sheet while it is written, top to bottom."""

    def __init__(self, book: Workbook, school: SchoolFacts) -> None:
        self._book = book
        self._school = school
        self._sheet: Worksheet = book.add_worksheet(SHEET)
        self._formats = _formats(book)
        self._row = 0
        self._columns: dict[int, int] = {}
        """{position in COLUMNS: column of the sheet}"""
        self._below = 0
        """The first row below the headings."""

    def banner(self, text: str, style: str) -> None:
        """A line across the first columns, above the headings."""
        self._sheet.merge_range(self._row, 0, self._row, 11, text, self._formats[style])
        self._row += 1

    def headings(self, places: list[int], fault_column: bool) -> None:
        first = 1 if fault_column else 0
        if fault_column:
            self._sheet.set_column(0, 0, 44, self._formats["text"])
            self._sheet.write_string(self._row, 0, FAULT_COLUMN, self._formats["heading"])
        for offset, place in enumerate(places, first):
            column = COLUMNS[place]
            self._columns[place] = offset
            self._sheet.set_column(offset, offset, _width(column), self._formats["text"])
            style = "starred" if column.starred else "heading"
            self._sheet.write_string(self._row, offset, column.heading, self._formats[style])
        self._row += 1
        self._below = self._row
        self._sheet.freeze_panes(self._row, first + 2)

    def failed_row(self, raw: RawRow, faults: Sequence[Fault]) -> None:
        marks = _marks(faults)
        told = "\n".join(fault.message for fault in faults)
        self._sheet.write_string(self._row, 0, f"原第 {raw.number} 行：{told}", self._formats["told"])
        for place, offset in self._columns.items():
            text = resendable(raw.cells[place])
            style = marks.get(place, "text")
            if text:
                self._sheet.write_string(self._row, offset, text, self._formats[style])
            elif style != "text":
                self._sheet.write_blank(self._row, offset, None, self._formats[style])
        self._row += 1

    def choices(self, count: int) -> None:
        """Drop-down lists and hints for the first `count` rows below the headings."""
        lists = _CodeSheet(self._book)
        for place, offset in self._columns.items():
            rule = self._rule(COLUMNS[place], lists)
            if rule is not None:
                self._sheet.data_validation(self._below, offset, self._below + count - 1, offset, rule)

    def _rule(self, column: Column, lists: "_CodeSheet") -> dict[str, object] | None:
        if column.kind == "school":
            return _list([self._school.code], "请填写本校的学校标识码。")
        if column.kind == "class":
            names = [name for name, number in self._school.classes.items() if name != number]
            return lists.rule(names or list(self._school.classes), "请从本校的班级中选择。")
        if column.table is not None:
            return lists.table(column.table)
        return _written(column)


def _formats(book: Workbook) -> dict[str, Format]:
    plain: dict[str, object] = {"num_format": "@", "valign": "top"}
    head = {**plain, "bold": True, "text_wrap": True, "bg_color": "#E9EDF2", "border": 1, "border_color": "#C3CAD3"}
    looks: dict[str, dict[str, object]] = {
        "text": plain,
        "title": {**plain, "bold": True, "font_size": 14},
        "note": {**plain, "font_color": "#595959", "text_wrap": False},
        "heading": head,
        "starred": {**head, "font_color": "#A61B1B"},
        "block": {**plain, "bg_color": "#FFC7CE", "font_color": "#9C0006"},
        "warn": {**plain, "bg_color": "#FFF2CC"},
        "told": {**plain, "text_wrap": True, "font_color": "#9C0006"},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


def _width(column: Column) -> int:
    return max(_WIDTHS.get(column.kind, 12), min(2 * len(column.name) + 3, 22))


def _marks(faults: Sequence[Fault]) -> dict[int, str]:
    """{position in COLUMNS: block or warn}, the worse one winning."""
    marks: dict[int, str] = {}
    for fault in faults:
        if fault.column is not None and marks.get(INDEX[fault.column]) != "block":
            marks[INDEX[fault.column]] = fault.severity
    return marks


def resendable(cell: Cell) -> str:
    """A cell as text for the clerk to correct; digits that a number cell has lost are shown as ???."""
    if not isinstance(cell, Oddity):
        return cell or ""
    if cell.kind == "date":
        return cell.text[:10].replace("-", "")
    if cell.kind == "number" and cell.text.isdecimal() and len(cell.text) > KEPT_DIGITS:
        return cell.text[:KEPT_DIGITS] + "?" * (len(cell.text) - KEPT_DIGITS)
    return cell.text


def _written(column: Column) -> dict[str, object] | None:
    hint = _HINTS.get(column.kind)
    if column.kind in _LENGTHS:
        rule: dict[str, object] = {"validate": "length", "criteria": "==", "value": _LENGTHS[column.kind]}
        rule["error_message"] = f"{column.name}应为{hint}"
    elif column.kind in ("name", "text"):
        rule = {"validate": "length", "criteria": "<=", "value": column.limit}
        rule["error_message"] = f"{column.name}最多 {column.limit} 个字。"
    elif hint is not None:
        rule = {"validate": "any"}
    else:
        return None
    if hint is not None:
        rule |= {"input_title": column.name[:32], "input_message": hint}
    return rule


def _list(source: list[str] | str, message: str) -> dict[str, object]:
    return {"validate": "list", "source": source, "error_message": message}


class _CodeSheet:
    """The hidden sheet that holds the drop-down lists; a list in the cell rule itself may not exceed 255 characters."""

    def __init__(self, book: Workbook) -> None:
        self._sheet: Worksheet = book.add_worksheet(CODE_SHEET)
        self._sheet.hide()
        self._ranges: dict[tuple[str, ...], str] = {}

    def table(self, table: CodeTable) -> dict[str, object] | None:
        return self.rule(list(table.labels), f"请从{table.name}的下拉列表中选择。")

    def rule(self, labels: list[str], message: str) -> dict[str, object] | None:
        if not labels:
            return None
        key = tuple(labels)
        if key not in self._ranges:
            offset = len(self._ranges)
            self._sheet.write_column(0, offset, labels)
            letters = letters_of(offset)
            self._ranges[key] = f"={CODE_SHEET}!${letters}$1:${letters}${len(labels)}"
        return _list(self._ranges[key], message)
