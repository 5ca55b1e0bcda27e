"""Findings: records that share a number, or name, sex and birth date, or only look alike. Decided elsewhere."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

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
NEAR = "near"
"""Two records that look alike; people look at them."""
NEAR_BLOCKED = "near_blocked"
"""A record, and a row that was blocked because its number is one slip away from the record's."""


def _reason(name: str, kind: str) -> dict[str, Any]:
    return {"field": name, "kind": kind, "detail": None}


REASONS: dict[str, list[dict[str, Any]]] = {
    EXACT: [_reason("id_number", "same")],
    SAME_PERSON: [
        _reason("name", "same"),
        _reason("sex", "same"),
        _reason("birth_date", "same"),
        _reason("id_number", "none"),
    ],
    SAME_FILE: [_reason("id_number", "same_file")],
}


@dataclass(frozen=True)
class Group:
    """Records that belong together, by the blind key they share; `rows` are (batch, sheet row) of blocked rows.

    A group that only looks alike brings its score and reasons. `schools` are those of blocked rows.
    """

    kind: str
    key: bytes
    student_ids: tuple[int, ...]
    rows: tuple[tuple[int, int], ...] = ()
    score: int | None = None
    reasons: tuple[dict[str, Any], ...] = field(default=())
    schools: tuple[int, ...] = ()


def same_person_key(name_key: str, sex: str, birth_date: dt.date) -> bytes:
    """Return the blind key of name, sex and birth date (domain 4.11: records without an ID number)."""
    return crypto.blind_index("name-key", f"{name_key}|{sex}|{birth_date.isoformat()}")


def pair_key(one: int, other: int) -> bytes:
    """Return the key of a pair of records, whichever comes first."""
    return crypto.blind_index("name-key", f"pair|{min(one, other)}|{max(one, other)}")


def blocked_key(student_id: int, number: str) -> bytes:
    """Return the key of a record and a number that was refused: the same file sent again is the same finding."""
    return crypto.blind_index("id-no", f"blocked|{student_id}|{number}")


def record(session: Session, world: World, groups: Iterable[Group], now: dt.datetime) -> list[Finding]:
    """Store the groups; one that is known already gets the new records, and is open again if it was closed.

    What people decided stays decided: a dismissed group is not opened again, nor a pair whose case is over. Five
    statements whatever the number of groups. The caller commits.
    """
    wanted = {(group.kind, group.key): group for group in groups}
    if not wanted:
        return []
    known = _known(session, [key for _, key in wanted])
    members = _members(session, [finding.id for finding in known.values()])
    schools = schools_of(session, {number for group in wanted.values() for number in group.student_ids})
    for place, group in wanted.items():
        if place not in known:
            known[place] = Finding(kind=group.kind, key=group.key, state="open", reasons=[], found_at=now, records=[])
            session.add(known[place])
    session.flush()
    for place, group in wanted.items():
        finding = known[place]
        grown = _join(session, finding, group, members.get(finding.id, []))
        _reopen(finding, grown)
        reasons = list(group.reasons) or REASONS[group.kind]
        if (finding.score, finding.reasons) != (group.score, reasons):
            finding.score, finding.reasons = group.score, reasons
        here = {schools[number] for number in group.student_ids if number in schools} | set(group.schools)
        if (office := decider_of(world, here)) != finding.decider_id:
            finding.decider_id = office
    session.flush()
    return list(known.values())


def schools_of(session: Session, students: Iterable[int]) -> dict[int, int]:
    """Return {student: the school where the pupil is enrolled now}. One statement."""
    query = select(Enrolment.student_id, Enrolment.school_id)
    rows = session.execute(query.where(Enrolment.student_id.in_(set(students)), Enrolment.ended_on.is_(None)))
    return {row.student_id: row.school_id for row in rows}


def decider_of(world: World, schools: Iterable[int]) -> int | None:
    """Return who decides: the school for its own records, else the lowest office above all competent departments.

    The table of domain 4.10; None across provinces, and where no record has a school.
    """
    sides = {school.id: school for school in (world.today_s(world.office(number)) for number in schools)}
    if len(sides) == 1:
        return next(iter(sides))
    office = lowest_common(world, [department_of(world, school) for school in sides.values()])
    return office.id if office else None


def _join(session: Session, finding: Finding, group: Group, there: Sequence[FindingRecord]) -> bool:
    """Add the records and rows that are not there yet; tells whether a record joined."""
    students = {row.student_id for row in there}
    rows = {(row.import_batch_id, row.sheet_row) for row in there if row.sheet_row is not None}
    fresh = [number for number in group.student_ids if number not in students]
    session.add_all(FindingRecord(finding_id=finding.id, student_id=number) for number in fresh)
    if not (rows and group.kind == NEAR_BLOCKED):
        new = [row for row in group.rows if row not in rows]
        session.add_all(FindingRecord(finding_id=finding.id, import_batch_id=b, sheet_row=r) for b, r in new)
    return bool(fresh)


def _reopen(finding: Finding, grown: bool) -> None:
    decided = finding.state == "dismissed" or (finding.kind == NEAR and finding.case_id is not None)
    if finding.state != "open" and (grown or not decided):
        finding.state, finding.closed_at = "open", None


def _known(session: Session, keys: list[bytes]) -> dict[tuple[str, bytes], Finding]:
    rows = session.scalars(select(Finding).where(Finding.key.in_(keys)))
    return {(row.kind, row.key): row for row in rows}


def _members(session: Session, findings: list[int]) -> dict[int, list[FindingRecord]]:
    found: dict[int, list[FindingRecord]] = {}
    for row in session.scalars(select(FindingRecord).where(FindingRecord.finding_id.in_(findings))):
        found.setdefault(row.finding_id, []).append(row)
    return found
