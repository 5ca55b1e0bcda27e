"""抄送 and 已阅: an office, or somebody by name, is shown the case; nothing waits for him (B9)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from models.cases import CaseScope
from workflow import desk, rights
from workflow.acts import people
from workflow.errors import Reason
from workflow.language import Common, handler, holder, optional
from workflow.problems.lists import OF_SIDES
from workflow.step import Step
from workflow.world import Office

MOST = 20
"""Copies of one case that nobody has read yet."""


def room_for_one_more(step: Step) -> Iterator[Reason]:
    unread = [item for item in step.all_open if item.due_rule.get("by_hand")]
    if len(unread) >= MOST:
        yield Reason("copy", "block", f"已有 {MOST} 份抄送还没有阅读")


def offices(step: Step) -> list[Office]:
    """Return which offices may get a copy: those around the case and above them, and those under the actor's own.

    A side of a problem record knows of none but its own line.
    """
    near = people.offices(step)
    if step.case.process not in OF_SIDES:
        near = near | rights.audience(step) | {one for own in step.actor.org_ids for one in step.world.below(own)}
    found = (step.world.office(number) for number in near)
    return sorted((one for one in found if one.closed_on is None), key=lambda one: one.path)


def whom(step: Step, value: Any) -> str | None:
    """The code or name of an office, or somebody by name; what was found is kept with the step."""
    found = next((one for one in offices(step) if value in (one.code, one.name)), None)
    if found is None:
        return _person(step, value)
    step.cache["named_office"] = found
    step.private.add("person")
    return None


_person = people.named(
    people.may_be_asked,
    "没有这个单位或人员；可以抄送参与本事项的单位、其上级和本部门下属单位，以及这些单位的人员",
    "没有可以抄送的人员",
    people.below,
)


def send(step: Step) -> None:
    """Lay the copy; an office that did not see the case before sees it from now on, a person only he himself."""
    of = step.question
    office: Any = step.cache.get("named_office")
    one = None if office else people.chosen(step)
    queue, person = (one.queue, one.id) if one else (rights.leaders_of(office), None)
    step.facts |= {"office": of.org_id, "handed_to": people.told(one) if one else {"name": office.name}}
    if not _lies_there(step, queue, person):
        desk.lay_copy(step, queue, of, person)
        known = set(step.session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == step.case.id)))
        desk.open_scope(step, known)
    step.tell("copied", f"{queue}@{person}" if person else queue)


def _lies_there(step: Step, queue: str, person: int | None) -> bool:
    return any(item.kind == "copy" and (item.queue, item.assignee_id) == (queue, person) for item in step.all_open)


def read(step: Step) -> None:
    """Take the copy off the desk."""
    item = step.question
    desk.close(step, "read", [item])
    step.facts |= {"office": item.org_id, "item": item.id}


ACTS = {
    "copy": Common(
        "抄送",
        by=handler,
        fields=("person",),
        checks={"person": whom},
        needs=(room_for_one_more,),
        comment=optional,
        does=(send,),
        consequence="对方可以查看本事项，不需要办理，也不影响办理；抄送单位的，由该单位负责人阅知。",
    ),
    "read": Common(
        "已阅",
        by=holder,
        kinds=("copy",),
        does=(read,),
        after_end=True,
        tone="primary",
        consequence="从抄送中移去，以后仍可查看。",
    ),
}
CHOICES = {"copy": people.may_be_asked}
