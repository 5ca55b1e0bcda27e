"""加签 and 减签: a colleague signs before, beside or after whoever is asked, who still decides."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.session import reading
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.council import colleague
from tests.decree import decree
from tests.play import Play
from tests.statements import counted
from workflow import acts, inbox, queues, rights
from workflow import engine as door
from workflow.acts import adding
from workflow.calendar import due_day_of
from workflow.errors import NotAllowed, Unmet
from workflow.routing import key_of
from workflow.world import world_of

LEADER, CLERK, EXPERT = "k1:dept_leader", "k1:dept_clerk", "k1:arbitrator"
NO = {"cause": "材料不真实", "comment": "户口簿存疑"}


@pytest.fixture(autouse=True)
def consistent(request: pytest.FixtureRequest) -> Iterator[None]:
    engine: Engine = request.getfixturevalue("engine")
    yield
    assert_consistent(engine)


@pytest.fixture
def county(play: Play) -> Play:
    """A transfer inside k1 that lies at its department."""
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    for who in ("a1:school_leader", "a2:school_leader"):
        play.act(who, "approve")
    assert play.phase == "common_department"
    return play


def add(play: Play, who: str, signer: str, where: str, **values: Any) -> None:
    with reading(play.engine) as session:
        name = session.scalars(select(door.Person.username).where(door.Person.id == play.cast.person[signer])).one()
    play.act(who, "add_signer", person=name, where=where, **values)


def take_off(play: Play, who: str, signer: str) -> None:
    with reading(play.engine) as session:
        name = session.scalars(select(door.Person.username).where(door.Person.id == play.cast.person[signer])).one()
    play.act(who, "remove_signer", person=name)


def todo(play: Play, who: str) -> int:
    with reading(play.engine) as session:
        return len(inbox.todo(session, play.cast.actor(session, who)))


def events(play: Play) -> list[Event]:
    with reading(play.engine) as session:
        query = select(Event).join(Case).where(Case.no == play.no).order_by(Event.seq)
        return list(session.scalars(query))


def decision(play: Play) -> dict[str, Any]:
    case = play.case()
    found: dict[str, Any] = case.state["decisions"][key_of(case.route[-1])]
    return found


# ---- when he signs ---------------------------------------------------------------------------------------------------


def test_before_oneself_the_colleague_signs_first(county: Play, cast: Cast) -> None:
    add(county, LEADER, CLERK, "before")
    assert (todo(county, CLERK), todo(county, LEADER)) == (1, 1)
    with pytest.raises(Unmet, match="还没有签署"):
        county.act(LEADER, "approve")
    assert county.act(CLERK, "approve", comment="材料齐全").phase == "common_department"
    assert county.act(LEADER, "approve").phase == "arrival"
    kept = decision(county)
    assert (kept["by"], [vote["by"] for vote in kept["with"]]) == (cast.person[LEADER], [cast.person[CLERK]])


def test_beside_oneself_both_sign_in_any_order_and_it_stays_ones_own_decision(county: Play, cast: Cast) -> None:
    add(county, LEADER, CLERK, "beside")
    assert county.act(LEADER, "approve").phase == "common_department"
    assert todo(county, LEADER) == 0
    assert county.act(CLERK, "approve").phase == "arrival"
    kept = decision(county)
    assert kept["by"] == cast.person[LEADER], "the clerk completed it, the leader decided it"
    last = events(county)[-1]
    assert (last.actor_id, last.action, last.body["added_by"]) == (
        cast.person[CLERK],
        "approve",
        kept["name"].split("、")[0],
    )


def test_beside_oneself_the_colleague_may_be_first_too(county: Play, cast: Cast) -> None:
    add(county, LEADER, CLERK, "beside")
    assert county.act(CLERK, "approve").phase == "common_department"
    assert county.act(LEADER, "approve").phase == "arrival"
    assert decision(county)["by"] == cast.person[LEADER]


def test_after_oneself_the_colleague_is_asked_when_one_has_agreed(county: Play) -> None:
    add(county, LEADER, CLERK, "after")
    assert todo(county, CLERK) == 0
    with pytest.raises(NotAllowed):
        county.act(CLERK, "approve")
    assert county.act(LEADER, "approve").phase == "common_department"
    assert todo(county, CLERK) == 1
    assert county.act(CLERK, "approve").phase == "arrival"


def test_several_can_be_added_in_different_places(county: Play) -> None:
    add(county, LEADER, CLERK, "before")
    add(county, LEADER, EXPERT, "after")
    county.act(CLERK, "approve")
    assert county.act(LEADER, "approve").phase == "common_department"
    assert county.act(EXPERT, "approve").phase == "arrival"
    assert len(decision(county)["with"]) == 2


# ---- what an objection means -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["before", "beside"])
def test_an_objection_decides_nothing_and_lies_before_whoever_asked_for_it(county: Play, where: str) -> None:
    add(county, LEADER, CLERK, where)
    assert county.act(CLERK, "refuse", **NO).phase == "common_department"
    assert todo(county, LEADER) == 1
    assert county.act(LEADER, "approve").phase == "arrival", "he decides, knowing of it"
    assert "refusals" not in county.case().state


@pytest.mark.parametrize("where", ["beside", "after"])
def test_what_one_had_agreed_to_is_asked_again_when_an_added_signer_objects(county: Play, where: str) -> None:
    add(county, LEADER, CLERK, where)
    county.act(LEADER, "approve")
    assert county.act(CLERK, "refuse", **NO).phase == "common_department"
    assert todo(county, LEADER) == 1
    assert county.act(LEADER, "refuse", **NO).phase == "rejected"


def test_an_added_signer_cannot_return_the_case_nor_add_others_nor_hand_it_on(county: Play) -> None:
    add(county, LEADER, CLERK, "beside")
    for action, values in [
        ("return", {"comment": "请补正"}), ("send_back", {"comment": "请补正", "back_to": "0"}), ("release", {}),
        ("add_signer", {"person": "k1-arbitrator", "where": "beside"}), ("reassign", {"person": "k1-arbitrator"}),
    ]:  # fmt: skip
        with pytest.raises(NotAllowed):
            county.act(CLERK, action, **values)


def test_whoever_is_asked_may_still_refuse_or_return_at_once(county: Play) -> None:
    add(county, LEADER, CLERK, "before")
    assert county.act(LEADER, "return", comment="请补正").phase == "draft"
    assert todo(county, CLERK) == 0
    county.act("a1:school_clerk", "submit")
    assert county.act(LEADER, "approve").phase == "arrival", "the new round knows nothing of the old signer"


# ---- taking a signer off ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["before", "beside", "after"])
def test_who_has_not_answered_can_be_taken_off_again(county: Play, where: str) -> None:
    add(county, LEADER, CLERK, where)
    take_off(county, LEADER, CLERK)
    assert todo(county, CLERK) == 0
    assert county.act(LEADER, "approve").phase == "arrival"


@pytest.mark.parametrize("where", ["beside", "after"])
def test_whoever_had_agreed_and_waited_for_him_only_signs_again(county: Play, where: str) -> None:
    add(county, LEADER, CLERK, where)
    county.act(LEADER, "approve")
    take_off(county, LEADER, CLERK)
    assert (todo(county, CLERK), todo(county, LEADER)) == (0, 1)
    assert county.act(LEADER, "approve").phase == "arrival"


def test_who_has_answered_stays_and_nobody_else_takes_anybody_off(county: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "second", "k1")
    add(county, LEADER, CLERK, "beside")
    add(county, LEADER, EXPERT, "beside")
    county.act(CLERK, "approve")
    with pytest.raises(Unmet):
        take_off(county, LEADER, CLERK)
    for stranger in ("second", EXPERT, "a1:school_leader"):
        with pytest.raises(Unmet):
            take_off(county, stranger, EXPERT)


def test_the_seats_that_policy_wants_cannot_be_taken_off(play: Play, session: Session, cast: Cast) -> None:
    decree(
        session,
        "node.steps",
        {"school": ["school_leader"], "department": ["dept_clerk", "dept_leader"]},
        cast.org["k1"],
    )
    decree(session, "signing.department", {"manner": "all", "asked": "desk", "share": 50, "persons": 1}, cast.org["k1"])
    county_of(play)
    add(play, LEADER, EXPERT, "beside")
    with pytest.raises(Unmet):
        take_off(play, LEADER, CLERK)
    play.act(LEADER, "approve")
    play.act(CLERK, "approve")
    assert play.phase == "common_department", "all seats have agreed, the added signer has not"
    assert play.act(EXPERT, "approve").phase == "arrival"
    assert len(decision(play)["with"]) == 2


def county_of(play: Play) -> None:
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    for who in ("a1:school_leader", "a2:school_leader"):
        play.act(who, "approve")


# ---- who can be added ------------------------------------------------------------------------------------------------


def candidates(play: Play, who: str) -> set[int]:
    with reading(play.engine) as session:
        step = door.look(session, play.no, play.cast.actor(session, who), world_of(session), play.now)
        assert rights.right_to(step, acts.COMMON["add_signer"]) is None
        return {one.id for one in adding.who_may_sign(step)}


def test_colleagues_of_the_office_can_be_added_who_had_no_hand_in_the_case(
    county: Play, engine: Engine, cast: Cast
) -> None:
    colleague(engine, cast, "a1:school_leader", "k1", "dept_clerk")
    colleague(engine, cast, "a1:school_clerk", "k1", "dept_clerk")
    assert candidates(county, LEADER) == {cast.person[CLERK], cast.person[EXPERT]}, (
        "no signer, no applicant, not himself"
    )
    add(county, LEADER, CLERK, "before")
    assert candidates(county, LEADER) == {cast.person[EXPERT]}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"person": "k1-dept_leader", "where": "beside"}, "person"),
        ({"person": "a1-school_leader", "where": "beside"}, "person"),
        ({"person": "city1-dept_leader", "where": "beside"}, "person"),
        ({"person": "nobody", "where": "beside"}, "person"),
        ({"person": "", "where": "beside"}, "person"),
        ({"person": "k1-dept_clerk", "where": "behind"}, "where"),
        ({"person": "k1-dept_clerk"}, "where"),
        ({"person": ["k1-dept_clerk"], "where": "beside"}, "person"),
        ({"person": "k1-dept_clerk", "where": {}}, "where"),
    ],
)
def test_nobody_else_and_nowhere_else(county: Play, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Unmet) as refused:
        county.act(LEADER, "add_signer", **values)
    assert [reason.field for reason in refused.value.reasons] == [field]


def test_not_more_than_five_wait_at_once(county: Play, engine: Engine, cast: Cast) -> None:
    for number in range(6):
        colleague(engine, cast, f"clerk{number}", "k1", "dept_clerk")
    for number in range(5):
        add(county, LEADER, f"clerk{number}", "before" if number % 2 else "after")
    with pytest.raises(Unmet, match="最多 5 位"):
        add(county, LEADER, "clerk5", "beside")


def test_only_a_question_that_is_agreed_to_takes_signers(county: Play) -> None:
    county.act(LEADER, "approve")
    assert county.phase == "arrival"
    with pytest.raises(NotAllowed):
        add(county, "a1:school_clerk", "a1:school_leader", "beside")


# ---- time, log, cost -------------------------------------------------------------------------------------------------


def test_adding_a_signer_gives_the_office_no_more_time(county: Play) -> None:
    county.now += dt.timedelta(days=3)
    add(county, LEADER, CLERK, "before")
    with reading(county.engine) as session:
        query = select(WorkItem).join(Case).where(Case.no == county.no, WorkItem.open)
        assert len({due_day_of(item.due_at) for item in session.scalars(query)}) == 1


def test_the_log_names_who_added_and_took_off_whom(county: Play, cast: Cast) -> None:
    add(county, LEADER, CLERK, "before", comment="请核对户口簿")
    take_off(county, LEADER, CLERK)
    told = events(county)[-2:]
    assert [one.action for one in told] == ["add_signer", "remove_signer"]
    assert {(one.actor_id, one.body["handed_to"]["id"]) for one in told} == {(cast.person[LEADER], cast.person[CLERK])}


def test_an_added_signer_signs_nowhere_else_in_the_case(play: Play, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "k1:dept_clerk", "b1", "school_leader")
    play.open("a1", "𠮷田䶮", target_grade=3).act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    add(play, LEADER, CLERK, "before")
    play.act(CLERK, "approve")
    play.act(LEADER, "approve")
    assert play.phase == "releasing_school"
    with pytest.raises(Unmet) as refused:
        play.act(CLERK, "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]


def test_the_watch_sees_that_an_added_signer_is_there(county: Play) -> None:
    add(county, LEADER, CLERK, "before")
    with reading(county.engine) as session:
        assert queues.unattended(session, county.now) == []


def test_each_act_takes_few_statements(county: Play, engine: Engine) -> None:
    took = {}
    for who, action, values in [
        (LEADER, "add_signer", {"person": "k1-dept_clerk", "where": "beside"}), (LEADER, "approve", {}),
        (LEADER, "remove_signer", {"person": "k1-dept_clerk"}), (LEADER, "approve", {}),
    ]:  # fmt: skip
        revision = county.case().revision
        with counted(engine) as seen:
            county.act(who, action, revision=revision, **values)
        took[action] = len(seen)
    assert max(took.values()) <= 6, took
