"""催办: whoever takes part reminds those who have the case, each of them once a day (B11)."""

from collections.abc import Iterator

from models.cases import WorkItem
from workflow import rights, suspension
from workflow.errors import Reason
from workflow.language import Common, optional, party
from workflow.problems import sight
from workflow.problems.lists import OF_SIDES
from workflow.step import Step


def waits_for_others(step: Step) -> bool:
    """Tell whether somebody else than the actor himself has something to answer."""
    return bool(with_others(step)) or any(not rights.holds(step, item) for item in _at_home(step))


def with_others(step: Step) -> list[WorkItem]:
    """Return the questions that lie elsewhere; of a problem record only those of sides that the actor may see."""
    away = [item for item in _meant(step) if item.org_id not in step.actor.org_ids]
    if step.case.process not in OF_SIDES or (step.case.process == "problem" and sight.sees_all(step)):
        return away
    if step.case.process == "undo":
        return []
    own = {side.no for side in sight.visible_sides(step)}
    return [item for item in away if item.kind == "review" and item.turn in own]


def _at_home(step: Step) -> list[WorkItem]:
    """Return the questions that lie with the actor's own offices."""
    return [item for item in _meant(step) if item.org_id in step.actor.org_ids]


def _meant(step: Step) -> list[WorkItem]:
    turn = step.payload.get("turn")
    return [item for item in step.open_items if turn in (None, item.turn)]


def not_at_home(step: Step) -> Iterator[Reason]:
    """Colleagues of one office speak with each other."""
    if not with_others(step) and not suspension.running(step.case, step.today):
        yield Reason("urge", "block", "现在由本单位办理，同单位的同事请直接联系，不用催办")


def not_twice_a_day(step: Step) -> Iterator[Reason]:
    if with_others(step) and not _to_urge(step):
        yield Reason("urge", "block", "今天已经催办过，明天可以再催")


def urge(step: Step) -> None:
    """Remind them, and remember the day with each question."""
    for item in _to_urge(step):
        item.due_rule = {**item.due_rule, "urged": step.today.isoformat()}
        step.tell("urged", f"{item.queue}@{item.assignee_id}" if item.assignee_id else item.queue, item=item.id)
    here = sorted(step.actor.org_ids, key=lambda org: step.actor.sits_for(org) is not None)
    step.facts["office"] = here[0]


def _to_urge(step: Step) -> list[WorkItem]:
    return [item for item in with_others(step) if item.due_rule.get("urged") != step.today.isoformat()]


ACTS = {
    "urge": Common(
        "催办",
        by=party,
        when=waits_for_others,
        explained=True,
        otherwise="现在没有等待别人办理的环节，不用催办",
        needs=(not_at_home, not_twice_a_day),
        comment=optional,
        does=(urge,),
        consequence="马上提醒现在的办理人；同一环节每天只能催办一次。",
    ),
}
