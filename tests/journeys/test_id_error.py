"""A wrong number is found at night, corrected by its school with the department's consent, or proved to be right."""

import datetime as dt
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, Event
from models.id_errors import IdFault
from models.people import Post
from models.session import transact
from models.students import Enrolment, Student
from tests import scans
from tests.cast import MONDAY, Cast
from tests.faulty import good_number, wrong_check
from tests.journeys.conftest import Story
from tests.journeys.hands import Visitor
from workflow.settings import mark_demo

SCAN = scans.picture()


@pytest.fixture
def demo_data(session: Session, cast: Cast) -> None:
    """Area 99 is good in demonstration data only; the house asks when it is opened."""
    mark_demo(session, "sample", MONDAY)
    session.commit()


pytestmark = pytest.mark.usefixtures("demo_data")


def spoil(story: Story, name: str) -> tuple[str, str]:
    """Let a record have a wrong check digit; returns the right number and the wrong one."""

    def work(session: Session) -> tuple[str, str]:
        student = session.get_one(Student, story.cast.pupil[name])
        right = student.id_number or ""
        student.id_number = wrong_check(right)
        return right, wrong_check(right)

    return transact(story.door.house.engine, work)


def teach(story: Story, school: str, grade: int) -> None:
    """Let the school's leader teach the class too."""

    def work(session: Session) -> None:
        room = story.cast.room[school, grade].id
        person, org = story.cast.person[f"{school}:school_leader"], story.cast.org[school]
        session.add(Post(person_id=person, org_id=org, role="class_teacher", class_id=room, valid_from=MONDAY.date()))

    transact(story.door.house.engine, work)


def found_at_night(story: Story) -> str:
    """Let the worker check all numbers and open what follows; returns the case's number."""
    assert story.worker.check_numbers() >= len(story.cast.pupil)
    assert story.worker.look_after_records() == 1
    story.work()
    return str(story.door.ask(select(Case.no).where(Case.process == "id_error"))[0])


def upload(visitor: Visitor, no: str, kind: str) -> None:
    visitor.open(f"/cases/{no}?tab=evidence")
    visitor.send("/evidence", kind=kind, file=(f"{kind}.jpg", SCAN))


def test_a_wrong_number_is_corrected_with_the_departments_consent(story: Story) -> None:
    right, wrong = spoil(story, "沈明铭")
    teach(story, "a2", 5)
    no = found_at_night(story)
    clerk = story.page_of("a2:school_clerk")
    mail = story.mails("a2:school_clerk")[-1]
    assert no in mail.text
    assert "沈明铭" not in mail.text
    told = story.mails("a2:school_leader")[-1]
    assert "协助学籍管理员联系家长" in told.text
    assert "/students/" in told.text
    assert "沈明铭" in clerk.open("/inbox").words

    case = clerk.open(f"/cases/{no}")
    for words in ("沈明铭：证件号码有误", "校验码（最后一位）不对", "3 个工作日", "不能提交佐证"):
        assert words in case.words, words
    assert wrong not in case.html, "the number shows its end only"
    assert "学校核对" in clerk.send("/acknowledge").words
    assert "还缺材料：户口簿" in clerk.page.words
    assert not clerk.page.offers("/request_correction")
    upload(clerk, no, "户口簿")
    clerk.open(f"/cases/{no}")
    bad = clerk.send("/request_correction", status=422, **{"corrected.id_number": wrong})
    assert "校验码" in bad.words
    assert "主管部门核办" in clerk.send("/request_correction", **{"corrected.id_number": right}).words
    story.work()

    leader = story.page_of("k1:dept_leader")
    case = leader.open(f"/cases/{no}")
    assert f"{right[:6]} {right[6:14]} {right[14:]}" in case.words, "whoever compares it with the paper sees it whole"
    assert right[:14] not in clerk.open(f"/cases/{no}").html
    done = leader.send("/approve_correction", comment="与户口簿一致")
    assert "学籍已按更正内容修改" in done.words
    student = story.door.ask(select(Student).where(Student.id == story.cast.pupil["沈明铭"]))[0]
    assert (student.id_number, student.record_no) == (right, story.cast.record_no["沈明铭"])
    assert all(right not in str(body) for body in story.door.ask(select(Event.body)))
    assert "记录" in clerk.open(f"/cases/{no}?tab=history").words


