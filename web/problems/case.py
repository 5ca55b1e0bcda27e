"""A problem record: records side by side, what a school answers, rulings, and taking them back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from web import acting, clock
from web.auth import current_actor, current_world
from web.cases import form_key, new_key, typed
from web.database import read_session, write
from web.pages.problem_parts import Neighbours
from web.pages.problem_rulings import RulingsPage
from web.pages.problems import ComparePage, HistoryPage
from web.present import actions, talking, words
from web.present import problems as shared
from web.present import problems_compare as compare
from web.present import problems_draft as drafts
from web.present import problems_history as story
from web.present import problems_list as lists
from web.present import problems_papers as printed
from web.present import problems_reasons as grounds
from web.present import problems_ruling as rulings
from web.present import problems_side as own
from web.present import problems_tasks as questions
from web.problems import places
from web.problems.places import bp
from web.views import ActionReason
from workflow import engine, payload, processes, talk
from workflow.errors import NotAllowed, NotFound, Reason, Stale, Unacceptable, Unmet
from workflow.problems import asking, comparing, facts, file, papers, sight, undoing
from workflow.problems.facts import school_of, sides_of
from workflow.step import Step

LISTED = ("reasons", "items")
BETWEEN_SIDE_AND_OFFICE = "本单位、主管部门和裁定部门能看到，其他各方看不到；请勿写入完整证件号"
BETWEEN_ALL = "本部门及其上级能看到，各方看不到；请勿写入完整证件号"
ONLY_OWN = "这里只显示本部门所管学校的记录。各方由各自的主管部门审核，汇总后由共同的上级裁定。"
Answer = Response | str | tuple[str, int]


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
    return redirect(url_for(".show", no=no, tab="history", **places.args(places.around())), 303)


@bp.post("/<no>/<action>")
def act(no: str, action: str) -> Answer:
    """Carry out one action; a refusal draws the page again with everything that was typed."""
    step, key, revision = _look(no), form_key(), request.form.get("revision", type=int)
    values, around = _typed(step, request.form, action), places.around()
    following = _following(step)
    try:
        outcome = acting.act(no, action, key, revision or 0, values)
    except Unmet as refused:
        return _again(no, action, values, refused.reasons), 422
    except Stale as late:
        return _again(no, action, values, [_said_late(_look(no), late)]), 409
    flash(f"已{words.EVENTS.get(action, '办理')}。{_state_word(no, outcome.phase)}", "done")
    if action in questions.ON_FORMS[:2] and around:
        return redirect(following or url_for(".index", **places.args(around)), 303)
    return redirect(url_for(".show", no=no, **places.args(around)), 303)


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
    page = drafts.preview(step, request.form, values, new_key(), places.around())
    return render_template("problems/preview.html", page=page)


@bp.post("/<no>/edit")
def edit(no: str) -> Answer:
    """Go back from the preview to the form, with everything that was typed."""
    return _draw(_look(no), raw=request.form)


@bp.post("/<no>/reveal")
def reveal(no: str) -> Answer:
    """Show whole numbers once, for a purpose that is written down for every record."""
    step, (purpose, fault) = _look(no), places.purpose_of(request.form)
    if not sight.sees_all(step):
        raise NotAllowed("reveal", "只有裁定部门可以查看各方的完整号码")
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
        page = own.page(step, new_key(), places.around(), values, action, refused, _place(step))
        return render_template("problems/side.html", page=page)
    sides = [side for side in sight.visible_sides(step) if side.student_id]
    lives = comparing.records(step.session, [side.student_id for side in sides if side.student_id])
    step.cache["names"] = {side.no: lives[side.student_id or 0].student.name for side in sides}
    if len(sides) == len(sides_of(step)):
        step.cache["records"] = {side.no: lives[side.student_id or 0].student for side in sides}
    placed = [compare.Placed(side.no, lives[side.student_id or 0], school_of(step.world, side), side) for side in sides]
    sees_all, key, around = sight.sees_all(step), new_key(), places.around()
    finding = file.finding(step)
    views = rulings.views(step, key, around)
    tasks = questions.tasks(step, key, around, values, action, list(refused) if action else None)
    page_ = ComparePage(
        no=step.case.no,
        kind=shared.kind_word(step),
        title=shared.title(step),
        state=processes.of(step.case).phases[step.case.phase].title,
        columns=compare.columns(step.world, placed, numbered=sees_all),
        groups=compare.groups(step, step.world, placed, revealed),
        url=url_for(".show", no=step.case.no, **places.args(around)),
        ball=shared.ball(step),
        tabs=shared.tabs(step, "", len(views), around),
        only_diff=request.args.get("only") == "diff",
        reasons=grounds.reasons(finding, {one.no: one.record for one in placed}) if sees_all else (),
        score=finding.score if finding and sees_all else None,
        earlier=places.earlier(file.earlier(step), placed) if sees_all else (),
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
        reveal=None if revealed or not sees_all else places.reveal_form(key, purpose),
        reveal_url=url_for(".reveal", no=step.case.no, **places.args(around)),
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


def _draw_history(step: Step, said: tuple[str, str, tuple[str, ...]] = ("", "", ())) -> str:
    """Draw what happened; the form for a comment, with whom it may call, is drawn where one asks for it."""
    hint = BETWEEN_ALL if sight.sees_all(step) else BETWEEN_SIDE_AND_OFFICE
    around, may_write = places.args(places.around()), talking.is_open(step)
    writes = may_write and (bool(said[1]) or request.args.get("write") == "yes")
    page = HistoryPage(
        no=step.case.no,
        kind=shared.kind_word(step),
        title=shared.title(step),
        state=processes.of(step.case).phases[step.case.phase].title,
        tabs=shared.tabs(step, "history", _count(step), places.around()),
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
    views = rulings.views(step, new_key(), places.around(), said)
    page = RulingsPage(
        no=step.case.no,
        kind=shared.kind_word(step),
        title=shared.title(step),
        state=processes.of(step.case).phases[step.case.phase].title,
        tabs=shared.tabs(step, "rulings", len(views), places.around()),
        rulings=views,
        ball=shared.ball(step),
        tasks=() if _reads_as_school(step) else questions.tasks(step, new_key(), places.around()),
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


def _place(step: Step) -> Neighbours | None:
    return lists.neighbours_of_case(step, *places.shelf()) if request.args.get("shelf") else None


def _following(step: Step) -> str:
    place = _place(step) if step.case.process == "problem" else None
    return place.next_url if place else ""


def _count(step: Step) -> int:
    sees_all = sight.sees_all(step)
    return len([one for one in facts.rulings(step) if sees_all or one.confirmed_at])


def _state_word(no: str, phase: str) -> str:
    title = next((p.phases[phase].title for p in processes.PUBLISHED if phase in p.phases), phase)
    return f"{no} 现在：{title}"


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
    numbers = [side.student_id for side in sight.visible_sides(step) if side.student_id]
    places.note(numbers, what, purpose or step.case.no)
    return page
