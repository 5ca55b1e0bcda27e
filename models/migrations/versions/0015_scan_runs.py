"""A scan remembers who began it, and at which shared number it is: the place in an ordered pass over the index."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan_run", sa.Column("last_key", sa.LargeBinary(length=32), nullable=True))
    op.add_column("scan_run", sa.Column("started_by", BigId, nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # SQLite cannot add a constraint to a table that exists
        op.create_foreign_key(op.f("fk_scan_run_started_by"), "scan_run", "person", ["started_by"], ["id"])
