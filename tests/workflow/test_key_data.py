"""Corrections of key data: what may stand in a record, what is kept of it, and what becomes of a shared number."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import crypto
from models.findings import Finding, FindingRecord
from models.key_data import KeyChange
from models.people import SYSTEM_PERSON_ID
from models.session import reading, transact
from models.students import Student
from tests.cast import MONDAY, Cast, add_pupil
from workflow import key_data
from workflow.calendar import day_of
from workflow.errors import Unmet
from workflow.identity import check_character
from workflow.settings import mark_demo
from workflow.world import world_of

TODAY = day_of(MONDAY)


@pytest.fixture(autouse=True)
def demo(session: Session, cast: Cast) -> None:
    mark_demo(session, "sample", MONDAY)
    session.commit()


def number(born: str, digit: int, area: str = "990101") -> str:
    first17 = f"{area}{born}{digit:03d}"
    return first17 + check_character(first17)


def correct(engine: Engine, cast: Cast, pupil: str, **values: Any) -> None:
    def work(session: Session) -> None:
        student = session.get_one(Student, cast.pupil[pupil])
        world = world_of(session)
        key_data.correct(session, world, student, values, by=SYSTEM_PERSON_ID, now=MONDAY, today=TODAY)

    transact(engine, work)


def pupil(engine: Engine, cast: Cast, name: str) -> Student:
    with reading(engine) as session:
        return session.get_one(Student, cast.pupil[name])


def findings_of(engine: Engine, kind: str) -> list[tuple[str, set[int | None]]]:
    with reading(engine) as session:
        found = []
        for finding in session.scalars(select(Finding).where(Finding.kind == kind)):
            members = session.scalars(select(FindingRecord.student_id).where(FindingRecord.finding_id == finding.id))
            found.append((finding.state, set(members)))
        return found


def test_a_correction_keeps_what_stood_there_and_never_touches_the_record_number(engine: Engine, cast: Cast) -> None:
    before = pupil(engine, cast, "沈明铭")
    fresh = number("20140312", 801)
    correct(engine, cast, "沈明铭", name="沈明名", id_number=f" {fresh.lower()} ")
    after = pupil(engine, cast, "沈明铭")
    assert (after.name, after.name_key, after.id_number) == ("沈明名", "沈明名", fresh)
    assert (after.record_no, after.version, after.disputed) == (before.record_no, before.version + 1, False)
    with reading(engine) as session:
        change = session.scalars(select(KeyChange)).one()
        assert change.fields == ["name", "id_number"]
        assert key_data.opened(after, change) == (
            {"name": "沈明铭", "id_number": before.id_number},
            {"name": "沈明名", "id_number": fresh},
        )
        assert before.id_number.encode() not in change.old_sealed


def test_the_history_ends_with_the_pupils_key(engine: Engine, cast: Cast) -> None:
    correct(engine, cast, "沈明铭", name="沈明名")
    with reading(engine) as session:
        student, change = session.get_one(Student, cast.pupil["沈明铭"]), session.scalars(select(KeyChange)).one()
        session.expunge(student)
        student.data_key = None
        with pytest.raises(crypto.KeyMissing):
            key_data.opened(student, change)


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"id_number": "990101201403120010"}, "id_number", "校验码"),
        ({"id_number": "99010120140230001X"}, "id_number", "不存在"),
        ({"id_number": "99010120140312001"}, "id_number", "17 位"),
        ({"id_number": number("20140312", 802)}, "sex", "第 17 位"),
        ({"id_number": number("20140313", 801)}, "birth_date", "出生日期"),
        ({"sex": "female"}, "sex", "第 17 位"),
        ({"birth_date": "2014-03-13"}, "birth_date", "出生日期"),
        ({"birth_date": "2014-02-30"}, "birth_date", "出生日期"),
        ({"sex": "x"}, "sex", "男或女"),
        ({"id_number": ""}, "id_number", "必须填写"),
        ({"id_type": "护照"}, "id_number", "护照"),
        ({"id_type": "B"}, "id_type", "可选项"),
        ({"name": "沈1"}, "name", "不能用在姓名里"),
        ({"name": ""}, "name", "请填写姓名"),
        ({"name": 5}, "name", "文字"),
        ({"grade": "5"}, "grade", "不能更正"),
        ({"name": "沈明铭"}, "", "相同"),
    ],
)
def test_what_may_not_stand_in_a_record_is_refused_at_its_field(
    engine: Engine, cast: Cast, values: dict[str, Any], field: str, why: str
) -> None:
    with pytest.raises(Unmet) as refused:
        correct(engine, cast, "沈明铭", **values)
    reasons = {reason.field.removeprefix("corrected").lstrip("."): reason.message for reason in refused.value.reasons}
    assert why in reasons[field]
    assert "990101" not in "".join(reasons.values()), "no number stands in a sentence"
    assert pupil(engine, cast, "沈明铭").version == 1


def test_a_number_that_somebody_else_has_makes_a_finding_and_no_error(engine: Engine, cast: Cast) -> None:
    other = pupil(engine, cast, "沈明铭")

    def enrol(session: Session) -> None:
        add_pupil(session, cast, "a1", "沈小明", "male", grade=5, sequence=300)

    transact(engine, enrol)
    assert other.id_number
    correct(engine, cast, "沈小明", id_number=other.id_number)
    mine = pupil(engine, cast, "沈小明")
    assert (mine.disputed, pupil(engine, cast, "沈明铭").disputed) == (True, False)
    assert findings_of(engine, "id_exact") == [("open", {other.id, mine.id})]


def test_going_away_from_a_shared_number_leaves_the_other_record_its_number(engine: Engine, cast: Cast) -> None:
    test_a_number_that_somebody_else_has_makes_a_finding_and_no_error(engine, cast)
    correct(engine, cast, "沈明铭", id_number=number("20140312", 801))
    assert not pupil(engine, cast, "沈明铭").disputed
    assert not pupil(engine, cast, "沈小明").disputed, "the only one left with the number"
    assert findings_of(engine, "id_exact")[0][0] == "closed"


def test_a_record_that_loses_its_number_is_compared_by_name_sex_and_birth_date(engine: Engine, cast: Cast) -> None:
    def enrol(session: Session) -> None:
        twin = add_pupil(session, cast, "a1", "沈明铭二", "male", grade=5, sequence=300)
        twin.name, twin.name_key, twin.id_number, twin.id_type = "沈明铭", "沈明铭", None, "Z"

    transact(engine, enrol)
    correct(engine, cast, "沈明铭", id_type="其他", id_number="")
    assert pupil(engine, cast, "沈明铭").id_number is None
    assert findings_of(engine, "nsb")[0][1] == {cast.pupil["沈明铭"], cast.pupil["沈明铭二"]}


def test_a_verdict_about_the_old_name_or_number_says_nothing_of_the_new_one(engine: Engine, cast: Cast) -> None:
    def judge(session: Session) -> None:
        session.get_one(Student, cast.pupil["沈明铭"]).id_verdict = "name_mismatch"

    transact(engine, judge)
    correct(engine, cast, "沈明铭", name="沈明名")
    assert pupil(engine, cast, "沈明铭").id_verdict == "unknown"


def test_only_demonstration_data_know_area_99(engine: Engine, cast: Cast) -> None:
    student = pupil(engine, cast, "沈明铭")
    assert key_data.codes_of(student, TODAY, demo=True) == []
    assert key_data.codes_of(student, TODAY, demo=False) == ["id_area"]
