"""The worker as a whole: from a waiting case to a mail at a real SMTP server, and what a lost worker costs."""

import datetime as dt
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from models import crypto
from models.calendar import CalendarDay
from models.cases import Command, Event, Timer, WorkItem
from models.certificates import Certificate
from models.jobs import Heartbeat, JobRun
from models.messages import Mail, Notice
from models.outbox import OutboxRow
from models.people import SYSTEM_PERSON_ID, Person
from models.session import reading, transact
from tests.cast import MONDAY, PUPILS, Cast
from tests.decree import decree
from tests.mail_server import free_port
from tests.play import Play
from tests.web.door import settings_for
from tests.workflow.test_notices import hire
from tests.workflow.test_timers import morning
from web import mail_sink
from web.config import Settings
from web.database import House
from web.demo.running import environment_of
from web.mail_sink import KeptMail, MailSink
from web.mailer import Mailer
from web.worker import DEFAULTS, Worker
from workflow import certificates, outbox
from workflow.message_choices import PAUSE
from workflow.settings import mark_demo
from workflow.world import touch

D = dt.date
MINUTE = dt.timedelta(minutes=1)
PATIENCE = 60.0


class Office:
    """A worker, the mail server it writes to, and a clock that a test moves."""

    def __init__(self, house: House, sink: Path | None) -> None:
        self.now, self.sink = MONDAY, sink
        self.worker = Worker(house, lambda: self.now, Mailer(house.settings.smtp_url))
        self.read: set[str] = set()

    def work(self) -> None:
        """Let every job run until nothing is left, with the pause that gathers the reminders of a morning."""
        self.worker.fire_timers()
        self.worker.address_notices()
        self.worker.print_papers()
        self.worker.address_notices()
        self.now += MINUTE
        self.worker.put_mails_together()
        self.worker.deliver_mails()

    def post(self) -> list[KeptMail]:
        """Return the mails that came in since this was asked last."""
        assert self.sink is not None
        new = [mail for mail in reversed(mail_sink.listing(self.sink)) if mail.id not in self.read]
        self.read |= {mail.id for mail in new}
        return new


class Picky:
    """A mail server's answers: refuses some recipients for good, loses its voice after accepting others."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.mute: Counter[str] = Counter()
        self.accepted: list[tuple[str, str]] = []
        self.returned_to: list[str] = []
        """Where each mail would be returned to."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        recipient = envelope.rcpt_tos[0]
        self.returned_to.append(envelope.mail_from)
        self.accepted.append((recipient, _message_id(envelope.content)))
        if self.mute[recipient] > 0:
            self.mute[recipient] -= 1
            server.transport.close()  # accepted, but nobody hears it
        return "250 OK"


def _message_id(content: bytes) -> str:
    found = re.search(rb"^Message-ID:\s*(\S+)", content, re.MULTILINE)
    assert found
    return found[1].decode()


@pytest.fixture
def settings(database: str, tmp_path: Path, cast: Cast) -> Settings:
    settings = settings_for(database, tmp_path)
    crypto.current().save(settings.key_file)
    return settings


@pytest.fixture
def office(engine: Engine, settings: Settings, tmp_path: Path) -> Iterator[Office]:
    with MailSink(tmp_path / "mails") as sink:
        office = Office(House(with_server(settings, sink.url), engine, demo=False), sink.folder)
        with office.worker:
            yield office


@pytest.fixture
def picky(engine: Engine, settings: Settings) -> Iterator[tuple[Office, Picky]]:
    handler = Picky()
    port = free_port()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    house = House(with_server(settings, f"smtp://127.0.0.1:{port}"), engine, demo=False)
    office = Office(house, None)
    with office.worker:
        yield office, handler
    server.stop()


def with_server(settings: Settings, url: str) -> Settings:
    return replace(settings, smtp_url=url, base_url="https://xj.example.cn", mail_from="notice@xj.example.cn")


def rows(engine: Engine, query: Any) -> list[Any]:
    with reading(engine) as session:
        return list(session.scalars(query))


def mail_rows(engine: Engine) -> list[OutboxRow]:
    return rows(engine, select(OutboxRow).where(OutboxRow.topic == "mail").order_by(OutboxRow.id))


