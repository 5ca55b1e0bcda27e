"""Records whose ID number is wrong or did not pass the check against the population register (domain 4.9)."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Numbered, new_public_id
from models.documents import KeyedRecord, sealed_document


class IdFault(Numbered, Base):
    """What is wrong with one record, once for each kind; the worker opens a case for it."""

    __tablename__ = "id_fault"
    __table_args__ = (
        UniqueConstraint("student_id", "kind", name="uq_id_fault_student_kind"),
        Index("ix_id_fault_open", "id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """checksum (found here), not_found, name_mismatch or number_changed (verdicts from outside)."""
    details: Mapped[list[Any]] = mapped_column(default=list)
    """Codes of what is wrong, for `checksum` those of workflow.id_errors.checking."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """open or closed."""
    found_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)


class IdError(KeyedRecord, Base):
    """One to one with its case: what is wrong with which record, and what the school answered."""

    __tablename__ = "id_error"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    """Kinds of the faults the case is about, the gravest first."""
    details: Mapped[list[Any]] = mapped_column(default=list)
    """Codes of what is wrong with the number itself."""
    answer: Mapped[str] = mapped_column(String(10), default="")
    """delete, correct or claim; empty until the school answered."""
    reason: Mapped[str] = mapped_column(String(20), default="")
    """Why a record is to be deleted (workflow.id_errors.lists)."""
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[dt.datetime | None]
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = sealed_document("words")
    """`{corrected: {field: value}, note, relied}`: what was typed, and a digest of the record at that time."""
    police_on: Mapped[dt.date | None]
    """The date of the police answer."""
    ruling_id: Mapped[int | None] = mapped_column(BigId)
    """The deletion that was carried out, by which it can be undone."""


class NumberCheck(Numbered, Base):
    """A check over the numbers of all records, with how far it is; after a kill it goes on from there."""

    __tablename__ = "number_check"
    __table_args__ = (Index("ix_number_check_state", "state"),)

    state: Mapped[str] = mapped_column(String(10), default="running")
    """running or done."""
    position: Mapped[int] = mapped_column(BigId, default=0)
    """The last record that is behind it."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    found: Mapped[int] = mapped_column(default=0)
    """Records that are faulty."""
    started_at: Mapped[dt.datetime]
    touched_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
