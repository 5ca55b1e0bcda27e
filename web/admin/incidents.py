"""What was not delivered: the list of what was given up, trying again, and letting it be for good."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web import clock
from web.admin.frame import bp, reach_or_refuse
from web.auth import current_actor, current_world
from web.database import read_session, write
from web.pages.administration import IncidentsPage
from web.present import incidents as presented
from web.views import Empty
from workflow import bounces, incidents
from workflow.administration import SYSTEM
from workflow.errors import NotFound, Unmet
from workflow.incidents import LONGEST_REASON

SHOWN = 100
EMPTY = Empty("没有未送达的事项", "通知、邮件、证明打印和导入都已办理；出现办不成的，会列在这里等您处理。")
LARGEST = 2**63 - 1


@bp.get("/incidents", endpoint="incidents")
def index() -> str:
    """Draw the list."""
    reach_or_refuse(SYSTEM)
    return _draw()


@bp.post("/incidents")
def settle() -> Response | tuple[str, int]:
    """Try one again, or give it up with a reason (`act`: retry, give_up)."""
    reach_or_refuse(SYSTEM)
    actor, world, now, number = current_actor(), current_world(), clock.now(), _number()
    why = request.form.get("why", "").strip()
    try:
        if request.form.get("act") == "give_up":
            done = write(lambda session: incidents.give_up(session, actor, world, number, why, now))
            word = "已放弃，不再办理"
        else:
            done = write(lambda session: incidents.retry(session, actor, world, number, now))
            word = "已重新排队，几秒后办理"
    except Unmet as refused:
        return _draw(number, why, refused.reasons[0].message), 422
    flash(word if done else "这一项刚刚已由别人处理", "done" if done else "warn")
    return redirect(url_for(".incidents"), 303)


def _number() -> int:
    text = request.form.get("row", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST):
        raise NotFound
    return int(text)


def _draw(number: int = 0, why: str = "", error: str = "") -> str:
    within, world, session = reach_or_refuse(SYSTEM), current_world(), read_session()
    found = incidents.given_up(session, within, incidents.reaches_all(current_actor(), world))
    dead = bounces.dead_addresses(session, within, clock.today())
    page = IncidentsPage(
        rows=tuple(presented.row(one, world) for one in found[:SHOWN]),
        more=max(0, len(found) - SHOWN),
        hanging=tuple(presented.hanging(one) for one in incidents.hanging(session, within)[:SHOWN]),
        addresses=tuple(presented.dead_address(*one, world) for one in dead[:SHOWN]),
        empty=EMPTY,
        longest=LONGEST_REASON,
        failed=number,
        typed=why,
        error=error,
    )
    return render_template("admin/incidents.html", page=page)
