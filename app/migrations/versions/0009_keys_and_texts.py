"""What must not be the same in two cases, the text of attachments, and cases that take no files."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "case_key",
        _text("tenant"), _text("instance_id"), _text("process_key"), _text("value"),
        sa.Column("nth", sa.Integer, nullable=False), sa.Column("is_duplicate", sa.Boolean, nullable=False),
        _text("reason", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "instance_id", name="pk_case_key"),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"],
            name="fk_case_key_tenant_instance_id",
        ),
        sa.UniqueConstraint(
            "tenant", "process_key", "value", "nth", name="uq_case_key_tenant_process_key_value_nth"
        ),
    )  # fmt: skip
    op.create_table(
        "attachment_text",
        sa.Column("attachment_id", sa.Integer, autoincrement=False, nullable=False), _text("tenant"),
        _text("instance_id"), _text("text"), _instant("read_at"), _text("failure"),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_attachment_text"),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["case_attachment.id"], name="fk_attachment_text_attachment_id"
        ),
    )  # fmt: skip
    op.create_index("ix_attachment_text_case", "attachment_text", ["tenant", "instance_id"])
    with op.batch_alter_table("case_file") as case:
        case.add_column(sa.Column("takes_no_files", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("case_file") as case:
        case.alter_column("takes_no_files", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("case_file") as case:
        case.drop_column("takes_no_files")
    op.drop_table("attachment_text")
    op.drop_table("case_key")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _instant(name: str) -> sa.Column[Any]:
    return sa.Column(name, Instant, nullable=False)
