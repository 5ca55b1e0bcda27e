"""What an officer finds on the desk: exact after every act, in order, page by page, each list one statement."""

import datetime as dt

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from models.session import reading
from tests.cast import MONDAY, Cast, build
from tests.play import Play
from workflow import inbox


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


def desk(engine: Engine, cast: Cast, who: str, tab: str = "todo") -> list[str]:
    with reading(engine) as session:
        lines = getattr(inbox, tab)(session, cast.actor(session, who))
        return [line.no for line in lines]


def test_the_item_leaves_one_desk_and_lies_on_the_next(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    assert desk(engine, cast, "a1:school_leader") == []
    play.act("a1:school_clerk", "submit")
    assert desk(engine, cast, "a1:school_leader") == [play.no]
    play.act("a1:school_leader", "approve")
    assert desk(engine, cast, "a1:school_leader") == []
    assert desk(engine, cast, "a1:school_leader", "done") == [play.no]
    assert desk(engine, cast, "a2:school_leader") == [play.no]
    assert desk(engine, cast, "a1:school_clerk", "started") == [play.no]


def test_pages_follow_each_other_without_gap_or_repetition(engine: Engine, cast: Cast) -> None:
    numbers = []
    for name in ("沈明铭", "古丽娜尔·艾合买提"):
        play = Play(engine, cast).open("a1", name)
        play.act("a1:school_clerk", "submit")
        numbers.append(play.no)
    with reading(engine) as session:
        actor = cast.actor(session, "a1:school_leader")
        first = inbox.todo(session, actor, limit=1)
        second = inbox.todo(session, actor, after=first[0].cursor, limit=1)
        third = inbox.todo(session, actor, after=second[0].cursor, limit=1)
    assert [line.no for line in (*first, *second)] == numbers
    assert third == []


def test_counters_tell_late_and_due_today_in_one_statement(engine: Engine, cast: Cast) -> None:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    with reading(engine) as session:
        actor = cast.actor(session, "a1:school_leader")
        seen: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        now = inbox.counters(session, actor, MONDAY)
        later = inbox.counters(session, actor, MONDAY + dt.timedelta(days=14))
        after = inbox.counters(session, actor, MONDAY + dt.timedelta(days=15))
    assert (now.todo, now.late, now.today) == (1, 0, 0)
    assert (later.late, later.today) == (0, 1)
    assert (after.late, after.today) == (1, 0)
    assert len(seen) == 3
