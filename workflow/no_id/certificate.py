"""The facts of 无身份证号学生在校就读证明表: as they are today, frozen when it is numbered."""

from typing import Any

from models.organisations import SchoolClass
from models.students import Enrolment, Guardian
from workflow.calendar import day_of
from workflow.no_id.lists import LEVELS, REASONS
from workflow.no_id.places import family_of, room_of
from workflow.one_record import school_of, student_of
from workflow.routing import department_of, key_of
from workflow.step import Step
from workflow.taking_over import said
from workflow.transfers.certificate import pupil_facts, records_of, rules_of
from workflow.transfers.guards import grade_name

KIND = "无身份证号学生在校就读"


def frozen_facts(step: Step) -> dict[str, Any]:
    """Return what the paper says, without addresses and print marks, which belong to the moment of printing."""
    case, school = step.case, school_of(step)
    student, found = student_of(step), room_of(step)
    return {
        "case_no": case.no,
        "kind": KIND,
        "applied_on": day_of(case.submitted_at or case.opened_at).isoformat(),
        "authority": records_of(step.world, school),
        "issued_by": step.world.name(case.route[-1]["org"]) if case.route else school.name,
        "rules": rules_of(step),
        "name": student.name,
        "pupil": pupil_facts(student),
        "school": school_facts(step, found),
        "address": str(student.details.get("现住址") or student.details.get("家庭地址") or ""),
        "guardians": [_guardian(one) for one in family_of(step)],
        "reason": REASONS.get(step.subject.reason, ""),
        "note": str(step.subject.words.get("note") or ""),
        "decisions": decisions(step),
        "effective_on": step.today.isoformat(),
    }


def school_facts(step: Step, found: tuple[Enrolment, SchoolClass] | None) -> dict[str, str]:
    """Return the school with the pupil's class and since when he is there."""
    school = school_of(step)
    return {
        "name": school.name,
        "code": school.code,
        "department": department_of(step.world, school).name,
        "grade": grade_name(found[1].grade) if found else "",
        "class_name": found[1].name if found else "",
        "entered_on": found[0].started_on.isoformat() if found else "",
    }


def decisions(step: Step) -> list[dict[str, str]]:
    """Return who agreed on which day, in the order of the route."""
    standing = step.case.state.get("decisions", {})
    told = []
    for stop in step.case.route:
        decision = standing.get(key_of(stop))
        if decision:
            office = step.world.office(decision.get("by_office", stop["org"]))
            told.append(
                {
                    "party": LEVELS[stop["phase"]],
                    "office": said(step.world, office, stop["org"]),
                    "seal": office.short_name,
                    "decider": decision["name"],
                    "at": decision["at"],
                }
            )
    return told


def _guardian(one: Guardian) -> dict[str, str]:
    return {"name": one.name, "relation": one.relation, "id_tail": one.id_number_tail or ""}
