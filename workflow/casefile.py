"""A case for display: its events with the words in them, its papers, what is linked to it. One statement each."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from models.cases import Case, Event
from models.certificates import Certificate
from models.evidence import Evidence
from models.organisations import SchoolClass
from models.people import Person
from models.students import Enrolment
from models.transfers import Milestone, Transfer
from workflow import journal
from workflow.step import Step


@dataclass(frozen=True)
class Entry:
    """One event as it is told: who did what when, with the opened words."""

    seq: int
    at: dt.datetime
    action: str
    actor: str
    actor_id: int
    before: str
    after: str
    comment: str
    body: dict[str, Any]
    acting_for: str = ""
    """For whom a deputy acted."""

    @property
    def signed_by(self) -> str:
        """Return who acted, as papers name him."""
        return f"{self.actor} 代 {self.acting_for}" if self.acting_for else self.actor


def entries(step: Step) -> list[Entry]:
    """Return the case's events, oldest first."""
    principal = aliased(Person)
    query = (
        select(Event, Person.name, principal.name)
        .join(Person, Person.id == Event.actor_id)
        .outerjoin(principal, principal.id == Event.acting_for)
        .where(Event.case_id == step.case.id)
    )
    return [_entry(step.case, *row) for row in step.session.execute(query.order_by(Event.seq))]


def papers(step: Step) -> list[tuple[Evidence, str]]:
    """Return the papers of the case with the uploader's name, those taken back included."""
    query = select(Evidence, Person.name).join(Person, Person.id == Evidence.uploaded_by)
    rows = step.session.execute(query.where(Evidence.case_id == step.case.id).order_by(Evidence.id))
    return [(row[0], row[1]) for row in rows]


def milestones(step: Step) -> list[Milestone]:
    """Return what another province did, as our clerks entered it."""
    return list(step.session.scalars(select(Milestone).where(Milestone.case_id == step.case.id).order_by(Milestone.id)))


def classes(step: Step) -> tuple[str, str]:
    """Return the names of the class the pupil is in (or left with this transfer) and of the one asked for."""
    about, student = step.subject, step.case.student_id
    now = select(Enrolment.class_id).where(Enrolment.student_id == student, Enrolment.ended_on.is_(None))
    old = SchoolClass.id == about.from_class_id if about.from_class_id else SchoolClass.id.in_(now)
    query = select(SchoolClass.id, SchoolClass.name).where(old | (SchoolClass.id == about.to_class_id))
    names = {row.id: row.name for row in step.session.execute(query)}
    wanted = names.pop(about.to_class_id, "")
    return next(iter(names.values()), ""), wanted


def linked(step: Step) -> list[tuple[Case, Certificate | None]]:
    """Return the case itself with its certificates, and the cases linked to it.

    That are those that stand beside it (the paper file of a transfer, or the transfer and what else stands beside
    that), and the request that takes it up again, or that it takes up. Read once for each step.
    """
    if "linked" not in step.cache:
        step.cache["linked"] = _linked(step)
    found: list[tuple[Case, Certificate | None]] = step.cache["linked"]
    return found


def _linked(step: Step) -> list[tuple[Case, Certificate | None]]:
    case = step.case
    family = (Case.id == case.id) | (Case.parent_id == case.id)
    if case.parent_id is not None:
        family |= (Case.id == case.parent_id) | (Case.parent_id == case.parent_id)
    if isinstance(step.subject, Transfer):
        after = select(Transfer.case_id).where(Transfer.again_of_id == case.id)
        family |= (Case.id == step.subject.again_of_id) | Case.id.in_(after)
    query = select(Case, Certificate).outerjoin(Certificate, Certificate.case_id == Case.id).where(family)
    return [(row[0], row[1]) for row in step.session.execute(query.order_by(Case.id))]


def shows(step: Step, other: Case) -> bool:
    """Tell whether the viewer may be told of a linked case: drafts, and tasks asked for one, only the offices in it."""
    inside = step.actor.org_ids & {other.applicant_org_id, *other.state.get("parties", ())}
    if step.case.process == other.process and not inside:  # a request that takes another one up: only who signs both
        return bool(step.actor.org_ids & {stop["org"] for stop in other.route})
    return bool(inside) or (other.submitted_at is not None and other.process != "clearance")


def _entry(case: Case, event: Event, name: str, principal: str | None) -> Entry:
    return Entry(
        event.seq,
        event.at,
        event.action,
        name,
        event.actor_id,
        event.from_phase,
        event.to_phase,
        journal.opened(case, event).get("comment", ""),
        event.body,
        principal or "",
    )
