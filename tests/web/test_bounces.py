"""Mails that come back: understood whatever wrote the report, believed only where they name a mail of ours, once."""

import base64
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.messages import Mail, MessageSetting, Notice
from models.organisations import Organisation
from models.outbox import OutboxRow
from models.people import Person
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.imap_server import ImapServer
from tests.web import test_worker
from tests.web.door import Door
from tests.web.test_worker import MINUTE, Office, Picky, rows, submitted
from tests.workflow.test_notices import hire
from web import bounces as reports
from web import clock, signatures
from web.bounces import BoxWrong, FolderBox, ImapBox, Report, box_of, understood
from web.config import Settings, SettingWrong
from web.relay import report as relay_report
from web.worker import Worker
from workflow import bounces, message_choices, outbox, people
from workflow.message_choices import PAUSE

settings, picky = test_worker.settings, test_worker.picky
TOKEN = "0123456789abcdefghjkmnpqrs"
HEAD = f"Message-ID: <mail-{TOKEN}@xj.example.cn>\r\nSubject: =?utf-8?b?5byg?=\r\n".encode()


def report(code: str = "5.1.1", action: str = "failed", head: bytes = HEAD, kind: str = "text/rfc822-headers") -> bytes:
    """Return a report as RFC 3464 wants it."""
    return (
        b"From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        + f"Final-Recipient: rfc822; x@example.org\r\nAction: {action}\r\nStatus: {code}\r\n".encode()
        + f"--b\r\nContent-Type: {kind}\r\n\r\n".encode()
        + head
        + b"\r\n--b--\r\n"
    )


PLAIN = (
    "From: postmaster@example.cn\r\nContent-Type: text/plain; charset=gb18030\r\n\r\n"
    "抱歉，您的邮件被退回来了。550 5.1.1 用户不存在\r\n----\r\n"
).encode("gb18030") + HEAD
ENCODED = (
    b"From: MAILER-DAEMON@example.cn\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"5.2.1 mailbox disabled\r\n" + HEAD)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (report(), "5.1.1"),
        (report("5.4.4 (no host)", kind="message/rfc822"), "5.4.4"),
        (report("nonsense"), "5.0.0"),
        (relay_report("x@example.org", HEAD + b"\r\nbody", "550 5.1.1 no such user"), "5.1.1"),
        (PLAIN, "5.1.1"),
        (ENCODED, "5.2.1"),
    ],
)
def test_reports_of_many_makes_are_understood(content: bytes, code: str) -> None:
    assert understood(content) == Report(TOKEN, code)


OUT_OF_OFFICE = (
    b"From: Wang <wang@example.cn>\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <mail-" + TOKEN.encode() + b"@h>\r\n"
    b"Content-Type: text/plain\r\n\r\nI am away. 5.1.1\r\n"
)
DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0" * 100, b"\xff" * 5000, b"From: x\r\n" * 5000, OUT_OF_OFFICE, DEEP, DEEP + HEAD,
        report(action="delayed"), report(action="delivered"), report(head=b"Message-ID: <other@h>\r\n"),
        report(head=HEAD + HEAD.replace(b"0123", b"9999")),
        report(head=b"Message-ID: <mail-'; drop table mail--@h>\r\n"),
        b"Content-Type: multipart/report; boundary*=utf-8''%zz\r\n\r\n--\r\n" + HEAD,
        report().replace(b"text/plain", b"text/plain; charset=no-such-thing")[:200],
    ],
    ids=range(14),
)  # fmt: skip
def test_everything_else_is_put_aside(content: bytes) -> None:
    assert understood(content) is None


def test_only_the_beginning_of_a_big_message_is_read() -> None:
    padding = b"x" * 60 + b"\r\n"
    assert understood(report() + padding * 100_000) == Report(TOKEN, "5.1.1")
    assert understood(padding * 100_000 + report()) is None


