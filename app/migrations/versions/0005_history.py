"""One row of history a step, and candidates in the order in which they are searched."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# A migration stays as it was written: these are copies, and a test compares what they make with the engine's own.
SQLITE = (
    """
CREATE TRIGGER history_is_only_erased BEFORE UPDATE ON history
WHEN (NEW.tenant, NEW.instance_id, NEW.first_event, NEW.last_event, NEW.hash, NEW.record)
        <> (OLD.tenant, OLD.instance_id, OLD.first_event, OLD.last_event, OLD.hash, OLD.record)
    OR OLD.erasable IS NULL OR NEW.erasable IS NULL OR NEW.erasable = OLD.erasable
    OR json_array_length(NEW.erasable) <> json_array_length(OLD.erasable)
    OR EXISTS (
        SELECT 1 FROM json_each(OLD.erasable) AS was JOIN json_each(NEW.erasable) AS now ON now.key = was.key
        WHERE now.value <> was.value AND NOT (
            json_array_length(now.value) = 5
            AND json_extract(now.value, '$[0]') = json_extract(was.value, '$[0]')
            AND json_extract(now.value, '$[1]') = json_extract(was.value, '$[1]')
            AND json_extract(now.value, '$[2]') = '' AND json_type(now.value, '$[3]') = 'null'
            AND json_type(now.value, '$[4]') = 'text' AND json_type(was.value, '$[4]') = 'null'
        )
    )
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER history_is_kept BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER task_candidates_change AFTER UPDATE ON task
WHEN OLD.candidates <> NEW.candidates
BEGIN
    DELETE FROM task_candidate WHERE (name, kind, tenant, task_id) IN (
        SELECT json_extract(value, '$[1]'), json_extract(value, '$[0]'), OLD.tenant, OLD.id
        FROM json_each(OLD.candidates)
    );
    INSERT OR IGNORE INTO task_candidate (tenant, task_id, kind, name)
    SELECT NEW.tenant, NEW.id, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(NEW.candidates)
    WHERE NEW.status = 'open';
END
""",
)

POSTGRESQL = (
    """
CREATE FUNCTION let_history_only_be_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.tenant, NEW.instance_id, NEW.first_event, NEW.last_event, NEW.hash, NEW.record)
            <> (OLD.tenant, OLD.instance_id, OLD.first_event, OLD.last_event, OLD.hash, OLD.record)
        OR OLD.erasable IS NULL OR NEW.erasable IS NULL OR NEW.erasable = OLD.erasable
        OR jsonb_array_length(NEW.erasable::jsonb) <> jsonb_array_length(OLD.erasable::jsonb)
        OR EXISTS (
            SELECT 1 FROM jsonb_array_elements(OLD.erasable::jsonb) WITH ORDINALITY AS was (value, at)
            JOIN jsonb_array_elements(NEW.erasable::jsonb) WITH ORDINALITY AS now (value, at) USING (at)
            WHERE now.value <> was.value AND NOT (
                now.value = jsonb_build_array(was.value->0, was.value->1, '', NULL, now.value->4)
                AND jsonb_typeof(now.value->4) = 'string' AND was.value->4 = 'null'::jsonb
            )
        )
    THEN
        RAISE EXCEPTION 'the history is append-only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER history_is_only_erased BEFORE UPDATE ON history
FOR EACH ROW EXECUTE FUNCTION let_history_only_be_erased()
""",
    """
CREATE TRIGGER history_is_kept BEFORE DELETE ON history
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON history
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE OR REPLACE FUNCTION keep_task_candidates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM task_candidate AS kept USING jsonb_array_elements(OLD.candidates::jsonb) AS one
    WHERE kept.name = one->>1 AND kept.kind = one->>0 AND kept.tenant = NEW.tenant AND kept.task_id = NEW.id;
    IF NEW.status = 'open' THEN
        INSERT INTO task_candidate (tenant, task_id, kind, name)
        SELECT NEW.tenant, NEW.id, one->>0, one->>1 FROM jsonb_array_elements(NEW.candidates::jsonb) AS one
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER task_candidates_change AFTER UPDATE ON task FOR EACH ROW
WHEN (OLD.candidates <> NEW.candidates) EXECUTE FUNCTION keep_task_candidates()
""",
)

NOT_CONVERTED = (
    "this database holds histories of another form: their chain of hashes cannot be made anew; begin with an empty one"
)


def text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=nullable)


def upgrade() -> None:
    """Raises RuntimeError when there are histories: what proves them are the hashes of the old form."""
    _refuse_if_filled("event")
    _drop_triggers("task_opens", "task_changes")
    op.drop_table("event_value")
    op.drop_table("event")
    op.create_table(
        "history",
        text("tenant"), text("instance_id"), sa.Column("first_event", sa.Integer(), nullable=False),
        sa.Column("last_event", sa.Integer(), nullable=False), text("hash"), text("record"),
        text("erasable", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["instance.tenant", "instance.id"], name="fk_history_tenant_instance_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "instance_id", "last_event", name="pk_history"),
    )  # fmt: skip
    op.drop_index("ix_task_instance", "task")
    _index_open("status = 'open' AND assignee IS NOT NULL")
    _make_candidates("name", "kind", "tenant", "task_id")
    for statement in POSTGRESQL if _is_postgresql() else SQLITE:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Raises RuntimeError when there are histories."""
    _refuse_if_filled("history")
    _drop_triggers("task_candidates_change")
    op.drop_table("history")
    if _is_postgresql():
        op.execute("DROP FUNCTION let_history_only_be_erased")
    earlier: Any = import_module("app.migrations.versions.0001_engine")
    earlier.create_history()
    _make_candidates("tenant", "task_id", "kind", "name")
    op.create_index("ix_task_candidate_name", "task_candidate", ["name", "kind", "tenant"])
    op.create_index("ix_task_instance", "task", ["instance_id", "tenant"])
    _index_open("status = 'open'")
    for statement in earlier.POSTGRESQL if _is_postgresql() else earlier.SQLITE:
        if "refuse_change_of_history() RETURNS" not in statement:
            made = statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
            op.get_bind().exec_driver_sql(made)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _refuse_if_filled(table: str) -> None:
    if op.get_bind().exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first() is not None:
        raise RuntimeError(NOT_CONVERTED)


def _drop_triggers(*names: str) -> None:
    for name in names:
        op.execute(f"DROP TRIGGER {name} ON task" if _is_postgresql() else f"DROP TRIGGER {name}")


def _index_open(condition: str) -> None:
    op.drop_index("ix_task_open", "task")
    where = sa.text(condition)
    columns = ["tenant", "assignee", "created_at"]
    op.create_index("ix_task_open", "task", columns, sqlite_where=where, postgresql_where=where)


def _make_candidates(*key: str) -> None:
    """Without histories there are no tasks, so there is nothing to keep."""
    op.drop_table("task_candidate")
    op.create_table(
        "task_candidate",
        *map(text, key),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"], ["task.tenant", "task.id"], name="fk_task_candidate_tenant_task_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*key, name="pk_task_candidate"),
        sqlite_with_rowid=False,
    )  # fmt: skip
