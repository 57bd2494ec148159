"""What was revealed, exported and printed, in rows that nobody changes or deletes; for whom a case was viewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SQLITE = tuple(
    f"CREATE TRIGGER disclosures_are_kept_{act.lower()} BEFORE {act} ON case_disclosure "
    "BEGIN SELECT RAISE(ABORT, 'disclosures are append-only'); END"
    for act in ("UPDATE", "DELETE")
)
POSTGRESQL = (
    "CREATE FUNCTION refuse_change_of_disclosures() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'disclosures are append-only' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE TRIGGER disclosures_are_kept BEFORE UPDATE OR DELETE ON case_disclosure "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_disclosures()",
    "CREATE TRIGGER disclosures_are_not_emptied BEFORE TRUNCATE ON case_disclosure "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_disclosures()",
)


def upgrade() -> None:
    op.create_table(
        "case_disclosure",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("tenant", "kind", "login")),
        sa.Column("at", Instant(), nullable=False), sa.Column("until", Instant(), nullable=True),
        sa.Column("process_key", TEXT, nullable=False), sa.Column("instance_id", TEXT, nullable=True),
        sa.Column("what", TEXT, nullable=False), sa.Column("reason", TEXT, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_disclosure"),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"],
            name="fk_case_disclosure_tenant_instance_id",
        ),
    )  # fmt: skip
    with op.batch_alter_table("case_view") as view:
        view.add_column(sa.Column("for_whom", TEXT, nullable=False, server_default=""))
    with op.batch_alter_table("case_view") as view:
        view.alter_column("for_whom", server_default=None)
    op.create_index("ix_case_disclosure_case", "case_disclosure", ["tenant", "instance_id", "id"])
    op.create_index("ix_case_disclosure_person", "case_disclosure", ["tenant", "login", "id"])
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("case_view") as view:
        view.drop_column("for_whom")
    op.drop_table("case_disclosure")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_disclosures")
