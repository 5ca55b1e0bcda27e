"""What an officer took for himself is found by an index, as what lies on a desk is."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TAKEN = sa.text("open and assignee_id is not null")


def upgrade() -> None:
    op.create_index(
        "ix_work_item_mine",
        "work_item",
        ["assignee_id", "due_at", "id"],
        sqlite_where=TAKEN,
        postgresql_where=TAKEN,
    )