def submitted(engine: Engine, cast: Cast, pupil: str = "沈明铭") -> Play:
    play = Play(engine, cast).open("a1", pupil)
    play.act("a1:school_clerk", "submit")
    return play


# ---- the whole story -------------------------------------------------------------------------------------------------


def test_a_case_waits_and_mails_arrive_until_the_certificate_is_there(
    engine: Engine, cast: Cast, office: Office, settings: Settings
) -> None:
    play = submitted(engine, cast)
    office.work()
    (asked,) = office.post()
    assert asked.recipient.endswith("<a1.school_leader@example.org>")
    assert asked.subject == "请办理：沈*转学，9月15日截止"
    assert "栖云区青松小学" in asked.text
    assert f"https://xj.example.cn/cases/{play.no}" in asked.text

    office.now = morning(D(2025, 9, 8))
    office.work()
    assert [mail.subject for mail in office.post()] == ["还剩 5 个工作日：沈*转学"]

    office.now = morning(D(2025, 9, 18))
    office.work()
    subjects = {mail.recipient.partition("<")[2]: mail.subject for mail in office.post()}
    assert subjects["k1.dept_leader@example.org>"] == "请督办：栖云区青松小学有一件转学逾期未办"
    assert subjects["a1.school_leader@example.org>"] == "已逾期 3 个工作日：沈*转学"

    play.now = office.now
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    office.work()
    assert office.post()[-1].subject.startswith("请办理：沈*转学")
    office.now += PAUSE
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-18")
    office.work()
    last = {mail.recipient.partition("<")[2]: mail for mail in office.post()}
    subjects = {"a1": "沈*的转学：已有结果，证明已生成", "a2": "新任务 1 件，已有结果 1 件，证明已生成 1 件"}
    for school, subject in subjects.items():
        mail = last[f"{school}.school_clerk@example.org>"]
        assert mail.subject == subject, "one mail; the old school also has a paper file to send"
        assert "已办结" in mail.text
        assert "转学证明" in mail.text

    (certificate,) = rows(engine, select(Certificate))
    original = certificates.original_of(office.worker.house.store, certificate)
    assert original.startswith(b"%PDF-")
    names = [name for _, name, _ in PUPILS]
    for mail in mail_sink.listing(office.sink or Path()):
        assert not [name for name in names if name in mail.subject + mail.text + mail.html]
        assert cast.record_no["沈明铭"] not in mail.text
    assert [row.last_error for row in mail_rows(engine) if row.dead_at] == []
    assert not rows(engine, select(OutboxRow).where(OutboxRow.done_at.is_(None)))


def test_the_reminders_of_a_morning_come_in_one_mail(engine: Engine, cast: Cast, office: Office) -> None:
    submitted(engine, cast)
    submitted(engine, cast, "古丽娜尔·艾合买提")
    office.work()
    (news,) = office.post()
    assert news.subject == "新任务 2 件", "what comes in at once is put together"
    office.now = morning(D(2025, 9, 8))
    office.work()
    (mail,) = office.post()
    assert mail.subject == "即将到期 2 件"
    assert "沈*" in mail.text
    assert "古丽娜尔·*" in mail.text
    assert "https://xj.example.cn/inbox" in mail.text
    *_, last = rows(engine, select(Mail).order_by(Mail.id))
    assert (last.state, last.topic, last.template_version) == ("sent", "digest", 0)
    assert last.address == "a1.school_leader@example.org"
    assert len(rows(engine, select(Notice).where(Notice.mail_id == last.id))) == 2


def test_after_a_long_pause_a_person_hears_of_each_matter_once(engine: Engine, cast: Cast, office: Office) -> None:
    submitted(engine, cast)
    office.work()
    office.post()
    office.now = morning(D(2025, 10, 30))
    office.work()
    subjects = sorted((mail.recipient.partition("<")[2], mail.subject) for mail in office.post())
    bulletin = "拟列入本月通报：栖云区青松小学有一件转学长期未办"
    both = "沈*的转学：可以代为决定，拟列入通报"
    assert subjects == [("a1.school_leader@example.org>", bulletin), ("k1.dept_leader@example.org>", both)]
    fired = rows(engine, select(Timer.kind).where(Timer.fired_at.is_not(None)).order_by(Timer.id))
    assert fired[:6] == ["remind", "remind", "remind", "supervise", "take_over", "bulletin"]
    assert not rows(engine, select(OutboxRow).where(OutboxRow.done_at.is_(None)))


