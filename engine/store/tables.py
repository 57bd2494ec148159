"""The engine's tables, and the declarative Base that the app's tables share."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.clock import instant_text, utc
from engine.store import sqlite as step
from engine.store.rows import from_row
from engine.store.triggers import POSTGRESQL, SQLITE

# Both databases then compare and sort texts by code point; people's order (pinyin) is a matter of the pages.
String = Text().with_variant(Text(collation="C"), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC.

    PostgreSQL keeps a timestamptz. SQLite keeps ISO text that always has six decimals and ends in +00:00, which sorts
    and compares as the instants do and can be read by people.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return utc(value) if dialect.name == "postgresql" else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_row(value)


class Base(DeclarativeBase):
    """What the tables of the engine and of the app have in common."""

    # The map is the registry's, because Flask-SQLAlchemy derives from this class and a map of its own would clash.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "pk": "pk_%(table_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
            }
        ),
        type_annotation_map={str: String, datetime: Instant, bytes: LargeBinary},
    )


# An index begins with what tells rows apart, not with the tenant: a database without statistics yet, and every one
# that serves a single tenant, could otherwise take it for a row's key and walk through all of the tenant's rows.


def _to(table: str, *columns: str, **options: Any) -> ForeignKeyConstraint:
    """Refer to another table's row of the same tenant."""
    return ForeignKeyConstraint(["tenant", *columns], [f"{table}.tenant", f"{table}.id"], **options)


class DeploymentRow(Base):
    """One act of deploying files together."""

    __tablename__ = "deployment"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]


class ResourceRow(Base):
    """A file of a deployment."""

    __tablename__ = "resource"
    __table_args__ = (_to("deployment", "deployment_id"),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    deployment_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    content: Mapped[bytes]
    checksum: Mapped[str]


class DefinitionRow(Base):
    """One version of a process."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("tenant", "key", "version"), _to("deployment", "deployment_id"))

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    version_tag: Mapped[str | None]
    deployment_id: Mapped[str]
    resource_name: Mapped[str]
    checksum: Mapped[str]
    at: Mapped[datetime]


class InstanceRow(Base):
    """A process instance at rest. The room left in each page lets PostgreSQL save without touching an index."""

    __tablename__ = "instance"
    __table_args__ = (
        _to("definition", "definition_id"),
        Index("ix_instance_definition_key", "definition_key", "tenant", "id"),
        Index("ix_instance_definition_id", "definition_id", "tenant", "id"),
        Index("ix_instance_business_key", "business_key", "tenant"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    definition_id: Mapped[str]
    definition_key: Mapped[str]
    business_key: Mapped[str | None]
    status: Mapped[str]
    revision: Mapped[int]
    state: Mapped[str]
    last_event: Mapped[int]
    head: Mapped[str]
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    parent_id: Mapped[str | None]


_CLAIMED = "status = 'open' AND assignee IS NOT NULL"


class TaskRow(Base):
    """A user task, open or ended. `candidates` is JSON: [["user" | "group" | "excluded", name], …]."""

    __tablename__ = "task"
    __table_args__ = (
        _to("instance", "instance_id"),
        # Tasks that nobody has claimed are found by their candidates; most are completed straight away.
        Index("ix_task_open", "tenant", "assignee", "created_at", sqlite_where=text(_CLAIMED),
              postgresql_where=text(_CLAIMED)),
        {"sqlite_with_rowid": False},
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str]
    definition_id: Mapped[str]
    definition_key: Mapped[str]
    business_key: Mapped[str | None]
    element_id: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    assignee: Mapped[str | None]
    candidates: Mapped[str]
    form_key: Mapped[str | None]
    due_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    priority: Mapped[int]
    claimed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    on_behalf_of: Mapped[str | None]


def of_instance(instance_id: Any) -> ColumnElement[bool]:
    """Ask for the tasks of an instance by their key, for a task's id begins with its instance's."""
    return and_(TaskRow.id > instance_id + ":", TaskRow.id < instance_id + ";", TaskRow.instance_id == instance_id)


class TaskCandidateRow(Base):
    """The search index over the candidates of open tasks; triggers of `task` keep it."""

    __tablename__ = "task_candidate"
    __table_args__ = (
        _to("task", "task_id", ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    # In the order of the key, which is that of the search.
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(primary_key=True)


class JobRow(Base):
    """Work that waits for an instant or a worker."""

    __tablename__ = "job"
    __table_args__ = (
        _to("definition", "definition_id"),
        _to("instance", "instance_id"),
        Index("ix_job_instance", "instance_id", "tenant"),
        Index("ix_job_definition", "definition_id", "tenant", sqlite_where=text("instance_id IS NULL"),
              postgresql_where=text("instance_id IS NULL")),
        Index("ix_job_due", "tenant", "due_at", "id", sqlite_where=text("retries > 0"),
              postgresql_where=text("retries > 0")),
        Index("ix_job_failed", "tenant", "due_at", "id", sqlite_where=text("retries <= 0"),
              postgresql_where=text("retries <= 0")),
        {"sqlite_with_rowid": False},
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    definition_id: Mapped[str]
    element_id: Mapped[str]
    due_at: Mapped[datetime]
    instance_id: Mapped[str | None]
    token: Mapped[int | None]
    topic: Mapped[str | None]
    retries: Mapped[int]
    attempt: Mapped[int]
    locked_by: Mapped[str | None]
    locked_until: Mapped[datetime | None]
    priority: Mapped[int]
    error: Mapped[str | None]
    created_at: Mapped[datetime | None]


class SubscriptionRow(Base):
    """A message or signal that an instance waits for, or that starts one."""

    __tablename__ = "subscription"
    __table_args__ = (
        _to("definition", "definition_id"),
        _to("instance", "instance_id"),
        Index("ix_subscription_instance", "instance_id", "tenant"),
        Index("ix_subscription_definition", "definition_id", "tenant", sqlite_where=text("instance_id IS NULL"),
              postgresql_where=text("instance_id IS NULL")),
        Index("ix_subscription_name", "name", "kind", "tenant", "business_key"),
        {"sqlite_with_rowid": False},
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    definition_id: Mapped[str]
    element_id: Mapped[str]
    instance_id: Mapped[str | None]
    token: Mapped[int | None]
    business_key: Mapped[str | None]
    correlation: Mapped[str | None]


class MessageRow(Base):
    """A message that nobody waited for yet."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_name", "name", "tenant"), {"sqlite_with_rowid": False})

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    business_key: Mapped[str | None]
    correlation: Mapped[str | None]
    variables: Mapped[str]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_by: Mapped[str | None]


