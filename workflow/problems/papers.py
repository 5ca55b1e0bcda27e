"""Papers of a problem with number and code: ruling, sheet of inquiry, cover of the evidence, waiver.

Each is about one side and says nothing of the others; the whole ruling (side 0) is for the offices that decide. Ruling
and sheet are issued by the worker soon after the decision; cover and waiver when the school asks for them.
"""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.certificates import Certificate
from models.people import SYSTEM_PERSON_ID
from models.problems import ProblemSide, Ruling
from workflow import desk, engine, journal, opening
from workflow.errors import NotAllowed, NotFound
from workflow.problems import paper_facts, sight
from workflow.problems.facts import arbitrates, department_of_side, rulings, school_of, sides_of
from workflow.problems.paper_kinds import COVER, INQUIRY, KINDS, RULING, SERIES, WAIVER
from workflow.step import Intent, Step
from workflow.world import Office

ASKED_FOR = (COVER, WAIVER)
"""Papers that are issued when the school asks for them."""
WHOLE = 0
"""The side of a paper about all of them."""


# ---- who may read them -----------------------------------------------------------------------------------------------


def may_see(step: Step, certificate: Certificate) -> bool:
    """Tell whether the person may read a paper of this problem: that of a side he may see, the whole if he sees all."""
    side = certificate.facts.get("side", WHOLE)
    return sight.sees_all(step) or any(one.no == side for one in sight.visible_sides(step))


def of_case(session: Session, case_id: int) -> list[Certificate]:
    """Return the papers of a case, the latest first. One statement."""
    query = select(Certificate).where(Certificate.case_id == case_id, Certificate.kind.in_(KINDS))
    return list(session.scalars(query.order_by(Certificate.id.desc())))


# ---- what the worker issues ------------------------------------------------------------------------------------------


def issue_announced(session: Session, no: str, payload: dict[str, Any], now: dt.datetime) -> list[Certificate]:
    """Issue what was announced, each paper once; none for a ruling that was taken back since. The caller commits."""
    step = engine.locked_step(session, no, SYSTEM_PERSON_ID, now)
    if RULING in payload:
        found = next((one for one in rulings(step) if one.id == int(payload[RULING])), None)
        return [] if found is None or found.undone_at else _issue_ruling(step, found)
    return [
        _issue(step, INQUIRY, arbitrates(step), side, paper_facts.of_inquiry(step, side, int(payload[INQUIRY])))
        for side in sides_of(step)
        if side.no in payload["sides"]
    ]


def _issue_ruling(step: Step, ruling: Ruling) -> list[Certificate]:
    office = step.world.office(ruling.office_id)
    sides = [side for side in sides_of(step) if side.student_id]
    told = paper_facts.Ruled(step, ruling, sides)
    whole = _issue(step, RULING, office, None, told.facts(None))
    return [whole, *(_issue(step, RULING, office, side, told.facts(side)) for side in sides)]


# ---- what a school asks for ------------------------------------------------------------------------------------------


def obstacle(step: Step, side: ProblemSide, kind: str) -> str:
    """Return in one sentence why this person cannot have a paper issued; nothing when he can."""
    school, department = school_of(step.world, side), department_of_side(step.world, side)
    offices = {office.id for office in (school, department if kind == COVER else None) if office}
    if not offices & step.actor.org_ids:
        return "由这一方的学校出具"
    if kind == COVER and not side.answer:
        return "发送答复后出具，清单与答复一致"
    if kind == WAIVER and step.case.closed_at is not None:
        return "事项已经办结"
    return ""


def issue_own(session: Session, no: str, actor_id: int, kind: str, side_no: int, now: dt.datetime) -> Certificate:
    """Issue the cover of a side's evidence, or the waiver its guardian signs. The caller commits.

    A valid one that says the same is given again; one that says something else is replaced. Raises NotFound for a side
    that is not his, NotAllowed with the obstacle.
    """
    step = engine.locked_step(session, no, actor_id, now)
    side = next((one for one in sight.visible_sides(step) if one.no == side_no and one.student_id), None)
    if side is None or kind not in ASKED_FOR or step.case.process != "problem":
        raise NotFound
    why_not = obstacle(step, side, kind)
    if why_not:
        raise NotAllowed("issue_paper", why_not)
    school = school_of(step.world, side)
    assert school is not None  # every side with a record has one
    facts = paper_facts.of_cover(step, side) if kind == COVER else paper_facts.of_waiver(step, side)
    old = next((one for one in of_case(session, step.case.id) if _stands(one, kind, side.no)), None)
    if old is not None and _same(old.facts, facts):
        return old
    new = _issue(step, kind, school, side, facts)
    if old is not None:
        old.state, old.superseded_by_id = "superseded", new.id
    session.flush()
    return new


def _stands(certificate: Certificate, kind: str, side: int) -> bool:
    return certificate.kind == kind and certificate.state == "valid" and certificate.facts.get("side") == side


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two papers say the same, whenever they were issued."""
    return {**one, "effective_on": ""} == {**other, "effective_on": ""}


# ---- issuing ---------------------------------------------------------------------------------------------------------


def _issue(step: Step, kind: str, office: Office, side: ProblemSide | None, facts: dict[str, Any]) -> Certificate:
    """Give a paper its number and code, write it down in the log, and let it be printed."""
    year = step.today.year
    serial = opening.next_number(step.session, f"certificate:{kind}:{year}:{office.code}")
    paper = Certificate(
        number=f"{SERIES[kind]}〔{year}〕{office.code}-{serial:04d}",
        kind=kind,
        case_id=step.case.id,
        student_id=side.student_id if side else None,
        org_id=office.id,
        issued_at=step.now,
    )
    paper.facts = {**facts, "side": side.no if side else WHOLE, "effective_on": step.today.isoformat()}
    step.session.add(paper)
    step.session.flush()
    step.payload, step.facts = {}, {"certificate": paper.number, "paper": kind, "office": office.id}
    if side:
        step.facts["side"] = side.no
    journal.append(step, "issue_paper", "", "")
    step.intents = [Intent("certificate", "print", str(paper.id), {"certificate": paper.id})]
    desk.send(step)
    step.session.flush()
    return paper
