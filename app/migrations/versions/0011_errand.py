"""Errands: what the application does later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "errand",
        sa.Column("tenant", TEXT, nullable=False), sa.Column("topic", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False), sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("due_at", Instant, nullable=False), sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("retries", sa.Integer, nullable=False), sa.Column("error", TEXT),
        sa.Column("locked_until", Instant), sa.Column("done_at", Instant),
        sa.PrimaryKeyConstraint("tenant", "topic", "key", name="pk_errand"),
    )  # fmt: skip
    waiting = sa.text("done_at IS NULL")
    op.create_index(
        "ix_errand_due", "errand", ["tenant", "due_at"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    op.drop_table("errand")
