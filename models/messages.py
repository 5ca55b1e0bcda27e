"""What people were told: the notice on the page, the mail that carries it, and how each wants to be reached."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id

MAIL_STATES = ("queued", "sent", "refused", "bounced", "moot")
CHAT_STATES = ("queued", "sent", "refused", "moot")
FAMILY_STATES = ("waiting", "sent", "refused", "no_number", "moot")


class Notice(Numbered, Base):
    """One person hears of one event. The page shows it; a mail may carry it, alone or together with others."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_person", "person_id", "id"),
        Index("ix_notice_unread", "person_id", "id", sqlite_where=text("read_at is null"),
              postgresql_where=text("read_at is null")),
        Index("ix_notice_waiting", "mail_at", "person_id",
              sqlite_where=text("mail_at is not null and mail_id is null"),
              postgresql_where=text("mail_at is not null and mail_id is null")),
        Index("ix_notice_chat_waiting", "chat_at", "person_id",
              sqlite_where=text("chat_at is not null and chat_id is null"),
              postgresql_where=text("chat_at is not null and chat_id is null")),
        Index("ix_notice_case", "case_id"),
        Index("ix_notice_mail", "mail_id"),
        Index("ix_notice_chat", "chat_id"),
    )  # fmt: skip

    key: Mapped[str] = mapped_column(String(160), unique=True)
    """`<event>:<person>`: who sits at two of the desks that are told hears once."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    org_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """The office at whose desk the person was told; it is shown as long as the person has a post there."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    purpose: Mapped[str] = mapped_column(String(30))
    facts: Mapped[dict[str, Any]]
    """item, seq, days, ends, …: what the words are made of."""
    at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]
    mail_at: Mapped[dt.datetime | None]
    """From when on a mail may carry it; None: it stands on the page only, `unmailed` says why."""
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id"))
    unmailed: Mapped[str] = mapped_column(String(20), default="")
    """no_address, bounces, by_choice, overtaken or answered."""
    chat_at: Mapped[dt.datetime | None]
    """From when on a short message to the telephone may carry it; None: none does."""
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))


class Mail(Numbered, Base):
    """One mail to one person. `public_id` stands in its Message-ID, so that a bounce finds it and nobody guesses it."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("state in ({})".format(",".join(f"'{state}'" for state in MAIL_STATES)), name="state"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    state_at: Mapped[dt.datetime]
    topic: Mapped[str] = mapped_column(String(30), default="")
    template_version: Mapped[int | None]
    """Which wording it was written with; 0 is the shipped one. None until it is handed over."""
    address: Mapped[str] = mapped_column(String(254), default="")
    """Where it was handed to."""
    sent_at: Mapped[dt.datetime | None]
    code: Mapped[str] = mapped_column(String(12), default="")
    """What the other side answered when it did not take it: 550, or 5.1.1 of a bounce."""
    repeated: Mapped[bool] = mapped_column(default=False)
    """An earlier attempt ended without an answer: the recipient may have it twice, under one Message-ID."""


class Chat(Numbered, Base):
    """One short message to one person's chat account or telephone; `public_id` stands in its key at the gateway."""

    __tablename__ = "chat"
    __table_args__ = (
        CheckConstraint("state in ({})".format(",".join(f"'{state}'" for state in CHAT_STATES)), name="state"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    state_at: Mapped[dt.datetime]
    code: Mapped[str] = mapped_column(String(12), default="")
    """What the gateway answered when it refused the message for good: 422."""


class FamilyMessage(Numbered, Base):
    """What a guardian is told of a case by a short message: the stage after one event. His number is not kept."""

    __tablename__ = "family_message"
    __table_args__ = (
        UniqueConstraint("case_id", "seq"),
        CheckConstraint("state in ({})".format(",".join(f"'{state}'" for state in FAMILY_STATES)), name="state"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    seq: Mapped[int]
    at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """moot: a later stage is told instead, or nothing new was to be told."""
    state_at: Mapped[dt.datetime]
    stage: Mapped[str] = mapped_column(String(60), default="")
    """Which stage was told, `<phase>:<office>`; empty until then."""
    receiver: Mapped[str] = mapped_column(String(20), default="")
    """The number as pages show it: 138****1234."""
    code: Mapped[str] = mapped_column(String(12), default="")
    """What the gateway answered when it refused the message for good: 422."""


class MessageSetting(Base):
    """How one person wants to be told, when he was told last, and whether his address is known not to work."""

    __tablename__ = "message_setting"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    digest_minute: Mapped[int | None]
    """When the daily digest goes out, in minutes after midnight in Asia/Shanghai; None: the usual time."""
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Group of purposes → once, digest or page."""
    chat: Mapped[bool] = mapped_column(default=False)
    """What goes out by mail goes to the telephone as well."""
    last_mail_at: Mapped[dt.datetime | None]
    last_digest_on: Mapped[dt.date | None]
    dead_address: Mapped[str] = mapped_column(String(254), default="")
    """The address that came back; it is not written to as long as the account has it."""
    dead_since: Mapped[dt.datetime | None]


class MailTemplate(Numbered, Base):
    """One version of the words of a mail. Versions are only added; `words` None goes back to the shipped ones."""

    __tablename__ = "mail_template"
    __table_args__ = (UniqueConstraint("topic", "version"),)

    topic: Mapped[str] = mapped_column(String(30))
    version: Mapped[int]
    words: Mapped[dict[str, Any] | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[dt.datetime]
