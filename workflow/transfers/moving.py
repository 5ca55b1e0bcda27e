"""How a record moves: enrolments, status changes, the certificate's number and the paper file that follows."""

import datetime as dt
from typing import cast

from sqlalchemy import Table

from models import crypto
from models.base import new_public_id
from models.cases import Case
from models.certificates import Certificate
from models.students import Enrolment, StatusChange, Student
from models.text import canonical
from workflow import desk, journal, ledger, opening
from workflow.errors import NotFound, Reason, Unmet
from workflow.payload import date_of
from workflow.processes.paper_file import PaperFile
from workflow.step import Intent, Step
from workflow.transfers import outside
from workflow.transfers.certificate import frozen_facts
from workflow.transfers.facts import gather

CASE = cast(Table, Case.__table__)
CERTIFICATE = cast(Table, Certificate.__table__)
ENROLMENT = cast(Table, Enrolment.__table__)
STATUS_CHANGE = cast(Table, StatusChange.__table__)


def pupil_comes_to_us(step: Step) -> bool:
    """Tell whether somebody reports at one of our schools; of a pupil who leaves the province the file is pulled."""
    return bool(step.subject.direction != "outgoing")


def move_record(step: Step) -> None:
    """Close the enrolment at the releasing school and open one at the receiving school (domain 4.1, effect)."""
    transfer = step.subject
    transfer.arrived_on = _day(step)
    if transfer.direction == "incoming":
        student = outside.new_student(step)
    else:
        student = _leaving(step)
        leave(step, student)
    spell = {
        "student_id": student.id,
        "school_id": transfer.to_school_id,
        "class_id": transfer.to_class_id,
        "started_on": transfer.arrived_on,
    }
    step.rows.append((ENROLMENT, spell))
    student.version += 1
    step.case.student_id = student.id
    step.cache["moved"] = student
    _write_change(step, student, "22")
    if transfer.direction == "incoming":
        ledger.write(step.session, step.rows)
        outside.report(step, student)


def release_if_pulled(step: Step) -> None:
    """Close the enrolment of a pupil whose file another province has pulled."""
    transfer = step.subject
    if transfer.direction != "outgoing" or step.case.phase != "arrival" or step.payload["result"] != "agreed":
        return
    transfer.arrived_on = _day(step)
    student = _leaving(step)
    leave(step, student)
    student.status = "10"
    student.version += 1


def leave(step: Step, student: Student) -> None:
    """End the open enrolment; the school keeps a sealed copy of the record to read (domain 4.1, effect)."""
    old = gather(step).enrolment
    if old is None:
        raise NotFound
    if step.subject.arrived_on < old.started_on:
        raise Unmet([Reason("field", "block", f"日期不能早于在原校入学的 {old.started_on}", field="on_date")])
    step.take(student)
    old.ended_on, old.end_code = step.subject.arrived_on, "21"
    old.copy_sealed = _read_only_copy(student, old)
    step.session.flush()  # before another one opens: the database allows one open enrolment
    _write_change(step, student, "21")


def issue_certificate(step: Step) -> None:
    """Give the 转学证明 its number and freeze its facts; the paper is printed after the commit."""
    case, office = step.case, step.world.office(step.subject.to_school_id)
    _draw_numbers(step)
    serial = step.numbers.serial(_certificate_series(step))
    certificate = Certificate(
        id=step.numbers.draw(CERTIFICATE),
        code=new_public_id(),
        number=f"转证〔{step.today.year}〕{office.code}-{serial:04d}",
        kind="transfer",
        case_id=case.id,
        student_id=case.student_id,
        org_id=office.id,
        issued_at=step.now,
    )
    certificate.facts = frozen_facts(step, step.cache["moved"])
    step.rows.append(ledger.added(certificate))
    step.intents.append(Intent("certificate", "print", str(certificate.id), {"certificate": certificate.id}))
    step.facts["certificate"] = certificate.number


def open_paper_file(step: Step) -> None:
    """Open the linked case of the paper file, due a month later (domain 4.1, row 6). Inside the province only."""
    transfer = step.subject
    if transfer.direction != "inside":
        return
    serial = step.numbers.serial(_paper_file_series(step))
    office = step.world.office(transfer.from_school_id)
    case = opening.new_case(PaperFile, serial, step.actor, office, step.now, parent_id=step.case.id)
    case.id = step.numbers.draw(CASE)
    case.state = {"from": transfer.from_school_id, "to": transfer.to_school_id}
    case.submitted_at = step.now
    linked = Step(step.session, case, None, [], step.actor, step.world, step.now, process=PaperFile)
    linked.rows, linked.numbers = step.rows, step.numbers
    journal.note(linked, "open", "", case.phase)
    desk.ask(linked, PaperFile.phases[case.phase])
    desk.post(linked)
    desk.open_scope(linked, known=set())
    step.rows.append(ledger.added(case))


def _draw_numbers(step: Step) -> None:
    """Have ready what certificate and paper file are numbered by, in two questions."""
    inside = step.subject.direction == "inside"
    step.numbers.prepare(CERTIFICATE, *([CASE] if inside else []))
    step.numbers.prepare_serials(_certificate_series(step), *([_paper_file_series(step)] if inside else []))


def _certificate_series(step: Step) -> str:
    return f"certificate:transfer:{step.today.year}:{step.world.office(step.subject.to_school_id).code}"


def _paper_file_series(step: Step) -> str:
    return opening.series_of(PaperFile, step.world.office(step.subject.from_school_id), step.now)


def _leaving(step: Step) -> Student:
    student = gather(step).student
    if student is None:
        raise NotFound
    return student


def _day(step: Step) -> dt.date:
    return date_of(step.payload.get("on_date")) or step.today


def _read_only_copy(student: Student, spell: Enrolment) -> bytes:
    """Return the record as it is today, sealed under the pupil's key."""
    copy = {
        "name": student.name,
        "sex": student.sex,
        "birth_date": student.birth_date.isoformat(),
        "id_type": student.id_type,
        "id_number": student.id_number,
        "record_no": student.record_no,
        "details": student.details,
        "class_id": spell.class_id,
    }
    key = crypto.unwrap(student.data_key or b"")
    return crypto.seal(key, canonical(copy), crypto.place("enrolment", "copy_sealed", student.public_id))


def _write_change(step: Step, student: Student, code: str) -> None:
    transfer, world = step.subject, step.world
    abroad = (transfer.outside or {}).get("school", "")
    facts = {
        "from": world.name(transfer.from_school_id) or abroad,
        "to": world.name(transfer.to_school_id) or abroad,
        "from_grade": transfer.from_grade,
        "to_grade": transfer.target_grade,
        "status": student.status,
    }
    change = {
        "student_id": student.id,
        "code": code,
        "reason": transfer.reason,
        "on_date": transfer.arrived_on or step.today,
        "case_id": step.case.id,
        "document_no": step.case.no,
        "facts": facts,
    }
    step.rows.append((STATUS_CHANGE, change))
