"""Answers that decided nothing yet, because others sign beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work_item", sa.Column("awaits_others", sa.Boolean(), server_default=sa.false(), nullable=False))
    for index, column in (("ix_work_item_signed", "closed_by"), ("ix_work_item_signed_for", "acting_for")):
        op.create_index(
            index, "work_item", [column, "case_id"],
            sqlite_where=sa.text("awaits_others = 1"), postgresql_where=sa.text("awaits_others"),
        )  # fmt: skip
