"""Sending over SMTP, and the demo's server that keeps what it gets."""

import asyncio
import datetime as dt
import os
import socket
import threading
from email.message import EmailMessage

import pytest

from tests.web.test_mail import OFFICER, SENDER, facts_for, text_of
from web import mail_sink
from web.commands.doctor import _mail
from web.config import Settings
from web.mail import compose
from web.mail_facts import Recipient
from web.mail_sink import MailSink
from web.mailer import Mailer, MailRejected, MailTemporary, SmtpUrlWrong

NOW = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)


def mail(key="k1", address=OFFICER.address, topic="case_waiting"):
    return compose(topic, facts_for(topic), Recipient(address, "王芳"), key=key, sender=SENDER, at=NOW)


@pytest.fixture
def sink(tmp_path):
    with MailSink(tmp_path / "mails") as sink:
        yield sink


def test_a_mail_arrives_whole_and_can_be_read_on_the_page(sink):
    message = mail()
    with Mailer(sink.url) as mailer:
        mailer.send(message)
    (kept,) = mail_sink.listing(sink.folder)
    assert kept.subject == message["Subject"] == "请办理：张*转学，12月8日截止"
    assert kept.recipient == "王芳 <wang.fang@example.cn>"
    assert kept.text.splitlines() == text_of(message).splitlines()
    assert kept.html.startswith("<!doctype html>")
    assert mail_sink.read(sink.folder, kept.id) == kept


def test_the_newest_mail_stands_first(sink):
    with Mailer(sink.url) as mailer:
        for number in range(4):
            mailer.send(mail(key=f"k{number}"))
    for number, kept in enumerate(mail_sink.listing(sink.folder)):
        os.utime(sink.folder / f"{kept.id}.eml", ns=(number, number))
    shown = [kept.id for kept in mail_sink.listing(sink.folder)]
    assert [(sink.folder / f"{name}.eml").stat().st_mtime_ns for name in shown] == [3, 2, 1, 0]
    assert len(mail_sink.listing(sink.folder, limit=2)) == 2


def test_the_same_mail_twice_is_kept_once(sink):
    with Mailer(sink.url) as mailer:
        mailer.send(mail())
        mailer.send(mail())
        mailer.send(mail(key="k2"))
    assert sorted(kept.message_id for kept in mail_sink.listing(sink.folder)) == [
        "<k1@xj.example.cn>",
        "<k2@xj.example.cn>",
    ]


def test_kept_files_belong_to_their_owner_and_no_name_stands_in_a_file_name(sink):
    with Mailer(sink.url) as mailer:
        mailer.send(mail(topic="overdue"))
    (file,) = sink.folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert sink.folder.stat().st_mode & 0o777 == 0o700
    assert len(file.name) == 36
    assert file.name.isascii()


@pytest.mark.parametrize("mail_id", ["", "..", "../keys", "0" * 31, "0" * 32, "g" * 32, "A" * 32, "0" * 32 + "\n"])
def test_an_id_that_is_no_mail_opens_nothing(sink, mail_id):
    (sink.folder.parent / "keys.eml").write_text("secret")
    assert mail_sink.read(sink.folder, mail_id) is None


def test_an_empty_or_missing_folder_lists_nothing(tmp_path):
    assert mail_sink.listing(tmp_path / "nothing") == []


def test_a_mail_of_another_make_is_kept_and_shown_too(sink):
    message = EmailMessage()
    message["From"], message["To"] = "a@example.cn", "b@example.cn"
    message.set_content("hello")
    with Mailer(sink.url) as mailer:
        mailer.send(message)
    (kept,) = mail_sink.listing(sink.folder)
    assert (kept.subject, kept.text.strip(), kept.html) == ("", "hello", "")


def test_a_taken_port_is_an_error_at_start(sink, tmp_path):
    with pytest.raises(OSError):
        MailSink(tmp_path, port=sink.port).start()


def test_a_full_disk_is_a_temporary_failure(sink, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mail_sink, "keep", full)
    with Mailer(sink.url) as mailer, pytest.raises(MailTemporary) as failed:
        mailer.send(mail())
    assert failed.value.code == 452


# ---- a server that answers as told -----------------------------------------------------------------------------------


