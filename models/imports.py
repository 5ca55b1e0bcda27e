"""An uploaded workbook and what became of it."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id
from models.documents import KeyedRecord, sealed_document

STATES = ("uploaded", "checking", "checked", "importing", "done", "refused")


class ImportBatch(KeyedRecord, Numbered, Base):
    """One file for one school. File and report are sealed under the batch's key and destroyed after its retention."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("state in ({})".format(",".join(f"'{state}'" for state in STATES)), name="state"),
        Index("ix_import_batch_school", "school_id", "created_at"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    school_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    storage_key: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="uploaded")
    all_or_nothing: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    clean: Mapped[int] = mapped_column(default=0)
    warned: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    imported: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(String(500), default="")
    report_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    report = sealed_document("report")
    """`{unknown_columns, faults: […], findings: […]}` with the cells as they stood in the file."""
    created_at: Mapped[dt.datetime]
    checked_at: Mapped[dt.datetime | None]
    confirmed_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    destroy_after: Mapped[dt.date]