RETURN = "bounces+*@xj.example.cn"
BARE = report(head=b"")
QUEUE = b"Delivered-To: Bounces+" + TOKEN.upper().encode() + b"@XJ.example.cn\r\n"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (QUEUE + BARE, TOKEN),
        (b"X-Original-To: <bounces+" + TOKEN.encode() + b"@xj.example.cn>\r\nTo: a@b\r\n" + BARE, TOKEN),
        (b"To: \"A, B\" <bounces+" + TOKEN.encode() + b"@xj.example.cn>, c@d\r\n" + BARE, TOKEN),
        (QUEUE + report(head=HEAD.replace(b"0123", b"9999")), TOKEN),
        (b"To: bounces@xj.example.cn\r\n" + report(), TOKEN),
        (QUEUE + QUEUE.replace(b"0123", b"9999") + BARE, None),
        (QUEUE + report(action="delayed", head=b""), None),
        (QUEUE + OUT_OF_OFFICE, None),
        (QUEUE.replace(b"example.cn", b"example.cn.evil.example") + BARE, None),
        (QUEUE.replace(b"Bounces", b"other-bounces") + BARE, None),
        (BARE.replace(b"I'm sorry.", b"To: bounces+" + TOKEN.encode() + b"@xj.example.cn"), None),
        (BARE, None),
    ],
    ids=range(12),
)
def test_a_report_that_quotes_nothing_is_known_by_the_address_it_came_to(content: bytes, found: str | None) -> None:
    """Written by any make; only in the head of the report itself, and only where it reports a failure."""
    report = understood(content, reports.pattern_of(RETURN))
    assert (report and report.public_id) == found
    assert understood(QUEUE + BARE) is None, "without such addresses nothing is read from them"


@pytest.mark.parametrize(
    "address", ["*@h.cn", "a*b*@h.cn", "bounces+*@*.cn", "bounces@*.cn", "b" * 40 + "+*@h.cn", "bounces+*", "a b*@h.cn"]
)
def test_an_address_for_returns_that_cannot_be_used_is_refused(address: str) -> None:
    with pytest.raises(SettingWrong, match="XUEJIBAN_RETURN_ADDRESS"):
        Settings.from_environment({"XUEJIBAN_RETURN_ADDRESS": address})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_mail_leaves_with_an_address_of_its_own_and_comes_back_to_it(
    engine: Engine, cast: Cast, picky: tuple[Office, Picky]
) -> None:
    """Over a real mail server and a real mailbox; the report says nothing but that somebody does not exist."""
    office, server = picky
    with ImapServer({}) as mailbox:
        url = f"imap://user:secret@127.0.0.1:{mailbox.port}/INBOX"
        told = replace(office.worker.house.settings, return_address=RETURN, bounce_box=url)
        office = Office(replace(office.worker.house, settings=told), None)
        with office.worker:
            submitted(engine, cast)
            office.work()
            [mail] = rows(engine, select(Mail))
            assert server.returned_to == [f"bounces+{mail.public_id}@xj.example.cn"]
            mailbox.messages[1] = f"To: {server.returned_to[0]}\r\n".encode() + BARE
            assert office.worker.read_bounces() == 1
            assert office.worker.take_bounces() == 1
    [mail] = rows(engine, select(Mail).where(Mail.id == mail.id))
    assert (mail.state, mail.code, mailbox.seen) == ("bounced", "5.1.1", {1})


# ---- what follows ----------------------------------------------------------------------------------------------------


@pytest.fixture
def office(engine: Engine, picky: tuple[Office, Picky]) -> Office:
    return picky[0]


@pytest.fixture
def reported(office: Office, cast: Cast, engine: Engine) -> Office:
    """The leader of a1 was mailed about a new task; an administrator of accounts sits at the county."""
    transact(engine, lambda session: hire(session, "sys", cast.org["k1"], "system_admin", email="sys@example.org"))
    submitted(engine, cast)
    office.work()
    return office


