"""Where the pupil with an ID error is enrolled now; what else his case asks about is in workflow.one_record."""

from sqlalchemy import select

from models.students import Enrolment
from workflow.step import Step


def spell_of(step: Step) -> Enrolment | None:
    """Return where the pupil is enrolled now."""
    query = select(Enrolment).where(Enrolment.student_id == step.subject.student_id, Enrolment.ended_on.is_(None))
    return step.session.scalars(query).one_or_none()


def class_of(step: Step) -> int | None:
    """Return the number of the pupil's class, whose teacher is told."""
    spell = spell_of(step)
    return spell.class_id if spell else None
