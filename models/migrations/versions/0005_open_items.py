"""SQLite finds open items by their index.

It takes a partial index only for a question that repeats its condition word by word, and there a truth is asked for
as `open = 1`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_work_item_inbox": (["queue", "due_at", "id"], "open = 1"),
    "ix_work_item_mine": (["assignee_id", "due_at", "id"], "open = 1 and assignee_id is not null"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name, (columns, condition) in INDEXES.items():
        op.drop_index(name, "work_item")
        op.create_index(name, "work_item", columns, sqlite_where=sa.text(condition))