def come_back(office: Office, code: str = "5.1.1") -> bool:
    """Let the latest mail come back."""
    [public_id] = rows(office.worker.engine, select(Mail.public_id).order_by(Mail.id.desc()).limit(1))
    before = rows(office.worker.engine, select(func.count()).select_from(Notice))
    folder = office.worker.house.settings.reports_dir / "new"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{office.now:%H%M%S%f}").write_bytes(report(code, head=HEAD.replace(TOKEN.encode(), public_id.encode())))
    assert office.worker.read_bounces() == 1
    office.worker.take_bounces()
    return rows(office.worker.engine, select(func.count()).select_from(Notice)) != before


def told(engine: Engine, cast: Cast) -> list[tuple[str, str]]:
    names = {number: who for who, number in cast.person.items()}
    found = rows(engine, select(Notice).order_by(Notice.id))
    return [(names.get(one.person_id, "administrator"), one.purpose) for one in found]


def test_a_bounced_mail_is_marked_and_the_administrator_and_the_next_one_above_are_told(
    reported: Office, engine: Engine, cast: Cast
) -> None:
    assert come_back(reported)
    [mail] = rows(engine, select(Mail))
    assert (mail.state, mail.code, mail.address) == ("bounced", "5.1.1", "a1.school_leader@example.org")
    [setting] = rows(engine, select(MessageSetting).where(MessageSetting.dead_address != ""))
    assert setting.dead_address == "a1.school_leader@example.org"
    assert told(engine, cast) == [
        ("a1:school_leader", "case_waiting"),
        ("administrator", "address_bounced"),
        ("k1:dept_leader", "case_waiting"),
    ]
    reported.work()
    handler = reported.worker._messages.mailer
    assert handler is not None
    sent = rows(engine, select(Mail).where(Mail.state == "sent").order_by(Mail.id))
    assert sorted(mail.address for mail in sent) == ["k1.dept_leader@example.org", "sys@example.org"]


def test_a_report_that_comes_again_or_is_made_up_changes_nothing(reported: Office, engine: Engine, cast: Cast) -> None:
    assert come_back(reported)
    reported.now += MINUTE
    assert not come_back(reported)
    assert not transact(engine, lambda session: bounces.take_in(session, TOKEN, "5.1.1", reported.now))
    assert len(told(engine, cast)) == 3


def test_as_long_as_the_address_is_dead_notices_go_to_the_next_one(
    reported: Office, engine: Engine, cast: Cast
) -> None:
    come_back(reported)
    submitted(engine, cast, "古丽娜尔·艾合买提")
    reported.worker.address_notices()
    last = rows(engine, select(Notice).order_by(Notice.id))[-2:]
    assert [(one.person_id, one.unmailed) for one in last] == [
        (cast.person["a1:school_leader"], "bounces"),
        (cast.person["k1:dept_leader"], ""),
    ]
    assert last[1].facts["instead_of"] == cast.person["a1:school_leader"]


def test_a_colleague_at_the_same_desk_who_can_be_reached_is_enough(
    office: Office, engine: Engine, cast: Cast
) -> None:
    transact(engine, lambda session: hire(session, "second", cast.org["a1"], "school_leader"))
    submitted(engine, cast)
    office.work()
    [first] = rows(engine, select(Mail).where(Mail.person_id == cast.person["a1:school_leader"]))
    transact(engine, lambda session: bounces.take_in(session, first.public_id, "5.1.1", office.now))
    assert {who for who, _ in told(engine, cast)} == {"a1:school_leader", "administrator"}
    [second] = rows(engine, select(Mail).where(Mail.person_id != cast.person["a1:school_leader"]))
    transact(engine, lambda session: bounces.take_in(session, second.public_id, "5.1.1", office.now))
    assert ("k1:dept_leader", "case_waiting") in told(engine, cast), "now nobody there can be reached"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("telephone", [False, True])
