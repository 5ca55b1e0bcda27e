"""Events can only be inserted, and the clock has an account of its own.

A trigger guards the event table on both databases; on PostgreSQL the application's role is refused the rights as well
(models.migrate.grant). The person numbered 1 is the named actor of everything the clock does; nobody can log in with it.
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime, new_public_id

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER event_{what}_refused BEFORE {what} ON event
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are never changed'; END $$
"""
POSTGRESQL_ROWS = """
CREATE TRIGGER event_change_refused BEFORE UPDATE OR DELETE ON event
FOR EACH ROW EXECUTE FUNCTION refuse_event_change()
"""
POSTGRESQL_TRUNCATE = """
CREATE TRIGGER event_truncate_refused BEFORE TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in (POSTGRESQL_FUNCTION, POSTGRESQL_ROWS, POSTGRESQL_TRUNCATE):
            op.execute(statement)
        op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON event FROM PUBLIC")
    else:
        for what in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(what=what))
    _create_system_account()
    versions = sa.table("table_version", sa.column("name"), sa.column("version"))
    op.bulk_insert(versions, [{"name": name, "version": 1} for name in ("organisation", "policy", "calendar")])


def _create_system_account() -> None:
    person = sa.table(
        "person",
        *(sa.column(name) for name in ("id", "public_id", "username", "name", "email", "phone")),
        sa.column("created_at", UtcDateTime()),
    )
    account = {
        "id": 1,
        "public_id": new_public_id(),
        "username": "system",
        "name": "系统时钟",
        "email": "",
        "phone": "",
        "created_at": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    }
    op.bulk_insert(person, [account])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval('person_id_seq', 1)")
