"""What may be typed with the actions of a problem: which side, corrected values, verdicts, reasons."""

from typing import Any

from workflow import payload
from workflow.language import Check
from workflow.problems.facts import sides_of
from workflow.problems.lists import ANSWERS, CORRECTABLE, REASONS, REASONS_TO_DELETE
from workflow.problems.verdicts import corrected_fault, verdicts_fault
from workflow.step import Step

POSITIONS = {"insist": "坚持原答复", "give_up": "放弃"}


def _side(step: Step, value: Any) -> str | None:
    return None if value in {side.no for side in sides_of(step)} else "没有这一方"


def _sides(step: Step, value: Any) -> str | None:
    known = {side.no for side in sides_of(step) if side.school_id}
    fits = isinstance(value, list) and value and len(value) <= len(known) and all(one in known for one in value)
    return None if fits else "请选择要发给哪几方"


def _reason(step: Step, value: Any) -> str | None:
    return None if value in REASONS_TO_DELETE else "请从所列理由中选择"


def _corrected(step: Step, value: Any) -> str | None:
    return corrected_fault(step, value)


def _position(step: Step, value: Any) -> str | None:
    return None if value in POSITIONS else "请选择坚持还是放弃"


def _reasons(step: Step, value: Any) -> str | None:
    fits = isinstance(value, list) and value and len(set(map(str, value))) == len(value)
    return None if fits and all(one in REASONS for one in value) else "请从所列理由中选择至少一项"


def _evidence(step: Step, value: Any) -> str | None:
    fits = isinstance(value, list) and len(value) <= 20 and all(isinstance(one, str) for one in value)
    return None if fits else "请选择材料"


CHECKS: dict[str, Check] = {
    "side": _side,
    "sides": _sides,
    "reason": _reason,
    "corrected": _corrected,
    "position": _position,
    "verdicts": verdicts_fault,
    "reasons": _reasons,
    "evidence": _evidence,
}
__all__ = ["ANSWERS", "CHECKS", "CORRECTABLE", "POSITIONS", "payload"]
