"""据此重新申请: a request that ended without a move is taken up in a new draft, with what was written and handed in."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, Event
from models.evidence import Evidence
from models.organisations import SchoolClass
from models.transfers import Transfer
from workflow import engine, evidence
from workflow.errors import NotAllowed, Reason, Unmet
from workflow.policies import look_up, stage_of
from workflow.routing import department_of
from workflow.step import Step
from workflow.transfers import drafts

ENDED = ("rejected", "withdrawn", "expired", "terminated")
WORKPLACE = "居住或工作证明"
"""What an office ticks when one of the papers is faulty of which any will do (workflow.returns)."""


def may_take_up(old: Step) -> bool:
    """Tell whether the person may take the request up again: of his own school, and over without a move."""
    return _is_over(old) and old.actor.holds("school_clerk", old.case.applicant_org_id)


def open_again(session: Session, no: str, actor_id: int, now: dt.datetime) -> Case:
    """Open a draft from an ended request, under its lock. The guards are asked when it is sent. The caller commits.

    Raises NotFound, NotAllowed, or Unmet where the request is no ended one or the school has another for the pupil.
    """
    old = engine.locked_step(session, no, actor_id, now)
    if not old.actor.holds("school_clerk", old.case.applicant_org_id):
        raise NotAllowed("again", "只有申请学校的学籍管理员可以据此重新申请")
    if not _is_over(old):
        raise Unmet([Reason("again", "block", "只有已经结束、没有办成的转学申请可以据此重新申请")])
    running = _running(old)
    if running:
        raise Unmet([Reason("again", "block", f"本校已为该生建立申请（{running}），请继续办理那一件")])
    office = old.world.office(old.case.applicant_org_id)
    case = drafts.start(session, old.actor, office, old.world, _written(old), now, again_of=old.case.id)
    step = Step(session, case, session.get_one(Transfer, case.id), [], old.actor, old.world, now)
    for paper in _handed_in(old):
        evidence.hand_on(step, paper)
    return case


def _is_over(old: Step) -> bool:
    return bool(old.case.process == "transfer" and old.case.closed_at is not None and old.case.phase in ENDED)


def _running(old: Step) -> str | None:
    """Return the open request of the school for the same pupil (guard C4), drafts included."""
    index = old.subject.record_no_index
    same = Transfer.again_of_id == old.case.id
    if index is not None:
        same |= Transfer.record_no_index == index
    query = select(Case.no).join(Transfer, Transfer.case_id == Case.id).order_by(Case.id).limit(1)
    return old.session.scalar(
        query.where(same, Case.applicant_org_id == old.case.applicant_org_id, Case.closed_at.is_(None))
    )


def _written(old: Step) -> dict[str, Any]:
    """Return what was written, without a class or a reason that are not offered any more."""
    about, office = old.subject, old.world.office(old.case.applicant_org_id)
    room = old.session.get(SchoolClass, about.to_class_id) if about.to_class_id else None
    offered = look_up(old.world, "transfer.reasons", office, old.today).value
    return {
        "direction": about.direction,
        "name": about.name,
        "record_no": about.record_no or "",
        "target_grade": about.target_grade,
        "to_class": room.no if room and room.school_id == office.id and room.closed_on is None else "",
        "reason": about.reason if about.reason in offered else "",
        "reason_note": about.reason_note,
        "offline_first": about.offline_first,
        **({"outside": about.outside} if about.outside else {}),
    }


def _handed_in(old: Step) -> list[Evidence]:
    """Return the school's papers that the rule of the place still asks for and that nobody found faulty."""
    office = old.world.office(old.case.applicant_org_id)
    stage = stage_of(old.subject.target_grade)
    rule = look_up(old.world, "transfer.evidence", department_of(old.world, office), old.today, stage).value
    wanted, found = {*rule["all"], *rule.get("any", [])}, []
    faulty = _found_faulty(old)
    kept = (Evidence.case_id == old.case.id) & (Evidence.org_id == office.id) & Evidence.withdrawn_at.is_(None)
    for paper in old.session.scalars(select(Evidence).where(kept).order_by(Evidence.id)):
        names = {paper.kind, *([WORKPLACE] if paper.kind in rule.get("any", []) else [])}
        if paper.kind in wanted and not any(item in names and paper.uploaded_at <= at for at, item in faulty):
            found.append(paper)
    return found


def _found_faulty(old: Step) -> list[tuple[dt.datetime, str]]:
    """Return what was ticked whenever the request was sent back; only papers handed in before are meant."""
    query = select(Event.at, Event.body).where(Event.case_id == old.case.id, Event.action.in_(("return", "send_back")))
    return [(at, str(item)) for at, body in old.session.execute(query) for item in body.get("items") or ()]
