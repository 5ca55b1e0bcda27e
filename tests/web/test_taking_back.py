"""A finished transfer is taken back, and an ended request taken up again: on the pages, and by program."""

from sqlalchemy import select

from models.cases import Case
from models.certificates import Certificate
from models.evidence import Evidence
from models.students import Student
from models.transfers import Transfer
from tests.journeys.hands import Visitor
from tests.play import Play
from tests.reversing import finished
from tests.scans import picture
from tests.web.door import Door
from tests.web.test_problem_pages import too_many
from workflow.evidence import content_of


def test_the_office_above_both_schools_takes_a_transfer_back(door: Door) -> None:
    no = finished(Play(door.house.engine, door.cast)).no
    [certificate] = door.ask(select(Certificate))
    assert not Visitor(door, "a1:school_clerk").open(f"/cases/{no}").offers("/reversal")
    assert "撤销转学" not in Visitor(door, "k1:dept_leader").open(f"/cases/{no}").words
    clerk = Visitor(door, "k1:dept_clerk")
    words = clerk.open(f"/cases/{no}").words
    for told in ("栖云区青松小学 5年级1班", "栖云区新苗小学 5年级1班", certificate.number, "2025年10月1日"):
        assert told in words
    page = clerk.send("/reversal", 422, cause="false_papers")
    assert page.form("/reversal").values["cause"] == "false_papers", "nothing typed is lost"
    assert "请写明撤销的理由" in page.words
    back = clerk.send("/reversal", reason="户口簿系伪造").address.rpartition("/")[2]
    assert "户口簿系伪造" in clerk.page.words
    assert f"撤销已在办理（{back}）" in clerk.open(f"/cases/{no}").words
    assert too_many(door, "k1:dept_leader", f"/cases/{back}", f"/cases/{back}?tab=history") == []
    assert too_many(door, "k1:dept_clerk", f"/cases/{no}", f"/cases/{no}?tab=history") == []
    leader = Visitor(door, "k1:dept_leader")
    assert any(link.endswith(back) for link in leader.open("/inbox").links)
    assert "撤销后回到" in leader.open(f"/cases/{back}").words
    leader.send("/approve", comment="属实")
    assert "已撤销" in door.app.test_client().get(f"/verify/{certificate.code}").get_data(as_text=True)
    for who in ("a1:school_clerk", "a2:school_leader", "k1:dept_clerk"):
        visitor = Visitor(door, who)
        page = visitor.open(f"/cases/{no}")
        assert "9月1日由栖云区教育局撤销，学籍回到原学校" in page.words
        assert any(link.endswith(back) for link in page.links)
        assert "seal is-void" in visitor.open(f"/cases/{no}?tab=history").html
        assert "学籍回到原学校" in visitor.open(f"/cases/{back}").words
    assert "在读" in Visitor(door, "a2:school_clerk").open(f"/students/{pupil_of(door)}").words
    former = Visitor(door, "a1:school_clerk").open(f"/students/{pupil_of(door)}").words
    assert "没有留存学籍副本" in former
    assert "身份证件号" not in former


def pupil_of(door: Door) -> str:
    return str(door.ask(select(Student.public_id).where(Student.id == door.cast.pupil["沈明铭"]))[0])