def test_nobody_is_reminded_of_what_was_answered_meanwhile(engine: Engine, cast: Cast, office: Office) -> None:
    play = submitted(engine, cast)
    office.work()
    office.now = morning(D(2025, 9, 8))
    office.worker.fire_timers()
    office.worker.address_notices()
    play.now = office.now
    play.act("a1:school_leader", "approve")
    office.post()
    office.work()
    assert [mail.recipient.partition("<")[2] for mail in office.post()] == ["a2.school_leader@example.org>"]
    (reminder,) = rows(engine, select(Mail).where(Mail.state == "moot"))
    assert [row.last_error for row in mail_rows(engine) if row.payload["mail"] == reminder.id] == [
        "answered before the mail was sent"
    ]


def test_an_account_that_ended_before_the_mail_went_out_gets_none(engine: Engine, cast: Cast, office: Office) -> None:
    submitted(engine, cast)
    office.worker.address_notices()
    office.now += MINUTE
    office.worker.put_mails_together()
    ended = update(Person).where(Person.id == cast.person["a1:school_leader"]).values(disabled_at=MONDAY)
    transact(engine, lambda session: session.execute(ended))
    office.worker.deliver_mails()
    assert office.post() == []
    (row,) = mail_rows(engine)
    assert (row.done_at is not None, row.last_error) == (True, "the account has ended")


# ---- F13: mail servers as they are -----------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_mail_goes_to_the_address_that_holds_when_it_is_sent(
    engine: Engine, cast: Cast, picky: tuple[Office, Picky]
) -> None:
    """And that one is noted, so that a bounce of it does not speak of another."""
    office, server = picky
    submitted(engine, cast)
    office.worker.address_notices()
    office.now += MINUTE
    assert office.worker.put_mails_together() == 1
    moved = update(Person).where(Person.id == cast.person["a1:school_leader"]).values(email="new@example.org")
    transact(engine, lambda session: session.execute(moved))
    assert office.worker.deliver_mails() == 1
    assert [to for to, _ in server.accepted] == rows(engine, select(Mail.address)) == ["new@example.org"]


def test_one_bad_address_costs_the_others_nothing(engine: Engine, cast: Cast, picky: tuple[Office, Picky]) -> None:
    office, server = picky
    for name in ("second", "third", "fourth", "fifth"):
        email = f"{name}@example.org"
        transact(
            engine,
            lambda session, name=name, email=email: hire(session, name, cast.org["a1"], "school_leader", email=email),
        )
    server.refused = {"third@example.org"}
    server.mute["fourth@example.org"] = 1
    submitted(engine, cast)
    office.work()
    office.now += 2 * MINUTE
    office.work()

    got = Counter(recipient for recipient, _ in server.accepted)
    assert got == {
        "a1.school_leader@example.org": 1,
        "second@example.org": 1,
        "fourth@example.org": 2,  # its first acceptance was never heard
        "fifth@example.org": 1,
    }
    ids = {message_id for recipient, message_id in server.accepted if recipient == "fourth@example.org"}
    assert len(ids) == 1, "the repetition can be recognised"
    with reading(engine) as session:
        (dead,) = outbox.incidents(session)
    assert "550" in str(dead.last_error)
    office.now += dt.timedelta(days=2)
    office.worker.deliver_mails()
    assert sum(got.values()) == len(server.accepted), "nobody is written to again"


def test_a_server_that_is_away_costs_no_attempt_but_one(engine: Engine, cast: Cast, office: Office) -> None:
    for number in range(3):
        transact(engine, lambda session, n=number: hire(session, f"p{n}", cast.org["a1"], "school_leader"))
    submitted(engine, cast)
    office.worker.address_notices()
    office.now += MINUTE
    office.worker.put_mails_together()
    delivery = office.worker._messages.mails
    assert delivery is not None
    there = delivery.mailer._port
    delivery.mailer._port = 9  # nobody listens
    assert office.worker.deliver_mails() == 0
    assert sorted(row.attempts for row in mail_rows(engine)) == [0, 0, 0, 1]
    delivery.mailer._port = there
    office.now += MINUTE
    assert office.worker.deliver_mails() == 4
    assert len(office.post()) == 4


