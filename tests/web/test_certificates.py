"""Certificates through the browser: what is handed out, who may end one, and what the paper says afterwards."""

import re

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.access import AccessEntry
from models.cases import Case, Event
from models.certificates import Certificate
from models.session import reading, transact
from models.students import Student
from tests.cast import add_pupil
from tests.play import Play
from tests.statements import counted
from tests.web.door import Door, csrf_of
from web.printing import Printing
from workflow import journal, outbox
from workflow.storage import Store


def finish(door: Door, pupil: str = "沈明铭") -> Play:
    """Play a transfer inside the county to its end."""
    play = Play(door.house.engine, door.cast).open("a1", pupil)
    play.act("a1:school_clerk", "submit")
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    return play


def only(door: Door) -> Certificate:
    with reading(door.house.engine) as session:
        return session.scalars(select(Certificate).order_by(Certificate.id.desc()).limit(1)).one()


def text(content: bytes) -> str:
    """The words of a PDF without blanks and line ends."""
    document = pypdfium2.PdfDocument(content)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def end(browser: FlaskClient, certificate: Certificate, how: str, reason: str) -> TestResponse:
    token = csrf_of(browser.get(f"/certificates/{certificate.public_id}"))
    return browser.post(f"/certificates/{certificate.public_id}/{how}", data={"csrf_token": token, "reason": reason})


def take(browser: FlaskClient, certificate: Certificate) -> TestResponse:
    """Have the next copy handed out, as the button on the page does."""
    address = f"/certificates/{certificate.public_id}"
    return browser.post(f"{address}/pdf", data={"csrf_token": csrf_of(browser.get(address))})


@pytest.fixture
def certificate(door: Door) -> Certificate:
    finish(door)
    return only(door)


def test_the_first_copy_is_the_original_and_later_ones_are_counted(door: Door, certificate: Certificate) -> None:
    clerk = door.browser("a1:school_clerk")
    first = take(clerk, certificate)
    assert (first.status_code, first.mimetype) == (200, "application/pdf")
    assert "attachment" in first.headers["Content-Disposition"]
    second = text(take(clerk, certificate).data)
    for words in (certificate.number, "沈明铭", "栖云区新苗小学", "栖云区青松小学", "第1次打印"):
        assert words in text(first.data)
    assert "第2次打印（补打）" in second
    fresh = only(door)
    assert fresh.copies == 2
    assert fresh.digest is not None
    logged = door.ask(select(AccessEntry.purpose).where(AccessEntry.what == "print").order_by(AccessEntry.id))
    assert logged == [f"{certificate.number} 第1次打印", f"{certificate.number} 第2次打印"]


def test_every_copy_stands_in_the_chain_of_the_case(door: Door, certificate: Certificate) -> None:
    take(door.browser("a1:school_clerk"), certificate)
    with reading(door.house.engine) as session:
        case = session.get_one(Case, certificate.case_id)
        assert session.scalars(select(Event.action).where(Event.case_id == case.id)).all()[-1] == "print_certificate"
        assert journal.broken(session, case) is None


def test_the_workers_original_and_the_first_copy_are_the_same_file(door: Door, certificate: Certificate) -> None:
    store = Store(door.settings.files_dir)
    printing = Printing(door.house.engine, store, door.settings.base_url, specimen=False)
    now = certificate.issued_at
    (errand,) = transact(door.house.engine, lambda session: outbox.claim(session, ["certificate"], now))
    assert printing.carry_out(errand, now)
    key = only(door).storage_key
    content = take(door.browser("a1:school_clerk"), certificate).data
    assert only(door).storage_key == key
    assert f"{certificate.number}" in text(content)


def test_a_copy_asked_for_before_the_worker_came_is_the_original(door: Door, certificate: Certificate) -> None:
    take(door.browser("a1:school_clerk"), certificate)
    digest, now = only(door).digest, certificate.issued_at
    printing = Printing(door.house.engine, Store(door.settings.files_dir), door.settings.base_url, specimen=False)
    (errand,) = transact(door.house.engine, lambda session: outbox.claim(session, ["certificate"], now))
    assert printing.carry_out(errand, now), "the schools are told all the same"
    assert only(door).digest == digest


def test_numbers_of_the_pupil_are_masked_on_the_certificate(door: Door, certificate: Certificate) -> None:
    words = text(take(door.browser("a2:school_clerk"), certificate).data)
    with reading(door.house.engine) as session:
        number = session.get_one(Student, certificate.student_id).id_number
    assert number is not None
    assert number not in words
    assert "*" * 14 + number[-4:] in words


@pytest.mark.parametrize("who", ["d1:school_leader", "k3:dept_leader", "b1:school_clerk"])
def test_a_foreign_school_finds_nothing(door: Door, certificate: Certificate, who: str) -> None:
    browser = door.browser(who)
    for page in ("", "/pdf", "/preview.png"):
        assert browser.get(f"/certificates/{certificate.public_id}{page}").status_code == 404
    token = csrf_of(browser.get("/inbox"))
    answer = browser.post(f"/certificates/{certificate.public_id}/revoke", data={"csrf_token": token, "reason": "x"})
    assert answer.status_code == 404
    assert only(door).state == "valid"


