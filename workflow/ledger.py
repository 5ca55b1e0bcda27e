"""What a step writes, all in one statement: new rows and what changed in loaded ones. A step waits for it once.

PostgreSQL takes inserts and updates together (`with … as`). SQLite takes one insert into a temporary view whose
trigger hands the values on; view and trigger are made once for each connection, like a prepared statement.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from workflow import records

Row = tuple[Table, dict[str, Any]]
"""A row to be added."""
OVERTAKEN = "overtaken"


class Overtaken(Exception):
    """The last change found no row: somebody changed it without taking its lock. Nothing may be committed."""


class Change(NamedTuple):
    """New values for the one row that `where` names."""

    table: Table
    values: dict[str, Any]
    where: dict[str, Any]


class Form(NamedTuple):
    """An insert or update without its values. An insert has no `where`."""

    table: Table
    names: tuple[str, ...]
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """Forms as one statement of a database, with what tells each value to its driver. SQLite has to make it first."""

    statement: str
    tellers: tuple[Callable[[Any], Any] | None, ...]
    making: tuple[str, ...] = ()


def write(session: Session, rows: list[Row], changes: Sequence[Change] = ()) -> None:
    """Add the rows, those of one kind in their order, make the changes, and empty the list of rows.

    Raises Overtaken where the last change finds no row.
    """
    pieces = [*_together([_piece(*row) for row in rows]), *map(_piece_of, changes)]
    if not pieces:
        return
    connection = session.connection()
    program = _program(tuple(form for form, _ in pieces), connection.dialect)
    values = [value for _, part in pieces for value in part]
    told = tuple(value if tell is None else tell(value) for tell, value in zip(program.tellers, values, strict=True))
    if not _run(connection, program, told) and changes:
        raise Overtaken(changes[-1].table.name)
    rows.clear()


def added(record: Any) -> Row:
    """Return a new record that no session knows as a row to be added."""
    return record.__table__, {name: value for name, value in vars(record).items() if not name.startswith("_")}


def changed(record: Any, **where: Any) -> Change | None:
    """Return what changed in a loaded record, or None; `where` holds what must still be true of its row."""
    values = records.changes(record)
    key = {column.name: getattr(record, column.name) for column in record.__table__.primary_key}
    return Change(record.__table__, values, {**key, **where}) if values else None


def _piece(table: Table, row: dict[str, Any]) -> tuple[Form, list[Any]]:
    full = {**_defaults(table), **row}
    return Form(table, tuple(full)), list(full.values())


def _piece_of(change: Change) -> tuple[Form, list[Any]]:
    form = Form(change.table, tuple(change.values), tuple(change.where))
    return form, [*change.values.values(), *change.where.values()]


def _together(pieces: list[tuple[Form, list[Any]]]) -> list[tuple[Form, list[Any]]]:
    """Rows of one kind behind each other: PostgreSQL numbers those in their order, but runs separate inserts in any.

    Notices rely on it, the most serious of an event comes first.
    """
    places = {form: place for place, form in reversed(list(enumerate(form for form, _ in pieces)))}
    return sorted(pieces, key=lambda piece: places[piece[0]])


@cache
def _defaults(table: Table) -> dict[str, Any]:
    plain = {column.name: column.default for column in table.c}
    return {name: one.arg for name, one in plain.items() if isinstance(one, ScalarElementColumnDefault)}


# ---- one statement for each database ---------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _program(forms: tuple[Form, ...], dialect: Dialect) -> Program:
    tellers = tuple(_teller(form.table, name, dialect) for form in forms for name in (*form.names, *form.where))
    if dialect.name == "postgresql":
        return Program(_carried(forms, dialect), tellers)
    shape = [(form.table.name, form.names, form.where) for form in forms]
    name = "step_" + hashlib.sha256(repr(shape).encode()).hexdigest()[:16]
    columns = [f"p{number}" for number in range(len(tellers))]
    statement = f"insert into {name} values ({', '.join('?' for _ in columns)})"
    return Program(statement, tellers, (_view(name, columns), _trigger(name, forms, columns, dialect)))


def _carried(forms: tuple[Form, ...], dialect: Dialect) -> str:
    """PostgreSQL: the last piece carries the others along; rows of one kind stand in one list of values."""
    pieces: list[str] = []
    last = None
    for form in forms:
        places = ["%s"] * (len(form.names) + len(form.where))
        if form == last and not form.where:
            pieces[-1] += f", ({', '.join(places)})"
        else:
            pieces.append(_sentence(form, places, dialect))
        last = form
    carried = [f"w{number} as ({piece})" for number, piece in enumerate(pieces[:-1])]
    return f"with {', '.join(carried)} {pieces[-1]}" if carried else pieces[-1]


def _view(name: str, columns: list[str]) -> str:
    return f"create temp view {name} as select {', '.join(f'null as {column}' for column in columns)}"


def _trigger(name: str, forms: tuple[Form, ...], columns: list[str], dialect: Dialect) -> str:
    """SQLite: every piece takes its values from the row that is put into the view."""
    places = (f"new.{column}" for column in columns)
    pieces = [_sentence(form, [next(places) for _ in (*form.names, *form.where)], dialect) for form in forms]
    if forms[-1].where:
        pieces.append(f"select raise(abort, '{OVERTAKEN}') where changes() = 0")
    return f"create temp trigger {name}_in instead of insert on {name} begin {'; '.join(pieces)}; end"


def _sentence(form: Form, places: list[str], dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    table, names = quote(form.table.name), [quote(name) for name in form.names]
    if not form.where:
        return f"insert into {table} ({', '.join(names)}) values ({', '.join(places)})"
    given = ", ".join(f"{name} = {place}" for name, place in zip(names, places, strict=False))
    wanted = zip(form.where, places[len(names) :], strict=True)
    return f"update {table} set {given} where {' and '.join(f'{quote(name)} = {place}' for name, place in wanted)}"


def _teller(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect)


def _run(connection: Connection, program: Program, told: tuple[Any, ...]) -> bool:
    """Send the statement; tell whether its last piece found a row. SQLite's view is made where it is not there yet."""
    try:
        found = connection.exec_driver_sql(program.statement, told).rowcount
    except OperationalError as error:
        if not program.making or "no such table: step_" not in str(error.orig):
            raise
    except IntegrityError as error:
        if str(error.orig) != OVERTAKEN:
            raise
        return False
    else:
        return found > 0 or bool(program.making)
    driver: Any = connection.connection.driver_connection
    for statement in program.making:
        driver.execute(statement)
    return _run(connection, program, told)
