"""The index along which a register is read by closing time, telling by itself whether a case is looked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BEFORE, AFTER = ["closed_at", "state"], ["closed_at", "instance_id", "text_id", "state"]


def upgrade() -> None:
    _replace(AFTER)


def downgrade() -> None:
    _replace(BEFORE)


def _replace(columns: list[str]) -> None:
    where = sa.text("closed_at IS NOT NULL")
    op.drop_index("ix_case_closed", "case_file")
    op.create_index(
        "ix_case_closed", "case_file", ["tenant", "process_key", *columns], sqlite_where=where, postgresql_where=where
    )
