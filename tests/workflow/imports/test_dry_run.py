"""A dry run tells a school which of its own rows and records look alike, of short files, and nothing of others."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.findings import Finding
from models.session import reading, transact
from models.students import Student
from tests.cast import MONDAY, Cast
from tests.make_workbook import pupil, workbook
from tests.register import NUMBER, Register, number_of
from web.present.imports import _group as line_of
from workflow.duplicates import within
from workflow.imports import gathering
from workflow.imports.whole_file import FileImport, import_file
from workflow.settings import mark_demo
from workflow.world import world_of

SLIP = number_of("99010120140312111")
OTHER = number_of("99010120140312631")
BOY = {"性别": "男", "出生日期": "20140312", "班级": "2021101", "成员1身份证件号": None, "成员2身份证件号": None}
FATHER = "990101198506060017"


@pytest.fixture
def register(engine: Engine, cast: Cast) -> Register:
    transact(engine, lambda session: mark_demo(session, "sample", MONDAY))
    return Register(engine, cast)


def check(register: Register, folder: Path, *rows: dict[str, Any]) -> FileImport:
    """Check a workbook of a1 and write nothing."""
    path = folder / "2199000001.xlsx"
    path.write_bytes(workbook([pupil(place, "2199000001", **{**BOY, **row}) for place, row in enumerate(rows)]))
    with reading(register.engine) as session:
        school = world_of(session).office(register.cast.org["a1"])
    result = import_file(register.engine, path, school, 1, MONDAY, demo=True, write=False)
    print(result.counts, result.faults)
    return result


def told(result: FileImport) -> list[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    return [(group.kind, group.rows, group.names) for group in result.findings]


def test_rows_that_are_alike_are_told_with_the_reason(register: Register, tmp_path: Path) -> None:
    result = check(register, tmp_path, {"姓名": "王小明", "身份证件号": NUMBER}, {"姓名": "王晓明", "身份证件号": SLIP},
                   {"姓名": "李思涵", "身份证件号": OTHER})  # fmt: skip
    assert told(result) == [("near", (2, 3), ())]
    assert line_of(result.findings[0].as_dict()) == (
        "第 2、3 行：身份证件号只差一位（第 15 位）、姓名读音相同（小／晓）、出生日期相同、性别相同，"
        "请核对是不是同一名学生。"
    )


def test_a_row_that_is_like_a_record_of_the_school_names_it(register: Register, tmp_path: Path) -> None:
    register.add("a1", "王小明", NUMBER)
    result = check(register, tmp_path, {"姓名": "王晓明", "身份证件号": SLIP})
    assert told(result) == [("near", (2,), ("王小明",))]
    assert line_of(result.findings[0].as_dict()).startswith("第 2 行与本校已有的王小明的学籍记录：")


def test_a_blocked_row_names_the_record_that_was_meant(register: Register, tmp_path: Path) -> None:
    register.add("a1", "王小明", NUMBER)
    wrong = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")
    result = check(register, tmp_path, {"姓名": "王小明", "身份证件号": wrong})
    assert (result.counts["block"], told(result)) == (1, [("near_blocked", (2,), ("王小明",))])
    assert "可能就是这名学生" in line_of(result.findings[0].as_dict())


def test_pupils_without_number_who_share_everything_are_told(register: Register, tmp_path: Path) -> None:
    without = {"姓名": "王小明", "身份证件类型": "其他", "身份证件号": None, "成员1身份证件号": FATHER}
    result = check(register, tmp_path, without, without)
    assert told(result) == [("nsb", (2, 3), ())]


def test_nothing_is_told_of_another_school_and_nothing_is_written(register: Register, tmp_path: Path) -> None:
    register.add("a2", "王小明", NUMBER)
    register.add("d1", "李思涵", OTHER)
    register.add("d1", "赵文佳", None)
    register.scan()
    open_ones = register.found()
    rows = [
        {"姓名": "王晓明", "身份证件号": SLIP},
        {"姓名": "李思涵", "身份证件号": OTHER[:17] + ("0" if OTHER[17] != "0" else "1")},
        {"姓名": "赵文佳", "身份证件类型": "其他", "身份证件号": None, "成员1身份证件号": FATHER},
    ]
    result = check(register, tmp_path, *rows)
    assert (result.counts["block"], result.findings) == (1, [])
    assert register.found() == open_ones
    with reading(register.engine) as session:
        assert session.scalar(select(func.count(Student.id))) == 11


def test_longer_files_are_not_compared_and_say_so(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"姓名": "王小明", "身份证件号": NUMBER}, {"姓名": "王晓明", "身份证件号": SLIP},
            {"姓名": "李思涵", "身份证件号": OTHER}]  # fmt: skip
    for module in (within, gathering):
        monkeypatch.setattr(module, "MOST_ROWS", 3)
    assert told(check(register, tmp_path, *rows)) == [("near", (2, 3), ())]
    for place in ("workflow.imports.gathering", "workflow.imports.whole_file"):
        monkeypatch.setattr(f"{place}.MOST_ROWS", 2)
    result = check(register, tmp_path, *rows)
    assert (told(result), result.notes) == ([], [gathering.NOT_COMPARED])


def test_what_is_compared_in_memory_is_what_the_scan_finds(register: Register) -> None:
    """The two ways to a pair, in plain text and by blind index, find the same."""
    mother = "990101198805020028"
    people = [
        ("王小明", NUMBER, None), ("王晓明", SLIP, None), ("小明王", number_of("99010120140312101"), None),
        ("王小朋", None, mother), ("王小明", None, mother), ("李思涵", OTHER, mother), ("李思函", None, None),
    ]  # fmt: skip
    ids = [register.add("a1", name, number, guardian=guardian) for name, number, guardian in people]
    register.scan()
    scanned = set(register.found("near"))

    def look(session: Session) -> set[tuple[int, ...]]:
        students = [session.get_one(Student, number) for number in ids]
        families = within.near.guardians_of(session, ids)
        rows = [within.Row(student.id, within.near.facts_of(student, families)) for student in students]
        return {like.rows for like in within.look(session, register.cast.org["b1"], rows) if like.kind == "near"}

    assert transact(register.engine, look) == scanned
    with reading(register.engine) as session:
        assert session.scalar(select(func.count(Finding.id))) == len(scanned) > 5
