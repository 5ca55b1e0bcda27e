"""Where the questions about a pupil without number are put, and the record they are about."""

from sqlalchemy import select

from models.organisations import SchoolClass
from models.students import Enrolment, Guardian, Student
from workflow.language import Place
from workflow.routing import department_of
from workflow.step import Step
from workflow.world import Office


def school_of(step: Step) -> Office:
    """Return the school that keeps the record, as it is today: a merged school has handed its matters on."""
    return step.world.today_s(step.world.office(step.subject.school_id))


def _school(step: Step) -> int | None:
    return school_of(step).id


def _department(step: Step) -> int | None:
    return department_of(step.world, school_of(step)).id


school = Place("school", _school)
department = Place("department", _department)


def clerk_is_here(step: Step) -> bool:
    """Tell whether the person keeps the records of the pupil's school."""
    return step.actor.holds("school_clerk", school_of(step).id)


def student_of(step: Step) -> Student:
    """Return the record; under the case's lock it is locked too, and read anew."""
    if "record" not in step.cache:
        query = select(Student).where(Student.id == step.subject.student_id)
        if step.locked:
            query = query.with_for_update().execution_options(populate_existing=True)
        step.cache["record"] = step.session.scalars(query).one()
    student: Student = step.cache["record"]
    return student


def room_of(step: Step) -> tuple[Enrolment, SchoolClass] | None:
    """Return where the pupil is enrolled now, with the class."""
    query = (
        select(Enrolment, SchoolClass)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .where(Enrolment.student_id == step.subject.student_id, Enrolment.ended_on.is_(None))
    )
    row = step.session.execute(query).first()
    return (row[0], row[1]) if row else None


def family_of(step: Step) -> list[Guardian]:
    """Return the guardians named in the record, in their order."""
    query = select(Guardian).where(Guardian.student_id == step.subject.student_id).order_by(Guardian.position)
    return list(step.session.scalars(query))
