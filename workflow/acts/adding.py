"""加签 and 减签: whoever is asked lets a colleague sign before, beside or after himself, and takes that back.

An added signer agrees or objects and decides nothing: the question is decided by whoever was asked. His consent counts
when those he added have agreed too; what one of them objects to comes back to him. Nobody is added who may not sign.
"""

from typing import Any

from workflow import desk, joint
from workflow.acts import people
from workflow.colleagues import Colleague
from workflow.errors import Reason
from workflow.language import FOR, Common, Each, holder, optional, party
from workflow.step import Step

MOST = 5
WHERE = {
    joint.BEFORE: "前加签：他先签，签后由我办理",
    joint.BESIDE: "并加签：他和我同时签，都同意才算",
    joint.AFTER: "后加签：我同意后由他签，他同意才算",
}
"""When the added person signs."""


def is_signed_for(step: Step, item: Any) -> bool:
    """Tell whether the question is one that the actor may agree to; one that lies above in somebody's place is not."""
    several = isinstance(step.process.phases[item.phase].asks, Each)
    agreed = any(one.votes == FOR and one.leaves(item.phase) for one in step.process.actions.values())
    return agreed and not several and "instead_of" not in item.due_rule and people.may_answer(step, item)


def who_may_sign(step: Step) -> list[Colleague]:
    """Return the colleagues of the office who may sign this question: once each, and nobody who is barred (C7)."""
    item = step.item
    if item is None:
        return []
    out = {step.actor.id, item.assignee_id, *step.actor.principals, *joint.unanswered(step), *people.barred(step, item)}
    out |= {one.assignee_id for one in joint.group(step)}
    found: dict[int, Colleague] = {}
    for one in people.around(step):
        if one.org_id == item.org_id and one.id not in out:
            found.setdefault(one.id, one)
    return list(found.values())


def those_added(step: Step) -> list[Colleague]:
    """Return the added signers who have not answered."""
    waiting = joint.unanswered(step)
    return list({one.id: one for one in people.around(step) if one.id in waiting}.values())


def somebody_is_added(step: Step) -> bool:
    return bool(joint.unanswered(step))


def not_too_many(step: Step) -> list[Reason]:
    full = len(joint.unanswered(step)) >= MOST
    return [Reason("signers", "block", f"待签的加签人最多 {MOST} 位")] if full else []


def added_by_actor(step: Step) -> list[Reason]:
    """Only whoever added somebody takes him off again, or his deputy."""
    own = {note["by"] for note in joint.unanswered(step).values()}
    return [] if step.had_a_hand(own) else [Reason("signers", "block", "只有加签的人可以减签")]


def own_signer(step: Step, value: Any) -> str | None:
    """The one to be taken off was added by the actor."""
    wrong = _added(step, value)
    if wrong:
        return wrong
    note = joint.unanswered(step)[people.chosen(step).id]
    return None if step.had_a_hand({note["by"]}) else "这一位由他人加签，只能由加签的人减签"


_colleague = people.named(who_may_sign, "请从名单中选择本单位可以签署的人员", "本单位没有可以加签的人员")
_added = people.named(those_added, "请从名单中选择还没有签署的加签人", "没有待签的加签人")


def _where(step: Step, value: Any) -> str | None:
    return None if isinstance(value, str) and value in WHERE else "请选择前加签、并加签或后加签"


def add(step: Step) -> None:
    """Ask the colleague now, or note that his turn comes; the office's term stays as it is."""
    item, one, where = step.item, people.chosen(step), step.payload["where"]
    assert item is not None
    step.facts |= {"office": item.org_id, "item": item.id, "handed_to": people.told(one)}
    seat = {"org": one.org_id, "role": one.role, "person": one.id, "name": one.name}
    question = joint.add(step, item, seat, where, str(item.due_rule.get("policy", "node.transfer")))
    if question:
        desk.put(step, question)


def remove(step: Step) -> None:
    """Take the signer off; who had agreed and waited for nobody else is asked again, now without him."""
    one = people.chosen(step)
    taken, note = joint.remove(step, one.id)
    step.facts |= {"office": one.org_id, "item": note["to"], "handed_to": people.told(one)}
    if taken:
        desk.take_away(step, taken, "remove_signer")
    for question in joint.freed(step, note["to"]):
        desk.put(step, question)


ACTS = {
    "add_signer": Common(
        "加签",
        by=holder,
        kinds=("decide",),
        fields=("person", "where"),
        comment=optional,
        fits=is_signed_for,
        needs=(not_too_many,),
        checks={"person": _colleague, "where": _where},
        binds=True,
        does=(add,),
        consequence="请本单位的同事一同签署。他只签同意或不同意，不能代本单位作出决定：不同意的，回到您这里重新办理。期限不变。",
    ),
    "remove_signer": Common(
        "减签",
        by=party,
        fields=("person",),
        comment=optional,
        when=somebody_is_added,
        needs=(added_by_actor,),
        checks={"person": own_signer},
        does=(remove,),
        consequence="不再等这一位签署；已经签过的不能减。您已同意、只等他签的，请您重新签署。",
    ),
}
