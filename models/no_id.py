"""Pupils without an ID number: the certificate of attendance that stands in for it (domain 4.12)."""

import datetime as dt

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_public_id
from models.documents import KeyedRecord, sealed_document


class NoIdNumber(KeyedRecord, Base):
    """One to one with its case: whose certificate it is, since when it holds, and when the question was last asked."""

    __tablename__ = "no_id_number"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(String(20), default="")
    """Why there is no number (workflow.no_id.lists.REASONS)."""
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = sealed_document("words")
    """`{note, corrected: {field: value}, relied}`: what was typed about the child."""
    valid_from: Mapped[dt.date | None]
    """The day of the province's approval."""
    asking: Mapped[bool] = mapped_column(default=False)
    """Whether the school is being asked if there is a number now."""
    asked_on: Mapped[dt.date | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who entered the number that was obtained."""
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
