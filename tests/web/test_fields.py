"""What a program reads of the fields of an action: names, words and the values that may stand there."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.dispute import Dispute
from tests.play import Play
from tests.statements import counted
from tests.web.door import Caller, Door
from web import clock

LIMIT = 8
"""Statements of a page; the lists of all fields ask for nothing more."""


@pytest.fixture
def play(door: Door, cast: Cast) -> Play:
    """A transfer that both schools agreed to; it waits for their county."""
    play = Play(door.house.engine, cast, clock.now()).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "approve")
    return play


def acts(caller: Caller, no: str) -> dict[str, Any]:
    """Return the options of the case by their names."""
    case = caller.get(f"/cases/{no}").get_json()
    return {one["action"]: one for one in (*case["options"], *case["further"])}


def fields(act: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one for one in act["fields"]}


def test_every_field_of_an_allowed_act_says_what_may_stand_there(door: Door, play: Play) -> None:
    leader = door.api("k1:dept_leader")
    leader.get(f"/cases/{play.no}")
    with counted(door.house.engine) as seen:
        found = acts(leader, play.no)
    assert len(seen) <= LIMIT, "\n".join(seen)
    for act in found.values():
        told = {one["name"] for one in act["fields"]}
        wanted = {*act["required"], *act["optional"]} - {"turn"} if act["allowed"] else set()
        assert told == wanted, act
        assert all(one["options"] for one in act["fields"] if one["kind"] in ("choice", "choices")), act
    resume = fields(found["send_back"])["resume"]
    assert [one["value"] for one in resume["options"]] == ["straight", "again"]
    assert "居住或工作证明" in [one["value"] for one in fields(found["return"])["items"]["options"]]
    assert fields(found["return"])["comment"]["max_length"] == 2000
    assert [one["value"] for one in fields(found["consult"])["person"]["options"]]
    assert door.cast.code["a1"] in [one["value"] for one in fields(found["copy"])["person"]["options"]]


def test_a_case_goes_back_to_a_step_that_was_listed(door: Door, play: Play) -> None:
    leader = door.api("k1:dept_leader")
    back_to = fields(acts(leader, play.no)["send_back"])["back_to"]
    assert (back_to["kind"], back_to["required"], back_to["title"]) == ("choice", True, "退回到")
    values = {one["title"]: one["value"] for one in back_to["options"]}
    assert list(values) == [
        "栖云区青松小学（补正后重新提交）", "栖云区青松小学（转入学校核办）", "栖云区新苗小学（转出学校核办）",
    ]  # fmt: skip
    there = values["栖云区新苗小学（转出学校核办）"]
    assert leader.act(play.no, "send_back", back_to=there, comment="请再核对").get_json()["phase"] == "releasing_school"


def test_who_answers_for_a_side_of_a_problem_reads_which_and_how(door: Door, cast: Cast) -> None:
    dispute = Dispute(door.house.engine, cast).about(("a1", "王小明"), ("a2", "王晓明"))
    dispute.paper("a1")
    found = acts(door.api("a1:school_clerk"), dispute.no)
    for name in ("answer_delete", "answer_correct", "answer_claim"):
        [side] = fields(found[name])["side"]["options"]
        assert (side["value"], "青松小学" in side["title"]) == (1, True)
    assert "never_came" in [one["value"] for one in fields(found["answer_delete"])["reason"]["options"]]
    assert {"corrected.name", "corrected.sex"} <= set(fields(found["answer_correct"]))
    dispute.all_claim()
    ruling = acts(door.api("k1:arbitrator"), dispute.no)
    assert fields(ruling["draft_ruling"])["verdicts"]["kind"] == "objects"
    assert "attends_here" in [one["value"] for one in fields(ruling["draft_ruling"])["reasons"]["options"]]
    assert [one["value"] for one in fields(ruling["send_inquiry"])["sides"]["options"]] == [1, 2]
