"""Asking for a finished transfer to be taken back: by an officer of the lowest office above both schools."""

import datetime as dt
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.transfers import Reversal
from workflow import desk, engine, opening, processes, rights
from workflow.errors import NotAllowed, NotFound, Reason, Unmet
from workflow.payload import COMMENT_LIMIT, text_fault
from workflow.step import Step, counted
from workflow.transfers import standing
from workflow.world import Office

CAUSES = {
    "mistaken": "办错学生或办错学校",
    "false_papers": "材料不真实",
    "not_entitled": "不符合转学条件",
    "not_there": "学生没有到转入学校就读",
    "other": "其他",
}
"""Why a transfer is taken back (domain 4.0: fraud, mistake)."""
ASKER = "dept_clerk"


def may_ask(of: Step) -> Office | None:
    """Return the office for which the person may ask; None where the matter is not his."""
    office = standing.authority(of)
    own = {desk.org_id for desk in of.actor.own_desks if desk.role == ASKER}
    return office if office is not None and office.id in own else None


NOT_YOURS = "只有两校共同的主管部门的经办人可以提请撤销"


def obstacle(of: Step, asked: Iterable[Case]) -> str | None:
    """Return in one sentence why it cannot be asked for now, or None; `asked` are the cases in which somebody did."""
    running = next((one for one in asked if one.closed_at is None), None)
    if running is not None:
        return f"撤销已在办理（{running.no}）"
    return next(standing.obstacles(of), None)


def asked_for(session: Session, transfer_id: int) -> list[Case]:
    """Return the cases in which somebody asked for the transfer to be taken back, the oldest first. One statement."""
    query = select(Case).join(Reversal, Reversal.case_id == Case.id).where(Reversal.transfer_id == transfer_id)
    return list(session.scalars(query.order_by(Case.id)))


def ask(session: Session, no: str, actor_id: int, cause: str, reason: str, now: dt.datetime) -> Case:
    """Open the case that takes the transfer back, under the lock of the transfer. The caller commits.

    Raises NotFound for strangers and other processes, NotAllowed where the person sits elsewhere, and Unmet with the
    obstacle or with what is wrong with cause (`CAUSES`) and reason.
    """
    of = engine.locked_step(session, no, actor_id, now)
    if of.case.process != "transfer":
        raise NotFound
    office = may_ask(of)
    if office is None:
        raise NotAllowed("reverse", NOT_YOURS)
    against = obstacle(of, asked_for(session, of.case.id))
    reasons = [Reason("reversal", "block", against)] if against else list(_faults(cause, reason))
    if reasons:
        raise Unmet(reasons)
    return _open(of, office, cause, reason.strip())


def _faults(cause: str, reason: str) -> Iterator[Reason]:
    if cause not in CAUSES:
        yield Reason("field", "block", "请选择撤销的原因", field="cause")
    fault = text_fault(reason, COMMENT_LIMIT) if reason.strip() else "请写明撤销的理由"
    if fault:
        yield Reason("field", "block", fault, field="reason")


def _open(of: Step, office: Office, cause: str, reason: str) -> Case:
    session, process = of.session, processes.newest("reversal")
    case = opening.open_case(
        session, process, of.actor, office, of.world, of.now, student_id=of.case.student_id, parent_id=of.case.id
    )
    case.submitted_at = of.now
    schools = [number for number in of.subject.school_ids if number]
    case.state = {"parties": schools, "applied_by": sorted(counted(of.case, rights.applicants(of.case)))}
    about = Reversal(case_id=case.id, transfer_id=of.case.id, cause=cause)
    about.words = {"reason": reason}
    session.add(about)
    session.flush()
    step = Step(session, case, about, [], of.actor, of.world, of.now, {}, process)
    step.facts["office"] = office.id
    opening.first_event(step)
    desk.begin(step, process)
    desk.open_scope(step, known={office.id})
    desk.send(step)
    session.flush()
    return case
