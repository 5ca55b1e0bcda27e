"""Finished transfers that are taken back; requests that take up an ended one, with its papers."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reversal",
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("transfer_id", BigId, nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_reversal_case_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["case.id"], name=op.f("fk_reversal_transfer_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_reversal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reversal_public_id")),
    )
    op.create_index(op.f("ix_reversal_transfer_id"), "reversal", ["transfer_id"])
    op.add_column("transfer", sa.Column("again_of_id", BigId, nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # SQLite cannot add a constraint to a table that exists
        op.create_foreign_key(op.f("fk_transfer_again_of_id"), "transfer", "case", ["again_of_id"], ["id"])
    op.create_index(op.f("ix_transfer_again_of_id"), "transfer", ["again_of_id"])
    op.add_column("evidence", sa.Column("sealed_as", sa.String(length=26), nullable=True))