def test_a_program_asks_by_the_same_door(door: Door) -> None:
    no = finished(Play(door.house.engine, door.cast)).no
    clerk, school = door.api("k1:dept_clerk"), door.api("a1:school_clerk")
    assert clerk.get(f"/cases/{no}").json["reversal"]["why_not"] is None
    assert "只有两校共同的主管部门" in school.get(f"/cases/{no}").json["reversal"]["why_not"]
    body = {"cause": "mistaken", "reason": "学生同名，办错了人"}
    assert school.post(f"/cases/{no}/reversal", body).status_code == 403
    assert door.api("d1:school_clerk").post(f"/cases/{no}/reversal", body).status_code == 404
    faults = clerk.post(f"/cases/{no}/reversal", {"cause": "nothing"}).json["reasons"]
    assert [one["field"] for one in faults] == ["cause", "reason"]
    first = clerk.post(f"/cases/{no}/reversal", body, key="take-a-transfer-back")
    again = clerk.post(f"/cases/{no}/reversal", body, key="take-a-transfer-back")
    assert (first.status_code, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    back, leader = first.json["no"], door.api("k1:dept_leader")
    assert leader.get(f"/cases/{back}").json["reversal"] == {"of": no, "until": "2025-10-01", **body}
    assert leader.act(back, "approve").json["phase"] == "undone"
    told = school.get(f"/cases/{no}").json
    assert told["phase"] == "effective"
    assert (told["reversal"]["cases"], bool(told["reversal"]["undone_at"])) == ([back], True)
    assert told["linked"]["certificates"][0]["state"] == "revoked"


def test_an_ended_request_is_taken_up_with_what_was_written_and_handed_in(door: Door) -> None:
    play, clerk = Play(door.house.engine, door.cast), Visitor(door, "a1:school_clerk")
    old = play.open("a1", "沈明铭", papers=("转学申请", "居住证明"), reason_note="父亲调到本区").no
    clerk.open(f"/transfers/{old}/papers")
    clerk.send("/papers", kind="户口簿", file=("户口簿.png", picture()))
    play.act("a1:school_clerk", "submit")
    assert not clerk.open(f"/cases/{old}").offers("/again")
    play.act("a1:school_leader", "return", comment="看不清", items=["居住或工作证明"])
    play.act("a1:school_clerk", "withdraw")
    assert not Visitor(door, "a1:school_leader").open(f"/cases/{old}").offers("/again")
    clerk.open(f"/cases/{old}")
    new = clerk.send("/again").address.split("/")[2]
    [before, after] = door.ask(select(Transfer).order_by(Transfer.case_id))
    written = ("name", "record_no_index", "target_grade", "to_class_id", "reason", "reason_note", "direction")
    assert [getattr(after, name) for name in written] == [getattr(before, name) for name in written]
    papers = door.ask(select(Evidence).join(Case, Case.id == Evidence.case_id).where(Case.no == new))
    assert sorted(paper.kind for paper in papers) == ["户口簿", "转学申请"], "the faulty one is handed in anew"
    [scan] = [paper for paper in papers if paper.kind == "户口簿"]
    assert content_of(door.house.store, scan) == picture()
    assert "还缺材料：居住证明、居住证、工作调动证明（任选其一）" in clerk.open(f"/transfers/{new}/send").words
    assert "本校已为该生建立申请" in clerk.client.post(
        f"/cases/{old}/again", data=clerk.page.form("/send").values
    ).get_data(as_text=True)
    assert new in clerk.open(f"/cases/{old}").words
    assert old in clerk.open(f"/cases/{new}").words
    assert new not in Visitor(door, "k1:dept_clerk").open(f"/cases/{old}").words, "a draft is the school's own"


def test_a_program_names_the_ended_request_instead_of_the_facts(door: Door) -> None:
    play, clerk = Play(door.house.engine, door.cast), door.api("a1:school_clerk")
    old = play.open("a1", "沈明铭").no
    assert "没有办成" in clerk.post("/transfers", {"again_of": old}).json["reasons"][0]["message"]
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "refuse", cause="没有空余学位", comment="满员")
    mixed = clerk.post("/transfers", {"again_of": old, "name": "沈明铭"})
    assert (mixed.status_code, mixed.json["reasons"][0]["field"]) == (422, "name")
    stranger = door.api("a2:school_clerk").post("/transfers", {"again_of": old})
    assert (stranger.status_code, "据此重新申请" in stranger.text) == (403, True)
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    assert "本校已为该生建立申请" in clerk.post("/transfers", {"again_of": old}).json["reasons"][0]["message"]
    play.act("a1:school_clerk", "withdraw")
    sent = clerk.post("/transfers", {"again_of": old, "submit": True})
    assert (sent.status_code, sent.json["phase"]) == (201, "receiving_school")
    for who, told in (("a1:school_clerk", True), ("k1:dept_leader", True), ("prov:dept_leader", False)):
        linked = door.api(who).get(f"/cases/{old}").json["linked"]["cases"]
        assert [one["no"] for one in linked] == [sent.json["no"]] * told, "only who takes part in both is told"
