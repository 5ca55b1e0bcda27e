"""The scan in the worker, on the command line and on the page: soon after, every night, and when it is asked for."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import crypto
from models.findings import ScannedRecord, ScanRun
from models.imports import ImportBatch
from models.session import reading, transact
from models.students import Student
from tests.cast import MONDAY, Cast
from tests.journeys.hands import Visitor
from tests.make_workbook import pupil, workbook
from tests.register import NUMBER, Register, number_of
from tests.web.commands import Commands
from tests.web.door import Door, settings_for
from web import clock
from web.database import House
from web.worker import Worker
from workflow.duplicates import fresh, near, scan
from workflow.imports.whole_file import import_file
from workflow.settings import mark_demo
from workflow.world import world_of

SLIP = number_of("99010120140312111")
NIGHT = dt.datetime(2025, 9, 1, 17, tzinfo=dt.UTC)
"""One in the morning in Shanghai."""


@pytest.fixture
def register(engine: Engine, cast: Cast) -> Register:
    return Register(engine, cast)


@pytest.fixture
def worker(engine: Engine, database: str, tmp_path: Any, register: Register) -> Worker:
    return Worker(House(settings_for(database, tmp_path), engine, demo=True), lambda: register.now)


def runs(engine: Engine) -> list[ScanRun]:
    with reading(engine) as session:
        return list(session.scalars(select(ScanRun).order_by(ScanRun.id)))


def test_rows_of_an_import_are_compared_soon_after_and_so_are_blocked_ones(
    engine: Engine, cast: Cast, register: Register, worker: Worker, tmp_path: Any
) -> None:
    transact(engine, lambda session: mark_demo(session, "sample", MONDAY))
    elsewhere = register.add("d1", "王小明", NUMBER)
    other = register.add("d1", "李思涵", number_of("99010120140312051"))
    worker.scan_records()
    born = {"性别": "男", "出生日期": "20140312", "班级": "2021101"}
    wrong = number_of("99010120140312051")[:17] + "0"
    rows = [
        pupil(1, "2199000001", 姓名="王晓明", 身份证件号=SLIP, **born),
        pupil(3, "2199000001", 姓名="李思涵", 身份证件号=wrong, **born),
    ]
    path = tmp_path / "2199000001_青松小学.xlsx"
    path.write_bytes(workbook(rows))
    with reading(engine) as session:
        school = world_of(session).office(cast.org["a1"])
    import_file(engine, path, school, 1, MONDAY, demo=True)
    assert register.found() == {}, "neither the file's answer nor its time depends on what lies elsewhere"
    assert worker.compare_records() == 1
    found = {finding.kind: (students, finding) for students, finding in register.found().items()}
    assert found["near"][0][0] == elsewhere
    assert found["near_blocked"][0] == (0, other), "a row that did not come in, and a record"
    assert {register.decider(finding) for _, finding in found.values()} == {"990000"}
    assert worker.compare_records() == 0


def test_an_errand_that_was_killed_in_the_middle_goes_on(
    engine: Engine, register: Register, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compared stays compared; the errand comes again when its lease is over."""
    monkeypatch.setitem(near.BATCH, "sqlite", 2)
    monkeypatch.setitem(near.BATCH, "postgresql", 2)
    numbers = [register.add("a1", f"王小{sign}", None) for sign in "明红刚强"]
    transact(engine, lambda session: ask_about(session, numbers, register.now))
    real, calls = near.look, []

    def look(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(near, "look", look)
    with pytest.raises(KeyboardInterrupt):
        worker.compare_records()
    assert compared(engine) == numbers[:2]
    assert worker.compare_records() == 0, "somebody may still be at it"
    register.now += dt.timedelta(minutes=3)
    assert worker.compare_records() == 1
    assert compared(engine) == numbers


def ask_about(session: Session, numbers: list[int], now: dt.datetime) -> None:
    """An errand about a batch, as an import puts it into the outbox."""
    batch = ImportBatch(school_id=8, person_id=1, file_name="x.xlsx", file_digest=b"0" * 32, created_at=now,
                        state="done", destroy_after=now.date())  # fmt: skip
    session.add(batch)
    session.flush()
    for number in numbers:
        session.get_one(Student, number).import_batch_id = batch.id
    fresh.ask_about_batch(session, batch, numbers[0], numbers[-1], now)


def compared(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(ScannedRecord.student_id).order_by(ScannedRecord.student_id)))


def test_a_scan_begins_once_a_night_whoever_comes_first(
    engine: Engine, register: Register, worker: Worker, database: str, tmp_path: Any
) -> None:
    other = Worker(House(settings_for(database, tmp_path), engine, demo=True), lambda: register.now)
    other.node = "another:1"
    assert worker.scan_records() > 0
    assert other.scan_records() == 0
    register.now = NIGHT - dt.timedelta(minutes=1)
    assert other.scan_records() == 0
    register.now = NIGHT
    assert other.scan_records() > 0
    assert worker.scan_records() == 0
    assert [run.state for run in runs(engine)] == ["done", "done"]


