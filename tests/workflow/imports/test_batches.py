"""A workbook becomes pupils: faults stay out, good rows enter once, shared numbers are stored as disputed."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.findings import Finding
from models.organisations import SchoolClass
from models.session import reading, transact
from models.students import Enrolment, Guardian, Student
from tests.cast import MONDAY, Cast, build
from tests.make_workbook import pupil, resident_id, workbook
from workflow.errors import NotAllowed
from workflow.imports import batches
from workflow.imports.whole_file import FileImport, import_file
from workflow.storage import Store
from workflow.world import Office, world_of


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


def office(engine: Engine, cast: Cast, short: str) -> Office:
    with reading(engine) as session:
        return world_of(session).office(cast.org[short])


def rows(cast: Cast, short: str, *changes: dict[str, object]) -> bytes:
    code = cast.code[short]
    return workbook([pupil(number, code, **{"班级": "5年级1班", **change}) for number, change in enumerate(changes)])


def from_file(engine: Engine, cast: Cast, short: str, folder: Path, content: bytes, write: bool = True) -> FileImport:
    path = folder / f"{cast.code[short]}.xlsx"
    path.write_bytes(content)
    person = cast.person[f"{short}:school_clerk"]
    return import_file(engine, path, office(engine, cast, short), person, MONDAY, demo=True, write=write)


def count(engine: Engine, table: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_good_rows_enter_with_guardians_and_class_and_bad_rows_stay_out(
    engine: Engine, cast: Cast, tmp_path: Path
) -> None:
    before = count(engine, Student)
    result = from_file(engine, cast, "a1", tmp_path, rows(cast, "a1", {}, {}, {"身份证件号": "123"}))
    assert (result.imported, result.counts["block"]) == (2, 1)
    assert count(engine, Student) == before + 2
    assert count(engine, Guardian) == 4
    with reading(engine) as session:
        query = select(Student, SchoolClass).join(Enrolment, Enrolment.student_id == Student.id)
        student, room = session.execute(
            query.join(SchoolClass).where(Student.id_number.matches(resident_id(0, sex="女")))
        ).one()
        assert room.id == cast.room[("a1", 5)].id
        assert student.id_number == resident_id(0, sex="女")
        assert student.details["现住址"].startswith("岚川省")
        assert student.sheet_row == 2


def test_a_dry_run_writes_nothing(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    before = count(engine, Student)
    from_file(engine, cast, "a1", tmp_path, rows(cast, "a1", {}, {}), write=False)
    assert count(engine, Student) == before


def test_the_same_file_again_changes_nothing(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    content = rows(cast, "a1", {}, {})
    from_file(engine, cast, "a1", tmp_path, content)
    before = count(engine, Student)
    again = from_file(engine, cast, "a1", tmp_path, content)
    assert (again.imported, again.skipped) == (0, 2)
    assert count(engine, Student) == before


def test_a_number_of_another_school_is_disputed_and_the_school_is_not_told(
    engine: Engine, cast: Cast, tmp_path: Path
) -> None:
    from_file(engine, cast, "a1", tmp_path, rows(cast, "a1", {}))
    result = from_file(engine, cast, "d1", tmp_path, rows(cast, "d1", {"班级": "5年级1班"}))
    assert result.imported == 1
    assert result.faults == []
    with reading(engine) as session:
        finding = session.scalars(select(Finding)).one()
        assert (finding.kind, finding.decider_id) == ("id_exact", cast.org["prov"])
        disputed = {record.student_id for record in finding.records}
        students = session.scalars(select(Student).where(Student.id.in_(disputed))).all()
        assert sorted(student.disputed for student in students) == [False, True]


def test_a_batch_is_checked_confirmed_and_imported(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    store, school = Store(tmp_path / "files"), office(engine, cast, "a1")
    content = rows(cast, "a1", {}, {"性别": ""})

    def upload(session: Session) -> str:
        clerk = cast.actor(session, "a1:school_clerk")
        return batches.upload(session, store, clerk, school, "五年级.xlsx", content, MONDAY).public_id

    batch = transact(engine, upload)
    batches.run_check(engine, store, batch, MONDAY, demo=True)
    with reading(engine) as session:
        row = batches.find(session, batch)
        assert (row.state, row.clean, row.blocked) == ("checked", 1, 1)
        assert row.report["faults"][0]["column"] == "性别"
    before = count(engine, Student)
    transact(engine, lambda s: batches.confirm(s, batch, cast.actor(s, "a1:school_clerk"), MONDAY))
    batches.run_import(engine, store, batch, MONDAY, demo=True)
    assert count(engine, Student) == before + 1
    with pytest.raises(NotAllowed):
        transact(engine, lambda s: batches.confirm(s, batch, cast.actor(s, "a1:school_clerk"), MONDAY))


def test_all_or_nothing_refuses_a_file_with_faults(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    store, school = Store(tmp_path / "files"), office(engine, cast, "a1")
    content = rows(cast, "a1", {}, {"性别": ""})
    batch = transact(
        engine,
        lambda s: (
            batches.upload(s, store, cast.actor(s, "a1:school_clerk"), school, "f.xlsx", content, MONDAY).public_id
        ),
    )
    batches.run_check(engine, store, batch, MONDAY, demo=True)
    with pytest.raises(NotAllowed):
        transact(
            engine, lambda s: batches.confirm(s, batch, cast.actor(s, "a1:school_clerk"), MONDAY, all_or_nothing=True)
        )
