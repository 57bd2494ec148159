"""Drafts of tasks' forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("tenant", TEXT, nullable=False), sa.Column("login", TEXT, nullable=False),
        sa.Column("task_id", TEXT, nullable=False), sa.Column("data", sa.JSON, nullable=False),
        sa.Column("saved_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "login", "task_id", name="pk_draft"),
    )  # fmt: skip
    # A completed task takes everybody's drafts with it.
    op.create_index("ix_draft_task", "draft", ["tenant", "task_id"])


def downgrade() -> None:
    op.drop_table("draft")