class HistoryRow(Base):
    """The events of one step. `hash` is the instance's head after it.

    `erasable` holds the values that the events speak of by their hashes, as `engine.store.steps` reads them; a trigger
    refuses every change but erasing one of them.
    """

    __tablename__ = "history"
    __table_args__ = (_to("instance", "instance_id"),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(primary_key=True)
    first_event: Mapped[int]
    last_event: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    record: Mapped[str]
    erasable: Mapped[str | None]


ENGINE_ROWS: tuple[type[Base], ...] = (
    DeploymentRow, ResourceRow, DefinitionRow, InstanceRow, TaskRow, TaskCandidateRow, JobRow, SubscriptionRow,
    MessageRow, HistoryRow,
)


@event.listens_for(Base.metadata, "after_create")
def _create_triggers(_metadata: MetaData, connection: Connection, *, tables: list[Table], **_options: object) -> None:
    if HistoryRow.__table__ in tables:
        for statement in POSTGRESQL if connection.dialect.name == "postgresql" else SQLITE:
            connection.exec_driver_sql(statement)


def create_tables(engine: Engine) -> None:
    """Make the engine's tables and triggers where there are none; for those who embed the engine without migrations."""
    with engine.begin() as connection:
        begin_writing(connection)
        Base.metadata.create_all(connection, [cast(Table, row.__table__) for row in ENGINE_ROWS])


def configure_sqlite(engine: Engine, synchronous: str = "NORMAL") -> None:
    """Let every connection of an SQLite engine read without a lock and write in one short transaction.

    The driver opens a transaction at the first INSERT, UPDATE or DELETE and not before: reads never block, and a
    writer waits up to five seconds for the other one. `synchronous` is NORMAL (after a power cut the last commits may
    be missing, never half of one) or FULL.
    """
    if synchronous not in ("NORMAL", "FULL", "EXTRA"):
        raise ValueError(f"SQLite knows no synchronous = {synchronous} that is safe")

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {int(step.BUSY_TIMEOUT * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        # Lists of a large township read rows from all over the file; the default cache of 2 MB holds few of them.
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA mmap_size = 1073741824")
        # BEGIN IMMEDIATE takes the write lock at once: a transaction that began by reading could no longer wait for it.
        connection.isolation_level = "IMMEDIATE"

    @event.listens_for(engine, "savepoint")
    def savepoint(connection: Connection, _name: str) -> None:
        # A savepoint outside of a transaction would be one by itself, and its release would commit.
        begin_writing(connection)


def begin_writing(connection: Connection) -> bool:
    """Take SQLite's write lock for the rest of the transaction, unless it is held or the database has none.

    Return whether this call took it: what was read before may then be outdated.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or driver.in_transaction:
        return False
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    return True


__all__ = [
    "ENGINE_ROWS", "Base", "DefinitionRow", "DeploymentRow", "HistoryRow", "InstanceRow", "Instant", "JobRow",
    "ResourceRow", "SubscriptionRow", "TaskCandidateRow", "TaskRow", "begin_writing", "configure_sqlite",
    "create_tables", "of_instance",
]
