"""A table for what an installation knows about itself.

`demo` needs a mark that cannot be set by accident: fictional area codes, a set day and prepared pupils are allowed
only in data that the demo made itself.
"""

import sqlalchemy as sa
from alembic import op

from models.base import Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
