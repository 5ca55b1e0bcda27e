"""The scan: every group once, on from where it was killed, by any number of workers, and what holds no longer ends."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.findings import Finding, NameTrace, ScannedRecord, ScanRun
from models.session import reading, transact
from models.students import Student
from tests.cast import Cast
from tests.register import FAR, NUMBER, Register, number_of
from tests.statements import counted
from workflow.duplicates import comparing, near, scan
from workflow.world import world_of

SLIP = number_of("99010120140312111")


@pytest.fixture
def register(engine: Engine, cast: Cast) -> Register:
    return Register(engine, cast)


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(near.BATCH, "sqlite", 3)
    monkeypatch.setitem(near.BATCH, "postgresql", 3)
    monkeypatch.setattr(scan, "GROUPS", 2)
    monkeypatch.setattr(scan, "FINDINGS", 2)


def fill(register: Register) -> None:
    """Two groups by number, two without number, and two near pairs."""
    for place, name in enumerate(("王小明", "李思涵")):
        number = number_of(f"9901012013101{place}4{place}1")
        for school in ("a1", "d1"):
            register.add(school, name, number, born=dt.date(2013, 10, 10 + place))
            register.add(school, f"古丽娜尔·{name}", None)
    register.add("a1", "陈晨曦", NUMBER)
    register.add("b1", "陈宸希", SLIP)
    register.add("a1", "赵文佳", None)
    register.add("e1", "赵文佳", FAR)


def everything(register: Register) -> set[tuple[str, tuple[int, ...]]]:
    return {(finding.kind, students) for students, finding in register.found().items()}


def test_every_group_is_found_once_whatever_the_portions(register: Register, small_portions: None) -> None:
    fill(register)
    run = register.scan()
    assert (run.state, run.done, run.total, run.found) == ("done", 20, 20, 6)
    kinds = sorted(kind for kind, _ in everything(register))
    assert kinds == ["id_exact", "id_exact", "near", "near", "nsb", "nsb"]
    before = everything(register)
    assert register.scan().found == 0
    assert everything(register) == before


def test_a_killed_scan_goes_on_where_it_was(
    register: Register, small_portions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A portion that dies leaves nothing of itself; another worker does it again and goes on."""
    fill(register)
    transact(register.engine, lambda session: scan.start(session, register.now))
    reached, deaths, last = [place(register)], 0, register.add("a1", "宋佳", None)
    while True:
        if reached[-1][0] == "near" and reached[-1][1] < last:
            with monkeypatch.context() as patch:
                patch.setattr(comparing, "_mark", die)
                with pytest.raises(Killed):
                    step(register)
            deaths += 1
            assert place(register) == reached[-1], "nothing of a dead portion is kept"
        run = step(register)
        reached.append(place(register))
        if run.state == "done":
            break
    assert deaths == 7, "21 records in portions of 3"
    assert (run.done, run.found, len(everything(register))) == (21, 6, 6)
    assert all(earlier <= later for (one, earlier), (other, later) in pairwise(reached) if one == other)


class Killed(BaseException):
    pass


def die(*_: Any) -> None:
    raise Killed


def step(register: Register) -> ScanRun:
    run = transact(register.engine, lambda session: scan.advance(session, register.now))
    assert run is not None
    return run


def place(register: Register) -> tuple[str, int]:
    with reading(register.engine) as session:
        run = session.scalars(select(ScanRun)).one()
        return run.step, run.position


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_second_worker_does_not_wait_for_the_portion_of_the_first(register: Register) -> None:
    fill(register)
    transact(register.engine, lambda session: scan.start(session, register.now))
    with Session(register.engine) as first:
        assert scan.advance(first, register.now) is not None
        assert transact(register.engine, lambda session: scan.advance(session, register.now)) is None
        first.commit()
    assert register.scan().found == 6


def test_a_run_is_begun_once(register: Register) -> None:
    first = transact(register.engine, lambda session: scan.start(session, register.now))
    second = transact(register.engine, lambda session: scan.start(session, register.now, scope=scan.NEW))
    assert (first.id, second.scope) == (second.id, scan.FULL)


def test_new_and_changed_records_are_compared_by_themselves(register: Register) -> None:
    fill(register)
    register.scan()
    assert register.scan(scan.NEW).total == 0
    changed = register.add("d1", "周子豪", number_of("99020220140312951"))
    register.add("a1", "周子浩", number_of("99020220140312751"))
    run = register.scan(scan.NEW)
    assert (run.total, run.done, run.found) == (2, 2, 1)
    register.change(changed, id_number=number_of("99010120140312113"))
    run = register.scan(scan.NEW)
    assert (run.total, run.done) == (1, 1)


