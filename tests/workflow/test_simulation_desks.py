"""Rules about who gets a question and what may be done with it, tried on what was done at the desks."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.cast import MONDAY, Cast
from tests.council import colleague
from tests.play import Play
from tests.workflow.test_bulk import agree, place, requests
from tests.workflow.test_bulk import run as carry_out
from tests.workflow.test_simulation import act, rule, tried
from web.present.trial import facts
from workflow.distributing import FAMILIAR, OFFER, TURNS

DAY = dt.timedelta(days=1)
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def sent(engine: Engine, cast: Cast) -> Play:
    """A request before the leader of a1, who is not alone at his desk; nor is the leader of a2."""
    colleague(engine, cast, "second", "a1", "school_leader")
    colleague(engine, cast, "third", "a2", "school_leader")
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def said(found: dict[str, Any]) -> str:
    return "；".join(f"{fact.label} {fact.value} {fact.note}" for fact in facts(found))


@SQLITE
def test_acts_that_would_be_off_are_counted_by_act_case_and_desk(engine: Engine, cast: Cast, sent: Play) -> None:
    sent.act("a1:school_leader", "claim")
    sent.act("a1:school_leader", "reassign", person="second")
    sent.act("k1:dept_leader", "suspend", comment="等待证明")
    found = tried(engine, cast, "acts.off", ["claim", "suspend"])
    assert found["acts"]["affected"] == 1
    assert found["acts"]["acts"] == {"claim": {"times": 1, "cases": 1}, "suspend": {"times": 1, "cases": 1}}
    assert "栖云区青松小学学籍主管领导 1 次" in said(found)
    assert "栖云区教育局部门负责人 1 次" in said(found)
    rule(engine, "acts.off", ["claim"])
    assert list(tried(engine, cast, "acts.off", ["claim", "suspend"])["acts"]["acts"]) == ["suspend"]
    assert tried(engine, cast, "acts.off", ["suspend"], "k2")["cases"] == 0


@SQLITE
def test_what_is_left_to_leaders_concerns_what_others_did(engine: Engine, cast: Cast, sent: Play) -> None:
    """A clerk at a desk hands on; what a leader does himself goes on as before."""
    colleague(engine, cast, "clerk", "k1", "dept_clerk")
    rule(engine, "node.steps", {"school": ["school_leader"], "department": ["dept_clerk", "dept_leader"]})
    other = Play(engine, cast).open("a1", "古丽娜尔·艾合买提")
    other.act("a1:school_clerk", "submit")
    other.act("a1:school_leader", "approve")
    other.act("a2:school_leader", "approve")
    other.act("k1:dept_clerk", "reassign", person="clerk")
    sent.act("a1:school_leader", "reassign", person="second")
    leaders = {"reassign": "leader", "release": "leader"}
    found = tried(engine, cast, "acts.who", leaders)["acts"]
    assert (found["affected"], found["acts"]) == (1, {"reassign": {"times": 1, "cases": 1}})
    assert found["desks"][0]["role"] == "部门经办人"
    assert tried(engine, cast, "acts.who", {**leaders, "reassign": "holder"})["acts"]["affected"] == 0


@SQLITE
def test_decisions_that_nobody_had_claimed_would_need_it(engine: Engine, cast: Cast, sent: Play) -> None:
    """At a1 it was claimed on the third day; at a2, and at the department where one sits alone, it was not."""
    act(sent, 2, "a1:school_leader", "claim")
    act(sent, 3, "a1:school_leader", "approve")
    act(sent, 4, "a2:school_leader", "approve")
    act(sent, 7, "k1:dept_leader", "approve")
    found = tried(engine, cast, "desk.claim", "first")["claiming"]
    assert (found["affected"], found["questions"], found["untaken"], found["alone"]) == (1, 3, 2, 1)
    assert found["days_untaken"] == {"cases": 3, "total": 2 + 1 + 1, "median": 1}
    assert tried(engine, cast, "desk.claim", "free")["claiming"]["questions"] == 0


@SQLITE
def test_what_one_of_several_has_his_colleagues_would_not_see(engine: Engine, cast: Cast, sent: Play) -> None:
    act(sent, 1, "a1:school_leader", "claim")
    act(sent, 2, "a1:school_leader", "reassign", person="second")
    act(sent, 4, "second", "approve")
    act(sent, 4, "a2:school_leader", "approve")
    act(sent, 4, "k1:dept_leader", "claim")  # who sits there alone
    found = tried(engine, cast, "desk.taken", "hide")["taken"]
    assert (found["affected"], found["questions"], found["passed_on"]) == (1, 1, 1)
    assert found["days_by_name"]["total"] == 3
    assert tried(engine, cast, "desk.taken", "hide", "k2")["taken"]["affected"] == 0


@SQLITE
def test_handed_out_in_turns_nothing_waits_for_a_taker(engine: Engine, cast: Cast, sent: Play) -> None:
    """At the department sits one only: nothing is handed out there."""
    act(sent, 2, "a1:school_leader", "approve")
    act(sent, 3, "a2:school_leader", "claim")
    act(sent, 4, "a2:school_leader", "approve")
    turns = {"school": TURNS, "department": TURNS}
    found = tried(engine, cast, "desk.distribution", turns)["handing_out"]
    assert (found["affected"], found["questions"], found["handed_out"], found["to_whom_is_known"]) == (1, 2, 2, 0)
    assert found["days_untaken"]["total"] == 2 + 1
    same = {"school": OFFER, "department": TURNS}
    assert tried(engine, cast, "desk.distribution", same)["handing_out"]["affected"] == 0


@SQLITE
def test_what_was_handed_out_waited_for_nobody(engine: Engine, cast: Cast) -> None:
    rule(engine, "desk.distribution", {"school": TURNS, "department": OFFER})
    colleague(engine, cast, "second", "a1", "school_leader")
    Play(engine, cast).open("a1", "沈明铭").act("a1:school_clerk", "submit")
    found = tried(engine, cast, "desk.distribution", {"school": OFFER, "department": OFFER})["handing_out"]
    assert (found["questions"], found["handed_out"], found["days_untaken"]["cases"]) == (1, 0, 0)


@SQLITE
def test_a_case_that_comes_back_would_lie_with_whoever_had_it(engine: Engine, cast: Cast, sent: Play) -> None:
    act(sent, 1, "a1:school_leader", "return", comment="请补正", items=[])
    act(sent, 2, "a1:school_clerk", "submit")
    act(sent, 3, "second", "approve")
    familiar = {"school": FAMILIAR, "department": OFFER}
    found = tried(engine, cast, "desk.distribution", familiar)["handing_out"]
    assert (found["questions"], found["handed_out"]) == (3, 1), "the first ones stay free"
    assert (found["to_whom_is_known"], found["answered_by_another"]) == (1, 1)


@SQLITE
def test_a_named_person_would_have_had_what_another_answered(engine: Engine, cast: Cast, sent: Play) -> None:
    act(sent, 1, "a1:school_leader", "approve")
    found = tried(engine, cast, "desk.named", ["nobody", "second"])["handing_out"]
    assert (found["affected"], found["questions"]) == (1, 1), "at a2 sits nobody of that name"
    assert (found["to_whom_is_known"], found["answered_by_another"]) == (1, 1)
    assert tried(engine, cast, "desk.named", ["second"], stage="senior")["handing_out"]["affected"] == 0


def test_lines_of_orders_are_known_by_their_moment(engine: Engine, cast: Cast) -> None:
    """Three were agreed to together; a fourth one for itself is no order."""
    numbers = requests(engine, cast, 4)
    carry_out(engine, place(engine, cast, agree(numbers[:3])))
    alone = Play(engine, cast, MONDAY + DAY)
    alone.no = numbers[3]
    alone.act("a1:school_leader", "approve")
    found = tried(engine, cast, "bulk.answers", ["return", "refuse", "reassign"])
    assert found["bulk"] == {"affected": 3, "lines": 3, "answers": {"approve": {"lines": 3, "barred": 3}}}
    assert "成批同意 3 件次 其中 3 件次不能再成批办理" in said(found)
    assert tried(engine, cast, "bulk.answers", ["approve"])["bulk"]["affected"] == 0


@SQLITE
def test_advice_is_counted_although_no_case_waits_for_it(engine: Engine, cast: Cast, sent: Play) -> None:
    """Asked on Monday for an answer within three days; it came on Friday, and nobody else answered."""
    sent.act("a1:school_leader", "consult", person="third", comment="是否在校？")
    sent.act("a1:school_leader", "consult", person="second", comment="是否有学位？")
    act(sent, 4, "third", "advise", comment="在校")
    found = tried(engine, cast, "consult.days", 5)["advice"]
    assert (found["affected"], found["questions"], found["unanswered"]) == (1, 2, 1)
    assert found["late"] == {"present": 2, "proposed": 1}
    assert tried(engine, cast, "consult.days", 3)["advice"]["affected"] == 0
