"""Fields of what can be done in any process: to which step a case goes back, and what follows when it was put right."""

import datetime as dt
from typing import Any

from web.present import words
from web.views import Field, Option
from workflow import going_back, payload
from workflow.acts import adding
from workflow.calendar import day_of
from workflow.going_back import Target
from workflow.routing import key_of
from workflow.step import Step

LABELS = {"back_to": "退回到", "jump_to": "调整到", "resume": "办好以后", "where": "怎样签"}


def fields(step: Step, name: str, value: Any, common: dict[str, Any]) -> list[Field] | None:
    """Return the field of one typed value, or None for what is asked elsewhere."""
    if name not in LABELS:
        return None
    common = {**common, "label": LABELS[name]}
    if name == "resume":
        options = tuple(Option(code, word) for code, word in payload.RESUME.items())
        chosen = str(value or "straight")
        return [Field(name, kind="radio", value=chosen, options=options, **{**common, "required": True})]
    if name == "where":
        ways = tuple(Option(code, word) for code, word in adding.WHERE.items())
        return [Field(name, kind="radio", value=str(value), options=ways, **common)]
    found = going_back.earlier(step) if name == "back_to" else going_back.visited(step)
    options = tuple(Option(target.code, said(step, target), _done(step, target)) for target in found)
    return [Field(name, kind="radio", value=str(value), options=options, **common)]


def said(step: Step, target: Target) -> str:
    """Return what a step that can be asked again is called."""
    title = step.process.phases[target.phase].title
    if target.stop is not None:
        same = [stop for stop in step.case.route if (stop["phase"], stop["org"]) == (target.phase, target.stop["org"])]
        role = f" {words.ROLE_TITLES.get(target.stop['role'], '')}" if len(same) > 1 else ""
        return f"{step.world.name(target.stop['org'])}{role}（{title}）"
    if target.phase == step.process.initial() and step.case.route:
        return f"{step.world.name(step.case.applicant_org_id)}（补正后重新提交）"
    return str(title)


def _done(step: Step, target: Target) -> str:
    decision = step.case.state.get("decisions", {}).get(key_of(target.stop)) if target.stop else None
    if not decision:
        return ""
    day = day_of(dt.datetime.fromisoformat(decision["at"]))
    return f"{decision['name']} {day.month}月{day.day}日已同意"
