"""The other province: milestones our clerk enters, and the pupil who comes with the file pull (domain 4.3)."""

import datetime as dt

from sqlalchemy import select

from models.evidence import Evidence
from models.students import Student
from models.transfers import Milestone
from workflow import findings
from workflow.errors import NotFound, Reason, Unmet
from workflow.identity_key import fold_name
from workflow.payload import date_of
from workflow.routing import Stop
from workflow.step import Step
from workflow.transfers.deciding import note_decision
from workflow.transfers.path import ARRIVAL
from workflow.transfers.payload import NO_DOCUMENT, RESIDENT

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


def is_waited_for(step: Step) -> bool:
    """A milestone can only be entered where one is waited for."""
    return expected(step) is not None


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
    if values["result"] != "agreed":
        case.round += 1
    elif stop is not FILE_PULL:
        note_decision(step)
    elif step.subject.direction == "incoming":
        if not values.get("pulled"):
            raise Unmet([Reason("field", "block", "请填写调档取得的学生信息", field="pulled")])
        step.subject.pulled = values["pulled"]
    step.facts["milestone"] = stop["milestone"]
    step.private.add("pulled")


def new_student(step: Step) -> Student:
    """Create the record of a pupil who came from another province, from the pulled file."""
    transfer, pulled = step.subject, step.subject.pulled
    number = pulled.get("id_number")
    student = Student(
        name=transfer.name,
        name_key=fold_name(transfer.name),
        sex=pulled["sex"],
        birth_date=dt.date.fromisoformat(pulled["birth_date"]),
        id_type=pulled.get("id_type", RESIDENT) if number else NO_DOCUMENT,
        ethnicity=pulled.get("ethnicity", ""),
        created_at=step.now,
        version=1,
    )
    student.record_no = transfer.record_no
    if number:
        student.id_number = number.upper()
        taken = select(Student.id).where(Student.id_number.matches(number)).limit(1)
        student.disputed = step.session.scalar(taken) is not None
    student.details = {}
    step.session.add(student)
    step.session.flush()
    return student


def report(step: Step, student: Student) -> None:
    """Write down that the number of a pupil who came stands in another record too (contract 3)."""
    if student.disputed and student.id_number_index:
        same = select(Student.id).where(Student.id_number_index == student.id_number_index).order_by(Student.id)
        group = findings.Group(findings.EXACT, student.id_number_index, tuple(step.session.scalars(same)))
        findings.record(step.session, step.world, [group], step.now)


def _evidence_id(step: Step) -> int | None:
    public = step.payload.get("evidence")
    if not public:
        return None
    return step.session.scalar(select(Evidence.id).where(Evidence.public_id == public))
