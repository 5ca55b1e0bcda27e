"""What is asked of the viewer of a problem: each of his questions with the answers to it, and the acts beside them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.cases import WorkItem
from web.pages.problem_parts import Task
from web.present import actions
from web.present.problems import ITEM_WORDS, SIDE_ITEMS, my_items, visible_items
from web.views import ActionPanel, ActionView, Field, FieldError, Option
from workflow import engine, language, returns, rights
from workflow.errors import Reason
from workflow.payload import COMMENT_LIMIT
from workflow.problems import sight
from workflow.problems.facts import school_of, sides_of
from workflow.problems.payload import POSITIONS
from workflow.step import Step

ON_FORMS = ("draft_ruling", "record_outside", "answer_delete", "answer_correct", "answer_claim")
"""Actions with a form of their own on the page."""
HINTS = {
    "comment": f"最多 {COMMENT_LIMIT} 字",
    "send_inquiry": "写明要学校核实什么。各方看到的是同一份，请勿写入其他学校或学生的信息。",
    "back_to_sides": "写明还要补什么。请勿写入其他学校或学生的信息。",
    "return_side": "写明缺什么、哪里不符，学校照此补充。",
}


def tasks(
    step: Step,
    key: str,
    url: Mapping[str, str],
    typed: Mapping[str, Any] | None = None,
    action: str = "",
    refused: list[Reason] | None = None,
) -> tuple[Task, ...]:
    """Return the viewer's questions with the answers to them; after a refusal what was typed comes back."""
    found = []
    for item in sorted(my_items(step), key=lambda one: (one.turn if one.kind in SIDE_ITEMS else 0, one.id)):
        meant = (typed or {}).get("turn", (typed or {}).get("side"))
        here = refused is not None and meant in (None, item.turn)
        panel = _panel(step, item, key, url, typed or {} if here else {}, action if here else "", refused or [])
        if panel.actions or panel.further:
            found.append(Task(_heading(step, item), panel, LEADS.get(item.kind, "")))
    found += _of_others(step, key, url, typed or {}, action, refused or [])
    found += _of_the_whole(step, key, url, typed or {}, action, refused or [])
    return tuple(found)


def _of_others(
    step: Step, key: str, url: Mapping[str, str], typed: Mapping[str, Any], action: str, refused: list[Reason]
) -> list[Task]:
    """Return what the viewer may do with questions that are not his, and with what he was asked beside them.

    Whoever leads the office that is asked may hand a question on; others give advice, or take note of a copy.
    """
    found = []
    for item in [one for one in step.all_open if one.kind in ("copy", "advise") and rights.holds(step, one)]:
        panel = _panel(step, item, key, url, typed, action, refused)
        primary = tuple(replace(view, primary=True) for view in panel.further)
        found.append(Task(_heading(step, item), replace(panel, actions=primary, further=())))
    for item in visible_items(step):
        if not rights.holds(step, item):
            panel = _panel(step, item, key, url, typed, action, refused)
            if panel.further:
                heading = f"{step.world.name(item.org_id)}：{_heading(step, item)}"
                found.append(Task(heading, replace(panel, actions=(), heading=heading)))
    return found


def _of_the_whole(
    step: Step, key: str, url: Mapping[str, str], typed: Mapping[str, Any], action: str, refused: list[Reason]
) -> list[Task]:
    """Return what whoever answers for the offices that are asked may do with the case as a whole (挂起, 恢复)."""
    options = [one for one in engine.further(step) if one.spec.by in OF_THE_WHOLE and one.allowed]
    views = tuple(actions.view(step, one, "", dict(typed), action, refused) for one in options)
    if not views:
        return []
    here = any(view.name == action for view in views)
    panel = ActionPanel(
        case_no=step.case.no,
        revision=step.case.revision,
        key=f"{key}-whole",
        actions=views,
        errors=tuple(FieldError(reason.message, reason.field) for reason in refused) if here else (),
        endpoint="problems.act",
        around=tuple(url.items()),
        prefix="whole-",
        heading="整个事项",
    )
    return [Task(panel.heading, panel)]


OF_THE_WHOLE = (language.overseer, language.authority, language.party)
"""Whose acts are about the case and not about one question."""


LEADS = {
    "review": "核对答复与材料是否属实。您只审核这一方，不比较其他记录。",
    "confirm": "请复核裁定。同意后随即执行，各条记录同时变更。",
    "object": "对裁定有异议的，先上传新的佐证材料，再写明理由。",
}


def _heading(step: Step, item: WorkItem) -> str:
    if item.kind not in SIDE_ITEMS:
        return ITEM_WORDS[item.kind]
    side = next((side for side in sides_of(step) if side.no == item.turn), None)
    school = school_of(step.world, side) if side else None
    many = len(sight.visible_sides(step)) > 1
    place = f"第 {item.turn} 方 " if many else ""
    whose = f"{school.name}：" if school and item.kind == "review" else ""
    return place + whose + ITEM_WORDS[item.kind]


