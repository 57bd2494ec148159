"""Cases, their numbers, and what hangs on them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ENDED, UNREAD = sa.text("ended_by IS NOT NULL"), sa.text("read_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "case_file",
        _text("tenant"), _text("instance_id"), _text("number"), _text("process_key"), _text("definition_id"),
        _text("title"), _text("state"), _text("place"), _text("category"), _text("kind"), _text("urgency"),
        _text("unit"), _text("source"), sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("private", sa.JSON, nullable=False), _text("content"), _instant("due_at", nullable=True),
        _instant("opened_at"), _text("opened_by"), _instant("closed_at", nullable=True),
        sa.Column("results", sa.JSON, nullable=False), sa.Column("redo_count", sa.Integer, nullable=False),
        _text("search"), _text("private_search"),
        sa.PrimaryKeyConstraint("tenant", "instance_id", name="pk_case_file"),
        sa.UniqueConstraint("tenant", "number", name="uq_case_file_tenant_number"),
    )  # fmt: skip
    op.create_index("ix_case_opened", "case_file", ["tenant", "process_key", "opened_at", "instance_id"])
    op.create_index("ix_case_due", "case_file", ["tenant", "process_key", "due_at", "instance_id"])
    op.create_index(
        "ix_case_figures", "case_file",
        ["tenant", "process_key", "category", "place", "unit", "state", "opened_at", "closed_at"],
    )  # fmt: skip
    op.create_table(
        "case_unit",
        _text("tenant"), _text("instance_id"), _text("unit"),
        sa.PrimaryKeyConstraint("tenant", "instance_id", "unit", name="pk_case_unit"), _to_case("case_unit"),
    )  # fmt: skip
    op.create_index("ix_case_unit_unit", "case_unit", ["tenant", "unit", "instance_id"])
    op.create_table(
        "case_number",
        _text("tenant"), _text("sequence"), sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sequence", name="pk_case_number"),
    )  # fmt: skip
    op.create_table(
        "case_comment",
        _id(), _text("tenant"), _text("instance_id"), _instant("at"), _text("by"), _text("text"),
        sa.PrimaryKeyConstraint("id", name="pk_case_comment"), _to_case("case_comment"),
    )  # fmt: skip
    op.create_index("ix_case_comment_case", "case_comment", ["tenant", "instance_id", "id"])
    op.create_table(
        "case_attachment",
        _id(), _text("tenant"), _text("instance_id"), _text("name"), _text("media_type"),
        sa.Column("size", sa.Integer, nullable=False), _text("sha256"), _instant("at"), _text("by"),
        sa.PrimaryKeyConstraint("id", name="pk_case_attachment"), _to_case("case_attachment"),
        sa.UniqueConstraint(
            "tenant", "instance_id", "sha256", name="uq_case_attachment_tenant_instance_id_sha256"
        ),
    )  # fmt: skip
    op.create_table(
        "case_view",
        _text("tenant"), _text("instance_id"), _text("login"), _instant("first_at"), _instant("last_at"),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "instance_id", "login", name="pk_case_view"), _to_case("case_view"),
    )  # fmt: skip
    op.create_table(
        "notification",
        _id(), _text("tenant"), _text("login"), _text("text"), sa.Column("params", sa.JSON, nullable=False),
        _text("instance_id", nullable=True), _instant("at"), _instant("read_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
    )  # fmt: skip
    op.create_index(
        "ix_notification_unread", "notification", ["tenant", "login", "id"],
        sqlite_where=UNREAD, postgresql_where=UNREAD,
    )  # fmt: skip
    op.create_index(
        "ix_task_ended_by", "task", ["tenant", "ended_by", "instance_id"], sqlite_where=ENDED, postgresql_where=ENDED
    )


def downgrade() -> None:
    op.drop_index("ix_task_ended_by", "task")
    for table in (
        "notification", "case_view", "case_attachment", "case_comment", "case_number", "case_unit", "case_file"
    ):  # fmt: skip
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Instant, nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, sa.Identity(), nullable=False)


def _to_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"],
        name=f"fk_{table}_tenant_instance_id",
    )  # fmt: skip
