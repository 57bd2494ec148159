"""The tables and triggers of the engine's store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
OPEN, LIVE, FAILED, STARTING = (
    sa.text(condition) for condition in ("status = 'open'", "retries > 0", "retries <= 0", "instance_id IS NULL")
)

# A migration stays as it was written: these are copies, and a test compares what they make with the engine's own.
SQLITE = (
    """
CREATE TRIGGER event_is_kept_as_it_is BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER event_value_is_only_erased BEFORE UPDATE ON event_value
WHEN NEW.value IS NOT NULL OR NEW.erased_at IS NULL OR NEW.salt <> '' OR OLD.erased_at IS NOT NULL
    OR (NEW.tenant, NEW.instance_id, NEW.number, NEW.name) <> (OLD.tenant, OLD.instance_id, OLD.number, OLD.name)
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER event_value_is_kept BEFORE DELETE ON event_value
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER task_opens AFTER INSERT ON task
WHEN NEW.status = 'open' AND NEW.candidates <> '[]'
BEGIN
    INSERT OR IGNORE INTO task_candidate (tenant, task_id, kind, name)
    SELECT NEW.tenant, NEW.id, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(NEW.candidates);
END
""",
    """
CREATE TRIGGER task_changes AFTER UPDATE ON task
WHEN OLD.status <> NEW.status OR OLD.candidates <> NEW.candidates
BEGIN
    DELETE FROM task_candidate WHERE tenant = NEW.tenant AND task_id = NEW.id;
    INSERT OR IGNORE INTO task_candidate (tenant, task_id, kind, name)
    SELECT NEW.tenant, NEW.id, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(NEW.candidates)
    WHERE NEW.status = 'open';
END
""",
)

POSTGRESQL = (
    """
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the history is append-only' USING ERRCODE = 'restrict_violation'; END $$
""",
    """
CREATE TRIGGER event_is_kept BEFORE UPDATE OR DELETE ON event
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_is_not_emptied BEFORE TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_value_is_only_erased BEFORE UPDATE ON event_value FOR EACH ROW
WHEN (NEW.value IS NOT NULL OR NEW.erased_at IS NULL OR NEW.salt <> '' OR OLD.erased_at IS NOT NULL
    OR (NEW.tenant, NEW.instance_id, NEW.number, NEW.name) <> (OLD.tenant, OLD.instance_id, OLD.number, OLD.name))
EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_value_is_kept BEFORE DELETE ON event_value
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_value_is_not_emptied BEFORE TRUNCATE ON event_value
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE FUNCTION keep_task_candidates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM task_candidate WHERE tenant = NEW.tenant AND task_id = NEW.id;
    END IF;
    IF NEW.status = 'open' AND NEW.candidates <> '[]' THEN
        INSERT INTO task_candidate (tenant, task_id, kind, name)
        SELECT NEW.tenant, NEW.id, one->>0, one->>1 FROM jsonb_array_elements(NEW.candidates::jsonb) AS one
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER task_opens AFTER INSERT ON task FOR EACH ROW
WHEN (NEW.status = 'open' AND NEW.candidates <> '[]') EXECUTE FUNCTION keep_task_candidates()
""",
    """
