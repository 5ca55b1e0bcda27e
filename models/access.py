"""Who looked at whose record, when and why."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered


class AccessEntry(Numbered, Base):
    """One look: a page, a search, an evidence file, a number shown in full, a paper printed."""

    __tablename__ = "access_entry"
    __table_args__ = (Index("ix_access_entry_student", "student_id", "at"),)

    at: Mapped[dt.datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    what: Mapped[str] = mapped_column(String(20))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    purpose: Mapped[str] = mapped_column(String(200), default="")
