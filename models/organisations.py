"""Schools and the education departments above them: a tree whose levels are optional, and the classes of a school."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id

LEVELS = ("nation", "province", "city", "county", "school")


class Organisation(Numbered, Base):
    """A school or a department. `competent_dept_id` says who supervises a school; the area code never does."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("level in ('nation','province','city','county','school')", name="level"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    """A school's 10-digit code, an office's area code."""
    name: Mapped[str] = mapped_column(String(100))
    short_name: Mapped[str] = mapped_column(String(20), default="")
    level: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    competent_dept_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    path: Mapped[str] = mapped_column(String(200), default="", index=True)
    """Internal numbers from the root down to itself: `/1/4/9/`."""
    area_code: Mapped[str] = mapped_column(String(12), default="")
    grades: Mapped[list[Any]] = mapped_column(default=list)
    demonstration: Mapped[bool] = mapped_column(default=False)
    phone: Mapped[str] = mapped_column(String(40), default="")
    closed_on: Mapped[dt.date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    code_history: Mapped[list[Any]] = mapped_column(default=list)


class SchoolClass(Numbered, Base):
    """A class of one school; `grade` (1-12) holds until the yearly promotion changes it."""

    __tablename__ = "school_class"
    __table_args__ = (UniqueConstraint("school_id", "no"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    school_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    no: Mapped[str] = mapped_column(String(7))
    name: Mapped[str] = mapped_column(String(40))
    grade: Mapped[int]
    entry: Mapped[str] = mapped_column(String(6))
    """入学年月 of its pupils, YYYYMM."""
    capacity: Mapped[int | None]
    """Seats, where the school states a number of its own; else the policy's limits hold."""
    closed_on: Mapped[dt.date | None]
