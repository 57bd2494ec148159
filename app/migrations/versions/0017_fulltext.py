"""Texts of cases and their tokens, for a search that finds two Chinese characters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.case.fulltext import MOST_CHARACTERS, POSTGRESQL, SQLITE
from app.case.search import PRIVATE, searchable, tokens

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TEXTS = ("tenant", "instance_id", "process_key", "text", "private_text", "words", "more_text", "more_words")
OPENED = ["tenant", "process_key", "opened_at", "instance_id"]
BATCH = 1000
NOT_YET = "SELECT tenant, instance_id, process_key, search, private_search FROM case_file ORDER BY opened_at"
SAID = "SELECT text FROM {} WHERE tenant = :tenant AND instance_id = :instance_id"


def upgrade() -> None:
    op.create_table(
        "case_text",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in TEXTS),
        sa.PrimaryKeyConstraint("id", name="pk_case_text"),
        sa.UniqueConstraint("tenant", "instance_id", name="uq_case_text_tenant_instance_id"),
    )
    op.add_column("case_file", sa.Column("text_id", sa.Integer, nullable=True))
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    _fill()
    op.execute(
        "UPDATE case_file SET text_id = (SELECT id FROM case_text WHERE case_text.tenant = case_file.tenant "
        "AND case_text.instance_id = case_file.instance_id)"
    )
    op.drop_index("ix_case_opened", "case_file")
    op.create_index("ix_case_opened", "case_file", [*OPENED, "text_id"])
    op.drop_column("case_file", "search")
    op.drop_column("case_file", "private_search")


def downgrade() -> None:
    for name in ("search", "private_search"):
        op.add_column("case_file", sa.Column(name, TEXT, nullable=False, server_default=""))
    for name, kept in (("search", "text"), ("private_search", "private_text")):
        op.execute(
            f"UPDATE case_file SET {name} = (SELECT {kept} FROM case_text WHERE case_text.tenant = case_file.tenant "
            "AND case_text.instance_id = case_file.instance_id) WHERE text_id IS NOT NULL"
        )
    op.drop_index("ix_case_opened", "case_file")
    op.create_index("ix_case_opened", "case_file", OPENED)
    op.drop_column("case_file", "text_id")
    op.drop_table("case_text")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE case_words")
    else:
        op.execute("DROP FUNCTION case_lexemes(text, text)")


def _fill() -> None:
    """Cut the texts of all cases into tokens; those of declared columns come with `changtong reindex`."""
    connection = op.get_bind()
    row = sa.table("case_text", *(sa.column(name) for name in TEXTS))
    cases = connection.execute(sa.text(NOT_YET)).all()
    talkative = {
        tuple(case) for table in ("case_comment", "attachment_text")
        for case in connection.execute(sa.text(f"SELECT DISTINCT tenant, instance_id FROM {table}"))
    }
    for start in range(0, len(cases), BATCH):
        rows = []
        for tenant, instance_id, process_key, text, private in cases[start : start + BATCH]:
            more = _said(connection, tenant, instance_id) if (tenant, instance_id) in talkative else ""
            words = " ".join(filter(None, (tokens(text), tokens(private, PRIVATE))))
            values = (tenant, instance_id, process_key, text, private, words, more, tokens(more))
            rows.append(dict(zip(TEXTS, values, strict=True)))
        connection.execute(sa.insert(row), rows)


def _said(connection: sa.Connection, tenant: str, instance_id: str) -> str:
    case = {"tenant": tenant, "instance_id": instance_id}
    texts = [
        text for table in ("case_comment", "attachment_text")
        for text in connection.execute(sa.text(SAID.format(table)), case).scalars()
    ]  # fmt: skip
    return searchable(*"\n".join(texts)[:MOST_CHARACTERS].splitlines())
