"""转办, 收回 and 呈请上级: a question goes to a colleague, back to its desk, or up, and the log says so (B6, B16)."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Event, WorkItem
from models.deputies import Substitution
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.consistency import assert_consistent
from tests.play import Play
from workflow import acts, inbox
from workflow import engine as door
from workflow.acts import people
from workflow.errors import NotAllowed, NotFound, Unmet
from workflow.rights import right_to
from workflow.world import world_of


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    """A request at a school with two leaders and one more clerk."""
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    hire(play, "second", "a1", "school_leader")
    hire(play, "clerk2", "a1", "school_clerk")
    return play


def hire(play: Play, username: str, office: str, role: str) -> None:
    def work(session: Session) -> int:
        person = Person(username=username, name=username, created_at=MONDAY)
        session.add(person)
        session.flush()
        post = {"org_id": play.cast.org[office], "role": role, "valid_from": MONDAY.date()}
        session.add(Post(person_id=person.id, **post))
        return person.id

    play.cast.person[username] = transact(play.engine, work)


def item_of(play: Play) -> WorkItem:
    with reading(play.engine) as session:
        return session.scalars(select(WorkItem).where(WorkItem.open)).one()


def last(play: Play) -> Event:
    with reading(play.engine) as session:
        return session.scalars(select(Event).order_by(Event.case_id, Event.seq.desc())).first()  # type: ignore[return-value]


def refused(play: Play, who: str, act: str, **values: Any) -> list[tuple[str, str]]:
    with pytest.raises(Unmet) as why:
        play.act(who, act, **values)
    return [(reason.guard, reason.field) for reason in why.value.reasons]


def desk(play: Play, who: str) -> list[tuple[str, str]]:
    """Return the numbers before somebody, each with who has it by name."""
    with reading(play.engine) as session:
        actor = door.actor_of(session, play.cast.person[who], play.now.date())
        return [(line.no, line.with_whom) for line in inbox.todo(session, actor)]


# ---- to a colleague --------------------------------------------------------------------------------------------------


def test_the_colleague_has_it_and_whoever_had_it_does_not(play: Play) -> None:
    due = item_of(play).due_at
    play.act("a1:school_leader", "reassign", person="second", comment="出差")
    assert item_of(play).assignee_id == play.cast.person["second"]
    assert item_of(play).due_at == due
    assert last(play).body["handed_to"] == {"id": play.cast.person["second"], "name": "second"}
    with pytest.raises(NotAllowed):
        play.act("a1:school_leader", "approve")
    play.act("second", "approve")
    assert play.phase == "releasing_school"
    assert_consistent(play.engine)


def test_colleagues_see_in_the_inbox_who_is_on_it_and_it_counts_for_him_alone(play: Play) -> None:
    play.act("a1:school_leader", "claim")
    mine = name_of(play, "a1:school_leader")
    assert desk(play, "second") == [(play.no, mine)]
    assert desk(play, "a1:school_leader") == [(play.no, mine)]
    with reading(play.engine) as session:
        counts = [
            inbox.counters(session, door.actor_of(session, play.cast.person[who], MONDAY.date()), MONDAY).todo
            for who in ("a1:school_leader", "second")
        ]
    assert counts == [1, 0]


def name_of(play: Play, who: str) -> str:
    with reading(play.engine) as session:
        return session.get_one(Person, play.cast.person[who]).name


@pytest.mark.parametrize(
    "person",
    ["a1-school_clerk", "a2-school_leader", "k1-dept_leader", "a1-school_leader", "nobody", "", 7],
    ids=["another role", "another school", "the office above", "himself", "nobody", "nothing", "a number"],
)
def test_only_somebody_at_the_same_desk_can_be_given_it(play: Play, person: object) -> None:
    assert ("field", "person") in refused(play, "a1:school_leader", "reassign", person=person)


def test_whoever_may_not_sign_is_not_given_the_question(play: Play) -> None:
    """Four eyes: the second clerk sent the request and became a leader; he is not offered."""
    transact(play.engine, lambda session: session.add(
        Post(person_id=play.cast.person["a1:school_clerk"], org_id=play.cast.org["a1"], role="school_leader",
             valid_from=MONDAY.date())))  # fmt: skip
    assert refused(play, "a1:school_leader", "reassign", person="a1-school_clerk") == [("field", "person")]
    with reading(play.engine) as session:
        actor = door.actor_of(session, play.cast.person["a1:school_leader"], MONDAY.date())
        step = door.look(session, play.no, actor, world_of(session), play.now)
        assert right_to(step, acts.COMMON["reassign"]) is None
        assert [one.username for one in people.at_the_same_desk(step)] == ["second"]


def test_nor_is_his_deputy(play: Play) -> None:
    """The second leader stands in for the clerk who sent the request."""
    order = Substitution(
        principal_id=play.cast.person["a1:school_clerk"], deputy_id=play.cast.person["second"],
        valid_from=MONDAY.date(), valid_to=MONDAY.date(), ordered_by=1, ordered_at=MONDAY,
    )  # fmt: skip
    transact(play.engine, lambda session: session.add(order))
    assert refused(play, "a1:school_leader", "reassign", person="second") == [("field", "person")]


def test_an_office_with_one_officer_reads_why_nobody_can_take_it(engine: Engine, cast: Cast) -> None:
    alone = Play(engine, cast).open("a1", "沈明铭")
    alone.act("a1:school_clerk", "submit")
    with pytest.raises(Unmet) as why:
        alone.act("a1:school_leader", "reassign", person="a1-school_clerk")
    assert [reason.message for reason in why.value.reasons] == ["同岗位没有可以接手的其他人员"]


def test_the_leader_of_the_office_hands_a_clerk_s_question_on_and_takes_it_back(play: Play) -> None:
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    assert play.phase == "arrival"
    play.act("a1:school_leader", "reassign", person="clerk2")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    play.act("a1:school_leader", "take_back")
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    assert play.phase == "effective"


def test_a_claim_does_not_outlast_the_leader_and_strangers_take_nothing_back(play: Play) -> None:
    play.act("second", "claim")
    for stranger in ("a1:school_clerk", "a2:school_leader", "k1:dept_leader"):
        with pytest.raises(NotAllowed):
            play.act(stranger, "take_back")
    with pytest.raises(NotFound):
        play.act("k3:dept_leader", "take_back")
    play.act("a1:school_leader", "take_back")
    play.act("a1:school_leader", "approve")


# ---- up --------------------------------------------------------------------------------------------------------------


def test_the_office_above_answers_instead_and_everybody_reads_so(play: Play) -> None:
    due = item_of(play).due_at
    play.act("a1:school_leader", "escalate", comment="与学生有亲属关系")
    item = item_of(play)
    assert (item.org_id, item.queue) == (play.cast.org["k1"], f"{play.cast.org['k1']}:dept_leader")
    assert item.due_at == due
    with pytest.raises(NotAllowed):
        play.act("second", "approve")
    play.act("k1:dept_leader", "approve")
    assert last(play).body["instead_of"] == play.cast.org["a1"]
    assert last(play).body["office"] == play.cast.org["k1"]
    [decision] = play.case().state["decisions"].values()
    assert decision["by_office"] == play.cast.org["k1"]
    assert play.phase == "releasing_school", "it counts for the school"
    assert_consistent(play.engine)


def test_it_needs_a_reason_and_an_office_above(play: Play) -> None:
    assert refused(play, "a1:school_leader", "escalate") == [("field", "comment")]


def test_nobody_above_says_so_and_nothing_changes(play: Play) -> None:
    def gone(session: Session) -> None:
        for short in ("k1", "city1", "prov"):
            for person in session.scalars(
                select(Person).join(Post).where(Post.org_id == play.cast.org[short], Post.role == "dept_leader")
            ):
                person.disabled_at = MONDAY

    transact(play.engine, gone)
    assert refused(play, "a1:school_leader", "escalate", comment="回避") == [("above", "")]
    assert item_of(play).org_id == play.cast.org["a1"]
    assert_consistent(play.engine)
