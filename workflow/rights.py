"""Who may see a case and who may act in it. Pages, API and the door ask the same functions."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from models.cases import Case, WorkItem
from workflow import language, recalling, suspension
from workflow.errors import Reason
from workflow.language import ASIDE, Action, DifferentPeople
from workflow.policies import look_up
from workflow.routing import key_of, lowest_common
from workflow.step import Desk, StandIn, Step, queue_of
from workflow.world import Office

TITLES = {
    "school_clerk": "学籍管理员",
    "school_leader": "学籍主管领导",
    "check_operator": "数据核查操作员",
    "class_teacher": "班主任",
    "dept_clerk": "部门经办人",
    "dept_leader": "部门负责人",
    "arbitrator": "仲裁员",
    "auditor": "审计员",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
}
"""What a role is called in sentences to officers (domain 2.2)."""
LEADING = ("school_leader", "dept_leader")
"""Who decides for a school and for a department."""
READERS = frozenset(TITLES) - {"system_admin", "security_admin", "class_teacher"}
"""Roles that may read cases of their organisation; administrators of accounts see no business data."""


def involved(step: Step) -> set[int]:
    """Return the organisations that take part: the applicant, and once sent both schools and every signing office."""
    case = step.case
    found = {case.applicant_org_id}
    if case.submitted_at is None:
        return found
    found |= {stop["org"] for stop in case.route if stop["org"]}
    found |= {item.org_id for item in step.items if item.kind not in ASIDE or item.assignee_id is None}
    return found | parties(step)


def parties(step: Step) -> set[int]:
    """Return whose matter it is: the applicant, the two schools of a transfer, the sides of a problem."""
    case, subject = step.case, step.subject
    found = {case.applicant_org_id, *case.state.get("parties", [])}
    found |= {case.state[side] for side in ("from", "to") if case.state.get(side)}
    return found | {number for number in getattr(subject, "school_ids", ()) if number}


def audience(step: Step) -> set[int]:
    """Return every organisation whose officers may read the case: who takes part, and whoever stands above them."""
    if step.case.submitted_at is None:
        return involved(step)
    return {above.id for number in involved(step) for above in step.world.upwards(step.world.office(number))}


def may_see(step: Step) -> bool:
    if step.actor.is_system:
        return True
    orgs = audience(step)
    return any(desk.org_id in orgs and desk.role in READERS for desk in step.actor.desks) or is_asked_aside(step)


def is_asked_aside(step: Step) -> bool:
    """Tell whether the actor was asked for advice, or told by a copy, by name; that lets him and nobody else read."""
    persons = {step.actor.id, *step.actor.principals}
    named = (item for item in step.items if item.kind in ASIDE and item.assignee_id in persons)
    return any(item.queue in step.actor.queues and item.void_reason is None for item in named)


def offered(step: Step, spec: Action) -> bool:
    """Tell whether the action belongs to the present question at all (whoever may answer it)."""
    if spec.by == language.system or not spec.belongs_to(step) or _is_off(step, spec):
        return False
    if spec.by in (language.holder, language.handler, language.leader):
        return any(spec.answers_item(step, item) for item in step.all_open)
    return True


def right_to(step: Step, spec: Action) -> Reason | None:
    """Return why this person may not take the action, or None; the work item that gives the right is noted."""
    actor, case = step.actor, step.case
    step.acting_for = None
    if _is_off(step, spec):
        return _no("本地区不使用这种办理方式")
    if spec.by == language.system:
        step.item = next(_meant(step, spec), None) if spec.answers else None
        return None if actor.is_system else _no("这一步由系统办理")
    if spec.by == language.holder and not _leaders_only(step, spec):
        step.item = _held(step, spec)
        step.acting_for = for_whom(step, step.item) if step.item else None
        return None if step.item else _no(_whose_turn(step, spec))
    if spec.by in (language.holder, language.handler, language.leader):
        return _as_leader(step, spec)
    if spec.by == language.applicant:
        if actor.holds("school_clerk", case.applicant_org_id):
            step.item = _held(step, spec)
            step.acting_for = actor.sits_for(case.applicant_org_id, "school_clerk")
            return None
        return _no(f"只有{step.world.name(case.applicant_org_id)}的学籍管理员可以办理")
    if spec.by == language.overseer:
        desk = overseeing(step)
        step.acting_for = actor.sits_for(desk.org_id, desk.role) if desk else None
        return None if desk or actor.is_system else _no("由现在办理单位的负责人或其上级部门的负责人办理")
    if spec.by == language.decider:
        return _no_decider(step)
    if spec.by == language.authority:
        return _no_authority(step)
    here = sorted(actor.org_ids & involved(step), key=lambda org: actor.sits_for(org) is not None)
    step.acting_for = actor.sits_for(here[0]) if here else None
    return None if here else _no("只有参与本事项的单位可以办理")


def _as_leader(step: Step, spec: Action) -> Reason | None:
    """The right of whoever leads the office that is asked, and where the act allows it of whoever is asked himself."""
    own = spec.by == language.handler and not _leaders_only(step, spec)
    step.item = _held(step, spec) if own else None
    if step.item is not None:
        step.acting_for = for_whom(step, step.item)
        return None
    led = [item for item in _meant(step, spec) if leads(step, item)]
    if not led:
        return _no("由该岗位的办理人或本单位负责人办理" if own else "由本单位负责人办理")
    step.item = led[0]
    step.acting_for = step.actor.sits_for(led[0].org_id, leading(step, led[0]))
    return None


def leads(step: Step, item: WorkItem) -> bool:
    """Tell whether the actor leads the office that a question was put to."""
    return step.actor.holds(leading(step, item), item.org_id)


def leading(step: Step, item: WorkItem) -> str:
    """Return the role of those who lead the office that a question was put to."""
    return leaders_of(step.world.office(item.org_id)).partition(":")[2]


def overseeing(step: Step) -> Desk | None:
    """Return the desk from which the actor answers for an office that has the case; his own before any other."""
    watching = overseers(step)
    return next((desk for desk in step.actor.desks if desk.queue in watching), None)


def overseers(step: Step) -> set[str]:
    """Return the queues of those who answer for the offices that have the case: their leaders, and the office above.

    Where several are asked at once, none of them stops the others: that is for an office above them all.
    """
    offices = {item.org_id: step.world.office(item.org_id) for item in step.open_items}
    if isinstance(step.process.phases[step.case.phase].asks, language.Each):
        common = lowest_common(step.world, offices.values())
        watching = [one for one in step.world.upwards(common) if not one.is_school][:1] if common else []
    else:
        watching = [one for office in offices.values() for one in islice(step.world.upwards(office), 2)]
    return {leaders_of(one) for one in watching}


def authorities(step: Step) -> list[Office]:
    """Return the offices that stand above all whose matter it is, the nearest first; a school is none."""
    whose = [step.world.office(number) for number in sorted(parties(step))]
    above = [[office.id for office in step.world.upwards(one)] for one in whose]
    common = [step.world.office(number) for number in above[0] if all(number in chain for chain in above)]
    return [office for office in common if not office.is_school]


def _no_authority(step: Step) -> Reason | None:
    offices = authorities(step)
    leading = next((office for office in offices if step.actor.holds(LEADING[1], office.id)), None)
    step.acting_for = step.actor.sits_for(leading.id, LEADING[1]) if leading else None
    lowest = offices[0].name if offices else "共同的上级部门"
    return None if leading else _no(f"只有{lowest}或其上级部门的负责人可以办理")


def _no_decider(step: Step) -> Reason | None:
    """The right of whoever gave the last answer, or for whom it was given, as long as he sits at that desk."""
    item, actor = recalling.answered(step), step.actor
    if item is None:
        return _no("没有可以取回的决定")
    persons = {item.closed_by, item.acting_for} - {None}
    if actor.id in persons and any(desk.queue == item.queue for desk in actor.own_desks):
        return None
    standing_in = (one for one in actor.stand_ins if one.desk.queue == item.queue and one.person_id in persons)
    step.acting_for = next(standing_in, None)
    return None if step.acting_for else _no("只有作出上一步决定的人可以取回")


def _is_off(step: Step, spec: Action) -> bool:
    """Tell whether the jurisdiction of whoever is asked does without this act (policy `acts.off`)."""
    if not isinstance(spec, language.Common):
        return False
    return spec.name in _rule(step, "acts.off")


def _leaders_only(step: Step, spec: Action) -> bool:
    """Tell whether it is for the leader of the office alone to decide on this act there (policy `acts.who`)."""
    return isinstance(spec, language.Common) and _rule(step, "acts.who").get(spec.name) == "leader"


def _rule(step: Step, key: str) -> Any:
    """Return what holds for acts at the office that is asked."""
    asked = next((item.org_id for item in step.open_items), step.case.applicant_org_id)
    return look_up(step.world, key, step.world.office(asked), step.today).value


def four_eyes(step: Step, spec: Action) -> Iterator[Reason]:
    """One person gives at most one signature in a case, and never for a request of his own (guard C7)."""
    if spec.signs:
        yield from SIGNATURES(step)


def before_guards(step: Step, spec: Action) -> Iterator[Reason]:
    """Yield what stands against an action whatever its definition asks for: four eyes, and signers who come first."""
    yield from four_eyes(step, spec)
    if spec.signs and step.item and _must_be_taken(step, step.item):
        yield Reason("claim", "block", "本岗位的事项须先认领再办理；也可以由负责人转办给您")
    if spec.votes == language.FOR and step.item and signers_before(step, step.item):
        message = "您加签的人员还没有签署：等他签署后再同意，或者先减签"
        yield Reason("signers", "block", message)


def _must_be_taken(step: Step, item: WorkItem) -> bool:
    """Tell whether somebody has to take the question for himself before he answers it (policy `desk.claim`)."""
    if item.assignee_id is not None or item.kind != "decide" or "claim" in _rule(step, "acts.off"):
        return False
    return bool(look_up(step.world, "desk.claim", step.world.office(item.org_id), step.today).value == "first")


def signers_before(step: Step, item: WorkItem) -> list[WorkItem]:
    """Return the open questions to signers who were added to sign before this question is agreed to."""
    wanted = (item.id, "before")
    asked = ((one, one.due_rule.get("added") or {}) for one in step.open_items)
    return [one for one, note in asked if (note.get("to"), note.get("where")) == wanted]


def applicants(case: Case) -> set[int]:
    """Return who opened the case and who sent it."""
    return {case.applicant_id, int(case.state.get("submitted_by", case.applicant_id))}


def signers(case: Case) -> set[int]:
    """Return who agreed or refused at another stop than the one that is asked now.

    Whoever decided this very stop before may decide it again: facts that were corrected need a new decision. Where
    several sign, nobody signs twice.
    """
    by_stop = [(key, decision["by"]) for key, decision in case.state.get("decisions", {}).items()]
    by_stop += case.state.get("refusals", {}).items()
    by_stop += [(key, one) for key, persons in case.state.get("cosigners", {}).items() for one in persons]
    asked_now = here(case)
    return {person for key, person in by_stop if key != asked_now} | signers_beside(case)


def signers_beside(case: Case) -> set[int]:
    """Return who has signed the question that is asked now, where several sign it."""
    return {vote["by"] for vote in case.state.get("signing", {}).get("voted", ())}


def here(case: Case) -> str:
    """Return what names the question that is asked now: its stop, or its phase where the route is not followed."""
    stop = case.route[case.turn] if case.turn < len(case.route) else None
    return key_of(stop) if stop and stop["phase"] == case.phase else case.phase


SIGNATURES = DifferentPeople(
    "signatures",
    "同一事项的申请与核办、前后环节由不同人员办理（岗位分离）",
    (lambda step: applicants(step.case), "申请由您提交，须由本单位另一位同事核办"),
    (lambda step: signers_beside(step.case), "您已签署这一环节，还须另一人签署"),
    (lambda step: signers(step.case), "您已在本事项的前一环节核办过，须由他人办理"),
)
"""What `signs` means."""


def barred_from(step: Step, item: WorkItem) -> set[int]:
    """Return who may not answer a question because of what he did before in the case (guard C7), deputies left out."""
    meant, step.item = step.item, item
    guards: set[DifferentPeople] = set()  # several answers share one, which is asked once
    for action in step.process.actions.values():
        if action.leaves(item.phase) and action.answers_item(step, item):
            guards.update(need for need in action.needs if isinstance(need, DifferentPeople))
            guards.update([SIGNATURES] if action.signs else [])
    found = {person for guard in guards for person in guard.barred(step)}
    step.item = meant
    return found


def against(step: Step, spec: Action) -> Iterator[Reason]:
    """Yield everything that stands against the action before anything is typed."""
    right = right_to(step, spec)
    if right is not None:
        yield right
        return
    stopped = suspension.against(step, spec.name)
    if stopped:
        yield stopped
    yield from before_guards(step, spec)
    for need in spec.needs:
        yield from need(step)


def _meant(step: Step, spec: Action) -> Iterator[WorkItem]:
    """Yield the open questions that the action answers: all of its kinds, or the one whose turn was typed."""
    turn = step.payload.get(spec.answers) if spec.answers else None
    return (item for item in step.all_open if turn in (None, item.turn) and spec.answers_item(step, item))


def leaders_of(office: Office) -> str:
    """Return the queue of those who decide for an office."""
    return queue_of(office.id, LEADING[0] if office.is_school else LEADING[1])


def clerks_of(office: Office) -> str:
    """Return the queue of those who prepare for an office."""
    return queue_of(office.id, "school_clerk" if office.is_school else "dept_clerk")


def holds(step: Step, item: WorkItem) -> bool:
    """Tell whether a question waits for the actor: for himself, or for somebody he stands in for."""
    return step.actor.has(item.queue, item.assignee_id) or for_whom(step, item) is not None


def for_whom(step: Step, item: WorkItem) -> StandIn | None:
    """Return for whom the actor answers a question; None where it is his own, or not his at all."""
    return step.actor.stands_in_for(item.queue, item.assignee_id)


def _held(step: Step, spec: Action) -> WorkItem | None:
    """Return the question that gives the right; one of the actor's own before one that he answers for another."""
    waiting = [item for item in _meant(step, spec) if holds(step, item)]
    return min(waiting, key=lambda item: for_whom(step, item) is not None, default=None)


def _whose_turn(step: Step, spec: Action) -> str:
    """Say who has the question; where several are asked at once nobody learns of the others (promise T3)."""
    if spec.answers:
        return "这一步现在不由您办理"
    for item in _meant(step, spec):
        role = item.queue.partition(":")[2]
        return f"现由{step.world.name(item.org_id)}的{TITLES.get(role, role)}办理"
    return "现在没有轮到这一步"


def _no(message: str) -> Reason:
    return Reason("right", "block", message)


__all__ = [
    "READERS",
    "TITLES",
    "against",
    "applicants",
    "audience",
    "barred_from",
    "before_guards",
    "clerks_of",
    "for_whom",
    "four_eyes",
    "here",
    "holds",
    "involved",
    "leaders_of",
    "leading",
    "leads",
    "may_see",
    "offered",
    "parties",
    "queue_of",
    "right_to",
    "signers",
    "signers_before",
]
