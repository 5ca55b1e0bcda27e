"""Short messages to telephones: signed, tried again, given up where it is of no use, with a masked name at most."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.messages import Chat, Mail, MessageSetting, Notice
from models.outbox import OutboxRow
from models.people import Person
from models.session import reading, transact
from tests.cast import MONDAY, PUPILS, Cast
from tests.gateway import Gateway
from tests.mail_server import free_port
from tests.web import test_worker
from tests.web.door import Door
from tests.web.test_notices import USUAL, page, post, told_of
from tests.web.test_worker import MINUTE, Office, rows, submitted, wait_until
from tests.workflow.test_kills import child
from tests.workflow.test_notices import address_all, hire
from web import signatures
from web.chat import ChatMessage, ChatRejected, ChatTemporary, GatewayWrong, WebhookSender
from web.commands.doctor import _chat
from web.config import Settings, SettingWrong
from web.database import House
from web.mail_sink import MailSink
from web.signatures import NotSigned, SecretWrong
from workflow import bounces, chats, outbox
from workflow.message_choices import GATHERING, PAUSE

settings = test_worker.settings
SECRET = "whsec_" + "QUJDREVG" * 5
LEADER = "a1:school_leader"
YEARS = dt.timedelta(days=18_000)
MESSAGE = ChatMessage("chat-0001", "a1-leader", "请办理：沈*转学", "【学籍办】请办理：沈*转学", "https://xj.example.cn/cases/1")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as gateway:
        yield gateway


def sender(gateway: Gateway, seconds: float = 15.0) -> WebhookSender:
    return WebhookSender(gateway.url, SECRET, lambda: MONDAY, seconds)


# ---- the sender ------------------------------------------------------------------------------------------------------


def test_a_message_is_posted_with_a_signature_that_the_gateway_can_check(gateway: Gateway) -> None:
    sender(gateway).send(MESSAGE)
    [one] = gateway.posted
    assert one.path == "/messages?key=robot"
    key = signatures.check(signatures.secret_of(SECRET), one.headers.items(), one.body, MONDAY)
    assert key == one.headers["Idempotency-Key"] == "chat-0001"
    assert json.loads(one.body) == {
        "id": "chat-0001",
        "kind": "chat",
        "to": {"account": "a1-leader"},
        "title": MESSAGE.title,
        "url": MESSAGE.url,
        "msgtype": "text",
        "text": {"content": MESSAGE.text},
    }
    assert SECRET[6:] not in str(one.headers) + one.body.decode()


def test_the_signature_is_that_of_the_standard() -> None:
    """The example that Standard Webhooks gives to whoever writes a library."""
    secret, body = signatures.secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), b'{"test": 2432232314}'
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC)
    signed = signatures.signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", body, at)
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("wrong", ["", "whsec_", "QUJDREVG" * 5, "whsec_QUJD", "whsec_" + "QUJD" * 40, "whsec_?" * 9])
def test_a_secret_that_is_too_short_or_none_is_refused(wrong: str) -> None:
    with pytest.raises(SecretWrong) as refused:
        signatures.secret_of(wrong)
    assert "QUJD" not in str(refused.value)


def test_what_is_signed_otherwise_or_long_ago_is_not_signed() -> None:
    secret, body = signatures.secret_of(SECRET), b"{}"
    good = signatures.signed(secret, "report-1", body, MONDAY)
    late, early = MONDAY + signatures.TOLERANCE + dt.timedelta(seconds=1), MONDAY - signatures.TOLERANCE * 2
    assert signatures.check(secret, good.items(), body, MONDAY + signatures.TOLERANCE) == "report-1"
    renewed = {**good, "webhook-signature": f"v1,AAAA {good['webhook-signature']}"}
    assert signatures.check(secret, renewed.items(), body, MONDAY) == "report-1", "while a secret is replaced"
    for given, content, now in (
        (good, b"{ }", MONDAY),
        (good, body, late),
        (good, body, early),
        ({**good, "webhook-id": "report-2"}, body, MONDAY),
        ({**good, "webhook-id": ""}, body, MONDAY),
        ({**good, "webhook-timestamp": "x"}, body, MONDAY),
        ({**good, "webhook-timestamp": "٣"}, body, MONDAY),
        ({**good, "webhook-signature": "v1,ü"}, body, MONDAY),
        ({}, body, MONDAY),
    ):
        with pytest.raises(NotSigned):
            signatures.check(secret, given.items(), content, now)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (200, None),
        (204, None),
        ((200, b'{"errcode": 0, "errmsg": "ok"}'), None),
        ((200, b"[" * 10_000), None),
        ((200, b"x" * 3_000_000), None),
        ((200, b'{"errcode": 45009, "errmsg": "api freq out of limit"}'), ChatTemporary),
        (400, ChatRejected),
        (422, ChatRejected),
        (401, ChatTemporary),
        (404, ChatTemporary),
        (429, ChatTemporary),
        (500, ChatTemporary),
        ((503, b"\xff" * 100), ChatTemporary),
    ],
    ids=range(13),
)
def test_what_the_gateway_answers_decides_whether_it_is_tried_again(
    answer: object, kind: type[Exception] | None, gateway: Gateway
) -> None:
    gateway.answers = [answer]
    if kind is None:
        sender(gateway).send(MESSAGE)
        return
    with pytest.raises(kind) as failed:
        sender(gateway).send(MESSAGE)
    assert str(failed.value).isascii()
    assert "freq" not in str(failed.value), "nothing of what the other side says gets on our pages"


def test_a_redirect_is_not_followed(gateway: Gateway) -> None:
    for status in (301, 302, 307, 308):
        gateway.answers = [(status, b"", (("Location", gateway.url.replace("/messages", "/elsewhere")),)), 200]
        with pytest.raises(ChatTemporary, match=str(status)):
            sender(gateway).send(MESSAGE)
    assert {one.path for one in gateway.posted} == {"/messages?key=robot"}


@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_gateway_that_never_comes_to_an_end_is_cut_off(answer: str, gateway: Gateway) -> None:
    gateway.answers = [answer]
    with pytest.raises(ChatTemporary) as failed:
        sender(gateway, seconds=0.3).send(MESSAGE)
    assert failed.value.code == 0


def test_a_name_with_addresses_of_both_kinds_is_reached_by_the_one_that_answers(gateway: Gateway) -> None:
    WebhookSender(gateway.url.replace("127.0.0.1", "localhost"), SECRET).send(MESSAGE)
    assert gateway.keys() == ["chat-0001"]


def test_a_gateway_that_is_away_is_a_temporary_failure() -> None:
    url = f"http://127.0.0.1:{free_port()}/messages"
    for failing in (WebhookSender(url, SECRET).greet, lambda: WebhookSender(url, SECRET).send(MESSAGE)):
        with pytest.raises(ChatTemporary, match="ConnectionRefusedError"):
            failing()


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest", "https://169.254.169.254/latest", "https://[fe80::1]/", "https://0.0.0.0/",
        "https://[::ffff:169.254.169.254]/", "https://224.0.0.1/", "http://8.8.8.8/", "http://[2400:3200::1]/",
    ],
)  # fmt: skip
def test_an_address_that_is_no_place_for_a_gateway_is_not_called(url: str) -> None:
    """The machine's keeper, everybody at once, and the open network without encryption."""
    with pytest.raises(ChatTemporary, match="not called"):
        WebhookSender(url, SECRET).send(MESSAGE)


