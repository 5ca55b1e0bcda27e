"""What processes about one pupil's record share: the school that keeps it, that school's department, the record."""

from sqlalchemy import select

from models.students import Student
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
        query = select(Student).where(Student.id == step.subject.student_id)
        if step.locked:
            query = query.with_for_update().execution_options(populate_existing=True)
        step.cache["record"] = step.session.scalars(query).one()
    student: Student = step.cache["record"]
    return student
