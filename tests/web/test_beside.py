"""Advice, copies, urging and comments on the pages of a case and of a problem, and by program."""

import pytest
from sqlalchemy import select

from models.people import Person
from tests.cast import Cast
from tests.dispute import Dispute
from tests.journeys.hands import Visitor
from tests.play import Play
from tests.web.door import Door
from web import clock


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    play = Play(door.house.engine, cast, clock.now()).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "approve")
    return play


def name_of(door: Door, who: str) -> str:
    return str(door.ask(select(Person.name).where(Person.id == door.cast.person[who]))[0])


def test_advice_is_asked_and_given_on_the_page(door: Door, play: Play) -> None:
    leader, clerk = Visitor(door, "k1:dept_leader"), Visitor(door, "k1:dept_clerk")
    leader.open(f"/cases/{play.no}")
    leader.send("/consult", person="k1-dept_clerk", comment="户口簿第二页是否清楚")
    assert "提意见" in clerk.open("/inbox").words
    assert "户口簿第二页是否清楚" in clerk.open(f"/cases/{play.no}").words
    clerk.send("/advise", 422)
    assert "请写明理由" in clerk.page.words
    clerk.send("/advise", comment="清楚，与原件一致")
    history = leader.open(f"/cases/{play.no}?tab=history").words
    assert f"征求意见：{name_of(door, 'k1:dept_clerk')}" in history
    assert "清楚，与原件一致" in history
    assert leader.open(f"/cases/{play.no}").offers("/approve")


def test_an_opinion_that_nobody_waits_for_any_more_says_who_wants_it_no_longer_and_when(door: Door, play: Play) -> None:
    play.act("k1:dept_leader", "consult", person="k1-dept_clerk", comment="户口簿第二页是否清楚")
    clerk = Visitor(door, "k1:dept_clerk")
    clerk.open(f"/cases/{play.no}")
    play.act("k1:dept_leader", "drop_consult")
    page = clerk.send("/advise", 409, comment="清楚")
    assert f"{name_of(door, 'k1:dept_leader')}已于2025年9月1日 09:00撤去这项征求意见，请重新打开查看" in page.words
    assert "清楚" in page.words, "what was typed is not lost"
    never = door.api("k1:arbitrator").act(play.no, "advise", comment="清楚")
    assert (never.status_code, "by" in never.get_json()) == (403, False), "he was not asked"


def test_a_school_below_reads_and_answers_what_it_was_asked(door: Door, play: Play) -> None:
    play.act("k1:dept_leader", "consult", person="a3-school_leader", comment="该生是否报过名")
    asked = Visitor(door, "a3:school_leader")
    page = asked.open(f"/cases/{play.no}")
    assert "该生是否报过名" in page.words
    assert "沈明铭" not in page.words, "a school that takes no part reads a masked name"
    asked.send("/advise", comment="没有报名")
    assert "没有报名" in Visitor(door, "k1:dept_leader").open(f"/cases/{play.no}?tab=history").words


def test_a_copy_is_sent_read_and_gone(door: Door, play: Play) -> None:
    leader, other = Visitor(door, "k1:dept_leader"), Visitor(door, "city1:dept_leader")
    leader.open(f"/cases/{play.no}")
    leader.send("/copy", 422, person="不存在的单位")
    assert leader.page.form("/copy").values["person"] == "不存在的单位"
    leader.send("/copy", person="朗星市教育局")
    assert play.no in other.open("/inbox?tab=copied").words
    other.open(f"/cases/{play.no}")
    other.send("/read")
    assert play.no not in other.open("/inbox?tab=copied").words


def test_urging_is_one_click_and_says_when_it_is_too_often(door: Door, play: Play) -> None:
    clerk = Visitor(door, "a1:school_clerk")
    clerk.open(f"/cases/{play.no}")
    clerk.send("/urge")
    assert not clerk.open(f"/cases/{play.no}").offers("/urge")
    assert door.api("a1:school_clerk").act(play.no, "urge").get_json()["reasons"][0]["message"] == (
        "今天已经催办过，明天可以再催"
    )


def test_urging_is_not_for_the_own_office_nor_for_a_case_that_stands_still_and_says_so(door: Door, cast: Cast) -> None:
    play = Play(door.house.engine, cast, clock.now()).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    assert _why_not_urged(door, play) == "现在由本单位办理，同单位的同事请直接联系，不用催办"
    assert "催办" not in Visitor(door, "a1:school_leader").open(f"/cases/{play.no}").words, "it is for himself to do"
    play.act("a1:school_leader", "suspend", comment="等待区划调整文件")
    assert _why_not_urged(door, play) == "栖云区青松小学于 9月1日挂起本事项（等待区划调整文件），恢复后才能办理"