def test_a_worker_that_is_told_to_stop_ends_between_two_portions_and_another_goes_on(
    engine: Engine, register: Register, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(near.BATCH, "sqlite", 1)
    monkeypatch.setitem(near.BATCH, "postgresql", 1)
    real = scan.advance

    def advance(*given: Any) -> Any:
        if any(run.done == 3 for run in runs(engine)):
            worker.stop.set()
        return real(*given)

    monkeypatch.setattr(scan, "advance", advance)
    worker.scan_records()
    (run,) = runs(engine)
    assert (run.state, run.done) == ("running", 4)
    worker.stop.clear()
    monkeypatch.setattr(scan, "advance", real)
    worker.scan_records()
    (run,) = runs(engine)
    assert (run.state, run.done, run.total) == ("done", 8, 8)


# ---- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def clean_process() -> Iterator[None]:
    yield
    clock.set_today(None)
    crypto.use(None)


@pytest.mark.usefixtures("clean_process")
def test_the_command_scans_and_tells_what_it_did(tmp_path: Any) -> None:
    commands = Commands(tmp_path / "data")
    commands("demo", "--no-serve", "--data-dir", str(commands.folder))
    first = commands.json("problems", "scan")
    assert (first["state"], first["scope"]) == ("done", "full")
    assert first["done"] == first["total"] > 0
    again = commands.json("problems", "scan", "--new")
    assert (again["scope"], again["total"], again["found"]) == ("new", 0, 0)
    told = commands("problems", "scan")
    assert told.stdout == ""
    assert f"比对 {first['done']:,} 条记录，新发现 0 组" in told.stderr


# ---- the page --------------------------------------------------------------------------------------------------------


def test_the_list_tells_when_the_scan_ran_and_who_may_begin_one(door: Door, cast: Cast) -> None:
    engine = door.house.engine
    province, county = Visitor(door, "prov:arbitrator"), Visitor(door, "k1:dept_clerk")
    page = county.open("/problems/")
    assert "还没有做过全面查重" in page.words
    assert not page.offers("/problems/scan")
    province.open("/problems/?shelf=pairs")
    page = province.send("/problems/scan")
    assert "正在进行" in page.words
    assert not page.offers("/problems/scan")
    (run,) = runs(engine)
    assert (run.state, run.started_by) == ("running", cast.person["prov:arbitrator"])
    assert "核对号码" in county.open("/problems/scan").words
    while runs(engine)[0].state == "running":
        transact(engine, lambda session: scan.advance(session, MONDAY))
    assert "完成，比对 8 条记录，新发现 0 组" in province.open("/problems/").words
    assert "新发现" not in county.open("/problems/").words


def test_schools_are_told_nothing_of_the_scan_and_may_not_begin_one(door: Door) -> None:
    clerk = Visitor(door, "a1:school_clerk")
    page = clerk.open("/problems/")
    assert "全面查重" not in page.words
    assert clerk.client.get("/problems/scan").status_code == 404
    for visitor in (clerk, Visitor(door, "k1:dept_leader")):
        visitor.open("/password")
        token = visitor.page.form("/password").values["csrf_token"]
        assert visitor.client.post("/problems/scan", data={"csrf_token": token}).status_code == 403
    assert runs(door.house.engine) == []


def test_a_row_that_was_not_imported_stands_on_the_shelf_of_who_decides(
    door: Door, cast: Cast, register: Register, tmp_path: Any
) -> None:
    engine = door.house.engine
    transact(engine, lambda session: mark_demo(session, "sample", MONDAY))
    register.add("d1", "李思涵", NUMBER)
    wrong = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")
    row = pupil(3, "2199000001", 姓名="李思涵", 身份证件号=wrong, 性别="男", 出生日期="20140312", 班级="2021101")
    path = tmp_path / "2199000001_青松小学.xlsx"
    path.write_bytes(workbook([row]))
    with reading(engine) as session:
        school = world_of(session).office(cast.org["a1"])
    import_file(engine, path, school, 1, MONDAY, demo=True)
    register.scan()
    province = Visitor(door, "prov:dept_leader")
    page = province.open("/problems/?shelf=pairs")
    assert "栖云区青松小学导入表第 2 行" in page.words
    (link,) = {link for link in page.links if link.startswith("/problems/pairs/")}
    assert "李思涵" in province.open(link).words
    for stranger in ("k1:dept_clerk", "a1:school_clerk"):
        assert "李思涵" not in Visitor(door, stranger).open("/problems/").words
