"""What may be typed with the actions of an ID error."""

from typing import Any

from workflow import key_data
from workflow.id_errors.lists import KINDS, REASONS_TO_DELETE, RESULTS
from workflow.language import Check
from workflow.one_record import student_of
from workflow.settings import is_demo
from workflow.step import Step

RENAMING = "只有“姓名与人口库不一致”的问题才能更改姓名"


def _reason(step: Step, value: Any) -> str | None:
    return None if value in REASONS_TO_DELETE else "请从所列理由中选择"


def _result(step: Step, value: Any) -> str | None:
    return None if value in RESULTS else "请选择公安答复的结果"


def _corrected(step: Step, value: Any) -> str | None:
    """One sentence with everything that is wrong; a name may change for the one kind only (domain 4.9)."""
    if not isinstance(value, dict) or not value:
        return "请填写要更正的内容"
    student = student_of(step)
    renamed = "name" in value and value["name"] != student.name
    if renamed and not any(KINDS[kind].rename for kind in step.subject.kinds):
        return RENAMING
    judged = key_data.judge(student, value, step.today, demo=is_demo(step.session))
    return "；".join(reason.message for reason in judged.reasons) or None


CHECKS: dict[str, Check] = {"reason": _reason, "result": _result, "corrected": _corrected}
