"""认领 and 放回: one of several colleagues at a desk says that he is on it, so that nobody decides beside him."""

from models.cases import WorkItem
from workflow.language import Common, holder
from workflow.step import Step


def is_free(step: Step) -> bool:
    """Tell whether a question lies on the actor's desk that nobody took for himself."""
    return any(item.assignee_id is None and item.queue in step.actor.queues for item in step.open_items)


def is_mine(step: Step) -> bool:
    """Tell whether the actor took a question for himself from a desk at which he still sits."""
    return any(_taken_by_actor(step, item) for item in step.open_items)


def take(step: Step) -> None:
    """Let the question be the actor's; colleagues see who has it and cannot answer it meanwhile."""
    assert step.item is not None
    step.item.assignee_id = step.actor.id
    step.facts["office"] = step.item.org_id


def put_back(step: Step) -> None:
    """Let the question be everybody's at the desk again."""
    assert step.item is not None
    step.item.assignee_id = None
    step.facts["office"] = step.item.org_id


def _taken_by_actor(step: Step, item: WorkItem) -> bool:
    return item.assignee_id == step.actor.id and item.queue in step.actor.queues


ACTS = {
    "claim": Common(
        "认领",
        by=holder,
        when=is_free,
        does=(take,),
        quiet=True,
        consequence="由您办理，同岗位的同事能看到；可以随时放回。",
    ),
    "release": Common(
        "放回",
        by=holder,
        when=is_mine,
        does=(put_back,),
        quiet=True,
        consequence="放回后同岗位的同事都可以办理。",
    ),
}
