"""Certificates by number or public id: what they state, whether they hold, and the paper itself."""

from flask import Response, jsonify
from sqlalchemy import select

from models.cases import Case
from models.certificates import Certificate
from web import clock
from web.api.blueprint import bp
from web.api.documents import moment, office
from web.auth import current_actor, current_world
from web.database import current_house, read_session
from web.downloads import attachment
from web.errors import Problem
from workflow import certificates, engine
from workflow.errors import NotFound


@bp.get("/certificates/<name>")
def show_certificate(name: str) -> Response:
    """Tell what a certificate states; only parties of its case find it."""
    paper, case = _find(name)
    return jsonify(
        {
            "number": paper.number,
            "id": paper.public_id,
            "code": paper.code,
            "kind": paper.kind,
            "state": paper.state,
            "case": case.no,
            "issued_by": office(current_world(), paper.org_id),
            "issued_at": moment(paper.issued_at),
            "revoked_at": moment(paper.revoked_at),
            "printed": paper.storage_key is not None,
            "facts": paper.facts,
        }
    )


@bp.get("/certificates/<name>/pdf")
def certificate_pdf(name: str) -> Response:
    """Give the printed paper; right after the decision it may not be printed yet."""
    paper, _ = _find(name)
    content = certificates.pdf_of(current_house().store, paper)
    if content is None:
        text = "证明正在生成，请稍后再取"
        raise Problem(503, "not_printed_yet", "还没有生成", text, headers={"Retry-After": "5"})
    return attachment(content, f"{paper.number}.pdf", "application/pdf")


def _find(name: str) -> tuple[Certificate, Case]:
    session = read_session()
    named = (Certificate.number == name) | (Certificate.public_id == name)
    found = session.execute(select(Certificate, Case).join(Case, Case.id == Certificate.case_id).where(named)).first()
    if found is None:
        raise NotFound
    engine.look(session, found[1].no, current_actor(), current_world(), clock.now())
    return found[0], found[1]
