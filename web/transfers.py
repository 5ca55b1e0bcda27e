"""The wizard for a new transfer: find the pupil, see every blocker before sending, keep the draft at every step."""

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.access import AccessEntry
from models.cases import Case
from models.organisations import SchoolClass
from models.transfers import Transfer
from web import acting, clock, throttle
from web.auth import current_actor, current_world
from web.cases import form_key, new_key, typed
from web.database import current_house, read_session, write
from web.pages.transfers import WizardPage
from web.present import admission, evidence, wizard
from web.present import receipt as presented
from web.views import Fact, FieldError, Form
from workflow import engine
from workflow import evidence as papers
from workflow.errors import NotAllowed, Reason, Unacceptable, Unmet
from workflow.files.opening import inspect
from workflow.identity import read_record_number
from workflow.step import Step
from workflow.transfers import clearing, drafts, guards, opening
from workflow.transfers.facts import Facts, find_pupil, gather
from workflow.world import Office

bp = Blueprint("transfers", __name__, url_prefix="/transfers")
HANDLE_SECONDS = 3600
KEYS = tuple(key for key, _ in wizard.STEPS)
SENDING = {"wait": "wait_for_opening", "stop": "stop_waiting", "ask": "ask_to_clear"}
"""What the last step can be asked to do beside sending at once."""
THEN = ("", "stay", "next", *SENDING)


@bp.get("/new")
def new() -> str:
    """Draw the first step."""
    return _draw(_pupil_page({}, {}))


@bp.post("/new")
def begin() -> Response | str | tuple[str, int]:
    """Look for the pupil; with the handle of a hit, or for a pupil from outside, open the draft."""
    if request.form.get("handle"):
        return _open(_handled(request.form["handle"]), asking=request.form.get("then") == "ask")
    values = {name: request.form.get(name, "").strip() for name in ("direction", "name", "record_no")}
    faults = _search_faults(values)
    if faults:
        return _draw(_pupil_page(values, faults)), 422
    if values["direction"] == "incoming":
        return _open(values)
    facts = _search(values)
    if facts is None:
        return _draw(_pupil_page(values, {}, not_found=_not_found(values)))
    return _draw(_pupil_page(values, {}, found=wizard.found(facts, _serializer().dumps(values))))


@bp.get("/<no>")
@bp.get("/<no>/<step>")
def draft(no: str, step: str = "school") -> str | Response:
    """Draw one step of a draft; a request that was sent has a case page."""
    if step not in KEYS[1:]:
        abort(404)
    at = _look(no)
    if at.case.phase != "draft":
        return redirect(url_for("cases.show", no=no))
    return _draw(_step_page(at, step, {}))


@bp.post("/<no>/<step>")
def save(no: str, step: str) -> Response | str | tuple[str, int]:
    """Store what was typed in one step and go on; the last step sends the request."""
    if step not in KEYS[1:] or request.form.get("then", "") not in THEN:
        abort(404)
    if step == "send":
        form_key()  # a form without one is from no page of ours, and no field could show it
    try:
        return _saved(no, step)
    except Unmet as refused:
        faults = {reason.field: reason.message for reason in refused.reasons if reason.field}
        return _draw(_as_typed(_step_page(_look(no), step, faults))), 422
    except Unacceptable as refused:
        return _draw(_as_typed(_step_page(_look(no), step, {refused.field: refused.message}))), 422


@bp.get("/<no>/receipt")
def receipt(no: str) -> str | Response:
    """After sending: what to keep, who has it now, and who answers by when; a case that is over has its page."""
    step = _look(no)
    page = presented.page(step) if step.case.applicant_org_id in step.actor.org_ids else None
    if page is None:
        return redirect(url_for("cases.show", no=no))
    return render_template("transfers/receipt.html", page=page)


def _saved(no: str, step: str) -> Response:
    actor, now = current_actor(), clock.now()
    if step in ("school", "reason"):
        values, seen = _typed_step(step, no), request.form.get("revision", -1, type=int)
        write(lambda session: drafts.change(session, no, actor.id, values, seen, now))
    elif step == "papers" and request.files.get("file"):
        _upload(no)
        if request.form.get("then") == "stay":
            return redirect(url_for(".draft", no=no, step="papers"), 303)
    elif step == "send":
        return _send(no)
    return redirect(url_for(".draft", no=no, step=KEYS[KEYS.index(step) + 1]), 303)


def _send(no: str) -> Response:
    key, seen = form_key(), request.form.get("revision", 0, type=int)
    action = SENDING.get(request.form.get("then", ""), "submit")
    values = {"guard": request.form.get("guard", "")[:10]} if action == "ask_to_clear" else {}
    if action == "submit" and (said := typed(request.form).get("comment")):
        values = {"comment": said}
    acting.act(no, action, key, seen, values)
    if action == "submit":
        return redirect(url_for(".receipt", no=no), 303)
    return redirect(url_for(".draft", no=no, step="send"), 303)


