"""The bundled relay: one copy of each mail, on the disk before it is acknowledged, handed on until somebody has it."""

import datetime as dt
import os
import signal
import smtplib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.cast import MONDAY
from tests.mail_server import MailServer, free_port
from tests.web.test_mailer import mail
from tests.web.test_sending import kept, start_relay
from tests.web.test_worker import Picky, wait_until, with_server
from web.config import Settings
from web.mail_server import LARGEST_MAIL
from web.mailer import Mailer, MailRejected, MailTemporary
from web.relay import FIRST_PAUSE, GIVE_UP, KEEP, Onward, Queue, Relay

SECOND = dt.timedelta(seconds=1)
LINES = b"\r\n".join([b"x" * 62] * (LARGEST_MAIL // 64))


class Place:
    """A relay before a mail server that does as told, and the relay's clock."""

    def __init__(self, folder: Path) -> None:
        self.now, self.server, self.folder = MONDAY, Picky(), folder
        port = free_port()
        self._controller = Controller(self.server, hostname="127.0.0.1", port=port)
        self._controller.start()
        self.mailer, self.queue = Mailer(f"smtp://127.0.0.1:{port}"), Queue(folder / "relay.db")
        self.relay = Relay(self.queue, now=lambda: self.now)
        self.onward = Onward(self.queue, self.mailer, folder / "reports", lambda: self.now)

    def reports(self) -> list[Any]:
        with closing(Maildir(self.folder / "reports", create=True)) as box:
            return [message_from_bytes(bytes(one)) for one in box]

    def close(self) -> None:
        self.mailer.close()
        self._controller.stop()
        self.queue.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    with place.relay:
        yield place
    place.close()


def send(place: Place, *keys: str) -> None:
    with Mailer(place.relay.url) as mailer:
        for key in keys:
            mailer.send(mail(key))


def test_a_second_copy_is_acknowledged_and_not_kept(place: Place) -> None:
    send(place, "one", "two", "one")
    assert place.queue.waiting() == 2
    while place.onward.next():
        continue
    send(place, "one")
    assert place.queue.waiting() == 0
    assert [key for _, key in place.server.accepted] == ["<one@xj.example.cn>", "<two@xj.example.cn>"]


def test_a_refused_mail_comes_back_as_a_delivery_report(place: Place) -> None:
    place.server.refused = {"wang.fang@example.cn"}
    send(place, "one")
    assert place.onward.next()
    assert not place.onward.next()
    [report] = place.reports()
    assert (report.get_content_type(), report.get_param("report-type")) == ("multipart/report", "delivery-status")
    text = report.as_string()
    for words in ("Final-Recipient: rfc822; wang.fang@example.cn", "Status: 5.1.1", "<one@xj.example.cn>", "550 5.1.1"):
        assert words in text
    assert "张" not in text, "only the head of the mail goes back"


def test_a_server_that_is_busy_is_asked_again_later_and_given_up_after_days(place: Place) -> None:
    place.mailer._port = 9  # nobody listens
    send(place, "one")
    waits = []
    while not place.reports():
        assert place.onward.next()
        assert not place.onward.next()
        pause = FIRST_PAUSE
        while place.queue.next_due(place.now + pause) is None and not place.reports():
            pause *= 2
        waits.append(pause)
        place.now += pause
    assert waits[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert GIVE_UP < place.now - MONDAY < GIVE_UP + dt.timedelta(hours=2)
    assert place.queue.waiting() == 0


def test_what_has_no_message_id_or_two_recipients_is_refused(place: Place) -> None:
    with smtplib.SMTP("127.0.0.1", place.relay.port, "here") as client:
        client.ehlo()
        client.mail("a@example.org")
        assert client.rcpt("b@example.org")[0] == 250
        assert client.rcpt("c@example.org")[0] == 452
        assert client.data("Subject: x\r\n\r\nx")[0] == 550
    assert place.queue.waiting() == 0


def test_a_full_disk_is_a_temporary_failure(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(place.queue, "take_in", full)
    with Mailer(place.relay.url) as mailer, pytest.raises(MailTemporary, match="452"):
        mailer.send(mail("one"))


def test_a_mail_that_is_too_big_is_refused(place: Place) -> None:
    with Mailer(place.relay.url) as mailer, pytest.raises(MailRejected, match="552"):
        mailer.send_bytes("a@example.org", "b@example.org", b"Message-ID: <x@h>\r\n\r\n" + b"x" * 60 + LINES)


def test_keys_are_forgotten_after_their_time_and_waiting_mails_are_not(place: Place) -> None:
    send(place, "one")
    place.onward.next()
    send(place, "two")
    place.queue.tidy(MONDAY + KEEP)
    send(place, "one")
    assert place.queue.waiting() == 1
    place.queue.tidy(MONDAY + KEEP + SECOND)
    send(place, "one")
    assert place.queue.waiting() == 2


def test_it_listens_to_nobody_else(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="own machine"):
        Relay(Queue(tmp_path / "relay.db"), host="0.0.0.0")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_killed_relay_has_kept_everything_it_acknowledged(database: str, tmp_path: Path) -> None:
    settings = with_server(Settings(tmp_path, database, database, tmp_path / "keys.json"), "smtp://127.0.0.1:9")
    with MailServer(tmp_path / "log") as server:
        port = free_port()
        nowhere = Settings(tmp_path, database, database, tmp_path / "keys.json", relay_url="smtp://127.0.0.1:9")
        first = start_relay(nowhere, port)
        with Mailer(f"smtp://127.0.0.1:{port}") as mailer:
            for number in range(20):
                mailer.send(mail(f"k{number}"))
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
        assert kept(settings) == 20
        second = start_relay(Settings(**{**vars(nowhere), "relay_url": server.url}), port)
        wait_until(lambda: len(server.taken()) == 20, "all mails")
        second.terminate()
        assert second.wait(20) == 0
        assert set(server.counted().values()) == {1}
