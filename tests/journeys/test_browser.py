"""The whole way in a real browser: five offices, real clicks, a correction, the paper at the end, at both widths."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import scans
from tests.browser import look, serve, tab
from tests.journeys.conftest import Story
from tests.web.door import PASSWORD, sign_in

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PUPIL, GRADE = "卢天志", "4"


class Desks:
    """One tab for each officer of a story; everybody signs in once."""

    def __init__(self, story: Story, browser: Browser, address: str, stack: ExitStack) -> None:
        self.story, self.browser, self.address, self.stack = story, browser, address, stack
        self.tabs: dict[str, Page] = {}

    def of(self, who: str) -> Page:
        """Return the officer's tab; the first time he types his password."""
        if who not in self.tabs:
            page = self.stack.enter_context(tab(self.browser))
            page.goto(f"{self.address}/inbox")
            page.get_by_label("用户名").fill(self.story.door.give_password(who))
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            expect(page.get_by_role("heading", level=1, name="待办")).to_be_visible()
            self.tabs[who] = page
        return self.tabs[who]

    def open_from_inbox(self, who: str, no: str) -> Page:
        """Let the officer find the case in the inbox and open it by its one button."""
        page = self.of(who)
        page.goto(f"{self.address}/inbox")
        page.locator(f'a.btn[href*="{no}"]').click()
        page.wait_for_url(f"**/{no}*")
        return page

    def approve(self, who: str, no: str, comment: str = "") -> Page:
        page = self.open_from_inbox(who, no)
        panel = page.locator("#act-approve")
        panel.get_by_label("意见").fill(comment)
        panel.get_by_role("button", name="同意").click()
        expect(page.get_by_text(f"{no} 现在")).to_be_visible()
        return page


@pytest.fixture
def desks(story: Story, browser: Browser) -> Iterator[Desks]:
    with serve(story.door.app) as address, ExitStack() as stack:
        yield Desks(story, browser, address, stack)


def test_a_pupil_moves_to_another_county_through_five_offices(desks: Desks, tmp_path: Path) -> None:
    clerk = desks.of("a1:school_clerk")
    no = walk_the_wizard(clerk, desks.story, tmp_path)
    look(clerk, "journey-2-sent")

    leader = desks.open_from_inbox("a1:school_leader", no)
    look(leader, "journey-3-case")
    send_back(leader, no)
    correct(desks, no)

    desks.approve("a1:school_leader", no, "有空余学位，同意接收")
    desks.approve("k1:dept_leader", no)
    desks.approve("d1:school_leader", no, "同意转出")
    last = desks.approve("k3:dept_leader", no)
    look(last, "journey-5-decided")
    desks.story.work()

    arrive(desks, no)
    desks.story.work()
    clerk.goto(f"{desks.address}/cases/{no}")
    clerk.locator('a[href^="/certificates/"]').first.click()
    expect(clerk.get_by_role("heading", level=1, name="转学证明")).to_be_visible()
    look(clerk, "journey-7-certificate")
    check_as_a_stranger(desks, clerk)


def walk_the_wizard(page: Page, story: Story, folder: Path) -> str:
    """Ask for the transfer; every step is looked at. Returns the number of the case."""
    page.get_by_role("link", name="新建转学").first.click()
    page.get_by_label("学生姓名").fill(PUPIL)
    page.get_by_label("学籍号").fill(story.cast.record_no[PUPIL])
    page.get_by_role("button", name="查找").click()
    look(page, "journey-1-pupil")
    page.get_by_role("button", name="就是这名学生").click()
    page.get_by_label("转入班级").select_option(story.cast.room[("a1", int(GRADE))].no)
    look(page, "journey-1-school")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("住址变更").check()
    look(page, "journey-1-reason")
    page.get_by_role("button", name="下一步").click()
    for kind in ("转学申请", "户口簿", "居住证明"):
        hand_in(page, kind, folder)
    look(page, "journey-1-papers")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("柳渚县教育局").first).to_be_visible()
    look(page, "journey-1-route")
    page.get_by_role("button", name="下一步").click()
    look(page, "journey-1-send")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/receipt")
    look(page, "journey-2-receipt")
    page.get_by_role("link", name="打开案卷").click()
    page.wait_for_url("**/cases/**")
    return urlsplit(page.url).path.rpartition("/")[2]


