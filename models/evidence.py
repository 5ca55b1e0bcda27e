"""Scanned papers: what they are, who sent them, what they weigh; the bytes are sealed in the file store."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id


class Evidence(Numbered, Base):
    """One file. Its digest is frozen at upload; a file that is taken back stays on record as withdrawn."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_case", "case_id"), Index("ix_evidence_digest", "digest"))

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(30))
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    pages: Mapped[int] = mapped_column(default=1)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    storage_key: Mapped[str] = mapped_column(String(64))
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]
    sealed_as: Mapped[str | None] = mapped_column(String(26))
    """Public id of the paper under which the bytes were sealed, where they were handed in with an earlier request."""
