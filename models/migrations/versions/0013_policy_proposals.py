"""A rule is proposed by one administrator, confirmed by another, and may be tried on the cases of a year before."""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, Json, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_trial",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("org_id", BigId, nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("value", Json, nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", Json, nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.CheckConstraint("state in ('waiting','running','done','broken')", name=op.f("ck_policy_trial_state")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_policy_trial_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_policy_trial_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_trial")),
        sa.UniqueConstraint("public_id", name=op.f("uq_policy_trial_public_id")),
    )
    op.create_index("ix_policy_trial_person", "policy_trial", ["person_id", "state"], unique=False)
    op.create_index("ix_policy_trial_created", "policy_trial", ["created_at"], unique=False)
    op.create_table(
        "policy_proposal",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("org_id", BigId, nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("value", Json, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("base", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", BigId, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigId, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("policy_id", BigId, nullable=True),
        sa.Column("trial_id", BigId, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.CheckConstraint("act in ('set','give_up')", name=op.f("ck_policy_proposal_act")),
        sa.CheckConstraint(
            "state in ('open','confirmed','rejected','withdrawn','stale')", name=op.f("ck_policy_proposal_state")
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' or (decided_by is not null and decided_by <> proposed_by)",
            name=op.f("ck_policy_proposal_two_persons"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_policy_proposal_decided_by")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_policy_proposal_org_id")),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name=op.f("fk_policy_proposal_policy_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_policy_proposal_proposed_by")),
        sa.ForeignKeyConstraint(["trial_id"], ["policy_trial.id"], name=op.f("fk_policy_proposal_trial_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_policy_proposal_public_id")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_policy_proposal_open",
        "policy_proposal",
        ["org_id", "key", "stage"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_policy_proposal_org", "policy_proposal", ["org_id", "id"], unique=False)
