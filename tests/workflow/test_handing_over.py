"""离岗交接: whoever leaves keeps nothing (F10, B15): one act, one transaction, an event in every case."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from models import crypto
from models.cases import Case, Event, WorkItem
from models.deputies import Substitution
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.consistency import assert_consistent
from tests.play import Play
from tests.statements import counted
from workflow import ending_posts, handing_over, journal, posts
from workflow.errors import NotAllowed, NotFound, Unmet
from workflow.handing_over import ACCOUNT, POSTS, Handed
from workflow.step import Actor, Desk
from workflow.world import world_of

TODAY = MONDAY.date()
LEAVER = "a1:school_leader"


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    hire(play, "second", "a1", "school_leader")
    return play


def hire(play: Play, username: str, office: str, role: str) -> None:
    def work(session: Session) -> int:
        person = session.scalars(select(Person).where(Person.username == username)).one_or_none()
        person = person or Person(username=username, name=username, created_at=MONDAY)
        session.add(person)
        session.flush()
        session.add(Post(person_id=person.id, org_id=play.cast.org[office], role=role, valid_from=TODAY))
        return person.id

    play.cast.person[username] = transact(play.engine, work)


def leave(play: Play, who: str = LEAVER, to: str = "", ends: str = ACCOUNT) -> Handed:
    def work(session: Session) -> Handed:
        person = session.get_one(Person, play.cast.person[who])
        successor = session.get_one(Person, play.cast.person[to]) if to else None
        return handing_over.leave(session, person, successor, ends, play.cast.person["prov:dept_leader"], play.now)

    return transact(play.engine, work)


def left_with(play: Play, who: str) -> list[str]:
    """Return what is still assigned to somebody."""
    with reading(play.engine) as session:
        items = select(WorkItem.kind).where(WorkItem.open, WorkItem.assignee_id == play.cast.person[who])
        orders = select(Substitution.id).where(
            (Substitution.deputy_id == play.cast.person[who]) | (Substitution.principal_id == play.cast.person[who]),
            Substitution.ended_at.is_(None),
        )
        return [*session.scalars(items), *(f"order {number}" for number in session.scalars(orders))]


def events(play: Play, no: str = "") -> list[Event]:
    with reading(play.engine) as session:
        query = select(Event).join(Case, Case.id == Event.case_id).where(Event.action == "hand_over")
        return list(session.scalars(query.where(Case.no == (no or play.no)).order_by(Event.seq)))


def order(play: Play, deputy: str, principal: str, **more: Any) -> None:
    made = Substitution(
        principal_id=play.cast.person[principal], deputy_id=play.cast.person[deputy], valid_from=TODAY,
        valid_to=TODAY + dt.timedelta(days=9), ordered_by=play.cast.person[principal], ordered_at=MONDAY, **more,
    )  # fmt: skip
    transact(play.engine, lambda session: session.add(made))


# ---- one who leaves --------------------------------------------------------------------------------------------------


def test_nothing_stays_with_whoever_leaves_and_every_case_says_so(play: Play) -> None:
    """Claimed, advice, a copy, orders both ways, a draft: all kinds at once."""
    play.act(LEAVER, "claim")
    other = Play(play.engine, play.cast).open("a1", "古丽娜尔·艾合买提")
    other.act("a1:school_clerk", "submit")
    other.act("second", "consult", person="a1-school_leader", comment="请看")
    other.act("second", "copy", person="a1-school_leader")
    hire(play, "a1-school_leader", "a1", "school_clerk")
    draft = Play(play.engine, play.cast).open("a1", "丁思欣")
    his = update(Case).where(Case.no == draft.no).values(applicant_id=play.cast.person[LEAVER])
    transact(play.engine, lambda session: session.execute(his))
    order(play, "k1:dept_clerk", LEAVER)
    order(play, LEAVER, "a1:school_clerk")
    handed = leave(play)
    assert (handed.successor, handed.desks, handed.drafts, handed.orders_ended) == (0, 3, 1, 2)
    assert left_with(play, LEAVER) == []
    for no in (play.no, other.no, draft.no):
        [event] = events(play, no)
        assert event.body["from"]["id"] == play.cast.person[LEAVER]
    play.act("second", "approve")
    assert_consistent(play.engine)


def test_one_successor_gets_everything_he_may_hold(play: Play) -> None:
    play.act(LEAVER, "claim")
    order(play, LEAVER, "a1:school_clerk")
    handed = leave(play, to="second")
    assert (handed.successor, handed.desks, handed.orders_taken_over) == (1, 0, 1)
    assert left_with(play, "second") == ["decide", "order 2"]
    with reading(play.engine) as session:
        taken = session.scalars(select(Substitution).order_by(Substitution.id.desc())).first()
    assert taken is not None
    assert (taken.deputy_id, taken.valid_to) == (play.cast.person["second"], TODAY + dt.timedelta(days=9))
    assert events(play)[0].body["handed_to"]["name"] == "second"


@pytest.mark.parametrize("successor", ["a2:school_leader", "a1:school_clerk"], ids=["another desk", "the applicant"])
def test_what_the_successor_may_not_hold_goes_back_to_its_desk(play: Play, successor: str) -> None:
    if successor == "a1:school_clerk":
        hire(play, "a1-school_clerk", "a1", "school_leader")
    play.act(LEAVER, "claim")
    handed = leave(play, to=successor)
    assert (handed.successor, handed.desks) == (0, 1)
    assert left_with(play, successor) == []
    play.act("second", "approve")


def test_two_hundred_questions_go_over_in_one_transaction_with_few_statements(play: Play) -> None:
    pile(play, 200)
    with Session(play.engine) as session:
        world_of(session)
    with counted(play.engine) as seen:
        handed = leave(play, to="second")
    assert (handed.successor, handed.desks) == (200, 0)
    assert len(handed.cases) == 200
    assert len(seen) <= 25, f"{len(seen)} statements"
    assert len(left_with(play, "second")) == 200
    with reading(play.engine) as session:
        numbers = session.scalars(select(Event.case_id).where(Event.action == "hand_over")).all()
        assert [journal.broken(session, case) for case in session.scalars(select(Case))] == [None] * 201
    assert len(set(numbers)) == len(numbers) == 200


def pile(play: Play, number: int) -> None:
    """Lay many cases on the leaver's desk, all taken by him: copies of the one that was played."""

    def work(session: Session) -> None:
        model = session.scalars(select(Case).where(Case.no == play.no)).one()
        item = session.scalars(select(WorkItem).where(WorkItem.case_id == model.id, WorkItem.open)).one()
        for place in range(number):
            same = {column.name: getattr(model, column.name) for column in Case.__table__.c if column.name != "id"}
            same |= {"no": f"PILE-{place:04d}", "data_key": crypto.wrap(crypto.new_data_key()), "process": "paper_file",
                     "phase": "to_send", "route": [], "turn": 0, "revision": 0, "head": b"", "last_seq": 0,
                     "state": {"from": play.cast.org["a1"], "to": play.cast.org["a2"]}}  # fmt: skip
            case = Case(**same)
            session.add(case)
            session.flush()
            lie = {column.name: getattr(item, column.name) for column in WorkItem.__table__.c if column.name != "id"}
            lie |= {"case_id": case.id, "assignee_id": play.cast.person[LEAVER], "phase": "to_send", "turn": 0,
                    "kind": "task"}  # fmt: skip
            session.execute(insert(WorkItem), [lie])

    transact(play.engine, work)


