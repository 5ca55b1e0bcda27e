"""The facts a transfer certificate states, frozen in the moment the record moves."""

import re
from typing import Any

from models.organisations import SchoolClass
from models.students import Student
from workflow.calendar import day_of
from workflow.routing import department_of, key_of
from workflow.step import Step
from workflow.taking_over import said
from workflow.transfers.guards import grade_name
from workflow.transfers.places import common_authority
from workflow.world import Office, World

PARTIES = {
    "receiving_school": "转入学校",
    "receiving_department": "转入学校主管部门",
    "releasing_school": "转出学校",
    "releasing_department": "转出学校主管部门",
    "common_department": "共同主管部门",
}


def frozen_facts(step: Step, student: Student) -> dict[str, Any]:
    """Return what the paper says, without addresses and print marks, which belong to the moment of printing."""
    case, transfer = step.case, step.subject
    submitted = case.submitted_at or step.now
    return {
        "case_no": case.no,
        "kind": kind_of(step),
        "applied_on": day_of(submitted).isoformat(),
        "authority": records_of(step.world, step.world.office(case.applicant_org_id)),
        "issued_by": step.world.name(case.applicant_org_id),
        "rules": rules_of(step),
        "name": transfer.name,
        "pupil": pupil_facts(student),
        "releasing": party(step, transfer.from_school_id, transfer.from_class_id, transfer.from_grade),
        "receiving": party(step, transfer.to_school_id, transfer.to_class_id, transfer.target_grade),
        "decisions": decisions(step),
        "arrived_on": transfer.arrived_on.isoformat(),
        "effective_on": step.today.isoformat(),
    }


def pupil_facts(student: Student) -> dict[str, str]:
    """Return what a paper tells of the pupil beside the name; of numbers only the end (promises 5.6)."""
    return {
        "sex": student.sex,
        "birth_date": student.birth_date.isoformat(),
        "nationality": student.nationality,
        "ethnicity": student.ethnicity,
        "id_type": student.id_type,
        "id_tail": student.id_number_tail or "",
        "record_tail": student.record_no_tail or "",
    }


def records_of(world: World, office: Office) -> str:
    """Return whose records these are: the places from the top down, without the offices' own words."""
    above = [one for one in world.upwards(office) if not one.is_school]
    places = [re.sub(r"(教育|文教|教体).*$", "", one.name) for one in reversed(above)]
    return "".join(dict.fromkeys(places)) + "中小学学籍管理"


def rules_of(step: Step) -> str:
    """Return the definition the case was decided by, with the mark by which it can be told from any other."""
    process = step.process
    if process is None:
        raise ValueError("the step was not made by the engine")
    return f"{process.title}流程 第{process.version}版（{process.digest()[:12]}）"


def kind_of(step: Step) -> str:
    """Return which of the three routes the transfer took, in words."""
    if step.subject.direction != "inside":
        return "跨省转学"
    common = any(stop["phase"] == "common_department" for stop in step.case.route)
    return "同区县转学" if common else "省内跨区县转学"


def party(step: Step, school_id: int | None, class_id: int | None, grade: int | None) -> dict[str, str]:
    """Return a school as it stands on papers; a school in another province is what was typed."""
    if school_id is None:
        outside = step.subject.outside or {}
        return {
            "name": outside.get("school", ""),
            "code": outside.get("code", ""),
            "department": outside.get("dept", ""),
            "province": outside.get("province", ""),
            "grade": grade_name(grade) if grade else "",
            "class_name": "",
        }
    school = step.world.office(school_id)
    room = step.session.get(SchoolClass, class_id) if class_id else None
    return {
        "name": school.name,
        "code": school.code,
        "department": department_of(step.world, school).name,
        "province": "",
        "grade": grade_name(grade) if grade else "",
        "class_name": room.name if room else "",
    }


def decisions(step: Step) -> list[dict[str, str]]:
    """Return who agreed on which day, in the order of the route; `recorded_by` for an office outside the province."""
    standing = step.case.state.get("decisions", {})
    return [_decision(step, stop, standing[key_of(stop)]) for stop in step.case.route if key_of(stop) in standing]


def _decision(step: Step, stop: dict[str, Any], decision: dict[str, Any]) -> dict[str, str]:
    ruler = common_authority(step) if decision.get("overruled") else None
    asked = step.world.offices.get(stop["org"] or 0)
    office = ruler or step.world.offices.get(decision.get("by_office", 0)) or asked
    silent = asked.id if asked and not ruler else None
    clerk = f"{step.world.name(step.case.applicant_org_id)} {decision['name']}" if stop.get("milestone") else ""
    return {
        "party": "上级部门裁定" if ruler else PARTIES[stop["phase"]],
        "office": said(step.world, office, silent) or outside_office(step, stop["phase"]),
        "seal": office.short_name if office else "",
        "decider": "" if clerk else decision["name"],
        "at": decision["at"],
        "milestone": stop.get("milestone", ""),
        "recorded_by": clerk,
    }


def outside_office(step: Step, phase: str) -> str:
    """Return the school or department of another province that a phase is about, as it was typed."""
    outside = step.subject.outside or {}
    name = outside.get("school" if phase.endswith("school") else "dept", "")
    return str(name or outside.get("province", "") or "外省单位")
