"""挂起 and 恢复: the clock of a case stops for a reason, and goes on with the days that were left."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Event, Timer, WorkItem
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.dispute import Dispute
from tests.play import Play
from tests.workflow.test_timers import day_by_day, fire_all, morning, told
from workflow import counting, deadlines, inbox, talk
from workflow import engine as door
from workflow.calendar import due_day_of
from workflow.days_left import DaysLeft, Hold, Kind
from workflow.errors import NotAllowed, NotFound, Unmet
from workflow.world import world_of

D = dt.date
Ask = Callable[[Any], list[Any]]
OPEN = select(WorkItem).where(WorkItem.open, WorkItem.kind != "copy")
WHY = "等待公安机关的证明"


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    """A request that has waited at the receiving school since Monday 1 September; its ten days end on the 15th."""
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def on(play: Play, day: D, who: str, action: str, **values: Any) -> None:
    play.now = morning(day)
    play.act(who, action, **values)


def left(play: Play, day: D) -> DaysLeft:
    with reading(play.engine) as session:
        return counting.left(world_of(session), session.scalars(OPEN).one(), day)


def due(play: Play) -> D:
    with reading(play.engine) as session:
        return due_day_of(session.scalars(OPEN).one().due_at)


def test_what_was_left_is_left_afterwards(play: Play, engine: Engine) -> None:
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY)
    assert left(play, D(2025, 9, 3)) == left(play, D(2025, 10, 20)) == (Kind.PAUSED, 8, Hold("suspended", None))
    on(play, D(2025, 9, 17), "k1:dept_leader", "resume")
    assert left(play, D(2025, 9, 17)) == (Kind.LATER, 8, None)
    assert due(play) == D(2025, 9, 28), "a make-up Sunday"
    assert_consistent(engine)


def test_it_resumes_by_itself_after_the_last_day(play: Play, engine: Engine, ask: Ask) -> None:
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY, until="2025-09-10")
    assert due(play) == D(2025, 9, 22), "known ahead"
    assert day_by_day(engine, D(2025, 9, 4), D(2025, 9, 10)) == []
    assert fire_all(engine, morning(D(2025, 9, 11))) == [("resume", 0)]
    assert play.case().state.get("suspended") is None
    assert [event.action for event in ask(select(Event).order_by(Event.seq))][-1] == "resume"
    assert due(play) == D(2025, 9, 22)
    assert_consistent(engine)


def test_a_last_day_that_no_worker_saw_holds_all_the_same(play: Play, engine: Engine) -> None:
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY, until="2025-09-10")
    on(play, D(2025, 9, 15), "a1:school_leader", "approve")
    assert play.phase == "releasing_school"
    fire_all(engine, morning(D(2025, 9, 16)))
    assert "suspended" not in play.case().state
    assert due(play) == D(2025, 9, 28)
    assert_consistent(engine)


def test_timers_are_disarmed_and_armed_again(play: Play, engine: Engine, ask: Ask) -> None:
    before = {timer.id: timer.due_at for timer in ask(select(Timer))}
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY)
    assert day_by_day(engine, D(2025, 12, 1), D(2025, 12, 1)) == []
    play.now = morning(D(2025, 12, 3))
    play.act("a1:school_leader", "resume")
    after = {timer.id: (timer.kind, timer.due_at) for timer in ask(select(Timer).where(Timer.fired_at.is_(None)))}
    assert set(after) == set(before)
    assert {after[number][1] - at for number, at in before.items() if after[number][0].startswith("expir")} == {
        dt.timedelta(days=91)
    }, "the half year to the expiry stood still too"
    fired = day_by_day(engine, D(2025, 12, 4), D(2025, 12, 15))
    assert fired == [(D(2025, 12, 8), "remind", -5), (D(2025, 12, 11), "remind", -2), (D(2025, 12, 15), "remind", 0)]


def test_meanwhile_nobody_answers_but_comments_and_withdrawing_go_on(play: Play, engine: Engine) -> None:
    on(play, D(2025, 9, 3), "k1:dept_leader", "suspend", comment=WHY, until="2025-09-10")
    for action in ("approve", "return", "refuse", "claim"):
        with pytest.raises(Unmet) as refused:
            play.act("a1:school_leader", action, comment="意见", cause="其他")
        (reason,) = refused.value.reasons
        assert reason.message == f"栖云区教育局于 9月3日挂起本事项，至 9月10日（{WHY}），恢复后才能办理"
    person = play.cast.person["a1:school_leader"]
    transact(engine, lambda session: talk.say(session, play.no, person, "证明本周能到", play.now))
    with reading(engine) as session:
        step = door.look(session, play.no, play.cast.actor(session, "a1:school_leader"), world_of(session), play.now)
        assert {option.action for option in door.options(step) if option.allowed} == set()
        assert {option.action for option in door.further(step) if option.allowed} == {"resume"}
    play.act("a1:school_clerk", "withdraw")
    assert_consistent(engine)


def test_a_last_day_in_another_year_is_said_with_its_year(session: Session, play: Play) -> None:
    decree(session, "case.longest_stop", 150)
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_leader", "suspend", comment=WHY, until="2026-03-01")
    assert [one.message for one in refused.value.reasons] == ["最迟到 2026年1月29日，到期可以再次挂起"]
    play.act("a1:school_leader", "suspend", comment=WHY, until="2026-01-05")
    with pytest.raises(Unmet) as stopped:
        play.act("a1:school_leader", "approve")
    assert "于 9月1日挂起本事项，至 2026年1月5日" in stopped.value.reasons[0].message


STRANGERS = ("a1:school_clerk", "a2:school_leader", "k2:dept_leader", "city1:dept_leader", "k1:dept_clerk")


@pytest.mark.parametrize("who", STRANGERS)
def test_only_the_holders_leader_and_the_office_above_may_stop_the_clock(play: Play, who: str) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        play.act(who, "suspend", comment=WHY)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({}, "comment", "请写明理由"),
        ({"until": "2025-09-01"}, "until", "应为今天以后的日期"),
        ({"until": "2025-12-03"}, "until", "最迟到 12月2日，到期可以再次挂起"),
        ({"until": "九月十日"}, "until", "日期应写成 2025-09-01 的样子"),
        ({"until": 5}, "until", "日期应写成 2025-09-01 的样子"),
    ],
)
def test_a_reason_is_needed_and_a_last_day_must_make_sense(
    play: Play, typed: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_leader", "suspend", **({"comment": WHY} | typed if typed else {}))
    assert [(reason.field, reason.message) for reason in refused.value.reasons] == [(field, sentence)]


def test_on_the_last_day_one_is_left_and_what_was_late_stays_late(play: Play, engine: Engine) -> None:
    on(play, D(2025, 9, 15), "a1:school_leader", "suspend", comment=WHY)
    on(play, D(2025, 9, 17), "a1:school_leader", "resume")
    assert due(play) == D(2025, 9, 18)
    on(play, D(2025, 9, 22), "a1:school_leader", "suspend", comment=WHY)
    assert left(play, D(2025, 9, 30)) == (Kind.PAUSED, -2, Hold("suspended", None))
    on(play, D(2025, 10, 9), "a1:school_leader", "resume")
    assert left(play, D(2025, 10, 9)) == (Kind.OVERDUE, 2, None)
    assert due(play) == D(2025, 9, 18)
    assert_consistent(engine)


def test_it_is_told_to_whoever_is_asked_and_to_both_schools(play: Play, cast: Cast) -> None:
    on(play, D(2025, 9, 3), "k1:dept_leader", "suspend", comment=WHY)
    a1, a2 = cast.org["a1"], cast.org["a2"]
    queues = [f"{a1}:school_leader", f"{a1}:school_clerk", f"{a2}:school_clerk"]
    assert sorted(told(play, "suspend")) == sorted(("case_suspended", queue) for queue in queues)
    on(play, D(2025, 9, 4), "a1:school_leader", "resume")
    assert ("case_resumed", f"{a2}:school_clerk") in told(play, "resume")


def test_without_a_last_day_it_ends_all_the_same_and_the_office_above_hears_of_a_late_one(
    play: Play, engine: Engine, session: Session, cast: Cast
) -> None:
    decree(session, "case.longest_stop", 30)
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY)
    assert fire_all(engine, morning(D(2025, 10, 3))) == []
    assert fire_all(engine, morning(D(2025, 10, 4))) == [("resume", 0)]
    upper = ("case_suspended", f"{cast.org['k1']}:dept_leader")
    assert upper not in told(play, "suspend")
    on(play, D(2025, 10, 28), "a1:school_leader", "suspend", comment=WHY)
    assert upper in told(play, "suspend"), "the school was late already"


def test_it_makes_no_open_page_stale_and_the_reason_is_sealed(play: Play, ask: Ask) -> None:
    seen = play.case().revision
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY)
    on(play, D(2025, 9, 4), "a1:school_leader", "resume")
    (event,) = ask(select(Event).where(Event.action == "suspend"))
    assert WHY not in str(event.body)
    play.act("a1:school_leader", "approve", revision=seen)


def test_days_on_which_the_clock_stood_still_are_kept_with_the_answer(play: Play, ask: Ask) -> None:
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY)
    on(play, D(2025, 9, 10), "a1:school_leader", "resume")
    on(play, D(2025, 9, 11), "a1:school_leader", "approve")
    (answered,) = ask(select(WorkItem).where(~WorkItem.open, WorkItem.kind == "decide"))
    assert (answered.due_rule["paused"], answered.took) == (5, 3)


def test_a_calendar_or_freeze_that_comes_meanwhile_counts_as_soon_as_the_end_is_known(
    play: Play, engine: Engine, session: Session
) -> None:
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY)
    decree(session, "transfer.freezes", [{"from": "2025-09-22", "to": "2025-09-26"}])
    assert transact(engine, lambda session: deadlines.recompute(session, play.now)) == []
    on(play, D(2025, 9, 17), "a1:school_leader", "resume")
    assert due(play) == D(2025, 10, 11), "eight days, the frozen week and the holidays left out"


def test_a_suspended_case_is_not_late_and_stands_last(play: Play, engine: Engine, cast: Cast) -> None:
    on(play, D(2025, 9, 3), "a1:school_leader", "suspend", comment=WHY)
    other = Play(engine, cast, MONDAY).open("a1", "古丽娜尔·艾合买提")
    other.act("a1:school_clerk", "submit")
    with reading(engine) as session:
        actor = cast.actor(session, "a1:school_leader")
        assert [line.no for line in inbox.todo(session, actor)] == [other.no, play.no]
        assert inbox.counters(session, actor, morning(D(2025, 10, 30))).late == 1


def test_where_several_are_asked_none_of_them_stops_the_others(engine: Engine, cast: Cast) -> None:
    """A problem has sides of two counties: only the office above them all may stop it."""
    play = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王小明"))
    for who in ("a1:school_leader", "k1:dept_leader"):
        with pytest.raises(NotAllowed):
            play.act(who, "suspend", comment=WHY)
    play.act("city1:dept_leader", "suspend", comment=WHY)