def test_a_number_the_register_does_not_know_is_proved_by_the_police(story: Story) -> None:
    name = "沈明铭"
    officer = story.page_of("k1:dept_clerk")
    officer.open("/id-verdicts/new")
    known, other = story.cast.record_no[name], story.cast.record_no["𠮷田䶮"]
    table = f"姓名,学籍号,结论\n{name},{known},查无此号\n𠮷田䶮,{other},通过\n"
    told = officer.send("/id-verdicts/new", file=("核验结论.csv", table.encode()))
    assert "共 2 行，登记 1 行" in told.words
    assert "没有找到这名学生" in told.words, "a pupil of another county is nobody here"
    assert story.worker.look_after_records() == 1
    story.work()
    no = story.door.ask(select(Case.no).where(Case.process == "id_error"))[0]

    clerk = story.page_of("a2:school_clerk")
    assert "人口库中查无此号" in clerk.open(f"/cases/{no}").words
    upload(clerk, no, "公安证明")
    clerk.open(f"/cases/{no}")
    clerk.send("/request_claim")
    leader = story.page_of("k1:dept_leader")
    leader.open(f"/cases/{no}")
    assert "等待公安答复" in leader.send("/approve_claim").words
    officer.open(f"/cases/{no}")
    assert "公安答复" in officer.page.words
    upload(officer, no, "公安答复")
    officer.open(f"/cases/{no}")
    done = officer.send("/record_police", result="confirmed", on_date="2025-09-01")
    assert "公安机关确认信息无误" in done.words
    student = story.door.ask(select(Student).where(Student.id == story.cast.pupil[name]))[0]
    assert student.id_verdict == "passed"


def test_a_record_of_nobody_is_deleted_by_two_and_brought_back_by_the_department(story: Story) -> None:
    spoil(story, "沈明铭")
    no = found_at_night(story)
    clerk, leader = story.page_of("a2:school_clerk"), story.page_of("a2:school_leader")
    clerk.open(f"/cases/{no}")
    clerk.send("/request_deletion", reason="never_came", comment="学生从未到校")
    leader.open(f"/cases/{no}")
    assert "学籍记录已注销" in leader.send("/approve_deletion").words
    student = story.door.ask(select(Student).where(Student.id == story.cast.pupil["沈明铭"]))[0]
    assert student.retired_why == "deleted"
    spell = story.door.ask(select(Enrolment).where(Enrolment.student_id == student.id))[0]
    assert spell.ended_on is not None
    assert not clerk.open(f"/cases/{no}").offers("/undo")
    assert "只有学校的主管部门或其上级部门的经办人、仲裁员可以提请撤销" in clerk.page.words
    brought_back(story, no)
    student = story.door.ask(select(Student).where(Student.id == student.id))[0]
    assert (student.retired_at, student.status, student.disputed) == (None, "01", False)
    assert story.door.ask(select(Enrolment.ended_on).where(Enrolment.id == spell.id)) == [None]


def brought_back(story: Story, no: str) -> None:
    """One officer of the department asks with a reason, its leader agrees; the pages say so."""
    officer, head = story.page_of("k1:dept_clerk"), story.page_of("k1:dept_leader")
    page = officer.open(f"/cases/{no}")
    assert "撤销期至 2025年10月1日" in page.words
    assert "请写明撤销的理由" in officer.send("/undo", 422, reason=" ").words
    assert "提请恢复这条记录" in officer.page.words, "the form is there again"
    asked = officer.send("/undo", reason="家长到校说明学生一直在读")
    assert "撤销注销" in asked.words
    assert "家长到校说明学生一直在读" in asked.words
    assert not asked.offers("/approve"), "whoever asks does not grant"
    assert "撤销已在办理" in officer.open(f"/cases/{no}").words
    head.open(asked.address)
    assert "恢复到注销之前" in head.page.words
    assert "各条记录已恢复原状" in head.send("/approve").words
    told = officer.open(f"/cases/{no}").words
    assert "学籍记录注销后又经主管部门恢复" in told
    assert not officer.page.offers("/undo")


