"""What one officer proposes about a case and another has to confirm: to end it, or to put it where it belongs."""

from web.present import act_fields
from workflow import going_back
from workflow.acts import overruling
from workflow.problems import sight
from workflow.step import Step


def told(step: Step) -> tuple[str, str] | None:
    """Return who proposes what, and why, or None. Of a problem only whoever sees all of it is told (promise T3)."""
    pending = overruling.proposed(step) if step.case.closed_at is None else None
    if pending is None or (step.case.process == "problem" and not sight.sees_all(step)):
        return None
    return f"{step.world.name(pending['office'])} {pending['name']} 提请{what(step)}，待另一人确认", pending["reason"]


def what(step: Step) -> str:
    """Return what is proposed now."""
    pending = overruling.proposed(step) or {}
    if pending.get("kind") == overruling.TERMINATE:
        return "终止本事项"
    target = going_back.chosen(going_back.visited(step), pending.get("target"))
    return f"调整到{act_fields.said(step, target)}" if target else "调整环节"
