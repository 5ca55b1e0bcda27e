"""What the guards of a transfer ask the database, in three statements, read once for each attempt."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from models.cases import Case
from models.evidence import Evidence
from models.findings import Finding, FindingRecord
from models.organisations import SchoolClass
from models.students import Enrolment, Student
from models.transfers import Transfer
from workflow.policies import stage_of
from workflow.routing import department_of
from workflow.step import Step
from workflow.world import Office, World

EXACT_KINDS = ("id_exact", "nsb")
"""Findings that stop a transfer; a near pair does not (contract 5)."""
SUSPENDED = "02"
TARGET = aliased(SchoolClass)
Pupil = Any
"""The number of a record, or a column that holds it."""


@dataclass
class Facts:
    """A transfer as the guards see it. Schools are None where that side lies outside the province."""

    world: World
    today: dt.date
    transfer: Transfer
    student: Student | None = None
    enrolment: Enrolment | None = None
    """The open spell at the releasing school."""
    school_class: SchoolClass | None = None
    receiving: Office | None = None
    releasing: Office | None = None
    target_class: SchoolClass | None = None
    open_cases: list[str] = field(default_factory=list)
    own_duplicates: list[str] = field(default_factory=list)
    disputed: bool = False
    seats_taken: int = 0
    papers: frozenset[str] = frozenset()
    taken_in: bool = False
    """Whether the request was sent before: windows and freezes are about new requests, not about corrected ones."""

    @property
    def grade(self) -> int | None:
        """The grade the pupil is in; from July on still the one just finished, until the promotion.

        Of a pupil from another province nothing is known but the grade asked for.
        """
        if self.transfer.direction == "incoming":
            return self.transfer.target_grade
        return self.school_class.grade if self.school_class else None

    @property
    def stage(self) -> str | None:
        return stage_of(self.transfer.target_grade or self.grade)

    @property
    def deciding_office(self) -> Office | None:
        """Whose rules hold: the department of the receiving school, else that of the releasing one."""
        school = self.receiving or self.releasing
        return department_of(self.world, school) if school else None


class Hit(NamedTuple):
    """A pupil who was found, with the open spell, its class, and the class asked for beside him."""

    student: Student
    enrolment: Enrolment
    school_class: SchoolClass
    going_to: SchoolClass | None


def find_pupil(
    session: Session, name: str, record_no: str, *, lock: bool = False, going_to: int | None = None
) -> Hit | None:
    """Return the pupil whose name *and* record number match exactly (guard C1), with the open enrolment.

    The number of a record that was merged into another leads to the one that survives.
    The class with the number `going_to` is read along.
    Under `lock` nobody else can send a request for the pupil until the commit, so that C2 sees every other one.
    """
    named = Student.record_no.matches(record_no) & (Student.name == name)
    heir = select(Student.merged_into_id).where(named)
    for condition in (named, Student.id.in_(heir)):
        query = (
            select(Student, Enrolment, SchoolClass, TARGET)
            .join(Enrolment, (Enrolment.student_id == Student.id) & (Enrolment.ended_on.is_(None)))
            .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
            .outerjoin(TARGET, TARGET.id == going_to)
            .where(condition)
        )
        if lock:
            query = query.with_for_update(of=Student).execution_options(populate_existing=True)
        row = session.execute(query.limit(1)).first()
        if row:
            return Hit(*row)
    return None


def gather(step: Step) -> Facts:
    """Return the facts about the step's transfer; read once for each step."""
    if "transfer_facts" not in step.cache:
        step.cache["transfer_facts"] = _gather(step)
    facts: Facts = step.cache["transfer_facts"]
    return facts


def _gather(step: Step) -> Facts:
    transfer: Transfer = step.subject
    facts = Facts(step.world, step.today, transfer, taken_in=step.case.submitted_at is not None)
    facts.receiving = step.world.offices.get(transfer.to_school_id or 0)
    record_no = transfer.record_no if transfer.direction != "incoming" else None
    wanted = transfer.to_class_id if step.case.phase != "arrival" else None  # its guards do not ask about the class
    found = record_no and find_pupil(step.session, transfer.name, record_no, lock=step.locked, going_to=wanted)
    if found:
        facts.student, facts.enrolment, facts.school_class, facts.target_class = found
        facts.releasing = step.world.office(found.enrolment.school_id)
    elif wanted:
        facts.target_class = step.session.get(SchoolClass, wanted)
    _count(step, facts)
    return facts


def _count(step: Step, facts: Facts) -> None:
    """Read what can be listed or counted about case, pupil and class in one statement."""
    lines: dict[str, list[str]] = {}
    for line in step.session.execute(union_all(*_questions(step.case, facts))):
        lines.setdefault(line.kind, []).append(line.value)
    facts.open_cases = lines.get("open", [])
    facts.own_duplicates = lines.get("own", [])
    facts.disputed = "dispute" in lines
    facts.papers = frozenset(lines.get("paper", ()))
    facts.seats_taken = sum(int(value) for value in lines.get("seats", ()))


def under_way(student_id: Pupil, besides: ColumnElement[bool]) -> Select[str, str]:
    """Select the unfinished business of a pupil (guard C2), as lines of the kind "open"."""
    mine = (Case.student_id == student_id) & Case.submitted_at.is_not(None)
    return _line("open", Case.no).where(_unfinished() & besides, mine)


def disputes(student_id: Pupil) -> Select[str, str]:
    """Select the problems of a record that nobody has settled (guard C3), as lines of the kind "dispute"."""
    asked = _line("dispute", Finding.public_id).join(FindingRecord, FindingRecord.finding_id == Finding.id)
    return asked.where(FindingRecord.student_id == student_id, Finding.state == "open", Finding.kind.in_(EXACT_KINDS))


def _unfinished() -> ColumnElement[bool]:
    """What stands beside another case does not count, but for what would move the record."""
    by_itself = Case.parent_id.is_(None) | (Case.process == "reversal")
    return Case.closed_at.is_(None) & by_itself & (Case.process != "no_id")


def _questions(case: Case, facts: Facts) -> list[Select[str, str]]:
    transfer, student_id = facts.transfer, facts.student.id if facts.student else -1
    other = (Case.id != case.id) & _unfinished()
    return [
        under_way(student_id, Case.id != case.id),
        _line("own", Case.no)
        .join(Transfer, Transfer.case_id == Case.id)
        .where(
            other,
            Transfer.record_no_index.is_not(None),
            Transfer.record_no_index == transfer.record_no_index,
            Case.applicant_org_id == case.applicant_org_id,
        ),
        disputes(student_id),
        _line("paper", Evidence.kind).where(Evidence.case_id == case.id, Evidence.withdrawn_at.is_(None)),
        _line("seats", cast(func.count(), String))
        .select_from(Enrolment)
        .join(Student)
        .where(Enrolment.class_id == transfer.to_class_id, Enrolment.ended_on.is_(None), Student.status != SUSPENDED),
        _line("seats", cast(func.count(), String))
        .select_from(Transfer)
        .join(Case, Case.id == Transfer.case_id)
        .where(other, Case.phase == "arrival", Transfer.to_class_id == transfer.to_class_id),
    ]


def _line(kind: str, column: Any) -> Select[str, str]:
    return select(literal(kind).label("kind"), cast(column, String).label("value"))
