"""A real browser for the tests: Debian's Chromium, headless, that may talk to this machine only.

`serve(app)` puts an application on a port, `page` is a tab that fails its test when a script fails or anything is
fetched from elsewhere, `look(page, name)` takes the pictures of both widths and runs the accessibility checks.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

OUTPUT = Path(__file__).parent / "output"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AXE_CHINESE = Path(__file__).parent / "vendor" / "axe.zh_CN.json"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
HERE = {"127.0.0.1", "localhost", ""}

UNLABELLED = """() => [...document.querySelectorAll('input, select, textarea')]
    .filter(e => !['hidden', 'submit', 'button', 'reset', 'image'].includes(e.type))
    .filter(e => !e.labels?.length && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby'))
    .map(e => e.outerHTML.slice(0, 120))"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUN_AXE = """([locale]) => { axe.configure({locale: JSON.parse(locale)});
    return axe.run(document, {resultTypes: ['violations']}) }"""


class QuietHandler(WSGIRequestHandler):
    """Serves without a log line per request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve the WSGI application on a free port of this machine and yield its address, without a slash at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chromium() -> str | None:
    """Return the path of the installed browser."""
    places = os.environ.get("PATH", "") + os.pathsep + "/usr/bin"
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name, path=places):
            return found
    return None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module. While it lives, asyncio.run() is not possible in the same thread."""
    path = chromium()
    if path is None:
        pytest.fail("no Chromium found; apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of a new visitor; afterwards it must have had no script error and asked no other machine."""
    with tab(browser) as page:
        yield page


@contextlib.contextmanager
def tab(browser: Browser, **options: Any) -> Iterator[Page]:
    """Yield a tab of a visitor of its own (for tests with several people); the promises of `page` hold for it."""
    context = browser.new_context(viewport=DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai", **options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text  # an answer of 4xx; the test itself looks at those
        if message.type == "error" and not refused:
            problems.append(f"console: {message.text}")

    def note_request(request: Request) -> None:
        if urlsplit(request.url).hostname not in HERE | {None}:
            problems.append(f"asked {request.url}")

    page.on("console", note_console)
    page.on("request", note_request)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    yield page
    context.close()
    assert not problems, problems


def picture(page: Page, name: str) -> Path:
    """Save the whole page as tests/output/<name>.png and return the path."""
    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def look(page: Page, name: str) -> None:
    """Take a picture at both widths and assert that the page is usable at both, by everybody."""
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        picture(page, f"{name}-{width}")
        assert page.evaluate(TOO_WIDE) <= 0, f"{name} must be pushed sideways at {size['width']} px"
        assert accessibility_findings(page) == [], f"{name} at {size['width']} px"
    page.set_viewport_size(DESKTOP)


def accessibility_findings(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical, and every field without a label (which axe lets pass)."""
    page.evaluate(AXE.read_text(encoding="utf-8"))  # evaluate, not a script tag: the page's CSP stays in force
    result = page.evaluate(RUN_AXE, [AXE_CHINESE.read_text(encoding="utf-8")])
    serious = [finding for finding in result["violations"] if finding["impact"] in {"serious", "critical"}]
    found = [f"{finding['id']}: {node['html'][:160]}" for finding in serious for node in finding["nodes"]]
    return found + [f"no label: {field}" for field in page.evaluate(UNLABELLED)]
