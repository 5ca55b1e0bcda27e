"""Near pairs are found by key over the whole database: each slip by itself, no chance, in few statements."""

import datetime as dt

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models import crypto
from models.findings import DistinctPair
from models.session import reading, transact
from models.students import Student
from tests.cast import Cast
from tests.register import BORN, FAR, NUMBER, Register, number_of
from tests.statements import counted
from workflow.duplicates import near
from workflow.duplicates.near import keys_of
from workflow.identity_key import fold_name

SLIP = number_of("99010120140312111")
MOTHER = "990101198805020028"


@pytest.fixture
def register(engine: Engine, cast: Cast) -> Register:
    return Register(engine, cast)


SCENES = {
    "one digit": ({}, {"number": SLIP}),
    "two digits swapped": ({}, {"number": number_of("99010120140312101")}),
    "one digit of the birth date": ({}, {"number": number_of("99010120140313011"), "born": dt.date(2014, 3, 13)}),
    "the same sound": ({}, {"name": "王晓明", "number": SLIP}),
    "the same sound, without number": ({"number": None}, {"name": "王晓明", "number": None}),
    "a look-alike, without number": ({"number": None}, {"name": "王小朋", "number": None}),
    "swapped parts, without number": ({"number": None}, {"name": "小明王", "number": None}),
    "one of two without number": ({}, {"number": None}),
    "one mother, another number": ({"guardian": MOTHER}, {"number": FAR, "guardian": MOTHER}),
    "one mother, another day": (
        {"guardian": MOTHER},
        {"number": None, "born": dt.date(2014, 12, 3), "guardian": MOTHER},
    ),
    "a record number made from the other's ID number": ({}, {"number": FAR, "record_no": "G" + NUMBER}),
    "an old record number": (
        {"number": None, "record_no": "J" + number_of("99010120140312961")},
        {"name": "王晓明", "number": FAR, "record_no": "J" + number_of("99010120140312961")},
    ),
    "an old record number with one digit off": (
        {"number": None, "record_no": "J" + number_of("99010120140312961")},
        {"name": "王晓明", "number": None, "record_no": "J" + number_of("99010220140312961")},
    ),
}


@pytest.mark.parametrize(("one", "other"), SCENES.values(), ids=list(SCENES))
def test_a_child_entered_twice_is_found_from_both_sides(register: Register, one: dict, other: dict) -> None:
    first = register.add("a1", **{"name": "王小明", "number": NUMBER, **one})
    second = register.add("d1", **{"name": "王小明", **other})
    register.scan()
    assert list(register.found("near")) == [(first, second)]
    for asking in (first, second):
        assert [(pair.one, pair.other) for pair in register.look(asking)] == [(first, second)]


CHANCE = {
    "namesakes of one day": {"number": FAR},
    "strangers with neighbouring numbers": {"name": "李思涵", "number": SLIP},
    "a sibling": {"name": "王大壮", "number": number_of("99010120160801017"), "born": dt.date(2016, 8, 1),
                  "guardian": MOTHER},
    "a J number that looks like the other's ID number": {"name": "李思涵", "number": FAR, "record_no": "J" + NUMBER},
    "a namesake of another year": {"number": None, "born": dt.date(2011, 3, 12)},
}  # fmt: skip


@pytest.mark.parametrize("other", CHANCE.values(), ids=list(CHANCE))
def test_chance_is_no_finding(register: Register, other: dict) -> None:
    register.add("a1", "王小明", NUMBER, guardian=MOTHER)
    register.add("d1", **{"name": "王小明", **other})
    assert register.scan().found == 0
    assert register.found() == {}


def test_what_shares_the_very_key_is_no_near_pair(register: Register) -> None:
    for school in ("a1", "d1"):
        register.add(school, "王小明", NUMBER)
        register.add(school, "李思涵", None)
    register.scan()
    assert register.found("near") == {}
    assert {finding.kind for finding in register.found().values()} == {"id_exact", "nsb"}


def test_different_children_are_remembered_for_the_pair_until_that_is_taken_back(register: Register) -> None:
    pair = register.add("a1", "王小明", NUMBER), register.add("d1", "王晓明", SLIP)

    def decide(session: Session) -> None:
        decided = DistinctPair(student_low_id=pair[0], student_high_id=pair[1], decided_at=register.now, decided_by=1)
        session.add(decided)

    transact(register.engine, decide)
    register.scan()
    assert register.found("near") == {}

    def take_back(session: Session) -> None:
        session.get_one(DistinctPair, pair).revoked_at = register.now

    transact(register.engine, take_back)
    register.scan()
    assert list(register.found("near")) == [pair]


def test_a_retired_record_is_like_nobody(register: Register) -> None:
    register.add("a1", "王小明", NUMBER)
    other = register.add("d1", "王晓明", SLIP)
    register.change(other, retired_at=register.now, retired_why="deleted", disputed=True)
    assert register.scan().found == 0


def test_at_most_169_numbers_are_looked_for() -> None:
    crypto.use(crypto.KeyRing.create())
    student = Student(name="王小明", name_key="王小明", sex="male", birth_date=BORN)
    for body in ("99010120140312011", "99010119991231999", "12345620000101123", "99887720110305468"):
        student.id_number = number_of(body)
        assert 100 < len(keys_of(student).numbers) <= 169
        assert len(keys_of(student, upwards=True).numbers) < len(keys_of(student).numbers)


def test_the_database_is_asked_five_times_whatever_it_holds(register: Register) -> None:
    """The records, who comes near, families, guardians, and who was judged to be different."""
    for number in range(12):
        register.add("a1", "王小明", number_of(f"9901012014031{number + 30:02}1{number % 5 * 2 + 1}"), guardian=MOTHER)
    register.scan()
    asked = []
    with reading(register.engine) as session:
        students = session.query(Student).order_by(Student.id).all()
        for count in (2, 12):
            with counted(register.engine) as seen:
                assert near.look(session, students[-count:])
            asked.append(len(seen))
    assert asked == [4, 4]


def test_names_are_kept_as_entered_and_compared_folded(register: Register) -> None:
    first = register.add("a1", "古丽娜尔·艾合买提", NUMBER)
    second = register.add("d1", "古丽娜尔 • 艾合买提", SLIP)
    register.scan()
    (finding,) = register.found("near").values()
    assert [reason["kind"] for reason in finding.reasons if reason["field"] == "name"] == ["written"]
    with reading(register.engine) as session:
        kept = [session.get_one(Student, number).name for number in (first, second)]
    assert kept == ["古丽娜尔·艾合买提", "古丽娜尔 • 艾合买提"]
    assert fold_name(kept[0]) == fold_name(kept[1])
