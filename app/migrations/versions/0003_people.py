"""People, groups, memberships, posts and the township's settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "person",
        _text("tenant"), _text("login"), _text("name"), _text("pinyin"), _text("password_hash"),
        _text("locale", nullable=True), _text("theme"), sa.Column("large_text", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False), sa.Column("failed_logins", sa.Integer, nullable=False),
        sa.Column("locked_until", Instant, nullable=True),
        sa.PrimaryKeyConstraint("tenant", "login", name="pk_person"),
    )  # fmt: skip
    op.create_table(
        "person_group",
        _text("tenant"), _text("id"), _text("name"), _text("kind"), _text("leader", nullable=True),
        sa.Column("permissions", sa.JSON, nullable=False), sa.Column("sort_order", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_person_group"),
    )  # fmt: skip
    op.create_table(
        "membership",
        _text("tenant"), _text("login"), _text("group_id"), sa.Column("valid_from", Instant, nullable=False),
        sa.Column("valid_to", Instant, nullable=True),
        sa.PrimaryKeyConstraint("tenant", "login", "group_id", "valid_from", name="pk_membership"),
        sa.ForeignKeyConstraint(
            ["tenant", "login"], ["person.tenant", "person.login"], name="fk_membership_tenant_login"
        ),
        _group("fk_membership_tenant_group_id"),
    )  # fmt: skip
    op.create_table(
        "post",
        _text("tenant"), _text("id"), _text("name"), _text("group_id"), _text("a", nullable=True),
        _text("b", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_post"),
        _group("fk_post_tenant_group_id"),
    )  # fmt: skip
    op.create_table(
        "setting",
        _text("tenant"), _text("name"), sa.Column("value", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_setting"),
    )  # fmt: skip


def downgrade() -> None:
    for table in ("setting", "post", "membership", "person_group", "person"):
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _group(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant", "group_id"], ["person_group.tenant", "person_group.id"], name=name)
