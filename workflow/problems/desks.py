"""Who is asked in each phase of a problem: the questions that are open, read off the case as it is now."""

from workflow.language import Each, Question
from workflow.problems.facts import arbitrates, confirms, decider, is_gone, next_reviewer, school_of, sides_of
from workflow.step import Step


def _answers_and_reviews(step: Step) -> list[Question]:
    """Every school that has not answered, and the department of every school that has (domain 4.10, rows 2-4)."""
    asked = []
    for side in sides_of(step):
        school, reviewer = school_of(step.world, side), next_reviewer(step, side)
        if school is None or reviewer is None or side.silent or side.review == "accepted":
            continue
        if not side.answer:
            purpose = "case_returned" if side.review == "returned" else "case_waiting"
            asked.append(Question(school.id, "school_clerk", "answer", "problem.side", turn=side.no, purpose=purpose))
        else:
            role = "school_leader" if reviewer.is_school else "dept_clerk"
            asked.append(Question(reviewer.id, role, "review", "problem.dept_review", turn=side.no))
    return asked


def _arbitrator_and_inquiries(step: Step) -> list[Question]:
    """The arbitrator; while an inquiry runs his clock is set anew, with the term of the sheet added."""
    count = int(step.case.state.get("inquiries", 0))
    left = step.case.state.get("ruling_days")
    asked = [Question(arbitrates(step).id, "arbitrator", "rule", "arbitration", left, turn=count)]
    for side in sides_of(step):
        school = school_of(step.world, side)
        if side.inquiry == "asked" and school:
            asked.append(Question(school.id, "school_clerk", "inquiry", "inquiry.sheet", turn=side.no))
    return asked


def _leader(step: Step) -> list[Question]:
    return [Question(confirms(step).id, "dept_leader", "confirm", "arbitration.confirm")]


def _those_who_may_object(step: Step) -> list[Question]:
    """Every side of ours that has not objected and is there; the item tells it the ruling and ends by itself."""
    asked = []
    for side in sides_of(step):
        school = school_of(step.world, side)
        if school and not side.objected and not is_gone(step.world, side):
            asked.append(
                Question(school.id, "school_clerk", "object", "ruling.objection", turn=side.no, purpose="case_ruled")
            )
    return asked


def _province(step: Step) -> list[Question]:
    return [Question(decider(step).id, "dept_clerk", "record", "arbitration")]


sides = Each("sides", "各校学籍管理员、各主管部门", _answers_and_reviews)
arbitrator = Each("arbitrator", "裁定部门仲裁员", _arbitrator_and_inquiries)
leader = Each("leader", "裁定部门负责人", _leader)
objectors = Each("objectors", "各校学籍管理员", _those_who_may_object)
province = Each("province", "省级部门经办人", _province)
