"""Pupils, their guardians, where they are enrolled and when, and the changes of their records."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Numbered, new_public_id
from models.documents import KeyedRecord, sealed_document
from models.numbers import fold_id_number, fold_number
from models.organisations import SchoolClass
from models.sealed import sealed_number


class Student(KeyedRecord, Numbered, Base):
    """A school's record of a pupil. Identity numbers are sealed under the record's own key, with blind indexes.

    The blind index of a number is not unique: a second record with the same number is stored as disputed.
    """

    __tablename__ = "student"
    __table_args__ = (
        CheckConstraint("sex in ('male','female')", name="sex"),
        Index(
            "uq_student_undisputed_number",
            "id_number_index",
            unique=True,
            sqlite_where=text("not disputed and id_number_index is not null"),
            postgresql_where=text("not disputed and id_number_index is not null"),
        ),
        Index("ix_student_id_number_index", "id_number_index"),
        Index("ix_student_record_no_index", "record_no_index"),
        Index(
            "ix_student_without_number",
            "id",
            sqlite_where=text("id_number_index is null and retired_at is null"),
            postgresql_where=text("id_number_index is null and retired_at is null"),
        ),
        Index("ix_student_same_person", "name_key", "birth_date", "sex"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100))
    """The folded name used for comparing; the name itself is kept as entered."""
    sex: Mapped[str] = mapped_column(String(6))
    birth_date: Mapped[dt.date]
    nationality: Mapped[str] = mapped_column(String(40), default="中国")
    ethnicity: Mapped[str] = mapped_column(String(20), default="")
    id_type: Mapped[str] = mapped_column(String(2), default="1")
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    id_number_tail: Mapped[str | None] = mapped_column(String(4))
    id_number = sealed_number("id_number", purpose="id-no", canonical=fold_id_number)
    disputed: Mapped[bool] = mapped_column(default=False)
    id_verdict: Mapped[str] = mapped_column(String(20), default="unknown")
    """What the population register says: unknown, passed, not_found, name_mismatch or number_changed."""
    id_verdict_on: Mapped[dt.date | None]
    id_verdict_source: Mapped[str] = mapped_column(String(100), default="")
    record_no_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_no_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    record_no_tail: Mapped[str | None] = mapped_column(String(4))
    record_no = sealed_number("record_no", purpose="record-no", canonical=fold_number)
    details_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    details = sealed_document("details")
    """The other columns of the national template by name (addresses, telephone, health, ...)."""
    status: Mapped[str] = mapped_column(String(2), default="01")
    """学生当前状态, domain 5.2: 01 在读, 02 休学, 10 转学（转出）."""
    suspended_from: Mapped[dt.date | None]
    suspended_to: Mapped[dt.date | None]
    disciplinary: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every change of the record (guard C8)."""
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    sheet_row: Mapped[int | None]
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None]
    retired_why: Mapped[str | None] = mapped_column(String(10))
    """merged or deleted. A retired record stays disputed: its numbers claim nothing any more."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    """The surviving record, to which this one's numbers lead."""
    guardians: Mapped[list["Guardian"]] = relationship(order_by="Guardian.position")


class Guardian(KeyedRecord, Numbered, Base):
    """A family member named in the record; the first one or two of the template."""

    __tablename__ = "guardian"
    __table_args__ = (Index("ix_guardian_id_number_index", "id_number_index"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    relation: Mapped[str] = mapped_column(String(20))
    is_guardian: Mapped[bool] = mapped_column(default=True)
    id_type: Mapped[str] = mapped_column(String(2), default="")
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    id_number_tail: Mapped[str | None] = mapped_column(String(4))
    id_number = sealed_number("id_number", purpose="guardian-no", canonical=fold_id_number)
    details_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    details = sealed_document("details")


class Enrolment(Numbered, Base):
    """A spell of one pupil in one class of one school; at most one is open, and the database sees to it."""

    __tablename__ = "enrolment"
    __table_args__ = (
        Index(
            "uq_enrolment_one_open",
            "student_id",
            unique=True,
            sqlite_where=text("ended_on is null"),
            postgresql_where=text("ended_on is null"),
        ),
        Index("ix_enrolment_school_class", "school_id", "class_id"),
    )

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"), index=True)
    seat_no: Mapped[str] = mapped_column(String(10), default="")
    started_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    end_code: Mapped[str | None] = mapped_column(String(2))
    copy_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the school keeps to read after the pupil left: the record as it was on that day."""
    student: Mapped[Student] = relationship()
    school_class: Mapped[SchoolClass] = relationship()


class StatusChange(Numbered, Base):
    """学籍异动: one line of the record's history (field list of JY/T 1001, domain 4.0)."""

    __tablename__ = "status_change"

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    code: Mapped[str] = mapped_column(String(2))
    reason: Mapped[str] = mapped_column(String(40))
    on_date: Mapped[dt.date]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    document_no: Mapped[str] = mapped_column(String(60), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """from/to: school code and name, class, grade, as they were that day."""