# ---- jobs ------------------------------------------------------------------------------------------------------------


def test_the_clock_is_set_up_so_that_nothing_is_dropped_or_doubled(office: Office) -> None:
    assert DEFAULTS == {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    paces = {job.__name__: seconds for job, seconds in office.worker.paces().items()}
    assert (paces["fire_timers"], paces["deliver_mails"], paces["watch_queues"], paces["beat"]) == (5, 1, 60, 5)


def test_a_timer_nobody_understands_does_not_hold_up_the_others(engine: Engine, cast: Cast, office: Office) -> None:
    play = submitted(engine, cast)
    strange = Timer(case_id=play.case().id, kind="of_tomorrow", step=0, due_at=MONDAY)
    transact(engine, lambda session: session.add(strange))
    office.now = morning(D(2025, 9, 8))
    assert office.worker.fire_timers() == 1
    (left,) = rows(engine, select(Timer).where(Timer.fired_at.is_(None), Timer.due_at <= office.now))
    assert (left.kind, "of_tomorrow" in str(left.last_error)) == ("of_tomorrow", True)


def test_a_fault_of_ours_steps_back_and_the_others_go_on(
    engine: Engine, cast: Cast, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(engine, cast)
    submitted(engine, cast, "古丽娜尔·艾合买提")
    real, calls = office.worker._address, []

    def faulty(notice: Any) -> bool:
        calls.append(notice.id)
        if len(calls) == 1:
            raise ZeroDivisionError
        return real(notice)

    monkeypatch.setattr(office.worker, "_address", faulty)
    with pytest.raises(ZeroDivisionError):
        office.worker.address_notices()
    office.now += outbox.LEASE
    assert office.worker.address_notices() == 2
    assert len(rows(engine, select(Notice))) == 2


def test_only_the_first_node_tidies_in_a_slot(engine: Engine, cast: Cast, office: Office, settings: Settings) -> None:
    old, young = MONDAY - dt.timedelta(days=31), MONDAY - dt.timedelta(days=29)
    kept = {"actor_id": SYSTEM_PERSON_ID, "digest": b"0" * 32, "answer": {}}
    both = [{**kept, "key": "old", "at": old}, {**kept, "key": "young", "at": young}]
    transact(engine, lambda session: session.execute(insert(Command), both))
    other = Worker(House(settings, engine, demo=False), lambda: office.now)
    other.node = "another-machine:1"
    assert office.worker.tidy() == 1
    assert other.tidy() == 0
    assert rows(engine, select(Command.key)) == ["young"]
    (run,) = rows(engine, select(JobRun))
    assert (run.node, run.done_at) == (office.worker.node, MONDAY)
    office.now += dt.timedelta(hours=1)
    assert other.tidy() == 0
    assert len(rows(engine, select(JobRun))) == 2


def test_deadlines_are_counted_anew_once_a_night(engine: Engine, cast: Cast, office: Office) -> None:
    Play(engine, cast).open("a1", "沈明铭").act("a1:school_clerk", "submit")
    before = rows(engine, select(WorkItem.due_at).where(WorkItem.open))
    assert office.worker.count_deadlines() == 0

    def close_two_days(session: Session) -> None:
        days = (dt.date(2025, 9, 3), dt.date(2025, 9, 4))
        session.add_all(CalendarDay(region="CN", day=day, working=False, note="检修", source="通知") for day in days)
        touch(session, "calendar")

    transact(engine, close_two_days)
    assert office.worker.count_deadlines() == 0, "this night's count is done"
    office.now = dt.datetime(2025, 9, 1, 18, tzinfo=dt.UTC)
    assert office.worker.count_deadlines() == 1
    assert rows(engine, select(WorkItem.due_at).where(WorkItem.open)) == [before[0] + dt.timedelta(days=2)]
    assert rows(engine, select(Event.action).order_by(Event.seq))[-1] == "recompute"
    assert office.worker.count_deadlines() == 0


def test_open_deadlines_follow_a_freeze_as_soon_as_a_worker_looks(
    engine: Engine, session: Session, cast: Cast, office: Office, settings: Settings
) -> None:
    Play(engine, cast).open("a1", "沈明铭").act("a1:school_clerk", "submit")
    before = rows(engine, select(WorkItem.due_at).where(WorkItem.open))
    assert office.worker.follow_pauses() == 0
    decree(session, "transfer.freezes", [{"from": "2025-09-08", "to": "2025-09-12"}])
    other = Worker(House(settings, engine, demo=False), lambda: office.now)
    other.node = "another-machine:1"
    assert other.follow_pauses() == 1
    assert office.worker.follow_pauses() == 0, "it was counted once"
    assert rows(engine, select(WorkItem.due_at).where(WorkItem.open)) == [before[0] + dt.timedelta(days=7)]


def test_a_slot_whose_node_died_is_taken_over(engine: Engine, office: Office) -> None:
    lost = JobRun(job="tidy", slot=MONDAY, node="dead:1", lease_until=MONDAY + dt.timedelta(minutes=10))
    transact(engine, lambda session: session.add(lost))
    office.worker.tidy()
    assert rows(engine, select(JobRun.done_at)) == [None]
    office.now += dt.timedelta(minutes=10)
    office.worker.tidy()
    assert rows(engine, select(JobRun.done_at)) == [office.now]


def test_a_worker_shows_that_it_is_alive_and_takes_its_leave(engine: Engine, settings: Settings) -> None:
    with Worker(House(settings, engine, demo=False), lambda: MONDAY) as worker:
        assert rows(engine, select(Heartbeat.node)) == [worker.node]
    assert rows(engine, select(Heartbeat.node)) == []


# ---- real processes --------------------------------------------------------------------------------------------------


def start_worker(settings: Settings, day: dt.date) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "web.cli", "worker", "--today", day.isoformat()]
    return subprocess.Popen(command, env=environment_of(settings), stderr=subprocess.DEVNULL)


def wait_until(happened: Any, what: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < give_up, f"it never happened: {what}"
        time.sleep(0.05)


def wait_for_the_post(engine: Engine, play: Play, person: int, number: int) -> None:
    """Put so many mails in the outbox, each about the question that is open in a case."""
    item = rows(engine, select(WorkItem.id))[-1]

    def work(session: Session) -> None:
        for n in range(number):
            mail = Mail(person_id=person, at=MONDAY, state_at=MONDAY)
            session.add(mail)
            session.flush()
            facts = {"item": item, "seq": 2}
            told = {"case_id": play.case().id, "purpose": "case_waiting", "facts": facts, "at": MONDAY}
            session.add(Notice(key=f"k{n}", person_id=person, mail_id=mail.id, mail_at=MONDAY, **told))
            errand = {"dedup": f"mail-{mail.public_id}", "topic": "mail", "recipient": str(person)}
            payload = {"purpose": "mail", "mail": mail.id, "org": None}
            session.add(OutboxRow(**errand, payload=payload, created_at=MONDAY, not_before=MONDAY))

    transact(engine, work)


def test_a_killed_worker_loses_no_mail_and_doubles_none_and_another_ends_when_told(
    engine: Engine, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    transact(engine, lambda session: mark_demo(session, "sample", MONDAY))
    play = submitted(engine, cast)
    wait_for_the_post(engine, play, cast.person["a1:school_leader"], 80)
    with MailSink(tmp_path / "mails") as sink:
        settings = with_server(settings, sink.url)
        victim = start_worker(settings, D(2025, 9, 2))
        wait_until(lambda: len(list(sink.folder.glob("*.eml"))) >= 10, "ten mails")
        victim.kill()
        victim.wait()
        second = start_worker(settings, D(2025, 9, 3))
        waiting = select(func.count()).select_from(OutboxRow).where(OutboxRow.done_at.is_(None))
        wait_until(lambda: len(list(sink.folder.glob("*.eml"))) >= 81, "the last mail, which is put together first")
        wait_until(lambda: rows(engine, waiting) == [0], "an empty outbox")
        second.send_signal(signal.SIGTERM)
        assert second.wait(20) == 0
        assert len(list(sink.folder.glob("*.eml"))) == 81
    alive = rows(engine, select(Heartbeat.node))
    assert [node.endswith(f":{victim.pid}") for node in alive] == [True], "only the killed one did not take its leave"
