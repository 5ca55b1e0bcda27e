"""A worker is killed at any moment: no acknowledged step is lost, none is doubled (promise P1).

A forked child acts and writes down, synced to disk, every answer it got; it is killed with SIGKILL. Then the journal is
compared with the database and every request is sent again with its key.
"""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.orm import Session

from models.cases import Case, Event
from models.outbox import OutboxRow
from models.session import make_engine, transact
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.play import Play
from web.bench.clones import clone
from workflow import engine as door

KILLS, ALL_KILLS = 100, 1_000
PER_CHILD = 4
ACTS: dict[str, tuple[str, dict[str, str]]] = {
    "approve": ("a1:school_leader", {"comment": "同意"}),
    "refuse": ("a1:school_leader", {"cause": "没有空余学位", "comment": "满员"}),
    "return": ("a1:school_leader", {"comment": "请补正"}),
    "withdraw": ("a1:school_clerk", {}),
}
AFTER = ('FROM "case"', "FROM person", "insert into")
"""The lock is taken; everything is read; everything is written, which takes one statement."""
POINTS = ("before begin", *AFTER, "before commit", "before answer")


class Requests:
    """Requests with keys, sent to the database at `url` from whatever process asks for it."""

    def __init__(self, database: str, cast: Cast, journal: Path) -> None:
        self.database, self.cast, self.journal = database, cast, journal

    def send(self, engine: Engine, no: str, action: str, before_answer: Callable[[], None] = lambda: None) -> None:
        """Carry one request out and write its answer down before anybody is told."""
        who, values = ACTS[action]
        person = self.cast.person[who]
        outcome = transact(
            engine,
            lambda session: door.do(
                session, no, action, person, now=MONDAY, key=f"key-{no}", seen_revision=1, values=dict(values)
            ),
        )
        before_answer()
        with self.journal.open("a") as file:
            file.write(f"{no} {outcome.phase}\n")
            file.flush()
            os.fsync(file.fileno())

    def acknowledged(self) -> dict[str, str]:
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return dict(line.split() for line in lines)


def born(work: Callable[[], None]) -> int:
    """Fork a process that does `work` and ends; returns its number."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            work()
        os._exit(0)
    return pid


@contextlib.contextmanager
def child(work: Callable[[], None]) -> Iterator[int]:
    """Fork a process that does `work`; afterwards it is gone, whatever happened."""
    pid = born(work)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def lived(work: Callable[[], None]) -> float:
    """Return the seconds that a child takes from its birth to the end of `work` when nobody kills it."""
    started = time.monotonic()
    pid = born(work)
    os.waitpid(pid, 0)
    return time.monotonic() - started


def prepared(session: Session, play: Play, copies: int) -> list[str]:
    play.open("a1", "沈明铭").act("a1:school_clerk", "submit")
    numbers = clone(session, play.no, copies)
    session.commit()
    return numbers


def check(engine: Engine, requests: Requests, sent: dict[str, str]) -> None:
    """Compare the journal with the database, then repeat every request and see that each had exactly one effect."""
    told = requests.acknowledged()
    with Session(engine) as session:
        done = dict(session.execute(select(Case.no, Event.to_phase).join(Event).where(Event.seq == 3)).all())
    assert {no: done.get(no) for no in told} == told, "an acknowledged step is lost"
    for no, action in sent.items():
        requests.send(engine, no, action)
    with Session(engine) as session:
        rows = session.execute(select(Case.no, Case.revision, Case.last_seq).where(Case.no.in_(sent))).all()
        notices = select(OutboxRow.dedup).where(OutboxRow.dedup.like("%:3:%"))
        told_of = {dedup.split(":")[0] for dedup in session.scalars(notices)}
    assert {row[1:] for row in rows} == {(2, 3)}, "a step was lost or doubled"
    assert told_of >= set(sent)


def test_nothing_is_lost_or_doubled_when_the_process_is_killed_at_random(
    database: str, engine: Engine, session: Session, play: Play, cast: Cast, tmp_path: Path, deep: bool
) -> None:
    numbers = prepared(session, play, (ALL_KILLS if deep else KILLS) * PER_CHILD + 8)
    requests = Requests(database, cast, tmp_path / "journal")
    chance = random.Random(2026)
    sent = {no: chance.choice(sorted(ACTS)) for no in numbers}

    def work(mine: list[str]) -> None:
        engine.dispose(close=False)  # connections of its own; what was compiled stays
        for no in mine:
            requests.send(engine, no, sent[no])

    for no in numbers[:4]:
        requests.send(engine, no, sent[no])
    life = lived(lambda: work(numbers[4:8]))
    for start in range(8, len(numbers), PER_CHILD):
        with child(lambda mine=numbers[start : start + PER_CHILD]: work(mine)):
            time.sleep(chance.uniform(0.05, 1.5) * life)  # on a machine of any speed
    answered = len(requests.acknowledged()) - 8
    assert 0 < answered < len(numbers) - 8, "every child was killed too early, or none"
    check(engine, requests, sent)
    assert_consistent(engine)


@pytest.mark.parametrize("point", POINTS)
def test_every_named_moment_of_a_crash_is_survived(
    point: str, database: str, engine: Engine, session: Session, play: Play, cast: Cast, tmp_path: Path
) -> None:
    numbers = prepared(session, play, len(ACTS))
    requests = Requests(database, cast, tmp_path / "journal")
    sent = dict(zip(numbers, ACTS, strict=True))

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def work(no: str) -> None:
        own = make_engine(database)
        if point == "before begin":
            die()
        if point == "before commit":
            event.listen(own, "commit", die)
        event.listen(own, "after_cursor_execute", die_after)
        requests.send(own, no, sent[no], before_answer=die if point == "before answer" else lambda: None)

    def die_after(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if point in statement:
            die()

    for no in numbers:
        with child(lambda no=no: work(no)) as pid:
            assert os.waitstatus_to_exitcode(_wait(pid)) == -signal.SIGKILL, f"{point} was never reached"
    assert requests.acknowledged() == {}
    with Session(engine) as reader:
        finished = reader.scalars(select(Case.no).where(Case.no.in_(numbers), Case.revision == 2)).all()
    assert sorted(finished) == (numbers if point == "before answer" else [])
    check(engine, requests, sent)
    assert_consistent(engine)


def _wait(pid: int) -> int:
    """Wait for the child's end without taking its status away from `child`."""
    status = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert status is not None
    return status.si_status if status.si_code in (os.CLD_KILLED, os.CLD_DUMPED) else status.si_status << 8


def test_the_journal_would_notice_a_lost_step(
    database: str, engine: Engine, session: Session, play: Play, cast: Cast, tmp_path: Path
) -> None:
    """The negative control: an answer that was given before the commit, and a process killed in between."""
    [no] = prepared(session, play, 1)
    requests = Requests(database, cast, tmp_path / "journal")
    requests.journal.write_text(f"{no} releasing_school\n")
    with pytest.raises(AssertionError, match="an acknowledged step is lost"):
        check(engine, requests, {no: "approve"})
