"""The clock's part in a case: the ladder, one firing for each timer whatever dies, and cases that need no reminder."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from models.cases import Event, Timer, WorkItem
from models.messages import Notice
from models.outbox import OutboxRow
from models.people import SYSTEM_PERSON_ID, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.decree import decree
from tests.nodes import Node
from tests.play import Play
from workflow import journal, notices, outbox, timers
from workflow.calendar import SHANGHAI, day_of, due_day_of

D = dt.date
TIMERS = 120


def morning(day: dt.date) -> dt.datetime:
    """Return a minute after the reminders of that day are due."""
    return dt.datetime.combine(day, dt.time(8, 31), SHANGHAI).astimezone(dt.UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    return Play(engine, cast)


def waiting_at_the_receiving_school(play: Play, pupil: str = "沈明铭") -> Play:
    play.open("a1", pupil)
    play.act("a1:school_clerk", "submit")
    return play


def rows(engine: Engine, query: Any) -> list[Any]:
    """Ask in a session of its own, which leaves no lock and sees what others committed."""
    with reading(engine) as session:
        return list(session.scalars(query))


def chain_holds(play: Play) -> bool:
    with reading(play.engine) as session:
        return journal.broken(session, play.case()) is None


def only(engine: Engine, query: Any) -> Any:
    """Return the one row there is."""
    (row,) = rows(engine, query)
    return row


def fire_all(engine: Engine, now: dt.datetime) -> list[tuple[str, int]]:
    """Fire whatever is due at `now`, as the worker does; returns (kind, step) in the order of firing."""
    fired = []
    while batch := transact(engine, lambda session: timers.claim(session, now)):
        for due in batch:
            if transact(engine, lambda session, due=due: timers.fire(session, due, now)):
                fired.append(due)
    with reading(engine) as session:
        return [(due.kind, session.get_one(Timer, due.id).step) for due in fired]


def day_by_day(engine: Engine, first: dt.date, last: dt.date) -> list[tuple[dt.date, str, int]]:
    """Let the worker look in every morning; returns what fired on which day."""
    fired, day = [], first
    while day <= last:
        fired += [(day, *rung) for rung in fire_all(engine, morning(day))]
        day += dt.timedelta(days=1)
    return fired


def told(play: Play, action: str) -> list[tuple[str, str]]:
    """Return (purpose, queue) of the notices of the latest event of that kind."""
    case = play.case()
    (seq,) = rows(play.engine, select(func.max(Event.seq)).where(Event.case_id == case.id, Event.action == action))
    notices = select(OutboxRow).where(OutboxRow.case_id == case.id, OutboxRow.topic == "notice").order_by(OutboxRow.id)
    found = rows(play.engine, notices)
    return [(row.payload["purpose"], row.recipient) for row in found if row.payload["seq"] == seq]


# ---- the ladder ------------------------------------------------------------------------------------------------------


def test_the_ladder_goes_around_the_national_day(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    play.now = morning(D(2025, 9, 22))
    play.act("a1:school_leader", "approve")
    item = only(engine, select(WorkItem).where(WorkItem.open))
    assert due_day_of(item.due_at) == D(2025, 10, 11), "11 October is a make-up Saturday"
    day_by_day(engine, D(2025, 9, 23), D(2025, 10, 17))
    events = rows(engine, select(Event).where(Event.case_id == item.case_id).order_by(Event.seq))
    assert [(day_of(event.at), event.action) for event in events if event.body.get("item") == item.id] == [
        (D(2025, 9, 28), "remind"),  # five days before; a make-up Sunday
        (D(2025, 10, 9), "remind"),  # two days before; the first day after the holidays
        (D(2025, 10, 11), "remind"),
        (D(2025, 10, 13), "overdue"),
        (D(2025, 10, 14), "overdue"),
        (D(2025, 10, 15), "supervise"),
        (D(2025, 10, 16), "overdue"),
        (D(2025, 10, 17), "take_over"),
    ]


def test_a_reminder_goes_to_the_desk_and_makes_no_page_stale(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    seen = play.case().revision
    assert fire_all(engine, morning(D(2025, 9, 8))) == [("remind", -5)]
    org = play.cast.org["a1"]
    assert told(play, "remind") == [("reminder", f"{org}:school_leader")]
    case = play.case()
    assert case.revision == seen
    assert chain_holds(play)
    event = only(engine, select(Event).where(Event.case_id == case.id, Event.action == "remind"))
    assert (event.actor_id, event.body["office"]) == (SYSTEM_PERSON_ID, org)
    assert play.act("a1:school_leader", "approve", revision=seen).phase == "releasing_school"


def test_the_third_late_day_lays_a_copy_on_the_upper_desk_until_the_answer(
    play: Play, engine: Engine, cast: Cast
) -> None:
    waiting_at_the_receiving_school(play)
    day_by_day(engine, D(2025, 9, 2), D(2025, 9, 18))
    leader, upper = f"{cast.org['a1']}:school_leader", f"{cast.org['k1']}:dept_leader"
    assert told(play, "supervise") == [("supervise", upper), ("overdue", leader)]
    copy = only(engine, select(WorkItem).where(WorkItem.kind == "copy"))
    assert (copy.queue, copy.open) == (upper, True)
    play.now = morning(D(2025, 9, 19))
    play.act("a1:school_leader", "approve")
    assert only(engine, select(WorkItem.open).where(WorkItem.id == copy.id)) is False


def test_who_is_reminded_and_supervises_in_one_person_hears_the_more_serious_word(
    play: Play, engine: Engine, cast: Cast
) -> None:
    leader = cast.person["k1:dept_leader"]
    also = Post(person_id=leader, org_id=cast.org["a1"], role="school_leader", valid_from=D(2024, 9, 1))
    transact(engine, lambda session: session.add(also))
    waiting_at_the_receiving_school(play)
    day_by_day(engine, D(2025, 9, 17), D(2025, 9, 18))
    now = morning(D(2025, 9, 18))
    for notice in transact(engine, lambda session: outbox.claim(session, ["notice"], now)):
        transact(engine, lambda session, notice=notice: notices.address(session, notice, now))
    mine = select(Notice.purpose).where(Notice.person_id == leader)
    assert rows(engine, mine.order_by(Notice.id))[-1] == "supervise"


def test_the_tenth_late_day_goes_to_the_bulletin_and_after_sixty_days_it_is_stale(
    play: Play, engine: Engine, session: Session, cast: Cast
) -> None:
    decree(session, "reminder.take_over", [])
    waiting_at_the_receiving_school(play)
    fired = day_by_day(engine, D(2025, 9, 2), D(2025, 11, 20))
    leader, upper = f"{cast.org['a1']}:school_leader", f"{cast.org['k1']}:dept_leader"
    assert ("bulletin", 10) in [rung[1:] for rung in fired]
    bulletin = told(play, "bulletin")
    assert bulletin[:2] == [("bulletin_candidate", upper), ("bulletin_candidate", leader)]
    assert fired[-1][:2] == (D(2025, 11, 14), "stale")
    assert ("supervise", upper) in told(play, "stale")
    assert fire_all(engine, morning(D(2025, 12, 20))) == []


def test_a_pupil_who_does_not_come_is_told_to_both_schools_once_and_to_the_receiving_one_daily(
    play: Play, engine: Engine, cast: Cast
) -> None:
    waiting_at_the_receiving_school(play)
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    a1, a2 = cast.org["a1"], cast.org["a2"]
    day_by_day(engine, D(2025, 9, 2), D(2025, 9, 16))
    here = [("arrival_missing", f"{a1}:school_clerk"), ("arrival_missing", f"{a1}:school_leader")]
    assert told(play, "overdue") == [*here, ("arrival_missing", f"{a2}:school_clerk")]
    day_by_day(engine, D(2025, 9, 17), D(2025, 9, 17))
    assert told(play, "overdue") == here


@pytest.mark.parametrize(("who", "action"), [("a1:school_leader", "return"), ("a1:school_clerk", "withdraw")])
def test_timers_of_an_answered_question_do_nothing(play: Play, engine: Engine, who: str, action: str) -> None:
    waiting_at_the_receiving_school(play)
    old = rows(engine, select(Timer.id).where(Timer.work_item_id.is_not(None)))
    play.act(who, action, comment="户口簿不清楚")
    events = only(engine, select(func.count()).select_from(Event))
    now = morning(D(2025, 9, 8))
    for due in transact(engine, lambda session: timers.claim(session, now)):
        if due.id in old:
            assert transact(engine, lambda session, due=due: timers.fire(session, due, now))
    assert only(engine, select(func.count()).select_from(Event)) == events
    assert rows(engine, select(Timer.id).where(Timer.id.in_(old), Timer.fired_at.is_(None))) == []


# ---- expiry ----------------------------------------------------------------------------------------------------------


def test_both_schools_are_warned_thrice_and_then_the_case_expires(play: Play, engine: Engine, cast: Cast) -> None:
    waiting_at_the_receiving_school(play)
    fired = day_by_day(engine, D(2026, 1, 20), D(2026, 3, 3))
    warned = rows(engine, select(Timer.due_at).where(Timer.kind == "expiry_warning"))
    assert {at.astimezone(SHANGHAI).time() for at in warned} == {dt.time(6, 0)}
    assert [(str(day), kind, step) for day, kind, step in fired if kind.startswith("expir")] == [
        ("2026-02-01", "expiry_warning", 30),
        ("2026-02-17", "expiry_warning", 14),
        ("2026-02-28", "expiry_warning", 3),
        ("2026-03-03", "expire", 0),
    ]
    queues = {queue for _, queue in told(play, "expiry_warning")}
    assert queues >= {f"{cast.org[school]}:school_clerk" for school in ("a1", "a2")}
    case = play.case()
    assert (case.phase, case.closed_at is not None) == ("expired", True)
    assert ("case_decided", f"{cast.org['a2']}:school_clerk") in told(play, "expire")
    assert only(engine, select(func.count()).select_from(WorkItem).where(WorkItem.open)) == 0
    assert chain_holds(play)


def test_a_returned_request_that_nobody_sends_again_expires_too(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    play.act("a1:school_leader", "return", comment="户口簿不清楚")
    day_by_day(engine, D(2026, 2, 28), D(2026, 3, 3))
    assert play.phase == "expired"


def test_nothing_expires_without_a_warning_when_no_worker_ran(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    fire_all(engine, morning(D(2026, 3, 10)))
    assert play.phase == "receiving_school"
    assert [event.body["ends"] for event in rows(engine, select(Event).where(Event.action == "expiry_warning"))] == [
        "2026-03-12"
    ]
    fire_all(engine, morning(D(2026, 3, 12)))
    assert play.phase == "receiving_school"
    fire_all(engine, morning(D(2026, 3, 13)))
    assert play.phase == "expired"


def test_of_the_warnings_that_were_missed_the_last_is_given(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    fire_all(engine, morning(D(2026, 3, 1)))
    assert [event.body["days"] for event in rows(engine, select(Event).where(Event.action == "expiry_warning"))] == [2]
    fire_all(engine, morning(D(2026, 3, 3)))
    assert play.phase == "expired"


# ---- what may go wrong with workers ----------------------------------------------------------------------------------


def test_after_three_days_without_a_worker_every_timer_fires_once_and_in_order(play: Play, engine: Engine) -> None:
    """F4: nothing is dropped for being late; of missed daily reminders only the last is still worth a mail."""
    waiting_at_the_receiving_school(play)
    fire_all(engine, morning(D(2025, 9, 8)))
    other = Play(engine, play.cast)
    waiting_at_the_receiving_school(other, "古丽娜尔·艾合买提")
    fired = fire_all(engine, morning(D(2025, 9, 18)))
    late = [("remind", -5), ("remind", -2), ("remind", 0), ("supervise", 3)]
    assert sorted(fired) == sorted([*late, *late[1:]])
    with reading(engine) as session:
        for one in (play, other):
            steps = session.scalars(
                select(Timer.step).where(Timer.case_id == one.case().id, Timer.fired_at.is_not(None)).order_by(Timer.id)
            ).all()
            assert steps == [-5, -2, 0, 3]
            of_one = (OutboxRow.case_id == one.case().id) & (OutboxRow.topic == "notice")
            then = OutboxRow.created_at == morning(D(2025, 9, 18))
            told = session.scalars(select(OutboxRow.payload["purpose"].as_string()).where(of_one, then))
            assert set(told) == {"supervise", "overdue"}, "what a later rung says as well is not told"
    assert fire_all(engine, morning(D(2025, 9, 18))) == []


def test_a_kind_nobody_knows_becomes_an_incident_and_the_others_go_on(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    case = play.case()
    strange = Timer(case_id=case.id, kind="of_tomorrow", step=0, due_at=MONDAY)
    transact(engine, lambda session: session.add(strange))
    now = morning(D(2025, 9, 8))
    batch = transact(engine, lambda session: timers.claim(session, now))
    assert [due.kind for due in batch] == ["of_tomorrow", "remind"]
    with pytest.raises(timers.UnknownKind) as unknown:
        transact(engine, lambda session: timers.fire(session, batch[0], now))
    transact(engine, lambda session: timers.fail(session, batch[0], str(unknown.value), now))
    assert transact(engine, lambda session: timers.fire(session, batch[1], now))
    assert transact(engine, lambda session: timers.claim(session, now)) == [], "it is not tried again at once"
    with reading(engine) as fresh:
        (timer, no), *others = timers.stuck(fresh)
        assert (no, others, timer.fired_at) == (play.no, [], None)
        assert "of_tomorrow" in str(timer.last_error)
    later = now + dt.timedelta(hours=2)
    assert [due.kind for due in transact(engine, lambda session: timers.claim(session, later))] == ["of_tomorrow"]


def test_a_lease_taken_by_a_clock_that_was_set_back_holds_nothing(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    ahead = morning(D(2025, 9, 12))
    assert transact(engine, lambda session: timers.claim(session, ahead))
    assert transact(engine, lambda session: timers.claim(session, morning(D(2025, 9, 8))))


def test_a_timer_that_was_put_off_after_it_was_claimed_does_not_fire(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    day = morning(D(2025, 9, 15))
    due, *_ = transact(engine, lambda session: timers.claim(session, day))
    later = update(Timer).where(Timer.id == due.id).values(due_at=day + dt.timedelta(days=1))
    transact(engine, lambda session: session.execute(later))
    assert not transact(engine, lambda session: timers.fire(session, due, day))
    assert transact(engine, lambda session: timers.fire(session, due, day + dt.timedelta(days=1)))


def test_a_timer_waits_while_somebody_decides_and_fires_afterwards(play: Play, engine: Engine) -> None:
    waiting_at_the_receiving_school(play)
    now = morning(D(2025, 9, 8))
    (due,) = transact(engine, lambda session: timers.claim(session, now))
    transact(engine, lambda session: timers.fail(session, due, "LockTimeout", now))
    assert transact(engine, lambda session: timers.claim(session, now)) == []
    soon = now + dt.timedelta(seconds=15)
    (again,) = transact(engine, lambda session: timers.claim(session, soon))
    assert transact(engine, lambda session: timers.fire(session, again, soon))
    assert not transact(engine, lambda session: timers.fire(session, due, soon)), "the first one comes too late"
    with reading(engine) as session:
        assert timers.stuck(session) == []


def test_killed_and_sleeping_workers_lose_nothing_and_double_nothing(
    play: Play, engine: Engine, database: str, tmp_path: Path
) -> None:
    """F5, measured as M8: one worker is killed in the middle of its batch, one sleeps past its lease."""
    waiting_at_the_receiving_school(play)
    item = only(engine, select(WorkItem.id).where(WorkItem.open))
    case = play.case()
    many = [{"case_id": case.id, "work_item_id": item, "kind": "remind", "step": 99, "due_at": MONDAY}] * TIMERS
    transact(engine, lambda session: session.execute(update(Timer).values(fired_at=MONDAY)))
    transact(engine, lambda session: session.execute(insert(Timer), many))
    now = morning(D(2025, 9, 8))
    late = now + timers.LEASE + dt.timedelta(seconds=1)

    with Node(database, tmp_path / "sleeper", now, claim=30, sleep_after=0) as sleeper:
        sleeper.wait_for("claimed")
        with Node(database, tmp_path / "victim", now, claim=30, sleep_after=10) as victim:
            victim.wait_for("fired", 10)
            victim.kill()
        with Node(database, tmp_path / "first", late) as first, Node(database, tmp_path / "second", late) as second:
            first.wait_for("empty")
            second.wait_for("empty")
        sleeper.wake()
        sleeper.wait_for("empty")
        assert (victim.count("fired"), sleeper.count("fired"), sleeper.count("too-late")) == (10, 0, 30)

    with reading(engine) as fresh:
        assert fresh.scalar(select(func.count()).select_from(Timer).where(Timer.fired_at.is_(None))) == 0
        reminders = select(func.count()).select_from(Event).where(Event.action == "remind")
        assert fresh.scalar(reminders) == TIMERS
        sent = select(func.count()).select_from(OutboxRow).where(OutboxRow.payload["purpose"].as_string() == "reminder")
        assert fresh.scalar(sent) == TIMERS
    assert chain_holds(play)
