"""Importing pupils: upload, watch the check, decide, fetch what failed."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from models import crypto
from models.imports import ImportBatch
from models.outbox import OutboxRow
from models.people import Person
from web import clock
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import current_house, read_session, write
from web.downloads import attachment
from web.pages import Fault, ImportPage, ImportRow, ImportsPage
from web.views import Field, FieldError, Form, Pager, Tab
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.imports import batches
from workflow.imports.report import blank_template, error_workbook
from workflow.storage import Store
from workflow.world import Office

bp = Blueprint("imports", __name__, url_prefix="/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FAULTS_SHOWN = 200
STATES = {
    "uploaded": "等待检查",
    "checking": "正在检查",
    "checked": "等您决定",
    "importing": "正在导入",
    "done": "已导入",
    "refused": "不能读取",
}


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
    school, actor, now = _school(), current_actor(), clock.now()
    content, name, store = file.read(), file.filename, _store()

    def work(session: Session) -> str:
        batch = batches.upload(session, store, actor, school, name, content, now)
        if batch.state == "uploaded":
            ask(session, batch, "check", now)
        return batch.public_id

    try:
        return redirect(url_for(".show", batch_id=write(work)), 303)
    except Unacceptable as refused:
        return _draw_new(refused.message), 422


@bp.get("/<batch_id>")
def show(batch_id: str) -> str:
    """Draw progress or the result of a batch; `only` chooses blocking faults or remarks."""
    return render_template("imports/show.html", page=_page(_find(batch_id)))


@bp.get("/<batch_id>/progress")
def progress(batch_id: str) -> Response:
    """Return the progress bar alone; when the work is done the page is asked to draw itself anew."""
    page = _page(_find(batch_id))
    response = make_response(render_template("imports/_progress.html", page=page))
    if page.state not in ("reading", "importing"):
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/<batch_id>/confirm")
def confirm(batch_id: str) -> AnyResponse:
    """Let the checked rows in."""
    actor, now = current_actor(), clock.now()

    def work(session: Session) -> None:
        batch = batches.confirm(session, batch_id, actor, now)
        ask(session, batch, "import", now)

    write(work)
    return redirect(url_for(".show", batch_id=batch_id), 303)


@bp.get("/<batch_id>/errors.xlsx")
def errors(batch_id: str) -> Response:
    """Give the failed rows back as a workbook that can be corrected and sent again."""
    batch, school, house = _find(batch_id), _school(), current_house()
    content = _store().get(batch.storage_key or "", crypto.unwrap(batch.data_key or b""))
    facts = batches.school_facts(read_session(), school)
    checked = batches.check(content, facts, clock.today(), demo=house.demo)
    batches.compare_kept(batch, checked.rows)
    failed = [(row.raw, row.faults) for row in checked.rows if row.state == "block"]
    return attachment(error_workbook(failed, checked.layout, facts), f"错误行_{batch.file_name}", XLSX)


@bp.get("/template.xlsx")
def template() -> Response:
    """Give out the blank template with the school's classes in its lists."""
    school = _school()
    facts = batches.school_facts(read_session(), school)
    return attachment(blank_template(facts), f"{school.code}_{school.name}.xlsx", XLSX)


def ask(session: Session, batch: ImportBatch, what: str, now: Any) -> None:
    """Put the work on a batch into the outbox; a worker does it after the commit."""
    session.add(
        OutboxRow(
            dedup=f"import:{batch.public_id}:{what}",
            topic="import",
            recipient="",
            payload={"batch": batch.public_id, "what": what},
            created_at=now,
            not_before=now,
        )
    )


def _draw_new(fault: str) -> str:
    school = _school()
    field = Field(
        "file",
        "学籍信息文件",
        "file",
        hint="Excel 文件（.xlsx），最多 20,000 行、20 MB",
        error=fault,
        required=True,
        accept=".xlsx",
    )
    form = Form((field,), (FieldError(fault, "file"),) if fault else (), new_key(), button="上传并检查")
    page = ImportsPage(form, _latest(school), url_for(".template"), school.name)
    return render_template("imports/new.html", page=page)


def _latest(school: Office) -> tuple[ImportRow, ...]:
    query = select(ImportBatch, Person.name).join(Person, Person.id == ImportBatch.person_id)
    rows = read_session().execute(
        query.where(ImportBatch.school_id == school.id).order_by(ImportBatch.created_at.desc()).limit(10)
    )
    return tuple(
        ImportRow(
            url_for(".show", batch_id=batch.public_id),
            batch.file_name,
            school.name,
            batch.created_at,
            name,
            STATES[batch.state],
            _result(batch),
        )
        for batch, name in rows
    )


def _result(batch: ImportBatch) -> str:
    if batch.state == "done":
        return f"导入 {batch.imported} 行，保留 {batch.blocked} 行"
    if batch.state == "checked":
        return f"可导入 {batch.clean + batch.warned} 行，要改 {batch.blocked} 行"
    return batch.message


def _page(batch: ImportBatch) -> ImportPage:
    only = request.args.get("only", "")
    report = batch.report
    faults = [
        Fault(
            f["row"],
            f["cell"] or f"第 {f['row']} 行",
            f["column"] or "整行",
            f["severity"],
            f["message"],
            f["shown"] or "",
            f["clean"] or "",
        )
        for f in report.get("faults", [])
    ]
    shown = [fault for fault in faults if not only or fault.severity == only]
    state = {"uploaded": "reading", "checking": "reading", "refused": "broken"}.get(batch.state, batch.state)
    return ImportPage(
        batch_id=batch.public_id,
        file_name=batch.file_name,
        school=current_world().name(batch.school_id),
        state=state,  # type: ignore[arg-type]  # the states are those of the page
        done=batch.done,
        total=batch.total or None,
        doing="正在导入" if batch.state == "importing" else "正在检查",
        rows=batch.clean + batch.warned + batch.blocked,
        clean=batch.clean,
        warn=batch.warned,
        block=batch.blocked,
        faults=tuple(shown[:FAULTS_SHOWN]),
        filters=_filters(batch.public_id, faults, only),
        pager=_more(shown),
        notes=tuple(report.get("notes", ())),
        errors_url=url_for(".errors", batch_id=batch.public_id),
        broken_because=batch.message,
        key=new_key(),
        finished=f"已导入 {batch.imported} 行" if batch.finished_at else "",
    )


def _filters(batch_id: str, faults: list[Fault], only: str) -> tuple[Tab, ...]:
    if not faults:
        return ()
    counts = {"": len(faults), "block": 0, "warn": 0}
    for fault in faults:
        counts[fault.severity] += 1
    words = {"": "全部", "block": "要改", "warn": "提醒"}
    return tuple(
        Tab(word, url_for(".show", batch_id=batch_id, only=key or None), key == only, counts[key])
        for key, word in words.items()
    )


def _more(faults: list[Fault]) -> Pager:
    hidden = len(faults) - FAULTS_SHOWN
    return Pager(shown=f"另有 {hidden} 条见错误表") if hidden > 0 else Pager()


def _find(batch_id: str) -> ImportBatch:
    batch = batches.find(read_session(), batch_id)
    actor = current_actor()
    if not any(
        desk.org_id == batch.school_id and desk.role in ("school_clerk", "school_leader") for desk in actor.desks
    ):
        raise NotFound
    return batch


def _school() -> Office:
    numbers = [desk.org_id for desk in current_actor().desks if desk.role in ("school_clerk", "school_leader")]
    if not numbers:
        raise NotAllowed("import", "导入由学校的学籍管理员办理")
    return current_world().office(numbers[0])


def _store() -> Store:
    return current_house().store
