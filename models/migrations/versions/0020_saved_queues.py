"""Filters of the inbox that officers keep."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_queue",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("process", sa.String(length=30), nullable=False),
        sa.Column("phase", sa.String(length=30), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("office_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_saved_queue_office_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_queue_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_queue")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_queue_person_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_queue_public_id")),
    )
