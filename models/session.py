"""Engines for both databases, sessions that read, and the one way to write: `transact`."""

import random
import sqlite3
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from models.text import dumps

LOCK_TIMEOUT_SECONDS = 2
BUSY_SECONDS = 5
"""So long a writer waits for the others on SQLite, which has one lock for everything."""
LOOK_AGAIN = (0.001, 0.004)
"""Between so many seconds he looks again, at random, so that several who wait do not look together."""
WORK_MEMORY = "16MB"
"""A limit, not a share: the figures of a year of a province (a million questions) are grouped without a disk."""
RETRYABLE = {"40001", "40P01"}  # serialization failure, deadlock: PostgreSQL asks to try again


T = TypeVar("T")


class LockTimeout(Exception):
    """Somebody else holds the row longer than LOCK_TIMEOUT_SECONDS; nothing was written."""


def make_engine(url: str, **options: Any) -> Engine:
    """Return an engine set up for this product; SQLite in WAL mode, PostgreSQL with a short lock timeout.

    Values never stand in its error messages: they end up in logs, and may be about people.
    """
    options.setdefault("hide_parameters", True)
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("sqlite"):
        engine = create_engine(url, json_serializer=dumps, **options)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkin", _forget_open_transaction)
        return engine
    settings = f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s -c timezone=UTC -c work_mem={WORK_MEMORY}"
    return create_engine(
        url, json_serializer=dumps, pool_pre_ping=True, connect_args={"options": settings}, **options
    )


def reading(engine: Engine) -> Session:
    """Return a session for questions only; it holds no write lock on either database."""
    if engine.dialect.name == "postgresql":
        return Session(engine.execution_options(isolation_level="AUTOCOMMIT"), autoflush=False)
    return Session(engine, autoflush=False)


def transact(engine: Engine, work: Callable[[Session], T]) -> T:
    """Run `work` in a fresh session and commit it; after a deadlock it is run once more.

    Raises LockTimeout when a row stays locked, and whatever `work` raises (after a rollback).
    """
    try:
        return _once(engine, work)
    except OperationalError as error:
        if not _worth_repeating(error):
            raise
    return _once(engine, work)


def _once(engine: Engine, work: Callable[[Session], T]) -> T:
    with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
        try:
            result = work(session)
            session.commit()
        except DBAPIError as error:
            session.rollback()
            if is_lock_timeout(error):
                raise LockTimeout from error
            raise
        except BaseException:
            session.rollback()
            raise
        return result


def _worth_repeating(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in RETRYABLE


def is_lock_timeout(error: DBAPIError) -> bool:
    """Tell whether a statement ended because somebody else holds a row."""
    if getattr(error.orig, "sqlstate", None) == "55P03":
        return True
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)


def _set_up_sqlite(dbapi: sqlite3.Connection, _record: object) -> None:
    dbapi.isolation_level = None
    mode = dbapi.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode not in {"wal", "memory"}:
        raise RuntimeError(f"SQLite could not switch to WAL here (it answered {mode}); use a local disk")
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once for writers: a later upgrade would fail with 'database is locked'."""
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    if not _locked_by_us(connection.connection.driver_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, for an error in the words of SQLAlchemy


def _locked_by_us(dbapi: Any) -> bool:
    """Begin as a writer, looking every few milliseconds whether nobody else writes; False after BUSY_SECONDS.

    SQLite's own wait looks at longer and longer intervals, up to a tenth of a second: beside a worker that has many
    short steps to do, one after the other, a person could wait for seconds without ever finding the lock free.
    """
    last = time.monotonic() + BUSY_SECONDS
    dbapi.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                dbapi.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > last:
                    return False
                time.sleep(random.uniform(*LOOK_AGAIN))
            else:
                return True
    finally:
        dbapi.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def _forget_open_transaction(dbapi: sqlite3.Connection | None, _record: object) -> None:
    """A commit that failed must not be stored by the connection's next user."""
    if dbapi is not None and dbapi.in_transaction:
        dbapi.rollback()
