"""The demonstration: what it sets up, that it keeps its data, and that it never touches anybody else's."""

import csv
import datetime as dt
import json
import re
import shutil
import signal
import stat
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models import crypto
from models.calendar import CalendarDay
from models.cases import Case, Event, WorkItem
from models.keyring import KeyRing
from models.organisations import Organisation, SchoolClass
from models.people import Person, Post
from models.session import make_engine
from models.students import Guardian, Student
from models.transfers import Transfer as TransferRow
from tests.web.commands import Commands
from web import clock
from web.config import Settings
from web.passwords import Passwords
from workflow import processes
from workflow.calendar import day_of
from workflow.processes.problem import Problem
from workflow.processes.transfer import Transfer
from workflow.transfers.facts import find_pupil

DAY = "2025-11-20"
DISTRICT = Path(__file__).resolve().parents[3] / "shared/data/district"


@pytest.fixture(autouse=True)
def clean_process() -> Iterator[None]:
    yield
    clock.set_today(None)
    crypto.use(None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample province as of DAY; tests that change something take a copy."""
    folder = tmp_path_factory.mktemp("sample") / "data"
    Commands(folder)("demo", "--no-serve", "--data-dir", str(folder), "--today", DAY)
    return folder


@pytest.fixture
def sample(made: Path, tmp_path: Path) -> Commands:
    folder = tmp_path / "data"
    shutil.copytree(made, folder)
    return Commands(folder)


@pytest.fixture
def database_of(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Opens the database of an installation, with its keys."""
    engines: list[Engine] = []

    def opened(commands: Commands) -> Session:
        crypto.use(KeyRing.load(commands.folder / "keys.json"))
        url = commands.environment.get("XUEJIBAN_DATABASE_URL", f"sqlite:///{commands.folder / 'xuejiban.db'}")
        engines.append(make_engine(url))
        return Session(engines[-1])

    yield opened
    for engine in engines:
        engine.dispose()


def tiny_district(folder: Path) -> Path:
    """Write a district of two offices and two schools, one of them run by the city though it lies in the county."""
    rooms = [{"no": "2023101", "name": "三年级1班", "grade": 3, "entry": "202309"}]
    senior = [{"no": "2025301", "name": "高一1班", "grade": 10, "entry": "202509"}]
    entries = [
        {"id": "3499000002", "name": "样例市直高中", "level": "school", "kind": "高级中学", "parent": "990100",
         "competent_dept": "990100", "area": "990101", "grades": [10, 11, 12], "demonstration": True,
         "classes": senior},
        {"id": "990000", "name": "样例省教育厅", "level": "province", "kind": "province", "parent": None},
        {"id": "990100", "name": "样例市教育局", "level": "city", "kind": "city", "parent": "990000"},
        {"id": "990101", "name": "样例县教育局", "level": "county", "kind": "county", "parent": "990100"},
        {"id": "2199000001", "name": "样例小学", "level": "school", "kind": "小学", "parent": "990101",
         "competent_dept": "990101", "area": "990101", "grades": [1, 2, 3, 4, 5, 6], "classes": rooms},
    ]  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "organisations.json").write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
    return folder


# ---- the sample province -------------------------------------------------------------------------------------------


def test_cases_stand_in_every_phase_of_a_transfer(sample: Commands) -> None:
    found = sample.json("cases", "list")
    phases = {one["phase"] for one in found if one["process"] == "transfer"}
    assert phases == set(Transfer.declared)
    ended = {name for kind in processes.PUBLISHED for name, phase in kind.declared.items() if phase.final}
    assert all(one["holder"] for one in found if one["phase"] not in ended)
    assert sum(one["due"] == DAY for one in found) >= 2
    assert any(one["due"] and one["due"] < DAY for one in found)


def test_every_chain_of_the_sample_is_whole(sample: Commands, database_of: Any) -> None:
    with database_of(sample) as session:
        cases = session.scalar(select(func.count()).select_from(Case))
        signatures = session.scalar(select(func.count()).select_from(Event).where(Event.action == "approve"))
        directions = set(session.scalars(select(TransferRow.direction)))
    assert sample.json("audit", "verify") == {"ok": True, "checked": cases, "first_bad": None}
    assert signatures > 30
    assert directions == {"inside", "incoming", "outgoing"}


