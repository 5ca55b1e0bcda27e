"""Promise P7: every notice is handed over, and killing a worker never makes a mail come twice."""

import base64
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, func, select

from models import crypto
from models.messages import Mail
from models.outbox import OutboxRow
from models.session import reading
from tests.cast import MONDAY, Cast
from tests.mail_server import MailServer, free_port
from tests.play import Play
from tests.web.door import settings_for
from tests.web.test_mailer import mail
from tests.web.test_worker import Picky, rows, wait_for_the_post, wait_until, with_server
from tests.workflow.test_kills import child
from tests.workflow.test_notices import DAY
from web.config import Settings
from web.database import House
from web.demo.running import environment_of
from web.mail_journal import Journal
from web.mailer import Mailer, MailTemporary
from web.relay import Queue
from web.sender import JOURNAL, Sender
from web.sending import SenderProcess
from web.worker import Worker

KILLS, ALL_KILLS = 8, {"postgresql": 300, "sqlite": 100}
PER_KILL = 7
"""Mails for each kill: some of them are under way when it comes."""
MakeMailer = Callable[[Settings], "Mailer | SenderProcess"]


@pytest.fixture
def settings(database: str, tmp_path: Path, cast: Cast) -> Settings:
    settings = settings_for(database, tmp_path)
    crypto.current().save(settings.key_file)
    return settings


class Post:
    """Mails in an outbox and the workers that are to deliver them, each a day after the one before."""

    def __init__(self, engine: Engine, cast: Cast, settings: Settings, number: int) -> None:
        self.engine, self.settings, self.number, self.days = engine, settings, number, 0
        play = Play(engine, cast).open("a1", "沈明铭")
        play.act("a1:school_clerk", "submit")
        wait_for_the_post(engine, play, cast.person["a1:school_leader"], number)

    def deliver(self, mailer: MakeMailer = SenderProcess) -> None:
        """Work as a worker does, on connections of its own; leases of killed ones have run out."""
        self.engine.dispose(close=False)
        house, now = House(self.settings, self.engine, demo=False), MONDAY + self.days * DAY
        worker = Worker(house, lambda: now, mailer(self.settings))
        while worker.deliver_mails():
            continue

    def left(self) -> int:
        query = select(func.count()).where(OutboxRow.topic == "mail", OutboxRow.done_at.is_(None))
        with reading(self.engine) as session:
            return session.scalar(query) or 0

    def finish(self) -> None:
        """Let one more worker do the rest, and see that every mail is marked."""
        self.days += 1
        with child(self.deliver) as pid:
            os.waitpid(pid, os.WNOHANG)
            while left := self.left():  # with two thousand mails it takes minutes; standing still is what must not be
                wait_until(lambda left=left: self.left() < left, "one mail fewer in the outbox")
        assert set(rows(self.engine, select(Mail.state))) == {"sent"}


