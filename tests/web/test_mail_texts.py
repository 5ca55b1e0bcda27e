"""Words of mails: worded on a page by whoever administrates the top, in versions, and every mail notes its own."""

from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.access import AccessEntry
from models.messages import Mail, MailTemplate
from models.organisations import Organisation
from models.people import SYSTEM_PERSON_ID
from models.session import transact
from tests.cast import MONDAY, Cast
from tests.statements import counted
from tests.web import test_worker
from tests.web.door import Door, csrf_of
from tests.web.test_worker import Office, rows, submitted
from web.mail import shipped
from web.mail_facts import TOPICS
from web.mail_samples import placeholders, sample
from web.mail_values import values_of
from workflow import people, wording

settings, office = test_worker.settings, test_worker.office
URL = "/admin/mail-texts"
WORDS = {**shipped("case_waiting"), "subject": "【学籍】{学生}的{事项}等您办理", "note": "有疑问请打 15400001111。"}


@pytest.fixture
def admins(door: Door) -> Door:
    """One administrator of accounts at the top, one at a county."""
    for place in ("prov", "k1"):

        def work(session: Session, place: str = place) -> int:
            person = people.add(session, f"{place}-sys", "周全", MONDAY)
            org = session.get_one(Organisation, door.cast.org[place])
            people.assign(session, person, org, "system_admin", MONDAY.date())
            return person.id

        door.cast.person[f"{place}:system_admin"] = transact(door.house.engine, work)
    return door


def send(door: Door, who: str = "prov:system_admin", **form: Any) -> TestResponse:
    browser = door.browser(who)
    token = csrf_of(browser.get("/notices/settings"))
    return browser.post(URL, data={"csrf_token": token, "topic": "case_waiting", "act": "save", "seen": "0", **form})


def stored(door: Door) -> list[tuple[str, int, bool]]:
    found = door.ask(select(MailTemplate).order_by(MailTemplate.id))
    return [(one.topic, one.version, one.words is not None) for one in found]


def test_a_new_wording_is_the_next_version_and_may_be_taken_back(admins: Door) -> None:
    assert send(admins, **WORDS).status_code == 303
    assert send(admins, **{**WORDS, "note": ""}, seen="1").status_code == 303
    page = admins.browser("prov:system_admin").get(f"{URL}?topic=case_waiting").get_data(as_text=True)
    for words in ("【学籍】{学生}的{事项}等您办理", "【学籍】吴*的转学等您办理", "第 2 版", "第 1 版", "恢复原文"):
        assert words in page
    assert send(admins, act="revert", seen="2").status_code == 303
    assert stored(admins) == [("case_waiting", 1, True), ("case_waiting", 2, True), ("case_waiting", 3, False)]
    assert len(admins.ask(select(AccessEntry.what).where(AccessEntry.what == "admin_mail"))) == 3


def test_looking_at_it_first_keeps_nothing(admins: Door) -> None:
    answer = send(admins, act="preview", **WORDS)
    assert answer.status_code == 200
    assert "【学籍】吴*的转学等您办理" in answer.get_data(as_text=True)
    assert stored(admins) == []


@pytest.mark.parametrize("act", ["save", "preview"])
def test_a_refused_wording_says_where_and_keeps_what_was_typed(act: str, admins: Door) -> None:
    bad = {**WORDS, "happened": "{身份证号} <script>", "asked": "见 https://evil.example/"}
    answer = send(admins, act=act, **bad)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "不能写网页代码" in page
    assert "不能写网址或邮箱" in page
    assert "{身份证号} &lt;script&gt;" in page
    assert "https://evil.example/" in page
    assert stored(admins) == []


def test_two_at_once_do_not_overwrite_each_other(admins: Door) -> None:
    send(admins, **WORDS)
    late = send(admins, **{**WORDS, "note": "later"})
    assert late.status_code == 422
    assert "刚刚已有人改为第 1 版" in late.get_data(as_text=True)
    assert len(stored(admins)) == 1


def test_only_the_top_words_mails_and_others_may_look(admins: Door) -> None:
    assert send(admins, "k1:system_admin", **WORDS).status_code == 403
    page = admins.browser("k1:system_admin").get(f"{URL}?topic=case_waiting").get_data(as_text=True)
    assert "由最上级单位的系统管理员修改" in page
    assert "保存为新一版" not in page
    assert admins.browser("a1:school_clerk").get(URL).status_code == 403
    assert stored(admins) == []


@pytest.mark.parametrize("topic", ["", "birthday", "../x", "case_waiting\n", "x" * 5000])
def test_a_mail_that_does_not_exist_is_not_there(topic: str, admins: Door) -> None:
    assert send(admins, topic=topic).status_code == 404
    if topic:
        assert admins.browser("prov:system_admin").get(URL, query_string={"topic": topic}).status_code == 404


def test_the_page_asks_few_questions_however_many_versions_there_are(admins: Door) -> None:
    browser = admins.browser("prov:system_admin")
    many = [
        {"topic": topic, "version": n, "words": dict(WORDS), "person_id": SYSTEM_PERSON_ID, "at": MONDAY}
        for topic in TOPICS
        for n in range(1, 40)
    ]
    for rows_there in ([], many):
        if rows_there:
            transact(admins.house.engine, lambda session, new=rows_there: session.execute(insert(MailTemplate), new))
        for path in (URL, f"{URL}?topic=digest"):
            browser.get(path)
            with counted(admins.house.engine) as seen:
                answer = browser.get(path)
            assert answer.status_code == 200
            assert len(seen) <= 8
    assert "这一版不能使用" in answer.get_data(as_text=True), "it asks for what a digest does not have"


@pytest.mark.parametrize("topic", TOPICS)
def test_the_shipped_words_stay_within_the_language_and_the_sample_has_everything(topic: str) -> None:
    known = placeholders(topic)
    assert wording.faults(shipped(topic), known) == []
    assert values_of(topic, sample(topic)) == known
    assert not [name for name, value in known.items() if "雨桐" in value or "艾合买提" in value]


# ---- what goes out ---------------------------------------------------------------------------------------------------


def write(engine: Engine, version: int, words: dict[str, str] | None) -> None:
    row = {"topic": "case_waiting", "version": version, "words": words, "person_id": SYSTEM_PERSON_ID, "at": MONDAY}
    transact(engine, lambda session: session.execute(insert(MailTemplate), [row]))


def test_mails_go_out_in_the_words_in_force_and_note_the_version(engine: Engine, cast: Cast, office: Office) -> None:
    write(engine, 1, {**WORDS, "subject": "第一版"})
    write(engine, 2, dict(WORDS))
    submitted(engine, cast)
    office.work()
    (mail,) = office.post()
    assert mail.subject == "【学籍】沈*的转学等您办理"
    assert "有疑问请打 15400001111。" in mail.text
    assert "有疑问请打 15400001111。" in mail.html
    assert "期限：2025年9月15日" in mail.text, "the line about the deadline is not worded by anybody"
    assert rows(engine, select(Mail.template_version)) == [2]


@pytest.mark.parametrize("words", [None, {**WORDS, "subject": "{没有的}"}])
def test_the_shipped_words_hold_after_taking_back_and_where_the_others_fail(
    words: dict[str, str] | None, engine: Engine, cast: Cast, office: Office
) -> None:
    write(engine, 1, dict(WORDS))
    write(engine, 2, words)
    submitted(engine, cast)
    office.work()
    assert [mail.subject for mail in office.post()] == ["请办理：沈*转学，9月15日截止"]
    assert rows(engine, select(Mail.template_version)) == [0]
    transact(engine, lambda session: session.execute(delete(MailTemplate)))
