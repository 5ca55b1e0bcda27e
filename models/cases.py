"""A running process: the case, what waits for whom, what happened, when something is due, who may look."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Numbered


class ProcessVersion(Base):
    """A published process definition; its digest is compared at every start."""

    __tablename__ = "process_version"

    key: Mapped[str] = mapped_column(String(30), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    spec: Mapped[dict[str, Any]]
    published_at: Mapped[dt.datetime]


class Case(Numbered, Base):
    """One case. `phase`, `round`, `revision` and `head` are written by the engine only."""

    __tablename__ = "case"
    __table_args__ = (
        ForeignKeyConstraint(["process", "version"], ["process_version.key", "process_version.version"]),
        Index("ix_case_student_open", "student_id", sqlite_where=text("closed_at is null"),
              postgresql_where=text("closed_at is null")),
        Index("ix_case_applicant", "applicant_org_id", "opened_at"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    process: Mapped[str] = mapped_column(String(30))
    version: Mapped[int]
    phase: Mapped[str] = mapped_column(String(30))
    round: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    """Raised by every decision; a page that was drawn at an older one is stale."""
    last_seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")
    """Number and hash of the last event."""
    route: Mapped[list[Any]] = mapped_column(default=list)
    """Frozen at submission: the stops `{phase, org, role, days, external, …}` in order."""
    turn: Mapped[int] = mapped_column(default=0)
    """Index of the stop that is asked now; meaningful while the phase belongs to the route."""
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the engine must remember between commands: where a return came from, digests decisions rely on."""
    applicant_org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    opened_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    """Wrapped key under which comments and other words about people are sealed in the events."""


class WorkItem(Numbered, Base):
    """Something one office has to do. It is owned by exactly one queue, `<organisation>:<role>`."""

    __tablename__ = "work_item"
    __table_args__ = (
        Index("ix_work_item_inbox", "queue", "due_at", "id", "assignee_id", "kind",
              sqlite_where=text("open = 1"), postgresql_where=text("open")),
        Index("ix_work_item_mine", "assignee_id", "due_at", "id",
              sqlite_where=text("open = 1 and assignee_id is not null"),
              postgresql_where=text("open and assignee_id is not null")),
        Index("ix_work_item_case", "case_id"),
        Index("ix_work_item_done", "closed_by", "closed_at", "id"),
        Index("ix_work_item_signed", "closed_by", "case_id",
              sqlite_where=text("awaits_others = 1"), postgresql_where=text("awaits_others")),
        Index("ix_work_item_signed_for", "acting_for", "case_id",
              sqlite_where=text("awaits_others = 1"), postgresql_where=text("awaits_others")),
        Index("ix_work_item_owed", "org_id", "due_at", "id", "step", "case_id", "opened_at", "closed_at",
              sqlite_where=text("step is not null and closed_at is null"),
              postgresql_where=text("step is not null and closed_at is null")),
        Index("ix_work_item_ended", "org_id", "closed_at", "id", "step", "took", "due_at", "opened_at", "outcome",
              sqlite_where=text("step is not null and closed_at is not null"),
              postgresql_where=text("step is not null and closed_at is not null")),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(String(10))
    """decide, correct, arrive, record, task, or copy (to read only)."""
    phase: Mapped[str] = mapped_column(String(30))
    round: Mapped[int]
    turn: Mapped[int]
    queue: Mapped[str] = mapped_column(String(40))
    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    open: Mapped[bool] = mapped_column(default=True)
    opened_at: Mapped[dt.datetime]
    sent_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[dt.datetime]
    provisional: Mapped[bool] = mapped_column(default=False)
    due_rule: Mapped[dict[str, Any]]
    """`{days, region, policy}`: how `due_at` was computed, so that a changed calendar can recompute it."""
    outcome: Mapped[str | None] = mapped_column(String(20))
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    acting_for: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    void_reason: Mapped[str | None] = mapped_column(String(40))
    awaits_others: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It was answered and decides nothing yet, because others sign beside whoever answered (workflow.joint)."""
    step: Mapped[str | None] = mapped_column(String(72))
    """What figures call it, `process/phase/kind`; none for what no office owes (workflow.statistics.steps)."""
    took: Mapped[int | None]
    """Working days from asking to the answer of a person, pauses left out; none where nobody answered."""


class StepCause(Base):
    """Why a question was answered with a return or a refusal; one row for each cause that was ticked."""

    __tablename__ = "step_cause"

    work_item_id: Mapped[int] = mapped_column(ForeignKey("work_item.id"), primary_key=True)
    cause: Mapped[str] = mapped_column(String(40), primary_key=True)


class Event(Base):
    """What happened, chained by hashes, per case. Rows are inserted and never changed."""

    __tablename__ = "event"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acting_for: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    action: Mapped[str] = mapped_column(String(30))
    from_phase: Mapped[str] = mapped_column(String(30))
    to_phase: Mapped[str] = mapped_column(String(30))
    body: Mapped[dict[str, Any]]
    """Facts of the decision. Words about people are ciphertext here: destroying the case's key erases them."""
    prev: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Command(Base):
    """One request that was carried out; the same key gets the same answer (kept 30 days)."""

    __tablename__ = "command"

    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    answer: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime] = mapped_column(index=True)


class Timer(Numbered, Base):
    """A moment at which the clock must look at a case. Rows survive any restart."""

    __tablename__ = "timer"
    __table_args__ = (
        Index("ix_timer_due", "due_at", "id", sqlite_where=text("fired_at is null"),
              postgresql_where=text("fired_at is null")),
        Index("ix_timer_case", "case_id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    work_item_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    kind: Mapped[str] = mapped_column(String(20))
    step: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime | None]
    fired_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)


class CaseScope(Base):
    """Which organisations may see a case: every party and every office above it."""

    __tablename__ = "case_scope"
    __table_args__ = (Index("ix_case_scope_case", "case_id"),)

    org_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)


class NumberSeries(Base):
    """The last number given out in a series (case numbers, certificate numbers)."""

    __tablename__ = "number_series"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(BigId)
