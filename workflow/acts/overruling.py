"""Ending a wrong or stuck case (终止) and repairing where it stands (调整环节): one proposes, another person confirms.

Both lead an office that stands above all whose matter it is. A proposal speaks of the case as it stands; when the case
moves on, it is over.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from workflow import desk, going_back, rights
from workflow.acts.returning import safe_phases
from workflow.errors import Reason
from workflow.holding import holders
from workflow.language import TERMINATED, Common, DifferentPeople, authority, optional, required, system
from workflow.rights import leaders_of
from workflow.step import Step, counted

TERMINATE, JUMP = "terminate", "jump"
PROPOSAL = "proposal"
PROPOSING = ("propose_termination", "propose_jump")
SETTLED_BY = ("confirm_termination", "confirm_jump", "drop_proposal")
CONFIRMED, DROPPED, LAPSED = "confirmed", "dropped", "lapsed"
"""What a proposer hears of his proposal."""


def proposed(step: Step) -> dict[str, Any] | None:
    """Return what is proposed about the case as it stands now, or None."""
    found: dict[str, Any] | None = step.case.state.get(PROPOSAL)
    here = [step.case.phase, step.case.round, step.case.turn]
    return found if found and found["stands"] == here else None


def nothing_is_proposed(step: Step) -> bool:
    return proposed(step) is None


def can_jump(step: Step) -> bool:
    return nothing_is_proposed(step) and bool(going_back.visited(step))


def an_end_is_proposed(step: Step) -> bool:
    return (proposed(step) or {}).get("kind") == TERMINATE


def a_jump_is_proposed(step: Step) -> bool:
    return (proposed(step) or {}).get("kind") == JUMP


def is_proposed(step: Step) -> bool:
    return proposed(step) is not None


def propose_end(step: Step) -> None:
    _propose(step, TERMINATE)


def propose_jump(step: Step) -> None:
    _propose(step, JUMP, target=step.payload["jump_to"])


def drop(step: Step) -> None:
    """The proposal is taken back, or another person does not share it."""
    pending = proposed(step) or {}
    step.facts |= {"office": _office(step), "proposed_by": pending.get("name", "")}
    _answer(step, pending, DROPPED)
    _forget(step)
    desk.drop_second(step, "drop_proposal")


def end(step: Step) -> None:
    """End the case for both persons' reason; whatever was locked for it is free."""
    _note_both(step)
    _answer(step, proposed(step) or {}, CONFIRMED)
    _forget(step)
    _forget(step, "suspended")
    for queue in dict.fromkeys(item.queue for item in step.open_items):
        step.tell("case_decided", queue, phase=TERMINATED.name)
    for effect in step.process.unwinds:
        effect(step)


def jump(step: Step) -> None:
    """Put the case to the step that was proposed; everything behind it is done again."""
    target = _target(step)
    assert target is not None, "a guard asked for it"
    _note_both(step)
    _answer(step, proposed(step) or {}, CONFIRMED)
    step.facts["asked_at"] = target.stop["org"] if target.stop else None
    pending = proposed(step) or {}
    going_back.put_back(step, target, again=True)
    if target.phase in step.process.anew:
        step.process.anew[target.phase](step)
    words = {"cause": "", "comment": pending["reason"], "at": step.now.isoformat()}
    told = {"office": _office(step), "action": JUMP, **words}
    step.case.state = {**step.case.state, "objection": told, "asked_for": []}
    _forget(step)


def lapse(step: Step, stood: Mapping[str, Any]) -> None:
    """Whoever proposed something hears that the case has moved on, and nobody will answer it any more.

    `stood` is where the case was before this step (phase, round, turn).
    """
    pending: dict[str, Any] | None = step.case.state.get(PROPOSAL)
    lived = pending is not None and pending["stands"] == [stood["phase"], stood["round"], stood["turn"]]
    if pending is None or not lived or proposed(step):
        return
    _answer(step, pending, LAPSED, apart=True)
    _forget(step)


def jump_fault(step: Step, value: Any) -> str | None:
    """Return what is wrong with the step that was typed."""
    return None if going_back.chosen(going_back.visited(step), value) else "只能调整到本事项办理过的环节，请选择"


def which(step: Step) -> str:
    """Return what tells the proposal that stands now from an earlier one; nothing where there is none."""
    pending = proposed(step)
    return str(pending.get("after", pending["at"])) if pending else ""


def another_proposal(step: Step, value: Any) -> str | None:
    """Whoever says which proposal he read answers that one: a new one raises no revision, so his page looks fresh."""
    return None if value == which(step) else "您看到的提请已经取消，现在的是另一次提请，请重新查看后再答复"


def target_is_still_there(step: Step) -> list[Reason]:
    return [] if _target(step) else [Reason("jump", "block", "提请的环节现在不能办理，请重新提请")]


def leaders_of_all(step: Step) -> set[str]:
    """Return the desks that may confirm: of the lowest office above all, and of the one above it."""
    return {leaders_of(office) for office in rights.authorities(step)[:2]}


