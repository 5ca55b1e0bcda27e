"""A list of a desk limited by kind of business, step, term and school: the right lines, in order, page by page."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.session import reading
from tests.cast import MONDAY, Cast, build
from tests.dispute import Dispute
from tests.play import Play
from tests.statements import counted
from workflow import engine as door
from workflow import inbox, narrowing
from workflow.narrowing import Narrowing
from workflow.world import world_of

LEADER, CLERK = "a1:school_leader", "a1:school_clerk"


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


def request(engine: Engine, cast: Cast, school: str, pupil: str, at: dt.datetime = MONDAY, **values: Any) -> str:
    play = Play(engine, cast, at).open(school, pupil, **values)
    play.act(f"{school}:school_clerk", "submit")
    return play.no


def desk(engine: Engine, cast: Cast, who: str = LEADER, *, tab: str = "todo", at: dt.datetime = MONDAY,
         page: dict[str, Any] | None = None, office: str = "", **wanted: str) -> list[str]:  # fmt: skip
    """Return the numbers before somebody, limited."""
    with reading(engine) as session:
        actor, world = door.actor_of(session, cast.person[who], at.date()), world_of(session)
        limited = narrowing.filling(Narrowing(office=cast.org.get(office), **wanted), actor, world, at)
        return [line.no for line in getattr(inbox, tab)(session, actor, limited=limited, **(page or {}))]


def test_a_desk_is_limited_by_kind_step_term_and_school_and_by_all_of_them(engine: Engine, cast: Cast) -> None:
    near = request(engine, cast, "a1", "沈明铭")
    far = request(engine, cast, "a1", "𠮷田䶮", MONDAY + dt.timedelta(days=1), target_grade=3)
    leaving = Play(engine, cast, MONDAY + dt.timedelta(days=2)).open("a2", "丁思欣")
    leaving.act("a2:school_clerk", "submit")
    leaving.act("a2:school_leader", "approve")
    assert desk(engine, cast) == [near, far, leaving.no]
    assert desk(engine, cast, process="transfer") == [near, far, leaving.no]
    assert desk(engine, cast, process="paper_file") == []
    assert desk(engine, cast, process="transfer", phase="releasing_school") == [leaving.no]
    assert desk(engine, cast, office="a2") == [near, leaving.no]
    assert desk(engine, cast, office="k2") == [far], "an office stands for every school below it"
    assert desk(engine, cast, office="d1") == []
    assert desk(engine, cast, office="a2", phase="receiving_school", process="transfer", due="later") == [near]
    late = MONDAY + dt.timedelta(days=15)  # Tuesday 16 September: the first was due yesterday, the second is today
    terms = {due: desk(engine, cast, at=late, due=due) for due in narrowing.TERMS}
    assert terms == {"late": [near], "today": [far], "week": [near, far, leaving.no], "later": []}


def test_many_limits_are_counted_in_one_statement_and_each_is_as_long_as_its_list(engine: Engine, cast: Cast) -> None:
    for at, pupil, grade in ((0, "沈明铭", 5), (1, "𠮷田䶮", 3), (2, "古丽娜尔·艾合买提", 5)):
        request(engine, cast, "a1", pupil, MONDAY + dt.timedelta(days=at), target_grade=grade)
    late = MONDAY + dt.timedelta(days=15)
    many = [Narrowing("transfer", "receiving_school", due, cast.org[office])
            for due in (*narrowing.TERMS, "") for office in ("a2", "b1")]  # fmt: skip
    with reading(engine) as session:
        actor, world = cast.actor(session, LEADER), world_of(session)
        limited = [narrowing.filling(one, actor, world, late) for one in many]
        with counted(engine) as statements:
            numbers = inbox.counted_within(session, actor, limited)
        assert len(statements) == 1
        assert numbers == [len(inbox.todo(session, actor, limited=one)) for one in limited]
        assert (max(numbers), sum(numbers)) == (2, 8)


def test_pages_follow_each_other_inside_a_limit(engine: Engine, cast: Cast) -> None:
    numbers = [request(engine, cast, "a1", name) for name in ("沈明铭", "古丽娜尔·艾合买提")]
    request(engine, cast, "a1", "𠮷田䶮", MONDAY - dt.timedelta(days=3), target_grade=3)
    with reading(engine) as session:
        actor, world = cast.actor(session, LEADER), world_of(session)
        limited = narrowing.filling(Narrowing("transfer", office=cast.org["a2"]), actor, world, MONDAY)
        first = inbox.todo(session, actor, limit=1, limited=limited)
        second = inbox.todo(session, actor, after=first[0].cursor, limit=1, limited=limited)
        third = inbox.todo(session, actor, after=second[0].cursor, limit=1, limited=limited)
    assert [line.no for line in (*first, *second)] == numbers
    assert third == []


def test_what_is_only_to_be_read_is_limited_too(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act(CLERK, "submit")
    play.act(LEADER, "copy", person="k1-dept_clerk")
    copies = {office: desk(engine, cast, "k1:dept_clerk", tab="copied", office=office) for office in ("a2", "b1")}
    assert copies == {"a2": [play.no], "b1": []}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_learns_by_a_limit_which_school_is_the_other_side(engine: Engine, cast: Cast) -> None:
    """The sides of a problem do not know of each other (promise T3); whoever decides sees them all."""
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王晓明"))
    assert desk(engine, cast, CLERK, process="problem", phase="sides") == [dispute.no]
    assert desk(engine, cast, CLERK, office="a1") == [dispute.no]
    assert [desk(engine, cast, CLERK, office=one) for one in ("b1", "k2", "city1", "d1")] == [[]] * 4
    dispute.claim(1)
    assert desk(engine, cast, "k1:dept_clerk", office="a1") == [dispute.no]
    assert desk(engine, cast, "k1:dept_clerk", office="b1") == []
    dispute.claim(2)
    dispute.accept(1)
    dispute.accept(2)
    assert [desk(engine, cast, "city1:arbitrator", office=one) for one in ("a1", "b1", "d1")] == [
        [dispute.no], [dispute.no], []
    ]  # fmt: skip