@pytest.mark.parametrize(
    "url",
    ["", "gateway.example.cn", "ftp://gateway.example.cn", "https://", "https://user:pass@gateway.example.cn/",
     "https://gateway.example.cn/#x", "https://gateway.example.cn:99999/", "https://gateway.example.cn/\r\nX: y"],
)  # fmt: skip
def test_an_address_of_a_gateway_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(GatewayWrong) as wrong:
        WebhookSender(url, SECRET)
    assert "pass" not in str(wrong.value)


def certificate(folder: Path) -> Path:
    """Make a certificate for this machine that nobody knows yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(MONDAY - YEARS).not_valid_after(MONDAY + YEARS)
        .add_extension(names, critical=False).add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "gateway.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = certificate(tmp_path)
    with Gateway(known) as gateway:
        with pytest.raises(ChatTemporary, match="SSLCertVerificationError"):
            sender(gateway).send(MESSAGE)
        assert gateway.posted == []
        monkeypatch.setenv("SSL_CERT_FILE", str(known))
        sender(gateway).send(MESSAGE)
        assert gateway.keys() == ["chat-0001"]


# ---- from a notice to a telephone ------------------------------------------------------------------------------------


@pytest.fixture
def office(engine: Engine, settings: Settings, cast: Cast, gateway: Gateway, tmp_path: Path) -> Iterator[Office]:
    """A worker with a mail server and a gateway; the leader of a1 wants messages on his telephone."""
    with MailSink(tmp_path / "mails") as sink:
        told = replace(test_worker.with_server(settings, sink.url), chat_url=gateway.url, chat_secret=SECRET)
        office = Office(House(told, engine, demo=False), sink.folder)
        wish(engine, cast.person[LEADER])
        with office.worker:
            yield office


def wish(engine: Engine, person: int, **values: object) -> None:
    setting = MessageSetting(person_id=person, **{"chat": True, "choices": {}, **values})
    transact(engine, lambda session: session.add(setting))


def phone(office: Office) -> None:
    """Let notices become messages, a minute later."""
    office.work()
    office.worker.put_chats_together()
    office.worker.deliver_chats()


def states(engine: Engine) -> list[str]:
    return rows(engine, select(Chat.state).order_by(Chat.id))


def test_what_goes_out_by_mail_goes_to_the_telephone_once(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    play = submitted(engine, cast)
    submitted(engine, cast, "古丽娜尔·艾合买提")
    phone(office)
    [one], [mail] = gateway.posted, office.post()
    told = json.loads(one.body)
    assert told["to"] == {"account": rows(engine, select(Person.username).where(Person.id == cast.person[LEADER]))[0]}
    assert told["title"] == mail.subject == "新任务 2 件"
    assert told["text"]["content"] == "【学籍办】新任务 2 件\nhttps://xj.example.cn/inbox"
    for _ in range(2):
        office.now += PAUSE
        phone(office)
    assert (len(gateway.posted), states(engine)) == (1, ["sent"])
    play.act(LEADER, "approve")
    phone(office)
    assert len(gateway.posted) == 1, "the next one has not asked for messages"


def test_a_single_matter_is_told_with_deadline_link_and_masked_name(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    play = submitted(engine, cast)
    phone(office)
    text = json.loads(gateway.posted[0].body)["text"]["content"]
    assert text == (
        "【学籍办】请办理：沈*转学，9月15日截止\n期限：2025年9月15日（星期一）24:00前，还剩 10 个工作日\n"
        f"https://xj.example.cn/cases/{play.no}"
    )
    everything = str(gateway.posted[0].headers) + gateway.posted[0].body.decode()
    assert not [name for _, name, _ in PUPILS if name in everything]
    assert cast.record_no["沈明铭"] not in everything


def test_the_clock_of_the_worker_knows_of_it(office: Office) -> None:
    paces = {job.__name__: seconds for job, seconds in office.worker.paces().items()}
    assert (paces["put_chats_together"], paces["deliver_chats"], paces["take_bounces"]) == (2, 1, 5)


def test_who_has_no_address_is_reached_by_telephone(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    bare = transact(engine, lambda session: hire(session, "bare", cast.org["a1"], "school_leader", email=""))
    wish(engine, bare)
    submitted(engine, cast)
    phone(office)
    assert sorted(json.loads(one.body)["to"]["account"] for one in gateway.posted) == ["a1-school_leader", "extra-bare"]
    assert rows(engine, select(Mail.person_id)) == [cast.person[LEADER]]


def test_the_next_contact_may_be_one_who_has_only_a_telephone(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    """He is told if he asked for messages; what even his telephone refuses goes further up."""
    above, highest = cast.person["k1:dept_leader"], cast.person["city1:dept_leader"]
    transact(engine, lambda session: session.execute(update(Person).where(Person.id == above).values(email="")))
    gateway.answers = [200, 200, 422]

    def told_instead(pupil: str) -> list[int]:
        play = submitted(engine, cast, pupil)
        office.now += PAUSE
        phone(office)
        [mail] = rows(engine, select(Mail.public_id).order_by(Mail.id.desc()).limit(1))
        transact(engine, lambda session: bounces.take_in(session, mail, "5.2.2", office.now))
        phone(office)
        told = rows(engine, select(Notice.person_id).where(Notice.case_id == play.case().id).order_by(Notice.id))
        return told[1:]

    assert told_instead("沈明铭") == [highest]
    wish(engine, above)
    assert told_instead("古丽娜尔·艾合买提") == [above, highest]
    accounts = [json.loads(one.body)["to"]["account"] for one in gateway.posted]
    assert accounts == ["a1-school_leader", "a1-school_leader", "k1-dept_leader"]


@pytest.mark.parametrize("choices", [{"tasks": "digest"}, {"tasks": "page"}])
def test_it_keeps_to_the_hours_that_were_chosen_for_mail(
    choices: dict[str, str], engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    at_four = {"choices": choices, "digest_minute": 16 * 60}
    wish_again = update(MessageSetting).where(MessageSetting.person_id == cast.person[LEADER]).values(**at_four)
    transact(engine, lambda session: session.execute(wish_again))
    submitted(engine, cast)
    phone(office)
    assert gateway.posted == []
    office.now = dt.datetime(2025, 9, 1, 8, 0, tzinfo=dt.UTC)
    phone(office)
    assert len(gateway.posted) == (1 if choices["tasks"] == "digest" else 0)


def test_who_does_not_want_it_any_more_gets_none(engine: Engine, cast: Cast, office: Office, gateway: Gateway) -> None:
    submitted(engine, cast)
    office.work()
    transact(engine, lambda session: session.execute(update(MessageSetting).values(chat=False)))
    phone(office)
    assert (gateway.posted, states(engine)) == ([], [])
    assert rows(engine, select(Notice.chat_at)) == [None], "and nobody asks for ever"


def test_what_was_answered_meanwhile_is_not_sent(engine: Engine, cast: Cast, office: Office, gateway: Gateway) -> None:
    play = submitted(engine, cast)
    office.work()
    office.worker.put_chats_together()
    play.act(LEADER, "approve")
    office.worker.deliver_chats()
    assert (gateway.posted, states(engine)) == ([], ["moot"])


def test_a_message_comes_again_under_the_same_key_until_it_is_taken(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    gateway.answers = [500, 429, 200]
    submitted(engine, cast)
    phone(office)
    for _ in range(4):
        office.now += MINUTE
        office.worker.deliver_chats()
    [chat] = rows(engine, select(Chat))
    assert gateway.keys() == [f"chat-{chat.public_id}"] * 3
    assert chat.state == "sent"


def test_a_worker_killed_before_it_heard_the_answer_repeats_under_the_same_key(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    gateway.answers = ["hang", 200]
    submitted(engine, cast)
    office.work()
    office.worker.put_chats_together()

    def work() -> None:
        engine.dispose(close=False)  # connections of its own
        office.worker.deliver_chats()

    with child(work):
        wait_until(lambda: gateway.posted, "a message at the gateway")
    assert office.worker.deliver_chats() == 0, "its lease still runs"
    office.now += outbox.LEASE
    assert office.worker.deliver_chats() == 1
    [first, second] = gateway.keys()
    assert first == second
    assert states(engine) == ["sent"]


def test_a_gateway_that_never_takes_it_ends_as_an_incident(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    gateway.answers = [500]
    submitted(engine, cast)
    phone(office)
    for _ in range(outbox.MOST_ATTEMPTS):
        office.now += outbox.LONGEST_PAUSE
        office.worker.deliver_chats()
    assert len(gateway.posted) == outbox.MOST_ATTEMPTS
    with reading(engine) as session:
        [dead] = outbox.incidents(session)
    assert (dead.topic, dead.last_error) == ("chat", "ChatTemporary: the gateway answered 500")


def test_a_refused_message_is_an_incident_at_once(engine: Engine, cast: Cast, office: Office, gateway: Gateway) -> None:
    gateway.answers = [422]
    submitted(engine, cast)
    phone(office)
    [chat] = rows(engine, select(Chat))
    assert (chat.state, chat.code) == ("refused", "422")
    with reading(engine) as session:
        assert [dead.topic for dead in outbox.incidents(session)] == ["chat"]


def test_a_gateway_that_is_away_costs_no_attempt_but_one(
    engine: Engine, cast: Cast, office: Office, gateway: Gateway
) -> None:
    for name in ("second", "third"):
        wish(engine, transact(engine, lambda session, n=name: hire(session, n, cast.org["a1"], "school_leader")))
    submitted(engine, cast)
    gateway.__exit__()
    phone(office)
    waiting = rows(engine, select(OutboxRow.attempts).where(OutboxRow.topic == chats.TOPIC))
    assert sorted(waiting) == [0, 0, 1]


# ---- pages, settings, doctor -----------------------------------------------------------------------------------------


def with_gateway(door: Door, url: str = "https://gateway.example.cn/") -> None:
    told = replace(door.house.settings, chat_url=url, chat_secret=SECRET)
    door.app.extensions["house"] = replace(door.house, settings=told)


def test_the_history_of_a_case_says_what_became_of_it(door: Door, cast: Cast) -> None:
    wish(door.house.engine, cast.person[LEADER])
    play = submitted(door.house.engine, cast)
    address_all(door.house.engine)
    assert "等待汇总发信，手机消息等待发出" in told_of(door, play)
    person, now = cast.person[LEADER], MONDAY + GATHERING
    assert transact(door.house.engine, lambda session: chats.put_together(session, person, now))
    for state, word in (("queued", "手机消息待发"), ("sent", "手机消息已送出"), ("refused", "手机消息被拒收")):
        became = update(Chat).values(state=state)
        transact(door.house.engine, lambda session, became=became: session.execute(became))
        told = told_of(door, play)
        assert word in told
        assert ("已通知 1 人，手机消息 1 条" in told) == (state == "sent")


def test_one_can_ask_for_it_only_where_there_is_a_gateway(door: Door, cast: Cast) -> None:
    chosen = {**USUAL, "minute": "510", "chat": "1"}
    assert "同时发到手机" not in page(door, LEADER, "/notices/settings")
    assert post(door, LEADER, "/notices/settings", **chosen).status_code == 303
    assert door.ask(select(MessageSetting.chat)) == [False]
    with_gateway(door)
    assert post(door, LEADER, "/notices/settings", **chosen).status_code == 303
    assert door.ask(select(MessageSetting.chat)) == [True]
    assert 'name="chat" id="f-chat-1" value="1" checked' in page(door, LEADER, "/notices/settings")
    refused = post(door, LEADER, "/notices/settings", **{**chosen, "minute": "3"}).get_data(as_text=True)
    assert 'name="chat" id="f-chat-1" value="1" checked' in refused, "what was ticked stays"
    del chosen["chat"]
    assert post(door, LEADER, "/notices/settings", **chosen).status_code == 303
    assert door.ask(select(MessageSetting.chat)) == [False]


def test_the_administrator_reads_what_was_not_sent_and_why(door: Door, cast: Cast) -> None:
    def work(session: Session) -> None:
        cast.person["k1:system_admin"] = hire(session, "sys", cast.org["k1"], "system_admin")
        row = OutboxRow(dedup="chat-x", topic="chat", recipient=str(cast.person[LEADER]), created_at=MONDAY)
        row.payload, row.not_before, row.dead_at = {"org": cast.org["a1"], "chat": 1}, MONDAY, MONDAY
        row.last_error = "ChatTemporary: the gateway answered 500"
        session.add(row)

    transact(door.house.engine, work)
    told = page(door, "k1:system_admin", "/admin/incidents")
    for words in ("手机消息", "栖云区青松小学", "网关多次没有收下"):
        assert words in told


def test_doctor_sees_whether_the_gateway_can_be_reached(settings: Settings, gateway: Gateway) -> None:
    there = replace(settings, chat_url=gateway.url, chat_secret=SECRET)
    assert _chat(there).state == "ok"
    assert gateway.posted == [], "looking sends nothing"
    gone = _chat(replace(there, chat_url=f"http://127.0.0.1:{free_port()}/x?key=robot"))
    assert gone.state == "fail"
    assert "robot" not in gone.message


def test_a_gateway_needs_a_secret_and_neither_is_shown() -> None:
    url = "https://gateway.example.cn/?key=robot"
    with pytest.raises(SettingWrong, match="XUEJIBAN_CHAT_SECRET"):
        Settings.from_environment({"XUEJIBAN_CHAT_URL": url})
    told = Settings.from_environment({"XUEJIBAN_CHAT_URL": url, "XUEJIBAN_CHAT_SECRET": SECRET})
    assert (told.chat_url, told.chat_secret) == (url, SECRET)
    assert "robot" not in repr(told)
    assert SECRET not in repr(told)
