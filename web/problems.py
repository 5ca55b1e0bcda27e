"""Problem records: the list, records side by side, what a school answers, rulings, and taking them back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from models.cases import Case
from models.findings import Finding
from web import clock
from web.auth import current_actor, current_world
from web.cases import form_key, new_key, typed
from web.database import read_session, write
from web.present import actions, talking, words
from web.present import problems as shared
from web.present import problems_compare as compare
from web.present import problems_draft as drafts
from web.present import problems_history as story
from web.present import problems_list as lists
from web.present import problems_papers as printed
from web.present import problems_ruling as rulings
from web.present import problems_scan as scanning
from web.present import problems_side as own
from web.problem_pages import ComparePage, HistoryPage, Neighbours, PairActions, RulingsPage
from web.views import ActionReason, Field, FieldError, Form
from workflow import engine, payload, processes, students, talk
from workflow.duplicates import scan
from workflow.errors import NotAllowed, NotFound, Reason, Stale, Unacceptable, Unmet
from workflow.payload import text_fault
from workflow.problems import asking, comparing, facts, file, listing, pairs, papers, sight, undoing
from workflow.problems.facts import school_of, sides_of
from workflow.problems.listing import Wanted
from workflow.problems.pairs import may_judge
from workflow.step import Step

bp = Blueprint("problems", __name__, url_prefix="/problems")
LONGEST_PURPOSE = 100
LISTED = ("reasons", "items")
BETWEEN_SIDE_AND_OFFICE = "本单位、主管部门和裁定部门能看到，其他各方看不到；请勿写入完整证件号"
BETWEEN_ALL = "本部门及其上级能看到，各方看不到；请勿写入完整证件号"
ONLY_OWN = "这里只显示本部门所管学校的记录。各方由各自的主管部门审核，汇总后由共同的上级裁定。"
Answer = Response | str | tuple[str, int]


# ---- the list --------------------------------------------------------------------------------------------------------


@bp.get("/")
def index() -> str:
    """Draw one shelf of the list, narrowed as asked."""
    shelf, wanted = _shelf()
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


def _shelf() -> tuple[str, Wanted]:
    shelf = request.args.get("shelf", "")
    shelf = "" if shelf == "all" else shelf
    if shelf not in lists.SHELVES:
        abort(404)
    return shelf, lists.wanted_of(shelf, request.args)


def _around() -> dict[str, str]:
    """Return the list the viewer came from as parts of every address on the page; empty when he came otherwise."""
    return lists.around(*_shelf()) if request.args.get("shelf") else {}


# ---- a case ----------------------------------------------------------------------------------------------------------


@bp.get("/<no>")
def show(no: str) -> Answer:
    """Draw one part of the page of a case, as far as the viewer may know it."""
    step, tab = _look(no), request.args.get("tab", "")
    if step.case.process == "undo":
        taken_back = undoing.taken_back(step)
        if not undoing.sees(taken_back):
            return redirect(url_for(".show", no=taken_back.step.case.no, tab="rulings"))
        return _draw_undo(step, taken_back)
    if tab == "rulings":
        return _draw_rulings(step)
    if tab == "history":
        return _draw_history(step)
    return _noted(step, _draw(step))


@bp.post("/<no>/comment")
def comment(no: str) -> Answer:
    """Add a comment; a side speaks with the deciding office, nobody else reads it."""
    step, said, also = _look(no), request.form.get("comment", ""), request.form.getlist("mention")
    if step.case.process != "problem":
        raise NotFound
    try:
        write(lambda session: talk.say(session, no, current_actor().id, said, clock.now(), also))
    except Unmet as refused:
        return _draw_history(_look(no), (said, refused.reasons[0].message, tuple(also))), 422
    return redirect(url_for(".show", no=no, tab="history", **_args(_around())), 303)


@bp.post("/<no>/<action>")
def act(no: str, action: str) -> Answer:
    """Carry out one action; a refusal draws the page again with everything that was typed."""
    step, key, revision = _look(no), form_key(), request.form.get("revision", type=int)
    values, around = _typed(step, request.form, action), _around()
    following = _following(step)
    try:
        outcome = write(
            lambda session: engine.do(session, no, action, current_actor().id, now=clock.now(), key=key,
                                      seen_revision=revision or 0, values=values)
        )  # fmt: skip
    except Unmet as refused:
        return _again(no, action, values, refused.reasons), 422
    except Stale as late:
        return _again(no, action, values, [_said_late(_look(no), late)]), 409
    flash(f"已{words.EVENTS.get(action, '办理')}。{_state_word(no, outcome.phase)}", "done")
    if action in shared.ON_FORMS[:2] and around:
        return redirect(following or url_for(".index", **_args(around)), 303)
    return redirect(url_for(".show", no=no, **_args(around)), 303)


@bp.post("/<no>/preview")
def preview(no: str) -> Answer:
    """Show exactly what a draft would change; what is not right yet comes back with everything typed."""
    step = _look(no)
    item = next((one for one in shared.my_items(step) if one.kind in ("rule", "record")), None)
    if item is None:
        raise NotAllowed("draft_ruling", "这一步现在不由您办理")
    spec = step.process.actions["draft_ruling" if item.kind == "rule" else "record_outside"]
    values = _typed(step, request.form, spec.name)
    if request.form.get("revision", type=int) != step.case.revision:
        return _draw(step, raw=request.form, refused=[_said_late(step, Stale(step.case.revision))]), 409
    step.payload = values
    reasons = list(payload.faults(step, spec, step.process.checks))
    if reasons:
        return _draw(step, raw=request.form, refused=reasons), 422
    page = drafts.preview(step, request.form, values, new_key(), _around())
    return render_template("problems/preview.html", page=page)


@bp.post("/<no>/edit")
def edit(no: str) -> Answer:
    """Go back from the preview to the form, with everything that was typed."""
    return _draw(_look(no), raw=request.form)


@bp.post("/<no>/reveal")
def reveal(no: str) -> Answer:
    """Show whole numbers once, for a purpose that is written down for every record."""
    step, purpose = _look(no), request.form.get("purpose", "").strip()
    if not sight.sees_all(step):
        raise NotAllowed("reveal", "只有裁定部门可以查看各方的完整号码")
    fault = text_fault(purpose, LONGEST_PURPOSE) if purpose else "请写明用途"
    if fault:
        return _draw(step, purpose=(purpose, fault)), 422
    return _noted(step, _draw(step, revealed=True), "reveal", f"{no} {purpose}")


@bp.post("/<no>/papers/<kind>")
def issue(no: str, kind: str) -> Response:
    """Have the cover of the evidence or the waiver of a side issued, with number and code; then show it."""
    _look(no)
    form_key()
    actor, now, side = current_actor().id, clock.now(), _whole(request.form.get("side", ""))
    public_id = write(
        lambda session: papers.issue_own(session, no, actor, kind, side if isinstance(side, int) else 0, now).public_id
    )
    flash("已出具，可以下载打印。", "done")
    return redirect(url_for("certificates.show", public_id=public_id), 303)


@bp.post("/<no>/rulings/<ruling>/undo")
def undo(no: str, ruling: str) -> Answer:
    """Ask for a ruling to be taken back: a case of its own, decided by the leader."""
    _look(no)
    reason, actor, world = request.form.get("reason", "").strip(), current_actor(), current_world()
    try:
        opened = write(lambda session: asking.ask(session, no, actor, world, ruling, reason, clock.now()).no)
    except Unacceptable as refused:
        return _draw_rulings(_look(no), (reason, refused.message)), 422
    flash(f"已提请撤销，{opened}由负责人决定。", "done")
    return redirect(url_for(".show", no=opened), 303)


# ---- pairs that look alike -------------------------------------------------------------------------------------------


@bp.get("/pairs/<public_id>")
def pair(public_id: str) -> str:
    """Draw two records that look alike, side by side."""
    finding = _finding(public_id)
    return _noted_pair(finding, _draw_pair(finding), "view", "疑似比对")


@bp.post("/pairs/<public_id>/reveal")
def reveal_pair(public_id: str) -> Answer:
    """Show whole numbers once, for a purpose that is written down."""
    finding, purpose = _finding(public_id), request.form.get("purpose", "").strip()
    fault = text_fault(purpose, LONGEST_PURPOSE) if purpose else "请写明用途"
    if fault:
        return _draw_pair(finding, purpose=(purpose, fault)), 422
    return _noted_pair(finding, _draw_pair(finding, revealed=True), "reveal", f"疑似比对 {purpose}")


@bp.post("/pairs/<public_id>/<what>")
def judge(public_id: str, what: str) -> Response:
    """Say that these are different children, take that back, or make a case of it; then go on with the next pair."""
    if what not in ("distinct", "case", "again"):
        abort(404)
    form_key()
    following = _place_of_pair(_finding(public_id))
    actor, world, now = current_actor(), current_world(), clock.now()
    if what == "case":
        case_no = write(lambda session: pairs.make_case(session, world, actor, public_id, now).no)
        flash(f"已立案 {case_no}，各校会收到通知。", "done")
    elif what == "distinct":
        write(lambda session: pairs.dismiss(session, world, actor, public_id, now).id)
        flash("已记下不是同一人，今后不再提示。可以在“已判不同”里撤回。", "done")
    else:
        write(lambda session: pairs.take_back(session, world, actor, public_id, now).id)
        flash("已撤回，这一组重新列为疑似。", "done")
        return redirect(url_for(".pair", public_id=public_id, **_args(_around())), 303)
    return redirect((following and (following.next_url or following.list_url)) or url_for(".index", shelf="pairs"), 303)


def _finding(public_id: str) -> Finding:
    query = select(Finding).where(Finding.public_id == public_id, Finding.kind == "near")
    finding = read_session().scalars(query).one_or_none()
    if finding is None or not may_judge(current_world(), current_actor(), finding):
        raise NotFound
    return finding


def _place_of_pair(finding: Finding) -> Neighbours | None:
    if not request.args.get("shelf"):
        return None
    shelf, wanted = _shelf()
    return lists.neighbours_of_pair(
        read_session(), current_actor(), current_world(), finding, shelf, wanted, clock.now()
    )


def _noted_pair(finding: Finding, page: str, what: str, purpose: str) -> str:
    _note([one.student_id for one in listing.records_of(read_session(), finding)], what, purpose)
    return page


# ---- drawing ---------------------------------------------------------------------------------------------------------


def _look(no: str) -> Step:
    step = engine.look(read_session(), no, current_actor(), current_world(), clock.now())
    if step.case.process not in ("problem", "undo"):
        raise NotFound
    return step


def _draw(
    step: Step,
    *,
    raw: MultiDict[str, str] | None = None,
    values: dict[str, Any] | None = None,
    action: str = "",
    refused: Sequence[Reason] = (),
    revealed: bool = False,
    purpose: tuple[str, str] = ("", ""),
) -> str:
    """Draw the first part of a case: the school's page for a school, records side by side for everybody else."""
    file.read(step)
    if _reads_as_school(step):
        page = own.page(step, new_key(), _around(), values, action, refused, _place(step))
        return render_template("problems/side.html", page=page)
    sides = [side for side in sight.visible_sides(step) if side.student_id]
    lives = comparing.records(step.session, [side.student_id for side in sides if side.student_id])
    step.cache["names"] = {side.no: lives[side.student_id or 0].student.name for side in sides}
    if len(sides) == len(sides_of(step)):
        step.cache["records"] = {side.no: lives[side.student_id or 0].student for side in sides}
    placed = [compare.Placed(side.no, lives[side.student_id or 0], school_of(step.world, side), side) for side in sides]
    sees_all, key, around = sight.sees_all(step), new_key(), _around()
    finding = file.finding(step)
    views = rulings.views(step, key, around)
    tasks = shared.tasks(step, key, around, values, action, list(refused) if action else None)
    page_ = ComparePage(
        no=step.case.no,
        kind=shared.kind_word(step),
        title=shared.title(step),
        state=processes.of(step.case).phases[step.case.phase].title,
        columns=compare.columns(step.world, placed, numbered=sees_all),
        groups=compare.groups(step, step.world, placed, revealed),
        url=url_for(".show", no=step.case.no, **_args(around)),
        ball=shared.ball(step),
        tabs=shared.tabs(step, "", len(views), around),
        only_diff=request.args.get("only") == "diff",
        reasons=shared.reasons(finding, {one.no: one.record for one in placed}) if sees_all else (),
        score=finding.score if finding and sees_all else None,
        earlier=_earlier(file.earlier(step), placed) if sees_all else (),
        notices=(
            *shared.stopped(step),
            *(ActionReason(line, "warn") for line in (drafts.restored_first(step) if drafts.is_asked(step) else ())),
            *(actions.reason(one) for one in refused if action and not _drawn(tasks, action)),
        ),
        tasks=tasks,
        form=drafts.form(step, key, around, raw, refused if not action or raw is not None else (),
                         request.args.get("preset", "")),
        ruling=views[0] if views else None,
        foreseen=drafts.foreseen_at_confirmation(step),
        before=drafts.before_word(step) if drafts.is_asked(step) else "现在",
        papers=printed.issued(step),
        papers_pending=printed.being_issued(step),
        reveal=None if revealed or not sees_all else _reveal_form(key, purpose),
        reveal_url=url_for(".reveal", no=step.case.no, **_args(around)),
        revealed=revealed,
        around=_place(step),
        hidden_sides="" if sees_all else ONLY_OWN,
        compares=len(placed) > 1,
    )  # fmt: skip
    return render_template("problems/compare.html", page=page_)


