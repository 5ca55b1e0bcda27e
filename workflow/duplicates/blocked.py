"""Rows of an import that were blocked for a wrong check character: whose number may have been meant.

The rows are kept with their batch, sealed under its key, and go with it when its retention is over.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.students import Guardian, Student
from workflow.duplicates import near, numbers
from workflow.duplicates.scoring import HINT, Facts, assess
from workflow.findings import NEAR_BLOCKED, Group, blocked_key
from workflow.identity import date_of

MOST_TAGS = 8000
"""So many blind indexes are asked for at once."""
SEXES = {"男": "male", "女": "female"}
KEPT = "blocked"
"""Name of the rows in the report of a batch."""


def kept(row: int, number: str, values: dict[str, str], members: Iterable[str]) -> dict[str, Any] | None:
    """Return what is remembered of a blocked row; None when no other number can have been meant by its number."""
    if not meant(number):
        return None
    own = {"name": values.get("姓名", ""), "sex": values.get("性别", ""), "birth_date": values.get("出生日期", "")}
    return {"row": row, "number": number, **own, "guardians": [member for member in members if member]}


def meant(number: str) -> list[str]:
    """Return the good numbers that somebody who wrote this one may have meant; none for a good number."""
    upgraded = numbers.today_s_form(number)
    return [upgraded] if upgraded != number else numbers.meant(number)


def facts_of(row: dict[str, Any]) -> Facts:
    """Return what is compared of a kept row."""
    guardians = frozenset(Guardian.id_number.index_of(number) for number in row["guardians"])
    born = date_of(row["birth_date"])
    return Facts(None, row["name"], SEXES.get(row["sex"], ""), born, row["number"], guardians=guardians)


def groups(session: Session, batch: ImportBatch) -> list[Group]:
    """Return the records that the blocked rows of a batch may be about, with reasons. Two statements for most files."""
    wanted: dict[bytes, list[dict[str, Any]]] = {}
    for row in (batch.report or {}).get(KEPT, ()):
        for number in meant(row["number"]):
            wanted.setdefault(Student.id_number.index_of(number), []).append(row)
    holders = _holders(session, list(wanted))
    families = near.guardians_of(session, {student.id for student in holders})
    return [
        group
        for student in holders
        for row in wanted[student.id_number_index or b""]
        if (group := _group(student, families, row, batch)) is not None
    ]


def after(session: Session, number: int, today: dt.date, limit: int) -> list[ImportBatch]:
    """Return the next finished batches behind one, while they are kept."""
    query = select(ImportBatch).where(ImportBatch.id > number, ImportBatch.state == "done", ImportBatch.blocked > 0)
    query = query.where(ImportBatch.report_sealed.is_not(None), ImportBatch.destroy_after >= today)
    return list(session.scalars(query.order_by(ImportBatch.id).limit(limit)))


def _group(
    student: Student, families: dict[int, frozenset[bytes]], row: dict[str, Any], batch: ImportBatch
) -> Group | None:
    found = assess(near.facts_of(student, families), facts_of(row))
    if found.score < HINT:
        return None
    key, place = blocked_key(student.id, row["number"]), ((batch.id, int(row["row"])),)
    return Group(NEAR_BLOCKED, key, (student.id,), place, found.score, tuple(found.reasons), (batch.school_id,))


def _holders(session: Session, tags: Sequence[bytes]) -> list[Student]:
    found: list[Student] = []
    for start in range(0, len(tags), MOST_TAGS):
        query = select(Student).where(Student.id_number_index.in_(tags[start : start + MOST_TAGS]))
        found += session.scalars(query.where(Student.retired_at.is_(None)).options(*near.LEAN))
    return found
