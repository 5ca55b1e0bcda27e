"""The inbox limited: by its address on the page, by the same parameters for a program."""

import re
from urllib.parse import unquote

import pytest

from tests.play import Play
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_pages import PAGE_LIMIT
from web import clock, inbox

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LEADER = "a1:school_leader"


def requests(door: Door) -> list[str]:
    """Three requests before a leader: two for pupils of 新苗小学, one for a pupil of 望岳小学."""
    found = []
    for name, grade in (("沈明铭", 5), ("古丽娜尔·艾合买提", 5), ("𠮷田䶮", 3)):
        play = Play(door.house.engine, door.cast, clock.now()).open("a1", name, target_grade=grade)
        play.act("a1:school_clerk", "submit")
        found.append(play.no)
    return found


def shown(page: str) -> list[str]:
    return re.findall(r'work-title name" href="/cases/([^"]+)"', page)


def test_the_filter_stands_in_the_address_and_goes_on_from_page_to_page(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, browser = requests(door), door.browser(LEADER)
    everything = browser.get("/inbox").get_data(as_text=True)
    assert shown(everything) == numbers
    assert '<details class="sift">' in everything, "folded away as long as nothing is limited"
    monkeypatch.setattr(inbox, "PAGE", 1)
    assert "本页 1 件" in browser.get("/inbox").get_data(as_text=True), "nobody reads it as all there is"
    with counted(door.house.engine) as statements:
        first = browser.get("/inbox?process=transfer&phase=receiving_school&school=新苗").get_data(as_text=True)
    assert len([one for one in statements if one.startswith("SELECT")]) <= PAGE_LIMIT
    assert shown(first) == numbers[:1]
    assert "只看：转学 · 转入学校核办 · 涉及栖云区新苗小学" in first
    assert "本页 1 件" in first
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    assert "school=2199000002" in following[1]
    second = browser.get(following[1].replace("&amp;", "&")).get_data(as_text=True)
    assert shown(second) == numbers[1:2]
    assert 'rel="next"' not in second
    assert "回到开头" in second


def test_nonsense_limits_nothing_but_an_unknown_school_is_told_and_nothing_left_says_what_was_asked(
    door: Door,
) -> None:
    numbers, browser = requests(door), door.browser(LEADER)

    def page(query: str) -> str:
        answer = browser.get(f"/inbox?{query}")
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    assert shown(page("process=nonsense&phase=receiving_school&due=never")) == numbers
    unknown = page("school=无此小学")
    assert "没有这个学校或单位" in unknown
    assert 'value="无此小学"' in unknown
    assert not shown(unknown)
    several = page("school=栖云区")
    assert "个单位符合，请写全称或标识码" in several
    assert '<option value="栖云区青松小学">' in several, "what is meant can be chosen"
    nothing = page("due=late&tab=todo")
    assert "没有符合条件的待办事项" in nothing
    assert "筛选条件：已逾期。" in nothing
    assert "看全部" in nothing
    assert 'name="tab" value="copied"' in page("tab=copied&due=late")
    assert 'class="sift"' not in page("tab=done")
    bulk = re.search(r'href="(/bulk[^"]*)"', page("process=transfer&school=新苗"))
    assert bulk
    assert unquote(bulk[1]) == "/bulk?school=2199000002", "the same limits where many are answered at once"
    assert len(re.findall('name="pick"', browser.get(bulk[1]).get_data(as_text=True))) == 2


def test_a_program_limits_its_list_by_the_same_words_and_is_told_what_means_nothing(door: Door) -> None:
    numbers, caller = requests(door), door.api(LEADER)

    def asked(query: str) -> list[str]:
        return [line["no"] for line in caller.get(f"/inbox?{query}").json["items"]]

    assert asked("school=2199000002&due=later") == numbers[:2]
    assert asked("school=栖云区新苗小学&process=transfer&phase=receiving_school") == numbers[:2]
    assert asked("due=late") == []
    for query, field in (("process=x", "process"), ("phase=receiving_school", "phase"), ("due=soon", "due"),
                         ("school=无", "school"), ("tab=done&due=late", "tab")):  # fmt: skip
        answer = caller.get(f"/inbox?{query}")
        assert (answer.status_code, answer.json["field"]) == (422, field)
