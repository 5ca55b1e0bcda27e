"""What a desk's counters ask for stands in its index, and PostgreSQL knows that a desk may be long.

Its general plan (made once, for any desk) takes every desk for an average one, of a few items; the desk of a large
office was then read whole and sorted for each page. With few distinct queues it expects many items in each and takes
them in the order of the index, which is right for short desks as well.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = ["queue", "due_at", "id", "assignee_id", "kind"]


def upgrade() -> None:
    op.drop_index("ix_work_item_inbox", "work_item")
    op.create_index(
        "ix_work_item_inbox", "work_item", COLUMNS, sqlite_where=sa.text("open = 1"), postgresql_where=sa.text("open")
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE work_item ALTER COLUMN queue SET (n_distinct = 20)")
        op.execute("ANALYZE work_item (queue)")
