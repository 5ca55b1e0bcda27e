"""Asking for a ruling to be taken back: by an officer of the office that ruled, or of one above it (domain 4.10)."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.problems import Ruling, Undoing
from workflow import desk, opening, processes
from workflow.calendar import day_of
from workflow.errors import Unacceptable
from workflow.problems.undoing import last_day
from workflow.step import Actor, Step
from workflow.world import Office, World

ASKERS = ("arbitrator", "dept_clerk")


def may_ask(world: World, actor: Actor, ruling: Ruling) -> Office | None:
    """Return the actor's office that may take the ruling back: the one that ruled, or one above it."""
    above = {office.id for office in world.upwards(world.today_s(world.office(ruling.office_id)))}
    held = [desk.org_id for desk in actor.desks if desk.role in ASKERS and desk.org_id in above]
    return world.office(held[0]) if held else None


def obstacle(session: Session, world: World, actor: Actor, ruling: Ruling, now: dt.datetime) -> str | None:
    """Return in one sentence why this person cannot ask for undoing, or None."""
    if ruling.confirmed_at is None:
        return "裁定还没有生效"
    if ruling.undone_at is not None:
        return "这项裁定已经撤销，不能再次撤销"
    if may_ask(world, actor, ruling) is None:
        return "只有作出裁定的部门或其上级部门可以撤销"
    if day_of(now) > last_day(world, ruling):
        return f"撤销期已于 {last_day(world, ruling)} 届满"
    open_one = select(Case.no).join(Undoing, Undoing.case_id == Case.id)
    running = session.scalar(open_one.where(Undoing.ruling_id == ruling.id, Case.closed_at.is_(None)))
    return f"撤销已在办理（{running}）" if running else None


def ask_for(session: Session, world: World, actor: Actor, ruling: Ruling, reason: str, now: dt.datetime) -> Case:
    """Open the case that takes a ruling back. Raises Unacceptable with the obstacle. The caller commits."""
    why_not = obstacle(session, world, actor, ruling, now)
    if why_not:
        raise Unacceptable("ruling", why_not)
    if not reason.strip():
        raise Unacceptable("reason", "请写明撤销的理由")
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
