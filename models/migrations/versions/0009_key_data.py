"""Corrections of key data with their history; ID errors with verdicts from outside; pupils without an ID number."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("student", sa.Column("id_verdict", sa.String(length=20), nullable=False, server_default="unknown"))
    op.add_column("student", sa.Column("id_verdict_on", sa.Date(), nullable=True))
    op.add_column(
        "student", sa.Column("id_verdict_source", sa.String(length=100), nullable=False, server_default=sa.text("''"))
    )
    without_number = sa.text("id_number_index is null and retired_at is null")
    op.create_index(
        "ix_student_without_number",
        "student",
        ["id"],
        unique=False,
        sqlite_where=without_number,
        postgresql_where=without_number,
    )
    op.create_table(
        "key_change",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("student_id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", BigId, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("old_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("new_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_key_change_changed_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_key_change_case_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_key_change_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_key_change_public_id")),
    )
    op.create_index(op.f("ix_key_change_case_id"), "key_change", ["case_id"], unique=False)
    op.create_index("ix_key_change_student_id", "key_change", ["student_id"], unique=False)
    op.create_table(
        "id_fault",
        sa.Column("student_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("case_id", BigId, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_id_fault_case_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_id_fault_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_fault")),
        sa.UniqueConstraint("student_id", "kind", name="uq_id_fault_student_kind"),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(op.f("ix_id_fault_case_id"), "id_fault", ["case_id"], unique=False)
    op.create_index(
        "ix_id_fault_open", "id_fault", ["id"], unique=False, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_table(
        "id_error",
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("student_id", BigId, nullable=False),
        sa.Column("school_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("answered_by", BigId, nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("police_on", sa.Date(), nullable=True),
        sa.Column("ruling_id", BigId, nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_id_error_answered_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_id_error_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["organisation.id"], name=op.f("fk_id_error_department_id")),
        sa.ForeignKeyConstraint(["school_id"], ["organisation.id"], name=op.f("fk_id_error_school_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_id_error_student_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_id_error")),
        sa.UniqueConstraint("public_id", name=op.f("uq_id_error_public_id")),
    )
    op.create_index(op.f("ix_id_error_student_id"), "id_error", ["student_id"], unique=False)
    op.create_table(
        "number_check",
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_check")),
    )
    op.create_index("ix_number_check_state", "number_check", ["state"], unique=False)
    op.create_table(
        "no_id_number",
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("student_id", BigId, nullable=False),
        sa.Column("school_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("asking", sa.Boolean(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("answered_by", BigId, nullable=True),
        sa.Column("certificate_id", BigId, nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_no_id_number_answered_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_no_id_number_case_id")),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_no_id_number_certificate_id")),
        sa.ForeignKeyConstraint(["department_id"], ["organisation.id"], name=op.f("fk_no_id_number_department_id")),
        sa.ForeignKeyConstraint(["school_id"], ["organisation.id"], name=op.f("fk_no_id_number_school_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_no_id_number_student_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_no_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_no_id_number_public_id")),
    )
    op.create_index(op.f("ix_no_id_number_student_id"), "no_id_number", ["student_id"], unique=False)
