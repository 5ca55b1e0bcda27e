"""Who ran which scheduled job for which slot, and which processes are alive."""

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class JobRun(Base):
    """A job that runs once per slot: whoever inserts the row first does it; an abandoned lease can be retaken."""

    __tablename__ = "job_run"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[dt.datetime] = mapped_column(primary_key=True)
    node: Mapped[str] = mapped_column(String(80))
    lease_until: Mapped[dt.datetime]
    done_at: Mapped[dt.datetime | None]


class Heartbeat(Base):
    """When a worker was last seen; the health page turns red when none is."""

    __tablename__ = "heartbeat"

    node: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[dt.datetime]
