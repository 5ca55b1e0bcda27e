"""Jobs that run once per slot of time, whoever comes first, and the tidying they do."""

import datetime as dt
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.bulk import BulkOrder
from models.cases import Command
from models.jobs import Heartbeat, JobRun
from models.people import ApiToken, Attempt, WebSession

LEASE = dt.timedelta(minutes=10)
TURNSTILE = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
"""The slot of a row that is only locked; it never gets old."""
KEEP_COMMANDS = dt.timedelta(days=30)
KEEP_ATTEMPTS = dt.timedelta(days=2)
KEEP_TOKENS = dt.timedelta(days=30)
KEEP_RUNS = dt.timedelta(days=90)
KEEP_HEARTBEATS = dt.timedelta(days=1)


def slot_of(now: dt.datetime, length: dt.timedelta) -> dt.datetime:
    """Return the beginning of the slot that `now` falls into."""
    epoch = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return epoch + (now - epoch) // length * length


def take(session: Session, job: str, slot: dt.datetime, node: str, now: dt.datetime) -> bool:
    """Tell whether this node does the job in this slot: it is first, or the first one's lease ran out unfinished."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"job": job, "slot": slot, "node": node, "lease_until": now + LEASE}
    added = dialect.insert(JobRun).values(row).on_conflict_do_nothing().returning(JobRun.job)
    if session.execute(added).first() is not None:
        return True
    run_out = or_(JobRun.lease_until <= now, JobRun.lease_until > now + 2 * LEASE)
    left = (JobRun.job == job) & (JobRun.slot == slot) & JobRun.done_at.is_(None) & run_out
    retaken: Any = session.execute(update(JobRun).where(left).values(node=node, lease_until=now + LEASE))
    return bool(retaken.rowcount == 1)


def enter(session: Session, job: str, now: dt.datetime) -> None:
    """Go through the turnstile of a job: whoever is in it keeps the others out until the end of the transaction."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"job": job, "slot": TURNSTILE, "node": "", "lease_until": now, "done_at": now}
    insert = dialect.insert(JobRun).values(row)
    session.execute(insert.on_conflict_do_update(index_elements=["job", "slot"], set_={"lease_until": now}))


def is_done(session: Session, job: str, slot: dt.datetime | None = None) -> bool:
    """Tell whether a job was done in this slot; of one that is done once, whatever the slot, ever. Takes no lock."""
    query = select(JobRun.job).where(JobRun.job == job, JobRun.done_at.is_not(None))
    return session.scalar((query if slot is None else query.where(JobRun.slot == slot)).limit(1)) is not None


def finish(session: Session, job: str, slot: dt.datetime, node: str, now: dt.datetime) -> None:
    """Say that the slot's work is done."""
    mine = (JobRun.job == job) & (JobRun.slot == slot) & (JobRun.node == node)
    session.execute(update(JobRun).where(mine).values(done_at=now))


def beat(session: Session, node: str, now: dt.datetime) -> None:
    """Say that this worker is alive."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(Heartbeat).values(node=node, at=now)
    session.execute(insert.on_conflict_do_update(index_elements=["node"], set_={"at": now}))


def leave(session: Session, node: str) -> None:
    """Say that this worker has ended as it should."""
    session.execute(delete(Heartbeat).where(Heartbeat.node == node))


def tidy(session: Session, now: dt.datetime) -> int:
    """Delete what has served its time: stored answers, ended sessions, old tries. Returns the number of rows."""
    old = (
        delete(Command).where(Command.at < now - KEEP_COMMANDS),
        delete(WebSession).where(WebSession.expires_at <= now),
        delete(Attempt).where(Attempt.at < now - KEEP_ATTEMPTS),
        delete(ApiToken).where(ApiToken.expires_at < now - KEEP_TOKENS),
        delete(BulkOrder).where(BulkOrder.created_at < now - KEEP_COMMANDS),
        delete(JobRun).where(JobRun.slot < now - KEEP_RUNS),
        delete(Heartbeat).where(Heartbeat.at < now - KEEP_HEARTBEATS),
    )
    gone: list[Any] = [session.execute(statement) for statement in old]
    return sum(int(result.rowcount) for result in gone)
