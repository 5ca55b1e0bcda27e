"""What figures count is kept with each question: the name of its step, the days it took, the causes of a return.

Two indexes hold what an office owes and what ended at it; a figure is one pass over one of them. Names are filled in
here, days and causes by the program after the update, because they need the calendar.
"""

import sqlalchemy as sa
from alembic import op

from models.base import BigId

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OWED = sa.text("step is not null and closed_at is null")
ENDED = sa.text("step is not null and closed_at is not null")
NAMES = """
update work_item set step = (select process from "case" where "case".id = work_item.case_id) || '/' || phase || '/' || kind
where kind not in ('copy', 'object') and not (kind = 'correct' and phase = 'draft' and round = 1)
"""


def upgrade() -> None:
    op.add_column("work_item", sa.Column("step", sa.String(length=72), nullable=True))
    op.add_column("work_item", sa.Column("took", sa.Integer(), nullable=True))
    op.execute(NAMES)
    op.create_index("ix_work_item_owed", "work_item", ["org_id", "due_at", "id", "step", "case_id", "opened_at", "closed_at"],
                    sqlite_where=OWED, postgresql_where=OWED)  # fmt: skip
    op.create_index(
        "ix_work_item_ended", "work_item",
        ["org_id", "closed_at", "id", "step", "took", "due_at", "opened_at", "outcome"],
        sqlite_where=ENDED, postgresql_where=ENDED,
    )  # fmt: skip
    op.create_table(
        "step_cause",
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_step_cause_work_item_id")),
        sa.PrimaryKeyConstraint("work_item_id", "cause", name=op.f("pk_step_cause")),
    )
