"""One portion of records compared with all others: what names are found by, the pairs, and a mark that it is done."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base
from models.findings import NameTrace, ScannedRecord
from models.imports import ImportBatch
from models.students import Student
from workflow import findings
from workflow.duplicates import blocked, names, near
from workflow.row_numbers import dialect_of
from workflow.world import world_of


def portion(session: Session, query: Select[Student]) -> Sequence[Student]:
    """Return the first records of a query, as many as are compared at once, in the order of their numbers."""
    return session.scalars(query.order_by(Student.id).limit(near.BATCH[dialect_of(session)]).options(*near.LEAN)).all()


def not_compared() -> Select[Student]:
    """Records that are new or have changed since they were compared."""
    known = (ScannedRecord.student_id == Student.id) & (ScannedRecord.version == Student.version)
    return select(Student).where(~select(ScannedRecord.student_id).where(known).exists())


def compare(session: Session, records: Sequence[Student], now: dt.datetime) -> int:
    """Renew what the names are found by, and record what comes near; returns how many findings are new.

    Of records that were compared since their last change half of the neighbouring numbers are looked for: the other
    half is looked for by the neighbours.
    """
    compared = _compared(session, records)
    _trace(session, [record for record in records if record.id not in compared])
    alike = near.look(session, records, compared)
    found = findings.record(session, world_of(session), [pair.group() for pair in alike], now)
    _mark(session, [record for record in records if record.id not in compared])
    return found.new


def compare_blocked(session: Session, batches: Sequence[ImportBatch], now: dt.datetime) -> int:
    """Compare the blocked rows of these batches with all records; returns how many findings are new."""
    groups = [group for batch in batches for group in blocked.groups(session, batch)]
    return findings.record(session, world_of(session), groups, now).new


def _compared(session: Session, records: Sequence[Student]) -> Collection[int]:
    versions = {record.id: record.version for record in records}
    query = select(ScannedRecord.student_id, ScannedRecord.version).where(ScannedRecord.student_id.in_(versions))
    return {number for number, version in session.execute(query) if versions[number] == version}


def _trace(session: Session, records: Sequence[Student]) -> None:
    if not records:
        return
    session.execute(delete(NameTrace).where(NameTrace.student_id.in_([record.id for record in records])))
    rows = [
        {"student_id": record.id, "kind": near.SOUND, "key": key, "birth_date": record.birth_date}
        for record in records
        if record.retired_at is None
        for key in names.sound_keys(record.name)
    ]
    if rows:
        session.execute(_insert(session, NameTrace).on_conflict_do_nothing(), rows)


def _mark(session: Session, records: Sequence[Student]) -> None:
    if records:
        mark = _insert(session, ScannedRecord)
        newer = {"version": mark.excluded.version}
        rows = [{"student_id": record.id, "version": record.version} for record in records]
        session.execute(mark.on_conflict_do_update(index_elements=["student_id"], set_=newer), rows)


def _insert(session: Session, table: type[Base]) -> Any:
    return (postgresql if dialect_of(session) == "postgresql" else sqlite).insert(table)
