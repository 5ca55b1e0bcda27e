"""Records of one school that look alike, compared in memory before they are written: what a dry run can tell.

Only rows of the file and the school's own records are looked at. What lies elsewhere is found by the worker after the
import and told to the office that decides (promise T3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.students import Enrolment, Student
from workflow.duplicates import blocked, names, near
from workflow.duplicates.scoring import HINT, Facts, assess
from workflow.findings import NEAR, NEAR_BLOCKED, REASONS, SAME_PERSON
from workflow.identity_key import fold_name

MOST_ROWS = 5000
"""Of longer files nothing is compared before the import."""
MOST_PAIRS = 500
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Row:
    """A row of a sheet as it is compared; `blocked` for a wrong check character."""

    number: int
    facts: Facts
    blocked: bool = False


@dataclass(frozen=True)
class Like:
    """Two rows, or a row and one of the school's records, that may be about one child."""

    kind: str
    rows: tuple[int, ...]
    record: Facts | None
    score: int
    reasons: tuple[dict[str, Any], ...]


def look(session: Session, school_id: int, rows: Sequence[Row]) -> list[Like]:
    """Return what looks alike among these rows and the school's own records, the likeliest first. Two statements."""
    own = [Row(0, facts) for facts in _records(session, school_id)]
    pool = [*own, *rows]
    found = (like for one, other in _meeting(pool, len(own)) if (like := _compare(one, other)) is not None)
    return sorted(found, key=lambda like: (-like.score, like.rows))[:MOST_PAIRS]


def _records(session: Session, school_id: int) -> Iterator[Facts]:
    here = (Enrolment.school_id == school_id) & Enrolment.ended_on.is_(None)
    query = select(Student).join(Enrolment, Enrolment.student_id == Student.id).where(here)
    students = list(session.scalars(query.where(Student.retired_at.is_(None)).order_by(Student.id).options(*near.LEAN)))
    families = near.guardians_of(session, [student.id for student in students])
    return (near.facts_of(student, families) for student in students)


def _meeting(pool: Sequence[Row], own: int) -> Iterator[tuple[Row, Row]]:
    """Yield the pairs that meet in a key, each once, the first `own` not among themselves."""
    holders: dict[Key, list[int]] = {}
    for place, row in enumerate(pool):
        for key in _held(row.facts):
            holders.setdefault(key, []).append(place)
    pairs = set()
    for place, row in enumerate(pool):
        for key in _sought(row):
            pairs |= {(min(place, other), max(place, other)) for other in holders.get(key, ()) if other != place}
    return ((pool[first], pool[second]) for first, second in sorted(pairs) if second >= own)


def _held(facts: Facts) -> Iterator[Key]:
    """By what a record is found."""
    yield "id", facts.number
    yield "no", facts.record_no
    yield "name", fold_name(facts.name), facts.birth_date
    yield from _common(facts)


def _sought(row: Row) -> Iterator[Key]:
    """By what a record finds others that a slip may have made of it."""
    facts, number, record_no = row.facts, row.facts.number or "", row.facts.record_no or ""
    likely = blocked.meant(number) if row.blocked else near.other_numbers(number, record_no, upwards=False)
    yield from (("id", other) for other in likely)
    yield from (("no", other) for other in near.record_nos(number, record_no))
    yield from (("name", name, facts.birth_date) for name in names.variants(fold_name(facts.name)))
    yield from _common(facts)


def _common(facts: Facts) -> Iterator[Key]:
    """What both sides of a pair have alike: the sound of the name, or a guardian with the same day or name."""
    yield from (("sound", key, facts.birth_date) for key in names.sound_keys(facts.name))
    for guardian in facts.guardians:
        yield "family", guardian, facts.birth_date
        yield "family", guardian, fold_name(facts.name)


def _compare(one: Row, other: Row) -> Like | None:
    """Return the pair if it is worth telling; an equal number is told as a fault of the cell already."""
    rows = tuple(row.number for row in (one, other) if row.number)
    record = next((row.facts for row in (one, other) if not row.number), None)
    if _same_person(one.facts, other.facts):
        return Like(SAME_PERSON, rows, record, 100, tuple(REASONS[SAME_PERSON]))
    if one.facts.number and one.facts.number == other.facts.number:
        return None
    found = assess(one.facts, other.facts)
    kind = NEAR_BLOCKED if one.blocked or other.blocked else NEAR
    return Like(kind, rows, record, found.score, tuple(found.reasons)) if found.score >= HINT else None


def _same_person(one: Facts, other: Facts) -> bool:
    return not one.number and not other.number and _person(one) == _person(other)


def _person(facts: Facts) -> Key:
    return fold_name(facts.name), facts.sex, facts.birth_date
