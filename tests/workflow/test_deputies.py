"""代理: one officer fills in for another for a time, and both names stand wherever he acts (B14, firsts 9 and 11)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.cases import Event, WorkItem
from models.deputies import Substitution
from models.messages import Notice
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.consistency import assert_consistent
from tests.play import Play
from tests.statements import counted
from workflow import deputies, deputy_orders, inbox, notices, outbox
from workflow import engine as door
from workflow.errors import NotAllowed, NotFound, Unmet
from workflow.processes import PUBLISHED
from workflow.world import world_of

TODAY = MONDAY.date()
KINDS = tuple(sorted({process.key for process in PUBLISHED}))


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    """A request that waits for the leader of the school that is to receive the pupil."""
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def username(who: str) -> str:
    return who.replace(":", "-")


def stand_in(play: Play, deputy: str, principal: str, **typed: str) -> Substitution:
    """Let somebody of the cast give a deputy for himself, or `by` somebody else."""
    by = typed.pop("by", principal)
    values = {"principal": username(principal) if by != principal else "", "deputy": username(deputy),
              "valid_to": (TODAY + dt.timedelta(days=7)).isoformat(), **typed}  # fmt: skip

    def work(session: Session) -> Substitution:
        actor = play.cast.actor(session, by)
        return deputy_orders.order(session, actor, world_of(session), values, play.now, KINDS)

    return transact(play.engine, work)


def end(play: Play, order: Substitution, by: str) -> None:
    transact(
        play.engine,
        lambda session: deputy_orders.end(
            session, play.cast.actor(session, by), world_of(session), order.public_id, play.now
        ),
    )


def as_now(play: Play, session: Session, who: str) -> Any:
    return door.actor_of(session, play.cast.person[who], play.now.date())


def desk(play: Play, who: str) -> list[tuple[str, str]]:
    """Return what lies before somebody: case numbers, each with whom he answers it for."""
    with reading(play.engine) as session:
        actor = as_now(play, session, who)
        lines = inbox.todo(session, actor)
        found = []
        for line in lines:
            assert line.item is not None
            one = actor.within(line.process).stands_in_for(line.item.queue, line.item.assignee_id)
            found.append((line.no, one.name if one else ""))
        assert inbox.counters(session, actor, play.now).todo == len(found)
        return found


def name_of(play: Play, who: str) -> str:
    with reading(play.engine) as session:
        return session.get_one(Person, play.cast.person[who]).name


# ---- what a deputy may -----------------------------------------------------------------------------------------------


def test_a_deputy_answers_and_both_names_are_kept(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader")
    assert desk(play, "k1:dept_clerk") == [(play.no, name_of(play, "a1:school_leader"))]
    play.act("k1:dept_clerk", "approve")
    deputy, principal = play.cast.person["k1:dept_clerk"], play.cast.person["a1:school_leader"]
    with reading(play.engine) as session:
        event = session.scalars(select(Event).where(Event.action == "approve")).one()
        item = session.scalars(select(WorkItem).where(WorkItem.phase == "receiving_school")).one()
    assert (event.actor_id, event.acting_for) == (deputy, principal)
    assert (item.closed_by, item.acting_for) == (deputy, principal)
    [decision] = play.case().state["decisions"].values()
    assert decision["name"] == f"{name_of(play, 'k1:dept_clerk')} 代 {name_of(play, 'a1:school_leader')}"
    assert desk(play, "k1:dept_clerk") == []
    assert_consistent(play.engine)


def test_the_holder_stays_answerable_and_may_answer_himself(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader")
    play.act("a1:school_leader", "approve")
    with reading(play.engine) as session:
        event = session.scalars(select(Event).where(Event.action == "approve")).one()
    assert event.acting_for is None
    assert play.phase == "releasing_school"


def test_what_the_holder_took_for_himself_lies_before_his_deputy_too(play: Play) -> None:
    play.act("a1:school_leader", "claim")
    stand_in(play, "k1:dept_clerk", "a1:school_leader")
    assert [no for no, _ in desk(play, "k1:dept_clerk")] == [play.no]
    play.act("k1:dept_clerk", "release")
    play.act("k1:dept_clerk", "claim")
    with reading(play.engine) as session:
        item = session.scalars(select(WorkItem).where(WorkItem.open)).one()
    assert item.assignee_id == play.cast.person["a1:school_leader"], "the question stays the holder's"
    play.act("k1:dept_clerk", "approve")


def test_a_deputy_of_the_clerk_may_take_the_request_back(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_clerk")
    play.act("k1:dept_clerk", "withdraw")
    with reading(play.engine) as session:
        event = session.scalars(select(Event).where(Event.action == "withdraw")).one()
    assert event.acting_for == play.cast.person["a1:school_clerk"]


@pytest.mark.parametrize(
    "typed",
    [
        {"process": "problem"},
        {"valid_from": (TODAY + dt.timedelta(days=1)).isoformat()},
    ],
    ids=["another kind of case", "not yet"],
)
def test_an_order_reaches_no_further_than_it_says(play: Play, typed: dict[str, str]) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader", **typed)
    assert desk(play, "k1:dept_clerk") == []
    with pytest.raises(NotAllowed):
        play.act("k1:dept_clerk", "approve")


def test_an_order_for_one_office_does_not_reach_the_other(play: Play) -> None:
    def second_post(session: Session) -> None:
        person = play.cast.person["a1:school_leader"]
        post = {"org_id": play.cast.org["a2"], "role": "school_leader", "valid_from": TODAY}
        session.add(Post(person_id=person, **post))

    transact(play.engine, second_post)
    stand_in(play, "k1:dept_clerk", "a1:school_leader", org=play.cast.code["a2"])
    assert desk(play, "k1:dept_clerk") == []
    stand_in(play, "k1:dept_clerk", "a1:school_leader", org=play.cast.code["a1"])
    assert [no for no, _ in desk(play, "k1:dept_clerk")] == [play.no]


def test_a_deputy_comes_too_late_when_the_period_ended_while_his_page_was_open(play: Play) -> None:
    """The deputy is of the office above, sees the case anyway, and reads why he cannot answer any more."""
    stand_in(play, "k1:dept_clerk", "a1:school_leader", valid_to=TODAY.isoformat())
    seen = play.case().revision
    play.now += dt.timedelta(days=1)
    with pytest.raises(NotAllowed) as refused:
        play.act("k1:dept_clerk", "approve", revision=seen)
    assert refused.value.why == f"您代理{name_of(play, 'a1:school_leader')}已于9月1日结束，不能再代为办理"
    assert desk(play, "k1:dept_clerk") == []


def test_a_deputy_who_cannot_even_see_the_case_any_more_reads_the_same(play: Play) -> None:
    move(play, "k2:dept_clerk", "a1")
    order = stand_in(play, "k2:dept_clerk", "a1:school_leader")
    end(play, order, "a1:school_leader")
    move(play, "k2:dept_clerk", None)
    with pytest.raises(NotAllowed, match="已于9月1日结束"):
        play.act("k2:dept_clerk", "approve")
    with pytest.raises(NotFound):
        play.act("k3:dept_clerk", "approve")


def move(play: Play, who: str, school: str | None) -> None:
    """Give somebody of another county a second post at a school, or end it again."""

    def work(session: Session) -> None:
        person = play.cast.person[who]
        if school is None:
            second = session.scalars(select(Post).where(Post.person_id == person).order_by(Post.id.desc())).first()
            session.delete(second)
            return
        post = {"org_id": play.cast.org[school], "role": "check_operator", "valid_from": TODAY}
        session.add(Post(person_id=person, **post))

    transact(play.engine, work)


def test_an_order_ends_with_the_post_it_is_about_and_with_either_account(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader")
    for change, undo in ENDINGS:
        transact(play.engine, lambda session, change=change: change(session, play.cast))
        assert desk(play, "k1:dept_clerk") == []
        transact(play.engine, lambda session, undo=undo: undo(session, play.cast))
        assert desk(play, "k1:dept_clerk") != []


def _post_until(day: dt.date | None) -> Callable[[Session, Cast], None]:
    def work(session: Session, cast: Cast) -> None:
        person = cast.person["a1:school_leader"]
        session.scalars(select(Post).where(Post.person_id == person)).one().valid_to = day

    return work


def _account(ended: dt.datetime | None) -> Callable[[Session, Cast], None]:
    def work(session: Session, cast: Cast) -> None:
        session.get_one(Person, cast.person["a1:school_leader"]).disabled_at = ended

    return work


ENDINGS = [
    (_post_until(TODAY - dt.timedelta(days=1)), _post_until(None)),
    (_account(MONDAY), _account(None)),
]


def test_nobody_acts_through_a_third_person(play: Play) -> None:
    """The deputy is filled in for as well, but only at his own desk."""
    stand_in(play, "k1:dept_leader", "a1:school_leader")
    chain = Substitution(
        principal_id=play.cast.person["k1:dept_leader"],
        deputy_id=play.cast.person["city1:dept_leader"],
        valid_from=TODAY,
        valid_to=TODAY,
        ordered_by=play.cast.person["k1:dept_leader"],
        ordered_at=play.now,
    )
    transact(play.engine, lambda session: session.add(chain))
    assert desk(play, "city1:dept_leader") == []
    assert [no for no, _ in desk(play, "k1:dept_leader")] == [play.no]


def test_standing_in_takes_no_further_statement(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader")
    with Session(play.engine) as session:
        world_of(session)
    revision = play.case().revision
    with counted(play.engine) as seen:
        play.act("k1:dept_clerk", "approve", revision=revision)
    assert len(seen) == 3


# ---- four eyes -------------------------------------------------------------------------------------------------------


def test_the_deputy_of_the_applicant_does_not_sign_even_at_his_own_desk(play: Play) -> None:
    stand_in(play, "a1:school_leader", "a1:school_clerk")
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_leader", "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]


def test_what_an_applicant_does_aside_for_his_leader_bars_the_leader_from_nothing(play: Play) -> None:
    stand_in(play, "a1:school_clerk", "a1:school_leader")
    with pytest.raises(NotAllowed):
        play.act("a1:school_clerk", "claim")
    play.act("a1:school_clerk", "copy", person="a2-school_leader")
    play.act("a1:school_clerk", "suspend", comment="等待户籍核实", until=(TODAY + dt.timedelta(days=2)).isoformat())
    play.act("a1:school_clerk", "resume")
    play.act("a1:school_leader", "approve")
    assert play.phase == "releasing_school"


def test_the_applicant_does_not_sign_as_somebody_s_deputy(play: Play) -> None:
    stand_in(play, "a1:school_clerk", "a1:school_leader")
    with pytest.raises(Unmet):
        play.act("a1:school_clerk", "approve")


def test_who_was_represented_at_an_earlier_stop_does_not_sign_later(play: Play) -> None:
    """The leader of the school also leads the department; his deputy signed at the school."""

    def second_post(session: Session) -> None:
        person = play.cast.person["a1:school_leader"]
        post = {"org_id": play.cast.org["k1"], "role": "dept_leader", "valid_from": TODAY}
        session.add(Post(person_id=person, **post))

    order = stand_in(play, "k1:dept_clerk", "a1:school_leader")
    play.act("k1:dept_clerk", "approve")
    end(play, order, "k1:dept_clerk")
    transact(play.engine, second_post)
    play.act("a2:school_leader", "approve")
    assert play.phase == "common_department"
    with pytest.raises(Unmet):
        play.act("a1:school_leader", "approve")
    play.act("k1:dept_leader", "approve")


def test_the_deputy_of_a_previous_signer_does_not_sign(play: Play) -> None:
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "approve")
    order = stand_in(play, "k1:dept_leader", "a2:school_leader")
    with pytest.raises(Unmet):
        play.act("k1:dept_leader", "approve")
    end(play, order, "k1:dept_leader")
    play.act("k1:dept_leader", "approve")


# ---- who may give the order ------------------------------------------------------------------------------------------


def test_a_leader_arranges_it_for_his_people_and_nobody_else_does(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_clerk", by="a1:school_leader")
    for other in ("a2:school_leader", "k1:dept_leader", "a2:school_clerk"):
        with pytest.raises(Unmet) as refused:
            stand_in(play, "k1:dept_clerk", "a1:school_leader", by=other)
        assert [reason.field for reason in refused.value.reasons] == ["principal"]


@pytest.mark.parametrize(
    ("deputy", "typed", "field"),
    [
        ("a1:school_leader", {}, "deputy"),
        ("b1:school_leader", {}, "deputy"),
        ("k2:dept_leader", {}, "deputy"),
        ("nobody", {}, "deputy"),
        ("k1:dept_clerk", {"valid_to": "2025-08-31"}, "valid_to"),
        ("k1:dept_clerk", {"valid_to": ""}, "valid_to"),
        ("k1:dept_clerk", {"valid_to": "2026-08-31"}, "valid_to"),
        ("k1:dept_clerk", {"valid_from": "2025-08-31"}, "valid_from"),
        ("k1:dept_clerk", {"process": "holiday"}, "process"),
        ("k1:dept_clerk", {"org": "2199000002"}, "org"),
        ("k1:dept_clerk", {"reason": "\u202e"}, "reason"),
    ],
)
def test_an_order_that_cannot_be_says_at_which_field(
    play: Play, deputy: str, typed: dict[str, str], field: str
) -> None:
    with pytest.raises(Unmet) as refused:
        stand_in(play, deputy, "a1:school_leader", **typed)
    assert {reason.field for reason in refused.value.reasons} == {field}
    with reading(play.engine) as session:
        assert session.scalars(select(Substitution)).all() == []


def test_two_deputies_for_the_same_work_are_refused_and_one_who_is_away_himself(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader", process="transfer")
    stand_in(play, "k1:dept_clerk", "a1:school_leader", process="problem")
    with pytest.raises(Unmet):
        stand_in(play, "k1:dept_leader", "a1:school_leader")
    with pytest.raises(Unmet) as refused:
        stand_in(play, "a1:school_leader", "a1:school_clerk", process="transfer")
    assert "自己也由别人代理" in refused.value.reasons[0].message


def test_no_table_holds_a_person_who_stands_in_for_himself(play: Play) -> None:
    person = play.cast.person["a1:school_leader"]
    own = Substitution(principal_id=person, deputy_id=person, valid_from=TODAY, valid_to=TODAY, ordered_by=person,
                       ordered_at=play.now)  # fmt: skip
    with pytest.raises(IntegrityError):
        transact(play.engine, lambda session: session.add(own))


def test_either_side_ends_an_order_and_strangers_do_not_find_it(play: Play) -> None:
    order = stand_in(play, "k1:dept_clerk", "a1:school_clerk", by="a1:school_leader")
    for stranger in ("a2:school_leader", "k2:dept_clerk"):
        with pytest.raises(NotFound):
            end(play, order, stranger)
    end(play, order, "k1:dept_clerk")
    with reading(play.engine) as session:
        found = session.scalars(select(Substitution)).one()
    assert (found.ended_at, found.ended_by) == (play.now, play.cast.person["k1:dept_clerk"])


def test_administrators_are_never_stood_in_for(play: Play) -> None:
    """P22: the three administrators keep each other in check; an order carries none of their posts."""

    def administrator(session: Session) -> None:
        person = play.cast.person["k1:dept_leader"]
        post = {"org_id": play.cast.org["k1"], "role": "security_admin", "valid_from": TODAY}
        session.add(Post(person_id=person, **post))

    transact(play.engine, administrator)
    stand_in(play, "k1:dept_clerk", "k1:dept_leader")
    with reading(play.engine) as session:
        actor = as_now(play, session, "k1:dept_clerk")
    assert {one.desk.role for one in actor.orders} == {"dept_leader"}
    assert {desk.role for desk in actor.desks} == {"dept_clerk"}, "outside of cases he is who he is"


def test_mails_about_the_desk_go_to_the_deputy_too(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader", process="transfer")
    stand_in(play, "k1:dept_leader", "a1:school_leader", process="problem")

    def address(session: Session) -> None:
        for notice in outbox.claim(session, ["notice"], play.now):
            notices.address(session, notice, play.now)

    transact(play.engine, address)
    with reading(play.engine) as session:
        told = set(session.scalars(select(Notice.person_id)))
    assert told == {play.cast.person[who] for who in ("a1:school_leader", "k1:dept_clerk")}


def test_messages_learn_who_stands_in_on_a_day(play: Play) -> None:
    stand_in(play, "k1:dept_clerk", "a1:school_leader", process="transfer")
    leader, deputy = play.cast.person["a1:school_leader"], play.cast.person["k1:dept_clerk"]
    with reading(play.engine) as session:
        ask = deputies.standing_in
        assert ask(session, [leader, deputy], TODAY) == {leader: [deputy]}
        assert ask(session, [leader], TODAY, case_id=play.case().id, org_id=play.cast.org["a1"]) == {leader: [deputy]}
        assert ask(session, [leader], TODAY, org_id=play.cast.org["a2"]) == {leader: [deputy]}
        assert ask(session, [leader], TODAY + dt.timedelta(days=8)) == {}
