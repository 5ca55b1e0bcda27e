"""Sealed attributes: an identity number as one attribute over three columns (sealed value, blind index, tail).

class Student(Base):
    public_id: Mapped[str] = mapped_column(String(32), default=new_public_id)
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    id_number_tail: Mapped[str | None] = mapped_column(String(4))
    id_number = sealed_number("id_number", purpose="id-no", canonical=fold)

student.id_number = "990101…"  # fills all three columns, and data_key if the row has none
select(Student).where(Student.id_number.matches("990101…"))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Self, overload

from sqlalchemy import ColumnElement, event, inspect
from sqlalchemy.orm import Mapper

from models import crypto


class SealedComparison(TypeError):
    """A sealed attribute was used in SQL like a column; that would silently find nothing."""


def sealed_number(
    name: str,
    *,
    purpose: str,
    canonical: Callable[[str], str],
    tail: Callable[[str], str] | None = None,
) -> SealedNumber:
    """A sealed attribute `name` over the columns `{name}_sealed`, `{name}_index` and `{name}_tail` of the same class.

    `purpose` names the index key (crypto.INDEX_PURPOSES). `canonical` folds a value into the form that is compared;
    what was given is what is sealed. `tail` takes the canonical form and gives the characters that may be shown,
    by default the last four, or fewer than half of a short number.
    """
    return SealedNumber(name, purpose, canonical, tail or last_four)


def last_four(canonical: str) -> str:
    """The end of a number that may be shown: four characters, never more than half of it."""
    shown = min(4, len(canonical) // 2)
    return canonical[len(canonical) - shown :]


class SealedNumber:
    """The descriptor behind `sealed_number`. On an instance it is the number; on the class it offers `matches`."""

    def __init__(self, name: str, purpose: str, canonical: Callable[[str], str], tail: Callable[[str], str]) -> None:
        self.name = name
        self.purpose = purpose
        self.canonical = canonical
        self.tail = tail
        self._owner: type[Any] | None = None

    def __set_name__(self, owner: type[Any], name: str) -> None:
        if name != self.name:
            raise TypeError(f"{owner.__name__}.{name} is declared as sealed_number({self.name!r})")
        self._owner = owner
        event.listen(owner, "mapper_configured", _keep_public_id, propagate=True)

    @overload
    def __get__(self, record: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, record: object, owner: type[Any]) -> str | None: ...
    def __get__(self, record: Any | None, owner: type[Any]) -> Self | str | None:
        """The number, opened; `None` if there is none. SealBroken or KeyMissing if it cannot be opened."""
        if record is None:
            return self
        sealed: bytes | None = getattr(record, f"{self.name}_sealed")
        if sealed is None:
            return None
        return crypto.open_sealed(data_key_of(record), sealed, self._place(record)).decode()

    def __set__(self, record: Any, value: str | None) -> None:
        """Fill the three columns in one act; `None` empties them. ValueError if nothing is left to compare."""
        if value is None:
            self._fill(record, None, None, None)
            return
        canonical = self.canonical(value)
        if not canonical:
            raise ValueError(f"{self.name} is empty: use None")
        prepare(record, self.name)
        sealed = crypto.seal(data_key_of(record), value, self._place(record))
        self._fill(record, sealed, crypto.blind_index(self.purpose, canonical), self.tail(canonical))

    def index_of(self, value: str) -> bytes:
        """The blind index of a value, 32 bytes: for set-based look-ups against the `_index` column."""
        return crypto.blind_index(self.purpose, self.canonical(value))

    def matches(self, value: str) -> ColumnElement[bool]:
        """SQL condition: the record has this number."""
        column = getattr(self._owner, f"{self.name}_index")
        condition: ColumnElement[bool] = column == self.index_of(value)
        return condition

    def _fill(self, record: Any, sealed: bytes | None, index: bytes | None, tail: str | None) -> None:
        setattr(record, f"{self.name}_sealed", sealed)
        setattr(record, f"{self.name}_index", index)
        setattr(record, f"{self.name}_tail", tail)

    def _place(self, record: Any) -> str:
        return crypto.place(record.__tablename__, f"{self.name}_sealed", record.public_id)

    def __repr__(self) -> str:
        return f"<sealed {self.name}>"

    # ---- what a column could do and this cannot ---------------------------------------------------------------------

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise SealedComparison(f"{self.name} is sealed and cannot be used in SQL: ask {self.name}.matches(value)")

    __clause_element__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __hash__ = object.__hash__
    like = ilike = in_ = not_in = is_ = is_not = contains = startswith = endswith = between = asc = desc = _refuse


def prepare(record: Any, name: str) -> None:
    """See that the record has its public id and its data key before anything is sealed for it."""
    if record.public_id is None:
        record.public_id = _drawn_default(record)
    if record.data_key is None:
        if getattr(record, f"{name}_sealed") is not None:
            raise crypto.KeyMissing(f"the data key of this {type(record).__name__} was destroyed")
        record.data_key = crypto.wrap(crypto.new_data_key())


def data_key_of(record: Any) -> bytes:
    """The record's data key, unwrapped. KeyMissing once it was destroyed."""
    if record.data_key is None:
        raise crypto.KeyMissing(f"the data key of this {type(record).__name__} was destroyed")
    return crypto.unwrap(record.data_key)


def _drawn_default(record: Any) -> object:
    default = inspect(type(record)).columns["public_id"].default
    if default is None or not default.is_callable:
        raise ValueError(f"{type(record).__name__} needs its public_id before a sealed number")
    return default.arg(None)


def _keep_public_id(mapper: Mapper[Any], owner: type[Any]) -> None:
    event.listen(owner.public_id, "set", _refuse_another_public_id)


def _refuse_another_public_id(record: Any, value: object, old: object, _initiator: object) -> None:
    """Sealed values are bound to the public id of their row: under another one they would never open again."""
    if record.data_key is not None and isinstance(old, type(value)) and old != value:
        raise ValueError(f"{type(record).__name__}.public_id cannot change after a number was sealed")
