"""The many ways a header and a sheet may look, and what is refused with one sentence."""

import random
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook as Book
from openpyxl import load_workbook
from openpyxl.styles import Border, Side
from openpyxl.worksheet.worksheet import Worksheet
from xlsxwriter import Workbook as SharedStringsBook

from tests.make_workbook import NAMES, edited, parts, pupil, repacked, saved, workbook
from workflow.imports.columns import COLUMNS, FAULT_COLUMN, INDEX
from workflow.imports.errors import WorkbookRefused
from workflow.imports.limits import COMMAND, PAGE, Limits
from workflow.imports.reading import Layout, Oddity, RawRow, open_workbook

SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, limits: Limits = PAGE) -> tuple[Layout, list[RawRow]]:
    with open_workbook(data, limits) as book:
        return book.layout, list(book.rows())


def refusal(data: bytes, limits: Limits = PAGE) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        read(data, limits)
    assert caught.value.message.endswith("。")
    return caught.value.code


@pytest.mark.parametrize("star", ["★{}", "{}★", "{} ★", "*{}", "{}\n"])
def test_stars_may_stand_before_or_after(star: str) -> None:
    headings = {column.name: star.format(column.name) for column in COLUMNS if column.starred}
    layout, rows = read(workbook([pupil(1)], headings=headings))
    assert (layout.header_row, layout.unknown_columns, len(rows)) == (1, [], 1)


def test_other_names_any_order_unknown_columns_and_lines_above() -> None:
    headings = {
        "出生地行政区划代码": "出生地", "户口所在地行政区划代码": "户口所在地", "上下学交通方式": "上下学方式",
        "上下学距离（公里）": "上下学距离(公里)",
    }  # fmt: skip
    names = [*NAMES, "备注", FAULT_COLUMN]
    random.Random(5).shuffle(names)
    row = {**pupil(1), "备注": "转入", FAULT_COLUMN: "原第 3 行：有误"}
    layout, rows = read(workbook([row], names, headings, above=["学籍信息导入模板", "说明：带★的为必填项"]))
    assert (layout.header_row, layout.unknown_columns) == (3, ["备注"])
    assert rows[0].number == 4
    assert rows[0].cells[INDEX["姓名"]] == row["姓名"]
    assert rows[0].cells[INDEX["出生地行政区划代码"]] == "990101006020"
    assert rows[0].cells[INDEX["上下学距离（公里）"]] == Oddity("number", "1.5")


def test_optional_columns_may_be_missing() -> None:
    names = [column.name for column in COLUMNS if column.needed]
    layout, rows = read(workbook([pupil(1)], names))
    assert layout.letters[INDEX["血型"]] == ""
    assert rows[0].cells[INDEX["血型"]] is None


def test_rows_below_with_borders_spaces_or_formulas_only_are_no_rows() -> None:
    def touch(sheet: Worksheet, first: int) -> None:
        for row in range(first + 1, first + 20):
            sheet.cell(row, 1).border = Border(left=Side("thin"))
            sheet.cell(row, 2, " \u3000" if row % 2 else None)
            sheet.cell(row, 4, f"=MID(M{row},7,8)")

    assert [row.number for row in read(workbook([pupil(1)], touch=touch))[1]] == [2]


def test_an_empty_row_in_between_does_not_shift_the_numbers() -> None:
    assert [row.number for row in read(workbook([pupil(1), {}, pupil(2)]))[1]] == [2, 4]


def test_hidden_columns_and_nameless_columns_are_mentioned() -> None:
    def touch(sheet: Worksheet, first: int) -> None:
        sheet.column_dimensions["B"].hidden = True
        sheet.cell(first, len(NAMES) + 3, "没有列名")

    with open_workbook(workbook([pupil(1)], touch=touch)) as book:
        list(book.rows())
        assert [note[:8] for note in book.notes] == ["表中隐藏的列也读", "第 BV 列没有"]


def test_other_sheets_are_mentioned_when_they_hold_no_pupils() -> None:
    book = Book()
    book.create_sheet("填表说明").append(["请逐项填写"])
    hidden = book.create_sheet("字典")
    hidden.sheet_state = "hidden"
    hidden.append(list(range(40)))
    data = workbook([pupil(1)])
    with_more = merged_into(data, book)
    layout, rows = read(with_more)
    assert (len(rows), layout.notes) == (1, ["工作表“填表说明”不是导入表，没有读取。"])


def merged_into(data: bytes, book: Book) -> bytes:
    """`book` with its first sheet replaced by the rows of the workbook `data`."""
    source = load_workbook(BytesIO(data)).active
    assert source is not None
    first = book.worksheets[0]
    for row in source.iter_rows(values_only=True):
        first.append(row)
    return saved(book)


@pytest.mark.parametrize("shown", [True, False])
def test_two_sheets_with_pupils_are_refused(shown: bool) -> None:
    book = Book()
    second = book.create_sheet("三班")
    second.sheet_state = "visible" if shown else "hidden"
    second.append(list(NAMES))
    second.append([pupil(2).get(name) for name in NAMES])
    assert refusal(merged_into(workbook([pupil(1)]), book)) == "two_sheets"


