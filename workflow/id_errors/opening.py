"""From a fault to a case: the worker opens one for each faulty record, and ends those that became pointless."""

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.id_errors import IdError, IdFault
from models.people import SYSTEM_PERSON_ID
from models.problems import ProblemSide
from models.students import Enrolment, Student
from workflow import desk, engine, opening, processes
from workflow.id_errors.checking import open_faults
from workflow.id_errors.lists import KINDS
from workflow.id_errors.places import class_of
from workflow.routing import department_of
from workflow.step import Actor, Step
from workflow.world import World


def waiting(session: Session, limit: int = 100) -> list[int]:
    """Return faulty records that no case deals with, the longest known first.

    A record that is on its way to another school, or one of several with the same number, waits for that to end.
    """
    over = select(Case.id).where(Case.id == IdFault.case_id, Case.closed_at.is_not(None)).exists()
    busy = select(Case.id).where(
        Case.student_id == IdFault.student_id,
        Case.closed_at.is_(None),
        Case.submitted_at.is_not(None),
        Case.parent_id.is_(None),
        Case.process != "no_id",
    )
    side = (
        select(ProblemSide.id)
        .join(Case, Case.id == ProblemSide.case_id)
        .where(ProblemSide.student_id == IdFault.student_id, Case.closed_at.is_(None))
    )
    query = (
        select(IdFault.student_id)
        .join(Student, Student.id == IdFault.student_id)
        .join(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .where(IdFault.state == "open", or_(IdFault.case_id.is_(None), over), Student.retired_at.is_(None))
        .where(~busy.exists(), ~side.exists())
    )
    return list(dict.fromkeys(session.scalars(query.order_by(IdFault.id).limit(limit))))


def open_error(session: Session, world: World, student_id: int, now: dt.datetime) -> Case | None:
    """Open the case of a faulty record and ask its school. The caller commits.

    None when there is nothing to open: the faults are gone, somebody was faster, or the pupil is enrolled nowhere.
    """
    student = session.scalars(select(Student).where(Student.id == student_id).with_for_update()).one()
    faults = open_faults(session, student.id)
    spell = session.scalars(
        select(Enrolment).where(Enrolment.student_id == student.id, Enrolment.ended_on.is_(None))
    ).one_or_none()
    if not faults or spell is None or student.retired_at is not None or _running(session, faults):
        return None
    actor = Actor(SYSTEM_PERSON_ID, "系统")
    school = world.today_s(world.office(spell.school_id))
    process = processes.newest("id_error")
    case = opening.open_case(session, process, actor, school, world, now, student_id=student.id)
    case.submitted_at, case.state = now, {"parties": [school.id]}
    found = {fault.kind for fault in faults}
    error = IdError(
        case_id=case.id,
        student_id=student.id,
        school_id=school.id,
        department_id=department_of(world, school).id,
        kinds=[kind for kind in KINDS if kind in found],
        details=[code for fault in faults for code in fault.details],
    )
    session.add(error)
    for fault in faults:
        fault.case_id = case.id
    session.flush()
    step = Step(session, case, error, [], actor, world, now, {}, process)
    opening.first_event(step)
    step.tell("id_error_class", f"{school.id}:class_teacher:{class_of(step)}")
    desk.begin(step, process)
    desk.open_scope(step, known={school.id})
    desk.send(step)
    session.flush()
    return case


def pointless(session: Session, limit: int = 100) -> list[str]:
    """Return running cases whose record has no fault any more, was retired, or is enrolled nowhere."""
    faulty = select(IdFault.id).where(IdFault.student_id == IdError.student_id, IdFault.state == "open").exists()
    enrolled = (
        select(Enrolment.id).where(Enrolment.student_id == IdError.student_id, Enrolment.ended_on.is_(None)).exists()
    )
    query = (
        select(Case.no)
        .join(IdError, IdError.case_id == Case.id)
        .join(Student, Student.id == IdError.student_id)
        .where(Case.closed_at.is_(None), or_(~faulty, ~enrolled, Student.retired_at.is_not(None)))
    )
    return list(session.scalars(query.order_by(Case.id).limit(limit)))


def settle(session: Session, no: str, now: dt.datetime) -> None:
    """End a case in which nothing is left to do. The caller commits."""
    case = session.scalars(select(Case).where(Case.no == no)).one()
    key = f"settle:{no}:{case.revision}"
    engine.do(session, no, "settle", SYSTEM_PERSON_ID, now=now, key=key, seen_revision=None)


def _running(session: Session, faults: list[IdFault]) -> bool:
    numbers = [fault.case_id for fault in faults if fault.case_id]
    query = select(Case.id).where(Case.id.in_(numbers), Case.closed_at.is_(None))
    return bool(numbers) and session.scalar(query.limit(1)) is not None
