"""Standing orders by which one officer stands in for another for a time (代理)."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id


class Substitution(Numbered, Base):
    """`deputy_id` stands in for `principal_id` on the days from `valid_from` to `valid_to`, both included.

    An empty `process` means every kind of case, no `org_id` every office where the principal has a post. Rows are never
    removed: one that ends early says when and by whom.
    """

    __tablename__ = "substitution"
    __table_args__ = (
        CheckConstraint("principal_id <> deputy_id", name="two_people"),
        CheckConstraint("valid_to >= valid_from", name="period"),
        Index("ix_substitution_deputy", "deputy_id", "valid_to"),
        Index("ix_substitution_principal", "principal_id", "valid_to"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    principal_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    process: Mapped[str] = mapped_column(String(30), default="")
    org_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(String(100), default="")
    ordered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ordered_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
