"""What happens about a question that is not answered: reminders, supervision, and then the office above may decide.

When each rung comes is policy (`reminder.ladder`, workflow.reminders). No rung ever answers a question.
"""

from collections.abc import Callable

from sqlalchemy import func, select

from models.cases import Timer, WorkItem
from workflow import counting, queues, reminders, taking_over
from workflow.language import ASIDE
from workflow.noting import above, note
from workflow.rights import leaders_of
from workflow.step import Step, queue_of

Told = list[tuple[str, str]]
"""(purpose, queue), the most serious first."""


def climb(step: Step, item: WorkItem, kind: str, number: int) -> None:
    """Do what a rung stands for about an item that is still open, and set the timer of the next one.

    Who may step in for another office is reminded and, if silent too, stepped in for; it is not itself late. Who was
    asked for advice is reminded of it and nothing more: the case waits for somebody else.
    """
    if item.kind in ASIDE:
        note(step, "remind", item, tell=[("reminder", f"{item.queue}@{item.assignee_id}")])
        if kind != "remind":
            return
    elif "instead_of" not in item.due_rule or kind in ("remind", "take_over"):
        RUNGS[kind](step, item, number)
    if not item.open:
        return
    if item.kind not in ASIDE:
        queues.care_for(step, item)
    rung = _next(step, item, number)
    if rung:
        step.session.add(
            Timer(case_id=step.case.id, work_item_id=item.id, kind=rung.kind, step=rung.step, due_at=rung.at)
        )


def _next(step: Step, item: WorkItem, number: int) -> reminders.Rung | None:
    office, calendar = step.world.office(item.org_id), counting.calendar_of(step.world, item)
    return reminders.after(step.world, office, calendar, item.due_at, now=step.now, step=number)


def _overtaken(step: Step, item: WorkItem, number: int) -> bool:
    """Whether the next rung is due as well, because no worker ran: it reminds of the same, and says how late it is.

    Who may step in for another office hears nothing at most rungs, so that what he is told cannot wait for the next.
    """
    rung = _next(step, item, number) if "instead_of" not in item.due_rule else None
    return rung is not None and rung.at <= step.now


def supervise(step: Step, item: WorkItem, number: int) -> None:
    """Let the authority above see the item too; the decision stays where it is."""
    upper = _upper_queue(step, item)
    if upper and not taking_over.stepped_in(step, item):
        _copy(step, item, upper)
    note(step, "supervise", item, tell=[*_if(upper, "supervise"), *_late(step, item, number)])


def clerks_of_both(step: Step) -> list[str]:
    """The clerks of both schools, as far as they are ours."""
    schools: dict[int | None, None] = {step.case.applicant_org_id: None}
    if step.subject is not None:
        schools |= {step.subject.to_school_id: None, step.subject.from_school_id: None}
    return [queue_of(number, "school_clerk") for number in schools if number]


def _remind(step: Step, item: WorkItem, number: int) -> None:
    tell = [("reminder", item.queue), *_if(_leader(step, item, number), "reminder")]
    note(step, "remind", item, tell=[] if _overtaken(step, item, number) else tell)


def _overdue(step: Step, item: WorkItem, number: int) -> None:
    tell = _late(step, item, number)
    if item.kind == "arrive" and not _told_before(step, item):
        tell += [("arrival_missing", queue) for queue in clerks_of_both(step)]
    note(step, "overdue", item, tell=tell)


def _take_over(step: Step, item: WorkItem, number: int) -> None:
    """Put the question to the office above as well, where the rules let it decide; else remind once more."""
    signers = taking_over.take_off_silent_signers(step, item)
    if signers:
        note(step, "signer_silent", item, tell=[], signers=signers)
    if not item.open:
        return
    rule = taking_over.rule_of(step, item)
    upper = taking_over.offer(step, item) if taking_over.may_be_decided_above(step, item) else None
    if upper is None:
        if "instead_of" not in item.due_rule:
            _overdue(step, item, number)
        return
    late = [] if "instead_of" in item.due_rule else _late(step, item, number)
    note(step, "take_over", item, tell=late, upper=upper.id, rule=rule.source)


def _bulletin(step: Step, item: WorkItem, number: int) -> None:
    leaders = leaders_of(step.world.office(item.org_id))
    upper = _if(_upper_queue(step, item), "bulletin_candidate")
    note(step, "bulletin", item, tell=[*upper, ("bulletin_candidate", leaders), *_late(step, item, number)])


def _stale(step: Step, item: WorkItem, number: int) -> None:
    note(step, "stale", item, tell=[*_if(_upper_queue(step, item), "supervise"), *_late(step, item, number)])


RUNGS: dict[str, Callable[[Step, WorkItem, int], None]] = {
    "remind": _remind,
    "overdue": _overdue,
    "supervise": supervise,
    "take_over": _take_over,
    "bulletin": _bulletin,
    "stale": _stale,
}


def _late(step: Step, item: WorkItem, number: int) -> Told:
    """Whom every late item is told to: those who must act, and from a day on the leader of their office."""
    if _overtaken(step, item, number):
        return []
    purpose = "arrival_missing" if item.kind == "arrive" else "overdue"
    return [(purpose, item.queue), *_if(_leader(step, item, number), purpose)]


def _leader(step: Step, item: WorkItem, number: int) -> str:
    office = step.world.office(item.org_id)
    since = int(reminders.ladder_of(step.world, office, step.today)["leader_from"])
    return leaders_of(office) if number >= since else ""


def _told_before(step: Step, item: WorkItem) -> bool:
    earlier = (Timer.work_item_id == item.id) & (Timer.kind == "overdue") & Timer.fired_at.is_not(None)
    query = select(func.count()).select_from(Timer).where(Timer.case_id == step.case.id, earlier)
    return (step.session.scalar(query) or 0) > 1


def _upper_queue(step: Step, item: WorkItem) -> str:
    upper = above(step, step.world.office(item.org_id))
    return leaders_of(upper) if upper else ""


def _if(queue: str, purpose: str) -> Told:
    return [(purpose, queue)] if queue else []


def _copy(step: Step, item: WorkItem, queue: str) -> None:
    """Lay a copy to read on the upper desk; it goes away with the answer."""
    if any(other.open and other.kind == "copy" and other.queue == queue for other in step.items):
        return
    copy = WorkItem(
        case_id=step.case.id,
        kind="copy",
        phase=item.phase,
        round=item.round,
        turn=item.turn,
        queue=queue,
        org_id=int(queue.partition(":")[0]),
        open=True,
        opened_at=step.now,
        sent_by=step.actor.id,
        due_at=item.due_at,
        provisional=item.provisional,
        due_rule={**item.due_rule, "copy_of": item.id},
    )
    step.items.append(copy)
    step.session.add(copy)
