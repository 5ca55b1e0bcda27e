"""Why a row of an import that was blocked is nothing to look at any more."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "finding_judgement",
        sa.Column("finding_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("judged_by", BigId, nullable=False),
        sa.Column("judged_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_judgement_finding_id")),
        sa.ForeignKeyConstraint(["judged_by"], ["person.id"], name=op.f("fk_finding_judgement_judged_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_judgement")),
    )
    op.create_index("ix_finding_judgement_finding_id", "finding_judgement", ["finding_id"])