def _upload(no: str) -> None:
    file, kind = request.files["file"], request.form.get("kind", "")
    content, actor, now = file.read(), current_actor(), clock.now()
    case, inspected = _look(no).case, inspect(content)
    store = current_house().store
    write(
        lambda session: papers.take_in(
            session, store, actor=actor, org_id=case.applicant_org_id, kind=kind, file_name=file.filename or "",
            content=content, now=now, case=case, inspected=inspected,
        )
    )  # fmt: skip


def _typed_step(step: str, no: str) -> dict[str, Any]:
    values = typed(request.form)
    if step == "school":
        at = _look(no)
        kept = {name: values.get(name, "") for name in ("target_grade", "to_class")}
        if at.subject.direction != "inside":
            outside = values.get("outside", {})
            kept["outside"] = outside if isinstance(outside, dict) else {}
            missing = [name for name in wizard.NEEDED_OUTSIDE if not kept["outside"].get(name)]
            if missing:
                raise Unmet([Reason("field", "block", "请填写这一项", field=f"outside.{name}") for name in missing])
        return kept
    return {name: values.get(name, "") for name in ("reason", "reason_note")}


def _open(values: dict[str, str], *, asking: bool = False) -> Response:
    """Open the draft; when asked to, put a task to every office that can clear what stands against it."""
    actor, now, world = current_actor(), clock.now(), current_world()
    office = _own_school()

    def work(session: Session) -> str:
        case = drafts.start(session, actor, office, world, dict(values), now)
        step = engine.look(session, case.no, actor, world, now)
        if values["direction"] != "incoming":
            step.subject.target_grade = gather(step).grade
        for one in clearing.obstacles(step) if asking else ():
            guard, key = {"guard": one.reason.guard}, new_key()
            engine.do(session, case.no, "ask_to_clear", actor.id, now=now, key=key, seen_revision=0, values=guard)
        return case.no

    return redirect(url_for(".draft", no=write(work), step="school"), 303)


def _search(values: dict[str, str]) -> Facts | None:
    """Find the pupil by exact name and number, with everything that stands in the way; every look is counted."""
    actor, now, office = current_actor(), clock.now(), _own_school()
    throttle.check(read_session(), "lookup", now, person=str(actor.id))
    write(lambda session: throttle.count(session, "lookup", now, person=str(actor.id)))
    session = read_session()
    hit = find_pupil(session, values["name"], values["record_no"].upper())
    outgoing = values["direction"] == "outgoing"
    if hit is None or (outgoing and hit.enrolment.school_id != office.id):
        return None
    student_id = hit.student.id
    write(
        lambda writing: writing.add(
            AccessEntry(
                at=now, person_id=actor.id, what="search", student_id=student_id, purpose=f"转学查询：{office.name}"
            )
        )
    )
    return gather(_imagined(read_session(), values, hit.school_class.grade, office, now))


def _imagined(session: Session, values: dict[str, str], grade: int, office: Office, now: dt.datetime) -> Step:
    """Return a step for a request that does not exist yet, to ask the guards before anything is stored."""
    actor = current_actor()
    case = Case(id=-1, no="", phase="new", applicant_org_id=office.id, state={}, route=[])
    transfer = Transfer(name=values["name"], direction=values["direction"], target_grade=grade)
    transfer.record_no = values["record_no"].upper()
    if values["direction"] == "inside":
        transfer.to_school_id = office.id
    return Step(session, case, transfer, [], actor, current_world(), now)


def _pupil_page(values: dict[str, str], faults: dict[str, str], **more: Any) -> WizardPage:
    form = wizard.pupil_form(new_key(), values, faults)
    window = admission.window(current_world(), _own_school(), clock.today())
    return wizard.frame("pupil", form, drafts=_drafts(), window=window, **more)


def _step_page(step: Step, key: str, faults: dict[str, str]) -> WizardPage:
    page = _one_step(step, key, faults)
    if step.case.submitted_at is not None:  # it was taken in; windows and freezes are about new requests
        return page
    school, grade = step.world.office(step.case.applicant_org_id), step.subject.target_grade
    window = admission.window(step.world, school, step.today, grade)
    return replace(page, window=window if window and window.tone == "warn" else None)


