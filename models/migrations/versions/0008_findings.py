"""Findings explain themselves, near pairs among them; what is needed to look for pairs stands in tables of its own.

The traces of names are filled by the scan and not by the import, so that an import writes nothing for them. A reason
becomes data (field, kind, detail): the words belong to the pages.
"""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, Json, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REASONS = {
    "id_exact": [("id_number", "same")],
    "nsb": [("name", "same"), ("sex", "same"), ("birth_date", "same"), ("id_number", "none")],
    "same_file": [("id_number", "same_file")],
}


def upgrade() -> None:
    op.add_column("finding", sa.Column("score", sa.Integer(), nullable=True))
    op.add_column("finding", sa.Column("case_id", BigId, nullable=True))
    op.create_index(op.f("ix_finding_case_id"), "finding", ["case_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":  # SQLite cannot add a constraint to a table that exists
        op.create_foreign_key(op.f("fk_finding_case_id"), "finding", "case", ["case_id"], ["id"])
    _write_reasons()
    op.create_table(
        "distinct_pair",
        sa.Column("student_low_id", BigId, nullable=False),
        sa.Column("student_high_id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigId, nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("student_low_id < student_high_id", name=op.f("ck_distinct_pair_order")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_distinct_pair_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_distinct_pair_decided_by")),
        sa.ForeignKeyConstraint(["student_high_id"], ["student.id"], name=op.f("fk_distinct_pair_student_high_id")),
        sa.ForeignKeyConstraint(["student_low_id"], ["student.id"], name=op.f("fk_distinct_pair_student_low_id")),
        sa.PrimaryKeyConstraint("student_low_id", "student_high_id", name=op.f("pk_distinct_pair")),
    )
    op.create_index(op.f("ix_distinct_pair_case_id"), "distinct_pair", ["case_id"], unique=False)
    op.create_index(op.f("ix_distinct_pair_student_high_id"), "distinct_pair", ["student_high_id"], unique=False)
    op.create_table(
        "name_trace",
        sa.Column("student_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_name_trace_student_id")),
        sa.PrimaryKeyConstraint("student_id", "kind", "key", name=op.f("pk_name_trace")),
    )
    op.create_index("ix_name_trace_kind_key_birth_date", "name_trace", ["kind", "key", "birth_date"], unique=False)
    op.create_table(
        "scanned_record",
        sa.Column("student_id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_scanned_record_student_id")),
        sa.PrimaryKeyConstraint("student_id", name=op.f("pk_scanned_record")),
    )
    op.create_table(
        "scan_run",
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_run")),
    )
    op.create_index("ix_scan_run_state", "scan_run", ["state"], unique=False)


def _write_reasons() -> None:
    finding = sa.table("finding", sa.column("kind", sa.String()), sa.column("reasons", Json))
    for kind, reasons in REASONS.items():
        data = [{"field": field, "kind": how, "detail": None} for field, how in reasons]
        op.execute(finding.update().where(finding.c.kind == kind).values(reasons=data))
