"""The search's index on PostgreSQL by a function that says what it costs, so that it is the index that is asked."""

from __future__ import annotations

from alembic import op

from app.case.fulltext import POSTGRESQL

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_case_text_words")
        for statement in POSTGRESQL:
            op.execute(statement)


def downgrade() -> None:
    """Leave it: the release before can do with it."""
