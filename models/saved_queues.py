"""Filters of the inbox that an officer keeps under names of his own."""

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id


class SavedQueue(Numbered, Base):
    """What one person's list of waiting questions is limited to under this name; what is empty limits nothing."""

    __tablename__ = "saved_queue"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(20))
    process: Mapped[str] = mapped_column(String(30), default="")
    phase: Mapped[str] = mapped_column(String(30), default="")
    due: Mapped[str] = mapped_column(String(10), default="")
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[dt.datetime]
