"""Monthly bulletins with their frozen figures, and the way from a school to its problem records."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, Json, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulletin",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("org_id", BigId, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("issued_by", BigId, nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_bulletin_issued_by")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_bulletin_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("org_id", "month", "version", name=op.f("uq_bulletin_org_month_version")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulletin_public_id")),
    )
    op.create_index("ix_problem_side_school_id", "problem_side", ["school_id", "case_id"])
    op.create_index("ix_id_error_school_id", "id_error", ["school_id"])
    op.create_index("ix_no_id_number_school_id", "no_id_number", ["school_id"])
