"""Where the questions of an ID error are put, and the record they are about."""

from sqlalchemy import select

from models.id_errors import IdError
from models.students import Enrolment, Student
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


def student_of(step: Step) -> Student:
    """Return the record; under the case's lock it is locked too, and read anew."""
    if "record" not in step.cache:
        error: IdError = step.subject
        query = select(Student).where(Student.id == error.student_id)
        if step.locked:
            query = query.with_for_update().execution_options(populate_existing=True)
        step.cache["record"] = step.session.scalars(query).one()
    student: Student = step.cache["record"]
    return student


def spell_of(step: Step) -> Enrolment | None:
    """Return where the pupil is enrolled now."""
    query = select(Enrolment).where(Enrolment.student_id == step.subject.student_id, Enrolment.ended_on.is_(None))
    return step.session.scalars(query).one_or_none()


def class_of(step: Step) -> int | None:
    """Return the number of the pupil's class, whose teacher is told."""
    spell = spell_of(step)
    return spell.class_id if spell else None
