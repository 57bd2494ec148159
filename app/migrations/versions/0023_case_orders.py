"""Indexes along which a register is read by place, by category and by unit."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = ("place", "category", "unit")


def upgrade() -> None:
    for column in COLUMNS:
        op.create_index(f"ix_case_{column}", "case_file", ["tenant", "process_key", column, "instance_id"])


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_index(f"ix_case_{column}", "case_file")
