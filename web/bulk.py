"""Many questions answered together: choose by filter, agree to the clear ones, answer the others one by one, undo."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from models.bulk import BulkOrder
from web import clock
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.input import check_form
from web.pages.bulk import BulkOrderPage
from web.present import bulk as presented
from workflow.bulk import handing_on, judging, orders
from workflow.bulk.judging import Judged
from workflow.bulk.orders import Asked
from workflow.errors import Reason, Unmet

bp = Blueprint("bulk", __name__, url_prefix="/bulk")
OTHERS_AT_MOST = 100
NOTHING = judging.Found([], 0)
"""Lines that are answered one by one on one page."""
TYPED = ("cause", "comment")
Answer = str | AnyResponse | tuple[str, int]


@bp.get("")
def choose() -> str:
    """Draw the questions that may be answered together, with what the checks say about each."""
    return _draw_list(())


@bp.post("")
def place() -> Answer:
    """Agree to what was chosen, or go on to answer the chosen ones otherwise; nothing is decided yet."""
    picked = request.form.getlist("pick")
    if request.form.get("do") == "others":
        return _draw_others(picked)
    if request.form.get("do") == "hand_on":
        return _draw_hand_on(picked)
    try:
        asked = [Asked(one.no, one.revision, judging.AGREEING) for one in _picks(picked)]
        return _ordered(asked)
    except Unmet as refused:
        return _draw_list(refused.reasons, picked), 422


@bp.post("/others")
def place_others() -> Answer:
    """Return or refuse each line with a reason of its own; a fault draws the page again with everything typed."""
    form = request.form
    try:
        picks = _picks(form.getlist("pick"))
        asked = [_answered(form, one) for one in picks if form.get(f"do.{one.no}")]
        if not asked:
            raise Unmet([Reason("field", "block", "请至少选择一件怎样办理", field="pick")])
        return _ordered(asked)
    except Unmet as refused:
        return _draw_others(form.getlist("pick"), form, refused.reasons)


@bp.post("/hand-on")
def hand_on() -> Answer:
    """Hand the chosen lines on to one colleague; a fault draws the page again with everything typed."""
    form = request.form
    picked = form.getlist("pick")
    try:
        check_form(form)
        values = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in ("person", "comment")}
        typed = {name: value for name, value in values.items() if value}
        return _ordered([Asked(one.no, one.revision, judging.HANDING_ON, typed) for one in _picks(picked)])
    except Unmet as refused:
        return _draw_hand_on(picked, refused.reasons)


@bp.get("/<public_id>")
def show(public_id: str) -> str:
    """Draw an order: how long it can be taken back, then what became of each line."""
    return render_template("bulk/show.html", page=_order_page(public_id))


@bp.get("/<public_id>/progress")
def progress(public_id: str) -> Response:
    """Return the state of an order alone; the page is asked to draw itself anew when it is over."""
    page = _order_page(public_id)
    response = make_response(render_template("bulk/_progress.html", page=page))
    if page.state != "waiting":
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/<public_id>/cancel")
def cancel(public_id: str) -> AnyResponse:
    """Take an order back."""
    write(lambda session: orders.take_back(session, current_actor(), public_id, clock.now()))
    return redirect(url_for(".show", public_id=public_id), 303)


@dataclass(frozen=True)
class Pick:
    """A chosen line: the case and the revision that was shown."""

    no: str
    revision: int


def _picks(texts: list[str]) -> list[Pick]:
    """Read what was ticked. Raises Unmet for what no page of ours sends."""
    found = []
    for text in texts:
        no, _, revision = text.rpartition(":")
        if not no or len(text) > 60 or not (revision.isascii() and revision.isdigit() and len(revision) < 8):
            raise Unmet([Reason("field", "block", "页面已失效，请刷新后重试", field="pick")])
        found.append(Pick(no, int(revision)))
    return found


def _answered(form: MultiDict[str, str], one: Pick) -> Asked:
    """Return a line as it was answered; a cause belongs to a refusal only."""
    action = form[f"do.{one.no}"]
    wanted = TYPED if action == "refuse" else ("comment",)
    typed = {name: form.get(f"{name}.{one.no}", "").replace("\r\n", "\n").strip() for name in wanted}
    return Asked(one.no, one.revision, action, {name: value for name, value in typed.items() if value})


def _ordered(asked: list[Asked]) -> AnyResponse:
    def work(session: Session) -> str:
        return orders.place(session, current_actor(), current_world(), asked, clock.now()).public_id

    return redirect(url_for(".show", public_id=write(work)), 303)


def _draw_list(faults: Sequence[Reason], picked: list[str] | None = None) -> str:
    actor, world = current_actor(), current_world()
    asked = presented.filter_of(request.args, world)
    clear, now = presented.clear_of(request.args), clock.now()
    found = judging.judged(read_session(), actor, world, asked.wanted, now, clear) if not asked.faults else NOTHING
    page = presented.list_page(found.lines, found.behind, asked, world, clock.today(), faults, picked)
    return render_template("bulk/choose.html", page=page)


def _draw_hand_on(picked: list[str], faults: Sequence[Reason] = ()) -> Answer:
    """Draw the chosen lines and who of the same desks can have them."""
    try:
        wanted = _chosen(picked, judging.MOST)
    except Unmet as refused:
        return _draw_list(refused.reasons, picked), 422
    session, now = read_session(), clock.now()
    found = _judged(wanted)
    handing_on.look_around(session, found, now)
    page = presented.hand_on_page(found, current_world(), clock.today(), len(wanted), request.form, faults)
    return render_template("bulk/hand_on.html", page=page), 422 if faults else 200


def _chosen(picked: list[str], most: int) -> set[str]:
    """Return the cases that were ticked. Raises Unmet for none, for too many, and for what no page of ours sends."""
    wanted = {one.no for one in _picks(picked)}
    if not 0 < len(wanted) <= most:
        text = "请先勾选要办理的事项" if not wanted else f"一次最多 {most} 件"
        raise Unmet([Reason("field", "block", text, field="pick")])
    return wanted


def _judged(wanted: set[str]) -> list[Judged]:
    """Return the chosen lines that still wait for the visitor, judged."""
    session, actor, world, now = read_session(), current_actor(), current_world(), clock.now()
    return judging.judge(session, actor, world, judging.among(session, actor, world, wanted, now), now)


def _draw_others(
    picked: list[str], form: MultiDict[str, str] | None = None, faults: list[Reason] | None = None
) -> Answer:
    """Draw the chosen lines, each with the answers it may get."""
    try:
        wanted = _chosen(picked, OTHERS_AT_MOST)
    except Unmet as refused:
        return _draw_list(refused.reasons, picked), 422
    typed = form if form is not None else MultiDict()
    page = presented.others_page(_judged(wanted), current_world(), clock.today(), len(wanted), typed, faults or [])
    return render_template("bulk/others.html", page=page), 422 if faults else 200


def _order_page(public_id: str) -> BulkOrderPage:
    order: BulkOrder = orders.find(read_session(), current_actor(), public_id)
    return presented.order_page(order, clock.now())
