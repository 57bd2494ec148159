"""What the cases of a month add up to, kept for the figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "case_month",
        sa.Column("tenant", TEXT, nullable=False), sa.Column("process_key", TEXT, nullable=False),
        sa.Column("month", TEXT, nullable=False), sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("revisions", sa.Integer, nullable=False), sa.Column("shape", TEXT, nullable=False),
        sa.Column("tally", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "process_key", "month", name="pk_case_month"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("case_month")
