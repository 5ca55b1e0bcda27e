"""Rules that differ by place and time, as data; what is proposed for them, and tried on the cases of a year."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, new_public_id

PROPOSED = ("open", "confirmed", "rejected", "withdrawn", "stale")
TRIED = ("waiting", "running", "done", "broken")
TWO_PERSONS = "state <> 'confirmed' or (decided_by is not null and decided_by <> proposed_by)"


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


class PolicyTrial(Numbered, Base):
    """A rule tried on the cases of a period: what is counted stands in `result`, nothing of it names a person."""

    __tablename__ = "policy_trial"
    __table_args__ = (
        CheckConstraint("state in ({})".format(",".join(f"'{state}'" for state in TRIED)), name="state"),
        Index("ix_policy_trial_person", "person_id", "state"),
        Index("ix_policy_trial_created", "created_at"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    key: Mapped[str] = mapped_column(String(60))
    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    stage: Mapped[str] = mapped_column(String(10), default="")
    value: Mapped[dict[str, Any] | None]
    """As in `Policy`; nothing where the office would give its own rule up."""
    since: Mapped[dt.date]
    until: Mapped[dt.date]
    """The first and the last day on which the cases were opened."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None]
    finished_at: Mapped[dt.datetime | None]


class PolicyProposal(Numbered, Base):
    """A rule that one administrator asks for and another one confirms or rejects; open at most once for each place."""

    __tablename__ = "policy_proposal"
    __table_args__ = (
        CheckConstraint("state in ({})".format(",".join(f"'{state}'" for state in PROPOSED)), name="state"),
        CheckConstraint("act in ('set','give_up')", name="act"),
        CheckConstraint(TWO_PERSONS, name="two_persons"),
        Index("ix_policy_proposal_open", "org_id", "key", "stage", unique=True,
              sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index("ix_policy_proposal_org", "org_id", "id"),
    )

    public_id: Mapped[str] = mapped_column(String(26), unique=True, default=new_public_id)
    act: Mapped[str] = mapped_column(String(10))
    """set, or give_up: from `valid_from` on the rule of the next office above holds."""
    key: Mapped[str] = mapped_column(String(60))
    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    stage: Mapped[str] = mapped_column(String(10), default="")
    value: Mapped[dict[str, Any] | None]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    source: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(300))
    base: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Digest of everything that held or would come to hold here when it was proposed."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(String(300), default="")
    """Why it was rejected, or what the second person had to say."""
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    trial_id: Mapped[int | None] = mapped_column(ForeignKey("policy_trial.id"))


class TableVersion(Base):
    """A number raised with every change of a slowly changing table, so that a process knows when to read it anew."""

    __tablename__ = "table_version"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    version: Mapped[int]
