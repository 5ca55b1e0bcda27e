"""退回、调整环节 and 终止 as people and programs meet them: what can be chosen, what is marked, what others read."""

import pytest

from tests.cast import Cast
from tests.dispute import Dispute
from tests.journeys.hands import Visitor
from tests.web.door import Door
from tests.web.test_api import started
from tests.web.test_beside import name_of


@pytest.fixture
def dispute(door: Door, cast: Cast) -> Dispute:
    return Dispute(door.house.engine, cast)


def at_the_department(door: Door) -> str:
    no = str(started(door)["no"])
    for who in ("a1:school_leader", "a2:school_leader"):
        assert door.api(who).act(no, "approve").status_code == 200
    return no


def test_an_officer_sends_a_case_back_to_a_school_on_the_page_and_it_comes_straight_back(door: Door) -> None:
    no = at_the_department(door)
    county, school = Visitor(door, "k1:dept_leader"), Visitor(door, "a2:school_leader")
    form = county.open(f"/cases/{no}").form("/send_back")
    for choice in (
        "栖云区青松小学（补正后重新提交）",
        "栖云区青松小学（转入学校核办）",
        "栖云区新苗小学（转出学校核办）",
    ):
        assert choice in form.words
    assert form.values["resume"] == "straight"
    page = county.send("/send_back", 422, comment="请再核对")
    assert "请填写这一项" in page.words
    assert "请再核对" in page.form("/send_back").values["comment"], "what was typed is kept"
    page = county.send("/send_back", back_to="1", comment="班级与学籍不符", items="转入年级或班级")
    assert "已退回前面环节" in page.words
    page = school.open(f"/cases/{no}")
    assert "栖云区教育局退回补正" in page.words
    assert "班级与学籍不符" in page.words
    assert page.words.count("栖云区教育局要求补正") == 2, "at grade and class"
    school.send("/approve")
    page = county.open(f"/cases/{no}?tab=history")
    assert page.offers("/approve"), "straight back"
    assert "退回前面环节：栖云区新苗小学" in page.words
    assert "要求补正" not in county.open(f"/cases/{no}").words


def test_whoever_corrects_finds_what_is_wrong_at_the_field_and_at_the_paper(door: Door) -> None:
    no = at_the_department(door)
    items = ["转学理由", "居住或工作证明", "转入年级或班级"]
    answer = door.api("k1:dept_leader").act(no, "send_back", back_to="draft", comment="不清楚", items=items)
    assert (answer.status_code, answer.get_json()["phase"]) == (200, "draft")
    clerk = Visitor(door, "a1:school_clerk")
    for step, count in (("reason", 2), ("school", 2), ("papers", 1)):
        words = clerk.open(f"/transfers/{no}/{step}").words
        assert words.count("栖云区教育局要求补正") == count, step
    assert "栖云区教育局要求补正" in clerk.open(f"/cases/{no}?tab=evidence").words
    assert "转学理由、居住或工作证明、转入年级或班级还没有改动" in clerk.open(f"/transfers/{no}/send").words
    clerk.send(f"/transfers/{no}/send", comment="三项都与原件核对过，没有错")
    assert "要求补正" not in clerk.open(f"/cases/{no}").words
    page = Visitor(door, "k1:dept_leader").open(f"/cases/{no}")
    assert "栖云区青松小学的补正说明 三项都与原件核对过，没有错" in page.words, "first of all, before he decides"
    assert page.offers("/approve")


