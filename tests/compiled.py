"""Statements compiled once in each process instead of once in each test: a third of the suite's time went there.

SQLAlchemy keeps compiled statements by engine and dialect, and every test opens an engine of its own. All engines of
one kind are made by `make_engine` with the same options, so they can speak through the first one's dialect.
"""

from typing import Any

import sqlalchemy
from sqlalchemy import Engine

from models import session

_first: dict[str, Engine] = {}


def share() -> None:
    """Let every engine that `make_engine` returns from now on use what others of its kind have compiled."""
    session.create_engine = _create_engine  # type: ignore[attr-defined]


def _create_engine(url: str, **options: Any) -> Engine:
    engine = sqlalchemy.create_engine(url, query_cache_size=5000, **options)
    first = _first.get(engine.dialect.name)
    if first is not None and first.dialect.server_version_info:  # it has seen its database
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
    else:
        _first[engine.dialect.name] = engine
    return engine
