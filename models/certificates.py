"""Papers with a number that a stranger can check: the facts as printed, sealed, and whether they still hold."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id
from models.documents import KeyedRecord, sealed_document


class Certificate(KeyedRecord, Numbered, Base):
    """`code` is the random word in the QR; `number` is printed. The PDF is made later from the sealed facts."""

    __tablename__ = "certificate"
    __table_args__ = (CheckConstraint("state in ('valid','superseded','revoked')", name="state"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    code: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"), index=True)
    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    facts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    facts = sealed_document("facts")
    state: Mapped[str] = mapped_column(String(10), default="valid")
    issued_at: Mapped[dt.datetime]
    expires_on: Mapped[dt.date | None]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_reason: Mapped[str] = mapped_column(String(500), default="")
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    storage_key: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    copies: Mapped[int] = mapped_column(default=0)
