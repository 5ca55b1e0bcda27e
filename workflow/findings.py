"""Findings: records that share a number, or name, sex and birth date. Recorded here, decided elsewhere."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import crypto
from models.findings import Finding, FindingRecord
from models.students import Enrolment
from workflow.routing import department_of, lowest_common
from workflow.world import World

EXACT = "id_exact"
SAME_PERSON = "nsb"
SAME_FILE = "same_file"
"""One number twice in one file: the second row was blocked, so this stops nothing; the school looks at it."""
REASONS = {
    EXACT: ["身份证件号相同"],
    SAME_PERSON: ["姓名相同", "性别相同", "出生日期相同", "均无身份证件号"],
    SAME_FILE: ["同一文件中身份证件号相同"],
}


@dataclass(frozen=True)
class Group:
    """Records that belong together, by the blind key they share; `rows` are (batch, sheet row) of blocked rows."""

    kind: str
    key: bytes
    student_ids: tuple[int, ...]
    rows: tuple[tuple[int, int], ...] = ()


def same_person_key(name_key: str, sex: str, birth_date: dt.date) -> bytes:
    """Return the blind key of name, sex and birth date (domain 4.11: records without an ID number)."""
    return crypto.blind_index("name-key", f"{name_key}|{sex}|{birth_date.isoformat()}")


def record(session: Session, world: World, groups: Iterable[Group], now: dt.datetime) -> list[Finding]:
    """Store the groups; one that is known already gets the new records, and is open again if it was closed.

    Five statements whatever the number of groups. The caller commits.
    """
    wanted = {(group.kind, group.key): group for group in groups}
    if not wanted:
        return []
    known = _known(session, [key for _, key in wanted])
    members = _members(session, [finding.id for finding in known.values()])
    schools = _schools(session, {number for group in wanted.values() for number in group.student_ids})
    for place, group in wanted.items():
        if place not in known:
            known[place] = Finding(
                kind=group.kind, key=group.key, state="open", reasons=REASONS[group.kind], found_at=now, records=[]
            )
            session.add(known[place])
    session.flush()
    for place, group in wanted.items():
        finding = known[place]
        there = members.get(finding.id, set())
        fresh = [number for number in group.student_ids if number not in there]
        session.add_all(FindingRecord(finding_id=finding.id, student_id=number) for number in fresh)
        session.add_all(FindingRecord(finding_id=finding.id, import_batch_id=b, sheet_row=r) for b, r in group.rows)
        if fresh:
            finding.state, finding.closed_at = "open", None
        finding.decider_id = _decider(world, {schools[n] for n in group.student_ids if n in schools})
    session.flush()
    return list(known.values())


def _known(session: Session, keys: list[bytes]) -> dict[tuple[str, bytes], Finding]:
    rows = session.scalars(select(Finding).where(Finding.key.in_(keys)))
    return {(row.kind, row.key): row for row in rows}


def _members(session: Session, findings: list[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    query = select(FindingRecord.finding_id, FindingRecord.student_id).where(FindingRecord.finding_id.in_(findings))
    for finding_id, student_id in session.execute(query):
        if student_id is not None:
            found.setdefault(finding_id, set()).add(student_id)
    return found


def _schools(session: Session, students: set[int]) -> dict[int, int]:
    query = select(Enrolment.student_id, Enrolment.school_id)
    rows = session.execute(query.where(Enrolment.student_id.in_(students), Enrolment.ended_on.is_(None)))
    return {row.student_id: row.school_id for row in rows}


def _decider(world: World, schools: set[int]) -> int | None:
    """The school itself for its own records, else the lowest office above all competent departments (domain 4.10)."""
    if len(schools) == 1:
        return next(iter(schools))
    office = lowest_common(world, [department_of(world, world.office(number)) for number in schools])
    return office.id if office else None
