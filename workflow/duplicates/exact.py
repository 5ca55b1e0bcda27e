"""Records that share their very key: an ID number, or without one name, sex and birth date (domain 4.10 and 4.11)."""

import datetime as dt
from collections.abc import Collection, Iterable
from itertools import combinations
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, tuple_
from sqlalchemy.orm import Session

from models.findings import DistinctPair
from models.students import Student
from workflow.findings import EXACT, SAME_PERSON, Group, same_person_key

Person = tuple[str, str, dt.date]
"""Folded name, sex and birth date."""
Pair = tuple[int, int]
"""Two records, the lower number first."""


def person_of(student: Student) -> Person:
    return student.name_key, student.sex, student.birth_date


_RECORDS = cast(Table, Student.__table__).c
_HOLDERS = (
    select(_RECORDS.id_number_index, _RECORDS.id)
    .where(_RECORDS.id_number_index.in_(bindparam("indexes", expanding=True)), _RECORDS.retired_at.is_(None))
    .order_by(_RECORDS.id)
)
"""Asked for every record that is entered, so it is put together once, and reads columns instead of objects."""


def holders(session: Session, indexes: Collection[bytes]) -> dict[bytes, list[int]]:
    """Return the living records that hold these numbers, by blind index and in their order. One statement."""
    return _together(session.execute(_HOLDERS, {"indexes": sorted(indexes)}))


def by_number(session: Session, indexes: Collection[bytes]) -> list[Group]:
    """Return the groups of living records that share one of these numbers. One statement."""
    together = holders(session, indexes)
    return [Group(EXACT, key, tuple(ids)) for key, ids in together.items() if len(ids) > 1]


def by_person(session: Session, people: Collection[Person]) -> list[Group]:
    """Return the groups of living records without a number that are one of these people. Two statements at most.

    Groups of which every pair was decided to be different children are left out.
    """
    if not people:
        return []
    columns: Any = tuple_(Student.name_key, Student.sex, Student.birth_date)
    query = select(Student.name_key, Student.sex, Student.birth_date, Student.id).where(columns.in_(sorted(people)))
    rows = session.execute(
        query.where(Student.id_number_index.is_(None), Student.retired_at.is_(None)).order_by(Student.id)
    )
    together = _together(((name, sex, born), number) for name, sex, born, number in rows)
    groups = [(person, ids) for person, ids in together.items() if len(ids) > 1]
    apart = distinct(session, (pair for _, ids in groups for pair in combinations(ids, 2)))
    return [
        Group(SAME_PERSON, same_person_key(*person), tuple(ids))
        for person, ids in groups
        if not apart.issuperset(combinations(ids, 2))
    ]


def distinct(session: Session, pairs: Iterable[Pair]) -> set[Pair]:
    """Return those of the pairs that were decided to be different children. One statement, none without pairs."""
    wanted = set(pairs)
    if not wanted:
        return set()
    query = select(DistinctPair.student_low_id, DistinctPair.student_high_id)
    lows = sorted({low for low, _ in wanted})
    rows = session.execute(query.where(DistinctPair.student_low_id.in_(lows), DistinctPair.revoked_at.is_(None)))
    return {(low, high) for low, high in rows} & wanted


def _together(rows: Iterable[Any]) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for key, number in rows:
        found.setdefault(key, []).append(number)
    return found