CREATE TRIGGER task_changes AFTER UPDATE ON task FOR EACH ROW
WHEN (OLD.status <> NEW.status OR OLD.candidates <> NEW.candidates) EXECUTE FUNCTION keep_task_candidates()
""",
)


def text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=nullable)


def integer(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def instant(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Instant(), nullable=nullable)


def binary(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def index(name: str, table: str, columns: Sequence[str], where: Any = None) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    create_definitions()
    create_instances()
    create_work()
    create_history()
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_history, keep_task_candidates")


TABLES = (
    "event_value", "event", "subscription", "job", "task_candidate", "task", "instance", "definition", "resource",
    "deployment",
)


def create_definitions() -> None:
    op.create_table(
        "deployment",
        text("tenant"), text("id"), text("name"), text("source"), instant("at"), text("by"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_deployment"),
    )
    op.create_table(
        "resource",
        text("tenant"), text("deployment_id"), text("name"), integer("position"), binary("content"), text("checksum"),
        sa.ForeignKeyConstraint(
            ["tenant", "deployment_id"], ["deployment.tenant", "deployment.id"],
            name="fk_resource_tenant_deployment_id",
        ),
        sa.PrimaryKeyConstraint("tenant", "deployment_id", "name", name="pk_resource"),
    )
    op.create_table(
        "definition",
        text("tenant"), text("id"), text("key"), text("name"), integer("version"), text("version_tag", nullable=True),
        text("deployment_id"), text("resource_name"), text("checksum"), instant("at"),
        sa.ForeignKeyConstraint(
            ["tenant", "deployment_id"], ["deployment.tenant", "deployment.id"],
            name="fk_definition_tenant_deployment_id",
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_definition"),
        sa.UniqueConstraint("tenant", "key", "version", name="uq_definition_tenant_key_version"),
    )


def create_instances() -> None:
    op.create_table(
        "instance",
        text("tenant"), text("id"), text("definition_id"), text("definition_key"),
        text("business_key", nullable=True), text("status"), integer("revision"), text("state"),
        integer("last_event"), text("head"), instant("started_at"), text("started_by"),
        instant("ended_at", nullable=True), text("parent_id", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "definition_id"], ["definition.tenant", "definition.id"],
            name="fk_instance_tenant_definition_id",
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_instance"),
        postgresql_with={"fillfactor": 70},
    )
    index("ix_instance_business_key", "instance", ["business_key", "tenant"])
    index("ix_instance_definition_id", "instance", ["definition_id", "tenant", "id"])
    index("ix_instance_definition_key", "instance", ["definition_key", "tenant", "id"])


def create_work() -> None:
    op.create_table(
        "task",
        text("tenant"), text("id"), text("instance_id"), text("definition_id"), text("definition_key"),
        text("business_key", nullable=True), text("element_id"), text("name"), text("status"), instant("created_at"),
        text("assignee", nullable=True), text("candidates"), text("form_key", nullable=True),
        instant("due_at", nullable=True), instant("follow_up_at", nullable=True), integer("priority"),
        instant("claimed_at", nullable=True), instant("ended_at", nullable=True), text("ended_by", nullable=True),
        text("on_behalf_of", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["instance.tenant", "instance.id"],
            name="fk_task_tenant_instance_id",
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_task"),
        sqlite_with_rowid=False,
    )
    index("ix_task_instance", "task", ["instance_id", "tenant"])
    index("ix_task_open", "task", ["tenant", "assignee", "created_at"], where=OPEN)
    op.create_table(
        "task_candidate",
        text("tenant"), text("task_id"), text("kind"), text("name"),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"], ["task.tenant", "task.id"],
            name="fk_task_candidate_tenant_task_id", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "task_id", "kind", "name", name="pk_task_candidate"),
        sqlite_with_rowid=False,
    )
    index("ix_task_candidate_name", "task_candidate", ["name", "kind", "tenant"])
    op.create_table(
        "job",
        text("tenant"), text("id"), text("kind"), text("definition_id"), text("element_id"), instant("due_at"),
        text("instance_id", nullable=True), integer("token", nullable=True), text("topic", nullable=True),
        integer("retries"), integer("attempt"), text("locked_by", nullable=True),
        instant("locked_until", nullable=True), integer("priority"), text("error", nullable=True),
        instant("created_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "definition_id"], ["definition.tenant", "definition.id"],
            name="fk_job_tenant_definition_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["instance.tenant", "instance.id"],
            name="fk_job_tenant_instance_id",
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_job"),
        sqlite_with_rowid=False,
    )
    index("ix_job_definition", "job", ["definition_id", "tenant"], where=STARTING)
    index("ix_job_due", "job", ["tenant", "due_at", "id"], where=LIVE)
    index("ix_job_failed", "job", ["tenant", "due_at", "id"], where=FAILED)
    index("ix_job_instance", "job", ["instance_id", "tenant"])
    op.create_table(
        "subscription",
        text("tenant"), text("id"), text("kind"), text("name"), text("definition_id"), text("element_id"),
        text("instance_id", nullable=True), integer("token", nullable=True), text("business_key", nullable=True),
        text("correlation", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "definition_id"], ["definition.tenant", "definition.id"],
            name="fk_subscription_tenant_definition_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["instance.tenant", "instance.id"],
            name="fk_subscription_tenant_instance_id",
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_subscription"),
        sqlite_with_rowid=False,
    )
    index("ix_subscription_definition", "subscription", ["definition_id", "tenant"], where=STARTING)
    index("ix_subscription_instance", "subscription", ["instance_id", "tenant"])
    index("ix_subscription_name", "subscription", ["name", "kind", "tenant", "business_key"])


def create_history() -> None:
    op.create_table(
        "event",
        text("tenant"), text("instance_id"), integer("number"), instant("at"), text("kind"), text("record"),
        text("hash"),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id"], ["instance.tenant", "instance.id"],
            name="fk_event_tenant_instance_id",
        ),
        sa.PrimaryKeyConstraint("tenant", "instance_id", "number", name="pk_event"),
    )
    op.create_table(
        "event_value",
        text("tenant"), text("instance_id"), integer("number"), text("name"), text("salt"),
        text("value", nullable=True), instant("erased_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "instance_id", "number"], ["event.tenant", "event.instance_id", "event.number"],
            name="fk_event_value_tenant_instance_id_number",
        ),
        sa.PrimaryKeyConstraint("tenant", "instance_id", "number", "name", name="pk_event_value"),
        sqlite_with_rowid=False,
    )
