"""Runs the numbered migrations on either database and hands the application's role its rights."""

import re
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from models.schema import Base
from models.session import make_engine

SCRIPTS = Path(__file__).parent / "migrations"
INSERT_ONLY = ("event",)
"""Tables in which the application's role may neither change nor remove a row."""


def upgrade(url: str, app_role: str | None = None, revision: str = "head") -> None:
    """Bring the database at `url` (the owner's) to `revision`; on PostgreSQL then grant rights to `app_role`."""
    engine = make_engine(url)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            command.upgrade(_config(connection), revision)
            if app_role and engine.dialect.name == "postgresql":
                grant(connection, app_role)
    finally:
        engine.dispose()


def current(connection: Connection) -> str | None:
    """Return the revision the database is at, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the revision this program was written for."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def grant(connection: Connection, role: str) -> None:
    """Give the application's role what it needs and nothing more; run by the owner."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise ValueError(f"not a role name: {role!r}")
    for name, table in Base.metadata.tables.items():
        rights = "SELECT, INSERT" if name in INSERT_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f'REVOKE ALL ON "{name}" FROM {role}'))
        connection.execute(text(f'GRANT {rights} ON "{name}" TO {role}'))
        if "id" in table.c and table.c.id.primary_key:
            connection.execute(text(f'GRANT USAGE ON SEQUENCE "{name}_id_seq" TO {role}'))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {role}"))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
