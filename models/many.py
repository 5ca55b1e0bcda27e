"""Many rows of one table at once: COPY on PostgreSQL, one statement run many times on SQLite.

An INSERT of a thousand rows spends most of its time on its own text; COPY has none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Column, Dialect, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.base import Base


def draw_numbers(session: Session, kind: type[Base], count: int) -> list[int]:
    """Return `count` keys for new rows, ascending. On SQLite the session holds the write lock, and inserts at once."""
    table = _table(kind)
    if session.get_bind().dialect.name == "postgresql":
        drawn = text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :count)")
        return sorted(session.scalars(drawn, {"sequence": f'"{table.name}_id_seq"', "count": count}))
    last = session.scalar(select(func.max(table.c.id))) or 0
    return list(range(last + 1, last + 1 + count))


def insert_many(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given by column; what a row leaves out gets the column's default. Rows without a key get one."""
    if not rows:
        return
    table = _table(kind)
    columns = [column for column in table.c if column.name != "id" or "id" in rows[0]]
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, table, columns, rows)
    else:
        names = [column.name for column in columns]
        whole = [dict(zip(names, values, strict=True)) for values in _filled(columns, rows)]
        session.connection().execute(insert(table), whole)


def _table(kind: type[Base]) -> Table:
    return cast(Table, kind.__table__)


def _copy(session: Session, table: Table, columns: list[Column[Any]], rows: Sequence[Mapping[str, Any]]) -> None:
    connection = session.connection()
    written = [_writer(column, connection.dialect) for column in columns]
    names = ", ".join(f'"{column.name}"' for column in columns)
    statement = f'COPY "{table.name}" ({names}) FROM STDIN'
    driver: Any = connection.dialect.loaded_dbapi
    try:
        with cast(Any, connection.connection.cursor()) as cursor, cursor.copy(statement) as copy:
            for values in _filled(columns, rows):
                copy.write_row([write(value) if write else value for write, value in zip(written, values, strict=True)])
    except driver.Error as problem:  # as SQLAlchemy would have told it
        raise DBAPIError.instance(statement, None, problem, driver.Error, hide_parameters=True) from problem


def _filled(columns: list[Column[Any]], rows: Sequence[Mapping[str, Any]]) -> Iterator[list[Any]]:
    fills = [(column.name, _default(column)) for column in columns]
    for row in rows:
        yield [row[name] if name in row else fill() for name, fill in fills]


def _default(column: Column[Any]) -> Callable[[], Any]:
    """Return what makes the value of a column that a row leaves out."""
    default: Any = column.default
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


def _writer(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return how the dialect turns a value of a column into one of the driver's; None where it leaves it."""
    return column.type.dialect_impl(dialect).bind_processor(dialect)
