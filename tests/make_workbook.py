"""Makes workbooks in the layout of the national template, and a small district, from compact descriptions."""

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workflow.identity import check_character
from workflow.imports.cells import SchoolFacts
from workflow.imports.columns import COLUMNS

TODAY = "2025-09-01"
CLASSES = {"2021101": "五年级1班", "2022101": "四年级1班"}

Row = dict[str, Any]


def school_code(number: int = 1) -> str:
    return f"2199{number:06}"


def facts(code: str = "2199000001") -> SchoolFacts:
    """A school with two classes, known by number and name."""
    return SchoolFacts(code, {**{no: no for no in CLASSES}, **{name: no for no, name in CLASSES.items()}}, "试验小学")


def resident_id(number: int = 0, birth: str = "20150312", sex: str = "男", area: str = "990101") -> str:
    """A number of a fictional area; `number` keeps persons of one day apart."""
    first17 = f"{area}{birth}{2 * (number % 500) + (sex == '男'):03}"
    return first17 + check_character(first17)


def pupil(number: int = 0, code: str = "2199000001", **changes: Any) -> Row:
    """A clean row by national column name; `changes` replace cells, None empties one."""
    sex = "男" if number % 2 else "女"
    home = f"岚川省枫林镇桃源路{number + 1}号"
    row: Row = {
        "学校标识码": code, "姓名": "唐" + "思晴雨涛文佳"[number % 6] + "宁远青禾"[number // 6 % 4], "性别": sex,
        "出生日期": "20150312", "出生地行政区划代码": "990101006020", "籍贯": "岚川省", "民族": "汉族",
        "国籍/地区": "中国", "身份证件类型": "居民身份证", "港澳台侨外": "否", "健康状况": "健康或良好",
        "政治面貌": "群众", "身份证件号": resident_id(number, sex=sex), "户口性质": "农业户口",
        "户口所在地行政区划代码": "990101006020",
        "班级": "五年级1班", "入学年月": "202109", "入学方式": "就近入学", "就读方式": "走读", "现住址": home,
        "通信地址": home, "家庭地址": home, "联系电话": f"154{number:08}", "邮政编码": "990001", "是否独生子女": "是",
        "是否受过学前教育": "是", "是否留守儿童": "非留守儿童", "是否需要申请资助": "否", "是否享受一补": "否",
        "是否孤儿": "否", "是否烈士或优抚子女": "否", "上下学距离（公里）": 1.5, "上下学交通方式": "步行",
        "是否需要乘坐校车": "否",
        "班内学号": str(number + 1), "是否进城务工人员随迁子女": "否",
        **_member(1, "唐文远", "父亲", "是", resident_id(number, "19850606", "男")),
        **_member(2, "梁若琪", "母亲", "否", resident_id(number, "19860707", "女")),
    }  # fmt: skip
    return {**row, **changes}


def _member(position: int, name: str, relation: str, guardian: str, number: str) -> Row:
    given = {
        "姓名": name, "关系": relation, "现住址": "岚川省枫林镇桃源路1号", "户口所在地": "990101006020",
        "联系电话": "15400000001", "是否监护人": guardian, "身份证件类型": "居民身份证", "身份证件号": number,
    }  # fmt: skip
    return {f"成员{position}{field}": value for field, value in given.items()}


NAMES = tuple(column.name for column in COLUMNS)


def workbook(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str] = NAMES,
    headings: Mapping[str, str] | None = None,
    above: Sequence[str] = (),
    touch: Callable[[Worksheet, int], None] | None = None,
) -> bytes:
    """An .xlsx with one sheet: lines `above` merged over the header, the columns `names`, then `rows`.

    `headings` replaces what stands in the header; `touch(sheet, first row)` may change the finished sheet.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, line in enumerate(above, 1):
        sheet.append([line])
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=20)
    sheet.append([(headings or {}).get(name, name) for name in names])
    first = len(above) + 2
    for row in rows:
        sheet.append([row.get(name) for name in names])
    if touch is not None:
        touch(sheet, first)
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def edited(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The workbook with the text of one part changed. openpyxl writes Hanzi as character references: search ASCII."""
    text = parts(data)[part].decode()
    assert change(text) != text
    return repacked(data, {part: change(text)})


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(data: bytes, changes: Mapping[str, str | bytes]) -> bytes:
    """The workbook with parts replaced or added."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts(data), **changes}.items():
            archive.writestr(name, content)
    return file.getvalue()


def make_district(folder: Path) -> Path:
    """A district of two schools in the format of the shared one: organisations.json, imports/, expected.json.

    Both schools name the same children, so every row that is good in both is a duplicate for the county.
    """
    (folder / "imports").mkdir(parents=True)
    offices = [_office("990000", "province", None), _office("990100", "city", "990000"),
               _office("990101", "county", "990100")]  # fmt: skip
    files = dict(_school_file(folder, number) for number in (1, 2))
    expected = {"as_of": TODAY, "files": files, "id_duplicates": _shared(files), "nsb_duplicates": []}
    for name, data in (("organisations", [*offices, _school(1), _school(2)]), ("expected", expected)):
        (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    return folder


def _office(code: str, level: str, parent: str | None) -> dict[str, Any]:
    return {"id": code, "name": f"试验{code}教育局", "level": level, "kind": level, "parent": parent}


def _school(number: int) -> dict[str, Any]:
    classes = [{"no": no, "name": name, "grade": 2026 - int(no[:4]), "entry": f"{no[:4]}09"}
               for no, name in CLASSES.items()]  # fmt: skip
    return {
        "id": school_code(number), "name": f"第{number}小学", "level": "school", "kind": "小学", "parent": "990101",
        "competent_dept": "990101", "area": "990101", "grades": [4, 5], "classes": classes,
    }  # fmt: skip


def _shared(files: dict[str, Any]) -> list[dict[str, Any]]:
    """The groups that follow from it: a blocked row is no record."""
    schools = list(files.values())
    blocked = {f["row"] - file["header_row"] for file in schools for f in file["faults"] if f["severity"] == "block"}
    return [
        {"records": [f"{file['school_code']}#{file['header_row'] + place}" for file in schools],
         "level": "county", "decider": "990101"}
        for place in range(1, schools[0]["rows"] + 1) if place not in blocked
    ]  # fmt: skip


PLANTED: tuple[tuple[str, str, str, Any, str | None], ...] = (
    ("id_check_digit", "block", "身份证件号", "990101201503120016", None),
    ("label_unknown", "block", "健康状况", "优", None),
    ("date_chinese", "warn", "出生日期", "2015年3月12日", "20150312"),
    ("name_space", "warn", "姓名", "唐 思 晴", "唐思晴"),
    ("numeric_cell", "warn", "邮政编码", 990001, "990001"),
    ("missing_mandatory", "block", "民族", None, None),
)


def _school_file(folder: Path, number: int) -> tuple[str, dict[str, Any]]:
    code, above = school_code(number), ["学籍信息导入模板", "说明：带★的为必填项。"][: number - 1]
    rows, faults = [], []
    header = len(above) + 1
    for place in range(3 * len(PLANTED)):
        row = pupil(place, code)
        if place % 3 == 1:
            kind, severity, column, value, clean = PLANTED[place // 3]
            row[column] = value
            cell = {"row": header + 1 + place, "column": column, "also": [], "kind": kind, "severity": severity}
            faults.append(cell if clean is None else {**cell, "clean": clean})
        rows.append(row)
    name = f"{code}_第{number}小学.xlsx"
    (folder / "imports" / name).write_bytes(workbook(rows, above=above))
    blocked = sum(fault["severity"] == "block" for fault in faults)
    return name, {
        "school_code": code, "header_row": header, "unknown_columns": [], "rows": len(rows),
        "clean_rows": len(rows) - len(faults), "warn_rows": len(faults) - blocked, "block_rows": blocked,
        "faults": faults,
    }  # fmt: skip
