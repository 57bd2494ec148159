"""Messages that nobody waited for yet, and correlation keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("tenant", TEXT, nullable=False), sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False), sa.Column("business_key", TEXT), sa.Column("correlation", TEXT),
        sa.Column("variables", TEXT, nullable=False), sa.Column("at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False), sa.Column("sent_by", TEXT),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_message"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_index("ix_message_name", "message", ["name", "tenant"])


def downgrade() -> None:
    op.drop_table("message")
