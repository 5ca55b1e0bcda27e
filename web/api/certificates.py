"""Certificates by number or public id: what they state, whether they hold, and the paper itself."""

from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from models.certificates import Certificate
from web import clock
from web.api.blueprint import bp
from web.api.documents import moment, office
from web.auth import current_actor, current_visitor, current_world
from web.database import current_house, read_session, write
from web.downloads import attachment
from web.errors import Problem
from web.masks import mask_name
from workflow import certificates
from workflow.errors import NotAllowed
from workflow.step import Step
from workflow.world import world_of


@bp.get("/certificates/<name>")
def show_certificate(name: str) -> Response:
    """Tell what a certificate states; offices above the parties see it without the pupil's data."""
    paper, step = _find(read_session(), name)
    return jsonify(
        {
            "number": paper.number,
            "id": paper.public_id,
            "code": paper.code,
            "kind": paper.kind,
            "state": paper.state,
            "case": step.case.no,
            "issued_by": office(current_world(), paper.org_id),
            "issued_at": moment(paper.issued_at),
            "revoked_at": moment(paper.revoked_at),
            "printed": paper.storage_key is not None,
            "facts": _facts(paper, step),
        }
    )


@bp.get("/certificates/<name>/pdf")
def certificate_pdf(name: str) -> Response:
    """Give the paper as it was first printed; right after the decision it may not be printed yet."""

    def work(session: Session) -> tuple[str, bytes | None]:
        paper, step = _find(session, name)
        if not certificates.may_print(step):
            raise NotAllowed("print", "只有参与本事项的单位可以打印")
        if paper.storage_key is None:
            return paper.number, None
        entry = certificates.print_entry(step.case, current_actor(), f"{paper.number} 原件", clock.now())
        entry.student_id = paper.student_id
        session.add(entry)
        return paper.number, certificates.original_of(current_house().store, paper)

    number, content = write(work)
    if content is None:
        text = "证明正在生成，请稍后再取"
        raise Problem(503, "not_printed_yet", "还没有生成", text, headers={"Retry-After": "5"})
    return attachment(content, f"{number}.pdf", "application/pdf")


def _find(session: Session, name: str) -> tuple[Certificate, Step]:
    named = certificates.by_number(session, name)
    public_id = named.public_id if named else name
    world = world_of(session, current_visitor().stamp)
    return certificates.find(session, public_id, current_actor(), world, clock.now())


def _facts(paper: Certificate, step: Step) -> dict[str, Any]:
    if certificates.may_print(step):
        return paper.facts
    return {"name": mask_name(str(paper.facts.get("name", "")))}
