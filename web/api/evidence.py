"""Scanned papers: handing one in, reading about it, reading it."""

from typing import Any

from flask import Response, jsonify, request, url_for
from sqlalchemy.orm import Session

from models.evidence import Evidence
from web import clock
from web.api.blueprint import bp
from web.api.documents import evidence_document
from web.auth import current_actor, current_world
from web.database import current_house, read_session, write
from web.downloads import attachment
from web.input import check_form
from workflow import engine, evidence
from workflow.errors import Reason, Unacceptable, Unmet
from workflow.step import Actor, Step

FIELDS = frozenset({"kind", "case"})


@bp.post("/evidence")
def upload() -> tuple[Response, int]:
    """Keep one paper, for a case (`case`) or for one to come."""
    check_form(request.form)
    unknown = [Reason("field", "block", "没有这个字段", field=name[:100]) for name in {*request.form} - FIELDS]
    unknown += [Reason("field", "block", "没有这个字段", field=name[:100]) for name in {*request.files} - {"file"}]
    if unknown:
        raise Unmet(unknown)
    file = request.files.get("file")
    if file is None:
        raise Unacceptable("file", "请在 file 中附上文件", "missing")
    actor, no = current_actor(), request.form.get("case", "")
    step = engine.look(read_session(), no, actor, current_world(), clock.now()) if no else None
    kept = _keep(actor, step, request.form.get("kind", ""), file.filename or "", file.read())
    response = jsonify(kept)
    response.headers["Location"] = url_for(".show_evidence", public_id=kept["id"])
    return response, 201


def _keep(actor: Actor, step: Step | None, kind: str, name: str, content: bytes) -> dict[str, Any]:
    org_id = evidence.hands_in_for(actor, step)

    def work(session: Session) -> dict[str, Any]:
        paper = evidence.take_in(
            session,
            current_house().store,
            actor=actor,
            org_id=org_id,
            kind=kind,
            file_name=name,
            content=content,
            now=clock.now(),
            case=step.case if step else None,
        )
        return evidence_document(paper)

    return write(work)


@bp.get("/evidence/<public_id>")
def show_evidence(public_id: str) -> Response:
    """Tell what is known about a paper."""
    return jsonify(evidence_document(_find(public_id)))


@bp.get("/evidence/<public_id>/content")
def evidence_content(public_id: str) -> Response:
    """Give the file as it was uploaded, to save and never to show in a browser."""
    paper, now = _find(public_id), clock.now()
    write(lambda session: evidence.note_look(session, current_actor(), paper, "原件", now))
    content = evidence.content_of(current_house().store, paper)
    return attachment(content, paper.file_name, paper.media_type)


def _find(public_id: str) -> Evidence:
    return evidence.find(read_session(), public_id, current_actor(), current_world(), clock.now())
