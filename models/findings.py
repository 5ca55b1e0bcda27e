"""Records that may be about the same child, as found; deciding them is another subject."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Numbered, new_public_id


class Finding(Numbered, Base):
    """A group of records: one ID number twice (`id_exact`), or same name, sex and birth date without number (`nsb`)."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Blind key of what the records share, so that a group is found once."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
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
