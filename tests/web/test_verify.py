"""The public page: what a stranger with a paper in hand learns, and what nobody learns."""

import re
import secrets
from io import BytesIO

import pypdfium2
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models.access import AccessEntry
from models.base import ALPHABET
from models.certificates import Certificate
from tests.play import Play
from tests.web.door import Door, csrf_of
from tests.web.test_certificates import end, finish, only
from web import throttle
from workflow.certificates import folded, shown_code

UNKNOWN = '<h1 id="verdict">查无</h1>'


@pytest.fixture
def certificate(door: Door) -> Certificate:
    finish(door)
    return only(door)


def look(door: Door, code: str, address: str = "203.0.113.7") -> TestResponse:
    return door.app.test_client().get(f"/verify/{code}", environ_base={"REMOTE_ADDR": address})


def body(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_the_code_on_the_paper_leads_to_valid_without_signing_in(door: Door, certificate: Certificate) -> None:
    pdf = door.browser("a1:school_clerk").get(f"/certificates/{certificate.public_id}/pdf").data
    document = pypdfium2.PdfDocument(pdf)
    words = "".join(document[0].get_textpage().get_text_range().split())
    document.close()
    printed = re.search(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{2}", words)
    assert printed is not None
    answer = look(door, printed[0])
    assert answer.status_code == 200
    assert '<h1 id="verdict">有效</h1>' in body(answer)
    for shown in ("沈*", "栖云区新苗小学", "栖云区青松小学", "转学证明", "2025年9月1日"):
        assert shown in body(answer)


def test_the_qr_code_is_the_address_of_the_page(door: Door, certificate: Certificate) -> None:
    page = body(door.browser("a1:school_clerk").get(f"/certificates/{certificate.public_id}"))
    assert f"/verify/{certificate.code}" in page
    assert "<svg" in page


def test_the_page_gives_away_no_name_and_no_number(door: Door, certificate: Certificate) -> None:
    page = body(look(door, certificate.code))
    assert "沈明铭" not in page
    assert "明铭" not in page
    assert certificate.number not in page
    record_no = door.cast.record_no["沈明铭"]
    assert record_no not in page
    assert record_no[-4:] not in re.sub(r"<input[^>]+csrf_token[^>]+>", "", page)
    assert "2014" not in page, "no birth date"


def test_a_code_may_be_typed_in_many_ways(door: Door, certificate: Certificate) -> None:
    code = certificate.code
    writings = {
        "lower": code,
        "upper": code.upper(),
        "hyphens": shown_code(code),
        "blanks": f" {code[:9]} {code[9:]} ",
        "fullwidth": "".join(chr(ord(char) + 0xFEE0) for char in code),
        "look-alikes": code.replace("0", "O").replace("1", "l"),
    }
    for how, typed in writings.items():
        answer = door.app.test_client().get("/verify", query_string={"code": typed})
        assert "有效" in body(answer), how


def flipped(code: str) -> list[str]:
    """Every code that differs in one character, for three places."""
    return [
        code[:at] + ALPHABET[(ALPHABET.index(code[at]) + step) % 32] + code[at + 1 :]
        for at in (0, 12, 25)
        for step in (1, 16)
    ]


def plain(answer: TestResponse, typed: str) -> str:
    """The page without what was typed and without the form's token."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", body(answer)).replace(typed, "")


def test_every_wrong_code_gets_the_same_answer(door: Door, certificate: Certificate) -> None:
    strange = ["x", "Z" * 26, "1" * 27, "!!", "...", "' or 1=1 --", "学籍", certificate.public_id, certificate.number]
    wrong = [*flipped(certificate.code), *strange]
    answers = [look(door, code.replace("/", ""), f"203.0.113.{n}") for n, code in enumerate(wrong)]
    assert {answer.status_code for answer in answers} == {404}
    assert [code for code, one in zip(wrong, answers, strict=True) if UNKNOWN not in body(one)] == []
    same = {plain(answer, code) for answer, code in zip(answers[:6], wrong[:6], strict=True)}
    assert len(same) == 1
    assert len({len(body(answer)) for answer in answers[:6]}) == 1


def test_ten_thousand_random_codes_are_no_certificate(door: Door, certificate: Certificate) -> None:
    codes = {"".join(secrets.choice(ALPHABET) for _ in range(26)) for _ in range(10_000)}
    assert certificate.code not in codes
    assert all(folded(code) == code for code in codes)


def test_a_revoked_certificate_says_so_with_the_next_look(door: Door, certificate: Certificate) -> None:
    assert "有效" in body(look(door, certificate.code))
    assert end(door.browser("a1:school_leader"), certificate, "revoke", "学生没有到校").status_code == 303
    page = body(look(door, certificate.code))
    assert '<h1 id="verdict">已撤销</h1>' in page
    assert "学生没有到校" not in page, "the reason is not the public's business"


def test_a_replaced_certificate_says_so_and_the_new_one_is_valid(door: Door, certificate: Certificate) -> None:
    end(door.browser("a1:school_leader"), certificate, "reissue", "班级写错")
    assert '<h1 id="verdict">已被更新</h1>' in body(look(door, certificate.code))
    assert '<h1 id="verdict">有效</h1>' in body(look(door, only(door).code))


def compare(browser: FlaskClient, code: str, name: str) -> str:
    token = csrf_of(browser.get(f"/verify/{code}"))
    return body(browser.post(f"/verify/{code}/name", data={"csrf_token": token, "name": name}))


def test_a_changed_name_on_the_paper_is_found_out(door: Door, certificate: Certificate) -> None:
    browser = door.app.test_client()
    assert "姓名与记录一致" in compare(browser, certificate.code, "沈明铭")
    page = compare(browser, certificate.code, "沈小明")
    assert "姓名与记录不一致" in page
    assert "沈明铭" not in page


def test_guessing_is_slowed_down_for_one_address(door: Door, certificate: Certificate) -> None:
    most = throttle.LIMITS["verify"]["address"].most
    for _ in range(most):
        assert look(door, "z" * 26).status_code == 404
    refused = look(door, certificate.code)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert look(door, certificate.code, "203.0.113.8").status_code == 200, "others still get their answer"


def test_guessing_from_many_addresses_is_slowed_down_too(
    door: Door, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = {**throttle.LIMITS["verify"], "all": throttle.Limit(5, throttle.QUARTER)}
    monkeypatch.setitem(throttle.LIMITS, "verify", narrow)
    codes = [look(door, "z" * 26, f"203.0.113.{n}").status_code for n in range(7)]
    assert codes == [404] * 5 + [429] * 2


def test_comparing_names_counts_as_a_look(door: Door, certificate: Certificate) -> None:
    browser = door.app.test_client()
    token = csrf_of(browser.get(f"/verify/{certificate.code}"))
    answers = [
        browser.post(f"/verify/{certificate.code}/name", data={"csrf_token": token, "name": f"沈{n}"}).status_code
        for n in range(60)
    ]
    assert answers.count(429) == 1


def test_every_look_is_counted_and_the_page_wants_no_search_engine(door: Door, certificate: Certificate) -> None:
    answers = [look(door, certificate.code) for _ in range(3)]
    assert all("noindex" in answer.headers["X-Robots-Tag"] for answer in answers)
    assert all("no-store" in answer.headers["Cache-Control"] for answer in answers)
    seen = door.ask(select(func.count()).select_from(AccessEntry).where(AccessEntry.what == "verify"))
    assert seen == [3]
    page = body(door.browser("a1:school_clerk").get(f"/certificates/{certificate.public_id}"))
    assert "被验证 3 次" in page


def test_the_empty_form_is_for_everybody(door: Door) -> None:
    answer = door.app.test_client().get("/verify")
    assert answer.status_code == 200
    assert "验证码" in body(answer)


def test_an_unfinished_case_has_no_code(door: Door) -> None:
    Play(door.house.engine, door.cast).open("a1", "沈明铭").act("a1:school_clerk", "submit")
    assert door.ask(select(Certificate)) == []


def test_the_preview_shows_the_paper_upright(door: Door, certificate: Certificate) -> None:
    answer = door.browser("a1:school_clerk").get(f"/certificates/{certificate.public_id}/preview.png")
    with Image.open(BytesIO(answer.data)) as picture:
        assert picture.height / picture.width == pytest.approx(2**0.5, rel=0.01)
