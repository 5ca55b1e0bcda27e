"""转办, 收回, 呈请上级, 退还下级: a question goes to a colleague by name, back to the desk, or up and down again."""

from collections.abc import Iterator
from typing import Any

from models.cases import WorkItem
from workflow import climbing
from workflow.acts import people
from workflow.errors import Reason, Unmet
from workflow.language import Common, handler, holder, leader, optional, required
from workflow.noting import above
from workflow.step import Step

DECIDED = ("decide", "review", "rule", "confirm")
"""Questions that the office above can answer in place of the one below."""


def is_with_another(step: Step, item: WorkItem) -> bool:
    """Tell whether somebody else has the question by name, so that whoever leads the office may take it back."""
    return item.assignee_id not in (None, step.actor.id)


def an_office_above(step: Step) -> Iterator[Reason]:
    """Whether anybody sits there is asked when the question goes up."""
    if step.item is not None and above(step, step.world.office(step.item.org_id)) is None:
        yield _nobody("本单位上面没有可以代为办理的部门")


ALONE = "同岗位没有可以接手的其他人员"
_beside = people.named(people.at_the_same_desk, "请从名单中选择同岗位的其他人员", ALONE)


def a_colleague(step: Step) -> Iterator[Reason]:
    """Somebody else at the desk could take it. Where several are asked at once, each question has a desk of its own."""
    if len(step.open_items) == 1 and not people.at_the_same_desk(step):
        yield Reason("colleague", "block", ALONE)


def no_deputy_of_theirs(step: Step, value: Any) -> str | None:
    """The colleague sits at the same desk, and stands in for nobody who may not answer the question (C7)."""
    wrong = _beside(step, value)
    if wrong:
        return wrong
    one = people.chosen(step)
    barred = people.barred(step, step.question)
    return f"{one.name}代理的人提交或核办过本事项，须转给其他人员" if people.stood_in_for(step, one) & barred else None


def hand_on(step: Step) -> None:
    """Let a colleague have the question; whoever had it loses it. The last day stays as it was."""
    item, one = step.question, people.chosen(step)
    step.facts |= {"office": item.org_id, "item": item.id, "handed_to": people.told(one)}
    item.assignee_id, item.sent_by = one.id, step.actor.id
    step.tell("case_waiting", f"{item.queue}@{one.id}", item=item.id)


def take_back(step: Step) -> None:
    """Let everybody at the desk have the question again."""
    item = step.question
    step.facts |= {"office": item.org_id, "item": item.id}
    item.assignee_id = None
    step.tell("case_waiting", item.queue, item=item.id)


def hand_up(step: Step) -> None:
    """Put the question to the office above, whose answer counts for this one."""
    item = step.question
    found = climbing.next_desk(step, item)
    if found is None:
        raise Unmet([_nobody("上级部门现在没有可以办理的人员")])
    step.facts |= {"office": item.org_id, "item": item.id, "handed_to": {"name": found[0].name}}
    climbing.move(step, item, *found)
    item.sent_by = step.actor.id
    step.tell("case_waiting", item.queue, item=item.id)


def came_from_below(step: Step, item: WorkItem) -> bool:
    """Tell whether the question came up from a desk below, because nobody was there or its holder handed it up."""
    return climbing.desk_below(item) != ""


def somebody_below(step: Step) -> Iterator[Reason]:
    """The desk below has somebody again who may answer."""
    queue = climbing.desk_below(step.item) if step.item else ""
    if queue and not climbing.able(step, step.question, [queue]):
        office = step.world.name(int(queue.partition(":")[0]))
        yield Reason("below", "block", f"{office}现在没有可以办理的人员")


def hand_down(step: Step) -> None:
    """Put the question back to the desk below, where somebody sits again."""
    item = step.question
    step.facts |= {"office": item.org_id, "item": item.id}
    climbing.put_down(step, item)
    step.facts["handed_to"] = {"name": step.world.name(item.org_id)}
    item.sent_by = step.actor.id
    step.tell("case_waiting", item.queue, item=item.id)


def _nobody(message: str) -> Reason:
    return Reason("above", "block", message)


ACTS = {
    "reassign": Common(
        "转办",
        by=handler,
        fields=("person",),
        checks={"person": no_deputy_of_theirs},
        somebody=(a_colleague,),
        comment=optional,
        does=(hand_on,),
        consequence="转给同岗位的另一位同事办理，原办理人不再办理；期限不变。",
    ),
    "take_back": Common(
        "收回",
        by=leader,
        fits=is_with_another,
        comment=optional,
        does=(take_back,),
        consequence="收回后同岗位的人员都可以办理；期限不变。",
    ),
    "escalate": Common(
        "呈请上级办理",
        by=holder,
        kinds=DECIDED,
        needs=(an_office_above,),
        comment=required,
        does=(hand_up,),
        consequence="由上一级部门代为核办，作为本单位的意见，办理记录写明由谁代办；期限不变。",
    ),
    "hand_down": Common(
        "退还下级办理",
        by=holder,
        fits=came_from_below,
        needs=(somebody_below,),
        comment=optional,
        does=(hand_down,),
        consequence="退还给原来的单位办理，本单位不再代办；期限不变。",
    ),
}
