"""The columns that a process declares for its register: what they show, and what filters look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SHOWN = sa.JSON().with_variant(JSONB(), "postgresql")
IS_NUMBER = sa.text("number IS NOT NULL")


def upgrade() -> None:
    op.add_column("case_file", sa.Column("shown", SHOWN, nullable=False, server_default="{}"))
    op.create_table(
        "case_value",
        *(sa.Column(name, TEXT, nullable=False) for name in ("tenant", "instance_id", "name")),
        sa.Column("position", sa.Integer, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("process_key", "text")),
        sa.Column("number", sa.Double, nullable=True),
        sa.PrimaryKeyConstraint("tenant", "instance_id", "name", "position", name="pk_case_value"),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"],
            name="fk_case_value_tenant_instance_id",
        ),
    )  # fmt: skip
    op.create_index("ix_case_value_text", "case_value", ["tenant", "process_key", "name", "text", "instance_id"])
    op.create_index(
        "ix_case_value_number", "case_value", ["tenant", "process_key", "name", "number", "instance_id"],
        sqlite_where=IS_NUMBER, postgresql_where=IS_NUMBER,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("case_value")
    op.drop_column("case_file", "shown")