def test_a_case_is_ended_by_two_on_their_pages_and_everybody_reads_it(door: Door) -> None:
    no = at_the_department(door)
    county, city, clerk = (Visitor(door, who) for who in ("k1:dept_leader", "city1:dept_leader", "a1:school_clerk"))
    county.open(f"/cases/{no}")
    page = county.send("/propose_termination", comment="同一学生重复申请")
    assert "提请终止本事项，待另一人确认" in page.words
    assert not page.offers("/propose_termination")
    refused = county.send("/confirm_termination", 422) if page.offers("/confirm_termination") else None
    assert refused is None, "the page does not even offer it to whoever proposed"
    assert "同一学生重复申请" in clerk.open(f"/cases/{no}").words
    inbox = city.open("/inbox")
    assert no in inbox.words
    assert "待您确认提请" in inbox.words
    assert no not in city.open("/inbox?tab=copied").words
    waiting = door.api("city1:dept_leader").get("/inbox").get_json()
    assert [(one["no"], one["item"]["kind"]) for one in waiting["items"]] == [(no, "second")]
    assert waiting["counters"]["todo"] == 1
    own = door.api("k1:dept_leader").get("/inbox").get_json()
    assert [one["item"]["kind"] for one in own["items"]] == ["decide"], "not the one who proposes it"
    city.open(f"/cases/{no}")
    page = city.send("/confirm_termination", comment="情况属实")
    assert "已终止" in page.words
    page = clerk.open(f"/cases/{no}?tab=history")
    assert "经上级部门两人确认终止" in page.words
    assert "提请）" in page.words
    assert not page.offers("/approve")


def test_a_case_is_put_back_by_two(door: Door) -> None:
    no = at_the_department(door)
    county, city = Visitor(door, "k1:dept_leader"), Visitor(door, "city1:dept_leader")
    county.open(f"/cases/{no}")
    page = county.send("/propose_jump", jump_to="0", comment="转入学校核办有误")
    assert "提请调整到栖云区青松小学（转入学校核办）" in page.words
    city.open(f"/cases/{no}")
    page = city.send("/confirm_jump")
    assert "调整环节，请重新办理" in page.words
    assert "转入学校核办有误" in Visitor(door, "a1:school_leader").open(f"/cases/{no}").words


def test_a_program_proposes_and_another_confirms(door: Door) -> None:
    no = at_the_department(door)
    county, city = door.api("k1:dept_leader"), door.api("city1:dept_leader")
    assert county.act(no, "propose_termination").status_code == 422
    assert county.act(no, "propose_termination", comment="重复").status_code == 200
    told = city.get(f"/cases/{no}").get_json()["proposal"]
    assert (told["kind"], told["comment"], told["office"]["code"]) == ("terminate", "重复", door.cast.code["k1"])
    refused = county.act(no, "confirm_termination")
    assert (refused.status_code, refused.get_json()["reasons"][0]["guard"]) == (422, "C7")
    assert door.api("a1:school_clerk").act(no, "confirm_termination").status_code == 403
    assert door.api("k3:dept_leader").act(no, "confirm_termination").status_code == 404
    assert city.act(no, "confirm_termination").get_json()["phase"] == "terminated"
    case = city.get(f"/cases/{no}").get_json()
    assert (case["title"], case["proposal"], case["items"]) == ("已终止", None, [])
    assert case["events"][-1]["facts"]["proposed_by"]


def test_whoever_answers_a_proposal_second_reads_who_did_and_when(door: Door) -> None:
    """Dropping it raises no revision, so that it makes nobody's page of the case stale."""
    no = at_the_department(door)
    county, city, province = (Visitor(door, who) for who in ("k1:dept_leader", "city1:dept_leader", "prov:dept_leader"))
    county.open(f"/cases/{no}")
    county.send("/propose_termination", comment="重复")
    for one in (city, county):
        one.open(f"/cases/{no}")
    city.send("/drop_proposal")
    name = name_of(door, "city1:dept_leader")
    page = county.send("/drop_proposal", 409)
    assert f"{name}已于2025年9月1日 09:00取消这项提请，请重新打开查看" in page.words
    late = door.api("city1:dept_leader").act(no, "confirm_termination")
    assert (late.status_code, late.get_json()["code"], late.get_json()["by"]) == (409, "already_decided", name)
    school = door.api("a1:school_clerk").act(no, "confirm_termination")
    assert (school.status_code, "by" in school.get_json()) == (403, False), "it was never for the school to answer"
    assert province.open(f"/cases/{no}").offers("/propose_termination")


