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
from web.pages.bulk import BulkOrderPage
from web.present import bulk as presented
from workflow import inbox
from workflow.bulk import judging, orders
from workflow.bulk.orders import Asked
from workflow.errors import Reason, Unmet

bp = Blueprint("bulk", __name__, url_prefix="/bulk")
OTHERS_AT_MOST = 100
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
    found = [] if asked.faults else judging.judged(read_session(), actor, world, asked.wanted, now, clear)
    page = presented.list_page(found, asked, world, clock.today(), faults, picked)
    return render_template("bulk/choose.html", page=page)


def _draw_others(
    picked: list[str], form: MultiDict[str, str] | None = None, faults: list[Reason] | None = None
) -> Answer:
    """Draw the chosen lines, each with the answers it may get."""
    try:
        wanted = {one.no for one in _picks(picked)}
        if not 0 < len(wanted) <= OTHERS_AT_MOST:
            text = "请先勾选要办理的事项" if not wanted else f"一次最多逐件办理 {OTHERS_AT_MOST} 件"
            raise Unmet([Reason("field", "block", text, field="pick")])
    except Unmet as refused:
        return _draw_list(refused.reasons, picked), 422
    actor, world, session = current_actor(), current_world(), read_session()
    lines = [line for line in inbox.todo(session, actor, limit=judging.LOOKED_AT) if line.no in wanted]
    found = judging.judge(session, actor, world, lines, clock.now())
    typed = form if form is not None else MultiDict()
    page = presented.others_page(found, world, clock.today(), len(wanted), typed, faults or [])
    return render_template("bulk/others.html", page=page), 422 if faults else 200


def _order_page(public_id: str) -> BulkOrderPage:
    order: BulkOrder = orders.find(read_session(), current_actor(), public_id)
    return presented.order_page(order, clock.now())