def test_whoever_only_moves_keeps_his_account_and_takes_nothing_along(play: Play) -> None:
    play.act(LEAVER, "claim")
    leave(play, ends=POSTS)
    assert left_with(play, LEAVER) == []
    with reading(play.engine) as session:
        person = session.get_one(Person, play.cast.person[LEAVER])
        assert person.disabled_at is None
        assert {post.valid_to for post in person.posts} == {TODAY - dt.timedelta(days=1)}
    with pytest.raises(NotFound):
        play.act(LEAVER, "approve")


# ---- posts that end otherwise ----------------------------------------------------------------------------------------


def test_a_post_that_is_ended_lays_its_questions_back_with_an_event(play: Play) -> None:
    play.act(LEAVER, "claim")
    order(play, LEAVER, "a1:school_clerk")
    security = Actor(play.cast.person["prov:dept_clerk"], "安全", (Desk(play.cast.org["prov"], "security_admin"),))

    def work(session: Session) -> None:
        post = session.scalars(select(Post).where(Post.person_id == play.cast.person[LEAVER])).one()
        ending_posts.end(session, security, world_of(session), post.public_id, play.now)

    transact(play.engine, work)
    assert left_with(play, LEAVER) == []
    assert len(events(play)) == 1


def test_a_post_that_runs_out_by_itself_is_noticed_by_the_watch(play: Play) -> None:
    play.act(LEAVER, "claim")
    with reading(play.engine) as session:
        assert handing_over.stranded(session, play.now) == []
    runs_out = update(Post).where(Post.person_id == play.cast.person[LEAVER]).values(valid_to=TODAY)
    transact(play.engine, lambda session: session.execute(runs_out))
    tomorrow = play.now + dt.timedelta(days=1)
    with reading(play.engine) as session:
        assert handing_over.stranded(session, tomorrow) == [play.cast.person[LEAVER]]
    for _ in range(2):
        transact(play.engine, lambda session: handing_over.rescue(session, play.cast.person[LEAVER], tomorrow))
    assert left_with(play, LEAVER) == []
    assert len(events(play)) == 1
    play.now = tomorrow
    play.act("second", "approve")
    assert_consistent(play.engine)


# ---- who may hand over -----------------------------------------------------------------------------------------------


def test_an_administrator_hands_over_within_his_reach_and_nobody_else(play: Play) -> None:
    system = Actor(play.cast.person["k1:dept_clerk"], "系统", (Desk(play.cast.org["k1"], "system_admin"),))
    leader = Actor(play.cast.person["k1:dept_leader"], "负责人", (Desk(play.cast.org["k1"], "dept_leader"),))

    def work(session: Session, actor: Actor, who: str, **typed: str) -> Handed:
        public = session.get_one(Person, play.cast.person[who]).public_id
        return posts.hand_over(session, actor, world_of(session), public, {"ends": ACCOUNT, **typed}, play.now)[1]

    for actor, who in ((leader, LEAVER), (system, "b1:school_leader")):
        with pytest.raises(NotFound):
            transact(play.engine, lambda session, actor=actor, who=who: work(session, actor, who))
    for successor in ("b1-school_leader", "a1-school_leader", "nobody"):
        with pytest.raises(Unmet):
            transact(play.engine, lambda session, to=successor: work(session, system, LEAVER, successor=to))
    with pytest.raises(Unmet):
        transact(play.engine, lambda session: work(session, system, LEAVER, ends="holiday"))
    play.act(LEAVER, "claim")
    assert transact(play.engine, lambda session: work(session, system, LEAVER, successor="second")).successor == 1


def test_a_case_that_was_answered_meanwhile_is_left_alone(play: Play) -> None:
    play.act(LEAVER, "claim")
    play.act(LEAVER, "approve")
    assert leave(play).cases == []
    assert events(play) == []
    with pytest.raises(NotAllowed):
        play.act("second", "approve")
