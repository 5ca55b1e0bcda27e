"""What may be typed with the actions about a pupil without number."""

from typing import Any

from workflow import key_data
from workflow.language import Check
from workflow.no_id.lists import REASONS
from workflow.one_record import student_of
from workflow.settings import is_demo
from workflow.step import Step

OBTAINED = ("id_type", "id_number", "sex", "birth_date", "name")


def _reason(step: Step, value: Any) -> str | None:
    if value not in REASONS:
        return "请从所列原因中选择"
    missing = value == "other" and not str(step.payload.get("comment") or "").strip()
    return "选“其他”的，请在说明中写明原因" if missing else None


def _corrected(step: Step, value: Any) -> str | None:
    """One sentence with everything that is wrong; there must be a number in it."""
    if not isinstance(value, dict) or not value.get("id_number"):
        return "请填写已取得的身份证件号"
    if set(value) - set(OBTAINED):
        return "只能填写证件类型、证件号和须一并更正的性别、出生日期、姓名"
    typed = {"id_type": "1", **value}
    judged = key_data.judge(student_of(step), typed, step.today, demo=is_demo(step.session))
    return "；".join(reason.message for reason in judged.reasons) or None


CHECKS: dict[str, Check] = {"reason": _reason, "corrected": _corrected}
