"""Everything about records that helps a person to tell whether they are one child: read, never judged."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.evidence import Evidence
from models.findings import DistinctPair
from models.imports import ImportBatch
from models.key_data import KeyChange
from models.organisations import SchoolClass
from models.people import Person
from models.students import Enrolment, Guardian, StatusChange, Student


@dataclass
class Record:
    """One record with its life so far."""

    student: Student
    spells: list[tuple[Enrolment, str]] = field(default_factory=list)
    """With the name of the class, the latest first."""
    guardians: list[Guardian] = field(default_factory=list)
    changes: list[StatusChange] = field(default_factory=list)
    corrections: list[KeyChange] = field(default_factory=list)
    source: tuple[str, str] = ("", "")
    """File name and who handed it in; empty when the record was typed."""
    papers: int = 0
    """Scanned papers in all cases about the pupil."""
    cases: int = 0
    last: dt.date | None = None
    """The day of the last thing that happened."""


@dataclass(frozen=True)
class Earlier:
    """A pair that was decided to be different children."""

    students: tuple[int, int]
    at: dt.datetime
    by: str
    case_no: str
    revoked_at: dt.datetime | None


def records(session: Session, numbers: Iterable[int]) -> dict[int, Record]:
    """Return the records by the pupil's number. Seven statements whatever their number."""
    wanted = list(numbers)
    students = session.scalars(select(Student).where(Student.id.in_(wanted)))
    found = {student.id: Record(student) for student in students}
    for spell, room in session.execute(_spells(wanted)):
        found[spell.student_id].spells.append((spell, room))
    for kind, name in ((Guardian, "guardians"), (StatusChange, "changes"), (KeyChange, "corrections")):
        for number, rows in _by_student(session, kind, wanted).items():
            setattr(found[number], name, rows)
    _note_sources(session, found)
    _note_cases(session, found)
    for record in found.values():
        record.last = _last(record)
    return found


def earlier(session: Session, numbers: Iterable[int]) -> list[Earlier]:
    """Return what was decided before about pairs of these records: that they are different children."""
    pairs = list(combinations(sorted(set(numbers)), 2))
    if not pairs:
        return []
    these = or_(*((DistinctPair.student_low_id == low) & (DistinctPair.student_high_id == high) for low, high in pairs))
    query = (
        select(DistinctPair, Person.name, Case.no)
        .join(Person, Person.id == DistinctPair.decided_by)
        .outerjoin(Case, Case.id == DistinctPair.case_id)
        .where(these)
        .order_by(DistinctPair.decided_at)
    )
    return [
        Earlier((pair.student_low_id, pair.student_high_id), pair.decided_at, name, no or "", pair.revoked_at)
        for pair, name, no in session.execute(query)
    ]


def _spells(wanted: list[int]) -> Any:
    query = select(Enrolment, SchoolClass.name).join(SchoolClass, SchoolClass.id == Enrolment.class_id)
    return query.where(Enrolment.student_id.in_(wanted)).order_by(Enrolment.started_on.desc(), Enrolment.id.desc())


def _by_student(session: Session, kind: Any, wanted: list[int]) -> dict[int, list[Any]]:
    found = defaultdict(list)
    for row in session.scalars(select(kind).where(kind.student_id.in_(wanted)).order_by(kind.id)):
        found[row.student_id].append(row)
    return found


def _note_sources(session: Session, found: dict[int, Record]) -> None:
    batches = {record.student.import_batch_id for record in found.values() if record.student.import_batch_id}
    query = select(ImportBatch.id, ImportBatch.file_name, Person.name)
    rows = session.execute(
        query.join(Person, Person.id == ImportBatch.person_id).where(ImportBatch.id.in_(batches))
    )
    named = {row.id: (row.file_name, row.name) for row in rows}
    for record in found.values():
        record.source = named.get(record.student.import_batch_id or 0, ("", ""))


def _note_cases(session: Session, found: dict[int, Record]) -> None:
    papers = (
        select(func.count(Evidence.id))
        .where(Evidence.case_id == Case.id, Evidence.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    query = select(Case.student_id, Case.opened_at, papers.label("papers")).where(Case.student_id.in_(found))
    for row in session.execute(query):
        record = found[row.student_id]
        record.cases += 1
        record.papers += row.papers
        day = row.opened_at.date()
        record.last = max(record.last or day, day)


def _last(record: Record) -> dt.date | None:
    days = [record.last, *(change.on_date for change in record.changes)]
    days += [correction.at.date() for correction in record.corrections]
    for spell, _ in record.spells:
        days += [spell.started_on, spell.ended_on]
    known = [day for day in days if day]
    return max(known) if known else None
