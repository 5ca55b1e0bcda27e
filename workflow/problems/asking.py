"""Asking for a ruling to be taken back: by an officer of the office that ruled, or of one above it (domain 4.10)."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.problems import Ruling, Undoing
from workflow import desk, engine, opening, processes
from workflow.calendar import day_of
from workflow.errors import NotFound, Unacceptable
from workflow.payload import COMMENT_LIMIT, text_fault
from workflow.problems import sight
from workflow.problems.undoing import last_day
from workflow.step import Actor, Step
from workflow.world import Office, World

ASKERS = ("arbitrator", "dept_clerk")
BY_SCHOOL = "school"
"""Basis of a ruling that a school made about its own record: a deletion (domain 4.9)."""


@dataclass(frozen=True)
class Undoable:
    """A ruling that took effect, as it stands with taking it back: its last day, and why this person cannot ask."""

    ruling: Ruling
    last_day: dt.date
    why_not: str | None
    cases: tuple[Case, ...]
    """The cases in which somebody asked for it, the oldest first."""


def may_ask(world: World, actor: Actor, ruling: Ruling) -> Office | None:
    """Return the actor's office that may take the ruling back: the one that ruled, or one above it."""
    above = {office.id for office in world.upwards(world.today_s(world.office(ruling.office_id)))}
    held = [desk.org_id for desk in actor.desks if desk.role in ASKERS and desk.org_id in above]
    return world.office(held[0]) if held else None


def obstacle(session: Session, world: World, actor: Actor, ruling: Ruling, now: dt.datetime) -> str | None:
    """Return in one sentence why this person cannot ask for undoing, or None."""
    why_not = _obstacle(world, actor, ruling, now)
    return why_not or _running(asked_for(session, ruling))


def _obstacle(world: World, actor: Actor, ruling: Ruling, now: dt.datetime) -> str | None:
    deletion = ruling.basis == BY_SCHOOL
    if ruling.confirmed_at is None:
        return "裁定还没有生效"
    if ruling.undone_at is not None:
        return f"这项{'注销' if deletion else '裁定'}已经撤销，不能再次撤销"
    if may_ask(world, actor, ruling) is None:
        office = "学校的主管部门" if deletion else "作出裁定的部门"
        return f"只有{office}或其上级部门的经办人、仲裁员可以提请撤销"
    last = last_day(world, ruling)
    return f"撤销期已于 {last} 届满" if day_of(now) > last else None


def _running(cases: list[Case]) -> str | None:
    return next((f"撤销已在办理（{case.no}）" for case in cases if case.closed_at is None), None)


def asked_for(session: Session, ruling: Ruling) -> list[Case]:
    """Return the cases in which somebody asked for the ruling to be taken back, the oldest first. One statement."""
    query = select(Case).join(Undoing, Undoing.case_id == Case.id).where(Undoing.ruling_id == ruling.id)
    return list(session.scalars(query.order_by(Case.id)))


def deletion_of(step: Step) -> Undoable | None:
    """Return the deletion that an ID error ended with, as the person may take it back. Two statements at most."""
    number = getattr(step.subject, "ruling_id", None) if step.case.process == "id_error" else None
    if number is None:
        return None
    ruling = step.session.get_one(Ruling, number)
    cases = asked_for(step.session, ruling)
    why_not = _obstacle(step.world, step.actor, ruling, step.now) or _running(cases)
    return Undoable(ruling, last_day(step.world, ruling), why_not, tuple(cases))


def ask(
    session: Session, no: str, actor: Actor, world: World, public_id: str, reason: str, now: dt.datetime
) -> Case:
    """Open the case that takes back a ruling of this case. The caller commits.

    Raises NotFound where there is no such ruling, or the person does not see everything it changed, and Unacceptable
    with the obstacle.
    """
    step = engine.look(session, no, actor, world, now)
    query = select(Ruling).where(Ruling.case_id == step.case.id, Ruling.public_id == public_id)
    ruling = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if ruling is None or not sight.sees_all(step):
        raise NotFound
    return ask_for(session, world, actor, ruling, reason, now)


def ask_for(session: Session, world: World, actor: Actor, ruling: Ruling, reason: str, now: dt.datetime) -> Case:
    """Open the case that takes a ruling back. Raises Unacceptable with the obstacle. The caller commits."""
    why_not = obstacle(session, world, actor, ruling, now)
    if why_not:
        raise Unacceptable("ruling", why_not)
    fault = text_fault(reason, COMMENT_LIMIT) if reason.strip() else "请写明撤销的理由"
    if fault:
        raise Unacceptable("reason", fault)
    office = may_ask(world, actor, ruling)
    assert office is not None  # obstacle() said so
    process = processes.newest("undo")
    case = opening.open_case(session, process, actor, office, world, now, parent_id=ruling.case_id)
    case.submitted_at = now
    case.state = {"parties": session.get_one(Case, ruling.case_id).state["parties"]}
    undoing = Undoing(case_id=case.id, ruling_id=ruling.id)
    undoing.words = {"reason": reason}
    session.add(undoing)
    session.flush()
    step = Step(session, case, undoing, [], actor, world, now, {}, process)
    opening.first_event(step)
    desk.begin(step, process)
    desk.open_scope(step, known={office.id})
    desk.send(step)
    session.flush()
    return case
