"""The lists behind the numbers of a bulletin, kept when it is issued."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulletin_list",
        sa.Column("bulletin_id", BigId, nullable=False),
        sa.Column("line", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_list_bulletin_id")),
        sa.PrimaryKeyConstraint("bulletin_id", "line", "what", name=op.f("pk_bulletin_list")),
    )
