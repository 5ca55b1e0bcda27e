"""What is carried out after the change it was written with: notices to be addressed, mails, papers, imports."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered


class OutboxRow(Numbered, Base):
    """One intent for one recipient; `dedup` makes it unique and becomes the Message-ID of a mail."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due",
            "not_before",
            "id",
            sqlite_where=text("done_at is null and dead_at is null"),
            postgresql_where=text("done_at is null and dead_at is null"),
        ),
        Index("ix_outbox_case", "case_id"),
    )

    dedup: Mapped[str] = mapped_column(String(160), unique=True)
    topic: Mapped[str] = mapped_column(String(40))
    """notice (to a queue, still to be addressed to its people), mail, chat, bounce, certificate, import, bulk…"""
    recipient: Mapped[str] = mapped_column(String(60), default="")
    """A queue `<org>:<role>` for a notice, a person's number for a mail or chat."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    not_before: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[dt.datetime | None]
    dead_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
