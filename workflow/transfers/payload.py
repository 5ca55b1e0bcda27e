"""What may be typed with the actions of a transfer: causes of refusal, assigned schools, milestones, pulled files."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from models.evidence import Evidence
from models.organisations import Organisation, SchoolClass
from workflow import payload
from workflow.identity import is_built_like_resident_id, sex_of
from workflow.language import Check
from workflow.policies import look_up
from workflow.step import Step
from workflow.transfers.path import OTHER_CAUSE

RESULTS = {"agreed": "同意", "refused": "不同意", "bounced": "系统退回"}
RESIDENT, NO_DOCUMENT = "1", "Z"
ID_TYPES = (RESIDENT, "6", "7", "8", "9", "A", NO_DOCUMENT)
"""Documents a pupil may have, by the codes of the national template (domain 5.2)."""
FEES = "学费、杂费等纠纷不得作为拒绝转学的理由"
"""Guard T10: said on every form on which a school refuses."""


def causes(step: Step) -> list[str]:
    """Return the causes an office may refuse for (guard T9), with "other" where somebody above can rule on it."""
    asked = next((step.world.office(item.org_id) for item in step.open_items), None)
    listed = look_up(step.world, "refusal.causes", asked, step.today).value
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
    if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 7):
        return "班级应为 7 位班号"
    school = step.payload.get("to")
    here = select(SchoolClass.grade).join(Organisation, Organisation.id == SchoolClass.school_id)
    grade = step.session.scalar(here.where(Organisation.code == str(school)[:20], SchoolClass.no == value))
    if grade is None:
        return "该校没有这个班级"
    return None if grade == step.subject.target_grade else "所选班级不是转入年级的班级"


def _result(step: Step, value: Any) -> str | None:
    good = isinstance(value, str) and value in RESULTS
    return None if good else "请选择办理结果：" + "、".join(RESULTS.values())


def _evidence(step: Step, value: Any) -> str | None:
    known = select(Evidence.id).where(Evidence.public_id == str(value)[:26], Evidence.case_id == step.case.id)
    return None if isinstance(value, str) and step.session.scalar(known) else "没有找到这份材料，请重新上传"


def _pulled(step: Step, value: Any) -> str | None:
    if not isinstance(value, dict) or set(value) - {"sex", "birth_date", "id_type", "id_number", "ethnicity"}:
        return "调档信息只包括性别、出生日期、证件类型、证件号和民族"
    if value.get("sex") not in ("male", "female"):
        return "请填写性别"
    born = payload.date_of(value.get("birth_date"))
    if born is None or not step.today - dt.timedelta(days=366 * 25) < born < step.today - dt.timedelta(days=365 * 3):
        return "请填写出生日期，如 2015-03-12"
    return payload.text_fault(value.get("ethnicity", ""), 20) or _pulled_number(step, value)


def _pulled_number(step: Step, value: dict[str, Any]) -> str | None:
    kind, number = value.get("id_type", RESIDENT), value.get("id_number") or ""
    if kind not in ID_TYPES:
        return "证件类型不对，请与调档信息核对"
    if not isinstance(number, str) or len(number) > 30 or payload.bad_character(number):
        return "证件号不对，请与调档信息核对"
    if not number or kind != RESIDENT:
        return None
    if not is_built_like_resident_id(number.upper()):
        return "身份证件号不对：应为 18 位，日期存在，校验位正确"
    sex = "male" if sex_of(number) == "男" else "female"
    same = sex == value["sex"] and number[6:14] == value["birth_date"].replace("-", "")
    return None if same else "身份证件号与性别或出生日期不一致，请与调档信息核对"


CHECKS: dict[str, Check] = {
    "cause": _cause,
    "to": _school,
    "to_class": _class_no,
    "result": _result,
    "evidence": _evidence,
    "pulled": _pulled,
}
