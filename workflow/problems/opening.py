"""From finding to case: the worker opens it soon after, never the import or the entry that found it (promise T3)."""

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.findings import Finding
from models.people import SYSTEM_PERSON_ID
from models.problems import Problem, ProblemSide
from models.students import Enrolment, Student
from workflow import desk, opening, processes
from workflow.problems.facts import records_of
from workflow.routing import department_of, lowest_common
from workflow.step import Actor, Step
from workflow.world import Office, World

BY_ITSELF = ("id_exact", "nsb")
"""Kinds that become a case without anybody asking; a near pair is looked at by the deciding office first."""


def waiting(session: Session, limit: int = 100) -> list[int]:
    """Return findings that no running case deals with, the oldest first."""
    over = select(Case.id).where(Case.id == Finding.case_id, Case.closed_at.is_not(None)).exists()
    query = select(Finding.id).where(
        Finding.state == "open", Finding.kind.in_(BY_ITSELF), or_(Finding.case_id.is_(None), over)
    )
    return list(session.scalars(query.order_by(Finding.id).limit(limit)))


def open_problem(
    session: Session, world: World, finding_id: int, now: dt.datetime, actor: Actor | None = None
) -> Case | None:
    """Open the case of a finding, one side for each record, and ask every school. The caller commits.

    Returns None when fewer than two records are left; such a finding is closed. `actor` opens a near pair by hand.
    """
    finding = session.scalars(select(Finding).where(Finding.id == finding_id).with_for_update()).one()
    if finding.state != "open" or _running(session, finding.case_id):
        return None
    places = _places(session, world, records_of(session, finding.id))
    if len(places) < 2:
        finding.state, finding.closed_at = "closed", now
        return None
    actor = actor or Actor(SYSTEM_PERSON_ID, "系统")
    decider = decider_of(world, [school for _, school in places])
    process = processes.newest("problem")
    case = opening.open_case(session, process, actor, decider, world, now)
    case.submitted_at = now
    departments = {department_of(world, school).id for _, school in places}
    case.state = {"parties": sorted({school.id for _, school in places}), "departments": sorted(departments)}
    problem = Problem(
        case_id=case.id, kind=finding.kind, finding_id=finding.id, level=decider.level, decider_id=decider.id
    )
    session.add(problem)
    session.add_all(_side(world, case, no, student, school) for no, (student, school) in enumerate(places, 1))
    finding.case_id, finding.decider_id = case.id, decider.id
    session.flush()
    step = Step(session, case, problem, [], actor, world, now, {}, process)
    opening.first_event(step)
    desk.begin(step, process)
    desk.open_scope(step, known={decider.id})
    desk.send(step)
    session.flush()
    return case


def decider_of(world: World, schools: list[Office]) -> Office:
    """Return the school for its own records, else the lowest office above all departments (domain 4.10)."""
    if len({school.id for school in schools}) == 1:
        return schools[0]
    common = lowest_common(world, [department_of(world, school) for school in schools])
    return common or department_of(world, schools[0])


def _running(session: Session, case_id: int | None) -> bool:
    return case_id is not None and session.get_one(Case, case_id).closed_at is None


def _places(session: Session, world: World, numbers: list[int]) -> list[tuple[int, Office]]:
    """Return the living records with the school each is enrolled in, in the order they were found."""
    query = (
        select(Student.id, Enrolment.school_id)
        .join(Enrolment, (Enrolment.student_id == Student.id) & Enrolment.ended_on.is_(None))
        .where(Student.id.in_(numbers), Student.retired_at.is_(None))
    )
    schools = {row.id: world.today_s(world.office(row.school_id)) for row in session.execute(query)}
    return [(number, schools[number]) for number in numbers if number in schools]


def _side(world: World, case: Case, no: int, student: int, school: Office) -> ProblemSide:
    department = department_of(world, school)
    return ProblemSide(case_id=case.id, no=no, student_id=student, school_id=school.id, department_id=department.id)