def hand_in(page: Page, kind: str, folder: Path) -> None:
    scan = folder / f"{kind}.jpg"
    scan.write_bytes(scans.picture())
    page.get_by_label("材料种类").select_option(kind)
    page.locator('input[type="file"]').set_input_files(scan)
    page.get_by_role("button", name="上传").click()
    page.wait_for_load_state()
    expect(page.locator(f'a[href^="/evidence/"]:has-text("{kind}")').first).to_be_visible()


def send_back(page: Page, no: str) -> None:
    page.locator("#act-return summary").click()
    form = page.locator("#act-return")
    form.get_by_role("textbox").first.fill("户口簿首页看不清，请重新上传")
    form.get_by_role("button", name="退回补正").click()
    expect(page.get_by_text(f"{no} 现在")).to_be_visible()


def correct(desks: Desks, no: str) -> None:
    """The clerk reads why it came back, and sends it again."""
    page = desks.of("a1:school_clerk")
    page.goto(f"{desks.address}/cases/{no}")
    expect(page.get_by_text("户口簿首页看不清").first).to_be_visible()
    look(page, "journey-4-returned")
    page.goto(f"{desks.address}/transfers/{no}/send")
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/receipt")


def arrive(desks: Desks, no: str) -> None:
    page = desks.open_from_inbox("a1:school_clerk", no)
    look(page, "journey-6-arrival")
    panel = page.locator("#act-confirm_arrival")
    panel.locator('input[name="on_date"]').fill("2025-09-01")
    panel.get_by_role("button").click()
    expect(page.get_by_text("已办结").first).to_be_visible()


def check_as_a_stranger(desks: Desks, clerk: Page) -> None:
    """Somebody without an account opens the address in the QR code and compares the name."""
    address = clerk.get_by_role("link", name="打开验证页").get_attribute("href")
    assert address
    stranger = desks.stack.enter_context(tab(desks.browser))
    stranger.goto(desks.address + urlsplit(address).path)
    expect(stranger.get_by_role("heading", name="有效", exact=True)).to_be_visible()
    assert PUPIL not in stranger.content()
    look(stranger, "journey-8-verify")
    stranger.get_by_label("纸上的学生姓名").fill(PUPIL)
    stranger.get_by_role("button", name="核对").click()
    expect(stranger.get_by_text("姓名与记录一致")).to_be_visible()


def test_every_entry_of_the_menus_opens_for_everybody(desks: Desks) -> None:
    """What the rail offers to a clerk, a leader and a department is there, fit for both widths and for everybody."""
    seen: set[str] = set()
    for who in ("k1:dept_leader", "a1:school_clerk", "a1:school_leader"):
        page = desks.of(who)
        links = page.locator("nav a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        for path in [*dict.fromkeys(links), "/password", "/inbox?tab=done", "/inbox?tab=started", "/inbox?tab=copied"]:
            if path in seen or path.startswith("#"):
                continue
            seen.add(path)
            answer = page.goto(desks.address + path)
            assert answer, path
            assert answer.ok, f"{who} {path}: {answer.status}"
            look(page, "menu-" + path.strip("/").replace("/", "-").replace("?", "-").replace("=", "-"))
    assert len(seen) >= 8


def test_a_form_works_without_script(story: Story, browser: Browser) -> None:
    """Signing in and approving need no script; with it switched off a leader does his work all the same."""
    no = story.program_of("a1:school_clerk").post("/transfers", story.door.request("a1", "沈明铭")).get_json()["no"]
    with serve(story.door.app) as address, tab(browser, java_script_enabled=False) as page:
        page.goto(f"{address}/cases/{no}")
        page.get_by_label("用户名").fill(story.door.give_password("a1:school_leader"))
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        assert urlsplit(page.url).path == f"/cases/{no}", "who came by a link in a mail is led back to it"
        page.locator("#act-approve").get_by_role("button", name="同意").click()
        expect(page.get_by_text(f"{no} 现在：转出学校核办")).to_be_visible()


def test_a_session_that_ended_keeps_the_way(story: Story) -> None:
    """After signing in again one is where one wanted to be."""
    client = story.door.app.test_client()
    answer = sign_in(client, story.door.give_password("a1:school_leader"), next="/inbox?tab=done")
    assert answer.location.endswith("/inbox?tab=done")
