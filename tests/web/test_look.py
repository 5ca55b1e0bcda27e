"""What pages promise to the eye, the keyboard, the screen reader and the old browser, held on the sample pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import DESKTOP, PHONE, TOO_WIDE, accessibility_findings, serve, tab
from tests.web.gallery import gallery
from tests.web.samples import SAMPLES
from web.views import FieldError, Form, refused

WEB = Path(__file__).resolve().parents[2] / "web"
TEMPLATES = sorted(path for path in (WEB / "templates").rglob("*.html") if path.parent.name not in {"_macros", "mail"})
NOT_IN_CHROMIUM_86_CSS = re.compile(
    r":(?:has|is|where)\(|color-mix|light-dark|@layer|@container|\binset\s*:|aspect-ratio|\d(?:dvh|svh|lvh)\b|accent-color|&\s*[.:]"
)
NOT_IN_CHROMIUM_86_JS = re.compile(r"\.at\(|structuredClone|hasOwn\b|randomUUID|findLast|static\s*\{|\?\?=|\|\|=")

SEEN_ON_PHONES = {
    "inbox", "case", "wizard-1-blocked", "import-checked", "posts", "verify-valid", "statistics", "statistics-days",
}
"""Pages whose parts are arranged differently on a phone; the others only get narrower."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve(gallery()) as address:
        yield address


@pytest.mark.parametrize("sheet", ["theme", "frame", "parts", "pages", "messages", "statistics"])
def test_style_sheets_keep_to_what_old_browsers_know(sheet: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (WEB / "static" / f"{sheet}.css").read_text(encoding="utf-8"), flags=re.S)

    assert NOT_IN_CHROMIUM_86_CSS.findall(text) == []


def test_the_script_keeps_to_what_old_browsers_know() -> None:
    assert NOT_IN_CHROMIUM_86_JS.findall((WEB / "static" / "app.js").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_templates_hold_no_inline_style_and_no_inline_script(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert re.findall(r'\sstyle="|\son[a-z]+="|<style|<script>|javascript:', text) == []
    assert text.startswith("{#"), "a template says first what it is given"


def test_a_refused_form_tells_each_error_at_its_field(address: str, page: Page) -> None:
    page.goto(f"{address}/samples/wizard-1-not-found")

    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="学籍号应当是 19 位").click()
    expect(page.locator("[name=record_no]")).to_be_focused()
    described = page.locator("#f-record_no").get_attribute("aria-describedby") or ""
    assert "f-record_no-error" in described.split()


def test_an_error_without_a_field_stays_in_the_list() -> None:
    form = refused(Form(), (FieldError("现在不在办理时间。"),))

    assert form.errors == (FieldError("现在不在办理时间。"),)


def test_why_an_action_is_disabled_opens_by_keyboard_without_script(address: str, browser: Browser) -> None:
    with tab(browser, java_script_enabled=False) as page:
        page.goto(f"{address}/samples/case")
        page.get_by_text("撤回", exact=True).focus()
        page.locator("details.act-off summary").last.press("Enter")

        expect(page.get_by_text("撤回要在确认到校以前。")).to_be_visible()
        assert page.get_by_text("《中小学生学籍管理办法》第十五条").last.is_visible()


def test_escape_closes_a_popover_and_gives_the_focus_back(address: str, page: Page) -> None:
    page.goto(f"{address}/samples/case")
    summary = page.locator("details.pop summary").first
    summary.press("Enter")
    expect(page.locator("details.pop[open]")).to_have_count(1)

    page.keyboard.press("Escape")

    expect(page.locator("details.pop[open]")).to_have_count(0)
    expect(summary).to_be_focused()


def test_a_form_is_sent_once_however_often_the_button_is_pressed(address: str, page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{address}/samples/case")

    page.get_by_role("button", name="同意转出").dblclick()
    page.wait_for_timeout(300)

    assert len(sent) == 1


def test_the_first_tab_stop_skips_to_the_content(address: str, page: Page) -> None:
    page.goto(f"{address}/samples/inbox")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[Page]:
    """One tab that looks at all samples: none of them leaves anything behind."""
    with tab(browser) as page:
        yield page


@pytest.mark.parametrize("name", SAMPLES)
def test_every_page_is_usable_at_both_widths_by_everybody(name: str, address: str, visitor: Page) -> None:
    visitor.set_viewport_size(DESKTOP)
    answer = visitor.goto(f"{address}/samples/{name}")
    assert answer is not None
    assert answer.ok

    assert visitor.evaluate(TOO_WIDE) <= 0, "pushed sideways on a desktop"
    assert accessibility_findings(visitor) == []
    visitor.set_viewport_size(PHONE)
    assert visitor.evaluate(TOO_WIDE) <= 0, "pushed sideways on a phone"
    if name in SEEN_ON_PHONES:
        assert accessibility_findings(visitor) == []


DARK = ["inbox", "case-history", "import-checked", "verify-revoked", "calendar", "statistics"]


@pytest.mark.parametrize("name", DARK)
def test_the_dark_theme_is_readable_too(name: str, address: str, browser: Browser) -> None:
    with tab(browser, color_scheme="dark") as page:
        page.goto(f"{address}/samples/{name}")

        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(25, 27, 26)"
        assert accessibility_findings(page) == []
