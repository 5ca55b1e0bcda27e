"""A pupil without an ID number: the signed form goes up to the province, then the school is asked every term."""

import datetime as dt

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.cases import Case, CaseScope, Timer, WorkItem
from models.findings import Finding
from models.key_data import KeyChange
from models.organisations import Organisation
from models.outbox import OutboxRow
from models.session import reading, transact
from models.students import Enrolment, Student
from tests.cast import Cast
from tests.decree import decree
from tests.faulty import good_number
from tests.numberless import LEADERS, Numberless
from tests.play import Play
from workflow import closing, timers
from workflow.calendar import day_of, due_day_of
from workflow.errors import NotAllowed, NotFound, Unmet
from workflow.no_id.lists import FORM


@pytest.fixture
def pupil(engine: Engine, cast: Cast) -> Numberless:
    return Numberless(engine, cast)


def ring(pupil: Numberless, at: dt.datetime) -> None:
    """Let every timer of the case fire that is due at `at`."""
    pupil.now = at

    def fire(session: Session) -> None:
        for due in timers.claim(session, at):
            timers.fire(session, due, at)

    while_due = select(func.count()).select_from(Timer).where(Timer.fired_at.is_(None), Timer.due_at <= at)
    with reading(pupil.engine) as session:
        waiting = session.scalar(while_due)
    if waiting:
        transact(pupil.engine, fire)


def test_a_record_of_type_other_without_number_opens_the_process_once(pupil: Numberless) -> None:
    pupil.enrol()
    assert pupil.no.startswith("WH2025-")
    assert pupil.desks() == [("a2:school_clerk", "answer")]
    pupil.tend()
    with reading(pupil.engine) as session:
        assert session.scalar(select(func.count()).select_from(Case).where(Case.process == "no_id")) == 1


@pytest.mark.parametrize("school", LEADERS)
def test_the_form_goes_up_level_by_level_as_far_as_there_are_levels(pupil: Numberless, school: str) -> None:
    pupil.enrol(school).submit()
    for who in LEADERS[school]:
        assert pupil.desks() == [(who, "decide")]
        pupil.act(who, "approve")
    assert (pupil.phase, pupil.desks()) == ("valid", [])
    certificate = pupil.certificate()
    assert certificate.number == "在校证〔2025〕990000-0001"
    assert [one["office"] for one in certificate.facts["decisions"]][-1] == "岚川省教育厅"
    assert len(certificate.facts["decisions"]) == len(LEADERS[school])
    with reading(pupil.engine) as session:
        topics = session.execute(select(OutboxRow.topic, OutboxRow.recipient).where(OutboxRow.topic == "certificate"))
        assert topics.all() == [("certificate", str(certificate.id))]


def test_each_level_has_its_own_term(pupil: Numberless) -> None:
    pupil.enrol().submit()
    with reading(pupil.engine) as session:
        item = session.scalars(select(WorkItem).where(WorkItem.case_id == pupil.case().id, WorkItem.open)).one()
        assert (item.due_rule["policy"], due_day_of(item.due_at)) == ("no_id.level", dt.date(2025, 9, 15))


def test_without_the_signed_form_or_a_guardians_number_nothing_is_sent(pupil: Numberless) -> None:
    pupil.enrol(guardian=False)
    with pytest.raises(Unmet) as refused:
        pupil.act("a2:school_clerk", "submit", reason="not_registered")
    told = " ".join(reason.message for reason in refused.value.reasons)
    assert FORM in told
    assert "监护人的身份证件号" in told


@pytest.mark.parametrize(("reason", "why"), [("weather", "请从所列原因"), ("other", "请在说明中写明")])
def test_the_reason_comes_from_the_list(pupil: Numberless, reason: str, why: str) -> None:
    pupil.enrol().paper("a2:school_clerk", FORM)
    with pytest.raises(Unmet, match=why):
        pupil.act("a2:school_clerk", "submit", reason=reason)


def test_a_returned_form_goes_straight_back_to_whoever_returned_it(pupil: Numberless) -> None:
    pupil.enrol().submit()
    pupil.act("a2:school_leader", "approve")
    pupil.act("k1:dept_leader", "approve")
    pupil.act("city1:dept_leader", "return", comment="家长没有签字", items=[FORM])
    assert pupil.desks() == [("a2:school_clerk", "answer")]
    assert pupil.case().state["asked_for"] == [FORM]
    pupil.act("a2:school_clerk", "submit", reason="not_registered")
    assert pupil.desks() == [("city1:dept_leader", "decide")]


def test_a_changed_reason_is_signed_by_all_again(pupil: Numberless) -> None:
    pupil.enrol().submit()
    pupil.act("a2:school_leader", "approve")
    pupil.act("k1:dept_leader", "return", comment="原因不符")
    pupil.act("a2:school_clerk", "submit", reason="being_issued")
    assert pupil.desks() == [("a2:school_leader", "decide")]


def test_the_school_is_asked_at_the_start_of_every_term(pupil: Numberless) -> None:
    pupil.enrol().approved()
    ring(pupil, dt.datetime(2026, 1, 31, 1, 0, tzinfo=dt.UTC))
    assert pupil.desks() == []
    ring(pupil, dt.datetime(2026, 2, 1, 1, 0, tzinfo=dt.UTC))
    assert pupil.desks() == [("a2:school_clerk", "answer")]
    pupil.act("a2:school_clerk", "not_yet")
    assert (pupil.phase, pupil.desks()) == ("valid", [])
    ring(pupil, dt.datetime(2026, 9, 1, 1, 0, tzinfo=dt.UTC))
    assert pupil.desks() == [("a2:school_clerk", "answer")]


