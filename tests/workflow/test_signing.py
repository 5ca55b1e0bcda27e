"""A jurisdiction says how many sign for an office of a transfer, and in which manner; no process is changed for it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.people import Person
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.council import colleague
from tests.decree import decree
from tests.play import Play
from tests.statements import counted
from workflow.errors import NotAllowed, Unmet
from workflow.policy_shapes import SHAPES, faults_of

BOTH = {"school": ["school_clerk", "school_leader"], "department": ["dept_clerk", "dept_leader"]}
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine | None = request.getfixturevalue("engine") if "play" in request.fixturenames else None
    yield
    if engine:
        assert_consistent(engine)


def signing(manner: str, asked: str = "desk", share: int = 50, persons: int = 1) -> dict[str, Any]:
    return {"manner": manner, "asked": asked, "share": share, "persons": persons}


@pytest.fixture
def ruled(session: Session, cast: Cast) -> Session:
    """In k1 clerk and leader of the department sign at the same time, and both must agree."""
    decree(session, "node.steps", {**BOTH, "school": ["school_leader"]}, cast.org["k1"])
    decree(session, "signing.department", signing("all"), cast.org["k1"])
    return session


def at_the_department(play: Play) -> Play:
    """A transfer inside k1 that lies at the common department."""
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    assert play.act("a2:school_leader", "approve").phase == "common_department"
    return play


def test_clerk_and_leader_sign_together_and_the_later_one_moves_the_case(play: Play, ruled: Session) -> None:
    at_the_department(play)
    stop = play.case().route[-1]
    assert (stop["manner"], [seat["role"] for seat in stop["seats"]]) == (
        {"code": "all", "veto": True}, ["dept_clerk", "dept_leader"],
    )  # fmt: skip
    assert play.act("k1:dept_leader", "approve").phase == "common_department"
    assert play.act("k1:dept_clerk", "approve").phase == "arrival"
    decision = play.case().state["decisions"][f"common_department:{play.cast.org['k1']}:dept_leader:"]
    assert decision["name"] == "、".join(name_of(play, who) for who in ("k1:dept_leader", "k1:dept_clerk"))
    assert [vote["by"] for vote in decision["with"]] == [play.cast.person["k1:dept_leader"]]


def name_of(play: Play, who: str) -> str:
    with Session(play.engine) as session:
        return session.get_one(Person, play.cast.person[who]).name


def test_one_refusal_is_the_offices_refusal_with_its_cause(play: Play, ruled: Session) -> None:
    at_the_department(play)
    play.act("k1:dept_leader", "approve")
    given = {"cause": "材料不真实", "comment": "户口簿不符"}
    assert play.act("k1:dept_clerk", "refuse", **given).phase == "rejected"
    assert play.case().state["objection"]["comment"] == "户口簿不符"


def test_whoever_signed_together_signs_nowhere_else_in_the_case(play: Play, ruled: Session, engine: Engine) -> None:
    """k1 signs first here; its clerk also leads the other school."""
    colleague(engine, play.cast, "k1:dept_clerk", "b1", "school_leader")
    play.open("a1", "𠮷田䶮", target_grade=3).act("a1:school_clerk", "submit")
    for who in ("a1:school_leader", "k1:dept_clerk", "k1:dept_leader"):
        play.act(who, "approve")
    assert play.phase == "releasing_school"
    with pytest.raises(Unmet) as refused:
        play.act("k1:dept_clerk", "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]


def test_the_first_signature_is_enough_where_either_may_sign(play: Play, session: Session, cast: Cast) -> None:
    decree(session, "node.steps", BOTH, cast.org["k1"])
    decree(session, "signing.school", signing("any"), cast.org["k1"])
    decree(session, "signing.department", signing("any"), cast.org["k1"])
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    assert "manner" not in play.case().route[0], "the clerk who asks has signed by asking; the leader is left alone"
    play.act("a1:school_leader", "approve")
    assert play.act("a2:school_clerk", "approve").phase == "common_department"
    assert play.act("k1:dept_leader", "approve").phase == "arrival"


def test_a_vote_of_all_leaders_of_an_office(play: Play, session: Session, engine: Engine, cast: Cast) -> None:
    for name in ("second", "third"):
        colleague(engine, cast, name, "k1")
    decree(session, "signing.department", signing("vote", "each", share=60, persons=2), cast.org["k1"])
    at_the_department(play)
    assert play.act("second", "approve").phase == "common_department"
    given = {"cause": "材料不真实", "comment": "不符"}
    assert play.act("k1:dept_leader", "refuse", **given).phase == "common_department"
    assert play.act("third", "approve").phase == "arrival"
    assert "refusals" not in play.case().state, "an outvoted refusal is none of the office's"


def test_two_leaders_sign_one_after_the_other(play: Play, session: Session, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "second", "k1")
    decree(session, "signing.department", signing("turn", "each"), cast.org["k1"])
    at_the_department(play)
    with pytest.raises(NotAllowed):
        play.act("second", "approve")
    assert play.act("k1:dept_leader", "approve").phase == "common_department"
    assert play.act("second", "approve").phase == "arrival"


def test_a_return_voids_what_was_signed_at_this_office_and_keeps_what_others_decided(
    play: Play, ruled: Session
) -> None:
    at_the_department(play)
    play.now += 3 * DAY
    play.act("k1:dept_leader", "approve")
    play.act("k1:dept_clerk", "return", comment="请补正")
    assert play.phase == "draft"
    play.act("a1:school_clerk", "submit")
    assert play.phase == "common_department", "straight back; both schools' consents stand"
    assert play.act("k1:dept_clerk", "approve").phase == "common_department", "the leader's old vote does not count"
    assert play.act("k1:dept_leader", "approve").phase == "arrival"


def test_a_running_case_keeps_the_signatures_it_was_sent_with(play: Play, session: Session, cast: Cast) -> None:
    at_the_department(play)
    decree(session, "node.steps", BOTH, cast.org["k1"])
    decree(session, "signing.department", signing("all"), cast.org["k1"])
    assert play.act("k1:dept_leader", "approve").phase == "arrival"


def test_the_common_authority_rules_for_an_office_of_several(play: Play, ruled: Session, cast: Cast) -> None:
    """Two schools of one county; the county has to sign itself, and its ruling is its signature."""
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "refuse", cause="其他", comment="不同意")
    assert play.act("k1:dept_leader", "approve").phase == "arrival"


def test_asking_three_persons_takes_few_statements(play: Play, session: Session, engine: Engine, cast: Cast) -> None:
    for name in ("second", "third"):
        colleague(engine, cast, name, "k1")
    decree(session, "signing.department", signing("all", "each"), cast.org["k1"])
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    took = []
    for who in ("a2:school_leader", "second", "third", "k1:dept_leader"):
        revision = play.case().revision
        with counted(engine) as seen:
            play.act(who, "approve", revision=revision)
        took.append(len(seen))
    assert took[0] <= 5, "besides the usual three: who sits there, and numbers for their questions"
    assert took[1:] == [3, 3, 3]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"manner": "perhaps"}, "manner"), ({"asked": "nobody"}, "asked"), ({"share": 0}, "share"),
        ({"share": 101}, "share"), ({"persons": 0}, "persons"), ({"persons": "2"}, "persons"),
    ],
)  # fmt: skip
def test_a_manner_that_cannot_be_counted_cannot_be_decreed(value: dict[str, Any], place: str) -> None:
    assert list(faults_of(SHAPES["signing.school"], {**signing("vote"), **value})) == [place]
    assert faults_of(SHAPES["signing.school"], signing("vote")) == {}


def test_the_default_is_one_after_the_other(play: Play) -> None:
    at_the_department(play)
    assert all("manner" not in stop for stop in play.case().route)
