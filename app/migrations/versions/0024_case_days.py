"""The day on which a case was opened instead of its month, and what figures count of the results, in their indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LONGEST = 300
LENGTHS = {"opened_day": 10, "opened_month": 7}
LOCAL = {
    "sqlite": "datetime(opened_at, '+8 hours')",
    "postgresql": "to_char(opened_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')",
}
RESULTS = "CAST(results AS TEXT)"
# All results are there, not the counted ones alone: those are looked for by their names.
ANSWERS = f"CASE WHEN {RESULTS} IN ('{{}}', 'null') THEN '' WHEN length({RESULTS}) <= {LONGEST} THEN {RESULTS} END"
OPEN, WAITING = "closed_at IS NULL", "response_due_at IS NOT NULL"
NAMES = ["category", "place", "unit", "state"]
TIMES = ["closed_at", "due_at", "handled_at", "working_days", "response", "response_due_at"]
Indexes = dict[str, tuple[list[str], str]]
BEFORE: Indexes = {
    "ix_case_figures": (["process_key", "opened_month", *NAMES, "opened_at", *TIMES, "revision"], ""),
    "ix_case_owed": (["unit", "process_key", "due_at", "handled_at", "closed_at"], OPEN),
    "ix_case_begun": (["opened_by", "closed_at", "opened_at", "process_key"], ""),
    "ix_case_response": (
        ["process_key", "response_due_at", "response", "opened_month", "opened_at", "state"], WAITING
    ),
}  # fmt: skip
AFTER: Indexes = {
    "ix_case_figures": (["process_key", "opened_day", *NAMES, "answers", *TIMES], ""),
    "ix_case_day": (["process_key", "opened_day", "state", "revision"], ""),
    "ix_case_owed": (
        ["unit", "process_key", "due_at", "handled_at", "opened_day", "category", "place", "state", "closed_at"], OPEN
    ),
    "ix_case_begun": (["opened_by", "opened_at", "process_key", "closed_at"], OPEN),
    "ix_case_opener": (["opened_by", "instance_id"], ""),
    "ix_case_response": (["process_key", "response_due_at", "response", "opened_day", "state"], WAITING),
}  # fmt: skip


def upgrade() -> None:
    _drop(BEFORE)
    op.add_column("case_file", _text("opened_day"))
    op.add_column("case_file", sa.Column("answers", TEXT, nullable=True))
    op.execute(f"UPDATE case_file SET opened_day = {_opened('opened_day')}, answers = {ANSWERS}")
    op.drop_column("case_file", "opened_month")
    op.execute("DELETE FROM case_month")  # counted anew the next time somebody looks
    _create(AFTER)


def downgrade() -> None:
    _drop(AFTER)
    op.add_column("case_file", _text("opened_month"))
    op.execute(f"UPDATE case_file SET opened_month = {_opened('opened_month')}")
    op.drop_column("case_file", "answers")
    op.drop_column("case_file", "opened_day")
    _create(BEFORE)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, server_default="")


def _opened(name: str) -> str:
    return f"substr({LOCAL[op.get_bind().dialect.name]}, 1, {LENGTHS[name]})"


def _drop(indexes: Indexes) -> None:
    for name in indexes:
        op.drop_index(name, "case_file")


def _create(indexes: Indexes) -> None:
    for name, (columns, condition) in indexes.items():
        where = sa.text(condition) if condition else None
        op.create_index(name, "case_file", ["tenant", *columns], sqlite_where=where, postgresql_where=where)
