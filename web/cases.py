"""The case page: reading it, acting on it, talking about it."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from web import acting, clock
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.errors import IDEMPOTENCY_KEY, who_changed
from web.pages.cases import CasePage
from web.present import actions, words
from web.present import case as presented
from workflow import engine, processes, talk
from workflow.errors import NotFound, Reason, Stale, Unacceptable, Unmet
from workflow.problems import asking
from workflow.step import Step
from workflow.transfers import again as taking_up
from workflow.transfers import asking as reversing

bp = Blueprint("cases", __name__, url_prefix="/cases")
ELSEWHERE = ("problem", "undo")
"""Cases that have pages of their own (web/problems); this one would show a side too much."""
DRAWN_ANEW = "。页面已是现在的情况，所填内容已保留，请核对后再提交"
LISTS = ("items",)
"""Fields that a form may send several times."""


@bp.get("/<no>")
def show(no: str) -> str | Response:
    """Draw one tab of the case; problem records have pages of their own."""
    step = _look(no)
    if step.case.process in ELSEWHERE:
        return redirect(url_for("problems.show", no=no))
    asked = request.args.get("tab")
    tab = next((key for key, _ in presented.TABS if key == asked), presented.TABS[0][0])
    only, done = request.args.get("only") == "decisions", request.args.get("done") == "1"
    return _draw(presented.page(step, tab, new_key(), decisions_only=only, done=done))


@bp.post("/<no>/<action>")
def act(no: str, action: str) -> Response | tuple[str, int]:
    """Carry out one action; a refusal draws the page again with everything that was typed."""
    key, revision = form_key(), request.form.get("revision", type=int)
    values = typed(request.form)
    try:
        outcome = acting.act(no, action, key, revision or 0, values)
    except Unmet as refused:
        step = _look(no)
        if step.case.process in ELSEWHERE:
            raise
        return _again(step, action, values, refused.reasons), 422
    except Stale as late:
        step = _look(no)
        if step.case.process in ELSEWHERE or not _still_offered(step, action):
            raise
        return _again(step, action, values, [Reason("stale", "block", who_changed(late) + DRAWN_ANEW)]), 409
    flash(_said(no, action, outcome.phase), "done")
    return redirect(url_for(".show", no=no, done=1), 303)


@bp.post("/<no>/comment")
def comment(no: str) -> Response | tuple[str, int]:
    """Add a comment to the conversation; one about a problem record is taken on its own page."""
    if _look(no).case.process in ELSEWHERE:
        raise NotFound
    said, also = request.form.get("comment", ""), request.form.getlist("mention")
    try:
        write(lambda session: talk.say(session, no, current_actor().id, said, clock.now(), also))
    except Unmet as refused:
        typed_so_far = (said, refused.reasons[0].message, tuple(also))
        return _draw(presented.page(_look(no), "talk", new_key(), talk=typed_so_far)), 422
    return redirect(url_for(".show", no=no, tab="talk"), 303)


@bp.post("/<no>/rulings/<ruling>/undo")
def undo(no: str, ruling: str) -> Response | tuple[str, int]:
    """Ask for the deletion of a record to be taken back: a case of its own, decided by the leader."""
    if _look(no).case.process in ELSEWHERE:
        raise NotFound
    form_key()
    reason, actor, world = request.form.get("reason", "").strip(), current_actor(), current_world()
    try:
        opened = write(lambda session: asking.ask(session, no, actor, world, ruling, reason, clock.now()).no)
    except Unacceptable as refused:
        said, faults = {"reason": reason}, {"reason": refused.message}
        return _draw(presented.page(_look(no), "request", new_key(), said=said, faults=faults)), 422
    flash(f"已提请撤销，{opened}由负责人决定。", "done")
    return redirect(url_for("problems.show", no=opened), 303)


@bp.post("/<no>/reversal")
def reverse(no: str) -> Response | tuple[str, int]:
    """Ask for a finished transfer to be taken back: a case of its own, decided by the leader."""
    _look(no)
    form_key()
    said = {name: request.form.get(name, "").strip() for name in ("cause", "reason")}
    actor = current_actor().id
    try:
        opened = write(lambda session: reversing.ask(session, no, actor, said["cause"], said["reason"], clock.now()).no)
    except Unmet as refused:
        faults = {reason.field: reason.message for reason in refused.reasons}
        return _draw(presented.page(_look(no), "request", new_key(), said=said, faults=faults)), 422
    flash(f"已提请撤销，{opened}由负责人决定。", "done")
    return redirect(url_for(".show", no=opened), 303)


@bp.post("/<no>/again")
def again(no: str) -> Response:
    """Take an ended request up again: a new draft with what was written and handed in, to be looked through."""
    _look(no)
    form_key()
    actor = current_actor().id
    opened = write(lambda session: taking_up.open_again(session, no, actor, clock.now()).no)
    flash(f"已据 {no} 建立新的草稿，请逐步核对后提交。", "done")
    return redirect(url_for("transfers.draft", no=opened, step="school"), 303)


def new_key() -> str:
    """Return a fresh idempotency key for the forms of one page."""
    return secrets.token_urlsafe(18)


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what a form sent as the engine takes it: lists as lists, `pulled.sex` inside `pulled`."""
    values: dict[str, Any] = {}
    for name in form:
        if name in ("csrf_token", "idempotency_key", "revision") or not form[name].strip():
            continue
        value: Any = form.getlist(name) if name in LISTS else form[name].replace("\r\n", "\n").strip()
        outer, _, inner = name.partition(".")
        if inner:
            group = values.setdefault(outer, {})
            if not isinstance(group, dict):
                raise Unmet([Reason("field", "block", "这一项填了两种内容", field=name[:100])])
            group[inner] = value
        elif name in values:
            raise Unmet([Reason("field", "block", "这一项填了两种内容", field=name[:100])])
        else:
            values[name] = value
    return values


def _look(no: str) -> Step:
    actor, session = current_actor(), read_session()
    return engine.look(session, no, actor, current_world(), clock.now())


def _again(step: Step, action: str, values: dict[str, Any], reasons: list[Reason]) -> str:
    """Draw the case as it stands now, with what was typed and a fresh key."""
    panel = actions.panel(step, new_key(), values, action, reasons)
    return _draw(presented.page(step, "request", new_key(), panel=panel))


def _still_offered(step: Step, action: str) -> bool:
    """Tell whether the person may take the action as the case stands now."""
    return any(one.allowed for one in (*engine.options(step), *engine.further(step)) if one.action == action)


def _draw(page: CasePage) -> str:
    return render_template("cases/show.html", page=page)


def form_key() -> str:
    """Return the idempotency key that the page put into its form. Raises Unmet for one of another form."""
    key = request.form.get("idempotency_key", "")
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise Unmet([Reason("field", "block", "页面已失效，请刷新后重试")])
    return key


def _said(no: str, action: str, phase: str) -> str:
    title = processes.of(_look(no).case).phases[phase].title
    return f"已{words.EVENTS.get(action, '办理')}，{no} 现在：{title}"