def test_an_edited_event_is_found_and_named(sample: Commands, database_of: Any) -> None:
    with database_of(sample) as session:
        bad = session.scalars(select(Event).where(Event.action == "approve").limit(1)).one()
        no = session.get_one(Case, bad.case_id).no
        seq = bad.seq
        connection = session.connection().connection.driver_connection
        connection.execute("DROP TRIGGER event_UPDATE_refused")
        connection.execute("UPDATE event SET to_phase = 'rejected' WHERE case_id = ? AND seq = ?", (bad.case_id, seq))
        connection.commit()
    answer = sample.json("audit", "verify", fails=3)
    assert not answer["ok"]
    assert (answer["first_bad"]["case"], answer["first_bad"]["seq"]) == (no, seq)
    assert f"{no}的第 {seq} 个事件不对：内容与校验值不符" in sample("audit", "verify", fails=3).stdout


def test_what_waited_at_the_merged_school_went_to_its_successor(sample: Commands, database_of: Any) -> None:
    with database_of(sample) as session:
        old = session.scalars(select(Organisation).where(Organisation.merged_into_id.is_not(None))).one()
        moved = session.scalars(select(Event).where(Event.action == "redirect")).one()
        item = session.scalars(select(WorkItem).where(WorkItem.case_id == moved.case_id, WorkItem.open)).one()
        assert item.org_id == old.merged_into_id
        assert item.queue == f"{old.merged_into_id}:school_leader"
        assert session.scalars(select(SchoolClass).where(SchoolClass.school_id == old.id)).all() == []
        assert all(post.valid_to for post in session.scalars(select(Post).where(Post.org_id == old.id)))
        closed = select(Organisation).where(Organisation.closed_on.is_not(None))
        assert len(session.scalars(closed).all()) == 2


def test_nobody_in_the_sample_is_real(sample: Commands, database_of: Any) -> None:
    with database_of(sample) as session:
        pupils, guardians = session.scalars(select(Student)).all(), session.scalars(select(Guardian)).all()
        assert len(pupils) >= 60
        assert len(guardians) >= 120
        assert {one.id_number[:1] for one in (*pupils, *guardians) if one.id_number} == {"9"}
        assert {one.details["联系电话"][:3] for one in (*pupils, *guardians) if one.details} == {"154"}
        assert {one.code[:2] for one in session.scalars(select(Organisation)) if one.level != "school"} == {"99"}


def test_the_officers_of_a_place_are_different_people_with_passwords_of_their_own(
    sample: Commands, database_of: Any
) -> None:
    path = sample.folder / "accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    accounts = json.loads(path.read_text(encoding="utf-8"))
    assert all(set(one) == {"username", "password", "name", "role", "organisation", "class"} for one in accounts)
    assert len({one["password"] for one in accounts}) == len(accounts)
    assert max(Counter((one["organisation"], one["name"]) for one in accounts).values()) == 1
    assert all((one["class"] is not None) == (one["role"] == "class_teacher") for one in accounts)
    with database_of(sample) as session:
        stored = dict(session.execute(select(Person.username, Person.password_hash)).all())
    passwords = Passwords(Settings.from_environment({}, data_dir=sample.folder))
    assert passwords.fits(stored[accounts[0]["username"]], accounts[0]["password"])
    assert not passwords.fits(stored[accounts[0]["username"]], accounts[1]["password"])