def senders_of(pid: int) -> list[int]:
    """Return the processes that a worker has started."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(number) for number in path.read_text().split()] if path.exists() else []


# ---- P7 --------------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(900)
def test_killing_workers_while_they_send_loses_no_mail_and_doubles_none(
    engine: Engine, cast: Cast, settings: Settings, tmp_path: Path, deep: bool
) -> None:
    kills = ALL_KILLS[engine.dialect.name] if deep else KILLS
    chance = random.Random(2026)
    with MailServer(tmp_path / "log") as server:
        post = Post(engine, cast, with_server(settings, server.url), kills * PER_KILL)
        for _ in range(kills):
            already = len(server.taken())
            with child(post.deliver):
                server.wait_for(already + chance.randint(1, PER_KILL - 2))  # taken, and not yet answered
                time.sleep(chance.uniform(0, 0.03))
            post.days += 1
        assert post.left() > 0, "no worker was killed in the middle"
        post.finish()
        assert set(server.counted().values()) == {1}
        assert len(server.taken()) == post.number
    assert set(rows(engine, select(Mail.repeated))) == {False}


def test_without_the_process_of_its_own_a_kill_doubles_a_mail(
    engine: Engine, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    """The negative control: a worker that talks to the server itself is killed between mail and answer."""
    with MailServer(tmp_path / "log", pause=0.3) as server:
        post = Post(engine, cast, with_server(settings, server.url), 3)
        with child(lambda: post.deliver(lambda settings: Mailer(settings.smtp_url))):
            server.wait_for(1)
        post.finish()
        assert sorted(server.counted().values()) == [1, 1, 2]


@pytest.mark.timeout(900)
def test_the_relay_takes_one_copy_when_worker_and_sender_are_killed_together(
    engine: Engine, cast: Cast, settings: Settings, tmp_path: Path, deep: bool
) -> None:
    kills = ALL_KILLS[engine.dialect.name] if deep else KILLS
    chance = random.Random(2026)
    port = free_port()
    with MailServer(tmp_path / "log", pause=0) as server:
        settings = replace(with_server(settings, f"smtp://127.0.0.1:{port}"), relay_url=server.url)
        relay = start_relay(settings, port)
        try:
            post = Post(engine, cast, settings, kills * PER_KILL)
            for _ in range(kills):
                already = kept(settings)
                with child(post.deliver) as pid:
                    wait_until(lambda already=already: kept(settings) > already, "a mail at the relay")
                    time.sleep(chance.uniform(0, 0.02))
                    for process in [*senders_of(pid), pid]:
                        os.kill(process, signal.SIGKILL)
                post.days += 1
            post.finish()
            wait_until(lambda: len(server.taken()) >= post.number, "every mail behind the relay")
        finally:
            relay.terminate()
            assert relay.wait(20) == 0
        assert set(server.counted().values()) == {1}
        assert len(server.taken()) == post.number


def start_relay(settings: Settings, port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "web.cli", "relay", "--port", str(port)]
    relay = subprocess.Popen(command, env={**environment_of(settings), "XUEJIBAN_RELAY_URL": settings.relay_url})
    wait_until(lambda: answers(port), "a relay that answers")
    return relay


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def kept(settings: Settings) -> int:
    """Return how many mails the relay has seen."""
    queue = Queue(settings.relay_file)
    try:
        return int(queue._ask("SELECT count(*) FROM mail").fetchone()[0])
    finally:
        queue.close()


# ---- the sender ------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[Picky, str]]:
    """A mail server that refuses by address and may lose its voice, with its address."""
    port = free_port()
    handler = Picky()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


def ask(sender: Sender, key: str = "<k@h>", to: str = "b@example.org") -> dict[str, Any]:
    content = base64.b64encode(f"Message-ID: {key}\r\n\r\nx".encode()).decode()
    return sender.carry_out({"key": key, "sender": "a@example.org", "recipient": to, "content": content})


def test_a_mail_that_was_accepted_is_not_sent_again_whoever_asks(server: tuple[Picky, str], tmp_path: Path) -> None:
    handler, url = server
    with Mailer(url) as mailer:
        sender, other = (Sender(Journal(tmp_path / JOURNAL), mailer) for _ in range(2))
        assert ask(sender) == {"result": "accepted", "repeated": False}
        assert ask(other) == {"result": "accepted", "repeated": False}
        assert ask(other, "<another@h>")["result"] == "accepted"
    assert [key for _, key in handler.accepted] == ["<k@h>", "<another@h>"]


def test_a_refused_mail_may_be_tried_again(server: tuple[Picky, str], tmp_path: Path) -> None:
    handler, url = server
    handler.refused = {"b@example.org"}
    with Mailer(url) as mailer:
        sender = Sender(Journal(tmp_path / JOURNAL), mailer)
        refused = ask(sender)
        assert (refused["result"], refused["code"], refused["recipient"]) == ("rejected", 550, True)
        handler.refused = set()
        assert ask(sender) == {"result": "accepted", "repeated": False}


def test_a_mail_that_may_have_been_taken_is_sent_again_and_marked(server: tuple[Picky, str], tmp_path: Path) -> None:
    handler, url = server
    handler.mute["b@example.org"] = 1
    with Mailer(url) as mailer:
        sender = Sender(Journal(tmp_path / JOURNAL), mailer)
        assert ask(sender)["result"] == "temporary"
        assert ask(sender) == {"result": "accepted", "repeated": True}
        Journal(tmp_path / JOURNAL).begin("<died@h> b@example.org")
        assert ask(sender, "<died@h>") == {"result": "accepted", "repeated": True}, "a sender died in the middle"
    assert [key for _, key in handler.accepted] == ["<k@h>", "<k@h>", "<died@h>"]


def test_who_changed_his_address_meanwhile_gets_the_mail_there(server: tuple[Picky, str], tmp_path: Path) -> None:
    """Else the new address would be noted as the one that has it, and called dead when the old one bounces."""
    handler, url = server
    with Mailer(url) as mailer:
        sender = Sender(Journal(tmp_path / JOURNAL), mailer)
        assert ask(sender) == ask(sender, to="new@example.org") == {"result": "accepted", "repeated": False}
    assert [to for to, _ in handler.accepted] == ["b@example.org", "new@example.org"]


def test_no_more_mails_go_out_in_a_minute_than_the_setting_says(server: tuple[Picky, str], tmp_path: Path) -> None:
    """Whichever process sends them; what the server has already does not count, nor what a clock set back left."""
    handler, url = server
    now = [1000.0]
    with Mailer(url) as mailer:
        one, other = (Sender(Journal(tmp_path / JOURNAL), mailer, 2, lambda: now[0]) for _ in range(2))
        assert ask(one, "<a@h>")["result"] == "accepted"
        now[0] += 20
        assert ask(other, "<b@h>")["result"] == ask(other, "<a@h>")["result"] == "accepted"
        now[0] += 10
        assert ask(one, "<c@h>") == ask(other, "<c@h>") == {"result": "later", "seconds": 30.0}
        now[0] += 30
        assert ask(one, "<c@h>") == {"result": "accepted", "repeated": False}
        assert ask(one, "<d@h>") == {"result": "later", "seconds": 20.0}
        now[0] -= 500
        assert ask(one, "<d@h>")["result"] == "accepted"
    assert [key for _, key in handler.accepted] == ["<a@h>", "<b@h>", "<c@h>", "<d@h>"]


def test_what_has_to_wait_for_the_next_minute_loses_no_attempt(
    engine: Engine, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    with MailServer(tmp_path / "log", pause=0) as server:
        slowly = replace(with_server(settings, server.url), mail_per_minute=2)
        post = Post(engine, cast, slowly, 4)
        mailer = SenderProcess(slowly)
        worker = Worker(House(slowly, engine, demo=False), lambda: MONDAY, mailer)
        assert (worker.deliver_mails(), worker.deliver_mails()) == (2, 0)
        mailer.close()
        waiting = rows(engine, select(OutboxRow).where(OutboxRow.topic == "mail", OutboxRow.done_at.is_(None)))
        assert (post.left(), len(server.taken())) == (2, 2)
        assert [(row.attempts, row.last_error, row.not_before > MONDAY) for row in waiting] == [(0, None, True)] * 2


def test_a_mail_that_another_process_is_sending_waits_for_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL)

    def hold() -> None:
        with Journal(tmp_path / JOURNAL).holding("<k@h>"):
            (tmp_path / "held").touch()
            time.sleep(0.5)
            (tmp_path / "done").touch()

    with child(hold):
        wait_until((tmp_path / "held").exists, "the lock")
        with journal.holding("<another@h>"):
            assert not (tmp_path / "done").exists()
        with journal.holding("<k@h>"):
            assert (tmp_path / "done").exists()


def test_a_sender_that_ends_is_started_again(settings: Settings, tmp_path: Path) -> None:
    with MailServer(tmp_path / "log") as server:
        mailer = SenderProcess(with_server(settings, server.url))
        assert mailer.send(mail("one")) is False
        assert mailer._process is not None
        mailer._process.kill()
        mailer._process.wait()
        assert mailer.send(mail("two")) is False
        assert mailer.send(mail("two")) is False
        mailer.close()
        assert server.taken() == ["<one@xj.example.cn>", "<two@xj.example.cn>"]


def test_a_refusal_comes_through_the_process_as_it_is(settings: Settings) -> None:
    mailer = SenderProcess(with_server(settings, "smtp://127.0.0.1:9"))
    with pytest.raises(MailTemporary, match="ConnectionRefusedError"):
        mailer.send(mail("one"))
    mailer.close()
