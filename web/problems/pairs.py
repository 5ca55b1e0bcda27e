"""What only looks alike: two records, or one and a row that was not imported, and what somebody says of them."""

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.cases import Case
from models.findings import Finding
from web import clock
from web.auth import current_actor, current_world
from web.cases import form_key, new_key
from web.database import read_session, write
from web.pages.problem_parts import Neighbours
from web.pages.problems import ComparePage, PairActions
from web.present import problems_blocked as blocked
from web.present import problems_compare as compare
from web.present import problems_list as lists
from web.present import problems_reasons as grounds
from web.problems import places
from web.problems.places import bp
from workflow.errors import NotFound, Unacceptable
from workflow.findings import NEAR_BLOCKED
from workflow.problems import blocked_rows, comparing, listing, pairs

Answer = str | tuple[str, int]


@bp.get("/pairs/<public_id>")
def pair(public_id: str) -> str:
    """Draw two records that look alike, side by side."""
    finding = _finding(public_id)
    return _noted_pair(finding, _draw_pair(finding), "view", "疑似比对")


@bp.post("/pairs/<public_id>/reveal")
def reveal_pair(public_id: str) -> Answer:
    """Show whole numbers once, for a purpose that is written down."""
    finding, (purpose, fault) = _finding(public_id), places.purpose_of(request.form)
    if fault:
        return _draw_pair(finding, purpose=(purpose, fault)), 422
    return _noted_pair(finding, _draw_pair(finding, revealed=True), "reveal", f"疑似比对 {purpose}")


@bp.post("/pairs/<public_id>/<what>")
def judge(public_id: str, what: str) -> Response | Answer:
    """Say that these are different children, take that back, or make a case of it; then go on with the next pair."""
    finding = _finding(public_id)
    if what not in ("distinct", "case", "again") or (what == "case" and finding.kind == NEAR_BLOCKED):
        abort(404)
    form_key()
    following = _place_of_pair(finding)
    actor, world, now = current_actor(), current_world(), clock.now()
    if finding.kind == NEAR_BLOCKED:
        refused = _judge_row(public_id, what)
        if refused:
            return _draw_row(_finding(public_id), refused=refused), 422
    elif what == "case":
        case_no = write(lambda session: pairs.make_case(session, world, actor, public_id, now).no)
        flash(f"已立案 {case_no}，各校会收到通知。", "done")
    elif what == "distinct":
        write(lambda session: pairs.dismiss(session, world, actor, public_id, now).id)
        flash("已记下不是同一人，今后不再提示。可以在“已判不同”里撤回。", "done")
    else:
        write(lambda session: pairs.take_back(session, world, actor, public_id, now).id)
        flash("已撤回，这一组重新列为疑似。", "done")
    if what == "again":
        return redirect(url_for(".pair", public_id=public_id, **places.args(places.around())), 303)
    return redirect((following and (following.next_url or following.list_url)) or url_for(".index", shelf="pairs"), 303)


def _judge_row(public_id: str, what: str) -> str:
    """Dismiss a blocked row with the typed reason, or point it out again; returns what is wrong with the reason."""
    actor, world, now, reason = current_actor(), current_world(), clock.now(), request.form.get("reason", "")
    try:
        if what == "distinct":
            write(lambda session: pairs.dismiss_row(session, world, actor, public_id, reason, now).id)
            flash("已记下，今后不再提示。可以在“已判不同”里撤回。", "done")
        else:
            write(lambda session: pairs.take_back_row(session, world, actor, public_id, now).id)
            flash("已撤回，这一行重新列出。", "done")
    except Unacceptable as refused:
        return refused.message
    return ""


def _finding(public_id: str) -> Finding:
    return pairs.seen(read_session(), current_world(), current_actor(), public_id)


def _place_of_pair(finding: Finding) -> Neighbours | None:
    if not request.args.get("shelf"):
        return None
    shelf, wanted = places.shelf()
    return lists.neighbours_of_pair(
        read_session(), current_actor(), current_world(), finding, shelf, wanted, clock.now()
    )


def _noted_pair(finding: Finding, page: str, what: str, purpose: str) -> str:
    places.note([one.student_id for one in listing.records_of(read_session(), finding)], what, purpose)
    return page


# ---- drawing ---------------------------------------------------------------------------------------------------------


def _draw_row(
    finding: Finding, revealed: bool = False, purpose: tuple[str, str] = ("", ""), refused: str = ""
) -> str:
    """Draw a row that was not imported beside the record its number may have meant."""
    session, world, key = read_session(), current_world(), new_key()
    one = next(iter(listing.records_of(session, finding)), None)
    if one is None:
        raise NotFound
    record, school = comparing.records(session, [one.student_id])[one.student_id], world.offices.get(one.school_id or 0)
    acts = key, places.args(places.around()), _place_of_pair(finding)
    reveal = None if revealed else places.reveal_form(key, purpose)
    found, only = blocked_rows.row_of(session, finding), request.args.get("only") == "diff"
    page = blocked.page(world, finding, record, school, found, acts, reveal, refused, only)
    return render_template("problems/compare.html", page=page)


def _draw_pair(finding: Finding, revealed: bool = False, purpose: tuple[str, str] = ("", "")) -> str:
    if finding.kind == NEAR_BLOCKED:
        return _draw_row(finding, revealed, purpose)
    session, world = read_session(), current_world()
    found = listing.records_of(session, finding)
    lives = comparing.records(session, [one.student_id for one in found])
    placed = [
        compare.Placed(place, lives[one.student_id], world.offices.get(one.school_id or 0))
        for place, one in enumerate(found, 1)
    ]
    key, around, place = new_key(), places.args(places.around()), _place_of_pair(finding)
    address = {what: url_for(".judge", public_id=finding.public_id, what=what, **around)
               for what in ("distinct", "case", "again")}  # fmt: skip
    running = session.get(Case, finding.case_id) if finding.case_id else None
    done, open_case = finding.state == "dismissed", running is not None and running.closed_at is None
    earlier = comparing.earlier(session, lives)
    judged = next((one for one in earlier if one.revoked_at is None), None) if done else None
    page = ComparePage(
        no="",
        kind="疑似同一学生",
        title="、".join(dict.fromkeys(one.name for one in found)),
        state="已判不同" if done else "已立案" if open_case else "待判断",
        columns=compare.columns(world, placed),
        groups=compare.groups(None, world, placed, revealed),
        url=url_for(".pair", public_id=finding.public_id, **around),
        only_diff=request.args.get("only") == "diff",
        reasons=grounds.reasons(finding, {}),
        score=finding.score,
        earlier=places.earlier(earlier, placed),
        pair=PairActions(
            distinct_url="" if done or open_case else address["distinct"],
            case_url="" if done or open_case or finding.state != "open" else address["case"],
            back_url=address["again"] if done else "",
            later_url=(place.next_url or place.list_url) if place else url_for(".index", shelf="pairs"),
            key=key,
            judged=f"{judged.by} 于 {judged.at:%Y年%-m月%-d日} 判为不是同一人。" if judged else "",
            running=(running.no, url_for(".show", no=running.no)) if running is not None and open_case else ("", ""),
        ),
        reveal=None if revealed else places.reveal_form(key, purpose),
        reveal_url=url_for(".reveal_pair", public_id=finding.public_id, **around),
        revealed=revealed,
        around=place,
        compares=len(placed) > 1,
    )
    return render_template("problems/compare.html", page=page)
