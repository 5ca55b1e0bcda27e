"""Rules that differ by place and time, as data: key, value, jurisdiction, stage, validity, source."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id


class Policy(Numbered, Base):
    """A rule of one jurisdiction (none: the whole country); the nearest jurisdiction wins over the defaults."""

    __tablename__ = "policy"
    __table_args__ = (Index("ix_policy_key_org", "key", "org_id"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    key: Mapped[str] = mapped_column(String(60))
    org_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    stage: Mapped[str | None] = mapped_column(String(10))
    value: Mapped[dict[str, Any]]
    """Always an object; a plain value stands under `value`."""
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    source: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime]


class TableVersion(Base):
    """A number raised with every change of a slowly changing table, so that a process knows when to read it anew."""

    __tablename__ = "table_version"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    version: Mapped[int]
