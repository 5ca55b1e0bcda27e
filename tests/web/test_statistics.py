"""The pages of figures: few questions, the own subtree only, every number with its list, pupils masked."""

import json
import random
import re
import statistics
from collections.abc import Iterator
from html import unescape

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.figures import NOW, scatter
from tests.statements import counted
from tests.web.door import Caller, Door
from web import clock
from web.cli import main

TABS = ("", "days", "causes", "records")
PAGE_LIMIT = 8


@pytest.fixture
def busy(session: Session, cast: Cast) -> None:
    """A province with some work behind it."""
    scatter(session, cast, random.Random(7), 90)


@pytest.fixture
def november(monkeypatch: pytest.MonkeyPatch, monday: None) -> None:
    """The clock stands where the random questions end."""
    monkeypatch.setattr(clock, "_read", lambda: NOW)


@pytest.fixture
def office(door: Door, november: None, busy: None) -> FlaskClient:
    return door.browser("prov:dept_clerk")


def words(browser: FlaskClient, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def numbers(page: str) -> Iterator[tuple[int, str]]:
    """Yield every number of things on a page that opens a list, with the address of the list; no shares or medians."""
    link = re.compile(r'href="([^"]*/statistics/list[^"]*)">（?([\d,]+)(?=<)(?!.*中位数</span>)')
    yield from ((int(value.replace(",", "")), unescape(path)) for path, value in link.findall(page))


def length(browser: FlaskClient, path: str) -> int:
    """Count the lines of a list, page after page."""
    return len(listed(browser, path))


def listed(browser: FlaskClient, path: str) -> list[str]:
    """Return the lines of a list, page after page."""
    rows = list[str]()
    while path:
        page = words(browser, path)
        rows += re.findall(r'<tr><th scope="row">.*?</tr>', page, re.DOTALL)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        path = unescape(following[1]) if following else ""
    return rows


@pytest.mark.parametrize("tab", TABS)
def test_every_number_opens_a_list_of_just_so_many_lines(office: FlaskClient, tab: str) -> None:
    page = words(office, f"/statistics/?period=term&tab={tab}")
    found = list(dict.fromkeys(numbers(page)))
    assert len(found) > 5
    for number, path in random.Random(tab).sample(found, 5):
        assert length(office, path) == number, path
        said = words(office, path)
        assert re.search(rf"共 {number:,} [件条]", said), path
        assert ("，每页 25 " in said) == (number > 25), path


def test_shares_and_medians_open_what_they_are_made_of(office: FlaskClient) -> None:
    page = words(office, "/statistics/?period=term")
    share = re.search(r'href="([^"]*of=owed[^"]*)">[\d.]+%<.*?（([\d,]+)/([\d,]+)）', page)
    median = re.search(r'href="([^"]*of=answers[^"]*)">([\d.]+)<', page)
    assert share
    assert median
    rows = listed(office, unescape(share[1]))
    assert len(rows) == int(share[3])
    assert sum("期限内" in row for row in rows if "超过期限" not in row) >= int(share[2])
    days = [re.search(r"，(?:(\d+) 个工作日|当天)</td>", row) for row in listed(office, unescape(median[1]))]
    assert statistics.median(int(one[1] or 0) for one in days if one) == float(median[2])
    assert None not in days


def test_a_page_and_a_list_ask_at_most_eight_questions(office: FlaskClient, door: Door) -> None:
    for path in (*(f"/statistics/?period=term&tab={tab}" for tab in TABS), "/statistics/list?of=came&period=term",
                 "/statistics/list?of=records"):  # fmt: skip
        office.get(path)
        with counted(door.house.engine) as seen:
            assert office.get(path).status_code == 200
        reads = [one for one in seen if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert len(reads) <= PAGE_LIMIT, path + "\n" + "\n".join(reads)


def test_lists_name_no_pupil_in_full(office: FlaskClient) -> None:
    page = words(office, "/statistics/list?of=came&period=term")
    assert "学*" in page
    assert "学生1" not in page


def test_one_walks_down_to_the_own_offices_and_no_further(door: Door, november: None, busy: None, cast: Cast) -> None:
    browser = door.browser("city1:dept_leader")
    page = words(browser, "/statistics/")
    assert f"org={cast.code['k1']}" in page
    assert "霁川市教育局" not in page
    assert "栖云区青松小学" in words(browser, f"/statistics/?org={cast.code['k1']}")
    for path in ("/statistics/", "/statistics/list"):
        for foreign in ("prov", "city2", "d1", "division"):
            words(browser, f"{path}?org={cast.code[foreign]}&of=open", 404)


@pytest.mark.parametrize("who", ["prov:arbitrator", "k1:arbitrator"])
def test_whoever_reads_no_figures_has_no_entry_and_no_page(door: Door, november: None, who: str) -> None:
    browser = door.browser(who)
    words(browser, "/statistics/", 403)
    assert "/statistics/" not in words(browser, "/inbox")


def test_a_school_reads_its_own_figures(door: Door, november: None, busy: None) -> None:
    page = words(door.browser("a1:school_clerk"), "/statistics/?period=term")
    assert "栖云区青松小学" in page
    assert "本级" not in page
    assert "栖云区新苗小学" not in page


def test_an_office_without_any_case_says_so(door: Door) -> None:
    page = words(door.browser("k1:dept_clerk"), "/statistics/")
    assert "这段时间没有任何事项" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=free&from=2025-09-01&to=2025-12-01", "止期不能晚于今天"),
        ("period=free&from=2025-10-01&to=2025-09-01", "起期不能晚于止期"),
        ("period=free&from=1.9.2025&to=2025-09-01", "请写明日期"),
        ("period=week", "时段应为"),
    ],
)
def test_days_that_are_no_period_are_told_at_the_field_and_kept(office: FlaskClient, query: str, sentence: str) -> None:
    page = words(office, f"/statistics/?{query}", 422)
    assert sentence in page
    for _, value in re.findall(r"(from|to)=([^&]+)", query):
        assert f'value="{value}"' in page