def options_for(step: Step, item: WorkItem) -> list[engine.Option]:
    """Return the answers to one open question of the viewer, allowed or with what stands against them."""
    asked = _asked(step, item)
    return [one for one in engine.options(asked) if item.kind in one.spec.kinds]


def _asked(step: Step, item: WorkItem) -> Step:
    """Return the step as it is when this question is answered."""
    asked = Step(step.session, step.case, step.subject, step.items, step.actor, step.world, step.now, {}, step.process)
    asked.cache = step.cache
    asked.payload = {"side": item.turn} if item.kind in SIDE_ITEMS else {}
    return asked


def _panel(
    step: Step,
    item: WorkItem,
    key: str,
    url: Mapping[str, str],
    typed: Mapping[str, Any],
    action: str,
    refused: list[Reason],
) -> ActionPanel:
    asked = _asked(step, item)
    options = [one for one in options_for(step, item) if one.action not in ON_FORMS]
    first = next((one.action for one in options if one.allowed and one.spec.tone == "primary"), "")
    views = tuple(_view(asked, item, one, first, typed, action, refused) for one in options)
    further = _further(asked, item, typed, action, refused)
    here = any(view.name == action for view in (*views, *further))
    return ActionPanel(
        case_no=step.case.no,
        revision=step.case.revision,
        key=f"{key}-{item.id}",
        actions=views,
        further=further,
        errors=tuple(FieldError(reason.message, reason.field) for reason in refused) if here else (),
        endpoint="problems.act",
        around=tuple(url.items()),
        prefix=f"{item.id}-",
        heading=_heading(step, item),
    )


def _further(
    step: Step, item: WorkItem, typed: Mapping[str, Any], action: str, refused: list[Reason]
) -> tuple[ActionView, ...]:
    """Return what may be done with a question besides answering it; each form says which question it means."""
    step.payload = {"turn": item.turn}
    views = actions.further_views(step, dict(typed), action, refused, actions.BY_HOLDER, item)
    which = Field("turn", "", "hidden", str(item.turn))
    return tuple(replace(view, fields=(which, *view.fields)) for view in views)


def _view(
    step: Step,
    item: WorkItem,
    option: engine.Option,
    first: str,
    typed: Mapping[str, Any],
    action: str,
    refused: list[Reason],
) -> ActionView:
    spec, here = option.spec, option.action == action
    faults = {reason.field: reason.message for reason in refused if reason.field} if here else {}
    general = tuple(actions.reason(reason) for reason in refused if not reason.field) if here else ()
    wanted = [*spec.fields, *spec.may, *(["comment"] if spec.comment else [])] if option.allowed else []
    return ActionView(
        name=option.action,
        word=spec.title,
        button=spec.title,
        allowed=option.allowed,
        primary=option.action == first,
        danger=spec.tone == "danger",
        consequence=spec.consequence,
        fields=tuple(field(step, item, option, name, typed if here else {}, faults) for name in wanted),
        reasons=(*(actions.reason(reason) for reason in option.reasons), *general),
        opened=here,
    )


def field(
    step: Step, item: WorkItem, option: engine.Option, name: str, typed: Mapping[str, Any], faults: dict[str, str]
) -> Field:
    error, value = faults.get(name, ""), typed.get(name, "")
    if name == "side":
        return Field("side", "", "hidden", str(item.turn))
    if name == "sides":
        chosen = tuple(str(one) for one in value) if isinstance(value, list) else ()
        return Field("sides", "发给哪几方", "checks", chosen=chosen, options=_sides(step), error=error, required=True)
    if name == "position":
        options = tuple(Option(code, word, POSITION_HINTS[code]) for code, word in POSITIONS.items())
        return Field(name, "本校的意见", "radio", str(value), options=options, error=error, required=True)
    if name == "items":
        chosen = tuple(value) if isinstance(value, list) else ()
        items = tuple(Option(word, word) for word in returns.ITEMS["problem"])
        return Field(name, "哪几样要补", "checks", chosen=chosen, options=items, error=error)
    needed = option.spec.comment == "required"
    label = {"send_inquiry": "要核实的问题", "object": "异议的理由"}.get(option.action, "理由" if needed else "意见")
    hint = HINTS.get(option.action, HINTS["comment"])
    return Field("comment", label, "textarea", str(value), hint=hint, error=error, required=needed,
                 maxlength=COMMENT_LIMIT, rows=3)  # fmt: skip


POSITION_HINTS = {"insist": "本校的答复属实，材料没有变化或已补充", "give_up": "本校不再主张这条记录"}


def _sides(step: Step) -> tuple[Option, ...]:
    found = []
    for side in sides_of(step):
        school = school_of(step.world, side)
        if school:
            found.append(Option(str(side.no), f"第 {side.no} 方 {school.name}"))
    return tuple(found)