def _why_not_urged(door: Door, play: Play) -> str:
    """Return the one sentence that page and program say to the clerk who applied."""
    clerk = door.api("a1:school_clerk")
    [option] = [one for one in clerk.get(f"/cases/{play.no}").get_json()["further"] if one["action"] == "urge"]
    [reason] = option["reasons"]
    refusal = clerk.act(play.no, "urge")
    assert (refusal.status_code, refusal.get_json()["detail"]) == (422, reason["message"])
    page = Visitor(door, "a1:school_clerk").open(f"/cases/{play.no}")
    assert reason["message"] in page.words
    assert not page.offers("/urge")
    return str(reason["message"])


def test_somebody_is_called_in_a_comment(door: Door, play: Play) -> None:
    clerk = Visitor(door, "a1:school_clerk")
    clerk.open(f"/cases/{play.no}?tab=talk")
    clerk.send("/comment", 422, comment="请@没有这个人 看")
    assert "没有可以提到的“@没有这个人”" in clerk.page.words
    assert clerk.page.form("/comment").values["comment"] == "请@没有这个人 看"
    clerk.send("/comment", comment="请@k1-dept_leader 看")
    assert "请@k1-dept_leader 看" in clerk.page.words


def test_a_program_asks_copies_and_speaks(door: Door, play: Play) -> None:
    leader, clerk = door.api("k1:dept_leader"), door.api("k1:dept_clerk")
    people = leader.get(f"/cases/{play.no}/people?action=consult").get_json()["people"]
    assert {one["username"] for one in people} >= {"k1-dept_clerk", "a1-school_clerk", "a2-school_leader"}
    assert leader.act(play.no, "consult", person="k1-dept_clerk", comment="请看").status_code == 200
    [item] = [one for one in clerk.get(f"/cases/{play.no}").get_json()["items"] if one["kind"] == "advise"]
    assert item["mine"]
    assert clerk.act(play.no, "advise", comment="可以").status_code == 200
    assert leader.act(play.no, "copy", person=door.cast.code["city1"]).status_code == 200
    body = {"comment": "请@a1-school_clerk 补照片"}
    first = clerk.post(f"/cases/{play.no}/comments", body, "comment-key-000000001")
    assert first.status_code == 201
    assert clerk.post(f"/cases/{play.no}/comments", body, "comment-key-000000001").get_json() == first.get_json()
    assert clerk.get(f"/cases/{play.no}").get_json()["events"][-1]["comment"] == body["comment"]
    assert door.api("k3:dept_leader").post(f"/cases/{play.no}/comments", body).status_code == 404


def test_on_the_page_of_a_problem_each_side_keeps_to_itself(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("b1", "王晓明"))
    clerk, leader = Visitor(door, "a1:school_clerk"), Visitor(door, "a1:school_leader")
    clerk.open(f"/problems/{dispute.no}")
    clerk.send("/consult", person="a1-school_leader", comment="这名学生是否在读")
    assert "这名学生是否在读" in leader.open(f"/problems/{dispute.no}").words
    leader.send("/advise", comment="在五年级一班")
    own = clerk.open(f"/problems/{dispute.no}?tab=history").words
    assert "在五年级一班" in own
    clerk.open(f"/problems/{dispute.no}?tab=history&write=yes")
    clerk.send("/comment", comment="已请家长补户口簿")
    for above in ("k1:dept_clerk", "city1:arbitrator"):
        page = Visitor(door, above).open(f"/problems/{dispute.no}?tab=history").words
        assert "已请家长补户口簿" in page, above
    ruler = Visitor(door, "city1:arbitrator")
    ruler.open(f"/problems/{dispute.no}?tab=history&write=yes")
    ruler.send("/comment", comment="两校情况不一致")
    assert "两校情况不一致" not in clerk.open(f"/problems/{dispute.no}?tab=history").words
    for other in ("b1:school_clerk", "k2:dept_clerk"):
        page = Visitor(door, other).open(f"/problems/{dispute.no}?tab=history").words
        for said in ("在五年级一班", "这名学生是否在读", "已请家长补户口簿", "征求意见"):
            assert said not in page, other


def test_somebody_asked_about_a_problem_without_a_side_reads_no_record(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    dispute.act("k1:arbitrator", "consult", person="a3-school_leader", comment="是否在贵校借读")
    page = Visitor(door, "a3:school_leader").open(f"/problems/{dispute.no}")
    assert "是否在贵校借读" in page.words
    assert "王小明" not in page.words
    assert "王晓明" not in page.words
