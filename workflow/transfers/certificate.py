"""The facts a transfer certificate states, frozen in the moment the record moves."""

from typing import Any

from models.organisations import SchoolClass
from workflow.calendar import day_of
from workflow.routing import department_of, key_of
from workflow.step import Step
from workflow.transfers.guards import grade_name

PARTIES = {
    "receiving_school": "转入学校",
    "receiving_department": "转入学校主管部门",
    "releasing_school": "转出学校",
    "releasing_department": "转出学校主管部门",
    "common_department": "共同主管部门",
}


def frozen_facts(step: Step) -> dict[str, Any]:
    """Return what the paper says, without addresses and print marks, which belong to the moment of printing."""
    case, transfer = step.case, step.subject
    submitted = case.submitted_at or step.now
    return {
        "case_no": case.no,
        "kind": kind_of(step),
        "applied_on": day_of(submitted).isoformat(),
        "name": transfer.name,
        "releasing": party(step, transfer.from_school_id, transfer.from_class_id, transfer.from_grade),
        "receiving": party(step, transfer.to_school_id, transfer.to_class_id, transfer.target_grade),
        "decisions": decisions(step),
        "arrived_on": transfer.arrived_on.isoformat(),
        "effective_on": step.today.isoformat(),
    }


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
    """Return who agreed on which day, in the order of the route."""
    standing = step.case.state.get("decisions", {})
    lines = []
    for stop in step.case.route:
        decision = standing.get(key_of(stop))
        if decision:
            outside = (step.subject.outside or {}).get("province", "")
            office = step.world.name(stop["org"]) if stop["org"] else outside
            lines.append(
                {
                    "party": PARTIES[stop["phase"]],
                    "office": office,
                    "decider": decision["name"],
                    "at": decision["at"],
                    "milestone": stop.get("milestone", ""),
                }
            )
    return lines