def test_a_record_that_changed_is_found_by_its_new_name(register: Register) -> None:
    one = register.add("a1", "李思涵", None)
    other = register.add("d1", "王小明", None)
    register.scan()
    assert register.found("near") == {}
    register.change(one, name="王晓明")
    register.scan()
    assert list(register.found("near")) == [(one, other)]
    with reading(register.engine) as session:
        assert session.scalar(select(func.count()).where(ScannedRecord.student_id == one)) == 1
        assert session.scalar(select(func.count()).where(NameTrace.student_id == one)) >= 1


def test_a_pair_whose_lower_number_came_in_after_the_higher_one_was_compared_is_found(register: Register) -> None:
    """Of two numbers the lower one looks for the higher; a record that is new looks both ways."""
    low, high = sorted((NUMBER, SLIP))
    first = register.add("a1", "王小明", low, guardian="990101198805020028")
    register.scan()
    second = register.add("d1", "黄小敏", high, guardian="990101198805020028")
    register.change(second, name="王小明")
    register.scan(scan.NEW)
    assert list(register.found("near")) == [(first, second)]


def test_what_holds_no_longer_is_closed_and_what_does_stays(register: Register) -> None:
    fill(register)
    register.scan()
    by_kind: dict[str, list[tuple[int, ...]]] = {}
    for kind, students in sorted(everything(register)):
        by_kind.setdefault(kind, []).append(students)
    register.change(by_kind["id_exact"][0][1], id_number=number_of("99030120131010901"), disputed=False)
    register.change(by_kind["nsb"][0][1], name="周子豪")
    register.change(by_kind["near"][0][1], retired_at=register.now, retired_why="deleted", disputed=True)
    register.scan()
    left = everything(register)
    assert {(kind, students[1]) for kind, students in by_kind.items()} <= left
    assert not left & {(kind, students[0]) for kind, students in by_kind.items()}


def test_a_dismissed_pair_stays_dismissed_and_a_better_reason_is_noted(register: Register) -> None:
    pair = register.add("a1", "王小明", NUMBER), register.add("d1", "王晓明", SLIP)
    register.scan()

    def dismiss(session: Session) -> None:
        session.scalars(select(Finding)).one().state = "dismissed"

    transact(register.engine, dismiss)
    register.change(pair[1], name="王小明")
    register.scan()
    assert register.found() == {}
    assert list(register.found(state="dismissed")) == [pair]


def test_a_portion_asks_the_same_whatever_it_finds(register: Register) -> None:
    fill(register)
    transact(register.engine, world_of)  # offices and rules are in memory
    transact(register.engine, lambda session: scan.start(session, register.now))
    asked: dict[str, int] = {}
    while True:
        with reading(register.engine) as session:
            name = session.scalars(select(ScanRun.step)).one()
        with counted(register.engine) as seen:
            run = step(register)
        asked[name] = max(asked.get(name, 0), len(seen))
        if run.state == "done":
            break
    assert all(count <= MOST[name] for name, count in asked.items()), asked


MOST = {"exact": 12, "nsb": 13, "near": 19, "blocked": 4, "recheck": 10}


def test_numbers_of_ten_thousand_pairs_are_found_and_of_near_misses_none(register: Register) -> None:
    """Promise P15 in the database: as many pairs, and as many numbers one slip away from each other."""
    count = 2000
    numbers = [number_of(f"990101{2000 + place // 1000}0312{place % 1000:03}") for place in range(count)]
    rows = [
        {"name": f"生{place}", "name_key": f"生{place}", "sex": "male", "birth_date": dt.date(2014, 3, 12),
         "created_at": register.now, "id_number_index": Student.id_number.index_of(number), "disputed": again}
        for place, number in enumerate(numbers) for again in (False, True)
    ]  # fmt: skip
    near_misses = [
        {**rows[2 * place], "id_number_index": Student.id_number.index_of(number_of("98" + number[2:17]))}
        for place, number in enumerate(numbers)
    ]
    transact(register.engine, lambda session: session.execute(Student.__table__.insert(), with_ids(rows + near_misses)))
    with reading(register.engine) as session:
        found: list[bytes] = []
        while portion := scan.repeated_numbers(session, found[-1] if found else None, 700):
            found += portion
    assert found == sorted(Student.id_number.index_of(number) for number in numbers)


def with_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "public_id": f"{place:026}", "id": 1000 + place} for place, row in enumerate(rows)]
