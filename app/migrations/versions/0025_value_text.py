"""Values by the number of their case's texts, and indexes that tell by themselves whether a case is looked for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.case.fulltext import POSTGRESQL

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OPENED = ["opened_at", "instance_id", "text_id", "state"]
ORDERS = [(f"ix_case_{name}", [column, "instance_id"]) for name, column in (
    ("due", "due_at"), ("place", "place"), ("category", "category"), ("unit", "unit"),
)]  # fmt: skip
IS_NUMBER = sa.text("number IS NOT NULL")


def upgrade() -> None:
    op.add_column("case_value", sa.Column("text_id", sa.Integer, nullable=True))
    op.execute(
        "UPDATE case_value SET text_id = (SELECT text_id FROM case_file WHERE case_file.tenant = case_value.tenant "
        "AND case_file.instance_id = case_value.instance_id)"
    )
    for name, columns in ORDERS:
        _replace(name, "case_file", [*columns, "text_id"])
    _replace("ix_case_opened", "case_file", [*OPENED, "place", "category", "unit"])
    op.create_index("ix_case_state", "case_file", ["tenant", "process_key", "state", *OPENED[:3]])
    _replace_values("instance_id", "text_id")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_case_text_words")
        for statement in POSTGRESQL:
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION case_texts(tsquery, text, text, int)")
    _replace_values("instance_id")
    op.drop_index("ix_case_state", "case_file")
    _replace("ix_case_opened", "case_file", OPENED)
    for name, columns in ORDERS:
        _replace(name, "case_file", columns)
    op.drop_column("case_value", "text_id")


def _replace_values(*told: str) -> None:
    _replace("ix_case_value_text", "case_value", ["name", "text", *told])
    is_number = {"sqlite_where": IS_NUMBER, "postgresql_where": IS_NUMBER}
    _replace("ix_case_value_number", "case_value", ["name", "number", *told], **is_number)


def _replace(name: str, table: str, columns: list[str], **where: Any) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, ["tenant", "process_key", *columns], **where)
