"""认领 and 放回: one of several colleagues at a desk says that he is on it, so that nobody decides beside him."""

from models.cases import WorkItem
from workflow.acts import people
from workflow.language import Common, holder
from workflow.step import Step


def is_free(step: Step, item: WorkItem) -> bool:
    """Tell whether nobody took the question for himself yet, and the actor may answer it."""
    return item.assignee_id is None and people.may_answer(step, item)


def is_taken(step: Step, item: WorkItem) -> bool:
    """Tell whether somebody who still sits at the desk took the question for himself."""
    return item.assignee_id is not None and item.queue in step.actor.queues


def take(step: Step) -> None:
    """Let the question be the actor's, or his principal's; colleagues see who has it and cannot answer it meanwhile."""
    assert step.item is not None
    step.item.assignee_id = step.acting_for.person_id if step.acting_for else step.actor.id
    step.facts["office"] = step.item.org_id


def put_back(step: Step) -> None:
    """Let the question be everybody's at the desk again."""
    assert step.item is not None
    step.item.assignee_id = None
    step.facts["office"] = step.item.org_id


ACTS = {
    "claim": Common(
        "认领",
        by=holder,
        fits=is_free,
        does=(take,),
        consequence="由您办理，同岗位的同事能看到；可以随时放回。",
    ),
    "release": Common(
        "放回",
        by=holder,
        fits=is_taken,
        does=(put_back,),
        consequence="放回后同岗位的同事都可以办理。",
    ),
}
