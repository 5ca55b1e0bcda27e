"""Standing orders of deputies: who stands in for whom, where, in which kind of case, and how long."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "substitution",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("principal_id", BigId, nullable=False),
        sa.Column("deputy_id", BigId, nullable=False),
        sa.Column("process", sa.String(length=30), nullable=False),
        sa.Column("org_id", BigId, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("ordered_by", BigId, nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", BigId, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.CheckConstraint("principal_id <> deputy_id", name=op.f("ck_substitution_two_people")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_substitution_period")),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_substitution_deputy_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_substitution_ended_by")),
        sa.ForeignKeyConstraint(["ordered_by"], ["person.id"], name=op.f("fk_substitution_ordered_by")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_substitution_org_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_substitution_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
        sa.UniqueConstraint("public_id", name=op.f("uq_substitution_public_id")),
    )
    op.create_index("ix_substitution_deputy", "substitution", ["deputy_id", "valid_to"], unique=False)
    op.create_index("ix_substitution_principal", "substitution", ["principal_id", "valid_to"], unique=False)
