"""Who reads a full name on the page of a case."""

from workflow import rights
from workflow.step import Step


def sees_names(step: Step) -> bool:
    """Full names are for the two schools; offices that decide need them too; everybody else sees a masked name."""
    return bool(step.actor.org_ids & rights.involved(step))
