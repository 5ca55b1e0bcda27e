"""One autumn: make-up days, a freeze, a suspension, three days without a worker, then two at once.

Every due moment was counted by hand with the calendar of 2025 (28 September and 11 October are make-up days, 1 to 8
October are holidays); every mail that goes out is written down here, and no other may.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Event, Timer, WorkItem
from models.messages import Mail, Notice
from models.outbox import OutboxRow
from models.session import LockTimeout
from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from tests.web import test_worker
from tests.web.test_worker import MINUTE, Office, rows, wait_until, with_server
from tests.workflow.test_timers import morning
from web.config import Settings
from web.database import House
from web.mail_sink import MailSink
from web.mailer import Mailer
from web.worker import Worker
from workflow.calendar import day_of, due_day_of

settings = test_worker.settings
D = dt.date
A1, A2, K1 = "a1.school_leader", "a2.school_leader", "k1.dept_leader"


class Counting(Mailer):
    """A mailer that keeps the Message-ID of everything it hands over."""

    def __init__(self, url: str, sent: list[str]) -> None:
        super().__init__(url)
        self.sent = sent

    def send(self, message: EmailMessage, returned_to: str = "") -> bool:
        self.sent.append(str(message["Message-ID"]))
        return super().send(message, returned_to)


class Autumn(Office):
    """The worker of every day, a second one beside it, and what arrived on which day."""

    def __init__(self, house: House, sink: Path) -> None:
        super().__init__(house, sink)
        self.sent: list[str] = []
        self.worker, self.other = (
            Worker(house, lambda: self.now, Counting(house.settings.smtp_url, self.sent)) for _ in range(2)
        )
        self.other.node = "another-machine:1"
        self.arrived: list[tuple[D, str, str]] = []

    def day(self, day: D, *workers: Worker) -> None:
        """Let these workers do what they do in a morning, all at the same time."""
        self.now = morning(day)
        for jobs in (("follow_pauses", "count_deadlines", "fire_timers", "address_notices"),
                     ("put_mails_together", "deliver_mails", "tidy")):  # fmt: skip
            start = threading.Barrier(len(workers))
            faults: list[BaseException] = []
            threads = [threading.Thread(target=self._work, args=(one, jobs, start, faults)) for one in workers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert faults == []
            self.now += MINUTE
        self._note_what_arrived(day)

    def scheduled_day(self, day: D, *workers: Worker) -> None:
        """Let the schedulers of these workers wake every job at its own pace until nothing is left to do."""
        self.now, engine, stop = morning(day), self.worker.engine, threading.Event()
        threads = [threading.Thread(target=one.keep_going, args=(stop,)) for one in workers]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: not late(engine, self.now) and not open_errands(engine), "the timers and notices")
            self.now += MINUTE
            wait_until(lambda: not unmailed(engine, self.now) and not open_errands(engine), "the mails")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        for one in workers:
            one.stop = threading.Event()
        self._note_what_arrived(day)

    def _note_what_arrived(self, day: D) -> None:
        self.arrived += sorted(
            (day, mail.recipient.partition("<")[2].partition("@")[0], mail.subject) for mail in self.post()
        )

    @staticmethod
    def _work(worker: Worker, jobs: tuple[str, ...], start: threading.Barrier, faults: list[BaseException]) -> None:
        try:
            start.wait()
            for job in jobs:
                _patiently(getattr(worker, job))
        except BaseException as fault:  # noqa: BLE001 - told to the test, which is another thread
            faults.append(fault)


def _patiently(job: Callable[[], object]) -> None:
    """On SQLite the other may hold the one write lock; the next run of the clock would find the same rows."""
    while True:
        try:
            job()
        except LockTimeout:
            continue
        return


@pytest.fixture
def autumn(engine: Engine, settings: Settings, tmp_path: Path) -> Iterator[Autumn]:
    with MailSink(tmp_path / "mails") as sink:
        autumn = Autumn(House(with_server(settings, sink.url), engine, demo=False), sink.folder)
        with autumn.worker, autumn.other:
            yield autumn


def due(engine: Engine) -> D:
    [item] = rows(engine, select(WorkItem).where(WorkItem.open, WorkItem.kind == "decide"))
    return due_day_of(item.due_at)


def test_an_autumn_of_stops_and_starts_is_counted_and_told_exactly(
    engine: Engine, session: Session, cast: Cast, autumn: Autumn, deep: bool
) -> None:
    play = Play(engine, cast, morning(D(2025, 9, 15))).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    assert due(engine) == D(2025, 9, 28), "a make-up Sunday is the tenth day"
    run(autumn, D(2025, 9, 15), D(2025, 9, 19))

    play.now = morning(D(2025, 9, 22))
    play.act("a1:school_leader", "approve")
    assert due(engine) == D(2025, 10, 11), "a make-up Saturday behind the holidays"
    run(autumn, D(2025, 9, 22), D(2025, 9, 23))
    decree(session, "transfer.freezes", [{"from": "2025-09-29", "to": "2025-09-30"}], cast.org["k1"])
    run(autumn, *(D(2025, 9, day) for day in (24, 27, 28, 29)), D(2025, 10, 1), D(2025, 10, 8))
    assert due(engine) == D(2025, 10, 14), "two frozen days more"

    play.now = morning(D(2025, 10, 9))
    play.act("k1:dept_leader", "suspend", comment="等待证明", until="2025-10-10")
    assert due(engine) == D(2025, 10, 15), "four days were left; the tenth of October is none of them"
    run(autumn, *(D(2025, 10, day) for day in (9, 10, 11, 12, 13)))
    for day in (D(2025, 10, 17), D(2025, 10, 18), D(2025, 10, 20)):  # from the 14th to the 16th nobody works
        (autumn.scheduled_day if deep else autumn.day)(day, autumn.worker, autumn.other)

    assert autumn.arrived == MAILS
    item = rows(engine, select(WorkItem.id).where(WorkItem.open, WorkItem.kind == "decide"))[0]
    told = [event for event in rows(engine, select(Event).order_by(Event.seq)) if event.body.get("item") == item]
    assert [(day_of(event.at), event.action) for event in told] == RUNGS
    assert_nothing_is_left(engine, autumn)
    assert_consistent(engine)


RUNGS = [
    (D(2025, 9, 28), "remind"),
    (D(2025, 10, 13), "remind"),
    (D(2025, 10, 17), "remind"),
    (D(2025, 10, 17), "overdue"),
    (D(2025, 10, 20), "supervise"),
]
STOPPED = ("a1.school_clerk", "a2.school_clerk", A2)
"""Both schools and whoever has the question are told that the clock stops, and that it goes on."""
MAILS = [
    (D(2025, 9, 15), A1, "请办理：沈*转学，9月28日截止"),
    (D(2025, 9, 22), A2, "请办理：沈*转学，10月11日截止"),
    (D(2025, 9, 28), A2, "还剩 5 个工作日：沈*转学"),
    *((D(2025, 10, 9), one, "已挂起：沈*转学") for one in STOPPED),
    *((D(2025, 10, 11), one, "已恢复：沈*转学") for one in STOPPED),
    (D(2025, 10, 13), A2, "还剩 2 个工作日：沈*转学"),
    (D(2025, 10, 17), A2, "已逾期 2 个工作日：沈*转学"),
    (D(2025, 10, 20), A2, "已逾期 3 个工作日：沈*转学"),
    (D(2025, 10, 20), K1, "请督办：栖云区新苗小学有一件转学逾期未办"),
]
"""Of what came due while nobody worked, only the latest is told on the 17th."""


def late(engine: Engine, now: dt.datetime) -> list[int]:
    return rows(engine, select(Timer.id).where(Timer.fired_at.is_(None), Timer.due_at <= now))


def open_errands(engine: Engine) -> list[str]:
    return rows(engine, select(OutboxRow.dedup).where(OutboxRow.done_at.is_(None)))


def unmailed(engine: Engine, now: dt.datetime) -> list[int]:
    return rows(engine, select(Notice.id).where(Notice.mail_at <= now, Notice.mail_id.is_(None)))


def run(autumn: Autumn, *days: D) -> None:
    """Let one worker do its work on these mornings, also on some on which nothing is to be done."""
    for day in days:
        autumn.day(day, autumn.worker)


def assert_nothing_is_left(engine: Engine, autumn: Autumn) -> None:
    """Nothing is due and undone, and each mail went out once."""
    assert late(engine, autumn.now) == open_errands(engine) == unmailed(engine, autumn.now) == []
    assert len(set(autumn.sent)) == len(autumn.sent) == len(rows(engine, select(Mail.id))) == len(MAILS)
    keys = rows(engine, select(Notice.key))
    assert len(set(keys)) == len(keys)
