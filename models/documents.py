"""A sealed attribute that holds a small JSON object, and the data key that sealed rows carry."""

import json
from typing import Any, Self, overload

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models import crypto
from models.sealed import data_key_of, prepare
from models.text import canonical


class KeyedRecord:
    """A row with a data key of its own, wrapped; destroying it makes everything sealed in the row unreadable."""

    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)


class SealedDocument:
    """The descriptor behind `sealed_document`: an object in, an object out, ciphertext in the column."""

    def __init__(self, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, record: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, record: object, owner: type[Any]) -> dict[str, Any]: ...
    def __get__(self, record: Any | None, owner: type[Any]) -> Self | dict[str, Any]:
        """The object, opened; an empty one if nothing is stored."""
        if record is None:
            return self
        sealed: bytes | None = getattr(record, f"{self.name}_sealed")
        if sealed is None:
            return {}
        opened: dict[str, Any] = json.loads(crypto.open_sealed(data_key_of(record), sealed, self._place(record)))
        return opened

    def __set__(self, record: Any, value: dict[str, Any] | None) -> None:
        if value is None:
            setattr(record, f"{self.name}_sealed", None)
            return
        prepare(record, self.name)
        sealed = crypto.seal(data_key_of(record), canonical(value), self._place(record))
        setattr(record, f"{self.name}_sealed", sealed)

    def _place(self, record: Any) -> str:
        return crypto.place(record.__tablename__, f"{self.name}_sealed", record.public_id)


def sealed_document(name: str) -> SealedDocument:
    """A sealed attribute `name` over the column `{name}_sealed` of the same class."""
    return SealedDocument(name)
