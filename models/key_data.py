"""The history of a pupil's key data: what stood in the record before each correction, and who corrected it."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id


class KeyChange(Numbered, Base):
    """One correction. Old and new values are sealed under the pupil's own key, and end with it."""

    __tablename__ = "key_change"
    __table_args__ = (Index("ix_key_change_student_id", "student_id"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    at: Mapped[dt.datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    fields: Mapped[list[Any]] = mapped_column(default=list)
    """Names of the fields that changed, in the order of the record."""
    old_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    new_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """`{field: value}` for the fields named, as JSON."""