NOWHERE = (
    "of=everything", "of=open&step=x", "of=open&age=9", "of=came&week=99", "of=came&week=-1",
    "of=records&kind=x", "of=records&age=x", "", "of=open&period=week",
)  # fmt: skip


def test_an_address_that_no_number_leads_to_is_not_there(office: FlaskClient) -> None:
    for query in NOWHERE:
        words(office, f"/statistics/list?{query}", 404)


def test_charts_are_pictures_with_words_and_a_table(office: FlaskClient) -> None:
    page = words(office, "/statistics/?period=term")
    assert page.count('<svg class="chart"') == 3
    assert page.count("<desc ") == 3
    assert page.count('class="chart-table') == 3
    assert "受理时段" in page


def test_a_program_reads_the_same_figures_and_the_list_behind_each(door: Door, november: None, busy: None) -> None:
    caller = door.api("city1:dept_leader")
    told = caller.get("/statistics?period=term").get_json()
    assert told["office"]["code"] == door.cast.code["city1"]
    assert {one["office"]["code"] for one in told["below"]} == {door.cast.code[one] for one in ("k1", "k2", "c1")}
    for what in ("open", "late", "came", "done", "in_time", "late_then"):
        assert told["total"][what] == told["own"][what] + sum(one[what] for one in told["below"])
        assert length_of(caller, f"of={what}&period=term") == told["total"][what]
    for cause in told["total"]["causes"]:
        query = f"of={cause['how']}&cause={cause['cause'] or '-'}&period=term"
        assert length_of(caller, query) == cause["number"]
    records = sum(one["number"] for one in told["total"]["records"])
    assert length_of(caller, "of=records") == records


def length_of(caller: Caller, query: str) -> int:
    """Count what a program reads page after page."""
    rows, after = 0, ""
    while after is not None:
        page = caller.get(f"/statistics/items?{query}&limit=7&after={after}").get_json()
        rows += len(page["items"])
        assert not any("学生" in one.get("name", "") for one in page["items"])
        after = page["next"]
    return rows


def test_a_program_is_told_which_days_are_wrong(door: Door, november: None) -> None:
    answer = door.api("k1:dept_clerk").get("/statistics?period=free&from=2025-09-01")
    assert (answer.status_code, answer.get_json()["field"]) == (422, "to")
    assert door.api("k1:dept_clerk").get(f"/statistics?org={door.cast.code['k2']}").status_code == 404


def test_the_command_prints_what_the_program_reads(
    door: Door, november: None, busy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUEJIBAN_DATA_DIR", str(door.settings.data_dir))
    monkeypatch.setenv("XUEJIBAN_DATABASE_URL", door.settings.database_url)
    monkeypatch.setenv("XUEJIBAN_MIGRATION_URL", door.settings.migration_url)
    arguments = ["statistics", "--org", door.cast.code["city1"], "--period", "term"]
    printed = CliRunner().invoke(main, [*arguments, "--json"])
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.stdout) == door.api("city1:dept_leader").get("/statistics?period=term").get_json()
    read = CliRunner().invoke(main, arguments)
    assert "栖云区教育局" in read.output
    wrong = CliRunner().invoke(main, ["statistics", "--org", "1"])
    assert (wrong.exit_code, "没有代码为 1 的单位" in wrong.output) == (1, True)
