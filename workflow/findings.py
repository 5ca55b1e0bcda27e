"""Findings: records that share a number, or name, sex and birth date, or only look alike. Decided elsewhere."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
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


Place = tuple[str, bytes]
"""Kind and key, by which a finding is known."""


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


@dataclass(frozen=True)
class Recorded:
    """The findings that groups were stored as, and how many of them nobody knew before."""

    findings: list[Finding] = field(default_factory=list)
    new: int = 0


def record(session: Session, world: World, groups: Iterable[Group], now: dt.datetime) -> Recorded:
    """Store the groups; one that is known already gets the new records, and is open again if it was closed.

    What people decided stays decided: a dismissed group is not opened again, nor a pair whose case is over. Seven
    statements whatever the number of groups; another transaction that finds the same at the same moment is waited for.
    The caller commits.
    """
    wanted = {(group.kind, group.key): group for group in groups}
    if not wanted:
        return Recorded()
    known = _known(session, wanted)
    missing = wanted.keys() - known.keys()
    if missing:
        _add_once(session, missing, now)
        known |= _known(session, missing)
    members = _members(session, [finding.id for finding in known.values()])
    schools = schools_of(session, {number for group in wanted.values() for number in group.student_ids})
    joining: list[dict[str, int]] = []
    for place, group in wanted.items():
        finding = known[place]
        new = _joining(finding, group, members.get(finding.id, []))
        _reopen(finding, grown=any("student_id" in row for row in new))
        joining += new
        reasons = list(group.reasons) or REASONS[group.kind]
        if (finding.score, finding.reasons) != (group.score, reasons):
            finding.score, finding.reasons = group.score, reasons
        here = {schools[number] for number in group.student_ids if number in schools} | set(group.schools)
        if (office := decider_of(world, here)) != finding.decider_id:
            finding.decider_id = office
    session.flush()
    for column in ("student_id", "sheet_row"):
        if rows := [row for row in joining if column in row]:
            session.execute(insert(FindingRecord), rows)
    return Recorded([known[place] for place in wanted], len(missing))


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


def _joining(finding: Finding, group: Group, there: Sequence[FindingRecord]) -> list[dict[str, int]]:
    """Return the records and blocked rows that are not there yet, as rows to insert."""
    students = {row.student_id for row in there}
    rows = {(row.import_batch_id, row.sheet_row) for row in there if row.sheet_row is not None}
    fresh = [{"finding_id": finding.id, "student_id": number} for number in group.student_ids if number not in students]
    if rows and group.kind == NEAR_BLOCKED:  # the same number sent again
        return fresh
    new = [place for place in group.rows if place not in rows]
    return fresh + [{"finding_id": finding.id, "import_batch_id": batch, "sheet_row": row} for batch, row in new]


def _reopen(finding: Finding, *, grown: bool) -> None:
    decided = finding.state == "dismissed" or (finding.kind == NEAR and finding.case_id is not None)
    if finding.state != "open" and (grown or not decided):
        finding.state, finding.closed_at = "open", None


def _known(session: Session, places: Iterable[Place]) -> dict[Place, Finding]:
    """Return findings by kind and key, locked: two that add records to one finding follow each other."""
    query = select(Finding).where(Finding.key.in_(sorted({key for _, key in places}))).order_by(Finding.id)
    return {(row.kind, row.key): row for row in session.scalars(query.with_for_update())}


def _add_once(session: Session, places: Iterable[Place], now: dt.datetime) -> None:
    """Insert findings without records, unless somebody else has done so meanwhile."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [{"kind": kind, "key": key, "state": "open", "reasons": [], "found_at": now} for kind, key in sorted(places)]
    session.execute(dialect.insert(Finding).on_conflict_do_nothing(index_elements=["kind", "key"]), rows)


def _members(session: Session, findings: list[int]) -> dict[int, list[FindingRecord]]:
    found: dict[int, list[FindingRecord]] = {}
    for row in session.scalars(select(FindingRecord).where(FindingRecord.finding_id.in_(findings))):
        found.setdefault(row.finding_id, []).append(row)
    return found
