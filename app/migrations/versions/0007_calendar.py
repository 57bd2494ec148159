"""The working-day calendar: notices, days, office hours, changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendar_notice",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False), sa.Column("tenant", TEXT, nullable=False),
        sa.Column("year", sa.Integer, nullable=False), sa.Column("text", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False), sa.Column("pasted_by", TEXT, nullable=False),
        sa.Column("pasted_at", Instant, nullable=False), sa.Column("decided_by", TEXT),
        sa.Column("decided_at", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_notice"),
    )  # fmt: skip
    op.create_index("ix_calendar_notice_year", "calendar_notice", ["tenant", "year", "id"])
    op.create_table(
        "calendar_day",
        sa.Column("tenant", TEXT, nullable=False), sa.Column("day", TEXT, nullable=False),
        sa.Column("is_local", sa.Boolean, nullable=False), sa.Column("is_worked", sa.Boolean, nullable=False),
        sa.Column("name", TEXT, nullable=False), sa.Column("notice_id", sa.Integer),
        sa.PrimaryKeyConstraint("tenant", "day", "is_local", name="pk_calendar_day"),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["calendar_notice.id"], name="fk_calendar_day_notice_id_calendar_notice"
        ),
    )  # fmt: skip
    op.create_table(
        "calendar_season",
        sa.Column("tenant", TEXT, nullable=False), sa.Column("begins", TEXT, nullable=False),
        sa.Column("hours", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "begins", name="pk_calendar_season"),
    )  # fmt: skip
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False), sa.Column("tenant", TEXT, nullable=False),
        sa.Column("at", Instant, nullable=False), sa.Column("by", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False), sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_change"),
    )  # fmt: skip
    op.create_index("ix_calendar_change_tenant", "calendar_change", ["tenant", "id"])


def downgrade() -> None:
    for table in ("calendar_change", "calendar_season", "calendar_day", "calendar_notice"):
        op.drop_table(table)