def test_a_deletion_is_taken_back_by_program_within_its_term_only(story: Story) -> None:
    spoil(story, "沈明铭")
    no = found_at_night(story)
    clerk, leader = story.program_of("a2:school_clerk"), story.program_of("a2:school_leader")
    assert clerk.act(no, "request_deletion", reason="never_came", comment="学生从未到校").status_code == 200
    assert leader.act(no, "approve_deletion").status_code == 200
    officer, head = story.program_of("k1:dept_clerk"), story.program_of("k1:dept_leader")
    deletion = officer.get(f"/cases/{no}").get_json()["id_error"]["deletion"]
    assert (deletion["undo_until"], deletion["undo_why_not"]) == ("2025-10-01", None)
    address = f"/cases/{no}/rulings/{deletion['ruling']}/undo"
    assert story.program_of("e1:school_clerk").post(address, {"reason": "好奇"}).status_code == 404
    for body in ({"reason": "学生在读"}, {"reason": ""}, {"reason": "长" * 2001}, {"reason": 5}):
        who = clerk if body["reason"] == "学生在读" else officer
        assert who.post(address, body).status_code == 422, body
    story.now += dt.timedelta(days=31)
    assert "撤销期已于 2025-10-01 届满" in officer.post(address, {"reason": "学生在读"}).get_json()["detail"]
    story.now -= dt.timedelta(days=31)
    first = officer.post(address, {"reason": "学生在读"}, key="undo-of-a-deletion-1")
    again = officer.post(address, {"reason": "学生在读"}, key="undo-of-a-deletion-1")
    assert (first.status_code, again.headers["Idempotency-Replayed"], first.json) == (201, "true", again.json)
    undoing = head.get(f"/cases/{first.json['no']}").get_json()
    assert (undoing["undo"]["of"], undoing["undo"]["reason"]) == (no, "学生在读")
    assert head.act(first.json["no"], "approve").get_json()["phase"] == "undone"
    assert officer.get(f"/cases/{no}").get_json()["id_error"]["deletion"]["undone_at"]


def test_the_same_story_by_program(story: Story) -> None:
    right, _ = spoil(story, "沈明铭")
    no = found_at_night(story)
    clerk, leader = story.program_of("a2:school_clerk"), story.program_of("k1:dept_leader")
    case = clerk.get(f"/cases/{no}").get_json()
    assert (case["process"], case["id_error"]["kinds"]) == ("id_error", ["checksum"])
    assert case["id_error"]["details"] == ["id_check_digit"]
    assert re.fullmatch(r"\*+\w{4}", case["id_error"]["id_number"])
    options = {one["action"]: one for one in case["options"]}
    assert not options["request_claim"]["allowed"]
    refused = clerk.act(no, "request_correction", corrected={"id_number": right})
    assert (refused.status_code, refused.get_json()["reasons"][0]["guard"]) == (422, "C5")
    strange = clerk.act(no, "request_correction", corrected={"id_number": 5})
    assert strange.status_code == 422
    upload(story.page_of("a2:school_clerk"), no, "户口簿")
    assert clerk.act(no, "request_correction", corrected={"id_number": right}).status_code == 200
    assert leader.act(no, "approve_correction").get_json()["phase"] == "corrected"


def test_verdicts_by_program_are_the_officers_alone_and_come_once(story: Story) -> None:
    name = "沈明铭"
    line = {"name": name, "record_no": story.cast.record_no[name], "verdict": "name_mismatch"}
    body = {"source": "2025年秋季比对", "on": "2025-09-01", "verdicts": [line, {"name": "某某", "verdict": "passed"}]}
    assert story.program_of("a2:school_clerk").post("/id-verdicts", body).status_code == 403
    officer = story.program_of("k1:dept_clerk")
    answer = officer.post("/id-verdicts", body, key="verdicts-of-autumn-1")
    assert answer.get_json()["counts"]["name_mismatch"] == 1
    assert [fault["kind"] for fault in answer.get_json()["faults"]] == ["empty"]
    again = officer.post("/id-verdicts", body, key="verdicts-of-autumn-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert officer.post("/id-verdicts", {**body, "on": "2025-09-02"}).status_code == 422
    assert officer.post("/id-verdicts", {**body, "verdicts": []}).status_code == 422
    assert len(story.door.ask(select(IdFault.id))) == 1


def test_a_correction_to_somebody_elses_number_is_no_error_page(story: Story) -> None:
    spoil(story, "沈明铭")
    no = found_at_night(story)
    other = story.door.ask(select(Student).where(Student.id == story.cast.pupil["卢天志"]))[0].id_number
    clerk, leader = story.page_of("a2:school_clerk"), story.page_of("k1:dept_leader")
    upload(clerk, no, "户口簿")
    clerk.open(f"/cases/{no}")
    born = f"{other[6:10]}-{other[10:12]}-{other[12:14]}"
    clerk.send("/request_correction", **{"corrected.id_number": other, "corrected.birth_date": born})
    leader.open(f"/cases/{no}")
    assert "已更正" in leader.send("/approve_correction").words
    assert story.door.ask(select(Student.disputed).where(Student.id == story.cast.pupil["沈明铭"])) == [True]
    assert good_number("20180312", 1) != other
