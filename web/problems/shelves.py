"""The list of problem records on its shelves, and the scan that looks for more of them."""

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web import clock
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.present import problems_list as lists
from web.present import problems_scan as scanning
from web.problems import places
from web.problems.places import bp
from workflow.duplicates import scan
from workflow.errors import NotAllowed, NotFound
from workflow.problems import listing, pairs


@bp.get("/")
def index() -> str:
    """Draw one shelf of the list, narrowed as asked."""
    shelf, wanted = places.shelf()
    actor, session, world, now = current_actor(), read_session(), current_world(), clock.now()
    counts = listing.counts(session, actor, world, now)
    page = lists.page(session, actor, world, shelf, wanted, request.args.get("after", ""), now, counts)
    page = replace(page, scan=scanning.panel(session, world, actor, new_key()))
    return render_template("problems/list.html", page=page)


@bp.get("/scan")
def scan_progress() -> str:
    """Draw how the scan stands, for those who judge what it finds."""
    panel = scanning.panel(read_session(), current_world(), current_actor(), new_key())
    if panel is None:
        raise NotFound
    return render_template("problems/_scan.html", scan=panel)


@bp.post("/scan")
def start_scan() -> Response:
    """Begin a full scan; a worker carries it out. One that runs already goes on."""
    actor = current_actor()
    if not pairs.may_scan(current_world(), actor):
        raise NotAllowed("scan", "全面查重由最上级主管部门发起")
    write(lambda session: scan.start(session, clock.now(), by=actor.id).id)
    flash("已开始全面查重，由后台进行，可以离开这一页。", "done")
    return redirect(url_for(".index", shelf="pairs"), 303)
