"""Problem records: one case for all sides, what every side answers, the rulings, and what a ruling changed."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Numbered, new_public_id
from models.documents import KeyedRecord, sealed_document


class Problem(Base):
    """One to one with its case: why these records are asked about, and which office decides."""

    __tablename__ = "problem"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    """id_exact, nsb or near, as the finding."""
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"), index=True)
    level: Mapped[str] = mapped_column(String(10))
    """school, county, city, province, or ministry where another province takes part."""
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """Who rules; for `ministry` the province's office that enters what was decided elsewhere."""
    standing_ruling_id: Mapped[int | None] = mapped_column(BigId)
    """The ruling that is carried out and not undone."""


class ProblemSide(KeyedRecord, Numbered, Base):
    """One record of the group and what its school says about it. A side in another province is only described."""

    __tablename__ = "problem_side"
    __table_args__ = (
        UniqueConstraint("case_id", "no", name="uq_problem_side_case_no"),
        Index("ix_problem_side_student_id", "student_id"),
        Index("ix_problem_side_school_id", "school_id", "case_id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    no: Mapped[int]
    """1, 2, …; work items name the side by it (`turn`)."""
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    outside: Mapped[dict[str, Any] | None]
    """The side in another province: `{province, school, note}`."""
    answer: Mapped[str] = mapped_column(String(10), default="")
    """delete, correct or claim; empty until the school answered."""
    reason: Mapped[str] = mapped_column(String(20), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[dt.datetime | None]
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = sealed_document("words")
    """`{corrected: {field: value}, note, returned: [items], position_note}`: what was written about the child."""
    review: Mapped[str] = mapped_column(String(10), default="")
    """accepted or returned by the side's department."""
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[dt.datetime | None]
    silent: Mapped[bool] = mapped_column(default=False)
    """The term and its grace passed without an answer; the case is decided on the file."""
    inquiry: Mapped[str] = mapped_column(String(10), default="")
    """asked, then insist, give_up or silent: the answer to the last inquiry sheet."""
    objected: Mapped[bool] = mapped_column(default=False)
    """An objection is possible once."""


class Ruling(KeyedRecord, Numbered, Base):
    """What becomes of every record of the group, and why; drafted by one person and confirmed by another."""

    __tablename__ = "ruling"
    __table_args__ = (Index("ix_ruling_case_id", "case_id"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    round: Mapped[int]
    basis: Mapped[str] = mapped_column(String(12))
    """sides (all but one gave way), arbitration, objection, or outside (another province takes part)."""
    office_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    drafted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drafted_at: Mapped[dt.datetime]
    verdicts: Mapped[list[Any]] = mapped_column(default=list)
    """`{side, verdict, into?, choices?}` for every side; corrected values stand in `words`."""
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """Codes of the closed list (workflow.problems.lists.REASONS)."""
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = sealed_document("words")
    """`{text, corrected: {side: {field: value}}, names: {side: name at that time}, versions: {side: version}}`."""
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[dt.datetime | None]
    undone_at: Mapped[dt.datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class RulingImage(Numbered, Base):
    """A row as it was before and after a ruling, without its data key; bytes are base64. None: there was no row."""

    __tablename__ = "ruling_image"
    __table_args__ = (Index("ix_ruling_image_ruling_id", "ruling_id"),)

    ruling_id: Mapped[int] = mapped_column(ForeignKey("ruling.id"))
    table_name: Mapped[str] = mapped_column(String(30))
    row_id: Mapped[int] = mapped_column(BigId)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class Undoing(KeyedRecord, Base):
    """The case that takes a ruling back; one to one with its case."""

    __tablename__ = "undoing"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    ruling_id: Mapped[int] = mapped_column(ForeignKey("ruling.id"), index=True)
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = sealed_document("words")
    """`{reason}` in the words of whoever asked for it."""
