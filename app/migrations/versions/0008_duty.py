"""Posts held for a time, absences and hand-overs; the office to which posts fall when nobody else is there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# Since when the posts of earlier releases were held was not kept.
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    op.create_table(
        "post_term",
        _text("tenant"), _text("post_id"), _text("part"), _instant("valid_from"), _text("login"),
        _instant("valid_to", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "post_id", "part", "valid_from", name="pk_post_term"),
        _to("post", ["post_id"], ["id"], "fk_post_term_tenant_post_id"),
        _to("person", ["login"], ["login"], "fk_post_term_tenant_login"),
    )  # fmt: skip
    _keep_holders()
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("excluded", TEXT, nullable=False, server_default=""))
        post.add_column(sa.Column("sort_order", sa.Integer, nullable=False, server_default="0"))
        post.drop_column("a")
        post.drop_column("b")
    with op.batch_alter_table("post") as post:
        post.alter_column("excluded", server_default=None)
        post.alter_column("sort_order", server_default=None)
    with op.batch_alter_table("person_group") as group:
        group.add_column(sa.Column("is_last_resort", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("person_group") as group:
        group.alter_column("is_last_resort", server_default=None)
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False), _text("tenant"), _text("login"), _text("kind"),
        _instant("begins"), _instant("ends"), _text("note"), _text("entered_by"), _instant("entered_at"),
        sa.Column("overruled", sa.Boolean, nullable=False), _instant("withdrawn_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        _to("person", ["login"], ["login"], "fk_absence_tenant_login"),
    )  # fmt: skip
    op.create_index("ix_absence_ends", "absence", ["tenant", "ends"])
    op.create_table(
        "handover",
        _text("tenant"), sa.Column("absence_id", sa.Integer, nullable=False), _text("post_id"), _text("given_to"),
        sa.Column("tasks", sa.JSON, nullable=False), _text("notes"), _instant("made_at"),
        _text("accepted_by", nullable=True), _instant("accepted_at", nullable=True),
        _text("report"), _text("reported_by", nullable=True), _instant("reported_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "absence_id", "post_id", name="pk_handover"),
        sa.ForeignKeyConstraint(["absence_id"], ["absence.id"], name="fk_handover_absence_id"),
        _to("post", ["post_id"], ["id"], "fk_handover_tenant_post_id"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("handover")
    op.drop_table("absence")
    with op.batch_alter_table("person_group") as group:
        group.drop_column("is_last_resort")
    with op.batch_alter_table("post") as post:
        post.add_column(_text("a", nullable=True))
        post.add_column(_text("b", nullable=True))
        post.drop_column("excluded")
        post.drop_column("sort_order")
    _give_back_holders()
    op.drop_table("post_term")


def _keep_holders() -> None:
    """Let those who hold a post hold it from the beginning of time; whom no account belongs to, nobody knows."""
    post = sa.table("post", *(sa.column(name) for name in ("tenant", "id", "a", "b")))
    person = sa.table("person", sa.column("tenant"), sa.column("login"))
    names = ("tenant", "post_id", "part", "login")
    term = sa.table("post_term", *(sa.column(name) for name in names), sa.column("valid_from", Instant))
    for part in ("a", "b"):
        known = sa.and_(person.c.tenant == post.c.tenant, person.c.login == post.c[part])
        rows = sa.select(
            post.c.tenant, post.c.id, sa.literal(part.upper()), person.c.login, sa.literal(ALWAYS, Instant)
        ).join(person, known)
        op.execute(sa.insert(term).from_select([*names, "valid_from"], rows))


def _give_back_holders() -> None:
    """Name those on the post itself whose term has no end yet; the terms of others are lost."""
    names = ("tenant", "post_id", "part", "login", "valid_to")
    term = sa.table("post_term", *(sa.column(name) for name in names))
    post = sa.table("post", *(sa.column(name) for name in ("tenant", "id", "a", "b")))
    for part in ("a", "b"):
        mine = sa.and_(term.c.tenant == post.c.tenant, term.c.post_id == post.c.id, term.c.part == part.upper())
        holder = sa.select(sa.func.max(term.c.login)).where(mine, term.c.valid_to.is_(None)).scalar_subquery()
        op.execute(sa.update(post).values({part: holder}))


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Instant, nullable=nullable)


def _to(table: str, columns: list[str], keys: list[str], name: str) -> sa.ForeignKeyConstraint:
    there = [f"{table}.{key}" for key in ("tenant", *keys)]
    return sa.ForeignKeyConstraint(["tenant", *columns], there, name=name)