def test_an_office_above_sees_masked_facts_and_no_paper(door: Door, certificate: Certificate) -> None:
    browser = door.browser("city1:dept_leader")
    page = browser.get(f"/certificates/{certificate.public_id}").get_data(as_text=True)
    assert "沈明铭" not in page
    assert "沈*" in page
    assert take(browser, certificate).status_code == 403


def test_the_preview_is_a_picture_and_counts_no_copy(door: Door, certificate: Certificate) -> None:
    answer = door.browser("a1:school_clerk").get(f"/certificates/{certificate.public_id}/preview.png")
    assert answer.data.startswith(b"\x89PNG")
    assert only(door).copies == 0


@pytest.mark.parametrize("who", ["a1:school_leader", "k1:dept_leader"])
def test_those_who_answer_for_it_revoke_it_with_a_reason(door: Door, certificate: Certificate, who: str) -> None:
    browser = door.browser(who)
    empty = end(browser, certificate, "revoke", "  ")
    assert empty.status_code == 422
    assert "请写明理由" in empty.get_data(as_text=True)
    assert end(browser, certificate, "revoke", "学生没有到校").status_code == 303
    revoked = only(door)
    assert (revoked.state, revoked.revoked_reason) == ("revoked", "学生没有到校")
    assert revoked.revoked_by == door.cast.person[who]
    words = text(take(browser, certificate).data)
    assert "作废" in words
    assert "学生没有到校" in words
    office = {"a1:school_leader": "栖云区青松小学", "k1:dept_leader": "栖云区教育局"}[who]
    assert f"由{office}" in words


@pytest.mark.parametrize("who", ["a1:school_clerk", "a2:school_leader", "city1:dept_leader"])
def test_nobody_else_can_revoke_it(door: Door, certificate: Certificate, who: str) -> None:
    browser = door.browser(who)
    page = browser.get(f"/certificates/{certificate.public_id}")
    assert "撤销这份证明" not in page.get_data(as_text=True)
    token = csrf_of(page)
    data = {"csrf_token": token, "reason": "不应该"}
    assert browser.post(f"/certificates/{certificate.public_id}/revoke", data=data).status_code == 403
    assert only(door).state == "valid"


def test_a_certificate_ends_only_once(door: Door, certificate: Certificate) -> None:
    browser = door.browser("a1:school_leader")
    token = csrf_of(browser.get(f"/certificates/{certificate.public_id}"))
    data = {"csrf_token": token, "reason": "重复"}
    address = f"/certificates/{certificate.public_id}"
    assert browser.post(f"{address}/revoke", data=data).status_code == 303
    assert browser.post(f"{address}/revoke", data=data).status_code == 403
    assert browser.post(f"{address}/reissue", data=data).status_code == 403


def test_a_new_one_tells_the_record_of_today_and_the_old_one_is_superseded(
    door: Door, certificate: Certificate
) -> None:
    def correct(session: Session) -> None:
        session.get_one(Student, certificate.student_id).name = "沈铭明"

    transact(door.house.engine, correct)
    browser = door.browser("k1:dept_leader")
    answer = end(browser, certificate, "reissue", "姓名用字更正")
    new = only(door)
    assert answer.location == f"/certificates/{new.public_id}"
    assert new.number != certificate.number
    assert new.code != certificate.code
    assert "沈铭明" in text(take(browser, new).data)
    old = browser.get(f"/certificates/{certificate.public_id}").get_data(as_text=True)
    assert "已被更新" in old
    assert new.number in old


def test_rare_characters_print(door: Door, session: Session) -> None:
    add_pupil(session, door.cast, "a2", "𠮷䶮㛃", "female", grade=5, sequence=40)
    session.commit()
    finish(door, "𠮷䶮㛃")
    answer = take(door.browser("a1:school_clerk"), only(door))
    assert "𠮷䶮㛃" in text(answer.data)


def test_a_name_that_cannot_be_printed_is_named_and_nothing_breaks(door: Door, session: Session) -> None:
    add_pupil(session, door.cast, "a2", "沈\U0003134a", "female", grade=5, sequence=41)
    session.commit()
    finish(door, "沈\U0003134a")
    browser = door.browser("a1:school_clerk")
    address = f"/certificates/{only(door).public_id}"
    page = browser.get(address)
    assert page.status_code == 200
    assert "U+3134A" in page.get_data(as_text=True)
    assert "preview.png" not in page.get_data(as_text=True)
    for part in ("/pdf", "/preview.png"):
        refused = browser.get(address + part)
        assert refused.status_code == 422
        assert "U+3134A" in refused.get_data(as_text=True)
    assert only(door).copies == 0


def test_the_page_shows_the_code_that_stands_on_the_paper(door: Door, certificate: Certificate) -> None:
    browser = door.browser("a1:school_clerk")
    page = browser.get(f"/certificates/{certificate.public_id}").get_data(as_text=True)
    paper = text(take(browser, certificate).data)
    shown = re.search(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{2}", page)
    assert shown is not None
    assert shown[0] in paper


def test_the_page_and_the_public_page_ask_few_questions(door: Door, certificate: Certificate) -> None:
    browser = door.browser("a1:school_leader")
    address = f"/certificates/{certificate.public_id}"
    for page in (address, "/verify/" + certificate.code):
        browser.get(page)
        with counted(door.house.engine) as statements:
            assert browser.get(page).status_code == 200
        assert len(statements) <= 8, "\n".join(statements)
