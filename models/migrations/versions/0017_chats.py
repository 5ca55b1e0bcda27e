"""Short messages to the telephone: a row for each, and from when on which notice may go into one."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", UtcDateTime(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.CheckConstraint("state in ('queued','sent','refused','moot')", name=op.f("ck_chat_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_chat_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat")),
        sa.UniqueConstraint("public_id", name=op.f("uq_chat_public_id")),
    )
    op.add_column("notice", sa.Column("chat_at", UtcDateTime(), nullable=True))
    op.add_column("notice", sa.Column("chat_id", BigId, nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # SQLite cannot add a constraint to a table that exists
        op.create_foreign_key(op.f("fk_notice_chat_id"), "notice", "chat", ["chat_id"], ["id"])
    waits = sa.text("chat_at is not null and chat_id is null")
    op.create_index(
        "ix_notice_chat_waiting", "notice", ["chat_at", "person_id"], sqlite_where=waits, postgresql_where=waits
    )
    op.create_index("ix_notice_chat", "notice", ["chat_id"])
