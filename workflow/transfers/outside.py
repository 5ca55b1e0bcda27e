"""The other province: milestones our clerk enters, and the pupil who comes with the file pull (domain 4.3)."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from models.evidence import Evidence
from models.students import Student
from models.transfers import Milestone
from workflow.errors import NotFound, Reason
from workflow.identity_key import fold_name
from workflow.payload import date_of
from workflow.routing import Stop
from workflow.step import Step
from workflow.transfers.deciding import note_decision
from workflow.transfers.path import ARRIVAL

FILE_PULL: Stop = {"milestone": "file_pull", "org": None, "role": "school_clerk", "phase": ARRIVAL}
MILESTONE_NAMES = {
    "relay_check": "全国系统核验",
    "school_opinion": "外省转出学校意见",
    "dept_opinion": "外省转出方主管部门意见",
    "file_pull": "调档",
}


def expected(step: Step) -> Stop | None:
    """Return the milestone that is waited for now, or None when our own offices are asked."""
    case, transfer = step.case, step.subject
    if case.phase == ARRIVAL:
        waiting = transfer.direction == "outgoing" or (transfer.direction == "incoming" and not transfer.pulled_sealed)
        return FILE_PULL if waiting else None
    if case.turn < len(case.route) and case.route[case.turn].get("milestone"):
        stop: Stop = case.route[case.turn]
        return stop
    return None


def is_expected(step: Step) -> list[Reason]:
    """A milestone can only be entered where one is waited for."""
    if expected(step):
        return []
    return [Reason("milestone", "block", "现在没有需要登记的外省办理结果", "跨省环节在全国系统中办理，本地登记")]


def note_milestone(step: Step) -> None:
    """Keep what the other province did: date, result, scan. A file pull brings the pupil's data along."""
    case, values, stop = step.case, step.payload, expected(step)
    if stop is None:
        raise NotFound
    step.session.add(
        Milestone(
            case_id=case.id,
            round=case.round,
            turn=case.turn,
            kind=stop["milestone"],
            result=values["result"],
            on_date=date_of(values["on_date"]),
            evidence_id=_evidence_id(step),
            entered_by=step.actor.id,
            entered_at=step.now,
        )
    )
    if stop is FILE_PULL:
        step.subject.pulled = values.get("pulled")
    elif values["result"] == "agreed":
        note_decision(step)
    else:
        case.round += 1
    step.facts["milestone"] = stop["milestone"]
    step.private.add("pulled")


def new_student(step: Step) -> Student:
    """Create the record of a pupil who came from another province, from the pulled file."""
    transfer, pulled = step.subject, step.subject.pulled
    student = Student(
        name=transfer.name,
        name_key=fold_name(transfer.name),
        sex=pulled["sex"],
        birth_date=dt.date.fromisoformat(pulled["birth_date"]),
        id_type=pulled.get("id_type", "1"),
        ethnicity=pulled.get("ethnicity", ""),
        created_at=step.now,
        version=1,
    )
    student.record_no = transfer.record_no
    if pulled.get("id_number"):
        student.id_number = pulled["id_number"]
        student.disputed = _number_is_taken(step, pulled["id_number"])
    student.details = {}
    step.session.add(student)
    step.session.flush()
    return student


def _number_is_taken(step: Step, number: str) -> bool:
    query: Any = select(Student.id).where(Student.id_number.matches(number)).limit(1)
    return step.session.scalar(query) is not None


def _evidence_id(step: Step) -> int | None:
    public = step.payload.get("evidence")
    if not public:
        return None
    query = select(Evidence.id).where(Evidence.public_id == public, Evidence.case_id == step.case.id)
    return step.session.scalar(query)
