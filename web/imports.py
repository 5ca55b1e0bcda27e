"""Importing pupils: upload, watch the check, decide, fetch what failed."""

import datetime as dt

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, defer
from werkzeug.wrappers import Response as AnyResponse

from models.base import new_public_id
from models.imports import ImportBatch
from models.people import Person
from web import clock
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import current_house, read_session, write
from web.downloads import attachment
from web.pages.imports import ImportPage, ImportRow, ImportsPage
from web.present.imports import STATES, import_page, result_of
from web.views import Field, FieldError, Form
from workflow import outbox
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.imports import batches
from workflow.imports.gathering import school_facts
from workflow.imports.limits import MEGABYTE, PAGE
from workflow.imports.report import blank_template
from workflow.step import Actor
from workflow.world import Office, World

bp = Blueprint("imports", __name__, url_prefix="/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAY_READ = frozenset({"school_clerk", "school_leader"})
LATEST = 10
CLERK_ONLY = "导入由学校的学籍管理员办理"


@bp.get("/new")
def new() -> str:
    """Draw the upload form and the latest batches."""
    return _draw_new("")


@bp.post("/new")
def upload() -> AnyResponse | tuple[str, int]:
    """Keep the file and have it checked; nothing is written into any record."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _draw_new("请选择要上传的文件"), 422
    school = own_school(current_world(), current_actor(), file.filename)
    try:
        batch_id = take_file(current_actor(), school, file.filename, file.read(), clock.now())
    except Unacceptable as refused:
        return _draw_new(refused.message), 422
    return redirect(url_for(".show", batch_id=batch_id), 303)


@bp.get("/<batch_id>")
def show(batch_id: str) -> str:
    """Draw progress or the result of a batch; `only` chooses blocking faults or remarks."""
    return render_template("imports/show.html", page=_page(find_mine(batch_id)))


@bp.get("/<batch_id>/progress")
def progress(batch_id: str) -> Response:
    """Return the progress bar alone; when the work is done the page is asked to draw itself anew."""
    page = _page(find_mine(batch_id))
    response = make_response(render_template("imports/_progress.html", page=page))
    if page.state not in ("reading", "importing"):
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/<batch_id>/confirm")
def confirm(batch_id: str) -> AnyResponse:
    """Let the checked rows in; a second press of the button finds that it is being done."""
    let_in(find_mine(batch_id), current_actor(), clock.now(), request.form.get("all_or_nothing") == "yes")
    return redirect(url_for(".show", batch_id=batch_id), 303)


@bp.get("/<batch_id>/errors.xlsx")
def errors(batch_id: str) -> Response:
    """Give the failed rows back as a workbook that can be corrected and sent again."""
    return error_file(find_mine(batch_id))


@bp.get("/template.xlsx")
def template() -> Response:
    """Give out the blank template with the school's classes in its lists."""
    school = own_school(current_world(), current_actor())
    facts = school_facts(read_session(), school)
    return attachment(blank_template(facts), f"{school.code}_{school.name}.xlsx", XLSX)


# ---- what the page and the API have in common -----------------------------------------------------------------------


def take_file(actor: Actor, school: Office, name: str, content: bytes, now: dt.datetime) -> str:
    """Keep a workbook and have it checked; returns the batch's public id. Raises NotAllowed, Unacceptable."""
    store = current_house().store

    def work(session: Session) -> str:
        batch = batches.upload(session, store, actor, school, name, content, now)
        if batch.state == "uploaded":
            ask(session, batch, "check", now)
        return batch.public_id

    return write(work)


def let_in(batch: ImportBatch, actor: Actor, now: dt.datetime, all_or_nothing: bool = False) -> None:
    """Confirm a batch; one that is confirmed already stays as it is. Raises NotAllowed."""
    if batch.state in ("importing", "done") and actor.holds("school_clerk", batch.school_id):
        return
    if not actor.holds("school_clerk", batch.school_id):
        raise NotAllowed("import", CLERK_ONLY)
    public_id = batch.public_id
    write(lambda session: ask(session, batches.confirm(session, public_id, actor, now, all_or_nothing), "import", now))


def error_file(batch: ImportBatch) -> Response:
    """Return the error workbook of a batch. Raises NotAllowed once the file was destroyed."""
    house, school = current_house(), current_world().office(batch.school_id)
    content = batches.errors_of(batch, house.store, school_facts(read_session(), school), demo=house.demo)
    return attachment(content, f"错误行_{batch.file_name}", XLSX)


def find_mine(batch_id: str) -> ImportBatch:
    """Return a batch of the person's own school. Raises NotFound."""
    batch = batches.find(read_session(), batch_id)
    if not any(desk.org_id == batch.school_id and desk.role in MAY_READ for desk in current_actor().desks):
        raise NotFound
    return batch


def own_school(world: World, actor: Actor, named: str = "") -> Office:
    """Return the school whose records the person keeps; of several the one whose code begins `named`.

    A leader may look, so he has a school too. Raises NotAllowed for everybody else.
    """
    clerk_first = sorted(actor.desks, key=lambda desk: desk.role != "school_clerk")
    schools = [world.office(desk.org_id) for desk in clerk_first if desk.role in MAY_READ]
    if not schools:
        raise NotAllowed("import", CLERK_ONLY)
    return next((school for school in schools if named.startswith(school.code)), schools[0])


def ask(session: Session, batch: ImportBatch, what: str, now: dt.datetime) -> None:
    """Put the work on a batch into the outbox; a worker does it after the commit."""
    row = {
        "dedup": f"import:{batch.public_id}:{what}:{new_public_id()}",
        "topic": "import",
        "recipient": "",
        "payload": {"batch": batch.public_id, "what": what},
        "created_at": now,
        "not_before": now,
        "attempts": 0,
    }
    outbox.add_once(session, [row])


# ---- drawing ---------------------------------------------------------------------------------------------------------


def _page(batch: ImportBatch) -> ImportPage:
    name = current_world().name(batch.school_id)
    key = new_key() if current_actor().holds("school_clerk", batch.school_id) else ""
    return import_page(batch, name, key, only=request.args.get("only", ""), after=request.args.get("after", ""))


def _draw_new(fault: str) -> str:
    school = own_school(current_world(), current_actor())
    field = Field(
        "file",
        "学籍信息文件",
        "file",
        hint=f"Excel 文件（.xlsx），最多 {PAGE.rows:,} 行、{(PAGE.packed or 0) // MEGABYTE} MB",
        error=fault,
        required=True,
        accept=".xlsx",
    )
    form = Form((field,), (FieldError(fault, "file"),) if fault else (), new_key(), button="上传并检查")
    imports = current_actor().holds("school_clerk", school.id)
    page = ImportsPage(form if imports else None, _latest(school), url_for(".template"), school.name)
    return render_template("imports/new.html", page=page)


def _latest(school: Office) -> tuple[ImportRow, ...]:
    query = select(ImportBatch, Person.name).join(Person, Person.id == ImportBatch.person_id)
    query = query.options(defer(ImportBatch.report_sealed))  # long, and nothing of it is shown here
    newest = query.where(ImportBatch.school_id == school.id).order_by(
        ImportBatch.created_at.desc(), ImportBatch.id.desc()
    )
    return tuple(
        ImportRow(
            url_for(".show", batch_id=batch.public_id),
            batch.file_name,
            school.name,
            batch.created_at,
            name,
            STATES[batch.state],
            result_of(batch),
        )
        for batch, name in read_session().execute(newest.limit(LATEST))
    )
