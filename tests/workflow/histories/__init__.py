"""Recorded open cases of every published version, one for each phase; they must load and finish on today's code.

`python -m tests.workflow.histories` records the newest versions anew. That is right only before a version is released;
afterwards a changed process gets a new version, and its file stands beside the old ones.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, Table, select
from sqlalchemy.orm import Session

from models import crypto
from models.base import Base, UtcDateTime
from models.cases import Case, Event
from models.documents import SealedDocument
from models.sealed import SealedNumber
from workflow import journal

FOLDER = Path(__file__).parent
SKIPPED = {"data_key", "public_id", "hash", "prev", "head"}
"""What is drawn or computed anew when a case is loaded."""
NOT_RECORDED = {"command", "outbox", "heartbeat"}
"""Tables that say nothing about a case."""
MEANT = {("problem", "standing_ruling_id"): "ruling", ("id_error", "ruling_id"): "ruling"}
"""Columns that name a row of another table without a foreign key."""
Row = tuple[str, dict[str, Any]]
Rows = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]


def path_of(key: str, version: int) -> Path:
    return FOLDER / f"{key}-{version}.json"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


# ---- recording -------------------------------------------------------------------------------------------------------


def all_rows(session: Session) -> Rows:
    """Return every row in plain text, by table and key."""
    found: Rows = {}
    for model in _models():
        for record in session.scalars(select(model)):
            key = tuple(getattr(record, column.key) for column in model.__mapper__.primary_key)
            found[model.__tablename__, key] = _plain(record)
    return found


def difference(before: Rows, after: Rows) -> list[Row]:
    """Return the rows that are new or changed, those that others refer to first."""
    return [(table, row) for (table, key), row in after.items() if before.get((table, key)) != row]


def _models() -> Iterator[type[Base]]:
    by_table = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOT_RECORDED:
            yield by_table[table]


def _plain(record: Base) -> dict[str, Any]:
    """A row as it is recorded: numbers and documents opened, and images without what is sealed."""
    sealed = _sealed(type(record))
    values = {name: getattr(record, name) for name in sealed if getattr(record, f"{name}_sealed") is not None}
    for column in record.__table__.columns:
        if column.name not in SKIPPED and not _belongs_to(column.name, sealed):
            values[column.name] = _written(getattr(record, column.key))
    if record.__tablename__ == "ruling_image":
        values |= {side: _without_sealed(values[side]) for side in ("before", "after")}
    return {name: value for name, value in values.items() if value is not None}


def _sealed(model: type[Base]) -> list[str]:
    return [name for name, value in vars(model).items() if isinstance(value, SealedNumber | SealedDocument)]


def _belongs_to(column: str, sealed: list[str]) -> bool:
    return any(column in (f"{name}_sealed", f"{name}_index", f"{name}_tail") for name in sealed)


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, dt.date) else value


def _without_sealed(image: dict[str, Any] | None) -> dict[str, Any] | None:
    """Bytes in an image open only with the key of the day they were written."""
    kept = (image or {}).items()
    return image and {name: value for name, value in kept if not name.endswith(("_sealed", "_index", "_tail"))}


# ---- loading ---------------------------------------------------------------------------------------------------------


def load(session: Session, rows: list[Row]) -> None:
    """Store the rows of a recorded case beside the cast. The caller commits."""
    models = {model.__tablename__: model for model in _models()}
    numbers: dict[tuple[str, int], int] = {}
    cases: dict[int, Case] = {}
    cast = set(all_rows(session))
    for table, row in rows:
        record = _stored(session, models[table], _renumbered(models[table], row, numbers), cast)
        if isinstance(record, Event):
            case = cases[record.case_id]
            record.prev = case.head
            record.hash = case.head = journal.hash_of(record)
        session.add(record)
        session.flush()
        if "id" in row:
            numbers[table, row["id"]] = record.id  # type: ignore[attr-defined]
        if isinstance(record, Case):
            cases[record.id] = record


def _renumbered(model: type[Base], row: dict[str, Any], numbers: dict[tuple[str, int], int]) -> dict[str, Any]:
    """The row with today's numbers for other recorded rows; those of the cast are the same every time."""
    values = dict(row)
    for column in model.__table__.columns:
        meant = [key.column.table.name for key in column.foreign_keys if key.column.name == "id"]
        meant += [MEANT[place] for place in [(model.__tablename__, column.name)] if place in MEANT]
        meant += [row["table_name"]] if column.name == "row_id" else []
        for table in meant:
            values[column.name] = numbers.get((table, row.get(column.name, 0)), row.get(column.name))
    return values


def _stored(session: Session, model: type[Base], values: dict[str, Any], cast: Collection[Any]) -> Base:
    """A row of the cast takes the recorded values; any other one is new and gets a number of its own."""
    typed = _typed(model, values)
    key = tuple(typed.get(column.key) for column in model.__mapper__.primary_key)
    known = (model.__tablename__, key) in cast
    record = session.get_one(model, key) if known else model()
    if not known and "data_key" in model.__table__.columns:
        record.data_key = crypto.wrap(crypto.new_data_key())  # type: ignore[attr-defined]
    for name, value in typed.items():
        if known or name != "id":
            setattr(record, name, value)
    if isinstance(record, Case):
        record.head = b""
    return record


def _typed(model: type[Base], row: dict[str, Any]) -> dict[str, Any]:
    columns: Table = model.__table__  # type: ignore[assignment]
    return {name: _read(columns.c[name].type, value) if name in columns.c else value for name, value in row.items()}


def _read(kind: Any, value: Any) -> Any:
    if isinstance(kind, UtcDateTime) and value:
        return dt.datetime.fromisoformat(value)
    if isinstance(kind, LargeBinary) and value is not None:
        return bytes.fromhex(value)
    return dt.date.fromisoformat(value) if kind.python_type is dt.date and value else value