def draw_upload(step: Step, refused: Unacceptable) -> str:
    """Draw a school's page again after a paper was refused, with the sentence at its field."""
    number = request.form.get("side", type=int) or 0
    key = new_key()
    for side in sight.visible_sides(step):
        if side.no == number:
            form = own.upload_form(step, side, key, (request.form.get("kind", ""), refused))
            page = own.page(step, key, {}, upload_refused=(number, form))
            return render_template("problems/side.html", page=page)
    raise refused


def _drawn(tasks: Sequence[Any], action: str) -> bool:
    return any(view.name == action for task in tasks for view in (*task.panel.actions, *task.panel.further))


def _reads_as_school(step: Step) -> bool:
    """Everybody at a school reads the school's page; so does nobody else."""
    return all(step.world.office(desk.org_id).is_school for desk in step.actor.desks)


def _draw_pair(finding: Finding, revealed: bool = False, purpose: tuple[str, str] = ("", "")) -> str:
    session, world = read_session(), current_world()
    found = listing.records_of(session, finding)
    lives = comparing.records(session, [one.student_id for one in found])
    placed = [
        compare.Placed(place, lives[one.student_id], world.offices.get(one.school_id or 0))
        for place, one in enumerate(found, 1)
    ]
    key, around, place = new_key(), _args(_around()), _place_of_pair(finding)
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
        reasons=shared.reasons(finding, {}),
        score=finding.score,
        earlier=_earlier(earlier, placed),
        pair=PairActions(
            distinct_url="" if done or open_case else address["distinct"],
            case_url="" if done or open_case or finding.state != "open" else address["case"],
            back_url=address["again"] if done else "",
            later_url=(place.next_url or place.list_url) if place else url_for(".index", shelf="pairs"),
            key=key,
            judged=f"{judged.by} 于 {judged.at:%Y年%-m月%-d日} 判为不是同一人。" if judged else "",
            running=(running.no, url_for(".show", no=running.no)) if running is not None and open_case else ("", ""),
        ),
        reveal=None if revealed else _reveal_form(key, purpose),
        reveal_url=url_for(".reveal_pair", public_id=finding.public_id, **around),
        revealed=revealed,
        around=place,
        compares=len(placed) > 1,
    )
    return render_template("problems/compare.html", page=page)


