"""The notices of the person who is signed in, and how he wants to be told. Only a button marks a notice as read."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.messages import Notice
from models.people import Person
from web import clock
from web.admin.frame import errors_of, typed
from web.auth import current_actor
from web.database import current_house, read_session, write
from web.input import check_form
from web.masks import mask_email
from web.matters import Writer, read
from web.pages.messages import MessageSettingsPage, NoticesPage
from web.present import notices as presented
from web.shell import counters
from web.views import Empty, Fact, Form, Pager, Tab, refused
from workflow import message_choices, noticeboard, notices
from workflow.errors import NotFound, Unmet
from workflow.message_choices import Wishes

bp = Blueprint("notices", __name__, url_prefix="/notices")
PAGE = 25
TABS = {"unread": "未读", "all": "全部"}
EMPTY = {
    "unread": Empty("没有未读的通知", "新任务、提醒和办理结果会出现在这里；要办的事项都在“待办”里。"),
    "all": Empty("还没有通知", "有事项要您办理、快到期或已办结时，会在这里告诉您。"),
}
LARGEST = 2**63 - 1


@bp.get("")
def show() -> str:
    """Draw one tab; `before` continues behind the last line of the page before."""
    tab = request.args.get("tab", "unread")
    if tab not in TABS:
        abort(404)
    before = _number(request.args["before"]) if request.args.get("before") else None
    actor, session, now = current_actor(), read_session(), clock.now()
    numbers = noticeboard.listed(session, actor, unread=tab == "unread", before=before, limit=PAGE + 1)
    grounds = read(session, Notice.id.in_(numbers[:PAGE])) if numbers else []
    writer, unread = Writer(session, grounds, "", now), counters().unread
    page = NoticesPage(
        tabs=tuple(
            Tab(word, url_for(".show", tab=key), key == tab, unread if key == "unread" else None)
            for key, word in TABS.items()
        ),
        rows=tuple(presented.row(ground, writer, now) for ground in reversed(grounds)),
        newest=max(numbers, default=0),
        unread=unread,
        pager=_pager(tab, numbers, before is not None),
        empty=EMPTY[tab],
    )
    return render_template("notices/list.html", page=page)


@bp.post("")
def mark() -> Response:
    """Mark one notice as read and go to what it is about (`row`), or everything that was on the page (`up_to`)."""
    actor, now = current_actor(), clock.now()
    if "up_to" in request.form:
        up_to = _number(request.form["up_to"])
        write(lambda session: noticeboard.mark_all_read(session, actor, up_to, now))
        flash("已全部标为已读", "done")
        return redirect(url_for(".show"), 303)
    number = _number(request.form.get("row", ""))
    write(lambda session: noticeboard.mark_read(session, actor, number, now))
    session = read_session()
    grounds = read(session, Notice.id == number)
    return redirect(Writer(session, grounds, "", now).facts(grounds[0]).url, 303)


@bp.get("/settings")
def settings() -> str:
    """Draw the form for how one wants to be told."""
    wishes = _wishes()
    return _settings_page(wishes, Form(presented.fields(wishes, offers_chat=_offers_chat())))


@bp.post("/settings")
def choose() -> Response | tuple[str, int]:
    """Store the choice; a refusal says at which field."""
    actor, values = current_actor(), typed()
    try:
        check_form(request.form)
        write(lambda session: _save(session, actor.id, values))
    except Unmet as fault:
        wishes = _wishes()
        fields = presented.fields(wishes, values, offers_chat=_offers_chat())
        form = refused(Form(fields), errors_of(fault, {field.name for field in fields}))
        return _settings_page(wishes, form), 422
    flash("已保存，还没有发出的也按新的设置", "done")
    return redirect(url_for(".settings"), 303)


def _save(session: Session, person_id: int, values: dict[str, str]) -> None:
    message_choices.save(session, person_id, values, offers_chat=_offers_chat())
    notices.follow_choices(session, person_id, clock.now())


def _wishes() -> Wishes:
    session, person = read_session(), current_actor().id
    return message_choices.read(session, person, session.get_one(Person, person).email)


def _offers_chat() -> bool:
    return bool(current_house().settings.chat_url)


def _settings_page(wishes: Wishes, form: Form) -> str:
    note = "" if wishes.email else "没有登记邮箱，通知只在网页上；请联系管理员登记"
    facts = (Fact("邮箱", mask_email(wishes.email) or "未登记", note),)
    fault = "发往这个邮箱的邮件被退回，现在不再向它发信。请联系管理员更正邮箱。" if wishes.address_is_dead else ""
    return render_template("notices/settings.html", page=MessageSettingsPage(form, facts, fault))


def _pager(tab: str, numbers: list[int], later: bool) -> Pager:
    more = len(numbers) > PAGE
    following = url_for(".show", tab=tab, before=numbers[PAGE - 1]) if more else ""
    return Pager(following, url_for(".show", tab=tab) if later else "")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST):
        raise NotFound
    return int(text)