def test_problem_records_wait_at_every_desk(sample: Commands) -> None:
    problems = sample.json("problems", "list")
    assert {(one["kind"], one["level"]) for one in problems} >= {
        ("id_exact", "county"), ("id_exact", "city"), ("id_exact", "province"), ("nsb", "county"), ("near", "school"),
        ("near", "county"), ("near", "province"),
    }  # fmt: skip
    assert {len(one["records"]) for one in problems} == {2, 3, 5}
    assert all(re.match(r"\d{10}#", record) for one in problems for record in one["records"])
    cases = sample.json("cases", "list")
    by_process = {name: {one["phase"] for one in cases if one["process"] == name} for name in ("problem", "no_id")}
    assert by_process["problem"] == set(Problem.declared) - {"settled", "void"}
    assert by_process["no_id"] == {"form", "city"}
    errors = [one for one in cases if one["process"] == "id_error"]
    assert [one["phase"] for one in errors] == ["opened"] * 3
    late = [one for one in cases if one["process"] == "problem" and one["due"] and one["due"] < DAY]
    assert [one["phase"] for one in late] == ["sides"]


def test_the_second_start_keeps_the_data(sample: Commands) -> None:
    before = (sample.folder / "accounts.json").read_bytes(), sample.json("cases", "list")
    note = sample("demo", "--no-serve", "--data-dir", str(sample.folder), "--today", "2026-03-02").stderr
    assert "沿用已有的演示数据" in note
    assert before == ((sample.folder / "accounts.json").read_bytes(), sample.json("cases", "list"))


def test_real_data_are_left_alone(tmp_path: Path) -> None:
    real = Commands(tmp_path / "data")
    real("init", "--code", "650000", "--name", "某某省教育厅", "--system-admin", "甲一", "--security-admin", "乙二",
         "--auditor", "丙三")  # fmt: skip
    assert "已有正式数据" in real.refused("demo", "--no-serve", "--data-dir", str(real.folder))
    assert not (real.folder / "accounts.json").exists()
    assert len(real.json("user", "list")) == 3


def test_an_interrupted_set_up_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = Commands(tmp_path / "data")
    words = ("demo", "--no-serve", "--data-dir", str(demo.folder), "--district", str(tiny_district(tmp_path / "d")))
    with monkeypatch.context() as patch:
        patch.setattr("web.demo.accounts.write", _no_space)
        with pytest.raises(OSError, match="no space"):
            demo(*words)
    assert demo.json("user", "list") == []
    demo(*words)
    accounts = json.loads((demo.folder / "accounts.json").read_text(encoding="utf-8"))
    assert len(demo.json("user", "list")) == len(accounts) == 21


def _no_space(*_: object) -> None:
    raise OSError("no space left")


@pytest.mark.parametrize("day", ["2026-02-16", "2026-07-20", pytest.param("2028-01-01", marks=pytest.mark.deep)])
def test_the_province_can_be_set_up_on_any_day(tmp_path: Path, day: str) -> None:
    demo = Commands(tmp_path / "data")
    demo("demo", "--no-serve", "--data-dir", str(demo.folder), "--today", day)
    assert {one["phase"] for one in demo.json("cases", "list")} >= set(Transfer.declared)


@pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
def test_the_sample_stands_on_postgresql_too(empty_database: str, tmp_path: Path) -> None:
    demo = Commands(tmp_path / "data", empty_database)
    demo("demo", "--no-serve", "--data-dir", str(demo.folder), "--today", DAY)
    assert {one["phase"] for one in demo.json("cases", "list")} >= set(Transfer.declared)
    assert demo.json("audit", "verify")["ok"]
    assert len(demo.json("problems", "list")) == 11
    assert demo("user", "token", "qingsong.clerk").stdout.startswith("xjb_")


# ---- a district ----------------------------------------------------------------------------------------------------


