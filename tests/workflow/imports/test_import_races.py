"""Imports that meet: two schools with one number, one school twice, a killed worker, late and repeated jobs."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models import crypto
from models.findings import Finding, FindingRecord
from models.imports import ImportBatch
from models.session import reading, transact
from models.students import Enrolment, Guardian, Student
from tests.cast import MONDAY, Cast
from tests.make_workbook import pupil, resident_id, workbook
from workflow.errors import NotAllowed
from workflow.imports import batches
from workflow.imports.gathering import Gathered, gather, school_facts
from workflow.imports.intake import take_in
from workflow.imports.whole_file import FileImport, import_file
from workflow.storage import Store
from workflow.world import Office, world_of

PATIENCE = 60.0
ON_POSTGRES = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def office(engine: Engine, cast: Cast, short: str) -> Office:
    with reading(engine) as session:
        return world_of(session).office(cast.org[short])


def book(cast: Cast, short: str, numbers: list[int]) -> bytes:
    """A workbook for a school; the same number is the same child in every school."""
    code = cast.code[short]
    return workbook([pupil(number, code, 班级="5年级1班") for number in numbers])


def send(engine: Engine, cast: Cast, short: str, folder: Path, content: bytes) -> FileImport:
    path = folder / f"{cast.code[short]}_{threading.get_ident()}.xlsx"
    path.write_bytes(content)
    return import_file(
        engine, path, office(engine, cast, short), cast.person[f"{short}:school_clerk"], MONDAY, demo=True
    )


def confirmed(engine: Engine, cast: Cast, store: Store, content: bytes, all_or_nothing: bool = False) -> str:
    school = office(engine, cast, "a1")

    def upload(session: Session) -> str:
        clerk = cast.actor(session, "a1:school_clerk")
        return batches.upload(session, store, clerk, school, "五年级.xlsx", content, MONDAY).public_id

    batch = transact(engine, upload)
    batches.run_check(engine, store, batch, MONDAY, demo=True)
    transact(engine, lambda s: batches.confirm(s, batch, cast.actor(s, "a1:school_clerk"), MONDAY, all_or_nothing))
    return batch


def state(engine: Engine, batch: str) -> ImportBatch:
    with reading(engine) as session:
        return batches.find(session, batch)


def count(engine: Engine, table: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def together(*works: Callable[[], FileImport]) -> list[FileImport]:
    start = threading.Barrier(len(works))

    def run(work: Callable[[], FileImport]) -> FileImport:
        start.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, work) for work in works]]


def test_two_schools_with_the_same_numbers_at_one_moment_leave_one_finding_for_each(
    engine: Engine, cast: Cast, tmp_path: Path
) -> None:
    before = count(engine, Student)
    up, down = list(range(6)), list(reversed(range(6)))
    results = together(
        lambda: send(engine, cast, "a1", tmp_path, book(cast, "a1", up)),
        lambda: send(engine, cast, "b1", tmp_path, book(cast, "b1", down)),
        lambda: send(engine, cast, "a2", tmp_path, book(cast, "a2", down)),
    )
    assert [result.imported for result in results] == [6, 6, 6]
    assert [result.faults for result in results] == [[], [], []], "no school hears of another one"
    assert count(engine, Student) == before + 18
    with reading(engine) as session:
        findings = session.scalars(select(Finding)).all()
        assert {finding.decider_id for finding in findings} == {cast.org["city1"]}
        for number in range(6):
            key = resident_id(number, sex="男" if number % 2 else "女")
            same = session.scalars(select(Student).where(Student.id_number.matches(key))).all()
            assert sorted(student.disputed for student in same) == [False, True, True]
        sizes = select(func.count()).select_from(FindingRecord).group_by(FindingRecord.finding_id)
        assert sorted(session.scalars(sizes)) == [3] * 6


@ON_POSTGRES
def test_an_import_waits_for_the_one_before_it(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    """The first has inserted and not yet committed when the second comes with the same number."""
    inserted, go_on = threading.Event(), threading.Event()
    school = office(engine, cast, "a1")
    piece = _sealed(engine, cast, school)

    def first(session: Session) -> None:
        batch = batches.new_batch(cast.person["a1:school_clerk"], school, "a.xlsx", b"1" * 32, MONDAY)
        session.add(batch)
        session.flush()
        take_in(session, world_of(session), school, piece.ready, batch.id, MONDAY)
        inserted.set()
        go_on.wait(PATIENCE)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(batches.enter, engine, first)
        assert inserted.wait(PATIENCE)
        other = pool.submit(send, engine, cast, "d1", tmp_path, book(cast, "d1", [0]))
        time.sleep(3)  # longer than the lock timeout of everybody else
        assert not other.done()
        go_on.set()
        one.result(PATIENCE)
        assert other.result(PATIENCE).imported == 1
    with reading(engine) as session:
        assert session.scalars(select(Finding)).one().decider_id == cast.org["prov"]


def _sealed(engine: Engine, cast: Cast, school: Office) -> Gathered:
    with reading(engine) as session:
        facts = school_facts(session, school)
    content = book(cast, "a1", [0])
    return gather(content, facts, MONDAY.date(), demo=True, seal_at=MONDAY)


def test_one_school_sends_a_number_twice_at_one_moment_and_one_record_comes_of_it(
    engine: Engine, cast: Cast, tmp_path: Path
) -> None:
    results = together(
        lambda: send(engine, cast, "a1", tmp_path, book(cast, "a1", [0, 1])),
        lambda: send(engine, cast, "a1", tmp_path, book(cast, "a1", [1, 2])),
    )
    assert sum(result.imported for result in results) == 3
    assert [fault.kind for result in results for fault in result.faults] == ["already_here"]
    assert count(engine, Finding) == 0


def test_a_worker_killed_while_it_stores_leaves_nothing_and_the_job_is_done_again(
    database: str, engine: Engine, cast: Cast, tmp_path: Path
) -> None:
    store = Store(tmp_path / "files")
    batch = confirmed(engine, cast, store, book(cast, "a1", [0, 1, 2]))
    before = [count(engine, table) for table in (Student, Guardian, Enrolment)]
    keys, marker = tmp_path / "keys.json", tmp_path / "marker"
    crypto.current().save(keys)
    words = [database, str(keys), str(tmp_path / "files"), batch, str(marker)]
    node = subprocess.Popen([sys.executable, "-m", "tests.import_node", *words])
    try:
        give_up = time.monotonic() + PATIENCE
        while not marker.exists():
            assert node.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.05)
    finally:
        node.kill()
        node.wait()
    assert [count(engine, table) for table in (Student, Guardian, Enrolment)] == before
    assert state(engine, batch).state == "importing"
    batches.run_import(engine, store, batch, MONDAY, demo=True)
    assert (state(engine, batch).state, state(engine, batch).imported) == ("done", 3)
    assert count(engine, Student) == before[0] + 3


def test_a_job_done_twice_or_late_changes_nothing(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    store = Store(tmp_path / "files")
    batch = confirmed(engine, cast, store, book(cast, "a1", [0, 1]))
    batches.run_job(engine, store, batch, "check", MONDAY, demo=True)
    assert state(engine, batch).state == "importing", "a late check must not take the decision back"
    batches.run_job(engine, store, batch, "import", MONDAY, demo=True)
    before = count(engine, Student)
    for what in ("import", "check"):
        batches.run_job(engine, store, batch, what, MONDAY, demo=True)
    assert (count(engine, Student), state(engine, batch).state) == (before, "done")


def test_what_came_in_after_the_check_is_told_when_the_rows_enter(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    store = Store(tmp_path / "files")
    batch = confirmed(engine, cast, store, book(cast, "a1", [0, 1]))
    send(engine, cast, "a1", tmp_path, book(cast, "a1", [1]))
    batches.run_import(engine, store, batch, MONDAY, demo=True)
    after = state(engine, batch)
    assert (after.imported, after.clean, after.blocked) == (1, 1, 1)
    assert [(fault["row"], fault["kind"]) for fault in after.report["faults"]] == [(3, "already_here")]
    with reading(engine) as session:
        facts = school_facts(session, office(engine, cast, "a1"))
    assert batches.errors_of(after, store, facts, demo=True).startswith(b"PK")


def test_all_or_nothing_stops_when_a_row_is_blocked_since_the_check(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    store = Store(tmp_path / "files")
    batch = confirmed(engine, cast, store, book(cast, "a1", [0, 1]), all_or_nothing=True)
    send(engine, cast, "a1", tmp_path, book(cast, "a1", [1]))
    before = count(engine, Student)
    batches.run_import(engine, store, batch, MONDAY, demo=True)
    after = state(engine, batch)
    assert (after.state, after.blocked, after.imported) == ("checked", 1, 0)
    assert "一行也没有导入" in after.message
    assert count(engine, Student) == before


def test_two_kinds_of_document_with_one_number_in_one_file_are_a_finding_of_the_school(
    engine: Engine, cast: Cast, tmp_path: Path
) -> None:
    code = cast.code["a1"]
    number = {"身份证件号": "12345678", "民族": "其他", "班级": "5年级1班"}
    rows = [
        pupil(0, code, **number, **{"国籍/地区": "美国"}, 身份证件类型="护照"),
        pupil(1, code, **number, 身份证件类型="台湾居民来往大陆通行证"),
    ]
    result = send(engine, cast, "a1", tmp_path, workbook(rows))
    assert result.imported == 2
    assert [(group.kind, group.rows) for group in result.findings] == [("id_exact", (2, 3))]


def test_an_upload_is_destroyed_after_its_retention(engine: Engine, cast: Cast, tmp_path: Path) -> None:
    store = Store(tmp_path / "files")
    batch = confirmed(engine, cast, store, book(cast, "a1", [0]))
    batches.run_import(engine, store, batch, MONDAY, demo=True)
    last = state(engine, batch).destroy_after
    assert transact(engine, lambda session: batches.destroy_old(session, last)) == []
    keys = transact(engine, lambda session: batches.destroy_old(session, last.replace(year=last.year + 1)))
    assert len(keys) == 1
    after = state(engine, batch)
    assert (after.storage_key, after.data_key, after.report) == (None, None, {})
    with reading(engine) as session:
        facts = school_facts(session, office(engine, cast, "a1"))
    with pytest.raises(NotAllowed):
        batches.errors_of(after, store, facts, demo=True)
    assert transact(engine, lambda session: batches.destroy_old(session, last.replace(year=last.year + 1))) == []
