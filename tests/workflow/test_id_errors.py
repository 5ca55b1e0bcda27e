"""A record with a wrong number: found by the check, answered by its school, decided by its department."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.findings import Finding
from models.id_errors import IdFault, NumberCheck
from models.key_data import KeyChange
from models.organisations import Organisation
from models.outbox import OutboxRow
from models.people import Post
from models.problems import Ruling, RulingImage
from models.session import reading, transact
from models.students import Enrolment, StatusChange, Student
from tests.cast import Cast, add_pupil
from tests.faulty import Faulty, good_number, wrong_check
from tests.play import Play
from workflow import closing
from workflow.calendar import day_of, due_day_of
from workflow.errors import NotAllowed, Unmet
from workflow.id_errors import checking, opening
from workflow.problems import asking
from workflow.world import world_of


@pytest.fixture
def faulty(engine: Engine, cast: Cast) -> Faulty:
    return Faulty(engine, cast)


GOOD = good_number("20180312", 801)
"""Right for the boy of a2: first grade, born 2018-03-12."""


def test_a_wrong_check_digit_becomes_a_case_of_the_school_and_its_class_teacher_is_told(faulty: Faulty) -> None:
    faulty.wrong_number()
    assert faulty.no.startswith("SF2025-")
    assert (faulty.error().kinds, faulty.error().details) == (["checksum"], ["id_check_digit"])
    assert faulty.desks() == [("a2:school_clerk", "task")]
    with reading(faulty.engine) as session:
        item = session.scalars(select(WorkItem).where(WorkItem.case_id == faulty.case().id)).one()
        assert due_day_of(item.due_at) == dt.date(2025, 9, 4), "three working days"
        purposes = set(session.scalars(select(OutboxRow.recipient).where(OutboxRow.case_id == faulty.case().id)))
    room = faulty.cast.room["a2", 1].id
    assert f"{faulty.cast.org['a2']}:class_teacher:{room}" in purposes


def test_a_record_gets_one_case_only(faulty: Faulty) -> None:
    faulty.wrong_number()
    faulty.check()
    faulty.open_waiting()
    with reading(faulty.engine) as session:
        assert session.scalar(select(func.count()).select_from(Case).where(Case.process == "id_error")) == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"id_number": "990101201802300014"}, "id_impossible_date"),
        ({"sex": "female"}, "id_sex"),
        ({"birth_date": dt.date(2018, 3, 13)}, "id_birth"),
        ({"id_number": None}, "id_missing"),
        ({"id_type": "A"}, None),
    ],
)
def test_the_check_says_what_is_wrong_with_a_stored_number(
    faulty: Faulty, values: dict[str, Any], code: str | None
) -> None:
    def spoil(session: Session) -> None:
        student = session.get_one(Student, faulty.cast.pupil["沈明铭"])
        for name, value in values.items():
            setattr(student, name, value)

    transact(faulty.engine, spoil)
    faulty.check()
    with reading(faulty.engine) as session:
        found = list(session.scalars(select(IdFault.details)))
    assert found == ([[code]] if code else [["id_format"]])


def test_a_check_goes_on_where_it_was_killed(faulty: Faulty) -> None:
    def first(session: Session) -> None:
        checking.start(session, faulty.now)
        checking.advance(session, faulty.now, day_of(faulty.now), demo=True, chunk=3)

    def rest(session: Session) -> None:
        assert checking.start(session, faulty.now).done == 3, "the same pass"
        while checking.advance(session, faulty.now, day_of(faulty.now), demo=True, chunk=3):
            pass

    transact(faulty.engine, first)
    transact(faulty.engine, rest)
    with reading(faulty.engine) as session:
        check = session.scalars(select(NumberCheck)).one()
        assert (check.state, check.done, check.total, check.found) == ("done", 8, 8, 0)


def test_a_correction_goes_through_the_department_into_the_record(faulty: Faulty) -> None:
    faulty.wrong_number()
    faulty.act("a2:school_clerk", "acknowledge")
    assert faulty.desks() == [("a2:school_clerk", "answer")]
    before = faulty.student()
    faulty.correct(id_number=GOOD)
    assert faulty.desks() == [("k1:dept_leader", "decide")]
    assert faulty.student().id_number == before.id_number, "nothing changes before the department agrees"
    faulty.act("k1:dept_leader", "approve_correction")
    after = faulty.student()
    assert (faulty.phase, after.id_number, after.record_no) == ("corrected", GOOD, before.record_no)
    with reading(faulty.engine) as session:
        change = session.scalars(select(KeyChange)).one()
        assert (change.case_id, change.fields) == (faulty.case().id, ["id_number"])
        assert session.scalars(select(IdFault)).one().state == "closed"
        assert session.scalars(select(StatusChange)).one().document_no == faulty.no


def test_a_clerk_may_answer_at_once_without_acknowledging_first(faulty: Faulty) -> None:
    faulty.wrong_number().correct(id_number=GOOD)
    assert faulty.phase == "department"


def test_no_value_that_was_typed_stands_in_the_log(faulty: Faulty) -> None:
    faulty.wrong_number().correct(id_number=GOOD)
    with reading(faulty.engine) as session:
        assert all(GOOD not in str(event.body) for event in session.scalars(select(Event)))


@pytest.mark.parametrize(
    ("corrected", "why"),
    [
        ({"id_number": wrong_check(GOOD)}, "校验码"),
        ({"id_number": good_number("20180312", 802)}, "性别"),
        ({"id_number": good_number("20180313", 801)}, "出生日期"),
        ({"name": "王晓明"}, "只有“姓名与人口库不一致”"),
        ({}, "请填写"),
        ({"id_number": 5}, "文字"),
        ({"record_no": "G" + GOOD}, "不能更正"),
    ],
)
def test_a_correction_that_may_not_stand_is_refused_with_its_sentence(
    faulty: Faulty, corrected: dict[str, Any], why: str
) -> None:
    faulty.wrong_number()
    with pytest.raises(Unmet, match=why):
        faulty.correct(**corrected)
    assert faulty.phase == "opened"


def test_without_the_household_page_nothing_is_corrected(faulty: Faulty) -> None:
    faulty.wrong_number()
    with pytest.raises(Unmet, match="还缺材料：户口簿"):
        faulty.act("a2:school_clerk", "request_correction", corrected={"id_number": GOOD})


def test_a_wrong_check_digit_cannot_be_claimed_to_be_right(faulty: Faulty) -> None:
    faulty.wrong_number()
    with pytest.raises(Unmet, match="不能提交佐证"):
        faulty.claim()


def test_a_name_may_change_only_where_the_name_did_not_fit(faulty: Faulty) -> None:
    faulty.verdict("name_mismatch")
    faulty.correct(name="王晓明")
    faulty.act("k1:dept_leader", "approve_correction")
    assert (faulty.phase, faulty.student().name, faulty.student().id_verdict) == ("corrected", "王晓明", "unknown")


def test_what_is_still_faulty_after_the_correction_goes_back_to_the_school(faulty: Faulty) -> None:
    faulty.verdict("not_found")

    def spoil(session: Session) -> None:
        session.get_one(Student, faulty.student_id).sex = "female"

    transact(faulty.engine, spoil)
    faulty.correct(sex="男")
    faulty.act("k1:dept_leader", "approve_correction")
    assert (faulty.phase, faulty.student().sex) == ("checking", "male")
    assert "复查仍未通过：人口库中查无此号" in faulty.case().state["objection"]["comment"]
    assert faulty.desks() == [("a2:school_clerk", "answer")]


def test_a_correction_to_somebody_elses_number_makes_a_duplicate_problem(faulty: Faulty) -> None:
    with reading(faulty.engine) as session:
        other = session.get_one(Student, faulty.cast.pupil["𠮷田䶮"]).id_number
    assert other
    faulty.wrong_number("b1")
    faulty.correct(id_number=other, birth_date=f"{other[6:10]}-{other[10:12]}-{other[12:14]}")
    faulty.act("k2:dept_leader", "approve_correction")
    assert (faulty.phase, faulty.student().disputed) == ("corrected", True)
    with reading(faulty.engine) as session:
        assert session.scalars(select(Finding)).one().kind == "id_exact"


def test_a_claim_waits_for_the_police_and_their_paper(faulty: Faulty) -> None:
    faulty.verdict("not_found").claim()
    faulty.act("k1:dept_leader", "approve_claim")
    assert (faulty.phase, faulty.desks()) == ("police", [("k1:dept_clerk", "record")])
    with pytest.raises(Unmet, match="公安答复"):
        faulty.act("k1:dept_clerk", "record_police", result="confirmed", on_date="2025-09-01")
    faulty.paper("k1:dept_clerk", "公安答复")
    faulty.act("k1:dept_clerk", "record_police", result="confirmed", on_date="2025-09-01")
    student = faulty.student()
    assert (faulty.phase, student.id_verdict, student.id_verdict_on) == ("confirmed", "passed", dt.date(2025, 9, 1))
    faulty.open_waiting()
    with reading(faulty.engine) as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_when_the_police_deny_it_the_school_looks_again(faulty: Faulty) -> None:
    faulty.verdict("number_changed").claim()
    faulty.act("k1:dept_leader", "approve_claim")
    faulty.paper("k1:dept_clerk", "公安答复")
    faulty.act("k1:dept_clerk", "record_police", result="denied", on_date="2025-09-01", comment="登记号码不同")
    assert (faulty.phase, faulty.error().answer) == ("checking", "")


def test_the_department_sends_back_or_does_not_believe(faulty: Faulty) -> None:
    faulty.verdict("not_found").claim()
    faulty.act("k1:dept_leader", "return", comment="证明没有盖章", items=["公安证明"])
    assert (faulty.phase, faulty.case().state["asked_for"]) == ("checking", ["公安证明"])
    faulty.act("a2:school_clerk", "request_claim")
    faulty.act("k1:dept_leader", "refuse", comment="证明不是公安机关出具的")
    with pytest.raises(Unmet, match="没有采信"):
        faulty.act("a2:school_clerk", "request_claim")
    faulty.now += dt.timedelta(hours=1)
    faulty.claim()
    assert faulty.phase == "department"


def test_a_deletion_takes_the_leader_and_ends_the_enrolment(faulty: Faulty) -> None:
    faulty.wrong_number()
    faulty.act("a2:school_clerk", "request_deletion", reason="never_came", comment="学生从未到校")
    assert faulty.desks() == [("a2:school_leader", "decide")]
    assert faulty.student().retired_at is None
    faulty.act("a2:school_leader", "approve_deletion")
    student = faulty.student()
    assert (faulty.phase, student.retired_why, student.status) == ("deleted", "deleted", "99")
    with reading(faulty.engine) as session:
        spell = session.scalars(select(Enrolment).where(Enrolment.student_id == student.id)).one()
        assert spell.ended_on == day_of(faulty.now)
        assert set(session.scalars(select(RulingImage.table_name))) == {"student", "enrolment"}


def test_a_deletion_can_be_undone_by_the_department_and_the_fault_is_open_again(faulty: Faulty) -> None:
    test_a_deletion_takes_the_leader_and_ends_the_enrolment(faulty)
    first = faulty.no

    def ask(session: Session) -> str:
        ruling, world = session.scalars(select(Ruling)).one(), world_of(session)
        actor = faulty.cast.actor(session, "k1:dept_clerk")
        return asking.ask_for(session, world, actor, ruling, "学生仍在校就读", faulty.now).no

    faulty.no = transact(faulty.engine, ask)
    faulty.act("k1:dept_leader", "approve")
    student = faulty.student()
    assert (student.retired_at, student.status, student.disputed) == (None, "01", False)
    faulty.open_waiting()
    assert faulty.no != first
    assert (faulty.phase, faulty.error().kinds) == ("opened", ["checksum"])


def test_a_record_whose_number_went_to_another_comes_back_disputed_and_both_are_found(faulty: Faulty) -> None:
    test_a_deletion_takes_the_leader_and_ends_the_enrolment(faulty)
    number = faulty.student().id_number

    def work(session: Session) -> str:
        other = add_pupil(session, faulty.cast, "a1", "王晓明", "male", grade=5, sequence=470)
        other.id_number = number
        session.flush()
        ruling, actor = session.scalars(select(Ruling)).one(), faulty.cast.actor(session, "k1:dept_clerk")
        return asking.ask_for(session, world_of(session), actor, ruling, "学生仍在校就读", faulty.now).no

    faulty.no = transact(faulty.engine, work)
    faulty.act("k1:dept_leader", "approve")
    assert (faulty.student().retired_at, faulty.student().disputed) == (None, True)
    with reading(faulty.engine) as session:
        assert session.scalars(select(Finding)).one().kind == "id_exact"


def test_whoever_answered_does_not_decide_though_he_holds_both_posts(faulty: Faulty) -> None:
    faulty.wrong_number()
    faulty.act("a2:school_clerk", "request_deletion", reason="never_came", comment="学生从未到校")

    def promote(session: Session) -> None:
        person, org = faulty.cast.person["a2:school_clerk"], faulty.cast.org["a2"]
        session.add(Post(person_id=person, org_id=org, role="school_leader", valid_from=dt.date(2024, 9, 1)))

    transact(faulty.engine, promote)
    with pytest.raises(Unmet, match="由您填写"):
        faulty.act("a2:school_clerk", "approve_deletion")
    with pytest.raises(Unmet, match="由您填写"):
        faulty.act("a2:school_clerk", "return_deletion", comment="重新核对")


def test_a_record_that_changed_after_the_answer_is_looked_at_anew(faulty: Faulty) -> None:
    faulty.wrong_number().correct(id_number=GOOD)

    def change(session: Session) -> None:
        session.get_one(Student, faulty.student_id).birth_date = dt.date(2018, 3, 14)

    transact(faulty.engine, change)
    with pytest.raises(Unmet, match="有变动"):
        faulty.act("k1:dept_leader", "approve_correction")


def test_a_pupil_who_left_meanwhile_ends_the_case(faulty: Faulty) -> None:
    faulty.wrong_number().correct(id_number=GOOD)

    def leave(session: Session) -> None:
        spell = session.scalars(select(Enrolment).where(Enrolment.student_id == faulty.student_id)).one()
        spell.ended_on, spell.end_code = day_of(faulty.now), "10"

    transact(faulty.engine, leave)
    with pytest.raises(Unmet, match="不在本校在籍"):
        faulty.act("k1:dept_leader", "approve_correction")
    faulty.open_waiting()
    assert faulty.phase == "settled"


def test_a_fault_that_is_gone_ends_the_case(faulty: Faulty) -> None:
    faulty.wrong_number()

    def repair(session: Session) -> None:
        session.get_one(Student, faulty.student_id).id_number = GOOD

    transact(faulty.engine, repair)
    faulty.check()
    faulty.open_waiting()
    assert faulty.phase == "settled"


def test_a_merged_school_hands_the_question_on(faulty: Faulty) -> None:
    faulty.wrong_number()

    def merge(session: Session) -> None:
        old, into = (session.get_one(Organisation, faulty.cast.org[short]) for short in ("a2", "a1"))
        closing.merge(session, old, into, day_of(faulty.now), ordered_by=None, now=faulty.now)

    transact(faulty.engine, merge)
    assert faulty.desks() == [("a1:school_clerk", "task")]
    faulty.school = "a1"
    faulty.correct(id_number=GOOD)
    faulty.act("k1:dept_leader", "approve_correction")
    assert faulty.phase == "corrected"


def test_a_city_run_school_answers_to_the_city(faulty: Faulty) -> None:
    faulty.wrong_number("c1")
    faulty.correct(id_number=good_number(f"{faulty.student().birth_date:%Y%m%d}", 801))
    assert faulty.desks() == [("city1:dept_leader", "decide")]


def test_strangers_and_other_roles_cannot_answer(faulty: Faulty) -> None:
    faulty.wrong_number()
    for who in ("a2:school_leader", "k1:dept_leader"):
        with pytest.raises(NotAllowed):
            faulty.act(who, "acknowledge")


def test_a_pupil_on_the_way_to_another_school_is_asked_about_afterwards(faulty: Faulty, play: Play) -> None:
    def spoil(session: Session) -> None:
        student = session.get_one(Student, faulty.cast.pupil["沈明铭"])
        student.id_number = wrong_check(student.id_number or "")

    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    transact(faulty.engine, spoil)
    faulty.check()
    with reading(faulty.engine) as session:
        assert opening.waiting(session) == []


def test_a_record_under_an_id_error_cannot_be_transferred(faulty: Faulty, play: Play) -> None:
    faulty.wrong_number()
    play.open("a1", "王小明", target_grade=1)
    with pytest.raises(Unmet, match="还有未办结的业务"):
        play.act("a1:school_clerk", "submit")
