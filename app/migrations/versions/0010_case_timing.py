"""How cases kept their times: what figures and the home page count."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
FIGURES = ["tenant", "process_key", "category", "place", "unit", "state", "opened_at", "closed_at"]
FIGURES_OF_MONTHS = [
    "tenant", "process_key", "opened_month", "category", "place", "unit", "state", "opened_at", "closed_at", "due_at",
    "handled_at", "working_days", "revision",
]  # fmt: skip
PARTIAL = {
    "ix_case_closed": (["tenant", "process_key", "closed_at"], "closed_at IS NOT NULL"),
    "ix_case_owed": (["tenant", "unit", "process_key", "due_at", "handled_at"], "closed_at IS NULL"),
    "ix_case_response": (["tenant", "process_key", "response_due_at"], "response_due_at IS NOT NULL"),
}
MONTH = {
    "sqlite": "substr(datetime(opened_at, '+8 hours'), 1, 7)",
    "postgresql": "to_char(opened_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')",
}


def upgrade() -> None:
    op.drop_index("ix_case_figures", "case_file")
    for column in (
        _text("opened_month"), sa.Column("handled_at", Instant), sa.Column("working_days", sa.Float),
        _text("response"), sa.Column("response_due_at", Instant),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    ):  # fmt: skip
        op.add_column("case_file", column)
    op.execute(f"UPDATE case_file SET opened_month = {MONTH[op.get_bind().dialect.name]}")
    op.create_index("ix_case_figures", "case_file", FIGURES_OF_MONTHS)
    op.create_index("ix_case_begun", "case_file", ["tenant", "opened_by", "process_key", "closed_at", "opened_at"])
    for name, (columns, condition) in PARTIAL.items():
        where: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), sa.text(condition))
        op.create_index(name, "case_file", columns, **where)


def downgrade() -> None:
    for name in (*PARTIAL, "ix_case_begun", "ix_case_figures"):
        op.drop_index(name, "case_file")
    with op.batch_alter_table("case_file") as case:
        for column in ("opened_month", "handled_at", "working_days", "response", "response_due_at", "revision"):
            case.drop_column(column)
    op.create_index("ix_case_figures", "case_file", FIGURES)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default="")
