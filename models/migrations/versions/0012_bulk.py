"""Orders of many decisions at once."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_order",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("order_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("report_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.CheckConstraint("state in ('waiting','cancelled','done')", name=op.f("ck_bulk_order_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bulk_order_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_order")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulk_order_public_id")),
    )
    op.create_index("ix_bulk_order_person", "bulk_order", ["person_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("bulk_order")
