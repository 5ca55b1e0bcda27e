"""Problem records with the keyboard only, in a real browser: from the list over the comparison to the ruling."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import look, serve
from tests.dispute import Dispute
from tests.journeys.conftest import Story
from tests.journeys.test_browser import Desks

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

RECORDS = (("a1", "王小明"), ("b1", "王晓明"), ("d1", "王小名"))
FAR = 120
"""More stops than any of these pages has."""


@pytest.fixture
def desks(story: Story, browser: Browser) -> Iterator[Desks]:
    with serve(story.door.app) as address, ExitStack() as stack:
        yield Desks(story, browser, address, stack)


def new_dispute(desks: Desks) -> Dispute:
    return Dispute(desks.story.door.house.engine, desks.story.cast)


def tab_to(page: Page, word: str) -> None:
    """Press the tabulator until the focus is on something that says this, or is labelled so."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement; return [e.innerText, e.value, e.getAttribute('aria-label'),"
            " ...[...(e.labels || [])].map(l => l.innerText)].join(' ') }"
        )
        if word in here:
            return
    raise AssertionError(f"no stop says {word} on {page.url}")


def expect_focus(page: Page, selector: str) -> None:
    """The cursor comes here; a jump inside a page moves it a moment after the key."""
    expect(page.locator(selector)).to_be_focused()


def test_an_arbitrator_compares_and_rules_without_a_mouse(desks: Desks) -> None:
    dispute = new_dispute(desks).about(*RECORDS).all_claim()
    page = desks.of("prov:arbitrator")
    page.goto(f"{desks.address}/problems/")
    tab_to(page, "王小明、王晓明")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/problems/{dispute.no}*")
    look(page, "compare-3-live")
    fold_and_walk(page)
    draft(page)
    assert dispute.phase == "confirmation"
    leader = desks.of("prov:dept_leader")
    leader.goto(f"{desks.address}/problems/{dispute.no}")
    look(leader, "compare-3-to-confirm")
    leader.keyboard.press("r")
    expect_focus(leader, "[id$='confirm_ruling-comment']")
    tab_to(leader, "复核同意")
    leader.keyboard.press("Enter")
    expect(leader.get_by_text("决定书正在编号出具")).to_be_visible()
    assert dispute.phase == "objection"
    assert dispute.student(3).merged_into_id == dispute.students[0]


def fold_and_walk(page: Page) -> None:
    """Equal rows fold away and come back; the columns are walked; the help opens and gives the focus back."""
    sex = page.get_by_role("row", name="性别").first
    expect(sex).to_be_visible()
    page.keyboard.press("f")
    expect(sex).to_be_hidden()
    expect(page.get_by_role("row", name="姓名").first).to_be_visible()
    page.keyboard.press("f")
    expect(sex).to_be_visible()
    for place in (1, 2):
        page.keyboard.press("ArrowRight")
        expect_focus(page, f"#column-{place}")
    page.keyboard.press("ArrowLeft")
    expect_focus(page, "#column-1")
    page.keyboard.press("?")
    expect(page.get_by_text("按键只选择，提交总要再确认")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("按键只选择，提交总要再确认")).to_be_hidden()


def draft(page: Page) -> None:
    """A digit picks a common outcome and loses nothing that was typed; the preview comes before anything is sent."""
    page.keyboard.press("r")
    expect_focus(page, "#v-1-keep")
    tab_to(page, "预览变动")
    page.keyboard.press("r")
    expect_focus(page, "#v-1-keep")
    page.keyboard.press("1")
    expect(page.locator("#v-1-keep")).to_be_checked()
    expect(page.locator("#v-3-merge")).to_be_checked()
    tab_to(page, "经核实为同一学生")
    page.keyboard.press("Space")
    tab_to(page, "裁定理由")
    page.keyboard.type("经核对，三条记录为同一学生。2 f r")
    expect(page.locator("#v-1-keep")).to_be_checked()
    tab_to(page, "预览变动")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="裁定后的变动：王小明、王晓明、王小名")).to_be_visible()
    look(page, "preview-3-live")
    tab_to(page, "返回修改")
    page.keyboard.press("Enter")
    expect(page.get_by_label("裁定理由")).to_have_value("经核对，三条记录为同一学生。2 f r")
    tab_to(page, "预览变动")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="裁定后的变动：王小明、王晓明、王小名")).to_be_visible()
    tab_to(page, "提交复核")
    page.keyboard.press("Enter")
    expect(page.get_by_text("现在：复核裁定")).to_be_visible()


def test_a_queue_of_pairs_is_judged_with_three_keys(desks: Desks) -> None:
    found = []
    for place in range(3):
        dispute = new_dispute(desks)
        dispute.sequence += place * 10
        found.append(dispute.near(("a1", f"张伟{place}"), ("a2", f"张玮{place}")))
    page = desks.of("k1:arbitrator")
    page.goto(f"{desks.address}/problems/pairs/{found[0]}?shelf=pairs")
    look(page, "pair-live")
    page.keyboard.press("d")
    expect_focus(page, ":focus:text-is('确认不是同一人')")
    page.keyboard.press("Escape")
    expect_focus(page, ":focus:text-is('不是同一人')")
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/pairs/{found[1]}*")
    page.keyboard.press("l")
    page.wait_for_url(f"**/pairs/{found[2]}*")
    page.keyboard.press("k")
    page.wait_for_url(f"**/pairs/{found[1]}*")
    page.keyboard.press("s")
    expect_focus(page, ":focus:text-is('确认立案')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/pairs/{found[2]}*")
    expect(page.get_by_text("已立案 WT")).to_be_visible()
