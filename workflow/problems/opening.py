"""From finding to case: the worker opens it soon after, never the import or the entry that found it (promise T3)."""

import datetime as dt

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.findings import Finding, FindingRecord
from models.people import SYSTEM_PERSON_ID
from models.problems import Problem, ProblemSide
from models.students import Student
from workflow import desk, engine, opening, processes
from workflow.problems.joining import decider_of, living, new_side
from workflow.step import Actor, Step
from workflow.world import World, world_of

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
    process = processes.newest("problem")
    case = opening.open_case(session, process, actor, decider, world, now)
    case.submitted_at = now
    case.state = {"parties": sorted({school.id for _, school in places})}
    problem = Problem(
        case_id=case.id, kind=finding.kind, finding_id=finding.id, level=decider.level, decider_id=decider.id
    )
    session.add(problem)
    session.add_all(new_side(world, case.id, no, student, school) for no, (student, school) in enumerate(places, 1))
    finding.case_id, finding.decider_id = case.id, decider.id
    session.flush()
    step = Step(session, case, problem, [], actor, world, now, {}, process)
    opening.first_event(step)
    desk.begin(step, process)
    desk.open_scope(step, known={decider.id})
    desk.send(step)
    session.flush()
    return case


def _running(session: Session, case_id: int | None) -> bool:
    return case_id is not None and session.get_one(Case, case_id).closed_at is None


def open_found(session: Session, finding_id: int, now: dt.datetime) -> bool:
    """Open the case of a finding, as the clock does; tells whether there was anything to open. The caller commits."""
    return open_problem(session, world_of(session), finding_id, now) is not None


# ---- what the worker looks after -------------------------------------------------------------------------------------


def changed(session: Session, limit: int = 100) -> list[tuple[str, str]]:
    """Return `(case number, action)` for running cases whose group is not what they were opened for.

    A record that was found since joins; a case of a finding that is over, or has one living record left, is withdrawn.
    """
    alive = (
        select(func.count(Student.id))
        .join(FindingRecord, FindingRecord.student_id == Student.id)
        .where(FindingRecord.finding_id == Finding.id, Student.retired_at.is_(None))
        .scalar_subquery()
    )
    ours = select(func.count(ProblemSide.id)).where(ProblemSide.case_id == Case.id).scalar_subquery()
    query = (
        select(Case.no, Finding.state, alive.label("alive"), ours.label("ours"))
        .join(Problem, Problem.case_id == Case.id)
        .join(Finding, Finding.id == Problem.finding_id)
        .where(Case.closed_at.is_(None), Case.phase.in_(RUNNING))
        .where((Finding.state != "open") | (alive < 2) | (alive > ours))
    )
    rows = session.execute(query.order_by(Case.id).limit(limit))
    return [(row.no, "side_joined" if row.state == "open" and row.alive > 1 else "withdraw_case") for row in rows]


def follow(session: Session, no: str, action: str, now: dt.datetime) -> None:
    """Let the clock carry out what `changed` found. The caller commits."""
    key = f"group:{action}:{no}:{now.isoformat()}"
    engine.do(session, no, action, SYSTEM_PERSON_ID, now=now, key=key, seen_revision=None)
