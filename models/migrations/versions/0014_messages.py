"""Notices of each person, the mails that carry them, how each wants to be told, and the words of mails in versions.

A mail is a row of its own now and carries any number of notices; what waited to be mailed one by one becomes a notice.
"""

import sqlalchemy as sa
from alembic import op

from models.base import BigId, Json, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", UtcDateTime(), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.CheckConstraint("state in ('queued','sent','refused','bounced','moot')", name=op.f("ck_mail_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mail_public_id")),
    )
    op.create_table(
        "mail_template",
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", Json, nullable=True),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_template_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_template")),
        sa.UniqueConstraint("topic", "version", name=op.f("uq_mail_template_topic_version")),
    )
    op.create_table(
        "message_setting",
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("digest_minute", sa.Integer(), nullable=True),
        sa.Column("choices", Json, nullable=False),
        sa.Column("chat", sa.Boolean(), nullable=False),
        sa.Column("last_mail_at", UtcDateTime(), nullable=True),
        sa.Column("last_digest_on", sa.Date(), nullable=True),
        sa.Column("dead_address", sa.String(length=254), nullable=False),
        sa.Column("dead_since", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_setting_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_message_setting")),
    )
    op.create_table(
        "notice",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("org_id", BigId, nullable=True),
        sa.Column("case_id", BigId, nullable=True),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("mail_at", UtcDateTime(), nullable=True),
        sa.Column("mail_id", BigId, nullable=True),
        sa.Column("unmailed", sa.String(length=20), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_notice_case_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_notice_mail_id")),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_notice_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index("ix_notice_case", "notice", ["case_id"], unique=False)
    op.create_index("ix_notice_mail", "notice", ["mail_id"], unique=False)
    op.create_index("ix_notice_person", "notice", ["person_id", "id"], unique=False)
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["person_id", "id"],
        unique=False,
        sqlite_where=sa.text("read_at is null"),
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["mail_at", "person_id"],
        unique=False,
        sqlite_where=sa.text("mail_at is not null and mail_id is null"),
        postgresql_where=sa.text("mail_at is not null and mail_id is null"),
    )
    _take_over()


def _take_over() -> None:
    """Make notices of the mails that were not sent yet, those given up included: they are tried once more."""
    outbox = sa.table(
        "outbox", sa.column("id", BigId), sa.column("dedup", sa.String()), sa.column("topic", sa.String()),
        sa.column("recipient", sa.String()), sa.column("case_id", BigId), sa.column("payload", Json),
        sa.column("created_at", UtcDateTime()), sa.column("not_before", UtcDateTime()),
        sa.column("done_at", UtcDateTime()), sa.column("dead_at", UtcDateTime()), sa.column("last_error", sa.Text()),
    )  # fmt: skip
    notice = sa.table(
        "notice", sa.column("key", sa.String()), sa.column("person_id", BigId), sa.column("org_id", BigId),
        sa.column("case_id", BigId), sa.column("purpose", sa.String()), sa.column("facts", Json),
        sa.column("at", UtcDateTime()), sa.column("mail_at", UtcDateTime()), sa.column("unmailed", sa.String()),
    )  # fmt: skip
    unsent = (outbox.c.topic == "mail") & outbox.c.done_at.is_(None)
    connection = op.get_bind()
    for row in connection.execute(sa.select(outbox).where(unsent).order_by(outbox.c.id)).all():
        facts = {name: value for name, value in row.payload.items() if name not in ("purpose", "queue")}
        org = str(row.payload.get("queue", "")).partition(":")[0]
        values = {
            "key": row.dedup, "person_id": int(row.recipient), "org_id": int(org) if org else None,
            "case_id": row.case_id, "purpose": row.payload["purpose"], "facts": facts, "at": row.created_at,
            "mail_at": row.not_before, "unmailed": "",
        }  # fmt: skip
        connection.execute(notice.insert().values(values))
        done = {"done_at": row.created_at, "last_error": "became a notice"}
        connection.execute(outbox.update().where(outbox.c.id == row.id).values(done))