class Answering:
    """A real aiosmtpd server whose handler refuses by address; counts connections."""

    def __init__(self):
        self.connections = 0
        self.accepted = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.connections == 1 and self.accepted == ["idle@example.cn"]:
            return "421 Idle for too long, closing"
        envelope.mail_from = address
        return "553 Not your address" if address.startswith("stranger+") else "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = {"nobody": "550 No such user", "full": "452 Mailbox full"}
        answer = answers.get(address.split("@")[0], "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answers = {"spam": "554 Refused as spam", "slow": "451 Greylisted"}
        answer = answers.get(envelope.rcpt_tos[0].split("@")[0], "250 OK")
        if answer.startswith("250"):
            self.accepted += envelope.rcpt_tos
        return answer


@pytest.fixture
def answering(tmp_path, monkeypatch):
    handler = Answering()
    monkeypatch.setattr(mail_sink, "_Keeper", lambda folder: handler)
    with MailSink(tmp_path) as server:
        handler.url = server.url
        yield handler


@pytest.mark.parametrize(
    "address, failure, code",
    [
        ("nobody@example.cn", MailRejected, 550),
        ("spam@example.cn", MailRejected, 554),
        ("full@example.cn", MailTemporary, 452),
        ("slow@example.cn", MailTemporary, 451),
    ],
)
def test_a_refused_recipient_is_told_from_a_passing_trouble_and_stops_nobody_else(answering, address, failure, code):
    with Mailer(answering.url) as mailer:
        mailer.send(mail(address="first@example.cn"))
        with pytest.raises(failure) as failed:
            mailer.send(mail(address=address))
        mailer.send(mail(address="last@example.cn"))
    assert failed.value.code == code
    assert answering.accepted == ["first@example.cn", "last@example.cn"]
    assert answering.connections == 1


def test_a_hundred_mails_go_over_one_connection(answering):
    with Mailer(answering.url) as mailer:
        for number in range(100):
            mailer.send(mail(key=f"k{number}"))
    assert (len(answering.accepted), answering.connections) == (100, 1)


def test_doctor_sees_whether_we_may_send_with_the_address_for_returns(answering):
    """Else no mail would ever go out, and each would wait for a day and a half."""
    for address, state in (("bounces+*@example.cn", "ok"), ("stranger+*@example.cn", "fail")):
        told = {"XUEJIBAN_SMTP_URL": answering.url, "XUEJIBAN_RETURN_ADDRESS": address}
        found = _mail(Settings.from_environment(told))
        assert (found.state, "553" in found.message) == (state, state == "fail")
    with Mailer(answering.url) as mailer:
        mailer.greet("a@example.cn")
        mailer.send(mail(address="next@example.cn"))
    assert answering.accepted == ["next@example.cn"]


def test_a_server_that_closed_an_idle_connection_is_greeted_again(answering):
    with Mailer(answering.url) as mailer:
        mailer.send(mail(address="idle@example.cn"))
        mailer.send(mail(address="next@example.cn"))
    assert answering.accepted == ["idle@example.cn", "next@example.cn"]
    assert answering.connections == 2


def test_a_server_that_was_restarted_is_greeted_again(tmp_path):
    with MailSink(tmp_path / "one") as first:
        mailer = Mailer(first.url)
        mailer.send(mail(key="k1"))
    with MailSink(tmp_path / "two", port=first.port) as second:
        mailer.send(mail(key="k2"))
        mailer.close()
        assert len(mail_sink.listing(second.folder)) == 1


def test_threads_take_turns_on_one_mailer(answering):
    mailer = Mailer(answering.url)
    threads = [threading.Thread(target=mailer.send, args=(mail(key=f"k{n}"),)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mailer.close()
    assert (len(answering.accepted), answering.connections) == (20, 1)


def test_no_server_is_a_passing_trouble():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(MailTemporary, match="Connection"):
        Mailer(f"smtp://127.0.0.1:{port}").send(mail())


def test_a_server_that_says_nothing_is_given_up_after_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MailTemporary):
        Mailer(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).send(mail())


def test_encryption_that_was_asked_for_is_never_left_out(answering):
    with pytest.raises(MailTemporary, match="STARTTLS"):
        Mailer(answering.url.replace("smtp:", "smtp+starttls:")).send(mail())
    assert answering.accepted == []


@pytest.mark.parametrize(
    "url", ["", "localhost:25", "http://x", "smtp://", "smtp://x:port", "smtp://u:secret@mail.example.cn"]
)
def test_an_address_of_a_server_that_cannot_be_used_is_refused_without_showing_the_password(url):
    with pytest.raises(SmtpUrlWrong) as wrong:
        Mailer(url)
    assert "secret" not in str(wrong.value)


def test_stopping_the_server_leaves_no_open_loop(tmp_path):
    sink = MailSink(tmp_path)
    sink.start()
    mailer = Mailer(sink.url)
    mailer.send(mail())
    sink.stop()
    assert isinstance(sink._loop, asyncio.AbstractEventLoop)
    assert sink._loop.is_closed()
    with pytest.raises(MailTemporary):
        mailer.send(mail(key="k2"))
