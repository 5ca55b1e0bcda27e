"""A row of an import that was blocked, beside the record its number may have meant: read by who judges, nobody else.

The row is kept with its batch, sealed under the batch's key; once that is destroyed nothing is left to compare.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.findings import Finding, FindingJudgement, FindingRecord
from models.imports import ImportBatch
from models.people import Person
from workflow.duplicates.blocked import KEPT


@dataclass(frozen=True)
class BlockedRow:
    """Where the row came from, and what stood in it; no content once the batch was destroyed."""

    school_id: int
    row: int
    file_name: str
    by: str
    at: dt.datetime
    content: dict[str, Any] | None
    """`{row, number, name, sex, birth_date, guardians: [numbers]}` as they were typed."""


@dataclass(frozen=True)
class Judged:
    """Who said that there is nothing more to do, why and when."""

    reason: str
    by: str
    at: dt.datetime


def row_of(session: Session, finding: Finding) -> tuple[BlockedRow | None, Judged | None]:
    """Return the blocked row of a finding, and the judgement that stands. One statement."""
    judge = aliased(Person)
    query = (
        select(ImportBatch, FindingRecord.sheet_row, Person.name, FindingJudgement, judge.name)
        .select_from(FindingRecord)
        .join(ImportBatch, ImportBatch.id == FindingRecord.import_batch_id)
        .join(Person, Person.id == ImportBatch.person_id)
        .outerjoin(
            FindingJudgement,
            (FindingJudgement.finding_id == FindingRecord.finding_id) & FindingJudgement.revoked_at.is_(None),
        )
        .outerjoin(judge, judge.id == FindingJudgement.judged_by)
        .where(FindingRecord.finding_id == finding.id)
        .order_by(FindingRecord.id, FindingJudgement.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None, None
    batch, number, who, judged, by = found
    kept = (batch.report or {}).get(KEPT, ()) if batch.report_sealed is not None else ()
    content = next((dict(one) for one in kept if one["row"] == number), None)
    row = BlockedRow(batch.school_id, number or 0, batch.file_name, who, batch.created_at, content)
    return row, Judged(judged.reason, by, judged.judged_at) if judged is not None else None