def test_a_colleague_whom_nothing_reaches_is_not_enough(
    office: Office, engine: Engine, cast: Cast, telephone: bool
) -> None:
    """He may not open the page for days; a message to his telephone will do."""

    def work(session: Session) -> None:
        person = hire(session, "bare", cast.org["a1"], "school_leader", email="")
        message_choices.put(session, person, chat=telephone)

    transact(engine, work)
    submitted(engine, cast)
    office.work()
    [mail] = rows(engine, select(Mail.public_id))
    transact(engine, lambda session: bounces.take_in(session, mail, "5.1.1", office.now))
    assert (("k1:dept_leader", "case_waiting") in told(engine, cast)) != telephone


@pytest.mark.parametrize("code", ["5.2.2", "5.7.1", "5.3.4"])
def test_a_full_mailbox_is_no_dead_address(code: str, reported: Office, engine: Engine, cast: Cast) -> None:
    come_back(reported, code)
    assert rows(engine, select(MessageSetting.dead_address).where(MessageSetting.dead_address != "")) == []
    assert ("k1:dept_leader", "case_waiting") in told(engine, cast), "this one mail did not arrive all the same"


def test_an_address_that_is_put_right_is_written_to_again(reported: Office, engine: Engine, cast: Cast) -> None:
    come_back(reported)
    leader = cast.person["a1:school_leader"]

    def correct(session: Session) -> None:
        people.set_contact(session.get_one(Person, leader), email="new@example.org", phone="")

    transact(engine, correct)
    submitted(engine, cast, "古丽娜尔·艾合买提")
    reported.now += PAUSE
    reported.work()
    assert [mail.address for mail in rows(engine, select(Mail).where(Mail.person_id == leader).order_by(Mail.id))] == [
        "a1.school_leader@example.org",
        "new@example.org",
    ]


def test_an_address_that_the_server_refuses_is_treated_the_same(
    picky: tuple[Office, Picky], engine: Engine, cast: Cast
) -> None:
    office, server = picky
    server.refused = {"a1.school_leader@example.org"}
    submitted(engine, cast)
    office.work()
    [mail] = rows(engine, select(Mail).where(Mail.person_id == cast.person["a1:school_leader"]))
    assert (mail.state, mail.code, mail.address) == ("refused", "5.1.1", "a1.school_leader@example.org")
    assert ("k1:dept_leader", "case_waiting") in told(engine, cast)


def test_what_was_read_on_the_page_needs_nobody_else(reported: Office, engine: Engine, cast: Cast) -> None:
    transact(engine, lambda session: session.execute(update(Notice).values(read_at=MONDAY)))
    come_back(reported)
    assert [who for who, _ in told(engine, cast)] == ["a1:school_leader", "administrator"]


