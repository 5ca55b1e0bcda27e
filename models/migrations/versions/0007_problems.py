"""Problem records: the case of all sides, rulings with what they changed, and records that are retired."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, Json, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "problem",
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("finding_id", BigId, nullable=True),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("decider_id", BigId, nullable=True),
        sa.Column("standing_ruling_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_problem_case_id")),
        sa.ForeignKeyConstraint(["decider_id"], ["organisation.id"], name=op.f("fk_problem_decider_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_problem_finding_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_problem")),
        sa.UniqueConstraint("public_id", name=op.f("uq_problem_public_id")),
    )
    op.create_index(op.f("ix_problem_decider_id"), "problem", ["decider_id"], unique=False)
    op.create_index(op.f("ix_problem_finding_id"), "problem", ["finding_id"], unique=False)
    op.create_table(
        "problem_side",
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("student_id", BigId, nullable=True),
        sa.Column("school_id", BigId, nullable=True),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("outside", Json, nullable=True),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("answered_by", BigId, nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("review", sa.String(length=10), nullable=False),
        sa.Column("reviewed_by", BigId, nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("inquiry", sa.String(length=10), nullable=False),
        sa.Column("objected", sa.Boolean(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_problem_side_answered_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_problem_side_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["organisation.id"], name=op.f("fk_problem_side_department_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["person.id"], name=op.f("fk_problem_side_reviewed_by")),
        sa.ForeignKeyConstraint(["school_id"], ["organisation.id"], name=op.f("fk_problem_side_school_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_problem_side_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_side")),
        sa.UniqueConstraint("case_id", "no", name="uq_problem_side_case_no"),
        sa.UniqueConstraint("public_id", name=op.f("uq_problem_side_public_id")),
    )
    op.create_index("ix_problem_side_student_id", "problem_side", ["student_id"], unique=False)
    op.create_table(
        "ruling",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("office_id", BigId, nullable=False),
        sa.Column("drafted_by", BigId, nullable=False),
        sa.Column("drafted_at", UtcDateTime(), nullable=False),
        sa.Column("verdicts", Json, nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_by", BigId, nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by", BigId, nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_ruling_case_id")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_ruling_confirmed_by")),
        sa.ForeignKeyConstraint(["drafted_by"], ["person.id"], name=op.f("fk_ruling_drafted_by")),
        sa.ForeignKeyConstraint(["office_id"], ["organisation.id"], name=op.f("fk_ruling_office_id")),
        sa.ForeignKeyConstraint(["undone_by"], ["person.id"], name=op.f("fk_ruling_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
        sa.UniqueConstraint("public_id", name=op.f("uq_ruling_public_id")),
    )
    op.create_index("ix_ruling_case_id", "ruling", ["case_id"], unique=False)
    op.create_table(
        "ruling_image",
        sa.Column("ruling_id", BigId, nullable=False),
        sa.Column("table_name", sa.String(length=30), nullable=False),
        sa.Column("row_id", BigId, nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.Column("after", Json, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["ruling_id"], ["ruling.id"], name=op.f("fk_ruling_image_ruling_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling_image")),
    )
    op.create_index("ix_ruling_image_ruling_id", "ruling_image", ["ruling_id"], unique=False)
    op.create_table(
        "undoing",
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("ruling_id", BigId, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_undoing_case_id")),
        sa.ForeignKeyConstraint(["ruling_id"], ["ruling.id"], name=op.f("fk_undoing_ruling_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_undoing")),
        sa.UniqueConstraint("public_id", name=op.f("uq_undoing_public_id")),
    )
    op.create_index(op.f("ix_undoing_ruling_id"), "undoing", ["ruling_id"], unique=False)
    op.add_column("student", sa.Column("retired_at", UtcDateTime(), nullable=True))
    op.add_column("student", sa.Column("retired_why", sa.String(length=10), nullable=True))
    op.add_column("student", sa.Column("merged_into_id", BigId, nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # SQLite cannot add a constraint to a table that exists
        op.create_foreign_key(op.f("fk_student_merged_into_id"), "student", "student", ["merged_into_id"], ["id"])
