"""Across provinces: milestones our clerk enters, the pupil who comes with the file pull, and the one who leaves."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from models.cases import Event
from models.certificates import Certificate
from models.findings import Finding
from models.students import Enrolment, StatusChange, Student
from models.text import canonical
from models.transfers import Milestone, Transfer
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.play import Play
from workflow.errors import NotAllowed, Unmet
from workflow.identity import check_character
from workflow.transfers.outside import MILESTONE_NAMES

Ask = Callable[[Select[Any]], list[Any]]
NUMBER = "99030120150506001"
NUMBER += check_character(NUMBER)
PULLED = {"sex": "male", "birth_date": "2015-05-06", "id_type": "1", "id_number": NUMBER, "ethnicity": "汉族"}
COMING = {
    "direction": "incoming", "record_no": f"G{NUMBER}", "name": "林远来",
    "outside": {"province": "海西省", "school": "海西第一小学"},
}  # fmt: skip
LEAVING = {
    "direction": "outgoing", "to_class": "", "target_grade": 5,
    "outside": {"province": "海西省", "school": "海西第一小学", "request_no": "HX-2025-77"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine = request.getfixturevalue("engine")
    yield
    assert_consistent(engine)


@pytest.fixture
def coming(play: Play) -> Play:
    """A request for a pupil from another province that waits for the relay check."""
    play.open("a1", "林远来", **COMING).act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("k1:dept_leader", "approve")
    return play


def enter(play: Play, result: str = "agreed", **values: object) -> str:
    return play.act("a1:school_clerk", "record_milestone", result=result, on_date="2025-09-01", **values).phase


def test_a_pupil_comes_with_the_file_pull(coming: Play, session: Session) -> None:
    assert [enter(coming), enter(coming), enter(coming)] == ["releasing_school", "releasing_department", "arrival"]
    with pytest.raises(Unmet) as early:
        coming.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    assert "还没有登记调档" in early.value.reasons[0].message
    assert enter(coming, pulled=PULLED) == "arrival"
    assert coming.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01").phase == "effective"
    student = session.scalars(select(Student).where(Student.name == "林远来")).one()
    assert (student.record_no, student.id_number, student.disputed) == (f"G{NUMBER}", NUMBER, False)
    spell = session.scalars(select(Enrolment).where(Enrolment.student_id == student.id)).one()
    assert (spell.school_id, spell.ended_on) == (coming.cast.org["a1"], None)
    assert session.scalars(select(Certificate)).one().facts["kind"] == "跨省转学"
    kinds = session.scalars(select(Milestone.kind).order_by(Milestone.id)).all()
    assert kinds == list(MILESTONE_NAMES)


def test_a_bounced_relay_check_comes_back_is_corrected_and_goes_again(coming: Play, ask: Ask) -> None:
    assert enter(coming, "bounced", comment="2001 学籍信息不符") == "draft"
    assert ask(select(Transfer.pulled_sealed)) == [None]
    assert coming.act("a1:school_clerk", "submit").phase == "releasing_school", "nothing changed: straight back"
    assert enter(coming) == "releasing_school"
    assert enter(coming, "refused", comment="对方不同意") == "rejected"


def test_a_refused_or_bounced_file_pull_brings_no_data(coming: Play, ask: Ask) -> None:
    for _ in range(3):
        enter(coming)
    assert enter(coming, "bounced", pulled=PULLED) == "draft"
    assert ask(select(Transfer.pulled_sealed)) == [None]
    assert coming.act("a1:school_clerk", "submit").phase == "arrival", "all consents stand"
    with pytest.raises(Unmet) as refused:
        enter(coming)
    assert [reason.field for reason in refused.value.reasons] == ["pulled"]


@pytest.mark.parametrize(
    "change",
    [
        {"sex": "other"}, {"sex": "female"}, {"birth_date": "2015-05-07"}, {"birth_date": "1915-05-06"},
        {"id_number": NUMBER[:-1]}, {"id_number": ["x"]}, {"id_type": {"a": 1}}, {"ethnicity": "长" * 21}, {"more": 1},
        {"birth_date": None},
    ],
)  # fmt: skip
def test_what_a_file_pull_brings_is_checked(coming: Play, change: dict[str, object]) -> None:
    for _ in range(3):
        enter(coming)
    with pytest.raises(Unmet) as refused:
        enter(coming, pulled={**PULLED, **change})
    assert [reason.field for reason in refused.value.reasons] == ["pulled"]


def test_a_number_that_stands_in_another_record_is_stored_as_disputed_with_its_finding(
    coming: Play, session: Session, cast: Cast
) -> None:
    twin = session.get_one(Student, cast.pupil["丁思欣"])
    twin.id_number = NUMBER
    session.commit()
    for _ in range(3):
        enter(coming)
    enter(coming, pulled=PULLED)
    coming.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    student = session.scalars(select(Student).where(Student.name == "林远来")).one()
    assert student.disputed
    finding = session.scalars(select(Finding)).one()
    assert {record.student_id for record in finding.records} == {twin.id, student.id}
    assert (finding.state, finding.decider_id) == ("open", cast.org["a1"])


def test_after_all_consents_a_request_across_provinces_cannot_be_withdrawn(coming: Play) -> None:
    for _ in range(3):
        enter(coming)
    with pytest.raises(Unmet) as refused:
        coming.act("a1:school_clerk", "withdraw")
    assert "不能再撤回" in refused.value.reasons[0].message
    assert refused.value.reasons[0].citation


def test_before_that_it_can(coming: Play) -> None:
    assert coming.act("a1:school_clerk", "withdraw").phase == "withdrawn"


def test_a_milestone_is_entered_by_the_clerk_and_nobody_decides_it(coming: Play) -> None:
    for who in ("a1:school_leader", "a1:school_clerk", "k1:dept_leader"):
        with pytest.raises(NotAllowed):
            coming.act(who, "approve")
        with pytest.raises(NotAllowed):
            coming.act(who, "refuse", cause="其他", comment="不同意")
    with pytest.raises(Unmet) as refused:
        enter(coming, "maybe")
    assert [reason.field for reason in refused.value.reasons] == ["result"]
    with pytest.raises(Unmet) as refused:
        enter(coming, evidence="no-such-paper")
    assert [reason.field for reason in refused.value.reasons] == ["evidence"]


def test_words_and_numbers_of_the_pull_do_not_enter_the_log(coming: Play, session: Session) -> None:
    for _ in range(3):
        enter(coming)
    enter(coming, pulled=PULLED)
    bodies = [canonical(body) for body in session.scalars(select(Event.body))]
    assert not any(NUMBER.encode() in body for body in bodies)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({**COMING, "record_no": ""}, "record_no"),
        ({**COMING, "name": ""}, "name"),
        ({**COMING, "outside": {"province": "海西省"}}, "outside.school"),
        ({**COMING, "outside": None}, "outside"),
        ({**COMING, "reason": ""}, "reason"),
    ],
)
def test_what_the_relay_needs_must_be_there_before_it_is_sent(
    play: Play, given: dict[str, object], missing: str
) -> None:
    with pytest.raises(Unmet) as refused:
        play.open("a1", "林远来", **given).act("a1:school_clerk", "submit")  # type: ignore[arg-type]
    assert missing in {reason.field for reason in refused.value.reasons}


@pytest.fixture
def leaving(play: Play) -> Play:
    """A pupil of ours asked for by another province; our offices have agreed."""
    play.open("a1", "丁思欣", papers=(), **LEAVING).act("a1:school_clerk", "submit")
    assert play.act("a1:school_leader", "approve").phase == "releasing_department"
    assert play.act("k1:dept_leader", "approve").phase == "arrival"
    return play


def test_a_pupil_leaves_when_the_file_is_pulled(leaving: Play, session: Session, cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="现在不能做"):
        leaving.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    assert enter(leaving) == "effective"
    student = session.get_one(Student, cast.pupil["丁思欣"])
    session.refresh(student)
    assert (student.status, student.version) == ("10", 2)
    assert session.scalars(select(Enrolment).where(Enrolment.student_id == student.id)).one().ended_on is not None
    assert session.scalars(select(StatusChange.code)).all() == ["21"]
    assert session.scalars(select(Certificate)).all() == []


def test_without_the_pull_the_pupil_stays(leaving: Play, session: Session, cast: Cast) -> None:
    assert enter(leaving, "refused") == "rejected"
    spells = session.scalars(select(Enrolment).where(Enrolment.student_id == cast.pupil["丁思欣"]))
    assert spells.one().ended_on is None


def test_an_outgoing_request_needs_the_other_sides_number(play: Play) -> None:
    given = {**LEAVING, "outside": {"province": "海西省", "school": "海西第一小学"}}
    with pytest.raises(Unmet) as refused:
        play.open("a1", "丁思欣", papers=(), **given).act("a1:school_clerk", "submit")  # type: ignore[arg-type]
    assert [reason.field for reason in refused.value.reasons if reason.blocks] == ["outside.request_no"]


def test_our_own_refusal_across_provinces_has_nobody_above_to_rule(play: Play) -> None:
    play.open("a1", "丁思欣", papers=(), **LEAVING).act("a1:school_clerk", "submit")
    assert play.act("a1:school_leader", "refuse", cause="其他", comment="不同意").phase == "rejected"


def test_another_school_can_be_assigned_and_its_clerk_enters_the_milestones(play: Play, cast: Cast) -> None:
    play.open("a1", "林远来", **COMING).act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    given = {"to": cast.code["a2"], "to_class": cast.room[("a2", 5)].no, "comment": "统筹"}
    assert play.act("k1:dept_leader", "reassign_target", **given).phase == "receiving_school"
    play.act("a2:school_leader", "approve")
    play.act("k1:dept_leader", "approve")
    with pytest.raises(NotAllowed):
        enter(play)
    done = play.act("a2:school_clerk", "record_milestone", result="agreed", on_date="2025-09-01")
    assert done.phase == "releasing_school"