def _propose(step: Step, kind: str, **more: Any) -> None:
    """Keep who proposes what and why, and lay it before those who may confirm it."""
    office = _office(step)
    told = {"kind": kind, "by": step.actor.id, "name": step.signed_by, "office": office, "at": step.now.isoformat()}
    if step.acting_for:
        told["for"] = step.acting_for.person_id
    stands = [step.case.phase, step.case.round, step.case.turn]
    last = step.case.last_seq  # the entry of the history before this one
    pending = {**told, "reason": step.payload["comment"], "stands": stands, "after": last, **more}
    step.case.state = {**step.case.state, PROPOSAL: pending}
    step.facts["office"] = office
    desk.ask_second(step, _who_may_confirm(step), "arbitration.confirm", "case_proposed")


def _who_may_confirm(step: Step) -> Iterator[tuple[str, int | None]]:
    """Yield the desks, and where whoever proposes sits there himself his colleagues by name: he confirms nothing."""
    there = holders(step.session, sorted(leaders_of_all(step)), step.today)
    himself = counted(step.case, {step.actor.id}) | step.actor.principals
    for queue, persons in there.items():
        if persons & himself:
            yield from ((queue, person) for person in persons - himself)
        else:
            yield queue, None


def _answer(step: Step, pending: dict[str, Any], answer: str, *, apart: bool = False) -> None:
    """Tell who proposed it what came of it; before all else, for of one event nobody is told twice."""
    if pending and not step.had_a_hand({pending["by"]}):
        queue = leaders_of(step.world.office(pending["office"]))
        asked_by = pending.get("for", pending["by"])
        step.tell("proposal_answered", f"{queue}@{asked_by}", proposed=pending["kind"], answer=answer, apart=apart)


def _note_both(step: Step) -> None:
    pending = proposed(step) or {}
    told = {"proposed_by": pending.get("name", ""), "proposed_at": pending.get("office")}
    step.facts |= {"office": _office(step), **told}


def _forget(step: Step, kept: str = PROPOSAL) -> None:
    step.case.state = {name: value for name, value in step.case.state.items() if name != kept}


def _target(step: Step) -> going_back.Target | None:
    return going_back.chosen(going_back.visited(step), (proposed(step) or {}).get("target"))


def _office(step: Step) -> int | None:
    leads = (office.id for office in rights.authorities(step) if step.actor.holds("dept_leader", office.id))
    return next(leads, None)


SECOND = DifferentPeople(
    "second_person",
    "终止事项、调整环节须由两人办理：一人提请，另一人确认",
    (lambda step: {(proposed(step) or {}).get("by")}, "提请由您提出，须由另一人确认"),
)

ACTS = {
    "propose_termination": Common(
        "提请终止",
        by=authority,
        binds=True,
        comment=required,
        when=nothing_is_proposed,
        does=(propose_end,),
        consequence="办错或办不下去的事项可以提请终止，须由另一人确认；确认以前照常办理，事项有进展的提请自动失效。",
    ),
    "confirm_termination": Common(
        "确认终止",
        by=authority,
        comment=optional,
        may=("proposal",),
        checks={"proposal": another_proposal},
        settled_by=SETTLED_BY,
        when=an_end_is_proposed,
        needs=(SECOND,),
        does=(end,),
        goes=lambda step: TERMINATED.name,
        reaches=lambda process: [TERMINATED.name],
        explained=True,
        tone="danger",
        consequence="事项随即结束，未办的全部作废，不再恢复；各方收到通知，学生可以另行办理。",
    ),
    "end_with_transfer": Common(
        "随转学撤销而终止",
        by=system,
        goes=lambda step: TERMINATED.name,
        reaches=lambda process: [TERMINATED.name] if process.key == "paper_file" else [],
        consequence="转学撤销以后，没有完成的档案移交不再办理。",
    ),
    "propose_jump": Common(
        "提请调整环节",
        by=authority,
        binds=True,
        comment=required,
        fields=("jump_to",),
        when=can_jump,
        does=(propose_jump,),
        checks={"jump_to": jump_fault},
        consequence="把走错环节的事项放回办理过的环节，须由另一人确认；确认以前照常办理，事项有进展的提请自动失效。",
    ),
    "confirm_jump": Common(
        "确认调整环节",
        by=authority,
        comment=optional,
        may=("proposal",),
        checks={"proposal": another_proposal},
        settled_by=SETTLED_BY,
        when=a_jump_is_proposed,
        needs=(SECOND, target_is_still_there),
        does=(jump,),
        goes=going_back.where,
        reaches=safe_phases,
        explained=True,
        tone="danger",
        consequence="未办的作废，从所选环节起重新办理，其后各单位的意见不再算数。",
    ),
    "drop_proposal": Common(
        "不采纳提请",
        by=authority,
        comment=optional,
        may=("proposal",),
        checks={"proposal": another_proposal},
        settled_by=SETTLED_BY,
        when=is_proposed,
        does=(drop,),
        consequence="提请取消，事项照常办理；提请人自己也可以撤回。",
    ),
}