def _draw_history(step: Step, said: tuple[str, str, tuple[str, ...]] = ("", "", ())) -> str:
    """Draw what happened; the form for a comment, with whom it may call, is drawn where one asks for it."""
    hint = BETWEEN_ALL if sight.sees_all(step) else BETWEEN_SIDE_AND_OFFICE
    around, may_write = _args(_around()), talking.is_open(step)
    writes = may_write and (bool(said[1]) or request.args.get("write") == "yes")
    page = HistoryPage(
        no=step.case.no,
        kind=shared.kind_word(step),
        title=shared.title(step),
        state=processes.of(step.case).phases[step.case.phase].title,
        tabs=shared.tabs(step, "history", _count(step), _around()),
        timeline=story.told(step, delivered=not writes),
        ball=shared.ball(step),
        comment=talking.form(step, new_key(), *said, hint=hint) if writes else None,
        comment_url=url_for(".comment", no=step.case.no, **around),
        write_url=url_for(".show", no=step.case.no, **{**around, "tab": "history", "write": "yes"})
        if may_write and not writes else "",
    )  # fmt: skip
    return render_template("problems/history.html", page=page)


def _draw_rulings(step: Step, said: tuple[str, str] = ("", "")) -> str:
    file.read(step)
    views = rulings.views(step, new_key(), _around(), said)
    page = RulingsPage(
        no=step.case.no,
        kind=shared.kind_word(step),
        title=shared.title(step),
        state=processes.of(step.case).phases[step.case.phase].title,
        tabs=shared.tabs(step, "rulings", len(views), _around()),
        rulings=views,
        ball=shared.ball(step),
        tasks=() if _reads_as_school(step) else shared.tasks(step, new_key(), _around()),
        empty="还没有裁定。" if not views else "",
    )
    return render_template("problems/rulings.html", page=page)


