"""What signatures, returns, refusals and assignments leave behind in a transfer."""

from typing import Any

from sqlalchemy import select

from models.cases import CaseScope
from models.organisations import SchoolClass
from workflow import desk, joint
from workflow.errors import NotFound
from workflow.policies import stage_of
from workflow.routing import Side, key_of, route
from workflow.step import Step
from workflow.transfers import corrections, opening
from workflow.transfers.facts import gather
from workflow.transfers.guards import verdicts
from workflow.transfers.path import OTHER_CAUSE, relied_on


def freeze_route(step: Step) -> None:
    """Compute who signs and keep it with the case; standing decisions of an earlier round stay."""
    case, transfer = step.case, step.subject
    first_time = case.submitted_at is None
    case.submitted_at = case.submitted_at or step.now
    if transfer.direction != "incoming":
        _note_pupil(step)
    remark = corrections.remark(step)
    corrections.note(step)
    lay_route(step)
    told = {"asked_for": [], "objection": None, "remark": remark, "warnings": _warnings(step)}
    opening.forget(step)
    case.state = {**case.state, "submitted_by": step.actor.id, **told}
    if first_time:
        desk.open_scope(step, known={case.applicant_org_id})
        desk.set_expiry(step)


def note_decision(step: Step) -> None:
    """Keep the signature with the digest of what it relied on; a ruling also counts for the authority's own stops."""
    case = step.case
    office = step.item.org_id if step.item else None
    ruled = case.phase == "contested"
    decisions, several = dict(case.state.get("decisions", {})), joint.together(step)
    for turn, stop in enumerate(case.route):
        if turn == case.turn or (ruled and turn > case.turn and stop["org"] == office):
            decisions[key_of(stop)] = {
                "by": step.actor.id,
                "name": step.signed_by,
                "at": step.now.isoformat(),
                "relied": relied_on(step.subject, stop),
                "room": step.subject.to_class_id,
                "overruled": ruled and stop["org"] != office,
                **({"by_office": office} if step.in_place_of and not ruled and not several else {}),
                **several,
            }
    left = {key: days for key, days in case.state.get("remaining", {}).items() if key not in decisions}
    answered: dict[str, Any] = {"objection": None, "remark": None, "asked_for": []}
    case.state = {**case.state, "decisions": decisions, "remaining": left, **answered}
    step.facts["office"] = office


def note_return(step: Step) -> None:
    """Stop the office's clock; the days it had left resume when the case comes back."""
    case = step.case
    if step.item is None:
        raise NotFound
    left = {**case.state.get("remaining", {}), key_of(case.route[case.turn]): desk.remaining_days(step, step.item)}
    asked_for = list(step.payload.get("items") or [])
    case.state = {**case.state, "remaining": left, "asked_for": asked_for, "objection": _objection(step, "return")}
    case.round += 1
    step.facts["office"] = step.item.org_id


def note_refusal(step: Step) -> None:
    """Write down who refused; the stop stays the case's turn, so that somebody else can overrule it."""
    case = step.case
    stop, before = key_of(case.route[case.turn]), case.state.get("refusals", {})
    refusals = {**before, stop: step.actor.id}
    step.cache["refused_here"] = stop in before and case.phase != "contested"
    case.state = {**case.state, "refusals": refusals, "objection": _objection(step, "refuse")}
    step.facts["office"] = step.item.org_id if step.item else None
    step.facts["listed"] = step.payload.get("cause") != OTHER_CAUSE


def _objection(step: Step, action: str) -> dict[str, Any]:
    """Return what everybody who opens the case must read first: who sent it back or refused, and why."""
    return {
        "office": step.item.org_id if step.item else None,
        "action": action,
        "cause": step.payload.get("cause", ""),
        "comment": step.payload.get("comment", ""),
        "at": step.now.isoformat(),
    }


def assign_school(step: Step) -> None:
    """Let another school of this department receive the pupil; that school is asked first (guard T8)."""
    transfer = step.subject
    school = step.world.by_code[step.payload["to"]]
    transfer.to_school_id = school.id
    transfer.to_class_id = class_id(step, school.id, step.payload["to_class"])
    step.case.round += 1
    lay_route(step)
    step.facts["office"] = step.item.org_id if step.item else None
    known = set(step.session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == step.case.id)))
    desk.open_scope(step, known=known)


def lay_route(step: Step) -> None:
    """Write the stops into the case, from the schools as they are now."""
    transfer, world = step.subject, step.world
    receiving = Side(world.offices.get(transfer.to_school_id or 0), transfer.outside)
    releasing = Side(world.offices.get(transfer.from_school_id or 0), transfer.outside)
    step.case.route = route(world, receiving, releasing, stage_of(transfer.target_grade), step.today)


def class_id(step: Step, school_id: int, no: str) -> int | None:
    """Return the internal number of a school's class, or None."""
    query = select(SchoolClass.id).where(SchoolClass.school_id == school_id, SchoolClass.no == no)
    return step.session.scalar(query)


def _warnings(step: Step) -> list[dict[str, str]]:
    """What the guards gave to consider when the request was sent; whoever decides on it reads it again."""
    told = [reason for reason in verdicts(gather(step)) if reason.severity == "warn"]
    return [{"guard": one.guard, "message": one.message, "citation": one.citation} for one in told]


def _note_pupil(step: Step) -> None:
    facts = gather(step)
    if facts.student is None or facts.releasing is None or facts.school_class is None:
        raise NotFound
    transfer = step.subject
    step.case.student_id = facts.student.id
    transfer.student_version = facts.student.version
    transfer.from_school_id = facts.releasing.id
    transfer.from_class_id = facts.school_class.id
    transfer.from_grade = facts.grade
