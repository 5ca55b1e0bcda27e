"""Promise P6: each slot of the ladder fires once, with three schedulers that are killed while the clock jumps.

Every scheduler is a process of its own with connections of its own; all look at one clock, which the test moves.
"""

import datetime as dt
import mmap
import os
import random
import signal
import struct
import time
from collections import Counter

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.cases import Case, Event, Timer
from models.people import SYSTEM_PERSON_ID
from models.session import LockTimeout, reading, transact
from tests.cast import MONDAY
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from tests.workflow.test_kills import born, prepared
from workflow import timers
from workflow.policies import DEFAULTS

SCHEDULERS = 3
CASES, JUMPS, KILLS, SLOTS = 10, 5, 10, 60
ALL_JUMPS, ALL_KILLS = 40, 300
ALL_CASES = {"postgresql": (160, 5_000), "sqlite": (40, 1_200)}
"""How many cases the long version has, and how many slots they go through at least; SQLite lets one write at a time."""
SECOND = dt.timedelta(seconds=1)
PATIENCE = 200.0


class Clock:
    """A moment in memory that forked processes share."""

    def __init__(self, now: dt.datetime) -> None:
        self._memory = mmap.mmap(-1, 8)
        self.now = now

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(struct.unpack("q", self._memory[:8])[0], dt.UTC)

    @now.setter
    def now(self, now: dt.datetime) -> None:
        self._memory[:8] = struct.pack("q", int(now.timestamp()))


def keep_firing(engine: Engine, clock: Clock) -> None:
    """Do what a worker does with timers, until somebody kills this process."""
    engine.dispose(close=False)  # connections of its own
    while True:
        now = clock.now
        try:
            batch = transact(engine, lambda session, now=now: timers.claim(session, now, limit=10))
            for due in batch:
                transact(engine, lambda session, due=due: timers.fire(session, due, clock.now))
        except (LockTimeout, OperationalError):
            continue
        if not batch:
            time.sleep(0.01)


def overdue(engine: Engine, clock: Clock) -> int:
    """Return how many timers should have fired by now."""
    late = select(func.count()).select_from(Timer).where(Timer.fired_at.is_(None), Timer.due_at <= clock.now)
    with reading(engine) as session:
        return session.scalar(late) or 0


def wait_until_all_fired(engine: Engine, clock: Clock) -> None:
    """Wait for everything that is due. The clock goes on, so that what somebody had taken and left becomes free."""
    give_up = time.monotonic() + PATIENCE
    while left := overdue(engine, clock):
        assert time.monotonic() < give_up, f"{left} timers never fired"
        time.sleep(0.02)
        clock.now += SECOND


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.mark.timeout(600)
def test_each_slot_fires_once_whoever_is_killed_and_however_the_clock_jumps(
    engine: Engine, session: Session, play: Play, deep: bool
) -> None:
    jumps, kills = (ALL_JUMPS, ALL_KILLS) if deep else (JUMPS, KILLS)
    cases, slots = ALL_CASES[engine.dialect.name] if deep else (CASES, SLOTS)
    decree(session, "reminder.take_over", [])
    decree(session, "reminder.ladder", {**DEFAULTS["reminder.ladder"].value, "expiry_days": 365})  # outlives the clock
    prepared(session, play, cases)
    session.execute(update(Timer).where(Timer.work_item_id.is_(None)).values(fired_at=MONDAY))  # the ladder alone
    session.commit()
    session.close()
    chance, clock = random.Random(2026), Clock(MONDAY + dt.timedelta(days=10))

    def start() -> int:
        return born(lambda: keep_firing(engine, clock))

    running = [start() for _ in range(SCHEDULERS)]
    try:
        for _ in range(jumps):
            clock.now += dt.timedelta(hours=chance.randint(-24, 240))
            for _ in range(kills // jumps):
                time.sleep(chance.uniform(0, 0.2))
                kill(running.pop(chance.randrange(SCHEDULERS)))
                running.append(start())
            clock.now += timers.LEASE  # what killed ones had taken is free again
            wait_until_all_fired(engine, clock)
    finally:
        for pid in running:
            kill(pid)
    check(engine, clock, cases, slots)
    assert_consistent(engine)


def check(engine: Engine, clock: Clock, cases: int, least: int) -> None:
    """Compare timers with events: one for each, none before its time; there must be at least so many."""
    with reading(engine) as session:
        fired = list(session.scalars(select(Timer).where(Timer.work_item_id.is_not(None), Timer.fired_at.is_not(None))))
        by_clock = select(Case.id, func.count(Event.seq)).join(Event).where(Event.actor_id == SYSTEM_PERSON_ID)
        events = dict(session.execute(by_clock.group_by(Case.id)).all())
    slots = Counter((timer.case_id, timer.kind, timer.step) for timer in fired)
    assert set(slots.values()) == {1}
    assert all(timer.fired_at and timer.due_at <= timer.fired_at <= clock.now for timer in fired)
    assert Counter(timer.case_id for timer in fired) == events
    assert len(events) == cases + 1
    assert len(fired) >= least