def _draw_undo(step: Step, taken_back: undoing.TakenBack, values: dict[str, Any] | None = None, action: str = "",
               refused: Sequence[Reason] = ()) -> str:  # fmt: skip
    """Draw the case that takes a ruling back, for those who see the whole problem; nobody else finds it."""
    if not undoing.sees(taken_back):
        raise NotFound
    panel = replace(actions.panel(step, new_key(), values, action, list(refused)), endpoint="problems.act")
    return render_template("problems/undo.html", page=story.undo_page(step, taken_back, panel))


def _again(no: str, action: str, values: dict[str, Any], reasons: Sequence[Reason]) -> str:
    """Draw the page once more after a refusal."""
    step = _look(no)
    if step.case.process == "undo":
        return _draw_undo(step, undoing.taken_back(step), values, action, reasons)
    if action in ("draft_ruling", "record_outside"):
        return _draw(step, raw=request.form, refused=reasons)
    return _draw(step, values=values, action=action, refused=reasons)


def _earlier(found: Sequence[comparing.Earlier], placed: Sequence[compare.Placed]) -> tuple[str, ...]:
    """Say what was decided before about pairs of these records."""
    numbers = {one.record.student.id: one.no for one in placed}
    said = []
    for one in found:
        which = " 与 ".join(f"第 {numbers[number]} 方" for number in one.students)
        where = f"（{one.case_no}）" if one.case_no else ""
        over = f"；已于 {one.revoked_at:%Y年%-m月%-d日} 撤回" if one.revoked_at else ""
        said.append(f"{which}：{one.by} {one.at:%Y年%-m月%-d日} 判为不是同一人{where}{over}。")
    return tuple(said)


