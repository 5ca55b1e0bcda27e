"""Short messages to families: one row for each change of stage that a guardian is told."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "family_message",
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", UtcDateTime(), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("receiver", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.CheckConstraint(
            "state in ('waiting','sent','refused','no_number','moot')", name=op.f("ck_family_message_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_family_message_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_message")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_family_message_case_id_seq")),
    )
