"""What the demonstration's mail server caught: a list, and one mail as text or as its recipient sees it. Demo only."""

import datetime as dt
from email.utils import parsedate_to_datetime

from flask import Blueprint, Response, abort, render_template, request, url_for

from web import mail_sink
from web.database import current_house
from web.formats import full_minute
from web.pages.mails import MailPage, MailRow
from web.views import Empty, Fact, Tab

bp = Blueprint("mails", __name__, url_prefix="/mails")
MOST = 200
SANDBOX = "allow-top-navigation-by-user-activation"
BODY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'self'; sandbox {SANDBOX}"
)
"""A mail is somebody else's page: no script, nothing loaded, and it lives in an origin of its own."""


@bp.before_request
def only_in_a_demo() -> None:
    """Real mails are nobody's business here."""
    if not current_house().demo:
        abort(404)


@bp.get("")
@bp.get("/<mail_id>")
def show(mail_id: str = "") -> str:
    """Draw the list, the newest first, with one mail opened."""
    kept = mail_sink.listing(current_house().settings.mails_dir, MOST)
    chosen = _one(mail_id) if mail_id else next(iter(kept), None)
    as_text = request.args.get("as") == "text"
    empty = Empty("还没有发出过邮件", "有事项要办、快到期或已办结时，系统会给有关的人发邮件，都收在这里。")
    return render_template("mails/index.html", page=_page(kept, chosen, as_text, empty))


@bp.get("/<mail_id>/body")
def body(mail_id: str) -> Response:
    """Return the HTML part for the sandboxed frame; its links open in the page around it."""
    html = _one(mail_id).html.replace("<head>", '<head><base target="_top">', 1)
    headers = {"Content-Security-Policy": BODY_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(html, 200, headers, mimetype="text/html")


def _one(mail_id: str) -> mail_sink.KeptMail:
    return mail_sink.read(current_house().settings.mails_dir, mail_id) or abort(404)


def _page(
    kept: list[mail_sink.KeptMail], chosen: mail_sink.KeptMail | None, as_text: bool, empty: Empty
) -> MailPage:
    if chosen is None:
        return MailPage(empty=empty)
    rows = tuple(
        MailRow(url_for(".show", mail_id=one.id), one.recipient, one.subject, _at(one), active=one.id == chosen.id)
        for one in kept
    )
    return MailPage(
        rows=rows,
        subject=chosen.subject or "（没有主题）",
        facts=(Fact("收件人", chosen.recipient), Fact("发件人", chosen.sender), Fact("时间", full_minute(_at(chosen)))),
        text=chosen.text,
        html_url=url_for(".body", mail_id=chosen.id),
        as_text=as_text or not chosen.html,
        tabs=(
            Tab("网页", url_for(".show", mail_id=chosen.id), not as_text and bool(chosen.html)),
            Tab("纯文字", url_for(".show", mail_id=chosen.id) + "?as=text", as_text or not chosen.html),
        ),
    )


def _at(mail: mail_sink.KeptMail) -> dt.datetime:
    """Return when a mail was written; a mail without a usable date counts as very old."""
    try:
        at = parsedate_to_datetime(mail.date)
    except ValueError:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
