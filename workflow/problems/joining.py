"""Another record turns up while the case runs: its school becomes a side, and perhaps a higher office decides."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import CaseScope
from models.findings import FindingRecord
from models.problems import ProblemSide
from models.students import Enrolment, Student
from workflow import desk
from workflow.problems.facts import school_of, sides_of
from workflow.routing import department_of, lowest_common
from workflow.step import Step
from workflow.world import Office, World


def add_sides(step: Step) -> None:
    """Ask the schools of the new records too; who decides is computed anew, and every answer given stands."""
    sides = sides_of(step)
    known = {side.student_id for side in sides}
    for student, school in living(step.session, step.world, step.subject.finding_id):
        if student not in known:
            side = new_side(step.world, step.case.id, len(sides) + 1, student, school)
            step.session.add(side)
            step.session.flush()
            sides.append(side)
    step.take(*(side for side in sides if side.student_id not in known))
    _decide_anew(step)
    scope = select(CaseScope.org_id).where(CaseScope.case_id == step.case.id)
    desk.open_scope(step, known=set(step.session.scalars(scope)))


def decider_of(world: World, schools: list[Office]) -> Office:
    """Return the school for its own records, else the lowest office above all departments (domain 4.10)."""
    if len({school.id for school in schools}) == 1:
        return schools[0]
    common = lowest_common(world, [department_of(world, school) for school in schools])
    return common or department_of(world, schools[0])


def living(session: Session, world: World, finding_id: int) -> list[tuple[int, Office]]:
    """Return the records of a finding that are not retired, each with its school, in the order they were found."""
    query = (
        select(Student.id, Enrolment.school_id)
        .join(FindingRecord, FindingRecord.student_id == Student.id)
        .join(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .where(FindingRecord.finding_id == finding_id, Student.retired_at.is_(None))
        .order_by(FindingRecord.id)
    )
    return [(row.id, world.today_s(world.office(row.school_id))) for row in session.execute(query)]


def new_side(world: World, case_id: int, no: int, student: int, school: Office) -> ProblemSide:
    """Return the side of one record; its school answers and the school's department reviews."""
    department = department_of(world, school)
    side = ProblemSide(case_id=case_id, no=no, student_id=student, school_id=school.id, department_id=department.id)
    side.answer, side.reason, side.review, side.inquiry, side.silent, side.objected = "", "", "", "", False, False
    return side


def _decide_anew(step: Step) -> None:
    schools = [school for side in sides_of(step) if (school := school_of(step.world, side))]
    decider = decider_of(step.world, schools)
    step.subject.decider_id, step.subject.level = decider.id, decider.level
    step.case.state = {**step.case.state, "parties": sorted({school.id for school in schools})}
    step.case.round += 1
