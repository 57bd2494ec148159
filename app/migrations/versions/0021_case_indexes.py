"""Indexes that tell the figures of weeks and of responses by themselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CLOSED, OPEN, WAITING = "closed_at IS NOT NULL", "closed_at IS NULL", "response_due_at IS NOT NULL"
FIGURES = [
    "opened_month", "category", "place", "unit", "state", "opened_at", "closed_at", "due_at", "handled_at",
    "working_days",
]  # fmt: skip
BEFORE: dict[str, tuple[list[str], str]] = {
    "ix_case_opened": (["opened_at", "instance_id", "text_id"], ""),
    "ix_case_closed": (["closed_at"], CLOSED),
    "ix_case_response": (["response_due_at"], WAITING),
    "ix_case_figures": ([*FIGURES, "revision"], ""),
}
AFTER: dict[str, tuple[list[str], str]] = {
    "ix_case_opened": (["opened_at", "instance_id", "text_id", "state"], ""),
    "ix_case_closed": (["closed_at", "state"], CLOSED),
    "ix_case_response": (["response_due_at", "response", "opened_month", "opened_at", "state"], WAITING),
    "ix_case_figures": ([*FIGURES, "response", "response_due_at", "revision"], ""),
}


def upgrade() -> None:
    _replace(AFTER)


def downgrade() -> None:
    _replace(BEFORE)


def _replace(indexes: dict[str, tuple[list[str], str]]) -> None:
    for name, (columns, condition) in indexes.items():
        where: dict[str, Any] = {}
        if condition:
            where = dict.fromkeys(("sqlite_where", "postgresql_where"), sa.text(condition))
        op.drop_index(name, "case_file")
        op.create_index(name, "case_file", ["tenant", "process_key", *columns], **where)
    owed = ["tenant", "unit", "process_key", "due_at", "handled_at", *(["closed_at"] if indexes is AFTER else [])]
    op.drop_index("ix_case_owed", "case_file")
    op.create_index("ix_case_owed", "case_file", owed, sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN))
