"""Failed rows come back in the same template, marked, and can be corrected and resent; the blank template helps."""

from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.make_workbook import NAMES, facts, pupil, resident_id, saved, workbook
from workflow.imports.checking import CheckedRow, check_workbook
from workflow.imports.columns import COLUMNS, FAULT_COLUMN, INDEX, letters_of
from workflow.imports.errors import WorkbookRefused
from workflow.imports.reading import Layout, Oddity, open_workbook
from workflow.imports.report import blank_template, error_workbook, resendable

TODAY = date(2025, 9, 1)
RED = "FFFFC7CE"


def check(data: bytes) -> tuple[Layout, list[CheckedRow]]:
    with open_workbook(data) as book:
        return book.layout, list(check_workbook(book, facts(), TODAY, demo=True))


def failed(*rows: dict[str, Any], names: tuple[str, ...] = NAMES) -> bytes:
    layout, checked = check(workbook(rows, names))
    return error_workbook([(row.raw, row.faults) for row in checked if row.state == "block"], layout, facts())


def sheet_of(data: bytes) -> Worksheet:
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def headings(sheet: Worksheet) -> list[str]:
    return [str(cell.value or "") for cell in sheet[2]]


def test_only_failed_rows_come_back_with_a_fault_column_and_red_cells() -> None:
    sheet = sheet_of(failed(pupil(1), pupil(2, 健康状况="优", 姓名="梁 琪"), pupil(3)))
    assert sheet.max_row == 3
    assert headings(sheet)[:3] == [FAULT_COLUMN, "★学校标识码", "★姓名"]
    assert "原第 3 行：" in str(sheet["A3"].value)
    assert "健康状况“优”不在可选项之内" in str(sheet["A3"].value)
    cells = dict(zip(headings(sheet), sheet[3], strict=True))
    assert (cells["★健康状况"].value, cells["★健康状况"].fill.fgColor.rgb) == ("优", RED)
    assert cells["★姓名"].fill.fgColor.rgb not in (RED, "00000000")
    assert cells["★民族"].fill.fgColor.rgb == "00000000"
    assert {cell.number_format for cell in sheet[3] if cell.value is not None} == {"@"}


def test_an_empty_cell_at_fault_is_red_too() -> None:
    sheet = sheet_of(failed(pupil(1, 民族=None)))
    cell = sheet[3][headings(sheet).index("★民族")]
    assert (cell.value, cell.fill.fgColor.rgb) == (None, RED)


def test_the_columns_keep_the_order_of_the_file() -> None:
    names = ("姓名", "民族", *(name for name in NAMES if name not in ("姓名", "民族", "血型")))
    sheet = sheet_of(failed(pupil(1, 民族=None), names=names))
    assert headings(sheet)[1:4] == ["★姓名", "★民族", "★学校标识码"]
    assert headings(sheet)[-1] == "血型"


def test_corrected_rows_can_be_sent_again_and_pass() -> None:
    sheet = sheet_of(failed(pupil(1, 民族="火星族", 姓名="古丽•娜尔"), pupil(2, 邮政编码=10010)))
    at = headings(sheet)
    sheet.cell(3, at.index("★民族") + 1, "回族")
    sheet.cell(4, at.index("★邮政编码") + 1, "010010")
    book = sheet.parent
    assert book is not None
    layout, rows = check(saved(book))
    assert (layout.unknown_columns, layout.notes) == ([], [])
    assert [row.state for row in rows] == ["warn", "clean"]


def test_rows_sent_again_without_correction_fail_again() -> None:
    rows = [
        pupil(1, 身份证件号=990101201503120000), pupil(2, 出生日期=42075), pupil(3, 家庭地址="=1+1"),
        pupil(4, 姓名="唐_x0007_宁"), pupil(5, 班级=None), pupil(6, 姓名="唐\u200b宁"), pupil(7, 家庭地址="#N/A" * 60),
    ]  # fmt: skip
    _, again = check(failed(*rows))
    assert [row.state for row in again] == ["block"] * len(rows)


def test_nothing_typed_becomes_a_formula_and_no_text_is_lost() -> None:
    texts = [
        "=1+1",
        "+86 154",
        "-1",
        "@SUM(A1)",
        "{=A1}",
        "http://example.com/a",
        "mailto:a@example.com",
        "00123",
        "1e5",
    ]
    rows = [pupil(number, 民族=None, 特长=text, 学籍辅号=text) for number, text in enumerate(texts) if text != "=1+1"]
    data = failed(*rows)
    sheet = sheet_of(data)
    at = headings(sheet).index("特长")
    assert [row[at].value for row in sheet.iter_rows(min_row=3)] == texts[1:]
    assert all(cell.data_type in ("s", "n") and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
    assert not any(cell.data_type == "n" and cell.value is not None for row in sheet.iter_rows() for cell in row)


def test_lost_digits_are_shown_as_lost() -> None:
    assert resendable(Oddity("number", "990101201503120000")) == "990101201503120???"
    assert resendable(Oddity("number", "15400000001")) == "15400000001"
    assert resendable(Oddity("date", "2015-03-12 00:00:00")) == "20150312"
    assert resendable(Oddity("formula", "=A1")) == "=A1"
    assert resendable(None) == ""


def test_the_blank_template_can_be_filled_in_and_sent() -> None:
    data = blank_template(facts())
    book = load_workbook(BytesIO(data))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[3]] == [column.heading for column in COLUMNS]
    assert book.worksheets[1].sheet_state == "hidden"
    for name, value in pupil(1).items():
        sheet.cell(4, INDEX[name] + 1, str(value))
    layout, rows = check(saved(book))
    assert (layout.header_row, layout.notes, [row.state for row in rows]) == (3, [], ["clean"])
    assert rows[0].id_number == resident_id(1)


def test_the_blank_template_alone_holds_no_pupils() -> None:
    try:
        check(blank_template(facts()))
    except WorkbookRefused as refused:
        code = refused.code
    assert code == "empty"


def test_every_code_column_and_the_class_have_a_drop_down_list() -> None:
    book = load_workbook(BytesIO(blank_template(facts())))
    sheet, lists = book.worksheets
    ranges = {
        str(rule.sqref): str(rule.formula1) for rule in sheet.data_validations.dataValidation if rule.type == "list"
    }
    for column, name in enumerate(COLUMNS):
        letters = letters_of(column)
        if name.table is None and name.kind != "class":
            continue
        place = ranges[f"{letters}4:{letters}20003"]
        values = [row[0].value for row in lists[place.removeprefix("=").removeprefix("代码表!").replace("$", "")]]
        assert values == (list(name.table.labels) if name.table else ["五年级1班", "四年级1班"])


def test_the_text_format_holds_for_every_column() -> None:
    sheet = load_workbook(BytesIO(blank_template(facts()))).worksheets[0]
    assert {sheet.column_dimensions[letters].number_format for letters in ("A", "M", "BS")} == {"@"}