def test_a_page_that_shows_an_earlier_proposal_does_not_confirm_the_next_one(door: Door) -> None:
    no = at_the_department(door)
    county, city = Visitor(door, "k1:dept_leader"), Visitor(door, "city1:dept_leader")
    county.open(f"/cases/{no}")
    county.send("/propose_termination", comment="重复")
    city.open(f"/cases/{no}")
    program = door.api("k1:dept_leader")
    assert program.act(no, "drop_proposal").status_code == 200
    assert program.act(no, "propose_termination", comment="家长要求").status_code == 200
    page = city.send("/confirm_termination", 422)
    assert "您看到的提请已经取消，现在的是另一次提请" in page.words
    assert "家长要求" in page.words
    assert "已终止" in city.send("/confirm_termination").words


def test_a_proposal_that_the_case_left_behind_says_so(door: Door) -> None:
    no = at_the_department(door)
    assert door.api("k1:dept_leader").act(no, "propose_termination", comment="重复").status_code == 200
    assert door.api("k1:dept_leader").act(no, "approve").status_code == 200
    late = door.api("city1:dept_leader").act(no, "confirm_termination")
    assert (late.status_code, late.get_json()["detail"]) == (403, "提请以后事项有了进展，提请已自动失效")


@pytest.mark.parametrize("back_to", ["2", "nowhere", "", "0" * 5000])
def test_a_program_cannot_go_anywhere_else(door: Door, back_to: str) -> None:
    no = at_the_department(door)
    refused = door.api("k1:dept_leader").act(no, "send_back", back_to=back_to, comment="x")
    assert refused.status_code == 422
    assert [reason["field"] for reason in refused.get_json()["reasons"]] == ["back_to"]


def test_a_side_of_a_problem_learns_nothing_of_a_proposal_before_it_is_confirmed(door: Door, dispute: Dispute) -> None:
    dispute.about(("a1", "王小明"), ("a2", "王晓明"))
    county, city = door.api("k1:dept_leader"), door.api("city1:dept_leader")
    secret = "另一所学校的记录有误"
    assert county.act(dispute.no, "propose_termination", comment=secret).status_code == 200
    for who in ("a1:school_clerk", "a2:school_clerk"):
        assert secret not in door.api(who).get(f"/cases/{dispute.no}").get_data(as_text=True)
        assert secret not in Visitor(door, who).open(f"/problems/{dispute.no}").html
    assert secret in Visitor(door, "city1:dept_leader").open(f"/problems/{dispute.no}").words
    assert city.act(dispute.no, "confirm_termination").get_json()["phase"] == "terminated"
    assert secret not in Visitor(door, "a1:school_clerk").open(f"/problems/{dispute.no}").html


def test_a_problem_is_put_back_on_its_page_and_a_side_reads_no_word_about_the_other(
    door: Door, dispute: Dispute
) -> None:
    dispute.about(("a1", "王小明"), ("b1", "王小明"))
    dispute.claim(1)
    city, province, clerk = (Visitor(door, who) for who in ("city1:dept_leader", "prov:dept_leader", "a1:school_clerk"))
    city.open(f"/problems/{dispute.no}")
    city.send("/propose_jump", jump_to="sides", comment="乙校材料有误")
    assert "提请调整到各校答复" in province.open(f"/problems/{dispute.no}").words
    province.send("/confirm_jump")
    assert "确认调整环节：各校答复" in province.open(f"/problems/{dispute.no}?tab=history").words
    for tab in ("", "?tab=history"):
        words = clerk.open(f"/problems/{dispute.no}{tab}").words
        assert "乙校材料" not in words
        assert door.cast.code["b1"] not in words
    assert "已调整环节" in clerk.open(f"/problems/{dispute.no}").words
