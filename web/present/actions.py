"""The answers a person may give to a case, with the fields each needs; what cannot be done says why."""

from collections.abc import Container
from dataclasses import replace
from typing import Any

from models.cases import WorkItem
from web.present import answer_fields, ball, consulting, people, signing
from web.views import ActionPanel, ActionReason, ActionView, FieldError, Rule
from workflow import engine, language, rights
from workflow.errors import Reason
from workflow.routing import key_of
from workflow.step import Step
from workflow.transfers import path

BY_HOLDER = (language.holder, language.handler, language.leader)
"""Who is meant by an act about one question; others are about the case."""
BY_ANYBODY = (
    *BY_HOLDER, language.decider, language.overseer, language.authority, language.applicant, language.party,
)  # fmt: skip
LEAST_CHOICE = 2
"""The line that asks to choose, and somebody."""


def panel(
    step: Step, key: str, typed: dict[str, Any] | None = None, action: str = "", refused: list[Reason] | None = None
) -> ActionPanel:
    """Return the action panel; after a refusal what was typed for `action` comes back with its errors."""
    options = engine.options(step)
    first = next((o.action for o in options if o.allowed and o.spec.tone == "primary"), "")
    views = tuple(view(step, option, first, typed or {}, action, refused or []) for option in options)
    further = further_views(step, typed or {}, action, refused or [])
    if any(reason.guard == "claim" for option in options for reason in option.reasons):  # nothing else can be done yet
        further = tuple(replace(one, primary=True) if one.name == "claim" else one for one in further)
    asked = tuple(replace(one, primary=not first) for one in further if one.primary)
    views, further = (*asked, *views), tuple(one for one in further if not one.primary)
    errors = tuple(FieldError(r.message, r.field) for r in refused or [])
    allowed = any(view.allowed for view in views)
    return ActionPanel(
        case_no=step.case.no,
        revision=step.case.revision,
        key=key,
        actions=views,
        further=further,
        handled_by=_taken(step),
        errors=errors,
        warnings=_warnings(step) if allowed else (),
        waiting_for="" if allowed else ball.ended(step) or _waiting(step),
    )


def further_views(
    step: Step,
    typed: dict[str, Any],
    action: str,
    refused: list[Reason],
    by: Container[str] = BY_ANYBODY,
    about: WorkItem | None = None,
) -> tuple[ActionView, ...]:
    """Return what the viewer may do besides answering; what was refused comes back with its errors.

    Where several are asked at once, `about` is the question that is meant.
    """
    offered = [one for one in engine.further(step) if one.spec.by in by and (_shown(one) or one.action == action)]
    if about is not None:
        offered = [one for one in offered if one.spec.answers_item(step, about)]
    drawn = (view(step, option, _asked_aside(option), typed, action, refused) for option in offered)
    return tuple(one for one in drawn if one.opened or not _names_nobody(one))


def _shown(option: engine.Option) -> bool:
    """Tell whether an act is drawn: where it is possible, or where whoever may take it reads why it is not now."""
    theirs = not any(reason.guard == "right" for reason in option.reasons)
    return option.allowed or (theirs and isinstance(option.spec, language.Common) and option.spec.explained)


def _asked_aside(option: engine.Option) -> str:
    """Return the act if it is what somebody beside the case is asked to do: to advise, to take note."""
    return option.action if option.spec.tone == "primary" else ""


def _names_nobody(drawn: ActionView) -> bool:
    """Tell whether an act needs somebody to be chosen, and there is nobody."""
    chosen = (field for field in drawn.fields if field.name == "person" and field.kind == "select")
    return any(len(field.options) < LEAST_CHOICE for field in chosen)


def _taken(step: Step) -> str:
    """Return the colleague who has the question of the viewer's desk."""
    at_my_desk = (item for item in step.open_items if item.queue in step.actor.queues and not rights.holds(step, item))
    return next((name for item in at_my_desk if (name := people.holder(step, item))), "")


def _warnings(step: Step) -> tuple[ActionReason, ...]:
    told = step.case.state.get("warnings", ()) if step.case.phase != "draft" else ()
    return tuple(reason(Reason(one["guard"], "warn", one["message"], one["citation"])) for one in told)


def reason(found: Reason) -> ActionReason:
    """Return a guard's verdict as it is shown next to what it stops."""
    severity = found.severity if found.severity in ("block", "warn", "info") else "block"
    rule = Rule(found.citation) if found.citation else None
    guard = found.guard if found.guard[:1] in "CT" and found.guard[1:].isdigit() else ""
    clears = found.clears if found.blocks else ""
    return ActionReason(found.message, severity, guard, clears, rule=rule)  # type: ignore[arg-type]


def view(
    step: Step, option: engine.Option, first: str, typed: dict[str, Any], action: str, refused: list[Reason]
) -> ActionView:
    """Return one action with its fields; `first` names the one that stands out, `action` the one that was refused."""
    spec, here = option.spec, option.action == action
    faults = {r.field: r.message for r in refused if r.field} if here else {}
    blockers = tuple(reason(r) for r in option.reasons)
    general = tuple(reason(r) for r in refused if not r.field) if here else ()
    said = spec.comment or (spec.remark and step.case.state.get("asked_for"))
    names = [*spec.fields, *spec.may, *(["comment"] if said else [])] if option.allowed else []
    names = [name for name in names if name != "turn"]  # a page speaks of one question and says which by its address
    typed = typed if here else {}
    asked = (answer_fields.of(step, option.action, name, spec, typed, faults) for name in names)
    fields = tuple(field for one in asked for field in one)
    fields = (*consulting.asked(step, option.action), *fields) if option.allowed else fields
    return ActionView(
        name=option.action,
        word=spec.title,
        button=spec.title,
        allowed=option.allowed,
        primary=option.action == first,
        danger=spec.tone == "danger",
        consequence=signing.consequence(step, spec) or _of_refusal(step, spec) or spec.consequence,
        next_holder=_next_holder(step) if _leads_on(step, option.action) else "",
        fields=fields,
        reasons=(*blockers, *general),
        opened=here,
    )


def _leads_on(step: Step, action: str) -> bool:
    return action == "approve" and bool(step.case.route) and signing.moves_on(step)


def _next_holder(step: Step) -> str:
    """The office that will have the case after an approval: the next stop without a standing decision."""
    standing = path.standing_decisions(step)
    for stop in step.case.route[step.case.turn + 1 :]:
        if key_of(stop) not in standing:
            return step.world.name(stop["org"] or step.case.applicant_org_id)
    return step.world.name(step.case.applicant_org_id)


def _of_refusal(step: Step, spec: language.Action) -> str:
    """Return what refusing a transfer leads to, beyond what the definition says of it."""
    if (step.case.process, spec.name) != ("transfer", "refuse"):
        return ""
    if step.case.phase == "contested":
        return "申请终止，不再办理。"
    return "所列理由成立的，申请终止；其他理由，以及本单位再次拒绝的，由双方共同的上级部门裁定。"


def _waiting(step: Step) -> str:
    item = next(iter(step.open_items), None)
    if item is None or step.case.closed_at or item.queue in step.actor.queues:
        return ""
    return f"等待{step.world.name(item.org_id)}办理"