def _reveal_form(key: str, purpose: tuple[str, str]) -> Form:
    said, fault = purpose
    field = Field("purpose", "用途", value=said, error=fault, required=True, maxlength=LONGEST_PURPOSE)
    errors = (FieldError(fault, "purpose"),) if fault else ()
    return Form((field,), errors, key, button="查看完整号码")


def _place(step: Step) -> Neighbours | None:
    return lists.neighbours_of_case(step, *_shelf()) if request.args.get("shelf") else None


def _following(step: Step) -> str:
    place = _place(step) if step.case.process == "problem" else None
    return place.next_url if place else ""


def _count(step: Step) -> int:
    sees_all = sight.sees_all(step)
    return len([one for one in facts.rulings(step) if sees_all or one.confirmed_at])


def _state_word(no: str, phase: str) -> str:
    title = next((p.phases[phase].title for p in processes.PUBLISHED if phase in p.phases), phase)
    return f"{no} 现在：{title}"


def _args(around: dict[str, str]) -> dict[str, Any]:
    return dict(around)


def _said_late(step: Step, late: Stale) -> Reason:
    """Say that the case changed meanwhile; who did it only to those who see everything."""
    who = f"（{late.actor} {words.EVENTS.get(late.action, '')}）" if late.actor and sight.sees_all(step) else ""
    said = f"您打开页面之后，这件事项有了变动{who}。所填内容已保留，请核对现在的情况后再提交。"
    return Reason("stale", "block", said)


# ---- what was typed --------------------------------------------------------------------------------------------------


def _typed(step: Step, form: MultiDict[str, str], action: str) -> dict[str, Any]:
    """Return what a form sent as the engine takes it."""
    if action in ("draft_ruling", "record_outside"):
        values: dict[str, Any] = {"verdicts": drafts.typed_verdicts(step, form)}
        values["comment"] = form.get("comment", "").replace("\r\n", "\n").strip()
        if action == "draft_ruling":
            values["reasons"] = form.getlist("reasons")
        else:
            values["on_date"] = form.get("on_date", "")
        return values
    plain = [(name, value) for name, value in form.items(multi=True) if name not in ("sides", *LISTED)]
    values = typed(MultiDict(plain))
    for name in ("side", "turn"):
        if name in values:
            values[name] = _whole(values[name])
    if "sides" in form:
        values["sides"] = [_whole(value) for value in form.getlist("sides")]
    for name in LISTED:
        if form.getlist(name):
            values[name] = form.getlist(name)
    return values


def _whole(text: Any) -> int | str:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 6 else str(text)


def _noted(step: Step, page: str, what: str = "view", purpose: str = "") -> str:
    """Return the page after it was written down whose records it shows; nobody sees it when that fails."""
    _note([side.student_id for side in sight.visible_sides(step) if side.student_id], what, purpose or step.case.no)
    return page


def _note(numbers: Sequence[int], what: str, purpose: str) -> None:
    actor, now = current_actor(), clock.now()
    write(lambda session: students.note_looks(session, actor, numbers, what, purpose, now))
