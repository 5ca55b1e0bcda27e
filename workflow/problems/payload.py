"""What may be typed with the actions of a problem: which side, corrected values, verdicts, reasons."""

from typing import Any

from workflow.language import Check
from workflow.problems.facts import is_gone, school_of, sides_of
from workflow.problems.judging import corrected_fault, verdicts_fault
from workflow.problems.lists import REASONS, REASONS_TO_DELETE
from workflow.step import Step

POSITIONS = {"insist": "坚持原答复", "give_up": "放弃"}


def _side(step: Step, value: Any) -> str | None:
    fits = type(value) is int and value in {side.no for side in sides_of(step)}
    return None if fits else "没有这一方"


def _sides(step: Step, value: Any) -> str | None:
    known = {side.no for side in sides_of(step) if side.school_id}
    fits = isinstance(value, list) and all(type(one) is int and one in known for one in value)
    if not fits or not 0 < len(value) == len(set(value)):
        return "请选择要发给哪几方"
    gone = next((side for side in sides_of(step) if side.no in value and is_gone(step.world, side)), None)
    if gone is None:
        return None
    school = school_of(step.world, gone)
    return f"第 {gone.no} 方的{school.name if school else '学校'}已停办，没有承接的学校，请按现有材料认定"


def _reason(step: Step, value: Any) -> str | None:
    return None if isinstance(value, str) and value in REASONS_TO_DELETE else "请从所列理由中选择"


def _corrected(step: Step, value: Any) -> str | None:
    return corrected_fault(step, value)


def _position(step: Step, value: Any) -> str | None:
    return None if isinstance(value, str) and value in POSITIONS else "请选择坚持还是放弃"


def _reasons(step: Step, value: Any) -> str | None:
    fits = isinstance(value, list) and all(isinstance(one, str) and one in REASONS for one in value)
    return None if fits and 0 < len(value) == len(set(value)) else "请从所列理由中选择至少一项"


CHECKS: dict[str, Check] = {
    "side": _side,
    "sides": _sides,
    "reason": _reason,
    "corrected": _corrected,
    "position": _position,
    "verdicts": verdicts_fault,
    "reasons": _reasons,
}
