"""Every template with its sample contexts, without a back end: `python -m tests.web.gallery` serves them on a port.

With `--pictures [NAME …]` it takes pictures of both widths into tests/output and prints what axe-core finds;
`--dark` takes them in the dark theme.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask, Response, render_template
from playwright.sync_api import sync_playwright
from werkzeug.exceptions import NotFound

from tests.browser import DESKTOP, FLAGS, PHONE, TOO_WIDE, accessibility_findings, chromium, picture, serve, tab
from tests.web.samples import SAMPLES, draw_shell
from web.formats import register

WEB = Path(__file__).resolve().parents[2] / "web"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; base-uri 'none'"
)
ADDRESSES = {
    "inbox.show": "/inbox",
    "notices.show": "/notices",
    "notices.settings": "/notices/settings",
    "cases.show": "/cases/<no>",
    "cases.act": "/cases/<no>/<action>",
    "cases.comment": "/cases/<no>/comments",
    "evidence.upload": "/cases/<no>/evidence",
    "problems.index": "/problems",
    "problems.act": "/problems/<no>/<action>",
    "transfers.new": "/transfers/new",
    "transfers.draft": "/transfers/<no>/<step>",
    "deputies.show": "/deputies",
    "deputies.order": "/deputies/new",
    "students.search": "/students",
    "entries.enter": "/students/new",
    "imports.new": "/imports",
    "imports.show": "/imports/<batch_id>",
    "imports.progress": "/imports/<batch_id>/progress",
    "imports.confirm": "/imports/<batch_id>/confirm",
    "verdicts.enter": "/id-verdicts/new",
    "certificates.revoke": "/certificates/<serial>/revoke",
    "verify.show": "/verify",
    "accounts.login": "/login",
    "accounts.logout": "/logout",
    "accounts.password": "/password",
    "processes.show": "/processes/<key>",
    "admin.organisations": "/admin/organisations",
    "admin.posts": "/admin/posts",
    "admin.policies": "/admin/policies",
    "admin.calendar": "/admin/calendar",
    "admin.calendar_import": "/admin/calendar/import",
    "admin.incidents": "/admin/incidents",
    "admin.mail_texts": "/admin/mail-texts",
    "statistics.show": "/statistics/",
    "bulletins.issue": "/bulletins/",
    "bulk.choose": "/bulk",
    "bulk.place": "/bulk/place",
    "bulk.place_others": "/bulk/others",
    "bulk.hand_on": "/bulk/hand-on",
    "bulk.show": "/bulk/<public_id>",
    "bulk.progress": "/bulk/<public_id>/progress",
    "bulk.cancel": "/bulk/<public_id>/cancel",
}
SCAN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 794 1123" width="794" height="1123">'
    '<rect width="794" height="1123" fill="#fff"/><g stroke="#bbb" fill="none">'
    + "".join(f'<path d="M90 {y}h614"/>' for y in range(200, 1000, 56))
    + '</g><text x="397" y="130" font-size="40" text-anchor="middle" fill="#333">居民户口簿（样张）</text></svg>'
)


def gallery() -> Flask:
    """An application that draws samples at /samples/<name> and knows every address that the templates link to."""
    app = Flask("web", root_path=str(WEB))
    app.jinja_env.globals["csrf_token"] = lambda: "token-of-the-gallery"
    register(app)
    for endpoint, rule in ADDRESSES.items():
        app.add_url_rule(rule, endpoint, lambda **_: ("", 204), methods=["GET", "POST"])

    @app.get("/samples/scan.svg")
    def scan() -> Response:
        return Response(SCAN, mimetype="image/svg+xml")

    @app.get("/samples/<name>")
    def sample(name: str) -> str:
        if name not in SAMPLES:
            raise NotFound
        chosen = SAMPLES[name]
        return render_template(chosen.template, page=chosen.page, shell=draw_shell(chosen))

    @app.get("/")
    def index() -> str:
        return "<meta charset=utf-8>" + "".join(f'<p><a href="/samples/{name}">{name}</a>' for name in SAMPLES)

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CSP
        return response

    return app


def take_pictures(names: list[str], scheme: str) -> int:
    """Save both widths of each sample; print and count what is wrong with it."""
    wrong = 0
    with serve(gallery()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with tab(browser, color_scheme=scheme) as page:
            for name in names:
                answer = page.goto(f"{address}/samples/{name}")
                assert answer, name
                assert answer.ok, name
                for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
                    page.set_viewport_size(size)
                    picture(page, f"{name}-{width}" if scheme == "light" else f"{name}-{width}-dark")
                    found = accessibility_findings(page)
                    if page.evaluate(TOO_WIDE) > 0:
                        found.append("pushed sideways")
                    wrong += len(found)
                    print(f"{name} {width}", *found, sep="\n    ")
        browser.close()
    return wrong


def main(arguments: list[str]) -> None:
    names = [name for name in arguments if not name.startswith("--")]
    if "--pictures" in arguments:
        scheme = "dark" if "--dark" in arguments else "light"
        sys.exit(1 if take_pictures(names or list(SAMPLES), scheme) else 0)
    gallery().run(port=5050, debug=True)


if __name__ == "__main__":
    main(sys.argv[1:])
