"""Bulletins on page, paper and in a workbook: issued by the leader, the same for ever, words never a formula."""

import io
import random
import re
from html import unescape

import pypdfium2
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.bulletins import Bulletin, BulletinList
from models.cases import WorkItem
from models.organisations import Organisation
from models.session import transact
from tests.cast import Cast
from tests.figures import NOW, scatter
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_pages import PAGE_LIMIT, post
from web import clock
from workflow.world import touch

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What is drawn from what was counted; the counting itself is tried on both."""
DRAFT = "/bulletins/draft?month=2025-10"
FORMULA = '=HYPERLINK("http://x","栖云区教育局")'


@pytest.fixture
def november(monkeypatch: pytest.MonkeyPatch, monday: None) -> None:
    monkeypatch.setattr(clock, "_read", lambda: NOW)


@pytest.fixture
def busy(session: Session, cast: Cast) -> None:
    scatter(session, cast, random.Random(12), 80)


@pytest.fixture
def leader(door: Door, november: None, busy: None) -> FlaskClient:
    return door.browser("city1:dept_leader")


def issue(leader: FlaskClient, **typed: object) -> str:
    """Issue October as the page offers it; returns the address of what was issued."""
    answer = post(leader, DRAFT, "/bulletins/", month="2025-10", version="0", **typed)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def text(leader: FlaskClient, path: str, status: int = 200) -> str:
    answer = leader.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_a_leader_looks_at_the_draft_and_issues_it(leader: FlaskClient) -> None:
    assert "尚未出具" in text(leader, DRAFT)
    place = issue(leader)
    page = text(leader, place)
    assert "学籍通报〔2025〕1号" in page
    assert "关于2025年10月学籍业务办理情况的通报" in page
    assert place in text(leader, "/bulletins/")


def test_the_paper_says_the_same_whatever_happens_later(leader: FlaskClient, door: Door) -> None:
    place = issue(leader)
    first = leader.get(f"{place}/pdf")
    assert first.mimetype == "application/pdf"
    transact(door.house.engine, lambda session: session.execute(update(WorkItem).values(outcome=None, took=None)))
    assert leader.get(f"{place}/pdf").data == first.data
    with pypdfium2.PdfDocument(first.data) as paper:
        pages = ["".join(page.get_textpage().get_text_range().split()) for page in paper]
        sizes = [page.get_size() for page in paper]
    assert "学籍通报〔2025〕1号" in pages[0]
    assert "朗星市教育局" in pages[0]
    assert "2025年11月12日" in pages[0]
    assert "合计" in pages[1]
    assert sizes[0][0] < sizes[0][1]
    assert sizes[1][0] > sizes[1][1]


LINK = re.compile(r'href="([^"]*/list\?[^"]*)">([^<]+)<')


def numbers(page: str) -> list[tuple[str, str]]:
    """Return every number of a bulletin that opens a list, with the address of the list."""
    return [(word, unescape(url)) for url, word in LINK.findall(page)]


@on_sqlite
@pytest.mark.parametrize("kind", ["draft", "issued", "after another"])
def test_every_number_opens_its_list(leader: FlaskClient, door: Door, kind: str) -> None:
    """A list says how long it is; shares and differences open what they were taken from."""
    path = DRAFT
    if kind == "after another":
        post(leader, "/bulletins/draft?month=2025-09", "/bulletins/", month="2025-09", version="0")
    if kind != "draft":
        path = issue(leader)
        transact(door.house.engine, lambda session: session.execute(update(WorkItem).values(outcome=None, took=None)))
    page = text(leader, path)
    unlinked = re.findall(r'<span class="figure">([^<]*\d[^<]*)<', page[page.index('id="offices-title"') :])
    assert unlinked == []
    counts = [one for one in numbers(page) if not re.search("of=(longest|before_)|%", "".join(one))]
    counts = [(word, url) for word, url in counts if word[0] not in "+-"]
    assert len(counts) > 40
    dice = random.Random(kind)
    for word, url in dice.sample(counts, 8):
        assert re.search(rf"共 {word} [件条]", text(leader, url)), url
    for word, url in dice.sample([one for one in numbers(page) if one not in counts], 4):
        assert re.search(r"共 [1-9]\d* [件条]", text(leader, url)), (word, url)
    came = next(url for word, url in numbers(page) if "of=came" in url)
    following = re.search(r'href="([^"]*)" rel="next"', text(leader, came))
    assert following
    rest = text(leader, unescape(following[1]))
    assert str(25 + rest.count('<tr><th scope="row">')) == numbers(page)[0][0]
    assert not re.search(r"学生\d", rest), "no pupil in full"


@on_sqlite
def test_what_went_to_another_office_is_counted_and_not_named(leader: FlaskClient, door: Door) -> None:
    """k1 stands below another city now: the list is as long as before, and tells nothing of it."""
    came = next(url for word, url in numbers(text(leader, issue(leader))) if "of=came" in url)
    before = text(leader, came)

    def move(session: Session) -> None:
        county, city = (session.get_one(Organisation, door.cast.org[short]) for short in ("k1", "city2"))
        county.parent_id, county.path = city.id, f"{city.path}{county.id}/"
        touch(session, "organisation")

    transact(door.house.engine, move)
    after = text(leader, came)
    assert (before.count("不列出"), after.count('<tr><th scope="row">')) == (0, before.count('<tr><th scope="row">'))
    assert after.count("现不归您的单位管理") == after.count("不列出") > 3
    assert "栖云区教育局" not in after


@on_sqlite
def test_a_bulletin_from_before_lists_were_kept_says_so(leader: FlaskClient, door: Door) -> None:
    place = issue(leader)

    def forget(session: Session) -> None:
        row = session.scalars(select(Bulletin)).one()
        row.figures = {name: value for name, value in row.figures.items() if name != "listed"}
        session.execute(delete(BulletinList))

    transact(door.house.engine, forget)
    page = text(leader, place)
    assert "还没有保存数字背后的名单" in page
    assert numbers(page) == []
    assert "numbers" not in text(leader, "/bulletins/")


@on_sqlite
def test_an_address_that_no_number_leads_to_is_not_there(leader: FlaskClient) -> None:
    place = issue(leader)
    for query in ("", "of=x", "of=came&from=x", "of=came&from=-1", "of=came&line=1", "of=records&from=99999999999"):
        text(leader, f"{place}/list?{query}", 404)
        text(leader, f"/bulletins/draft/list?month=2025-10&{query}", 404)
    text(leader, "/bulletins/draft/list?month=2025-11&of=came", 404)


def test_a_further_version_is_told_apart_everywhere(leader: FlaskClient, door: Door) -> None:
    place = issue(leader)
    transact(door.house.engine, lambda session: session.execute(update(WorkItem).values(outcome=None, took=None)))
    assert "与上一版的不同" in text(leader, DRAFT)
    refused = post(leader, DRAFT, "/bulletins/", month="2025-10", version="1", reason="")
    assert (refused.status_code, "请写明重新出具的原因" in refused.get_data(as_text=True)) == (422, True)
    again = post(leader, DRAFT, "/bulletins/", month="2025-10", version="1", reason="补录了三件")
    second = text(leader, str(again.headers["Location"]))
    assert "学籍通报〔2025〕1号（第 2 版）" in second
    assert "补录了三件" in second
    assert "已由新的一版代替" in text(leader, place)
    with pypdfium2.PdfDocument(leader.get(f"{again.headers['Location']}/pdf").data) as paper:
        assert len(paper) == 3


def test_words_in_the_workbook_are_words_and_numbers_are_numbers(leader: FlaskClient, door: Door) -> None:
    def rename(session: Session) -> None:
        session.get_one(Organisation, door.cast.org["k1"]).name = FORMULA
        touch(session, "organisation")

    transact(door.house.engine, rename)
    sheet = load_workbook(io.BytesIO(leader.get(f"{issue(leader)}/xlsx").data)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert FORMULA in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(cell.quotePrefix for cell in cells if cell.data_type == "s")
    total = [cell.value for cell in sheet[5]]
    assert total[0] == "合计"
    came = [row[1].value for row in sheet.iter_rows(min_row=6) if isinstance(row[1].value, int)]
    assert sum(came) == total[1]


@pytest.mark.parametrize("who", ["city1:dept_clerk", "prov:dept_leader"])
def test_others_read_drafts_and_issue_nothing(door: Door, november: None, busy: None, who: str) -> None:
    browser = door.browser(who)
    city = f"&org={door.cast.code['city1']}"
    assert "由朗星市教育局负责人出具" in text(browser, DRAFT + city)
    form = {"org": door.cast.code["city1"], "month": "2025-10", "version": "0"}
    assert post(browser, "/inbox", "/bulletins/", **form).status_code == 403


@pytest.mark.parametrize("who", ["k1:dept_leader", "a1:school_leader", "city2:dept_leader"])
def test_what_is_not_below_is_not_there(leader: FlaskClient, door: Door, who: str) -> None:
    place, browser = issue(leader), door.browser(who)
    city = f"org={door.cast.code['city1']}"
    for path in (place, f"{place}/pdf", f"{place}/xlsx", f"{place}/list?of=came", f"{DRAFT}&{city}",
                 f"/bulletins/draft/list?month=2025-10&of=came&{city}"):  # fmt: skip
        text(browser, path, 404)
    text(browser, f"/bulletins/?org={door.cast.code['city1']}", 404)
    assert door.api(who).get(place).status_code == 404


def test_a_school_issues_no_bulletins(door: Door, november: None) -> None:
    browser = door.browser("a1:school_leader")
    text(browser, "/bulletins/", 404)
    assert "/bulletins/" not in text(browser, "/statistics/")


def test_an_office_without_any_case_may_say_so(door: Door, november: None) -> None:
    place = issue(door.browser("city1:dept_leader"))
    page = text(door.browser("city1:dept_clerk"), place)
    assert "没有应办的事项" in page
    assert "没有自提交起超过60天仍未办结的事项" in page


def test_a_month_that_is_not_over_is_refused_in_one_sentence(leader: FlaskClient) -> None:
    for month in ("2025-11", "2030-01", "x", ""):
        assert "已结束的一个月" in text(leader, f"/bulletins/draft?month={month}", 422)
        answer = post(leader, "/inbox", "/bulletins/", month=month, version="0")
        assert (answer.status_code, "已结束的一个月" in answer.get_data(as_text=True)) == (422, True), month


def test_whoever_presses_twice_issues_once(leader: FlaskClient) -> None:
    issue(leader)
    second = post(leader, DRAFT, "/bulletins/", month="2025-10", version="0")
    assert (second.status_code, "已由他人出具" in second.get_data(as_text=True)) == (422, True)
    assert text(leader, "/bulletins/").count("〔2025〕") == 1


def test_the_pages_ask_at_most_eight_questions(leader: FlaskClient, door: Door) -> None:
    place = issue(leader)
    lists = [f"{place}/list?of={name}" for name in ("owed", "records")]
    for path in ("/bulletins/", DRAFT, "/bulletins/draft?month=2025-09", place, *lists,
                 "/bulletins/draft/list?month=2025-10&of=owed"):  # fmt: skip
        leader.get(path)
        with counted(door.house.engine) as seen:
            assert leader.get(path).status_code == 200
        reads = [one for one in seen if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert len(reads) <= PAGE_LIMIT, path


def test_a_program_reads_what_was_issued(leader: FlaskClient, door: Door) -> None:
    number = issue(leader).rsplit("/", 1)[1]
    caller = door.api("prov:dept_leader")
    months = caller.get(f"/bulletins?org={door.cast.code['city1']}").get_json()["months"]
    assert [one["id"] for month in months for one in month["versions"]] == [number]
    told = caller.get(f"/bulletins/{number}").get_json()
    assert (told["month"], told["version"], told["number"]) == ("2025-10", 1, "〔2025〕1号")
    assert re.fullmatch(r"\d+", str(told["figures"]["total"]["done"]))