def test_a_district_gets_one_account_for_every_role_and_organisation(
    empty_database: str, tmp_path: Path, database_of: Any
) -> None:
    demo = Commands(tmp_path / "data", empty_database)
    folder = tiny_district(tmp_path / "district")
    demo("demo", "--no-serve", "--data-dir", str(demo.folder), "--district", str(folder), "--today", DAY)
    accounts = json.loads((demo.folder / "accounts.json").read_text(encoding="utf-8"))
    roles: dict[str, list[str]] = {}
    for one in accounts:
        roles.setdefault(one["organisation"], []).append(one["role"])
    assert roles["2199000001"] == ["school_clerk", "school_leader", "check_operator", "class_teacher"]
    assert roles["990101"] == ["dept_clerk", "dept_leader", "arbitrator"]
    assert roles["990000"] == [*roles["990101"], "system_admin", "security_admin", "auditor", "security_admin"]
    assert [one["class"] for one in accounts if one["role"] == "class_teacher"] == ["2025301", "2023101"]
    with database_of(demo) as session:
        offices = {one.code: one for one in session.scalars(select(Organisation))}
        assert offices["3499000002"].competent_dept_id == offices["990100"].id
        assert offices["3499000002"].area_code == "990101"
        assert offices["2199000001"].path == "/" + "".join(
            f"{offices[code].id}/" for code in ("990000", "990100", "990101", "2199000001")
        )
        assert session.scalar(select(func.count()).select_from(Student)) == 0
        assert session.scalar(select(func.count()).select_from(CalendarDay)) > 60
    again = demo.json("import", "organisations", str(folder / "organisations.json"))
    assert (again["offices_added"], again["offices_changed"], again["classes_added"]) == (0, 0, 0)
    assert demo("user", "token", "2199000001.clerk").stdout.startswith("xjb_")


