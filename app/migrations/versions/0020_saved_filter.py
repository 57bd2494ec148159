"""Filters of registers that people keep and share, and the ones with which registers open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("tenant", "process_key", "owner", "name")),
        sa.Column("query", sa.JSON, nullable=False), sa.Column("shared_with", TEXT, nullable=False),
        sa.Column("saved_at", Instant, nullable=False), sa.Column("deleted_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filter"), _of_person("saved_filter", "owner"),
    )  # fmt: skip
    op.create_index("ix_saved_filter_register", "saved_filter", ["tenant", "process_key", "owner"])
    op.create_table(
        "opening_filter",
        *(sa.Column(name, TEXT, nullable=False) for name in ("tenant", "login", "process_key")),
        sa.Column("filter_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "login", "process_key", name="pk_opening_filter"),
        sa.ForeignKeyConstraint(["filter_id"], ["saved_filter.id"], name="fk_opening_filter_filter_id"),
        _of_person("opening_filter", "login"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("opening_filter")
    op.drop_table("saved_filter")


def _of_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_tenant_{column}"
    return sa.ForeignKeyConstraint(["tenant", column], ["person.tenant", "person.login"], name=name)
