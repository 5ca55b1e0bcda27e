"""Mapped rows as plain records, which no session knows: made from values, and asked what changed in them since."""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import inspect
from sqlalchemy.orm import Session, make_transient_to_detached

from models.base import Base

R = TypeVar("R", bound=Base)


def made(kind: type[R], values: dict[str, Any]) -> R:
    """Return a record with these values; what is not said is None."""
    record = cast(R, inspect(kind).class_manager.new_instance())
    vars(record).update(values)
    return record


def read(kind: type[R], row: Iterable[Any]) -> R:
    """Return a record from a row, which has the columns of the table in their order."""
    return made(kind, dict(zip(_names(kind), row, strict=True)))


def changes(record: Any) -> dict[str, Any]:
    """Return the new values of what was set since the record was made or loaded."""
    return {name: getattr(record, name) for name in inspect(record).committed_state}


def attached(session: Session, record: R) -> R:
    """Return a record that was read by itself as one of the session's, without reading it again."""
    make_transient_to_detached(record)
    return session.merge(record, load=False)


@cache
def _names(kind: type[Base]) -> list[str]:
    mapper = inspect(kind)
    return [mapper.get_property_by_column(column).key for column in mapper.local_table.c]