@pytest.mark.skipif(not DISTRICT.is_dir(), reason="the shared district is not on this machine")
def test_the_shared_district_loads_whole(tmp_path: Path) -> None:
    demo = Commands(tmp_path / "data")
    demo("demo", "--no-serve", "--data-dir", str(demo.folder), "--district", str(DISTRICT), "--today", "2025-09-01")
    entries = json.loads((DISTRICT / "organisations.json").read_text(encoding="utf-8"))
    accounts = json.loads((demo.folder / "accounts.json").read_text(encoding="utf-8"))
    assert {one["organisation"] for one in accounts} == {entry["id"] for entry in entries}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"parent": "990109"}, "990109 不存在"),
        ({"competent_dept": "3499000002"}, "是学校"),
        ({"id": "21990000"}, "学校标识码不对"),
        ({"grades": [0]}, "grades"),
        ({"classes": [{"no": "1", "name": "一班", "grade": 3, "entry": "202309"}]}, "7 位班号"),
        ({"name": ""}, "name"),
        ({"id": "990101"}, "多次"),
    ],
)
def test_a_district_that_makes_no_sense_is_refused_whole(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    folder = tiny_district(tmp_path / "district")
    entries = json.loads((folder / "organisations.json").read_text(encoding="utf-8"))
    entries[-1] |= change
    if change.get("id") == "990101":
        entries[-1] |= {"level": "county"}
    (folder / "organisations.json").write_text(json.dumps(entries), encoding="utf-8")
    demo = Commands(tmp_path / "data")
    assert sentence in demo.refused("demo", "--no-serve", "--data-dir", str(demo.folder), "--district", str(folder))
    assert not (demo.folder / "accounts.json").exists()


# ---- what prepares a demonstration ---------------------------------------------------------------------------------


def test_record_numbers_go_to_the_pupils_they_belong_to(sample: Commands, database_of: Any, tmp_path: Path) -> None:
    with database_of(sample) as session:
        undisputed = select(Student).where(Student.disputed.is_(False))
        first, second = session.scalars(undisputed.order_by(Student.id).limit(2))
        numbers = {one.name: str(one.id_number) for one in (first, second)}
        (name, other), first_id = numbers, first.id
        first.record_no = second.record_no = None
        session.commit()
    rows = [
        ("姓名", "身份证件号", "学籍号"),
        *((who, number.lower(), f"G{number}") for who, number in numbers.items()),
        (other, numbers[name], f"G{numbers[other]}"),
        ("查无此人", "990101200001010015", f"G{numbers[name]}"),
        (name, numbers[name], "G123"),
        (name, numbers[name], f"G{numbers[other]}"),
    ]
    answer = sample.json("import", "record-numbers", str(_as_csv(tmp_path / "numbers.csv", rows)))
    kinds = [(fault["row"], fault["kind"]) for fault in answer["faults"]]
    assert (answer["entered"], answer["same"]) == (2, 0)
    assert kinds == [(4, "other_name"), (5, "not_found"), (6, "shape"), (7, "taken")]
    assert not any(number in json.dumps(answer) for number in numbers.values())
    with database_of(sample) as session:
        found = find_pupil(session, name, f"G{numbers[name]}")
        assert found is not None
        assert found[0].id == first_id
    again = sample.json("import", "record-numbers", str(_as_xlsx(tmp_path / "numbers.xlsx", rows[:3])))
    assert (again["entered"], again["same"], again["faults"]) == (0, 2, [])


def test_a_list_without_its_headings_is_refused(sample: Commands, tmp_path: Path) -> None:
    wrong = _as_csv(tmp_path / "wrong.csv", [("名字", "号码"), ("甲", "1")])
    assert "姓名、身份证件号、学籍号" in sample.refused("import", "record-numbers", str(wrong))
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    assert "不是可以读取的 Excel" in sample.refused("import", "record-numbers", str(broken))


def test_a_pupil_can_be_prepared_for_a_demonstration(sample: Commands, database_of: Any) -> None:
    with database_of(sample) as session:
        pupil = session.scalars(select(Student).where(Student.status == "01").limit(1)).one()
        record_no, version = str(pupil.record_no), pupil.version
    sample("student", "set", record_no, "--suspended", "2025-03-03", "2026-03-02", "--today", DAY)
    sample("student", "set", record_no, "--disciplinary", "on")
    with database_of(sample) as session:
        changed = session.get_one(Student, pupil.id)
        assert (changed.suspended_from, changed.suspended_to) == (dt.date(2025, 3, 3), dt.date(2026, 3, 2))
        assert (changed.status, changed.disciplinary, changed.version) == ("02", True, version + 2)
    assert "没有找到" in sample.refused("student", "set", "990101200001010015", "--disciplinary", "off")


def test_a_holiday_announced_later_moves_the_deadlines(sample: Commands, database_of: Any, tmp_path: Path) -> None:
    due = {one["no"]: one["due"] for one in sample.json("cases", "list", "--open") if one["due"] and one["due"] > DAY}
    day = min(due.values())
    file = tmp_path / "holiday.csv"
    file.write_text(f"day,working,note,source\n{day},no,临时放假,样例通知\n", encoding="utf-8")
    answer = sample.json("import", "calendar", str(file), "--today", DAY)
    assert answer["days"] == 1
    assert {no for no, old in due.items() if old == day} <= set(answer["recomputed"])
    after = {one["no"]: one["due"] for one in sample.json("cases", "list", "--open")}
    assert all(after[no] > old for no, old in due.items() if old == day)
    assert sample.json("audit", "verify")["ok"]


def _as_csv(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _as_xlsx(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell)
    return path


# ---- a running demo ------------------------------------------------------------------------------------------------


def test_a_demo_serves_works_and_stops(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(made, folder)
    demo = subprocess.Popen(
        [sys.executable, "-m", "web.cli", "demo", "--data-dir", str(folder), "--port", "0", "--today", DAY],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert demo.stdout is not None
        lines = iter(demo.stdout.readline, "")
        address = next(match[0] for line in lines if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
        with urllib.request.urlopen(f"{address}/healthz", timeout=20) as answer:
            assert answer.read() == b"ok\n"
        port = address.rpartition(":")[2]
        other = Commands(tmp_path / "other")
        taken = other.refused("demo", "--data-dir", str(other.folder), "--port", port)
        assert taken == f"127.0.0.1 的端口 {port} 不能使用（已被占用），请用 --port 换一个。"
        assert not other.folder.exists()
    finally:
        demo.send_signal(signal.SIGTERM)
        _, told = demo.communicate(timeout=30)
    assert demo.returncode == 0
    assert "演示已停止，数据保留。" in told
    assert "Traceback" not in told
    assert day_of(clock.now())  # the clock of this process was never set
    assert not clock.is_set()
