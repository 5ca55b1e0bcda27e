"""An office is silent: the office above it may decide in its place (product C6). It never counts as consent.

The question stays open where it is; beside it the same question lies on the desk above, and whoever answers first
closes the other. After how many working days that happens, and for which questions, is policy
(`reminder.ladder`, `reminder.take_over`).
"""

from sqlalchemy import select

from models.cases import CaseScope, WorkItem
from workflow import desk, joint
from workflow.language import Question
from workflow.noting import above
from workflow.policies import Rule, look_up
from workflow.step import Step, queue_of
from workflow.world import Office, World

SCHOOLS = ("receiving_school", "releasing_school")


def rule_of(step: Step, item: WorkItem) -> Rule:
    """Return which kinds of questions may be taken over where this one was put."""
    return look_up(step.world, "reminder.take_over", step.world.office(item.org_id), step.today)


def may_be_decided_above(step: Step, item: WorkItem) -> bool:
    """Tell whether an office above may step in for a question that was not answered in time.

    Where several sign it steps in for the one that is silent. For an added signer nobody steps in: he decides nothing.
    """
    return "added" not in item.due_rule and _is_named(step, item) and stepped_in(step, item) is None


def _is_named(step: Step, item: WorkItem) -> bool:
    return kind_of(step, item) in rule_of(step, item).value


def take_off_silent_signers(step: Step, item: WorkItem) -> list[str]:
    """Wait no longer for added signers when the time has come at which the office above may decide; returns names.

    `item` is the question of one of them, or the one they were added to. Nothing counts as their consent: whoever had
    agreed and waited for them only is asked again, without them.
    """
    if not _is_named(step, item):
        return []
    to = item.due_rule.get("added", {}).get("to", item.id)
    questions, notes = joint.take_off(step, to)
    for question in questions:
        desk.take_away(step, question, "signer_silent")
    for again in joint.freed(step, to) if notes else ():
        desk.put(step, again)
    return [note["signer"] for note in notes]


def kind_of(step: Step, item: WorkItem) -> str:
    """Return what the policy calls a question; empty for those that only the office itself can answer."""
    return kind_in(step.case.process, item.kind, item.phase)


def kind_in(process: str, kind: str, phase: str) -> str:
    """Return the same by process, kind of question and phase."""
    if kind != "decide":
        return kind if process == "problem" else ""
    if process != "transfer":
        return process
    return "transfer_school" if phase in SCHOOLS else "transfer_department"


def stepped_in(step: Step, item: WorkItem) -> WorkItem | None:
    """Return the open question on the desk above that was put because this one was not answered."""
    return next((one for one in step.open_items if one.due_rule.get("instead_of") == item.id), None)


def offer(step: Step, item: WorkItem) -> Office | None:
    """Put the question to the office above as well; returns that office, None if there is none. Case is locked."""
    office = step.world.office(item.org_id)
    upper = above(step, office)
    if upper is None:
        return None
    same = item.queue.partition(":")[2]
    role = "dept_leader" if office.is_school or item.kind == "decide" else same
    policy = str(item.due_rule.get("policy", "node.transfer"))
    place = (item.id, int(item.due_rule.get("in_place_of", item.org_id)))
    queue = queue_of(upper.id, role)
    for copy in step.items:
        if copy.open and copy.kind == "copy" and copy.queue == queue and copy.due_rule.get("copy_of") == item.id:
            copy.open, copy.closed_at, copy.void_reason = False, step.now, "take_over"
    asked = Question(
        upper.id, role, item.kind, policy, turn=item.turn, purpose="decide_instead", instead_of=place,
        asking=item.due_rule.get("asking"),
    )  # fmt: skip
    desk.put(step, asked)
    desk.open_scope(step, set(step.session.scalars(select(CaseScope.org_id).where(CaseScope.case_id == step.case.id))))
    return upper


def said(world: World, office: Office | None, silent: int | None) -> str:
    """Return an office as history and papers name it: 某局代某校 where it answered in another one's place."""
    name = office.name if office else ""
    return f"{name}代{world.name(silent)}" if name and silent and office and silent != office.id else name
