"""From finding to case: the worker opens it soon after, never the import or the entry that found it (promise T3)."""

import datetime as dt
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.findings import Finding, FindingRecord
from models.people import SYSTEM_PERSON_ID
from models.problems import Problem, ProblemSide
from models.students import Enrolment, Student
from workflow import desk, engine, opening, processes
from workflow.errors import NotAllowed, Unacceptable
from workflow.problems.joining import decider_of, living, new_side
from workflow.step import Actor, Step
from workflow.world import Office, World, world_of

RUNNING = ("sides", "arbitration", "confirmation", "outside")
"""Phases in which nothing has taken effect yet."""
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
    places = living(session, world, finding.id)
    if len(places) < 2:
        finding.state, finding.closed_at = "closed", now
        return None
    actor = actor or Actor(SYSTEM_PERSON_ID, "系统")
    decider = decider_of(world, [school for _, school in places])
    problem = Problem(kind=finding.kind, finding_id=finding.id, level=decider.level, decider_id=decider.id)
    case = _open(session, world, actor, decider, problem, places, None, now)
    finding.case_id, finding.decider_id = case.id, decider.id
    session.flush()
    return case


def open_across(
    session: Session, world: World, actor: Actor, student_id: int, outside: dict[str, str], now: dt.datetime
) -> Case:
    """Open the case of a record whose number another province holds too; `outside` is `{province, school, note}`.

    Our side is heard and reviewed as in any other problem; what is decided outside is entered by the province's office
    (domain 4.10, row 11). The caller commits. Raises NotAllowed for everybody but officers above the record's school,
    Unacceptable while a case about the record is running.
    """
    place = _place(session, world, student_id)
    offices = [office for office in world.upwards(place) if not office.is_school] if place else []
    if place is None or not any(actor.holds("dept_clerk", office.id) for office in offices):
        raise NotAllowed("open_across", "由该校主管部门或其上级部门的经办人登记")
    if session.scalar(_running_about(student_id)) is not None:
        raise Unacceptable("student", "这条学籍记录的问题正在处理，不能重复登记")
    province = offices[-1]
    problem = Problem(kind="id_exact", level="ministry", decider_id=province.id)
    return _open(session, world, actor, province, problem, [(student_id, place)], outside, now)


def _open(
    session: Session,
    world: World,
    actor: Actor,
    office: Office,
    problem: Problem,
    places: list[tuple[int, Office]],
    outside: dict[str, str] | None,
    now: dt.datetime,
) -> Case:
    process = processes.newest("problem")
    *_, top = world.upwards(office)  # a number of the deciding office would tell a school where the other record is
    case = opening.open_case(session, process, actor, office, world, now, numbered_at=top)
    case.submitted_at = now
    case.state = {"parties": sorted({school.id for _, school in places})}
    problem.case_id = case.id
    session.add(problem)
    session.add_all(new_side(world, case.id, no, student, school) for no, (student, school) in enumerate(places, 1))
    if outside is not None:
        session.add(ProblemSide(case_id=case.id, no=len(places) + 1, outside=outside))
    session.flush()
    step = Step(session, case, problem, [], actor, world, now, {}, process)
    opening.first_event(step)
    desk.begin(step, process)
    desk.open_scope(step, known={office.id})
    desk.send(step)
    session.flush()
    return case


def _place(session: Session, world: World, student_id: int) -> Office | None:
    here = (Enrolment.student_id == student_id) & Enrolment.ended_on.is_(None)
    number = session.scalar(select(Enrolment.school_id).where(here))
    return world.today_s(world.office(number)) if number else None


def _running_about(student_id: int) -> Select[str]:
    query = select(Case.no).join(ProblemSide, ProblemSide.case_id == Case.id)
    return query.where(ProblemSide.student_id == student_id, Case.closed_at.is_(None)).limit(1)


def _running(session: Session, case_id: int | None) -> bool:
    return case_id is not None and session.get_one(Case, case_id).closed_at is None


def open_found(session: Session, finding_id: int, now: dt.datetime) -> bool:
    """Open the case of a finding, as the clock does; tells whether there was anything to open. The caller commits."""
    return open_problem(session, world_of(session), finding_id, now) is not None


# ---- what the worker looks after -------------------------------------------------------------------------------------


def changed(session: Session, limit: int = 100) -> list[tuple[str, str]]:
    """Return `(case number, action)` for running cases whose group is not what they were opened for.

    A record that was found since joins; a case of a finding that is over, or has one living record left, is withdrawn;
    one whose ruling was taken back while objections were possible is ruled anew.
    """
    alive = (
        select(func.count(Student.id))
        .join(FindingRecord, FindingRecord.student_id == Student.id)
        .where(FindingRecord.finding_id == Finding.id, Student.retired_at.is_(None))
        .scalar_subquery()
    )
    ours = select(func.count(ProblemSide.id)).where(ProblemSide.case_id == Case.id).scalar_subquery()
    group = (Finding.state != "open") | (alive < 2) | (alive > ours)
    query = (
        select(Case.no, Case.phase, Finding.state, alive.label("alive"))
        .join(Problem, Problem.case_id == Case.id)
        .join(Finding, Finding.id == Problem.finding_id)
        .where(Case.closed_at.is_(None), Problem.standing_ruling_id.is_(None))
        .where((Case.phase.in_(RUNNING) & group) | (Case.phase == "objection"))
    )
    rows = session.execute(query.order_by(Case.id).limit(limit))
    return [(row.no, _what_follows(row)) for row in rows]


def _what_follows(row: Any) -> str:
    if row.phase == "objection":
        return "reopen"
    return "side_joined" if row.state == "open" and row.alive > 1 else "withdraw_case"


def follow(session: Session, no: str, action: str, now: dt.datetime) -> None:
    """Let the clock carry out what `changed` found. The caller commits."""
    key = f"group:{action}:{no}:{now.isoformat()}"
    engine.do(session, no, action, SYSTEM_PERSON_ID, now=now, key=key, seen_revision=None)
