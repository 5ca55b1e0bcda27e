"""What people and programs see where several sign for an office: how far it is, what their own signature does."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.council import colleague
from tests.decree import decree
from tests.journeys.hands import Visitor
from tests.web.door import Door
from tests.web.test_api import started

BOTH = {"school": ["school_leader"], "department": ["dept_clerk", "dept_leader"]}


def signing(manner: str, asked: str = "desk") -> dict[str, Any]:
    return {"manner": manner, "asked": asked, "share": 60, "persons": 2}


def at_the_department(door: Door) -> str:
    no = str(started(door)["no"])
    for who in ("a1:school_leader", "a2:school_leader"):
        assert door.api(who).act(no, "approve").status_code == 200
    return no


@pytest.fixture
def together(session: Session, cast: Cast) -> None:
    decree(session, "node.steps", BOTH, cast.org["k1"])
    decree(session, "signing.department", signing("all"), cast.org["k1"])


def test_the_page_says_who_signs_in_which_manner_and_how_far_it_is(door: Door, together: None) -> None:
    no = at_the_department(door)
    leader, clerk = Visitor(door, "k1:dept_leader"), Visitor(door, "k1:dept_clerk")
    page = leader.open(f"/cases/{no}")
    assert "部门经办人、部门负责人 会签：还没有人签，待签 2 人" in page.words
    assert "会签：除您外还有 1 人未签。" in page.form("/approve").words
    assert "下一站" not in page.form("/approve").words, "the case may stay here"
    assert "会签：一人不同意，本单位即为不同意" in page.form("/refuse").words
    page = leader.send("/approve", comment="同意")
    assert "部门经办人 会签：已签 1 人，待签 1 人" in page.words
    assert not page.offers("/approve"), "nobody signs twice"
    page = clerk.open(f"/cases/{no}")
    assert "会签：其他人已签完，您签署后本单位意见即定。" in page.form("/approve").words
    assert "下一站" in page.form("/approve").words
    assert "等待学生报到" in clerk.send("/approve").words
    history = clerk.open(f"/cases/{no}?tab=history")
    assert history.words.count("同意") >= 4
    assert "is-void" not in history.html, "both signatures count"


def test_both_parties_read_the_same_sentence(door: Door, together: None) -> None:
    no = at_the_department(door)
    said = {who: Visitor(door, who).open(f"/cases/{no}").words for who in ("a1:school_clerk", "a2:school_clerk")}
    assert all("部门经办人、部门负责人 会签：还没有人签，待签 2 人" in words for words in said.values())


def test_a_program_reads_manner_and_signatures_and_its_own_question(door: Door, together: None) -> None:
    no = at_the_department(door)
    assert door.api("k1:dept_leader").act(no, "approve").get_json()["phase"] == "common_department"
    case = door.api("k1:dept_clerk").get(f"/cases/{no}").get_json()
    stop = case["route"][-1]
    assert (stop["manner"], stop["signers"]) == (
        {"code": "all", "veto": True, "title": "会签"}, ["dept_clerk", "dept_leader"],
    )  # fmt: skip
    assert len(stop["signed"]) == 1
    assert [(item["role"], item["mine"]) for item in case["items"]] == [("dept_clerk", True)]
    answer = door.api("k1:dept_clerk").act(no, "approve")
    assert answer.get_json()["phase"] == "arrival"


def test_each_leader_of_a_vote_finds_his_own_question_in_the_inbox(door: Door, session: Session, cast: Cast) -> None:
    for name in ("second", "third"):
        colleague(door.house.engine, cast, name, "k1")
    decree(session, "signing.department", signing("vote", "each"), cast.org["k1"])
    no = at_the_department(door)
    for who in ("k1:dept_leader", "second", "third"):
        assert [line["no"] for line in door.api(who).get("/inbox?tab=todo").get_json()["items"]] == [no]
    words = Visitor(door, "second").open(f"/cases/{no}").form("/approve").words
    assert "票签：3 人中有 2 人同意即为同意；已有 0 人同意，除您外还有 2 人未签。" in words


def test_the_manner_is_set_on_the_page_of_rules(door: Door, session: Session, cast: Cast) -> None:
    colleague(door.house.engine, cast, "k1:dept_leader", "k1", "security_admin")
    admin: FlaskClient = door.browser("k1:dept_leader")
    words = admin.get("/admin/policies?key=signing.department").get_data(as_text=True)
    assert "主管部门的意见由几人签署" in words
    assert "票签的同意比例" in words
