"""Findings that hold no longer: a number was corrected, a record retired, two records look alike no more."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.findings import Finding, FindingRecord
from models.imports import ImportBatch
from models.students import Student
from workflow.calendar import day_of
from workflow.duplicates import exact, near
from workflow.duplicates.scoring import HINT, assess
from workflow.findings import EXACT, NEAR, NEAR_BLOCKED, SAME_FILE, SAME_PERSON, decider_of, same_person_key, schools_of
from workflow.world import World

Members = dict[int, list[tuple[FindingRecord, Student | None]]]


def refresh(session: Session, world: World, findings: Sequence[Finding], now: dt.datetime) -> int:
    """Let members go that a finding is not true of any more, and close it when fewer than two sides are left.

    Returns how many were closed. Eight statements at most, and one for each finding that loses members but stays. The
    caller commits.
    """
    open_ones = [finding for finding in findings if finding.state == "open"]
    if not open_ones:
        return 0
    members = _members(session, [finding.id for finding in open_ones])
    over = _of_destroyed_batches(session, members, day_of(now)) | _superseded(session, open_ones, members)
    closed = _refresh_pairs(session, [one for one in open_ones if one.kind == NEAR], members, now)
    for finding in (one for one in open_ones if one.kind != NEAR):
        if finding.id in over:
            _close(finding, now)
            closed += 1
        else:
            closed += _shrink(session, world, finding, members[finding.id], now)
    return closed


def _members(session: Session, findings: list[int]) -> Members:
    query = select(FindingRecord, Student).outerjoin(Student, Student.id == FindingRecord.student_id)
    found: Members = {number: [] for number in findings}
    for row, student in session.execute(query.where(FindingRecord.finding_id.in_(findings)).options(*near.LEAN)):
        found[row.finding_id].append((row, student))
    return found


def _of_destroyed_batches(session: Session, members: Members, today: dt.date) -> set[int]:
    """Findings about a blocked row that is not kept any more: nobody could look at it."""
    rows = [(finding, row.import_batch_id) for finding, own in members.items() for row, _ in own if row.import_batch_id]
    if not rows:
        return set()
    kept = select(ImportBatch.id).where(ImportBatch.id.in_({batch for _, batch in rows}))
    alive = set(session.scalars(kept.where(ImportBatch.destroy_after >= today)))
    return {finding for finding, batch in rows if batch not in alive}


def _superseded(session: Session, findings: Sequence[Finding], members: Members) -> set[int]:
    """Findings about a blocked row whose number came in meanwhile as it was meant: the exact group says it all."""
    blocked = [one.id for one in findings if one.kind == NEAR_BLOCKED]
    about = [(number, student) for number in blocked for _, student in members[number] if student is not None]
    indexes = {student.id_number_index for _, student in about if student.id_number_index}
    shared = {group.key for group in exact.by_number(session, indexes)} if indexes else set()
    return {number for number, student in about if student.id_number_index in shared}


def _shrink(
    session: Session,
    world: World,
    finding: Finding,
    members: Sequence[tuple[FindingRecord, Student | None]],
    now: dt.datetime,
) -> bool:
    """Keep the members that still share the key; tells whether the finding was closed."""
    staying = [student for _, student in members if student is not None and _shares(finding, student)]
    if len(staying) < (2 if finding.kind in (EXACT, SAME_PERSON) else 1):
        _close(finding, now)
        return True
    leaving = [row for row, student in members if student is not None and student not in staying]
    for row in leaving:
        session.delete(row)
    if leaving:
        finding.decider_id = decider_of(world, schools_of(session, [one.id for one in staying]).values())
    return False


def _shares(finding: Finding, student: Student) -> bool:
    if student.retired_at is not None:
        return False
    if finding.kind in (EXACT, SAME_FILE):
        return student.id_number_index == finding.key
    if finding.kind == SAME_PERSON:
        return student.id_number_index is None and same_person_key(*exact.person_of(student)) == finding.key
    return True  # a blocked row and a living record


def _refresh_pairs(session: Session, findings: Sequence[Finding], members: Members, now: dt.datetime) -> int:
    """Compare the pairs again: closed when not even a hint is left, else with today's score and reasons."""
    pairs = {one.id: sorted((s for _, s in members[one.id] if s), key=lambda student: student.id) for one in findings}
    families = near.guardians_of(session, {student.id for pair in pairs.values() for student in pair})
    apart = exact.distinct(session, [(pair[0].id, pair[1].id) for pair in pairs.values() if len(pair) == 2])
    closed = 0
    for finding in findings:
        pair = pairs[finding.id]
        living = len(pair) == 2 and not any(student.retired_at for student in pair)
        if living and (pair[0].id, pair[1].id) not in apart and not near.share_the_key(*pair):
            found = assess(*(near.facts_of(student, families) for student in pair))
            if found.score >= HINT:
                if (finding.score, finding.reasons) != (found.score, found.reasons):
                    finding.score, finding.reasons = found.score, found.reasons
                continue
        _close(finding, now)
        closed += 1
    return closed


def _close(finding: Finding, now: dt.datetime) -> None:
    finding.state, finding.closed_at = "closed", now
