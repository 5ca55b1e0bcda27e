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
    """One statement with an insert for every table in `shape`; the last insert carries the others along.

    Rows of one table stand in one list of values: PostgreSQL numbers those in their order, but runs carried inserts
    in any order. Notices rely on it, the most serious of an event comes first.
    """
    places: dict[tuple[Table, tuple[str, ...]], list[int]] = {}
    for place, kind in enumerate(shape):
        places.setdefault(kind, []).append(place)
    inserts = [
        insert(table).values([_one(place, table, names) for place in together])
        for (table, names), together in places.items()
    ]
    carried = [statement.cte(f"rows_{number}") for number, statement in enumerate(inserts[:-1])]
    return inserts[-1].add_cte(*carried).execution_options(autoflush=False)


def _one(place: int, table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    given = {name: bindparam(f"{place}_{name}", type_=table.c[name].type) for name in names}
    defaults = {column.name: column.default for column in table.c if column.name not in names}
    plain = ScalarElementColumnDefault
    left_out = {name: default.arg for name, default in defaults.items() if isinstance(default, plain)}
    return {**left_out, **given}
