"""Class, family and clerk of a pupil without number; what else his case asks about is in workflow.one_record."""

from sqlalchemy import select

from models.organisations import SchoolClass
from models.students import Enrolment, Guardian
from workflow.one_record import school_of
from workflow.step import Step


def clerk_is_here(step: Step) -> bool:
    """Tell whether the person keeps the records of the pupil's school."""
    return step.actor.holds("school_clerk", school_of(step).id)


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
