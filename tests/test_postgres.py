"""The tests' own PostgreSQL: what one test leaves behind, the next does not see."""

import pytest
from sqlalchemy import Connection, Engine, text

from models.session import make_engine
from tests import postgres

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def rows(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in tables}


def test_a_washed_database_is_like_a_new_one(
    engine: Engine, owner_database: str, postgres_database: postgres.Washable
) -> None:
    with engine.begin() as connection:
        before = rows(connection)
        connection.execute(text("INSERT INTO number_series (key, value) VALUES ('left behind', 1)"))
        connection.execute(text("DELETE FROM table_version"))
        connection.execute(text("SELECT nextval('person_id_seq')"))
    postgres_database.wash()
    owner = make_engine(owner_database)  # the connections before were cut off
    with owner.connect() as connection:
        assert rows(connection) == before
        assert connection.scalar(text("SELECT nextval('person_id_seq')")) == max(before["person"], 0) + 1
    owner.dispose()


def test_the_application_is_not_the_owner(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == postgres.APP
        owners = connection.scalars(text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")).all()
    assert owners == [postgres.OWNER]
