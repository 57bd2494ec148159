"""Links between cases: what one grew out of, what is related."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
STANDING = sa.text("removed_at IS NULL")
ORIGIN = sa.text("kind = 'origin' AND removed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "case_link",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False), _text("tenant"), _text("from_instance"),
        _text("to_instance"), _text("kind"), _instant("at"), _text("by"), _instant("removed_at", nullable=True),
        _text("removed_by", nullable=True), _instant("told_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_link"), _to_case("from_instance"), _to_case("to_instance"),
    )  # fmt: skip
    op.create_index(
        "uq_case_link_standing", "case_link", ["tenant", "from_instance", "to_instance", "kind"], unique=True,
        sqlite_where=STANDING, postgresql_where=STANDING,
    )  # fmt: skip
    op.create_index(
        "uq_case_link_origin", "case_link", ["tenant", "from_instance"], unique=True,
        sqlite_where=ORIGIN, postgresql_where=ORIGIN,
    )  # fmt: skip
    op.create_index("ix_case_link_from", "case_link", ["tenant", "from_instance"])
    op.create_index("ix_case_link_to", "case_link", ["tenant", "to_instance"])


def downgrade() -> None:
    op.drop_table("case_link")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Instant, nullable=nullable)


def _to_case(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", column], ["case_file.tenant", "case_file.instance_id"], name=f"fk_case_link_tenant_{column}"
    )
