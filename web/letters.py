"""From an outbox row to a letter: who is written to, and what the case looks like at the moment of writing."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.certificates import Certificate
from models.imports import ImportBatch
from models.people import Person
from models.students import Student
from models.transfers import Transfer
from web.mail import Facts, ImportCounts, Matter, Recipient
from web.paper_facts_of import KINDS as CERTIFICATES
from web.present import problems as shared
from web.present.problems import SIDE_ITEMS
from workflow import counting, engine, processes
from workflow.calendar import day_of
from workflow.notices import GATHERED
from workflow.outbox import Errand
from workflow.payload import date_of
from workflow.problems import listing, sight
from workflow.problems.facts import school_of
from workflow.problems.lists import KINDS
from workflow.transfers.guards import grade_name
from workflow.transfers.path import OTHER_CAUSE
from workflow.world import World, world_of

OUTCOMES = {
    "effective": "effective",
    "received": "effective",
    "rejected": "refused",
    "withdrawn": "withdrawn",
    "expired": "expired",
    **dict.fromkeys(("corrected", "confirmed", "deleted", "settled", "converted", "left"), "effective"),
    **dict.fromkeys(("settled_by_sides", "undone"), "effective"),
    "refused": "refused",
    "void": "void",
}
"""What a mail calls the end of a case, by its last phase."""


class Moot(Exception):
    """There is nothing to send any more; the reason goes into the outbox row."""


@dataclass(frozen=True)
class Letter:
    """What `web.mail.compose` needs; `told` are the rows it carries out, `moot` those that have become pointless."""

    topic: str
    facts: Facts
    recipient: Recipient
    told: tuple[Errand, ...]
    moot: tuple[Errand, ...] = ()


@dataclass(frozen=True)
class _Background:
    """A case with what a letter says about it; `pupil` is whose record it is about."""

    case: Case
    transfer: Transfer | None
    pupil: Student | None
    item: WorkItem | None
    event: Event | None


def write(session: Session, errands: list[Errand], base_url: str, now: dt.datetime) -> Letter:
    """Write one letter about all these rows of one person and purpose.

    Raises Moot if the person's account has ended, or if every matter that was to be reminded of has been answered.
    """
    first = errands[0]
    recipient = _recipient(session, first)
    if first.purpose == "import_done":
        return Letter(first.purpose, _import_facts(session, first, base_url), recipient, (first,))
    grounds = {errand.id: _background(session, errand) for errand in errands}
    told = tuple(errand for errand in errands if not _answered(errand, grounds[errand.id]))
    if not told:
        raise Moot("answered before the mail was sent")
    moot = tuple(errand for errand in errands if errand not in told)
    world = world_of(session)
    matters = tuple(_told_of_problem(session, world, grounds[errand.id], errand, now) for errand in told)
    facts = _facts(session, world, told[0], grounds[told[0].id], matters, base_url)
    return Letter(first.purpose, facts, recipient, told, moot)


def _recipient(session: Session, errand: Errand) -> Recipient:
    person = session.get(Person, int(errand.recipient))
    if person is None or person.disabled_at is not None:
        raise Moot("the account has ended")
    if not person.email:
        raise Moot("no address any more")
    return Recipient(person.email, person.name)


def _background(session: Session, errand: Errand) -> _Background:
    """Read case, transfer (for a linked case that of its parent), pupil, item and event in one statement."""
    item, seq = errand.payload.get("item"), errand.payload.get("seq")
    row = session.execute(
        select(Case, Transfer, Student, WorkItem, Event)
        .outerjoin(Transfer, Transfer.case_id == func.coalesce(Case.parent_id, Case.id))
        .outerjoin(Student, Student.id == Case.student_id)
        .outerjoin(WorkItem, (WorkItem.case_id == Case.id) & (WorkItem.id == (item or -1)))
        .outerjoin(Event, (Event.case_id == Case.id) & (Event.seq == (seq or -1)))
        .where(Case.id == errand.case_id)
    ).one()
    return _Background(*row)


def _answered(errand: Errand, ground: _Background) -> bool:
    """A reminder of what has been done meanwhile is of no use; news about a case always is."""
    if errand.purpose not in GATHERED:
        return False
    return ground.case.closed_at is not None or (ground.item is not None and not ground.item.open)


def _told_of_problem(
    session: Session, world: World, ground: _Background, errand: Errand, now: dt.datetime
) -> Matter:
    """Return the matter; of a problem record with the pupil of the reader's own side and nobody else's."""
    matter = _matter(world, ground, errand, now)
    if ground.case.process not in ("problem", "undo"):
        return matter
    actor = engine.actor_of(session, int(errand.recipient), day_of(now))
    step = listing.subjects(session, actor, world, [ground.case.id], now)[ground.case.id]
    sides = sight.visible_sides(step)
    if ground.item is not None and ground.item.kind in SIDE_ITEMS:
        sides = [side for side in sides if side.no == ground.item.turn] or sides
    schools = {school.name for side in sides if (school := school_of(world, side))}
    process = f"问题学籍（{KINDS[step.subject.kind]}）" if ground.case.process == "problem" else matter.process
    return replace(
        matter,
        pupil=next(iter(shared.names(step, sides)), ""),
        process=process,
        from_school=next(iter(schools)) if len(schools) == 1 else "",
    )


def _matter(world: World, ground: _Background, errand: Errand, now: dt.datetime) -> Matter:
    case, transfer, item = ground.case, ground.transfer, ground.item
    process = processes.of(case)
    matter: dict[str, Any] = {"no": case.no, "process": process.title, "pupil": _name(ground)}
    if transfer:
        abroad = (transfer.outside or {}).get("school", "")
        matter["from_school"] = world.name(transfer.from_school_id) or abroad
        matter["to_school"] = world.name(transfer.to_school_id) or abroad
        matter["grade"] = grade_name(transfer.target_grade) if transfer.target_grade else ""
    elif ground.pupil:
        matter["from_school"] = world.name(case.applicant_org_id)
    if item:
        left = counting.left(world, item, day_of(now))
        due = counting.last_day(item)
        matter |= {"step": process.phases[item.phase].title, "kind": item.kind, "holder": world.name(item.org_id)}
        matter |= {"due": due, "provisional": item.provisional, "left": left}
    ends = errand.payload.get("ends")
    if ends:
        matter["due"] = dt.date.fromisoformat(ends)
    return Matter(**matter)


def _name(ground: _Background) -> str:
    if ground.transfer:
        return ground.transfer.name
    return ground.pupil.name if ground.pupil else ""


def _facts(
    session: Session,
    world: World,
    errand: Errand,
    ground: _Background,
    matters: tuple[Matter, ...],
    base_url: str,
) -> Facts:
    url = f"{base_url}/inbox" if len(matters) > 1 else f"{base_url}/cases/{ground.case.no}"
    if errand.purpose == "id_error_class" and ground.pupil:  # a class teacher reads the record, not the case
        url = f"{base_url}/students/{ground.pupil.public_id}"
    told: dict[str, Any] = {"url": url, "matters": matters, "days": errand.payload.get("days")}
    if errand.purpose in ("case_returned", "case_decided") and ground.event:
        told |= _decision(world, ground, ground.event, errand)
    if errand.purpose in ("case_suspended", "case_resumed") and ground.event:
        until = ground.event.body.get("until")
        told |= {"actor": world.name(ground.event.body.get("office")), "on": date_of(until) if until else None}
    if errand.purpose == "certificate_ready":
        certificate = session.get_one(Certificate, int(errand.payload["certificate"]))
        told |= {"document": CERTIFICATES[certificate.kind], "number": certificate.number}
    return Facts(**told)


def _decision(world: World, ground: _Background, event: Event, errand: Errand) -> dict[str, Any]:
    """Who acted and why, as far as it comes from a list; free text stays on the page."""
    office = event.body.get("office") or ground.case.applicant_org_id
    cause = event.body.get("cause", "")
    effective = ground.transfer.arrived_on if ground.transfer and event.action == "confirm_arrival" else None
    return {
        "actor": world.name(office),
        "reason": cause if cause != OTHER_CAUSE else "",
        "on": effective or day_of(event.at),
        "outcome": OUTCOMES.get(errand.payload.get("phase", ""), ""),
    }


def _import_facts(session: Session, errand: Errand, base_url: str) -> Facts:
    public_id = str(errand.payload["batch"])
    batch = session.scalars(select(ImportBatch).where(ImportBatch.public_id == public_id)).one()
    counts = ImportCounts(batch.total, batch.imported, batch.warned, batch.blocked)
    school = world_of(session).name(batch.school_id)
    return Facts(url=f"{base_url}/imports/{public_id}", office=school, counts=counts)
