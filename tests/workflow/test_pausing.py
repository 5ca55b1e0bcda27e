"""Freezes and vacations as people meet them: due days move, nobody is reminded meanwhile, every change has an event."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.calendar import CalendarDay
from models.cases import Event, WorkItem
from models.policies import Policy
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from tests.workflow.test_timers import day_by_day, fire_all, morning
from workflow import deadlines
from workflow.calendar import due_day_of
from workflow.world import touch

D = dt.date
Ask = Callable[[Any], list[Any]]
FREEZE = [{"from": "2025-09-08", "to": "2025-09-12"}]
OPEN = select(WorkItem).where(WorkItem.open, WorkItem.kind != "copy")


def sent(play: Play) -> Play:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def due(ask: Ask) -> D:
    """Return the last day of the one open question."""
    (item,) = ask(OPEN)
    return due_day_of(item.due_at)


def recount(engine: Engine, now: dt.datetime = MONDAY) -> list[str]:
    return transact(engine, lambda session: deadlines.recompute(session, now))


def test_a_freeze_holds_up_whoever_is_asked_in_its_place_and_nobody_else(
    engine: Engine, session: Session, cast: Cast, ask: Ask
) -> None:
    decree(session, "transfer.freezes", FREEZE, cast.org["k1"])
    here = sent(Play(engine, cast))
    elsewhere = Play(engine, cast).open("b1", "卢天志", target_grade=4)
    elsewhere.act("b1:school_clerk", "submit")
    ends = {item.org_id: due_day_of(item.due_at) for item in ask(OPEN)}
    assert ends == {cast.org["a1"]: D(2025, 9, 22), cast.org["b1"]: D(2025, 9, 15)}
    here.act("a1:school_leader", "approve")
    assert_consistent(engine)


def test_nobody_is_reminded_during_a_freeze(engine: Engine, session: Session, play: Play, ask: Ask) -> None:
    decree(session, "transfer.freezes", FREEZE)
    sent(play)
    fired = day_by_day(engine, D(2025, 9, 2), D(2025, 9, 22))
    assert fired == [(D(2025, 9, 15), "remind", -5), (D(2025, 9, 18), "remind", -2), (D(2025, 9, 22), "remind", 0)]


def test_a_freeze_made_later_moves_the_last_day_and_lifting_it_moves_it_back(
    engine: Engine, session: Session, play: Play, ask: Ask
) -> None:
    sent(play)
    assert due(ask) == D(2025, 9, 15)
    seen = play.case().revision
    rule = decree(session, "transfer.freezes", FREEZE, since=D(2025, 9, 3))
    assert recount(engine, morning(D(2025, 9, 3))) == [play.no]
    assert due(ask) == D(2025, 9, 22)

    def lift(session: Session) -> None:
        session.execute(update(Policy).where(Policy.id == rule.id).values(valid_to=D(2025, 9, 9)))
        touch(session, "policy")

    transact(engine, lift)
    assert recount(engine, morning(D(2025, 9, 10))) == [play.no]
    assert due(ask) == D(2025, 9, 17), "two frozen days have passed; they stay uncounted"
    assert recount(engine, morning(D(2025, 9, 10))) == []
    changes = [event.body["deadlines"] for event in ask(select(Event).where(Event.action == "recompute"))]
    assert [(one["from"], one["to"]) for (one,) in changes] == [
        ("2025-09-15", "2025-09-22"),
        ("2025-09-22", "2025-09-17"),
    ]
    assert play.case().revision == seen
    assert fire_all(engine, morning(D(2025, 9, 10))) == [("remind", -5)]
    assert_consistent(engine)


def test_schools_rest_in_vacations_only_where_their_authority_says_so(
    engine: Engine, session: Session, cast: Cast, ask: Ask
) -> None:
    decree(session, "school.vacations", FREEZE, cast.org["k1"])
    play = sent(Play(engine, cast))
    assert due(ask) == D(2025, 9, 22)
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "approve")
    assert play.phase == "common_department"
    assert due(ask) == D(2025, 9, 15), "departments keep running"


def test_what_is_left_after_a_return_is_not_eaten_by_a_freeze(
    engine: Engine, session: Session, play: Play, ask: Ask
) -> None:
    decree(session, "transfer.freezes", FREEZE)
    sent(play)
    play.now = morning(D(2025, 9, 5))
    play.act("a1:school_leader", "return", comment="户口簿不清楚")
    play.now = morning(D(2025, 9, 15))
    play.act("a1:school_clerk", "submit")
    assert due(ask) == D(2025, 9, 23), "six of ten days were left on the Friday before"
    closed = ask(select(WorkItem).where(~WorkItem.open).order_by(WorkItem.id))
    assert [item.due_rule.get("paused", 0) for item in closed] == [0, 5]
    assert_consistent(engine)


def test_the_ladder_is_wound_anew_after_a_return(engine: Engine, play: Play, ask: Ask) -> None:
    """C10: what was returned on its last day comes back with at least one day, and is reminded of again."""
    sent(play)
    day_by_day(engine, D(2025, 9, 2), D(2025, 9, 12))
    play.now = morning(D(2025, 9, 12))
    play.act("a1:school_leader", "return", comment="户口簿不清楚")
    play.now = morning(D(2025, 9, 16))
    play.act("a1:school_clerk", "submit")
    assert due(ask) == D(2025, 9, 17)
    day_by_day(engine, D(2025, 9, 17), D(2025, 9, 22))
    (item,) = ask(OPEN)
    told = [event.action for event in ask(select(Event).order_by(Event.seq)) if event.body.get("item") == item.id]
    assert told == ["remind", "overdue", "overdue", "supervise"]


def test_a_changed_calendar_moves_exactly_the_last_days_that_lie_behind_a_changed_day(
    engine: Engine, cast: Cast, ask: Ask
) -> None:
    """F19: what ends before the changed days, and what begins after them, stays."""
    pupils = ["沈明铭", "古丽娜尔·艾合买提"]
    starts = {D(2025, 9, 1): None, D(2025, 9, 9): None}
    for pupil, start in zip(pupils, starts, strict=True):
        play = Play(engine, cast, morning(start)).open("a1", pupil)
        play.act("a1:school_clerk", "submit")
        starts[start] = play.no  # type: ignore[assignment]

    def rest(*days: D) -> None:
        def work(session: Session) -> None:
            session.add_all(CalendarDay(region="CN", day=day, working=False, note="", source="通知") for day in days)
            touch(session, "calendar")

        transact(engine, work)

    rest(D(2025, 9, 22))
    assert recount(engine) == [starts[D(2025, 9, 9)]], "the other one ends on the 15th"
    rest(D(2025, 9, 8))
    assert recount(engine) == [starts[D(2025, 9, 1)]], "the other one begins on the 9th"
    with reading(engine) as fresh:
        told = list(fresh.scalars(select(Event.case_id).where(Event.action == "recompute")))
    assert len(told) == len(set(told)) == 2