def test_a_report_that_fails_steps_back_and_becomes_an_incident_and_the_others_go_on(
    reported: Office, engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounces, "take_in", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        come_back(reported)
    assert reported.worker.read_bounces() == 0, "the message itself was taken in"
    for _ in range(outbox.MOST_ATTEMPTS - 1):
        reported.now += outbox.LONGEST_PAUSE
        with pytest.raises(ZeroDivisionError):
            reported.worker.take_bounces()
    with reading(engine) as session:
        [dead] = outbox.incidents(session)
        assert (dead.topic, dead.last_error) == ("bounce", "ZeroDivisionError")
    monkeypatch.undo()
    transact(engine, lambda session: outbox.retry(session, dead.id, reported.now))
    assert reported.worker.take_bounces() == 1
    assert rows(engine, select(Mail.state)) == ["bounced"]


def test_a_message_that_nobody_can_read_is_put_aside_with_an_incident(
    office: Office, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = office.worker.house.settings.reports_dir / "new"
    new.mkdir(parents=True)
    (new / "a folder").mkdir()
    (new / "b").write_bytes(report())
    for _ in range(reports.MOST_TRIES):
        assert office.worker.read_bounces() == 0
    monkeypatch.setattr(reports, "understood", lambda *_: 1 // 0)
    assert office.worker.read_bounces() == 2
    assert list(new.iterdir()) == []
    with reading(engine) as session:
        found = [(dead.topic, dead.last_error) for dead in outbox.incidents(session)]
    assert sorted(found) == [("bounce", "ZeroDivisionError"), ("bounce", "it could not be read")]
    assert office.worker.read_bounces() == 0


# ---- a gateway that reports to our API -------------------------------------------------------------------------------

SECRET = "whsec_" + "QUJDREVG" * 5
PATH = "/api/v1/delivery-reports"


def signed(
    door: Door, body: dict[str, object], *, secret: str = SECRET, at: dt.datetime = MONDAY, **more: str
) -> TestResponse:
    """Report as a mail gateway does."""
    content = json.dumps(body).encode()
    headers = signatures.signed(signatures.secret_of(secret), "report-0001", content, at)
    kind = {"Content-Type": "application/json"}
    return door.app.test_client().post(PATH, data=content, headers={**kind, **headers, **more})


def mailed(door: Door) -> str:
    """Let one mail have been sent; returns its Message-ID."""
    told = replace(door.house.settings, bounce_secret=SECRET)
    door.app.extensions["house"] = replace(door.house, settings=told)
    mail = Mail(person_id=door.cast.person["a1:school_leader"], at=MONDAY, state="sent", state_at=MONDAY)
    mail.address = "a1.school_leader@example.org"
    return transact(door.house.engine, lambda session: _added(session, mail))


def _added(session: Session, mail: Mail) -> str:
    session.add(mail)
    session.flush()
    return f"<mail-{mail.public_id}@xj.example.cn>"


def test_a_gateway_may_report_by_a_signed_request_instead(door: Door, cast: Cast) -> None:
    body: dict[str, object] = {"message_id": mailed(door), "status": "5.1.1"}
    answer = signed(door, body)
    assert (answer.status_code, answer.get_json()) == (200, {"taken": True})
    assert Worker(door.house, lambda: MONDAY).take_bounces() == 1
    [mail] = door.ask(select(Mail))
    assert (mail.state, mail.code) == ("bounced", "5.1.1")
    assert door.ask(select(MessageSetting.dead_address)) == ["a1.school_leader@example.org"]
    assert signed(door, body).get_json() == {"taken": False}, "a repetition changes nothing"
    assert Worker(door.house, lambda: MONDAY).take_bounces() == 0


def test_reports_about_nothing_of_ours_are_answered_and_change_nothing(door: Door, cast: Cast) -> None:
    own = mailed(door)
    for message_id, status in ((own, "2.0.0"), (own, "4.2.2"), (f"<mail-{TOKEN}@h>", "5.1.1"), ("<x@h>", "5.1.1")):
        answer = signed(door, {"message_id": message_id, "status": status})
        assert (answer.status_code, answer.get_json()) == (200, {"taken": False})
    assert door.ask(select(OutboxRow)) == []


def test_only_who_knows_the_secret_reports(door: Door, cast: Cast) -> None:
    body: dict[str, object] = {"message_id": mailed(door), "status": "5.1.1"}
    other, old = "whsec_" + "WFlaWFla" * 5, MONDAY - dt.timedelta(minutes=6)
    for answer in (
        signed(door, body, secret=other),
        signed(door, body, at=old),
        signed(door, body, **{"webhook-signature": "v1,"}),
        door.app.test_client().post(PATH, json=body),
        door.browser("prov:dept_leader").post(PATH, json=body),
        door.api("prov:dept_leader").post("/delivery-reports", body),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (401, "not_signed")
    door.app.extensions["house"] = door.house
    assert signed(door, body).status_code == 404, "without a secret there is no such address"
    assert door.ask(select(OutboxRow)) == []


def test_on_a_day_that_was_set_signatures_go_by_the_machines_own_clock(
    door: Door, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    body: dict[str, object] = {"message_id": mailed(door), "status": "5.1.1"}
    monkeypatch.setattr(clock, "_shift", dt.timedelta(days=90))
    assert signed(door, body).get_json() == {"taken": True}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message_id"),
        ({"message_id": "<x@h>", "status": "550"}, "status"),
        ({"message_id": "x" * 301, "status": "5.1.1"}, "message_id"),
        ({"message_id": 7, "status": "5.1.1"}, "message_id"),
        ({"message_id": "<x@h>", "status": "5.1.1", "more": "x"}, "more"),
    ],
)
def test_a_report_that_is_none_is_told_where(body: dict[str, object], field: str, door: Door, cast: Cast) -> None:
    mailed(door)
    answer = signed(door, body)
    assert answer.status_code == 422
    assert field in answer.get_data(as_text=True)


# ---- mailboxes -------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b").write_bytes(b"two")
    (tmp_path / "new" / "a").write_bytes(b"x" * (reports.LARGEST + 1))
    taken: list[bytes | None] = []
    assert FolderBox(tmp_path).each(taken.append) == 2
    assert FolderBox(tmp_path).each(taken.append) == 0
    assert taken == [b"x" * reports.LARGEST, b"two"]
    assert sorted(file.name for file in (tmp_path / "cur").iterdir()) == ["a:2,S", "b:2,S"]
    assert FolderBox(tmp_path / "missing").each(taken.append) == 0


def test_what_could_not_be_taken_in_stays_for_the_next_round(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a").write_bytes(b"one")

    def busy(_content: bytes | None) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        FolderBox(tmp_path).each(busy)
    assert FolderBox(tmp_path).each(lambda _: None) == 1


def test_a_mailbox_on_a_server_is_read_once_and_nothing_is_deleted() -> None:
    taken: list[bytes | None] = []
    with ImapServer({3: b"three", 7: b"x" * (reports.LARGEST + 9)}) as server:
        box = ImapBox(f"imap://user:secret@127.0.0.1:{server.port}/Bounces")
        assert box.each(taken.append) == 2
        assert box.each(taken.append) == 0
        assert server.seen == {3, 7}
    assert taken == [b"three", b"x" * reports.LARGEST]


def test_a_mailbox_that_cannot_be_read_is_no_reason_to_stop(engine: Engine, office: Office) -> None:
    with ImapServer({}, password="other") as server:
        url = f"imap://user:secret@127.0.0.1:{server.port}"
        office.worker._messages.boxes = [box_of(url), box_of("imap://user:secret@127.0.0.1:9")]
        assert office.worker.read_bounces() == 0


@pytest.mark.parametrize(
    "url",
    [
        "imap://user:secret@mail.example.cn/INBOX", "imaps://mail.example.cn", "maildir:relative", "pop3://a:b@c",
        "imaps://a:b@h:99999", "/var/mail", "",
    ],
)  # fmt: skip
def test_an_address_of_a_mailbox_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(BoxWrong) as wrong:
        box_of(url)
    assert "secret" not in str(wrong.value)


def test_the_administrator_finds_the_address_on_a_page_until_it_is_put_right(door: Door, cast: Cast) -> None:
    def work(session: Session) -> None:
        person = people.add(session, "k1-sys", "周全", MONDAY)
        people.assign(session, person, session.get_one(Organisation, cast.org["k1"]), "system_admin", MONDAY.date())
        cast.person["k1:system_admin"] = person.id
        dead = {"dead_address": "a1.school_leader@example.org", "dead_since": MONDAY, "choices": {}}
        session.add(MessageSetting(person_id=cast.person["a1:school_leader"], **dead))

    transact(door.house.engine, work)
    page = door.browser("k1:system_admin").get("/admin/incidents").get_data(as_text=True)
    for words in ("邮件被退回的邮箱（1 个）", "a***@example.org", "a1-school_leader", "更正邮箱"):
        assert words in page
    other = update(Person).where(Person.id == cast.person["a1:school_leader"]).values(email="new@example.org")
    transact(door.house.engine, lambda session: session.execute(other))
    assert "邮件被退回的邮箱" not in door.browser("k1:system_admin").get("/admin/incidents").get_data(as_text=True)
