"""Monthly bulletins (通报): figures of a closed month as they were issued, which no later event changes."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id


class Bulletin(Numbered, Base):
    """One version of an office's bulletin of one month. A correction is a new version under the same number."""

    __tablename__ = "bulletin"
    __table_args__ = (UniqueConstraint("org_id", "month", "version", name="uq_bulletin_org_month_version"),)

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    month: Mapped[dt.date]
    """Its first day."""
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(60))
    """As printed: 〔2026〕3号."""
    figures: Mapped[dict[str, Any]]
    """workflow.statistics.bulletins says what stands in it."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    """Why there is a further version."""
    issued_at: Mapped[dt.datetime]
    issued_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class BulletinList(Base):
    """What one number of a version was counted from, in the order of its list."""

    __tablename__ = "bulletin_list"

    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"), primary_key=True)
    line: Mapped[str] = mapped_column(String(20), primary_key=True)
    """The code of the office the number stands beside; empty for the sum."""
    what: Mapped[str] = mapped_column(String(20), primary_key=True)
    numbers: Mapped[bytes] = mapped_column(LargeBinary)
    """Packed by workflow.statistics.bulletin_lists."""