def _one_step(step: Step, key: str, faults: dict[str, str]) -> WizardPage:
    form_key, case = new_key(), step.case
    if key == "school":
        return _school_page(step, faults)
    if key == "reason":
        return wizard.frame("reason", wizard.reason_form(step, form_key, faults), case)
    if key == "papers":
        return wizard.frame("papers", wizard.papers_form(step, form_key, faults), case, papers=evidence.tiles(step))
    if key == "route":
        form = Form(key=form_key, revision=case.revision, button="下一步")
        return wizard.frame("route", form, case, **wizard.preview(step))
    return _send_page(step, faults)


def _as_typed(page: WizardPage) -> WizardPage:
    """Return a refused step with what was sent in its fields: nothing that was typed is lost."""
    fields = tuple(
        replace(field, value=request.form[field.name]) if field.name in request.form and field.kind != "file" else field
        for field in page.form.fields
    )
    return replace(page, form=replace(page.form, fields=fields))


def _school_page(step: Step, faults: dict[str, str]) -> WizardPage:
    own = step.world.office(step.case.applicant_org_id)
    query = request.args.get("q", "").strip()[:50]
    searched = len(query) >= 2
    rooms = step.session.scalars(
        select(SchoolClass)
        .where(SchoolClass.school_id == own.id, SchoolClass.closed_on.is_(None))
        .order_by(SchoolClass.grade, SchoolClass.no)
    ).all()
    form = wizard.school_form(step, list(rooms), new_key(), faults)
    hits = wizard.schools(step.world, own, query) if searched else ()
    chosen = wizard.hit(step.world, own) if step.subject.direction != "outgoing" else None
    return wizard.frame(
        "school", form, step.case, school_query=query, schools=hits, searched=searched, chosen_school=chosen
    )


def _send_page(step: Step, faults: dict[str, str]) -> WizardPage:
    reasons = guards.verdicts(gather(step))
    blocked = any(reason.blocks for reason in reasons)
    kept = step.case.state.get(opening.WAITING)
    opens = opening.admission_of(step).opens if opening.may_wait(step) and opening.could_wait(step) else None
    fields = wizard.remark(step, faults)
    here = {field.name for field in fields}
    form = Form(
        fields,
        key=new_key(),
        revision=step.case.revision,
        button="再试一次" if blocked else "提交申请",
        errors=tuple(FieldError(message, name if name in here else "") for name, message in faults.items()),
    )
    return wizard.frame(
        "send",
        form,
        step.case,
        lead=wizard.asked_for(step),
        summary=wizard.summary(step, evidence.tiles(step)),
        reasons=wizard.blockers(step, [reason for reason in reasons if reason.guard not in opening.TIMES]),
        wait=admission.opening(opens) if opens else "",
        waits=admission.opening(dt.date.fromisoformat(kept["opens"])) if kept else "",
    )


def _drafts() -> tuple[Fact, ...]:
    query = (
        select(Case, Transfer)
        .join(Transfer, Transfer.case_id == Case.id)
        .where(Case.applicant_org_id == _own_school().id, Case.submitted_at.is_(None), Case.closed_at.is_(None))
        .order_by(Case.opened_at.desc())
        .limit(10)
    )
    return tuple(
        Fact(transfer.name or "（未填写）", case.no, change_url=url_for(".draft", no=case.no, step="school"))
        for case, transfer in read_session().execute(query)
    )


def _search_faults(values: dict[str, str]) -> dict[str, str]:
    faults = {}
    if values["direction"] not in ("inside", "incoming", "outgoing"):
        faults["direction"] = "请选择办理类型"
    if not values["name"] or len(values["name"]) > 100:
        faults["name"] = "请填写学生姓名"
    fault = read_record_number(values["record_no"].upper()).fault
    if fault:
        faults["record_no"] = drafts.RECORD_NO_FAULTS[fault]
    return faults


def _not_found(values: dict[str, str]) -> str:
    where = "本校在籍学生" if values["direction"] == "outgoing" else "全省在籍学生"
    return f"在{where}中没有姓名与学籍号都一致的学生。请与家长或转出学校核对后再找；外省学生请选“外省学生转入我校”。"


def _own_school() -> Office:
    numbers = [desk.org_id for desk in current_actor().desks if desk.role == "school_clerk"]
    if not numbers:
        raise NotAllowed("start", "转学由学校的学籍管理员发起")
    return current_world().office(numbers[0])


def _look(no: str) -> Step:
    return engine.look(read_session(), no, current_actor(), current_world(), clock.now())


def _draw(page: WizardPage) -> str:
    return render_template(f"transfers/{page.step}.html", page=page)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="transfer-handle")


def _handled(handle: str) -> dict[str, str]:
    """Return what was searched for; a handle that was changed or is too old leads back to the search."""
    try:
        values: dict[str, str] = _serializer().loads(handle, max_age=HANDLE_SECONDS)
    except BadSignature:
        abort(400)
    return values
