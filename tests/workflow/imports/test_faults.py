"""Every kind of fault by itself, through a real workbook and the real reader (in this process, for speed)."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.make_workbook import facts, pupil, resident_id, workbook
from workflow.imports.checking import CheckedRow, FileCheck
from workflow.imports.columns import COLUMNS, INDEX, letters_of
from workflow.imports.limits import PAGE
from workflow.imports.package import Package
from workflow.imports.reading import RawRow
from workflow.imports.table import PupilTable

TODAY = date(2025, 9, 1)
Found = list[tuple[str | None, str, str]]


def check(
    *rows: dict[str, Any], touch: Callable[[Worksheet, int], None] | None = None, demo: bool = True
) -> list[CheckedRow]:
    table = PupilTable(Package(BytesIO(workbook(rows, touch=touch)), PAGE), PAGE)
    check = FileCheck(table.layout, facts(), TODAY, demo)
    return [check.check(RawRow.from_json(row)) for row in table.rows()]


def found(row: CheckedRow) -> Found:
    return [(fault.column, fault.kind, fault.severity) for fault in row.faults]


def only(**changes: Any) -> Found:
    """The findings of a clean row with these cells changed; names with a bracket or slash come as a mapping."""
    return found(check(pupil(1, **changes))[0])


def test_a_clean_row_has_no_finding_and_all_its_values() -> None:
    (row,) = check(pupil(1))
    assert (row.state, row.faults) == ("clean", [])
    assert row.values["上下学距离（公里）"] == "1.5"
    assert (row.birth_date, row.entered_on, row.class_no) == (date(2015, 3, 12), date(2021, 9, 1), "2021101")
    assert (row.id_type, row.id_number) == ("1", resident_id(1))
    father, mother = row.members()
    assert (father.relation, father.is_guardian, father.id_type) == ("父亲", True, "1")
    assert (mother.position, mother.is_guardian) == (2, False)


@pytest.mark.parametrize(
    ("column", "shown", "clean"),
    [
        ("身份证件号", f" {resident_id(1)}", resident_id(1)),
        ("身份证件号", f"{resident_id(1)}\u3000", resident_id(1)),
        ("身份证件号", f"'{resident_id(1)}", resident_id(1)),
        ("身份证件号", f"{resident_id(1)[:6]} {resident_id(1)[6:14]} {resident_id(1)[14:]}", resident_id(1)),
        ("身份证件号", f"{resident_id(1)[:6]}-{resident_id(1)[6:14]}-{resident_id(1)[14:]}", resident_id(1)),
        ("成员1身份证件号", f"{resident_id(3, '19850606')} ", resident_id(3, "19850606")),
        ("出生日期", "2015/3/12", "20150312"),
        ("出生日期", "2015-03-12", "20150312"),
        ("出生日期", "2015.3.12", "20150312"),
        ("出生日期", "2015年3月12日", "20150312"),
        ("出生日期", "２０１５０３１２", "20150312"),
        ("出生日期", date(2015, 3, 12), "20150312"),
        ("出生日期", 20150312, "20150312"),
        ("入学年月", "2021-09", "202109"),
        ("入学年月", "2021/9", "202109"),
        ("入学年月", "2021年9月", "202109"),
        ("入学年月", date(2021, 9, 1), "202109"),
        ("入学年月", 202109, "202109"),
        ("姓名", "唐 思 晴", "唐思晴"),
        ("姓名", "古丽娜尔•艾合买提", "古丽娜尔·艾合买提"),
        ("成员2姓名", "梁若琪 ", "梁若琪"),
        ("学校标识码", 2199000001, "2199000001"),
        ("联系电话", 15400000001, "15400000001"),
        ("联系电话", "154-0000-0001", "15400000001"),
        ("联系电话", "＋8615400000001", "15400000001"),
        ("邮政编码", 990001, "990001"),
        ("邮政编码", "９９０００１", "990001"),
        ("班内学号", 7, "7"),
        ("班级", 2021101, "2021101"),
        ("班级", "五年级（1）班", "2021101"),
        ("出生地行政区划代码", 990101006020, "990101006020"),
        ("现住址", "桃源路1号\n二单元", "桃源路1号 二单元"),
        ("身份证件有效期", "2020.01.02-2030.01.02", "20200102-20300102"),
        ("身份证件有效期", "20200102至长期", "20200102-长期"),
        ("上下学距离（公里）", "1.5公里", "1.5"),
    ],
)
def test_what_is_clear_is_cleaned_and_told(column: str, shown: Any, clean: str) -> None:
    (row,) = check(pupil(1, **{column: shown}))
    assert [(fault.column, fault.severity, fault.clean) for fault in row.faults] == [(column, "warn", clean)]
    assert row.faults[0].cell == f"{letters_of(INDEX[column])}2"
    assert row.values[column] == clean


@pytest.mark.parametrize(
    ("column", "shown", "kind"),
    [
        ("身份证件号", "990101201503120016", "id_check_digit"),
        ("身份证件号", "990101201502300014", "id_impossible_date"),
        ("身份证件号", "990101870608001", "id_15_digits"),
        ("身份证件号", "99010120150312001", "id_length"),
        ("身份证件号", "99010120I5O3120015", "id_letters"),
        ("身份证件号", "9.90101E+17", "id_scientific"),
        ("身份证件号", 990101201503120000, "id_precision_loss"),
        ("身份证件号", 990101870608001, "id_15_digits"),
        ("身份证件号", "99010120150312\u200b0015", "control_character"),
        ("身份证件号", "990101*********015", "id_characters"),
        ("身份证件号", "1" * 300, "overlong"),
        ("身份证件号", None, "missing_mandatory"),
        ("身份证件类型", None, "missing_mandatory"),
        ("身份证件类型", "学生证", "label_unknown"),
        ("学校标识码", None, "missing_mandatory"),
        ("学校标识码", "2199000002", "school_code_other"),
        ("学校标识码", "219900001", "school_code_format"),
        ("姓名", None, "missing_mandatory"),
        ("姓名", "   ", "missing_mandatory"),
        ("姓名", "唐涛" * 60, "overlong"),
        ("姓名", "唐\x7f涛", "control_character"),
        ("姓名", "唐_x0007_涛", "control_character"),
        ("姓名", "唐\u202e涛", "control_character"),
        ("姓名", "唐\ue000涛", "private_use_character"),
        ("姓名", "唐涛3", "name_character"),
        ("姓名", True, "bool_value"),
        ("性别", "男生", "label_unknown"),
        ("健康状况", "优", "label_unknown"),
        ("民族", "火星族", "label_unknown"),
        ("血型", "C", "label_unknown"),
        ("出生日期", "05/03/2015", "date_day_first"),
        ("出生日期", "42075", "date_serial"),
        ("出生日期", 42075, "date_serial"),
        ("出生日期", "20150230", "date_impossible"),
        ("出生日期", "2015年3月", "date_format"),
        ("出生日期", "20991231", "birth_future"),
        ("出生日期", "19800101", "birth_range"),
        ("出生日期", "20240101", "birth_range"),
        ("出生日期", "20150313", "id_birth_mismatch"),
        ("性别", "女", "id_sex_mismatch"),
        ("入学年月", "202113", "month_impossible"),
        ("入学年月", "44440", "date_serial"),
        ("入学年月", "2030-09", "month_range"),
        ("班级", "五年级19班", "class_unknown"),
        ("班级", date(2025, 3, 1), "date_instead"),
        ("现住址", "桃源路" * 900, "overlong"),
        ("现住址", "=1+1", "formula"),
        ("家庭地址", "=HYPERLINK(A1)", "formula"),
        ("出生日期", "=MID(M2,7,8)", "formula"),
        ("通信地址", "e" + "\u0301" * 100, "marks"),
        ("联系电话", "1540000000", "phone_format"),
        ("联系电话", "15400000001/15400000002", "phone_format"),
        ("邮政编码", 10010, "postcode_format"),
        ("邮政编码", "99000A", "postcode_format"),
        ("出生地行政区划代码", "990101", "area_format"),
        ("户口所在地行政区划代码", "000101006020", "area_unknown"),
        ("上下学距离（公里）", -1, "distance_format"),
        ("上下学距离（公里）", "很近", "distance_format"),
        ("身份证件有效期", "20300101-20200101", "validity_order"),
        ("身份证件有效期", "20200230-长期", "validity_impossible"),
        ("身份证件有效期", "五年", "validity_format"),
        ("电子信箱", "a@b", "email_format"),
        ("电子信箱", "a@example.com,b@example.com", "email_format"),
        ("主页地址", "javascript:alert(1)", "homepage_format"),
        ("成员1姓名", None, "missing_mandatory"),
        ("成员1关系", "邻居", "label_unknown"),
        ("成员1身份证件号", "990101198506060014", "id_check_digit"),
        ("成员2联系电话", None, "missing_mandatory"),
    ],
)
def test_what_is_wrong_stops_the_row_at_its_cell(column: str, shown: Any, kind: str) -> None:
    (row,) = check(pupil(1, **{column: shown}))
    assert found(row) == [(column, kind, "block")]
    assert row.state == "block"
    assert row.faults[0].message.endswith("。")


def test_a_birth_date_in_the_future_is_told_in_both_places() -> None:
    changes = {"出生日期": "20990312", "身份证件号": resident_id(1, "20990312", "男")}
    assert only(**changes) == [("出生日期", "birth_future", "block"), ("身份证件号", "id_future_date", "block")]


def test_a_message_names_both_values_but_never_the_number() -> None:
    (row,) = check(pupil(1, 出生日期="20150313"))
    assert "20150313" in row.faults[0].message
    assert "20150312" in row.faults[0].message
    assert all(resident_id(1) not in fault.message for fault in row.faults)


@pytest.mark.parametrize("column", [column.name for column in COLUMNS if column.starred and column.member != 2])
def test_an_empty_starred_cell_stops_the_row(column: str) -> None:
    assert (column, "missing_mandatory", "block") in only(**{column: None})


@pytest.mark.parametrize("column", [column.name for column in COLUMNS if not column.starred])
def test_an_empty_cell_without_star_is_no_fault(column: str) -> None:
    assert only(**{column: None}) == []


def test_a_second_family_member_may_be_left_out_altogether() -> None:
    assert only(**{column.name: None for column in COLUMNS if column.member == 2}) == []


@pytest.mark.parametrize(
    ("column", "written", "label"),
    [
        ("性别", "1", "男"), ("性别", 1, "男"), ("民族", "01", "汉族"), ("民族", 1, "汉族"), ("民族", "汉", "汉族"),
        ("民族", "毛难族", "毛南族"), ("国籍/地区", "CHN", "中国"), ("国籍/地区", "kaz", "哈萨克斯坦"),
        ("身份证件类型", "1", "居民身份证"), ("港澳台侨外", "00", "否"), ("健康状况", "10", "健康或良好"),
        ("政治面貌", "13", "群众"), ("户口性质", "2", "非农业户口"), ("入学方式", "11", "就近入学"),
        ("是否留守儿童", "2", "双亲留守儿童"), ("上下学交通方式", "公共交通", "公共交通（含城市公交、农村客运、地铁）"),
        ("上下学交通方式", "自行车(含摩托车、电动自行车)", "自行车（含摩托车、电动自行车）"), ("血型", "ab", "AB"),
        ("残疾类型", "视力残疾", "视力"), ("成员1关系", "51", "父亲"), ("是否孤儿", "0", "否"),
        ("健康状况", " 残疾 ", "残疾"),
    ],
)  # fmt: skip
def test_codes_and_labels_are_both_accepted_without_a_word(column: str, written: Any, label: str) -> None:
    (row,) = check(pupil(1, **{column: written}))
    assert (row.faults, row.values[column]) == ([], label)


DOCUMENTS = {
    "香港特区护照/身份证明": ["H12345678", "H1234567890", "A123456(7)", "K12345678", resident_id(1, area="810000")],
    "澳门特区护照/身份证明": ["M12345678", "1234567(8)", "MA1234567"],
    "台湾居民来往大陆通行证": ["12345678", "0123456789", 12345678],
    "境外永久居住证": ["USA310012345678"],
    "护照": ["E12345678", "M33779865", "123456789"],
    "其他": ["出生证 K330012345", "123"],
}


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind, numbers in DOCUMENTS.items() for number in numbers]
)
def test_other_documents_have_forms_of_their_own(kind: str, number: Any) -> None:
    findings = only(身份证件类型=kind, 身份证件号=number)
    assert findings == ([("身份证件号", "numeric_cell", "warn")] if isinstance(number, int) else [])


@pytest.mark.parametrize(
    ("kind", "number", "fault"),
    [
        ("香港特区护照/身份证明", "12345678", "id_format"),
        ("香港特区护照/身份证明", resident_id(1, area="810000")[:17], "id_format"),
        ("香港特区护照/身份证明", resident_id(1), "id_type"),
        ("澳门特区护照/身份证明", resident_id(1, area="810000"), "id_type"),
        ("台湾居民来往大陆通行证", "1234567", "id_format"),
        ("境外永久居住证", "911234201503120018", "id_check_digit"),
        ("护照", resident_id(1), "id_format"),
        ("护照", "护照号", "id_format"),
        ("其他", resident_id(1), "id_type"),
        ("居民身份证", "H12345678", "id_length"),
        ("居民身份证", resident_id(1, area="820000"), "id_type"),
        ("护照", None, "missing_mandatory"),
    ],
)
def test_a_number_under_the_wrong_type_is_stopped(kind: str, number: str | None, fault: str) -> None:
    assert only(身份证件类型=kind, 身份证件号=number) == [("身份证件号", fault, "block")]


def test_a_residence_permit_tells_sex_and_birth_date_too() -> None:
    permit = {"身份证件类型": "香港特区护照/身份证明", "身份证件号": resident_id(1, area="810000")}
    assert only(**permit, 出生日期="20150313") == [("出生日期", "id_birth_mismatch", "block")]


def test_a_pupil_without_number_needs_the_number_of_a_guardian() -> None:
    without = {"身份证件类型": "其他", "身份证件号": None}
    assert only(**without) == []
    assert only(**without, 成员1身份证件号=None) == []
    nobody = {**without, "成员1身份证件号": None, "成员2身份证件号": None}
    assert only(**nobody) == [("成员1身份证件号", "no_id_no_guardian", "block")]


def test_a_family_number_without_type_is_taken_when_it_is_a_resident_id() -> None:
    assert only(成员1身份证件类型=None) == []
    assert only(成员1身份证件类型=None, 成员1身份证件号="E12345678") == [("成员1身份证件号", "id_format", "block")]
    assert only(成员1身份证件类型="护照", 成员1身份证件号="E12345678") == []


def test_the_fictional_area_is_refused_outside_demo_data() -> None:
    (row,) = check(pupil(1), demo=False)
    kinds = {fault.column: fault.kind for fault in row.faults}
    assert kinds["身份证件号"] == kinds["成员1身份证件号"] == "id_area"
    assert kinds["出生地行政区划代码"] == "area_unknown"


def test_a_number_met_twice_stops_the_second_row_and_names_both() -> None:
    number = resident_id(1)
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    first, other, second = check(pupil(1), pupil(2), pupil(3, 身份证件号=spaced))
    assert (first.state, other.state) == ("clean", "clean")
    assert ("身份证件号", "duplicate_in_file", "block") in found(second)
    assert "第 4 行与第 2 行" in second.faults[-1].message


def test_equal_numbers_that_are_lost_or_of_different_documents_are_no_duplicates() -> None:
    rows = check(
        pupil(1, 身份证件号=990101201503120000),
        pupil(2, 身份证件号=990101201503120000),
        pupil(3, 身份证件类型="护照", 身份证件号="12345678"),
        pupil(4, 身份证件类型="台湾居民来往大陆通行证", 身份证件号="12345678"),
    )
    assert not any(fault.kind == "duplicate_in_file" for row in rows for fault in row.faults)


def test_a_hidden_row_is_read_and_told() -> None:
    def hide(sheet: Worksheet, first: int) -> None:
        sheet.row_dimensions[first].hidden = True

    hidden, shown = check(pupil(1), pupil(2), touch=hide)
    assert found(hidden) == [(None, "hidden_row", "warn")]
    assert (hidden.faults[0].cell, hidden.values["姓名"]) == (None, pupil(1)["姓名"])
    assert shown.faults == []


def merge(*ranges: str) -> Callable[[Worksheet, int], None]:
    def touch(sheet: Worksheet, first: int) -> None:
        for cells in ranges:
            sheet.merge_cells(cells)

    return touch


def test_a_merged_cell_belongs_to_its_first_row_only() -> None:
    column = letters_of(INDEX["班级"])
    top, covered, below = check(pupil(1), pupil(2), pupil(3), touch=merge(f"{column}2:{column}3"))
    assert found(top) == [("班级", "merged_cell_top", "warn")]
    assert (top.faults[0].clean, top.class_no) == ("五年级1班", "2021101")
    assert found(covered) == [("班级", "merged_cell", "block")]
    assert below.faults == []


def test_merged_cells_beside_each_other_and_of_optional_columns_are_told_too() -> None:
    at = INDEX["特长"]
    (row,) = check(pupil(1, 特长="绘画", 学籍辅号="7"), touch=merge(f"{letters_of(at)}2:{letters_of(at + 1)}2"))
    assert found(row) == [("特长", "merged_cell_top", "warn"), ("学籍辅号", "merged_cell", "block")]


def test_several_faults_of_one_row_are_all_told() -> None:
    assert {column for column, _, _ in only(性别="男生", 民族=None, 邮政编码="1")} == {"性别", "民族", "邮政编码"}
