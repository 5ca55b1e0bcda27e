"""取回: whoever gave the last answer takes it back, as long as nobody has done anything since (engine 2.8).

It is not 撤回, by which the applicant ends his request: here the question lies on its old desk again, with its old last
day, and everybody else's answers stand. Taking a question (认领), a comment or a paper are doing something, too.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import delete, update

from models.cases import StepCause, Timer, WorkItem
from workflow import desk, joint, outbox, recalling
from workflow.errors import Reason
from workflow.language import ASIDE, Common, Process, decider, optional
from workflow.step import Step


def can_be_asked_for(step: Step) -> bool:
    return recalling.kept(step.case) is not None


def nobody_has_acted(step: Step) -> Iterator[Reason]:
    """The answer is still the last thing that is written down about the case."""
    note = recalling.kept(step.case)
    if note and note["seq"] != step.case.last_seq:
        why = "您作出决定以后，本事项已有新的办理记录（认领、转办、催办、留言、材料等），不能再取回"
        yield Reason("recall", "block", why)


def take_back(step: Step) -> None:
    """Close what followed, and let the question be open again as it was."""
    note, item = recalling.kept(step.case), recalling.answered(step)
    assert note is not None
    assert item is not None
    person, since = item.closed_by, item.closed_at
    step.facts |= {"office": item.org_id, "taken_back": note["seq"], "answer": note["action"]}
    followed = [one for one in step.items if one.id in note["opened"] and one.open]
    desk.close(step, "recall", followed)
    _call_back(step, note["told"], followed)
    step.cache["put_back_to"] = note["phase"]
    again = recalling.restore(step)
    step.cache["as_before"] = True
    _wake(step, again, since)
    _run(step, delete(StepCause).where(StepCause.work_item_id == item.id))
    _tell_again(step, (one for one in again if one is not item))
    if note["signed_at"]:
        _stay_apart(step, person, note["signed_at"])


def _call_back(step: Step, told: list[str], followed: list[WorkItem]) -> None:
    """Take notices back that nobody has got yet; whoever knows of the question reads that it is off his desk."""
    unsent = outbox.call_back(step.session, told, step.now)
    for item in followed:
        where = joint.desk_of(item)
        if where not in unsent and item.queue not in step.actor.queues and item.kind not in ASIDE:
            step.tell("taken_back", where)


def _wake(step: Step, again: list[WorkItem], since: dt.datetime | None) -> None:
    """Let reminders that found the question answered come up once more; those that lie ahead were never taken away."""
    overslept = Timer.work_item_id.in_([item.id for item in again]) & (Timer.fired_at > since)
    anew = update(Timer).where(Timer.case_id == step.case.id, overslept)
    _run(step, anew.values(fired_at=None, lease_until=None))


def _tell_again(step: Step, others: Iterable[WorkItem]) -> None:
    """Whoever was asked beside the actor has his question again."""
    for item in others:
        if item.kind not in ASIDE:
            step.tell("case_waiting", joint.desk_of(item), item=item.id)


def _stay_apart(step: Step, person: int | None, place: str) -> None:
    """Who has signed here once signs nowhere else in the case, also after he took it back (C7)."""
    known = step.case.state.get("cosigners", {})
    if person:
        persons = sorted({*known.get(place, []), person})
        step.case.state = {**step.case.state, "cosigners": {**known, place: persons}}


def _run(step: Step, statement: Any) -> None:
    step.session.execute(statement.execution_options(synchronize_session=False))


def where(step: Step) -> str:
    """Return the phase in which the answer was given."""
    return str(step.cache["put_back_to"])


def answered_phases(process: type[Process]) -> list[str]:
    """Return the phases in which an answer can be taken back."""
    leaving = (source.name for action in process.recallable for source in action.move.sources)
    return list(dict.fromkeys([*leaving, *(phase.name for phase in process.safe)]))


ACTS = {
    "recall": Common(
        "取回",
        by=decider,
        comment=optional,
        when=can_be_asked_for,
        otherwise="没有可以取回的决定",
        needs=(nobody_has_acted,),
        does=(take_back,),
        goes=where,
        reaches=answered_phases,
        explained=True,
        consequence="收回您刚作出的决定，由您重新办理，期限照旧；后面的单位还没有动手办理时才能取回，其他单位的意见不受影响。",
    ),
}
