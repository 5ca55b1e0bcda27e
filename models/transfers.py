"""What a transfer case knows beyond the case: pupil, both schools, reason, arrival, milestones; and taking it back."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id
from models.documents import KeyedRecord, sealed_document
from models.numbers import fold_number
from models.sealed import sealed_number


class Transfer(KeyedRecord, Base):
    """One to one with its case. A side outside the province is a name and a code (`from_outside`, `to_outside`)."""

    __tablename__ = "transfer"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(100), default="")
    record_no_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_no_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    record_no_tail: Mapped[str | None] = mapped_column(String(4))
    record_no = sealed_number("record_no", purpose="record-no", canonical=fold_number)
    direction: Mapped[str] = mapped_column(String(10), default="inside")
    """inside the province, or `incoming` / `outgoing` across provinces."""
    from_school_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    to_school_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    from_class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"))
    to_class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"))
    outside: Mapped[dict[str, Any] | None]
    """The side in another province: `{province, school, code, dept, phone, request_no}`."""
    target_grade: Mapped[int | None]
    from_grade: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(20), default="")
    reason_note: Mapped[str] = mapped_column(String(500), default="")
    offline_first: Mapped[bool] = mapped_column(default=False)
    """Decided on paper while the system was down; the scan is among the evidence."""
    student_version: Mapped[int | None]
    """The record's version when the request was sent (guard C8)."""
    arrived_on: Mapped[dt.date | None]
    pulled_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    pulled = sealed_document("pulled")
    """The pupil's data that came with the file pull (调档) from another province."""
    again_of_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    """The request that ended without a move and that this one takes up again (据此重新申请)."""

    @property
    def school_ids(self) -> tuple[int | None, int | None]:
        """The two schools, as far as they are ours."""
        return self.from_school_id, self.to_school_id


class Milestone(Numbered, Base):
    """A step that another province took, entered here with date, result and scan."""

    __tablename__ = "milestone"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    round: Mapped[int]
    turn: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    """relay_check, school_opinion, dept_opinion or file_pull."""
    result: Mapped[str] = mapped_column(String(10))
    on_date: Mapped[dt.date]
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[dt.datetime]


class Reversal(KeyedRecord, Base):
    """The case that takes a finished transfer back (撤销转学); one to one with its case."""

    __tablename__ = "reversal"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    """The case of the transfer."""
    cause: Mapped[str] = mapped_column(String(20))
    """A code of the closed list (workflow.transfers.asking.CAUSES)."""
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = sealed_document("words")
    """`{reason}` in the words of whoever asked for it."""
