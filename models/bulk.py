"""Many decisions ordered at once: carried out a few seconds later, so that the order can still be taken back."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id
from models.documents import KeyedRecord, sealed_document

STATES = ("waiting", "cancelled", "done")


class BulkOrder(KeyedRecord, Numbered, Base):
    """What one person answered to many questions. The words typed are sealed and destroyed when it was carried out."""

    __tablename__ = "bulk_order"
    __table_args__ = (
        CheckConstraint("state in ({})".format(",".join(f"'{state}'" for state in STATES)), name="state"),
        Index("ix_bulk_order_person", "person_id", "id"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    total: Mapped[int]
    order_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    order = sealed_document("order")
    """`{lines: [{no, revision, action, values}]}` in the order in which they are carried out; empty afterwards."""
    report_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    report = sealed_document("report")
    """`{results: {no: {action, phase}}, held: {no: [why, …]}, to}`: what became of each line, what stayed behind, and
    the name of the colleague where all were handed on to one."""
    created_at: Mapped[dt.datetime]
    run_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
