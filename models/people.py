"""Officers with accounts, the posts they hold, their sessions, tokens and failed log-ins."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Numbered, new_public_id

ROLES = (
    "school_clerk",
    "school_leader",
    "check_operator",
    "class_teacher",
    "dept_clerk",
    "dept_leader",
    "arbitrator",
    "auditor",
    "system_admin",
    "security_admin",
)
SYSTEM_PERSON_ID = 1
"""The clock acts under this named account; migration 0001 creates it and nobody can log in with it."""


class Person(Numbered, Base):
    """One named officer with one account; never shared (domain 2.2)."""

    __tablename__ = "person"

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[dt.datetime]
    password_changed_at: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]
    posts: Mapped[list["Post"]] = relationship(back_populates="person")


class Post(Numbered, Base):
    """A person in a role at an organisation, for a time; a class teacher's post names the class."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint("role in ({})".format(",".join(f"'{role}'" for role in ROLES)), name="role"),
        CheckConstraint("role <> 'class_teacher' or class_id is not null", name="teacher_has_class"),
        Index("ix_post_org_role", "org_id", "role"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str] = mapped_column(String(20))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    person: Mapped[Person] = relationship(back_populates="posts")


class WebSession(Base):
    """A browser's session, kept here and not in the cookie, so that ending it really ends it."""

    __tablename__ = "web_session"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class ApiToken(Numbered, Base):
    """A bearer token of one person; only its digest is stored."""

    __tablename__ = "api_token"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    label: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class Attempt(Numbered, Base):
    """One failed or counted try (log-in, search, verification), for throttling by account, address and all."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_kind_subject_at", "kind", "subject", "at"),)

    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(120))
    at: Mapped[dt.datetime]
