"""委派: whoever decides asks somebody for advice, which comes back as words; the question stays his (engine 2.8)."""

from collections.abc import Iterator

from models.cases import WorkItem
from workflow import desk
from workflow.acts import people
from workflow.colleagues import Colleague
from workflow.errors import Reason
from workflow.language import Common, Question, holder, required
from workflow.step import Step

MOST = 5
"""So many may be asked for advice on one question at a time."""


def room_for_one_more(step: Step) -> Iterator[Reason]:
    if step.item is not None and len(_asked(step, step.item)) >= MOST:
        yield Reason("consult", "block", f"这一步已向 {MOST} 人征求意见，请等答复后再问")


def _not_asked_yet(step: Step) -> list[Colleague]:
    """Return who may be asked: nobody twice about the same question, and nobody who decides it anyway."""
    busy = {item.assignee_id for item in _asked(step, step.item)} if step.item else set()
    return [one for one in people.may_be_asked(step) if one.id not in busy]


def ask(step: Step) -> None:
    """Lay the request before the person; what is asked stands in the event."""
    parent, one = step.question, people.chosen(step)
    question = Question(
        one.org_id, one.role, "advise", "consult.days", turn=parent.turn, purpose="consulted", person=one.id,
        advice_on=parent.id,
    )  # fmt: skip
    asked = desk.put(step, question)
    step.facts |= {"office": parent.org_id, "item": asked.id, "handed_to": people.told(one)}


def answer(step: Step) -> None:
    """Keep the advice with the case, and tell whoever asked."""
    item = step.question
    desk.close(step, "advise", [item])
    step.facts |= {"office": item.org_id, "item": item.id}
    parent = next((one for one in step.items if one.id == item.due_rule["advice_on"]), None)
    if parent is not None:
        step.facts["for_office"] = parent.org_id
    if parent is not None and parent.open:
        by_name = f"@{parent.assignee_id}" if parent.assignee_id else ""
        step.tell("advised", f"{parent.queue}{by_name}", item=parent.id)


def drop(step: Step) -> None:
    """Ask no longer: the requests that nobody answered yet go away."""
    parent = step.question
    waiting = _asked(step, parent)
    desk.close(step, "drop_consult", waiting)
    step.facts |= {"office": parent.org_id, "item": parent.id}


def has_asked(step: Step, item: WorkItem) -> bool:
    return bool(_asked(step, item))


def _asked(step: Step, parent: WorkItem) -> list[WorkItem]:
    """Return the requests about a question that are not answered yet."""
    return [one for one in step.all_open if one.kind == "advise" and one.due_rule.get("advice_on") == parent.id]


ACTS = {
    "consult": Common(
        "征求意见",
        by=holder,
        fields=("person",),
        checks={
            "person": people.named(
                _not_asked_yet,
                "没有这个人员，或者已向他征求；可以问参与本事项的单位和本部门下属单位的人员",
                "没有可以征求意见的人员",
                people.below,
            )
        },
        needs=(room_for_one_more,),
        comment=required,
        does=(ask,),
        consequence="请对方提出意见，答复写入办理记录；本事项仍由您办理，期限不变，不必等到答复。",
    ),
    "drop_consult": Common(
        "不再征求意见",
        by=holder,
        fits=has_asked,
        does=(drop,),
        consequence="撤去还没有答复的征求意见；已经答复的保留。",
    ),
    "advise": Common(
        "答复意见",
        by=holder,
        kinds=("advise",),
        settled_by=("advise", "drop_consult"),
        comment=required,
        does=(answer,),
        tone="primary",
        consequence="意见写入办理记录，供办理人参考；是否同意仍由办理人决定。",
    ),
}  # fmt: skip
CHOICES = {"consult": _not_asked_yet}
