"""The outbox: nothing is lost between writers and workers, nothing is judged by somebody who was overtaken."""

import datetime as dt
import random
import threading
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from models.outbox import OutboxRow
from models.session import make_engine, reading, transact
from tests.cast import MONDAY
from workflow import outbox
from workflow.outbox import Errand

SECOND = dt.timedelta(seconds=1)
WRITERS, ROWS, ALL_ROWS = 8, 5_000, 100_000


def put(engine: Engine, *keys: str, topic: str = "mail", now: dt.datetime = MONDAY) -> None:
    def work(session: Session) -> None:
        for key in keys:
            session.add(OutboxRow(dedup=key, topic=topic, recipient="2", payload={}, created_at=now, not_before=now))

    transact(engine, work)


def claim(engine: Engine, now: dt.datetime = MONDAY, **options: Any) -> list[Errand]:
    return transact(engine, lambda session: outbox.claim(session, ["mail"], now, **options))


def row(engine: Engine, key: str) -> OutboxRow:
    with reading(engine) as session:
        return session.scalars(select(OutboxRow).where(OutboxRow.dedup == key)).one()


# ---- claims ----------------------------------------------------------------------------------------------------------


def test_a_row_is_offered_once_until_its_lease_ends(engine: Engine) -> None:
    put(engine, "a", "b")
    first = claim(engine, limit=1)
    assert [errand.dedup for errand in first] == ["a"]
    assert [errand.dedup for errand in claim(engine)] == ["b"]
    assert claim(engine) == []
    again = MONDAY + outbox.LEASE
    assert [errand.dedup for _ in range(2) for errand in claim(engine, again)] == ["a", "b"]


def test_whoever_was_overtaken_cannot_judge_the_row_any_more(engine: Engine) -> None:
    put(engine, "a")
    (slow,) = claim(engine)
    later = MONDAY + outbox.LEASE
    (fast,) = claim(engine, later)
    transact(engine, lambda session: outbox.fail(session, slow, "too slow", later, permanent=True))
    assert row(engine, "a").dead_at is None
    assert not transact(engine, lambda session: outbox.take(session, slow, later))
    assert transact(engine, lambda session: outbox.take(session, fast, later))
    assert not transact(engine, lambda session: outbox.take(session, fast, later)), "done is done"


def test_pauses_grow_and_after_the_last_attempt_a_person_is_asked(engine: Engine) -> None:
    put(engine, "a")
    now, waits = MONDAY, []
    while found := claim(engine, now):
        transact(engine, lambda session, errand=found[0], now=now: outbox.fail(session, errand, "421 busy", now))
        again = row(engine, "a").not_before
        waits.append(again - now)
        now = again
    assert len(waits) == outbox.MOST_ATTEMPTS
    assert waits[:4] == [10 * SECOND, 30 * SECOND, 90 * SECOND, 270 * SECOND]
    assert waits == sorted(waits)
    assert max(waits) == outbox.LONGEST_PAUSE
    assert dt.timedelta(days=1) < sum(waits, dt.timedelta()) < dt.timedelta(days=2)
    with reading(engine) as session:
        (dead,) = outbox.incidents(session)
    assert (dead.dedup, dead.last_error) == ("a", "421 busy")
    assert transact(engine, lambda session: outbox.retry(session, dead.id, now))
    assert [errand.attempt for errand in claim(engine, now)] == [1]


def test_an_incident_may_be_given_up_with_a_reason(engine: Engine) -> None:
    put(engine, "a", "b")
    for errand in claim(engine):
        transact(engine, lambda session, errand=errand: outbox.fail(session, errand, "550", MONDAY, permanent=True))
    number = row(engine, "a").id
    assert transact(engine, lambda session: outbox.give_up(session, number, "该同事已调离", MONDAY))
    assert not transact(engine, lambda session: outbox.give_up(session, number, "again", MONDAY))
    with reading(engine) as session:
        assert [dead.dedup for dead in outbox.incidents(session)] == ["b"]
    assert row(engine, "a").last_error == "该同事已调离"


def test_rows_that_were_not_tried_go_back_without_losing_an_attempt(engine: Engine) -> None:
    put(engine, "a")
    found = claim(engine)
    transact(engine, lambda session: outbox.release(session, found, MONDAY + 15 * SECOND))
    assert claim(engine) == []
    assert [errand.attempt for errand in claim(engine, MONDAY + 15 * SECOND)] == [1]


def test_a_row_that_kills_every_worker_is_buried_in_the_end(engine: Engine) -> None:
    put(engine, "a", "b")
    spent = update(OutboxRow).where(OutboxRow.dedup == "a").values(attempts=outbox.MOST_ATTEMPTS)
    transact(engine, lambda session: session.execute(spent.values(lease_until=MONDAY)))
    assert [errand.dedup for errand in claim(engine)] == ["b"]
    assert transact(engine, lambda session: outbox.bury_lost(session, MONDAY)) == 1
    with reading(engine) as session:
        assert [dead.dedup for dead in outbox.incidents(session)] == ["a"]


def test_a_row_that_kills_every_worker_costs_the_others_of_its_batch_one_attempt(engine: Engine) -> None:
    put(engine, "deadly", "b", "c")
    now, lost = MONDAY, 0
    while {errand.dedup for errand in claim(engine, now)} >= {"deadly"}:  # and the worker is gone
        now, lost = now + outbox.LEASE, lost + 1
    assert lost == outbox.MOST_ATTEMPTS
    assert (row(engine, "b").attempts, row(engine, "c").attempts) == (2, 1)


# ---- F14: nothing disappears -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_eight_writers_with_random_commit_times_lose_no_row(engine: Engine, owner_database: str, deep: bool) -> None:
    """F14, measured as M5: two workers claim while eight writers commit out of order and an index is being built."""
    rows = ALL_ROWS if deep else ROWS
    writing, seen = threading.Event(), Counter[str]()
    seen_lock = threading.Lock()

    def write(writer: int) -> None:
        chance = random.Random(writer)
        with engine.connect() as connection:
            for batch in range(rows // WRITERS // 25):
                with connection.begin():
                    keys = [{"key": f"{writer}:{batch}:{n}", "now": MONDAY} for n in range(25)]
                    connection.execute(INSERT, keys)
                    time.sleep(chance.random() * 0.03)

    def read() -> None:
        while True:
            ended = not writing.is_set()
            found = claim(engine, limit=200)
            transact(engine, lambda session, found=found: outbox.finish(session, found, MONDAY))
            with seen_lock:
                seen.update(errand.dedup for errand in found)
            if ended and not found:
                return

    def build_indexes() -> None:
        owner = make_engine(owner_database)
        while writing.is_set():
            with owner.begin() as connection:
                connection.execute(text("CREATE INDEX passing ON job_run (node)"))
                connection.execute(text("DROP INDEX passing"))
        owner.dispose()

    writing.set()
    writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    others = [threading.Thread(target=read), threading.Thread(target=read), threading.Thread(target=build_indexes)]
    for thread in [*writers, *others]:
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in others:
        thread.join()
    assert (len(seen), set(seen.values())) == (rows, {1})
    with reading(engine) as session:
        assert session.scalar(select(func.count()).where(OutboxRow.done_at.is_(None))) == 0


INSERT = text(
    "INSERT INTO outbox (dedup, topic, recipient, payload, created_at, not_before, attempts)"
    " VALUES (:key, 'mail', '2', '{}', :now, :now, 0)"
)
