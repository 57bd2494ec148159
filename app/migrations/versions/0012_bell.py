"""Notices of kinds, how each person wants each kind, and where mail goes to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("notification", sa.Column("kind", TEXT, nullable=False, server_default="notice"))
    op.add_column("notification", sa.Column("way", TEXT, nullable=False, server_default="bell"))
    op.add_column("notification", sa.Column("task_id", TEXT))
    op.create_index("ix_notification_person", "notification", ["tenant", "login", "id"])
    of_task = sa.text("task_id IS NOT NULL")
    op.create_index(
        "uq_notification_task", "notification", ["tenant", "login", "task_id"], unique=True, sqlite_where=of_task,
        postgresql_where=of_task,
    )
    op.add_column("person", sa.Column("mail", TEXT))
    op.create_table(
        "notice_choice",
        sa.Column("tenant", TEXT, nullable=False), sa.Column("login", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False), sa.Column("way", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "login", "kind", name="pk_notice_choice"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("notice_choice")
    op.drop_column("person", "mail")
    op.drop_index("uq_notification_task", "notification")
    op.drop_index("ix_notification_person", "notification")
    for column in ("task_id", "way", "kind"):
        op.drop_column("notification", column)
