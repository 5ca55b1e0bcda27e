"""What may be typed with the actions of a transfer: causes of refusal, assigned schools, milestones, pulled files."""

import datetime as dt
from typing import Any

from workflow import payload
from workflow.language import Check
from workflow.policies import look_up
from workflow.step import Step
from workflow.transfers.path import OTHER_CAUSE

RESULTS = {"agreed": "同意", "refused": "不同意", "bounced": "系统退回"}
FEES = "学费、杂费等纠纷不得作为拒绝转学的理由"
"""Guard T10: said on every form on which a school refuses."""


def causes(step: Step) -> list[str]:
    """Return the causes an office may refuse for (guard T9), with "other" where somebody above can rule on it."""
    listed = look_up(step.world, "refusal.causes", None, step.today).value
    return [*listed.get(step.case.phase, []), OTHER_CAUSE]


def _cause(step: Step, value: Any) -> str | None:
    allowed = causes(step)
    return None if value in allowed else "请从所列理由中选择：" + "、".join(allowed)


def _school(step: Step, value: Any) -> str | None:
    school = step.world.by_code.get(value) if isinstance(value, str) else None
    if school is None or not school.is_school or school.closed_on:
        return "没有这所学校，请核对学校标识码"
    office = step.item.org_id if step.item else None
    if office not in {above.id for above in step.world.upwards(school)}:
        return "只能安排本部门主管的学校"
    if school.id in (step.subject.to_school_id, step.subject.from_school_id):
        return "请选择另一所学校"
    return None if step.subject.target_grade in school.grades else "该校没有转入年级"


def _class_no(step: Step, value: Any) -> str | None:
    return None if isinstance(value, str) and value.isdigit() and len(value) == 7 else "班级应为 7 位班号"


def _result(step: Step, value: Any) -> str | None:
    return None if value in RESULTS else "请选择办理结果：" + "、".join(RESULTS.values())


def _pulled(step: Step, value: Any) -> str | None:
    if not isinstance(value, dict) or set(value) - {"sex", "birth_date", "id_type", "id_number", "ethnicity"}:
        return "调档信息只包括性别、出生日期、证件类型、证件号和民族"
    if value.get("sex") not in ("male", "female"):
        return "请填写性别"
    born = payload.date_of(value.get("birth_date"))
    if born is None or not step.today - dt.timedelta(days=366 * 25) < born < step.today - dt.timedelta(days=365 * 3):
        return "请填写出生日期，如 2015-03-12"
    return None


CHECKS: dict[str, Check] = {
    "cause": _cause,
    "to": _school,
    "to_class": _class_no,
    "result": _result,
    "pulled": _pulled,
}
