"""What the machine could not carry out, as far as an administrator reaches: what was given up, what keeps failing."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.outbox import OutboxRow
from models.people import Person
from workflow import administration, outbox, timers
from workflow.administration import SYSTEM
from workflow.errors import NotFound
from workflow.payload import text_fault
from workflow.step import Actor
from workflow.world import World

MOST = 500
LONGEST_REASON = 160
TO_PERSONS = ("mail", "chat")
"""Topics whose recipient is a person's number."""


@dataclass(frozen=True)
class Incident:
    """A row of the outbox that was given up; `office` is whose matter it is, None for a matter of the whole house."""

    number: int
    topic: str
    purpose: str
    case_no: str
    office: int | None
    queue: str
    person: str
    attempts: int
    at: dt.datetime
    error: str


@dataclass(frozen=True)
class Hanging:
    """A timer of a case that failed and is tried again at `next_at` (None: at the next look)."""

    kind: str
    case_no: str
    attempts: int
    due_at: dt.datetime
    next_at: dt.datetime | None
    error: str


def given_up(session: Session, within: frozenset[int], whole: bool) -> list[Incident]:
    """Return what waits for a person, the latest first; `whole` also shows what belongs to no office."""
    rows = outbox.incidents(session, limit=MOST)
    cases = _cases(session, (row.case_id for row in rows))
    people = _people(session, rows)
    found = [_incident(row, cases, people) for row in rows]
    return [one for one in found if (whole if one.office is None else one.office in within)]


def hanging(session: Session, within: frozenset[int]) -> list[Hanging]:
    """Return the timers that failed at least once and have not fired, of cases within reach."""
    rows = timers.stuck(session, limit=MOST)
    cases = _cases(session, (timer.case_id for timer, _ in rows))
    return [
        Hanging(timer.kind, no, timer.attempts, timer.due_at, timer.lease_until, timer.last_error or "")
        for timer, no in rows
        if cases[timer.case_id].applicant_org_id in within
    ]


def retry(session: Session, actor: Actor, world: World, number: int, now: dt.datetime) -> bool:
    """Try again from the beginning; False if somebody else was faster. Raises NotFound; the caller commits."""
    one = _reached(session, actor, world, number)
    if one is None or not outbox.retry(session, number, now):
        return False
    administration.note(session, actor, "admin_outbox", f"重试 {one.topic} {one.case_no}", now)
    return True


def give_up(session: Session, actor: Actor, world: World, number: int, why: str, now: dt.datetime) -> bool:
    """Close it with a reason; False if somebody else was faster. Raises NotFound or Unmet; the caller commits."""
    one = _reached(session, actor, world, number)
    fault = text_fault(why, LONGEST_REASON) if why else "请写明为什么不再办"
    administration.refuse([administration.fault("why", fault)] if fault else [])
    if one is None or not outbox.give_up(session, number, f"given up by {actor.id}: {why}", now):
        return False
    administration.note(session, actor, "admin_outbox", f"放弃 {one.topic} {one.case_no}：{why}", now)
    return True


def reaches_all(actor: Actor, world: World) -> bool:
    """Tell whether the actor administrates the top of the tree, and with it what belongs to no single office."""
    return any(office.parent_id is None for office in administration.tops(actor, world, SYSTEM))


def _reached(session: Session, actor: Actor, world: World, number: int) -> Incident | None:
    """Return the incident, None if it was settled meanwhile. Raises NotFound for one that lies elsewhere."""
    row = session.get(OutboxRow, number)
    if row is None:
        raise NotFound
    one = _incident(row, _cases(session, [row.case_id]), {})
    within = administration.reach(actor, world, SYSTEM)
    if not (reaches_all(actor, world) if one.office is None else one.office in within):
        raise NotFound
    return one if row.dead_at is not None and row.done_at is None else None


def _incident(row: OutboxRow, cases: dict[int, Case], people: dict[str, str]) -> Incident:
    case = cases.get(row.case_id or 0)
    queue = row.recipient if row.topic == "notice" else ""
    told_at = int(queue.partition(":")[0]) if queue else row.payload.get("org")
    office = told_at or (case.applicant_org_id if case else None)
    return Incident(
        number=row.id,
        topic=row.topic,
        purpose=str(row.payload.get("purpose", "")),
        case_no=case.no if case else "",
        office=office,
        queue=queue,
        person=people.get(row.recipient, "") if row.topic in TO_PERSONS else "",
        attempts=row.attempts,
        at=row.dead_at or row.created_at,
        error=row.last_error or "",
    )


def _cases(session: Session, numbers: Iterable[int | None]) -> dict[int, Case]:
    wanted = {number for number in numbers if number}
    return {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(wanted)))} if wanted else {}


def _people(session: Session, rows: list[OutboxRow]) -> dict[str, str]:
    wanted = {int(row.recipient) for row in rows if row.topic in TO_PERSONS and row.recipient.isdigit()}
    if not wanted:
        return {}
    query = select(Person.id, Person.name).where(Person.id.in_(wanted))
    return {str(number): name for number, name in session.execute(query)}
