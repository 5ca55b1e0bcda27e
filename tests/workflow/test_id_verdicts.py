"""Verdicts of the population register, from a list; and record numbers for pupils without an ID number."""

import datetime as dt
from collections.abc import Iterable

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.id_errors import IdFault
from models.session import reading, transact
from models.students import Student
from tests.cast import MONDAY, Cast
from workflow import record_numbers
from workflow.errors import Unacceptable
from workflow.id_errors import verdicts
from workflow.id_errors.verdicts import Entered, Line
from workflow.world import world_of

AUTUMN = dt.date(2025, 9, 1)


def enter(engine: Engine, lines: Iterable[Line], schools: set[int] | None = None) -> Entered:
    return transact(engine, lambda session: verdicts.enter(session, lines, "秋季比对", AUTUMN, MONDAY, schools))


def record(engine: Engine, cast: Cast, name: str) -> Student:
    with reading(engine) as session:
        return session.get_one(Student, cast.pupil[name])


def faults(engine: Engine) -> list[tuple[int, str, str]]:
    with reading(engine) as session:
        found = session.scalars(select(IdFault).order_by(IdFault.id))
        return [(fault.student_id, fault.kind, fault.state) for fault in found]


def line(cast: Cast, name: str, verdict: str, row: int = 2) -> Line:
    return Line(row, name, "", cast.record_no[name], verdict)


def test_a_bad_verdict_is_kept_with_its_day_and_source_and_makes_a_fault(engine: Engine, cast: Cast) -> None:
    result = enter(engine, [line(cast, "沈明铭", "查无此人"), line(cast, "丁思欣", "核验通过", 3)])
    assert (result.entered, result.faults) == (2, [])
    student = record(engine, cast, "沈明铭")
    assert (student.id_verdict, student.id_verdict_on, student.id_verdict_source) == ("not_found", AUTUMN, "秋季比对")
    assert record(engine, cast, "丁思欣").id_verdict == "passed"
    assert faults(engine) == [(student.id, "not_found", "open")]


def test_the_last_verdict_counts(engine: Engine, cast: Cast) -> None:
    number = cast.pupil["沈明铭"]
    for verdict, expected in (
        ("not_found", [(number, "not_found", "open")]),
        ("姓名不符", [(number, "not_found", "closed"), (number, "name_mismatch", "open")]),
        ("通过", [(number, "not_found", "closed"), (number, "name_mismatch", "closed")]),
        ("查无此号", [(number, "not_found", "open"), (number, "name_mismatch", "closed")]),
    ):
        enter(engine, [line(cast, "沈明铭", verdict)])
        assert faults(engine) == expected


def test_a_line_that_fits_no_record_is_told_and_leaves_nothing(engine: Engine, cast: Cast) -> None:
    known = cast.record_no["沈明铭"]
    result = enter(
        engine,
        [
            Line(2, "沈明名", "", known, "查无此号"),
            Line(3, "沈明铭", "", "G990101201403129999", "查无此号"),
            Line(4, "沈明铭", "", known, "大概没有"),
            Line(5, "沈明铭", "", "", "通过"),
            Line(6, "", "", known, "通过"),
        ],
    )
    assert [(row, code) for row, _, code in sorted(result.faults)] == [
        (2, "other_name"), (3, "not_found"), (4, "verdict"), (5, "empty"), (6, "empty"),
    ]  # fmt: skip
    assert (result.entered, faults(engine)) == (0, [])


def test_an_office_reaches_its_own_schools_only(engine: Engine, cast: Cast) -> None:
    def reach(who: str) -> set[int]:
        with reading(engine) as session:
            return verdicts.reach(world_of(session), cast.actor(session, who))

    assert reach("a2:school_clerk") == set()
    assert reach("k1:arbitrator") == set()
    assert cast.org["b1"] not in reach("k1:dept_clerk")
    assert {cast.org["a1"], cast.org["b1"], cast.org["c1"]} <= reach("city1:dept_leader")
    result = enter(engine, [line(cast, "𠮷田䶮", "查无此号")], reach("k1:dept_clerk"))
    assert [code for _, _, code in result.faults] == ["not_found"]


def test_a_list_may_be_a_workbook_with_a_title_and_other_columns(engine: Engine, cast: Cast, tmp_path: object) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["人口库比对结果"])
    sheet.append(["序号", "★姓名", "学籍号", "结论", "备注"])
    sheet.append([1, "沈明铭", cast.record_no["沈明铭"], "号码变更", ""])
    path = f"{tmp_path}/list.xlsx"
    book.save(path)
    with open(path, "rb") as file:
        (found,) = verdicts.read(file.read())
    assert found == Line(3, "沈明铭", "", cast.record_no["沈明铭"], "号码变更")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04broken", "姓名,学籍号\n".encode()])
def test_a_file_that_is_no_list_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(Unacceptable):
        verdicts.read(content)


def test_a_record_number_reaches_a_pupil_without_id_number_by_name_and_birth_date(engine: Engine, cast: Cast) -> None:
    def lose(session: Session) -> None:
        student = session.get_one(Student, cast.pupil["沈明铭"])
        student.id_number, student.id_type, student.record_no = None, "Z", None

    transact(engine, lose)
    number = "J990101201706080017"
    head = "姓名,身份证件号,学籍号,出生日期\n"
    table = f"{head}沈明铭,,{number},2014-03-12\n丁思欣,,{number},20140312\n沈明铭,,{number},\n"
    result = transact(engine, lambda session: record_numbers.enter(session, record_numbers.read(table.encode())))
    assert (result.entered, [code for _, _, code in result.faults]) == (1, ["empty", "not_found"])
    assert record(engine, cast, "沈明铭").record_no == number


def test_two_pupils_who_cannot_be_told_apart_get_no_record_number(engine: Engine, cast: Cast) -> None:
    def lose(session: Session) -> None:
        for name in ("沈明铭", "古丽娜尔·艾合买提"):
            student = session.get_one(Student, cast.pupil[name])
            student.id_number, student.id_type, student.record_no = None, "Z", None
            student.name = student.name_key = "沈明铭"

    transact(engine, lose)
    table = "姓名,身份证件号,学籍号,出生日期\n沈明铭,,J990101201706080017,2014-03-12\n"
    result = transact(engine, lambda session: record_numbers.enter(session, record_numbers.read(table.encode())))
    assert [code for _, _, code in result.faults] == ["several"]
