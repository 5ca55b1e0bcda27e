"""Rows that are only added: PostgreSQL takes all of them in one statement, so that a step waits for it once."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, Table, bindparam, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Row = tuple[Table, dict[str, Any]]


def write(session: Session, rows: list[Row]) -> None:
    """Insert the rows, in their order, and empty the list."""
    if session.get_bind().dialect.name == "postgresql":
        shape = tuple((table, tuple(row)) for table, row in rows)
        if shape:
            values = {f"{place}_{name}": value for place, (_, row) in enumerate(rows) for name, value in row.items()}
            session.execute(_together(shape), values)
    else:
        for table in dict.fromkeys(table for table, _ in rows):
            mine = [row for of, row in rows if of is table]
            session.execute(_alone(table), mine if len(mine) > 1 else mine[0])
    rows.clear()


@lru_cache(maxsize=256)
def _alone(table: Table) -> Insert:
    return insert(table).execution_options(autoflush=False)


@lru_cache(maxsize=256)
def _together(shape: tuple[tuple[Table, tuple[str, ...]], ...]) -> Insert:
    """One statement that inserts a row of every table in `shape`; the last insert carries the others along."""
    single = [_one(place, table, names) for place, (table, names) in enumerate(shape)]
    carried = [statement.cte(f"row_{place}") for place, statement in enumerate(single[:-1])]
    return single[-1].add_cte(*carried).execution_options(autoflush=False)


def _one(place: int, table: Table, names: tuple[str, ...]) -> Insert:
    given = {name: bindparam(f"{place}_{name}", type_=table.c[name].type) for name in names}
    defaults = {column.name: column.default for column in table.c if column.name not in names}
    plain = ScalarElementColumnDefault
    left_out = {name: default.arg for name, default in defaults.items() if isinstance(default, plain)}
    return insert(table).values({**left_out, **given})
