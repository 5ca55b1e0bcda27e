"""加签 as people and programs meet it: who can be chosen, what each of the two reads, what the form prints."""

from tests.journeys.hands import Visitor
from tests.web.door import Door
from tests.web.test_overruling import at_the_department


def test_a_leader_lets_his_clerk_sign_first_and_decides_knowing_what_he_said(door: Door) -> None:
    no = at_the_department(door)
    leader, clerk = Visitor(door, "k1:dept_leader"), Visitor(door, "k1:dept_clerk")
    form = leader.open(f"/cases/{no}").form("/add_signer")
    assert "前加签：他先签，签后由我办理" in form.words
    page = leader.send("/add_signer", 422, comment="请核对材料")
    assert "请填写这一项" in page.words
    public_id = next(part for part in leader.page.html.split('value="') if "部门经办人" in part[:200]).split('"')[0]
    values = {"person": public_id, "where": "before", "comment": "请核对材料"}
    page = leader.send("/add_signer", **values)
    assert "加签：等" in page.words
    assert "您加签的人员还没有签署" in page.words
    assert not page.offers("/approve")
    page = clerk.open(f"/cases/{no}")
    assert "不由您决定本环节" in page.form("/refuse").words
    assert not page.offers("/return")
    clerk.send("/refuse", cause="材料不真实", comment="户口簿第二页看不清")
    page = leader.open(f"/cases/{no}")
    assert "加签人" in page.words
    assert "户口簿第二页看不清" in page.words
    assert "等待学生报到" in leader.send("/approve", comment="已当面核对原件").words
    history = leader.open(f"/cases/{no}?tab=history").words
    assert "加签：" in history
    assert "不同意：材料不真实（由" in history
    assert "户口簿第二页看不清" not in Visitor(door, "a1:school_clerk").open(f"/cases/{no}").words, "no note for others"


def test_a_program_adds_a_signer_and_takes_him_off(door: Door) -> None:
    no = at_the_department(door)
    leader = door.api("k1:dept_leader")
    assert leader.act(no, "add_signer", person="a1-school_clerk", where="beside").status_code == 422
    assert leader.act(no, "add_signer", person="k1-dept_clerk", where="beside").status_code == 200
    case = leader.get(f"/cases/{no}").get_json()
    assert {item["role"] for item in case["items"]} == {"dept_leader", "dept_clerk"}
    assert {one["action"] for one in case["further"] if one["allowed"]} >= {"add_signer", "remove_signer"}
    assert leader.act(no, "approve").get_json()["phase"] == "common_department"
    assert leader.act(no, "remove_signer", person="k1-dept_clerk").status_code == 200
    assert leader.act(no, "approve").get_json()["phase"] == "arrival"
    facts = [event["facts"] for event in leader.get(f"/cases/{no}").get_json()["events"]]
    assert any(one.get("where") == "beside" and one.get("handed_to") for one in facts)
