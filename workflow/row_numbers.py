"""Numbers of new rows, drawn before the rows are written, so that the rows of one statement can name each other."""

from functools import cache
from typing import Any

from sqlalchemy import ScalarSelect, Table, func, literal_column, select, text
from sqlalchemy.orm import Session

SERIES = """
insert into number_series (key, value) values {} on conflict (key) do update set value = number_series.value + 1
returning key, value
"""


class Numbers:
    """The numbers a step uses. Rows that bear one are added through the ledger, never by the session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ready: dict[Table, int] = {}
        self.spare: dict[Table, list[int]] = {}
        self.serials: dict[str, int] = {}

    def draw(self, table: Table) -> int:
        """Return the number for a new row."""
        if table not in self.ready and self.spare.get(table):
            return self.spare[table].pop(0)
        self.prepare(table)
        number = self.ready.pop(table)
        if dialect_of(self.session) == "sqlite":  # it counts on from the last row, and the write lock is ours
            self.ready[table] = number + 1
        return number

    def reserve(self, table: Table, count: int) -> None:
        """Have `count` numbers of one table ready, in one question."""
        missing = count - len(self.spare.get(table, [])) - (table in self.ready)
        if missing > 0 and dialect_of(self.session) == "postgresql":
            drawn = text(f"select nextval('{table.name}_id_seq') from generate_series(1, :count)")
            rows = self.session.connection().execute(drawn, {"count": missing})
            self.spare.setdefault(table, []).extend(rows.scalars())

    def prepare(self, *tables: Table) -> None:
        """Have a number of each table ready, in one question."""
        missing = tuple(table for table in tables if table not in self.ready)
        if missing:
            row = self.session.connection().execute(_query(missing, dialect_of(self.session))).one()
            self.ready.update(zip(missing, row, strict=True))

    def serial(self, series: str) -> int:
        """Return the next number of a series, as papers and cases bear it."""
        self.prepare_serials(series)
        return self.serials.pop(series)

    def prepare_serials(self, *series: str) -> None:
        """Have the next number of each series ready, in one question; the series stay locked until the commit."""
        missing = [one for one in series if one not in self.serials]
        if missing:
            keys = {f"key{place}": one for place, one in enumerate(missing)}
            values = ", ".join(f"(:{name}, 1)" for name in keys)
            self.serials.update((row.key, row.value) for row in self.session.execute(text(SERIES.format(values)), keys))


def next_number(table: Table, dialect: str) -> ScalarSelect[int]:
    """The number that the next row of a table gets, as a column that a writer's question may carry along."""
    if dialect == "postgresql":
        return select(literal_column(f"nextval('{table.name}_id_seq')")).scalar_subquery()
    return select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()


def dialect_of(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _query(tables: tuple[Table, ...], dialect: str) -> Any:
    return select(*(next_number(table, dialect) for table in tables))