def test_a_second_sheet_with_wide_rows_but_no_header_is_refused_too() -> None:
    book = Book()
    book.create_sheet("续表").append([pupil(2).get(name) for name in NAMES])
    assert refusal(merged_into(workbook([pupil(1)]), book)) == "two_sheets"


def test_a_missing_starred_column_is_named() -> None:
    names = [name for name in NAMES if name not in ("民族", "入学年月")]
    with pytest.raises(WorkbookRefused, match="民族、入学年月") as caught:
        read(workbook([pupil(1)], names))
    assert caught.value.code == "missing_columns"


def test_a_column_that_comes_twice_is_named() -> None:
    with pytest.raises(WorkbookRefused, match="姓名") as caught:
        read(workbook([pupil(1)], [*NAMES, "姓名"]))
    assert caught.value.code == "duplicate_columns"
    assert refusal(workbook([pupil(1)], [*NAMES, "出生地"])) == "duplicate_columns"


def test_sheets_without_header_or_pupils_are_refused() -> None:
    assert refusal(workbook([])) == "empty"
    assert refusal(workbook([{}, {"姓名": " "}])) == "empty"
    assert refusal(saved(Book())) == "empty"
    assert refusal(workbook([{"甲": 1}], ["甲", "姓名"])) == "no_header"


def test_the_header_must_stand_near_the_top() -> None:
    assert refusal(workbook([pupil(1)], above=["说明"] * 40)) == "no_header"


def test_more_rows_or_columns_than_the_page_takes_are_refused_but_not_by_the_command() -> None:
    small = Limits(rows=2, columns=75)
    rows = [pupil(number) for number in range(3)]
    assert refusal(workbook(rows), small) == "too_many_rows"
    assert refusal(workbook([pupil(1)], [*NAMES, *"甲乙丙丁戊"]), small) == "too_many_columns"
    assert len(read(workbook(rows, [*NAMES, *"甲乙丙丁戊"]), COMMAND)[1]) == 3


def test_progress_reaches_the_end_and_rows_come_back_from_json() -> None:
    told: list[tuple[int, int]] = []
    with open_workbook(workbook([pupil(number) for number in range(600)])) as book:
        rows = list(book.rows(lambda done, total: told.append((done, total))))
    assert [row.number for row in rows] == list(range(2, 602))
    assert told[-1] == (601, 601)
    assert len(told) == 4
    assert RawRow.from_json(rows[0].as_json()) == rows[0]


def test_a_workbook_is_read_from_a_path_too(tmp_path: Path) -> None:
    path = tmp_path / "2199000001_第1小学.xlsx"
    path.write_bytes(workbook([pupil(1)]))
    with open_workbook(path) as book:
        assert len(list(book.rows())) == 1


def test_a_reader_that_stops_early_leaves_no_process(tmp_path: Path) -> None:
    with open_workbook(workbook([pupil(number) for number in range(600)])) as book:
        next(book.rows())
    assert book._child._process.poll() is not None


def test_shared_strings_are_read_as_excel_writes_them() -> None:
    file = BytesIO()
    with SharedStringsBook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, NAMES)
        sheet.write_row(1, 0, [pupil(1).get(name) for name in NAMES])
    assert read(file.getvalue())[1][0].cells == read(workbook([pupil(1)]))[1][0].cells


def test_rich_text_and_shared_strings_are_read_without_phonetic_hints() -> None:
    rich = "<is><r><t>唐</t></r><r><rPr><b/></rPr><t>思晴</t></r><rPh sb='0' eb='1'><t>tang</t></rPh></is>"
    changed = edited(
        workbook([pupil(1, 姓名="NAME")]), SHEET, lambda sheet: sheet.replace("<is><t>NAME</t></is>", rich)
    )
    assert read(changed)[1][0].cells[INDEX["姓名"]] == "唐思晴"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('r="B2"', 'r="B3"'),
        ('r="B2"', 'r="A2"'),
        ('r="B2"', 'r="1B2"'),
        ('<row r="2"', '<row r="1"'),
        ('<row r="2"', '<row r="zwei"'),
        ('<row r="2"', '<row r="2000000"'),
        ("</sheetData>", ""),
        ("<worksheet", '<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet'),
        ("<worksheet", '<?xml version="1.0" encoding="GBK"?><worksheet'),
        ("<worksheet", "<!-- " * 20_000 + "<worksheet"),
        ("<worksheet", "<!-- a -->" * 7_000 + "<worksheet"),
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="kaputt"/></mergeCells>'),
        ("<sheetData>", "<!-- </sheetData><mergeCell ref='A2:A3'/> --><sheetData>"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(old: str, new: str) -> None:
    data = workbook([pupil(1), pupil(2)])
    changed = edited(data, SHEET, lambda sheet: sheet.replace(old, new, 1))
    assert refusal(changed) == "damaged"


def sheet_of(data: bytes) -> str:
    return parts(data)[SHEET].decode()


def test_a_sheet_in_another_encoding_is_refused() -> None:
    data = workbook([pupil(1)])
    assert refusal(repacked(data, {SHEET: sheet_of(data).encode("utf-16")})) == "damaged"
