"""A transfer through the door: the three routes, return, refusal, ruling, arrival."""

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.certificates import Certificate
from models.outbox import OutboxRow
from models.students import Enrolment, Student
from tests.cast import Cast, build
from tests.play import Play
from workflow import journal
from workflow.errors import NotAllowed, NotFound, Stale, Unmet


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    return Play(engine, cast)


def test_a_pupil_moves_to_the_next_school_of_the_county(play: Play, session: Session, cast: Cast) -> None:
    play.open("a1", "沈明铭")
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school"
    assert play.act("a1:school_leader", "approve").phase == "releasing_school"
    assert play.act("a2:school_leader", "approve", comment="同意转出").phase == "common_department"
    assert play.act("k1:dept_leader", "approve").phase == "arrival"
    assert play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01").phase == "effective"

    student = session.get_one(Student, cast.pupil["沈明铭"])
    spells = session.scalars(select(Enrolment).where(Enrolment.student_id == student.id).order_by(Enrolment.id)).all()
    assert [spell.school_id for spell in spells] == [cast.org["a2"], cast.org["a1"]]
    assert spells[0].ended_on is not None
    assert spells[0].end_code == "21"
    assert spells[0].copy_sealed
    assert spells[1].ended_on is None
    assert student.record_no == cast.record_no["沈明铭"]
    assert session.scalars(select(Certificate)).one().number.startswith("转证〔2025〕2199000001-")
    case = session.scalars(select(Case).where(Case.no == play.no)).one()
    assert journal.broken(session, case) is None
    assert (
        session.scalar(select(func.count()).select_from(WorkItem).where(WorkItem.case_id == case.id, WorkItem.open))
        == 0
    )
    assert session.scalars(select(Case).where(Case.parent_id == case.id)).one().phase == "to_send"
    assert session.scalar(select(func.count()).select_from(OutboxRow)) > 5
    assert session.scalars(select(Event.action).where(Event.case_id == case.id).order_by(Event.seq)).all() == [
        "open",
        "submit",
        "approve",
        "approve",
        "approve",
        "confirm_arrival",
    ]


def test_two_counties_sign_in_four_steps(play: Play) -> None:
    play.open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    phases = [
        play.act(who, "approve").phase
        for who in ("a1:school_leader", "k1:dept_leader", "b1:school_leader", "k2:dept_leader")
    ]
    assert phases == ["receiving_department", "releasing_school", "releasing_department", "arrival"]


def test_after_a_return_the_case_goes_straight_back(play: Play) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    assert play.act("a2:school_leader", "return", comment="居住证明不清楚", items=["居住证明"]).phase == "draft"
    assert play.act("a1:school_clerk", "submit").phase == "releasing_school"


def test_an_unlisted_refusal_goes_to_the_common_authority_which_may_overrule(play: Play) -> None:
    play.open("a1", "𠮷田䶮", target_grade=3)
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("k1:dept_leader", "approve")
    assert play.act("b1:school_leader", "refuse", cause="其他", comment="学费未结清").phase == "contested"
    assert play.act("city1:dept_leader", "approve", comment="学费纠纷不是理由").phase == "releasing_department"


def test_a_listed_refusal_ends_the_case(play: Play) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    assert play.act("a2:school_leader", "refuse", cause="学生信息不符", comment="姓名用字不符").phase == "rejected"


def test_a_refusal_without_reason_changes_nothing(play: Play) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_leader", "refuse", cause="不喜欢")
    assert {reason.field for reason in refused.value.reasons} == {"comment", "cause"}
    assert play.phase == "receiving_school"


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("a1:school_clerk", NotAllowed),
        ("d1:school_leader", NotFound),
        ("k1:dept_leader", NotAllowed),
        ("k3:dept_leader", NotFound),
    ],
)
def test_only_the_office_that_is_asked_may_decide(play: Play, who: str, error: type[Exception]) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    with pytest.raises(error):
        play.act(who, "approve")
    assert play.phase == "receiving_school"


def test_a_stale_page_is_told_who_acted(play: Play) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    with pytest.raises(Stale) as stale:
        play.act("a1:school_leader", "approve", revision=1)
    assert stale.value.action == "approve"


def test_the_same_request_twice_is_answered_once(play: Play) -> None:
    play.open("a1", "沈明铭")
    first = play.act("a1:school_clerk", "submit", key="the-same-key-00001", revision=0)
    again = play.act("a1:school_clerk", "submit", key="the-same-key-00001", revision=0)
    assert (first.revision, first.phase) == (again.revision, again.phase)
    assert again.repeated