def test_a_number_that_was_obtained_goes_through_the_department_into_the_record(pupil: Numberless) -> None:
    pupil.enrol().approved()
    pupil.enter()
    assert pupil.desks() == [("k1:dept_leader", "decide")]
    pupil.act("k1:dept_leader", "approve_number")
    student = pupil.student()
    assert (pupil.phase, student.id_number, student.id_type) == ("converted", pupil.number, "1")
    assert student.record_no is None, "a national number only comes from the national system"
    assert pupil.certificate().expires_on == day_of(pupil.now)
    with reading(pupil.engine) as session:
        assert session.scalars(select(KeyChange)).one().fields == ["id_type", "id_number"]


def test_a_number_may_be_there_before_the_form_was_sent(pupil: Numberless) -> None:
    pupil.enrol()
    pupil.enter()
    pupil.act("k1:dept_leader", "return_number", comment="户口簿看不清")
    assert (pupil.phase, pupil.desks()) == ("form", [("a2:school_clerk", "answer")])
    pupil.enter()
    pupil.act("k1:dept_leader", "approve_number")
    assert pupil.phase == "converted"


@pytest.mark.parametrize(
    ("corrected", "why"),
    [({"id_number": "990101201803120010"}, "校验码"), ({"id_number": good_number("20180312", 802)}, "性别"),
     ({"id_number": ""}, "请填写"), ({"id_number": good_number("20180312", 801), "grade": "2"}, "只能填写")],
)  # fmt: skip
def test_a_number_that_cannot_be_right_is_not_taken(pupil: Numberless, corrected: dict[str, str], why: str) -> None:
    pupil.enrol()
    with pytest.raises(Unmet, match=why):
        pupil.enter(**corrected)


def test_a_number_somebody_else_has_makes_a_duplicate_problem(pupil: Numberless) -> None:
    pupil.enrol().approved()
    with reading(pupil.engine) as session:
        other = session.get_one(Student, pupil.cast.pupil["𠮷田䶮"]).id_number or ""
    pupil.enter(id_number=other, birth_date=f"{other[6:10]}-{other[10:12]}-{other[12:14]}")
    pupil.act("k1:dept_leader", "approve_number")
    assert (pupil.phase, pupil.student().disputed) == ("converted", True)
    with reading(pupil.engine) as session:
        assert session.scalars(select(Finding)).one().kind == "id_exact"


def test_nobody_signs_twice_and_only_the_clerk_of_the_school_enters_a_number(pupil: Numberless) -> None:
    pupil.enrol().submit()
    with pytest.raises(NotAllowed):
        pupil.act("a2:school_clerk", "approve")
    with pytest.raises(NotFound):
        pupil.act("a1:school_clerk", "enter_number", corrected={"id_number": pupil.number})
    for who in LEADERS["a2"]:
        pupil.act(who, "approve")
    with pytest.raises(NotAllowed):
        pupil.act("k1:dept_leader", "enter_number", corrected={"id_number": pupil.number})


def leave(pupil: Numberless) -> None:
    def work(session: Session) -> None:
        spell = session.scalars(select(Enrolment).where(Enrolment.student_id == pupil.student_id)).one()
        spell.ended_on, spell.end_code = day_of(pupil.now), "10"

    transact(pupil.engine, work)


def test_a_pupil_who_leaves_ends_the_case_and_the_certificate(pupil: Numberless) -> None:
    pupil.enrol().approved()
    leave(pupil)
    pupil.tend()
    assert (pupil.phase, pupil.certificate().expires_on) == ("left", day_of(pupil.now))


def test_a_pupil_who_left_meanwhile_stops_the_signature(pupil: Numberless) -> None:
    pupil.enrol().submit()
    leave(pupil)
    with pytest.raises(Unmet, match="不在本校在籍"):
        pupil.act("a2:school_leader", "approve")


def test_a_merged_school_hands_the_certificate_on_and_is_asked_itself(pupil: Numberless) -> None:
    pupil.enrol().approved()

    def merge(session: Session) -> None:
        old, into = (session.get_one(Organisation, pupil.cast.org[short]) for short in ("a2", "a1"))
        closing.merge(session, old, into, day_of(pupil.now), ordered_by=None, now=pupil.now)

    transact(pupil.engine, merge)
    pupil.tend()
    ring(pupil, dt.datetime(2026, 2, 1, 1, 0, tzinfo=dt.UTC))
    assert (pupil.phase, pupil.desks()) == ("valid", [("a1:school_clerk", "answer")])
    pupil.act("a1:school_clerk", "not_yet")
    pupil.school = "a1"
    pupil.enter()
    pupil.act("k1:dept_leader", "approve_number")
    assert pupil.phase == "converted"


def test_a_pupil_without_number_may_still_change_school_and_begins_anew_there(pupil: Numberless, play: Play) -> None:
    pupil.enrol().approved()

    def number(session: Session) -> None:
        session.get_one(Student, pupil.student_id).record_no = "J" + good_number("20180312", 11)
        decree(session, "guard.T4", "off")

    transact(pupil.engine, number)
    pupil.cast.record_no["王小明"] = "J" + good_number("20180312", 11)
    play.open("a1", "王小明", target_grade=1).act("a1:school_clerk", "submit")
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    first = pupil.no
    pupil.tend()
    assert pupil.no != first
    assert pupil.desks() == [("a1:school_clerk", "answer")]
    pupil.no = first
    assert pupil.phase == "left"


def test_everybody_on_the_way_up_can_read_the_case_and_nobody_else(pupil: Numberless) -> None:
    pupil.enrol()
    with reading(pupil.engine) as session:
        seen = set(session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == pupil.case().id)))
    assert seen == {pupil.cast.org[short] for short in ("a2", "k1", "city1", "prov")}
