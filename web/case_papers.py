"""The papers of a case to be saved: 转学申请表, 学籍档案转接清单, or the form of a pupil without ID number."""

from flask import Response

from web import clock
from web.auth import current_actor, current_world
from web.cases import bp
from web.database import read_session, write
from web.downloads import attachment
from web.paper_facts_of import Print
from web.present import papers
from web.prints import printed, printing
from workflow import certificates, engine
from workflow.errors import NotAllowed, NotFound
from workflow.step import Step

NAMES = {"transfer": "转学申请表", "paper_file": "学籍档案转接清单", "no_id": "无身份证号学生在校就读证明表"}
"""What the paper of a case is called, by its process; other cases have none."""


@bp.get("/<no>/form.pdf")
def form(no: str) -> Response:
    """Print the case as it is now; the access log tells who took it along."""
    step = engine.look(read_session(), no, current_actor(), current_world(), clock.now())
    if step.case.submitted_at is None:
        raise NotAllowed("print", "申请提交后才能打印")
    name = NAMES.get(step.case.process)
    if name is None:
        raise NotFound
    marks = printing(step, certificates.prints(step.session, step.case, name) + 1)
    content = _print(step, marks)
    entry = certificates.print_entry(step.case, step.actor, f"{name} 第{marks.copy}次打印", marks.at)
    write(lambda session: session.add(entry))
    return attachment(content, f"{name}_{no}.pdf", "application/pdf")


def _print(step: Step, marks: Print) -> bytes:
    if step.case.process == "no_id":
        return printed("no_id_certificate", papers.no_id_form(step, marks))
    if step.subject is None:
        return printed("paper_file_list", papers.paper_file_list(step, marks))
    return printed("transfer_form", papers.transfer_form(step, marks))


__all__ = ["bp"]
