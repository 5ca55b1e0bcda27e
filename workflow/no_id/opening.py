"""From a record without number to a case: the worker opens it, and ends those whose pupil left or has a number now."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.no_id import NoIdNumber
from models.people import SYSTEM_PERSON_ID
from models.students import Enrolment, Student
from workflow import desk, engine, opening, processes
from workflow.key_data import NO_DOCUMENT
from workflow.routing import department_of
from workflow.step import Actor, Step
from workflow.world import World


def waiting(session: Session, limit: int = 100) -> list[int]:
    """Return pupils who are enrolled without a number and have no running case, in the order of their records."""
    running = (
        select(Case.id)
        .join(NoIdNumber, NoIdNumber.case_id == Case.id)
        .where(NoIdNumber.student_id == Student.id, Case.closed_at.is_(None))
    )
    query = (
        select(Student.id)
        .join(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .where(Student.id_number_index.is_(None), Student.retired_at.is_(None), Student.id_type == NO_DOCUMENT)
        .where(~running.exists())
    )
    return list(session.scalars(query.order_by(Student.id).limit(limit)))


def open_no_id(session: Session, world: World, student_id: int, now: dt.datetime) -> Case | None:
    """Open the case of a pupil without number at the school where he is enrolled. The caller commits.

    None when somebody was faster, or there is a number by now.
    """
    student = session.scalars(select(Student).where(Student.id == student_id).with_for_update()).one()
    spell = session.scalars(
        select(Enrolment).where(Enrolment.student_id == student.id, Enrolment.ended_on.is_(None))
    ).one_or_none()
    if spell is None or student.id_number_index is not None or _is_running(session, student.id):
        return None
    actor = Actor(SYSTEM_PERSON_ID, "系统")
    school = world.today_s(world.office(spell.school_id))
    process = processes.newest("no_id")
    case = opening.open_case(session, process, actor, school, world, now, student_id=student.id)
    case.submitted_at, case.state = now, {"parties": [school.id]}
    department = department_of(world, school)
    subject = NoIdNumber(case_id=case.id, student_id=student.id, school_id=school.id, department_id=department.id)
    session.add(subject)
    session.flush()
    step = Step(session, case, subject, [], actor, world, now, {}, process)
    opening.first_event(step)
    desk.begin(step, process)
    desk.open_scope(step, known={school.id})
    desk.send(step)
    session.flush()
    return case


def pointless(session: Session, world: World) -> list[tuple[str, str]]:
    """Return running cases that are over, with the action that ends each: `leave` or `note_obtained`."""
    elsewhere = Enrolment.id.is_(None) | (Enrolment.school_id != NoIdNumber.school_id)
    query = (
        select(Case.no, NoIdNumber.school_id, Student.retired_at, Student.id_number_index, Enrolment.school_id)
        .join(NoIdNumber, NoIdNumber.case_id == Case.id)
        .join(Student, Student.id == NoIdNumber.student_id)
        .outerjoin(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .where(Case.closed_at.is_(None))
        .where(Student.retired_at.is_not(None) | Student.id_number_index.is_not(None) | elsewhere)
    )
    found = []
    for no, school_id, retired_at, index, now_at in session.execute(query.order_by(Case.id)):
        if retired_at is not None or now_at is None or _today_s(world, now_at) != _today_s(world, school_id):
            found.append((no, "leave"))
        elif index is not None:
            found.append((no, "note_obtained"))
    return found


def end(session: Session, no: str, action: str, now: dt.datetime) -> None:
    """End a case as the system. The caller commits."""
    case = session.scalars(select(Case).where(Case.no == no)).one()
    key = f"{action}:{no}:{case.revision}"
    engine.do(session, no, action, SYSTEM_PERSON_ID, now=now, key=key, seen_revision=None)


def _today_s(world: World, school_id: int) -> int:
    return world.today_s(world.office(school_id)).id


def _is_running(session: Session, student_id: int) -> bool:
    query = select(Case.id).join(NoIdNumber, NoIdNumber.case_id == Case.id)
    running = query.where(NoIdNumber.student_id == student_id, Case.closed_at.is_(None))
    return session.scalar(running.limit(1)) is not None
