"""The declarative base, the column types both databases agree on, and random public ids."""

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: no letter can be taken for a digit when read aloud."""


def new_public_id() -> str:
    """Return 26 characters (130 random bits) that may stand in a URL."""
    return "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(26))


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant. Naive values are refused; SQLite, which forgets zones, stores and returns UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON on SQLite, JSONB on PostgreSQL; assign a new object to change it."""

BigId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only when the key is a plain INTEGER."""


class Base(DeclarativeBase):
    """All tables; constraint names follow one convention so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        dt.datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class Numbered:
    """A table with an internal number as key; the number never leaves the house."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
