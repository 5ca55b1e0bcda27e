"""Everything about records that helps a person to tell whether they are one child: read, never judged."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from models.cases import Case
from models.evidence import Evidence
from models.findings import DistinctPair
from models.imports import ImportBatch
from models.key_data import KeyChange
from models.organisations import SchoolClass
from models.people import Person
from models.students import Enrolment, Guardian, StatusChange, Student
from workflow.parts import parts


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
    """Return the records by the pupil's number. One statement whatever their number."""
    found: dict[int, Record] = {}
    seen: dict[int, set[int]] = defaultdict(set)
    for row in session.execute(_query(list(numbers))):
        record = found.setdefault(row.Student.id, Record(row.Student))
        if row.Enrolment is not None:
            record.spells.append((row.Enrolment, row.room))
        for mine, kept in ((row.Guardian, record.guardians), (row.StatusChange, record.changes),
                           (row.KeyChange, record.corrections)):  # fmt: skip
            if mine is not None:
                kept.append(mine)
        if row.file_name is not None:
            record.source = (row.file_name, row.who)
        if row.case_id is not None and row.case_id not in seen[row.Student.id]:
            seen[row.Student.id].add(row.case_id)
            record.cases, record.papers = record.cases + 1, record.papers + row.papers
            record.last = max(record.last or row.opened_at.date(), row.opened_at.date())
    for record in found.values():
        record.last = _last(record)
    return found


def _query(wanted: list[int]) -> Any:
    part = parts("spell", "guardian", "change", "correction", "source", "case")
    papers = (
        select(func.count(Evidence.id))
        .where(Evidence.case_id == Case.id, Evidence.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(
            Student, Enrolment, SchoolClass.name.label("room"), Guardian, StatusChange, KeyChange,
            ImportBatch.file_name, Person.name.label("who"), Case.id.label("case_id"), Case.opened_at,
            papers.label("papers"),
        )
        .select_from(Student)
        .join(part, true())
        .outerjoin(Enrolment, (part.c.name == "spell") & (Enrolment.student_id == Student.id))
        .outerjoin(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .outerjoin(Guardian, (part.c.name == "guardian") & (Guardian.student_id == Student.id))
        .outerjoin(StatusChange, (part.c.name == "change") & (StatusChange.student_id == Student.id))
        .outerjoin(KeyChange, (part.c.name == "correction") & (KeyChange.student_id == Student.id))
        .outerjoin(ImportBatch, (part.c.name == "source") & (ImportBatch.id == Student.import_batch_id))
        .outerjoin(Person, Person.id == ImportBatch.person_id)
        .outerjoin(Case, (part.c.name == "case") & (Case.student_id == Student.id))
        .where(Student.id.in_(wanted))
        .order_by(
            Student.id, Enrolment.started_on.desc(), Enrolment.id.desc(), Guardian.position, Guardian.id,
            StatusChange.id, KeyChange.id,
        )
    )  # fmt: skip


def earlier(session: Session, numbers: Iterable[int]) -> list[Earlier]:
    """Return what was decided before about pairs of these records: that they are different children."""
    wanted = set(numbers)
    query = (
        select(DistinctPair, Person.name, Case.no)
        .join(Person, Person.id == DistinctPair.decided_by)
        .outerjoin(Case, Case.id == DistinctPair.case_id)
        .where(DistinctPair.student_low_id.in_(wanted), DistinctPair.student_high_id.in_(wanted))
        .order_by(DistinctPair.decided_at)
    )
    return [earlier_of(*row) for row in session.execute(query)]


def earlier_of(pair: DistinctPair, judge: str, case_no: str | None) -> Earlier:
    """Return a pair with who judged it and the case in which he did."""
    return Earlier((pair.student_low_id, pair.student_high_id), pair.decided_at, judge, case_no or "", pair.revoked_at)


def _last(record: Record) -> dt.date | None:
    days = [record.last, *(change.on_date for change in record.changes)]
    days += [correction.at.date() for correction in record.corrections]
    for spell, _ in record.spells:
        days += [spell.started_on, spell.ended_on]
    known = [day for day in days if day]
    return max(known) if known else None
