"""Importing pupils by program: hand in a workbook, read what the dry run found, let the good rows in."""

from typing import Any

from flask import Response, jsonify, request, url_for
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from web import clock
from web.api.blueprint import bp, idempotency_key, once
from web.api.documents import moment, office
from web.auth import current_actor, current_world
from web.database import write
from web.errors import Problem
from web.imports import ask, error_file, find_mine, take_file
from web.input import YES_NO, check_form, check_members, json_object
from web.present.findings import sentences
from workflow.errors import NotAllowed, NotFound, Reason, Unacceptable, Unmet
from workflow.imports import batches
from workflow.world import Office

CONFIRM = {"all_or_nothing": YES_NO}


@bp.post("/imports")
def upload_import() -> tuple[Response, int]:
    """Keep a workbook and have it checked (202); nothing enters a record. The same file again is the same import."""
    check_form(request.form)
    unknown = [Reason("field", "block", "没有这个字段", field=name[:100]) for name in {*request.form} - {"school"}]
    if unknown:
        raise Unmet(unknown)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Unacceptable("file", "请在 file 中附上 .xlsx 文件", "missing")
    school = _school(request.form.get("school", ""))
    public_id = take_file(current_actor(), school, file.filename, file.read(), clock.now())
    response = jsonify(_document(find_mine(public_id)))
    response.headers["Location"] = url_for(".show_import", public_id=public_id)
    return response, 202


@bp.get("/imports/<public_id>")
def show_import(public_id: str) -> Response:
    """Tell how far an import is, and what the check found: the first 2,000 faults of each severity, and how many."""
    return jsonify(_document(find_mine(public_id)))


@bp.post("/imports/<public_id>/confirm")
def confirm_import(public_id: str) -> tuple[Response, int]:
    """Let the checked rows in (202). Confirming once more changes nothing."""
    key, actor, now = idempotency_key(), current_actor(), clock.now()
    body = json_object(request) if request.content_length else {}
    check_members(body, CONFIRM)
    find_mine(public_id)

    def confirm(session: Session) -> dict[str, Any]:
        batch = batches.find(session, public_id, lock=True)
        if not actor.holds("school_clerk", batch.school_id):
            raise NotFound
        if batch.state not in ("importing", "done"):
            wanted = bool(body.get("all_or_nothing"))
            ask(session, batches.confirm(session, public_id, actor, now, wanted), "import", now)
        return {"id": public_id}

    try:
        write(lambda session: once(session, actor.id, key, ["confirm import", public_id, body], now,
                                   lambda: confirm(session)))  # fmt: skip
    except NotAllowed as refused:
        raise Problem(409, "not_now", "现在不能导入", refused.why) from None
    return jsonify(_document(find_mine(public_id))), 202


@bp.get("/imports/<public_id>/errors.xlsx")
def import_errors(public_id: str) -> Response:
    """Give the blocked rows back as a workbook, the cells at fault in red; corrected, it can be handed in again."""
    return error_file(find_mine(public_id))


def _document(batch: ImportBatch) -> dict[str, Any]:
    report = batch.report
    return {
        "id": batch.public_id,
        "file": batch.file_name,
        "school": office(current_world(), batch.school_id),
        "state": batch.state,
        "message": batch.message,
        "done": batch.done,
        "total": batch.total,
        "rows": batch.clean + batch.warned + batch.blocked,
        "clean": batch.clean,
        "warn": batch.warned,
        "block": batch.blocked,
        "imported": batch.imported,
        "created_at": moment(batch.created_at),
        "finished_at": moment(batch.finished_at),
        "notes": report.get("notes", []),
        "faults": report.get("faults", []),
        "faults_found": sum(report.get("found", {}).values()),
        "findings": [{**group, "reasons": sentences(group["reasons"])} for group in report.get("findings", [])],
    }


def _school(code: str) -> Office:
    """Return the school of the person's post, or the one named by its code where there are several."""
    schools = [current_world().office(d.org_id) for d in current_actor().desks if d.role == "school_clerk"]
    wanted = [school for school in schools if code in ("", school.code)]
    if not wanted:
        raise NotAllowed("import", "只有本校的学籍管理员可以导入本校学生")
    return wanted[0]
