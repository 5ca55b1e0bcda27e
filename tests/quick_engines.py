"""Engines of a test run: what one test has compiled serves the next, and nobody waits for the disk.

SQLAlchemy keeps compiled statements by engine and dialect, and every test opens an engine of its own: a third of the
suite's time went there. All engines of one kind are made by `make_engine` with the same options, so they can speak
through the first one's dialect. SQLite's files need not outlive the machine, as those of the run's PostgreSQL.
"""

import sqlite3
from typing import Any

import sqlalchemy
from sqlalchemy import Engine, event

from models import session

_first: dict[str, Engine] = {}
hasty = True
"""A test about what outlives the machine sets this to False."""


def use() -> None:
    """Make every engine that `make_engine` returns from now on, in this process, a quick one."""
    session.create_engine = _create_engine  # type: ignore[attr-defined]


def _create_engine(url: str, **options: Any) -> Engine:
    engine = sqlalchemy.create_engine(url, query_cache_size=5000, **options)
    first = _first.get(engine.dialect.name)
    if first is not None and first.dialect.server_version_info:  # it has seen its database
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
    else:
        _first[engine.dialect.name] = engine
    if hasty and engine.dialect.name == "sqlite":  # to be heard after what `make_engine` listens with
        event.listen(engine, "first_connect", lambda *_: event.listen(engine, "connect", _leave_the_disk_alone))
    return engine


def _leave_the_disk_alone(dbapi: sqlite3.Connection, _record: object) -> None:
    dbapi.execute("PRAGMA synchronous=OFF")
