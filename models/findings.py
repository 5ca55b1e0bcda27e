"""Records that may be about the same child, as found; deciding them is another subject."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Numbered, new_public_id


class Finding(Numbered, Base):
    """A group of records that a machine took for suspicious: it is looked at by people, who decide.

    `kind` is id_exact (one ID number in several records), nsb (same name, sex and birth date, without number),
    same_file (one number twice in one file), near (two records that look alike) or near_blocked (a record, and a row
    of an import that was blocked for a number one slip away from the record's).
    """

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Blind key of what the records share, so that a group is found once."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """open; closed (it no longer holds, or was decided); dismissed (looked at, and no problem)."""
    score: Mapped[int | None]
    """0 to 100 for a pair that only looks alike; None where the records share the very key."""
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    """The problem case that was opened for it."""
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """`{field, kind, detail}` for every field that speaks for it, the strongest first; see
    workflow.duplicates.scoring."""
    found_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    records: Mapped[list["FindingRecord"]] = relationship()


class FindingRecord(Numbered, Base):
    """One record of a group, or a row of an import that was blocked for it."""

    __tablename__ = "finding_record"
    __table_args__ = (UniqueConstraint("finding_id", "student_id"),)

    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"), index=True)
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    sheet_row: Mapped[int | None]


class FindingJudgement(Numbered, Base):
    """That somebody looked at a blocked row and the record it is like, and why there is nothing more to do."""

    __tablename__ = "finding_judgement"

    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    """A code of the closed list (workflow.problems.lists.BLOCKED_REASONS)."""
    judged_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    judged_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    """Taken back: the row is pointed out like any other."""


class DistinctPair(Base):
    """Two records that were decided to be different children: they are not reported again for looking alike.

    An equal ID number is still reported: two children may not share it.
    """

    __tablename__ = "distinct_pair"
    __table_args__ = (CheckConstraint("student_low_id < student_high_id", name="order"),)

    student_low_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    student_high_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True, index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    decided_at: Mapped[dt.datetime]
    decided_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[dt.datetime | None]
    """The decision was taken back: the pair is reported like any other."""


class NameTrace(Base):
    """By which a name is found again: its sound, its shape, its parts; several of one kind where it is read in ways.

    `key` is the first 64 bits of a hash, so what is found is compared again. Filled by the scan.
    """

    __tablename__ = "name_trace"
    __table_args__ = (Index("ix_name_trace_kind_key_birth_date", "kind", "key", "birth_date"),)

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(6), primary_key=True)
    """sound, shape or parts."""
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    birth_date: Mapped[dt.date]


class ScannedRecord(Base):
    """Up to which version a record was compared with all others."""

    __tablename__ = "scanned_record"

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    version: Mapped[int]


class ScanRun(Numbered, Base):
    """A scan of many records, with how far it is; after a kill it goes on from there."""

    __tablename__ = "scan_run"
    __table_args__ = (Index("ix_scan_run_state", "state"),)

    scope: Mapped[str] = mapped_column(String(10))
    """full (every record again) or new (records not compared since their last change)."""
    state: Mapped[str] = mapped_column(String(10), default="running")
    """running or done."""
    step: Mapped[str] = mapped_column(String(10))
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last record of the step that is behind it."""
    last_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The last shared number (its blind index) that is behind it."""
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int] = mapped_column(default=0)
    """Findings that are new or have grown."""
    started_at: Mapped[dt.datetime]
    touched_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None where it was the clock or a command."""
