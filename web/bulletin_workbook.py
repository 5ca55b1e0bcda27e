"""The table of a bulletin as a workbook. Numbers are numbers; words are text cells, whatever they begin with."""

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from web.present import bulletins as presented
from web.present.bulletins import Column, Row
from workflow.statistics.period import Period
from workflow.world import Office

FORMATS = {"whole": "#,##0", "percent": "0.0%", "points": "+0.0;-0.0;0.0", "change": "+#,##0;-#,##0;0"}
NAME_WIDTH, WIDTH = 34, 12
EDGE = Side("thin", "999999")
LINE = Border(EDGE, EDGE, EDGE, EDGE)
HEAD = PatternFill("solid", fgColor="EFEADD")
PLAIN, BOLD = (Font(name="宋体", size=11, bold=bold) for bold in (False, True))
LARGE = Font(name="宋体", size=16, bold=True)


def workbook(office: Office, month: Period, number: str, version: int, figures: Row) -> bytes:
    """Return the .xlsx file of one version."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = f"{month.first:%Y年%m月}"
    columns = presented.columns(figures)
    last = get_column_letter(len(columns) + 1)
    _head(sheet, last, office, month, presented.number_word(number, version))
    _line(sheet, 4, ["单位", *(column.head for column in columns)], BOLD, HEAD)
    rows = [("合计", figures["total"]), *((presented.name_of(row), row) for row in figures["lines"])]
    for place, (name, row) in enumerate(rows, 5):
        _put_row(sheet, place, name, row, columns, BOLD if place == 5 else PLAIN)
    for place, note in enumerate(presented.notes(figures), 6 + len(rows)):
        sheet.merge_cells(f"A{place}:{last}{place}")
        _text(sheet.cell(place, 1), note)
    if figures["changes"]:
        _changes(book, figures)
    _set_up(sheet, len(columns))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _head(sheet: Worksheet, last: str, office: Office, month: Period, number: str) -> None:
    for place, (words, font) in enumerate(((presented.title(month), LARGE), (f"{office.name}　{number}", PLAIN)), 1):
        sheet.merge_cells(f"A{place}:{last}{place}")
        _text(sheet.cell(place, 1), words, font).alignment = Alignment("center", "center")


def _put_row(sheet: Worksheet, place: int, name: str, row: Row, columns: tuple[Column, ...], font: Font) -> None:
    _text(sheet.cell(place, 1), name, font).border = LINE
    for column, spec in enumerate(columns, 2):
        cell = sheet.cell(place, column)
        number = spec.number(row)
        if number is None:
            _text(cell, presented.NONE, font).alignment = Alignment("right")
        else:
            cell.value, cell.number_format, cell.font = number, FORMATS[spec.kind], font
        cell.border = LINE


def _changes(book: Workbook, figures: Row) -> None:
    sheet = book.create_sheet("与上一版的不同")
    _line(sheet, 1, ["单位", "数字", "上一版", "本版"], BOLD, HEAD)
    for place, one in enumerate(presented.changes(figures), 2):
        _line(sheet, place, [one.office, one.what], PLAIN)
        for column, number in ((3, one.before), (4, one.now)):
            cell = sheet.cell(place, column, number)
            cell.number_format, cell.border, cell.font = FORMATS["whole"], LINE, PLAIN
    sheet.column_dimensions["A"].width = NAME_WIDTH
    sheet.column_dimensions["B"].width = 22


def _line(sheet: Worksheet, place: int, words: list[str], font: Font, fill: PatternFill | None = None) -> None:
    for column, word in enumerate(words, 1):
        cell = _text(sheet.cell(place, column), word, font)
        cell.border, cell.alignment = LINE, Alignment("center" if fill else "left", "center", wrap_text=True)
        if fill:
            cell.fill = fill


def _text(cell: Any, words: str, font: Font = PLAIN) -> Cell:
    """Put words into a cell as text: `=` at the beginning stays a sign, also when somebody edits the cell."""
    cell.value = words
    cell.data_type, cell.number_format, cell.quotePrefix, cell.font = "s", "@", True, font
    found: Cell = cell
    return found


def _set_up(sheet: Worksheet, columns: int) -> None:
    """Make it printable: landscape, one page wide, heads on every page."""
    sheet.column_dimensions["A"].width = NAME_WIDTH
    for column in range(2, columns + 2):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    sheet.row_dimensions[1].height, sheet.row_dimensions[4].height = 30, 48
    sheet.freeze_panes = "B5"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "4:4"
