"""Records that only look alike: the deciding office says they are different children, or makes a case of it.

Nothing is changed by saying "different children", so one officer may; it is remembered, and can be taken back.
"""

import datetime as dt
from itertools import combinations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.cases import Case
from models.findings import DistinctPair, Finding, FindingJudgement, FindingRecord
from workflow.errors import NotAllowed, NotFound, Unacceptable
from workflow.findings import NEAR, NEAR_BLOCKED
from workflow.problems import opening
from workflow.problems.lists import BLOCKED_REASONS
from workflow.step import Actor
from workflow.world import World

JUDGES = ("arbitrator", "dept_clerk", "dept_leader")


def may_judge(world: World, actor: Actor, finding: Finding) -> bool:
    """Tell whether the person works at the office that decides about the pair, or above it.

    A pair of one school is judged by the school's department and those above.
    """
    decider = world.offices.get(finding.decider_id or 0)
    if decider is None:
        return False
    above = {office.id for office in world.upwards(world.today_s(decider)) if not office.is_school}
    return any(desk.org_id in above and desk.role in JUDGES for desk in actor.desks)


def may_scan(world: World, actor: Actor) -> bool:
    """Tell whether the person judges pairs at the topmost office: a scan of everybody's records is begun there."""
    return any(desk.role in JUDGES and world.office(desk.org_id).parent_id is None for desk in actor.desks)


def seen(session: Session, world: World, actor: Actor, public_id: str) -> Finding:
    """Return a pair, or a blocked row and a record, for reading. Raises NotFound for whoever may not judge it."""
    query = select(Finding).where(Finding.public_id == public_id, Finding.kind.in_((NEAR, NEAR_BLOCKED)))
    finding = session.scalars(query).one_or_none()
    if finding is None or not may_judge(world, actor, finding):
        raise NotFound
    return finding


def find(session: Session, world: World, actor: Actor, public_id: str, kind: str = NEAR) -> Finding:
    """Return a finding that looks alike and that the person may judge, locked. Raises NotFound for anything else."""
    query = select(Finding).where(Finding.public_id == public_id, Finding.kind == kind).with_for_update()
    finding = session.scalars(query).one_or_none()
    if finding is None or not may_judge(world, actor, finding):
        raise NotFound
    return finding


def dismiss(session: Session, world: World, actor: Actor, public_id: str, now: dt.datetime) -> Finding:
    """Remember that these are different children; the pair is not reported again. The caller commits.

    Doing it twice changes nothing. Raises NotAllowed while a case about the pair is running.
    """
    finding = find(session, world, actor, public_id)
    if finding.state == "dismissed":
        return finding
    if finding.case_id and session.get_one(Case, finding.case_id).closed_at is None:
        raise NotAllowed("dismiss", "这一组已经立案，请在案件中裁定")
    for low, high in combinations(sorted(_records(session, finding)), 2):
        pair = session.get(DistinctPair, (low, high)) or DistinctPair(student_low_id=low, student_high_id=high)
        pair.decided_by, pair.decided_at, pair.case_id, pair.revoked_at = actor.id, now, None, None
        session.add(pair)
    finding.state, finding.closed_at = "dismissed", now
    session.flush()
    return finding


def take_back(session: Session, world: World, actor: Actor, public_id: str, now: dt.datetime) -> Finding:
    """Report a dismissed pair again. The caller commits."""
    finding = find(session, world, actor, public_id)
    for low, high in combinations(sorted(_records(session, finding)), 2):
        pair = session.get(DistinctPair, (low, high))
        if pair is not None and pair.revoked_at is None:
            pair.revoked_at = now
    finding.state, finding.closed_at = "open", None
    session.flush()
    return finding


def dismiss_row(
    session: Session, world: World, actor: Actor, public_id: str, reason: str, now: dt.datetime
) -> Finding:
    """Remember why a blocked row is nothing to look at any more. The caller commits. Doing it twice changes nothing.

    Raises Unacceptable for a reason that is not in the list.
    """
    finding = find(session, world, actor, public_id, NEAR_BLOCKED)
    if finding.state == "dismissed":
        return finding
    if reason not in BLOCKED_REASONS:
        raise Unacceptable("reason", "请从所列理由中选择")
    session.add(FindingJudgement(finding_id=finding.id, reason=reason, judged_by=actor.id, judged_at=now))
    finding.state, finding.closed_at = "dismissed", now
    session.flush()
    return finding


def take_back_row(session: Session, world: World, actor: Actor, public_id: str, now: dt.datetime) -> Finding:
    """Point a blocked row out again that was dismissed. The caller commits."""
    finding = find(session, world, actor, public_id, NEAR_BLOCKED)
    if finding.state == "dismissed":
        standing = (FindingJudgement.finding_id == finding.id) & FindingJudgement.revoked_at.is_(None)
        session.execute(update(FindingJudgement).where(standing).values(revoked_at=now))
        finding.state, finding.closed_at = "open", None
        session.flush()
    return finding


def make_case(session: Session, world: World, actor: Actor, public_id: str, now: dt.datetime) -> Case:
    """Open the case of a pair: every school is asked. The caller commits. Raises Unacceptable when nothing is left."""
    finding = find(session, world, actor, public_id)
    case = opening.open_problem(session, world, finding.id, now, actor)
    if case is None:
        raise Unacceptable("finding", "这一组已经立案或已经处理")
    return case


def _records(session: Session, finding: Finding) -> list[int]:
    query = select(FindingRecord.student_id).where(FindingRecord.finding_id == finding.id)
    return [number for number in session.scalars(query) if number is not None]
