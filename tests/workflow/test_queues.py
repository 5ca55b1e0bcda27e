"""F9: a question that nobody can answer raises an alarm, goes to the office above, and never loses its signature."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.orm import Session

from models.cases import Event, Timer, WorkItem
from models.outbox import OutboxRow
from models.people import Person, Post
from models.session import reading, transact
from models.transfers import Transfer
from tests.cast import MONDAY, Cast, build
from tests.play import Play
from workflow import journal, queues, timers
from workflow.errors import NotAllowed, Unmet

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def watch(engine: Engine, now: dt.datetime) -> int:
    """Look at all queues and raise what alarms there are, as the worker does; returns how many."""
    with reading(engine) as session:
        found = queues.unattended(session, now)
    return sum(transact(engine, lambda session, one=one: queues.raise_alarm(session, one, now)) for one in found)


def fire(engine: Engine, now: dt.datetime) -> None:
    for due in transact(engine, lambda session: timers.claim(session, now)):
        transact(engine, lambda session, due=due: timers.fire(session, due, now))


def leave(play: Play, who: str) -> None:
    """End the posts of somebody of the cast."""
    ended = update(Post).where(Post.person_id == play.cast.person[who]).values(valid_to=dt.date(2025, 8, 31))
    transact(play.engine, lambda session: session.execute(ended))


def rows(engine: Engine, query: Any) -> list[Any]:
    with reading(engine) as session:
        return list(session.scalars(query))


def open_item(play: Play) -> WorkItem:
    (item,) = rows(play.engine, select(WorkItem).where(WorkItem.open, WorkItem.kind != "copy"))
    return item


def events(play: Play) -> list[str]:
    return rows(play.engine, select(Event.action).where(Event.case_id == play.case().id).order_by(Event.seq))


def test_where_everybody_is_at_the_desk_nothing_happens(play: Play, engine: Engine) -> None:
    assert watch(engine, MONDAY) == 0
    assert events(play) == ["open", "submit"]


@pytest.mark.parametrize("why", ["the post ended", "the account ended", "the post begins next week"])
def test_an_empty_desk_raises_one_alarm_within_a_minute(play: Play, engine: Engine, cast: Cast, why: str) -> None:
    leader = cast.person["a1:school_leader"]
    if why == "the account ended":
        gone = update(Person).where(Person.id == leader).values(disabled_at=MONDAY)
    elif why == "the post ended":
        gone = update(Post).where(Post.person_id == leader).values(valid_to=dt.date(2025, 8, 31))
    else:
        gone = update(Post).where(Post.person_id == leader).values(valid_from=dt.date(2025, 9, 8))
    transact(engine, lambda session: session.execute(gone))
    assert watch(engine, MONDAY + MINUTE) == 1
    assert watch(engine, MONDAY + 2 * MINUTE) == 0, "the alarm is running"
    assert events(play)[-1] == "alarm"
    notices = rows(engine, select(OutboxRow).where(OutboxRow.payload["purpose"].as_string() == "post_vacant"))
    assert [notice.recipient for notice in notices] == [f"{cast.org['k1']}:dept_leader"]
    (climb,) = rows(engine, select(Timer).where(Timer.kind == "climb"))
    assert climb.due_at == MONDAY + MINUTE + DAY
    assert play.case().revision == 1, "an alarm makes no page stale"


def test_a_desk_with_many_questions_raises_one_cry_for_all_of_them(play: Play, engine: Engine, cast: Cast) -> None:
    second = Play(engine, cast).open("a1", "古丽娜尔·艾合买提")
    second.act("a1:school_clerk", "submit")
    leave(play, "a1:school_leader")
    assert watch(engine, MONDAY + MINUTE) == 2, "each question has its own hours of grace"
    assert events(play)[-1] == events(second)[-1] == "alarm"
    told = select(OutboxRow.payload).where(OutboxRow.payload["purpose"].as_string() == "post_vacant")
    (told_once,) = rows(engine, told)
    assert told_once["waiting"] == 2


def test_after_the_grace_period_the_office_above_answers(play: Play, engine: Engine, cast: Cast) -> None:
    before = open_item(play)
    leave(play, "a1:school_leader")
    watch(engine, MONDAY)
    fire(engine, MONDAY + DAY - MINUTE)
    assert open_item(play).org_id == cast.org["a1"]
    fire(engine, MONDAY + DAY)
    item = open_item(play)
    assert (item.queue, item.org_id) == (f"{cast.org['k1']}:dept_leader", cast.org["k1"])
    assert (item.due_at, item.due_rule["climbed_from"]) == (before.due_at, [cast.org["a1"]])
    assert events(play)[-2:] == ["alarm", "climb"]
    told = rows(engine, select(OutboxRow).where(OutboxRow.payload["purpose"].as_string() == "case_waiting"))
    assert told[-1].recipient == item.queue
    play.now = MONDAY + DAY
    assert play.act("k1:dept_leader", "approve").phase == "releasing_school"
    with reading(engine) as session:
        assert journal.broken(session, play.case()) is None


def test_days_of_rest_are_no_time_in_which_an_office_finds_somebody(play: Play, engine: Engine) -> None:
    leave(play, "a1:school_leader")
    friday = MONDAY + 4 * DAY
    watch(engine, friday)
    (climb,) = rows(engine, select(Timer).where(Timer.kind == "climb"))
    assert climb.due_at == friday + 3 * DAY


def test_what_came_up_goes_down_again_when_somebody_sits_there(play: Play, engine: Engine, cast: Cast) -> None:
    before = open_item(play)
    leave(play, "a1:school_leader")
    watch(engine, MONDAY)
    play.now = MONDAY + DAY
    fire(engine, play.now)
    with pytest.raises(Unmet) as refused:
        play.act("k1:dept_leader", "hand_down")
    assert [reason.guard for reason in refused.value.reasons] == ["below"]
    back = update(Post).where(Post.person_id == cast.person["a1:school_leader"]).values(valid_to=None)
    transact(engine, lambda session: session.execute(back))
    play.act("k1:dept_leader", "hand_down")
    item = open_item(play)
    assert (item.queue, item.due_at) == (before.queue, before.due_at)
    assert "climbed_from" not in item.due_rule
    with pytest.raises(NotAllowed):
        play.act("a1:school_leader", "hand_down")
    play.act("a1:school_leader", "approve")
    assert events(play)[-2:] == ["hand_down", "approve"]


def test_whoever_signed_for_the_empty_desk_does_not_sign_again_for_his_own(
    play: Play, engine: Engine, cast: Cast
) -> None:
    """The county's only leader signs for the school; then the county's own signature goes to the city."""
    leave(play, "a1:school_leader")
    watch(engine, MONDAY)
    play.now = MONDAY + DAY
    fire(engine, play.now)
    play.act("k1:dept_leader", "approve")
    play.act("a2:school_leader", "approve")
    assert open_item(play).queue == f"{cast.org['k1']}:dept_leader"
    assert watch(engine, play.now) == 1, "the one holder may not sign twice"
    play.now += DAY
    fire(engine, play.now)
    assert open_item(play).queue == f"{cast.org['city1']}:dept_leader"
    assert play.act("city1:dept_leader", "approve").phase == "arrival"


def test_whoever_refused_for_the_empty_desk_does_not_rule_on_his_own_refusal(
    play: Play, engine: Engine, cast: Cast
) -> None:
    play.act("a1:school_leader", "approve")
    leave(play, "a2:school_leader")
    watch(engine, MONDAY)
    play.now = MONDAY + DAY
    fire(engine, play.now)
    assert play.act("k1:dept_leader", "refuse", cause="其他", comment="学费未结清").phase == "contested"
    assert open_item(play).queue == f"{cast.org['k1']}:dept_leader"
    assert watch(engine, play.now) == 1, "the one holder is the one who refused"
    play.now += DAY
    fire(engine, play.now)
    assert play.act("city1:dept_leader", "approve").phase == "common_department"


def test_whoever_must_sign_again_because_a_fact_was_corrected_is_at_the_desk(play: Play, engine: Engine) -> None:
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "return", comment="转学原因请写具体")
    corrected = update(Transfer).where(Transfer.case_id == play.case().id).values(reason="父母工作调动")
    transact(engine, lambda session: session.execute(corrected))
    assert play.act("a1:school_clerk", "submit").phase == "receiving_school", "it relied on the reason"
    assert watch(engine, MONDAY) == 0
    assert play.act("a1:school_leader", "approve").phase == "releasing_school"


def test_somebody_who_arrives_in_time_keeps_the_question(play: Play, engine: Engine, cast: Cast) -> None:
    leave(play, "a1:school_leader")
    watch(engine, MONDAY)
    back = update(Post).where(Post.person_id == cast.person["a1:school_leader"]).values(valid_to=None)
    transact(engine, lambda session: session.execute(back))
    fire(engine, MONDAY + DAY)
    assert open_item(play).org_id == cast.org["a1"]
    assert events(play)[-1] == "alarm"
    assert watch(engine, MONDAY + DAY) == 0


def test_offices_without_people_are_climbed_over(play: Play, engine: Engine, cast: Cast) -> None:
    for who in ("a1:school_leader", "k1:dept_leader"):
        leave(play, who)
    watch(engine, MONDAY)
    fire(engine, MONDAY + DAY)
    assert open_item(play).queue == f"{cast.org['city1']}:dept_leader"


def test_with_nobody_anywhere_above_the_alarm_is_repeated(play: Play, engine: Engine) -> None:
    for who in ("a1:school_leader", "k1:dept_leader", "city1:dept_leader", "prov:dept_leader"):
        leave(play, who)
    for day in range(3):
        now = MONDAY + day * DAY
        fire(engine, now)
        assert watch(engine, now) == 1
    assert events(play).count("alarm") == 3
    assert "climb" not in events(play)


def test_a_clerks_question_goes_to_the_clerks_above(play: Play, engine: Engine, cast: Cast) -> None:
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    leave(play, "a1:school_clerk")
    watch(engine, MONDAY)
    fire(engine, MONDAY + DAY)
    assert open_item(play).queue == f"{cast.org['k1']}:dept_clerk"
    play.now = MONDAY + DAY
    assert play.act("k1:dept_clerk", "confirm_arrival", on_date="2025-09-02").phase == "effective"


def test_a_correction_stays_with_the_applicant_and_is_asked_for_again(play: Play, engine: Engine, cast: Cast) -> None:
    play.act("a1:school_leader", "return", comment="户口簿不清楚")
    leave(play, "a1:school_clerk")
    assert watch(engine, MONDAY) == 1
    fire(engine, MONDAY + DAY)
    assert open_item(play).org_id == cast.org["a1"]
    assert watch(engine, MONDAY + DAY) == 1


def test_the_watch_names_a_queue_once_however_much_waits_in_it(play: Play, engine: Engine, cast: Cast) -> None:
    item = open_item(play)
    values = {column.name: getattr(item, column.name) for column in WorkItem.__table__.c if column.name != "id"}
    elsewhere = {**values, "queue": f"{cast.org['b1']}:school_leader", "org_id": cast.org["b1"]}
    many = [*[values] * 300, *[elsewhere] * 300, {**elsewhere, "open": False, "queue": "closed"}]
    transact(engine, lambda session: session.execute(insert(WorkItem), many))
    with reading(engine) as session:
        assert queues.open_queues(session) == sorted([item.queue, elsewhere["queue"]])
    assert watch(engine, MONDAY) == 0
