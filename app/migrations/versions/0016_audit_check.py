"""What auditors did, and an index by which cases are found by who began them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_check",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False), sa.Column("tenant", TEXT, nullable=False),
        sa.Column("at", Instant, nullable=False), sa.Column("login", TEXT, nullable=False),
        sa.Column("instance_id", TEXT, nullable=False), sa.Column("kind", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_check"),
    )  # fmt: skip
    op.create_index("ix_audit_check_at", "audit_check", ["tenant", "at"])
    op.drop_index("ix_case_begun", "case_file")
    op.create_index("ix_case_begun", "case_file", ["tenant", "opened_by", "closed_at", "opened_at", "process_key"])


def downgrade() -> None:
    op.drop_index("ix_case_begun", "case_file")
    op.create_index("ix_case_begun", "case_file", ["tenant", "opened_by", "process_key", "closed_at", "opened_at"])
    op.drop_table("audit_check")
