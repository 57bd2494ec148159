"""The store in SQLite or PostgreSQL: works inside the session's transaction and never commits it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Executable, Select, and_, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from engine.errors import (
    ConcurrentChange,
    DefinitionNotFound,
    InstanceNotFound,
    JobNotFound,
    NotFound,
    TaskNotFound,
)
from engine.store import (
    Change,
    DefinitionRecord,
    DeploymentRecord,
    InstanceRecord,
    InstanceStatus,
    JobKind,
    JobRecord,
    MessageRecord,
    ResourceRecord,
    StepRecord,
    SubscriptionKind,
    SubscriptionRecord,
    TaskRecord,
    TaskStatus,
    ValueRecord,
    check_numbers,
    rows,
    steps,
)
from engine.store.failures import Driver, database_errors
from engine.store.tables import (
    Base,
    DefinitionRow,
    DeploymentRow,
    HistoryRow,
    InstanceRow,
    JobRow,
    MessageRow,
    ResourceRow,
    SubscriptionRow,
    TaskCandidateRow,
    TaskRow,
    begin_writing,
    of_instance,
)


class SqlStore:
    """Keeps one tenant's definitions, instances, tasks, jobs and history in the session's database.

    Everything happens in the transaction of the session (or of the connection, for those who use no ORM), which the
    caller commits. What a completed task needs (`task`, `load`, `save`) goes to the driver directly, the rest through
    SQLAlchemy Core.
    """

    def __init__(self, session: Session | Connection, tenant: str) -> None:
        self.session = session
        self.tenant = tenant

    # -- definitions

    def add_deployment(self, deployment: DeploymentRecord, definitions: Sequence[DefinitionRecord]) -> None:
        self._insert(DeploymentRow, [deployment])
        for position, file in enumerate(deployment.resources):
            self._insert(ResourceRow, [file], deployment_id=deployment.id, position=position)
        self._insert(DefinitionRow, definitions)

    def deployment(self, deployment_id: str) -> DeploymentRecord:
        found = self._rows(self._select(DeploymentRow, id=deployment_id))
        if not found:
            raise NotFound(f"there is no deployment {deployment_id}")
        files = (
            select(ResourceRow.name, ResourceRow.content, ResourceRow.checksum)
            .where(ResourceRow.tenant == self.tenant, ResourceRow.deployment_id == deployment_id)
            .order_by(ResourceRow.position)
        )
        resources = tuple(ResourceRecord(*file) for file in self._rows(files))
        deployment: dict[str, Any] = found[0]._asdict()
        return DeploymentRecord(resources=resources, **deployment)

    def definition(self, definition_id: str) -> DefinitionRecord:
        found = self._rows(self._select(DefinitionRow, id=definition_id))
        if not found:
            raise DefinitionNotFound(f"there is no process definition {definition_id}")
        return DefinitionRecord(*found[0])

    def latest_definition(self, key: str) -> DefinitionRecord:
        newest_first = self._select(DefinitionRow, key=key).order_by(DefinitionRow.version.desc())
        found = self._rows(newest_first.limit(1))
        if not found:
            raise DefinitionNotFound(f"there is no process definition with the key {key}")
        return DefinitionRecord(*found[0])

    def definitions(self, key: str | None = None) -> list[DefinitionRecord]:
        query = self._select(DefinitionRow, key=key).order_by(DefinitionRow.key, DefinitionRow.version.desc())
        return [DefinitionRecord(*row) for row in self._rows(query)]

    def replace_start_triggers(
        self, key: str, jobs: Sequence[JobRecord], subscriptions: Sequence[SubscriptionRecord]
    ) -> None:
        versions = select(DefinitionRow.id).where(DefinitionRow.tenant == self.tenant, DefinitionRow.key == key)
        for table in (JobRow, SubscriptionRow):
            old = delete(table).where(
                table.tenant == self.tenant, table.instance_id.is_(None), table.definition_id.in_(versions)
            )
            self._write(old)
        self._insert(JobRow, jobs)
        self._insert(SubscriptionRow, subscriptions)

    # -- instances

    def load(self, instance_id: str, *, lock: bool = False) -> InstanceRecord:
        with Driver(self._connection) as (driver, dialect):
            row = driver.execute(dialect.LOAD_LOCKED if lock else dialect.LOAD, (self.tenant, instance_id)).fetchone()
        if row is None:
            raise InstanceNotFound(f"there is no process instance {instance_id}")
        return rows.to_instance(row)

    def save(self, change: Change) -> None:
        check_numbers(change)
        with Driver(self._connection) as (driver, dialect):
            dialect.write(driver, self.tenant, change)

    def instances(
        self, *, key: str | None = None, business_key: str | None = None, status: InstanceStatus | None = None,
        definition_id: str | None = None, limit: int = 100, after: str | None = None,
    ) -> list[InstanceRecord]:
        query = self._select(
            InstanceRow, definition_key=key, business_key=business_key, status=status, definition_id=definition_id
        )
        if after is not None:
            query = query.where(InstanceRow.id > after)
        return [InstanceRecord(*row) for row in self._rows(query.order_by(InstanceRow.id).limit(limit))]

    # -- tasks

    def task(self, task_id: str) -> TaskRecord:
        with Driver(self._connection) as (driver, dialect):
            row = driver.execute(dialect.TASK, (self.tenant, task_id)).fetchone()
        if row is None:
            raise TaskNotFound(f"there is no task {task_id}")
        return rows.to_task(row)

    def tasks(
        self, *, instance_id: str | None = None, status: TaskStatus | None = "open", assignee: str | None = None,
        groups: Collection[str] | None = None, limit: int = 1000,
    ) -> list[TaskRecord]:
        query = self._select(TaskRow, assignee=assignee)
        if instance_id is not None:
            query = query.where(of_instance(instance_id))
        if status == "open":
            query = query.where(TaskRow.status == text("'open'"))  # spelled out, so that the partial indexes serve
        elif status is not None:
            query = query.where(TaskRow.status == status)
        if groups is not None:
            offered = select(TaskCandidateRow.task_id).where(
                TaskCandidateRow.tenant == self.tenant, TaskCandidateRow.kind == "group",
                TaskCandidateRow.name.in_(groups),
            )
            query = query.where(TaskRow.assignee.is_(None), TaskRow.id.in_(offered))
        query = query.order_by(TaskRow.created_at, TaskRow.id).limit(limit)
        return [rows.to_task(tuple(row)) for row in self._rows(query)]

    # -- jobs

    def job(self, job_id: str) -> JobRecord:
        found = self._rows(self._select(JobRow, id=job_id))
        if not found:
            raise JobNotFound(f"there is no job {job_id}")
        return JobRecord(*found[0])

    def due_jobs(self, at: datetime, *, kinds: Collection[JobKind], limit: int = 10) -> list[JobRecord]:
        query = self._due(at, kinds).order_by(JobRow.due_at, JobRow.id).limit(limit)
        # On PostgreSQL the instance is held with its job, and neither is waited for: who completes a task locks the
        # instance first and its jobs later, and would block forever a worker who does it the other way round.
        instance = and_(InstanceRow.tenant == JobRow.tenant, InstanceRow.id == JobRow.instance_id)
        bound = query.join(InstanceRow, instance).with_for_update(of=InstanceRow, key_share=True, skip_locked=True)
        starting = query.where(JobRow.instance_id.is_(None)).with_for_update(skip_locked=True)
        found = self._held(bound.suffix_with("FOR UPDATE OF job SKIP LOCKED", dialect="postgresql"))
        return sorted(found + self._held(starting), key=lambda job: (job.due_at, job.id))[:limit]

    def next_due(self, *, kinds: Collection[JobKind]) -> datetime | None:
        query = select(func.min(JobRow.due_at)).where(
            JobRow.tenant == self.tenant, JobRow.kind.in_(kinds), JobRow.retries > text("0"),
            JobRow.locked_until.is_(None),
        )
        soonest: datetime | None = self._rows(query)[0][0]
        return soonest

    def lock_jobs(
        self, topics: Collection[str], worker: str, *, at: datetime, until: datetime, limit: int = 1
    ) -> list[JobRecord]:
        query = self._due(at, ["service"]).where(JobRow.topic.in_(topics))
        query = query.order_by(JobRow.priority.desc(), JobRow.due_at, JobRow.id).limit(limit)
        query = query.with_for_update(skip_locked=True)
        leased = [replace(job, locked_by=worker, locked_until=until) for job in self._held(query)]
        for job in leased:
            self.change_job(job)
        return leased

    def _due(self, at: datetime, kinds: Collection[JobKind]) -> Select[Any]:
        return self._select(JobRow).where(
            JobRow.kind.in_(kinds), JobRow.due_at <= at, JobRow.retries > text("0"),
            or_(JobRow.locked_until.is_(None), JobRow.locked_until <= at),
        )

    def _held(self, query: Select[Any]) -> list[JobRecord]:
        """Return the jobs of a locking query; on SQLite take the write lock, but only when there are any."""
        found = self._rows(query)
        if found and begin_writing(self._connection()):
            found = self._rows(query)
        return [JobRecord(*row) for row in found]

    def change_job(self, job: JobRecord) -> None:
        values = _values(job)
        del values["id"]
        if self._write(update(JobRow).where(*self._is(JobRow, job.id)).values(values)) == 0:
            raise JobNotFound(f"there is no job {job.id}")

    def remove_job(self, job_id: str) -> None:
        if self._write(delete(JobRow).where(*self._is(JobRow, job_id))) == 0:
            raise JobNotFound(f"there is no job {job_id}")

    def jobs(self, *, instance_id: str | None = None, failed: bool | None = None, limit: int = 100) -> list[JobRecord]:
        query = self._select(JobRow, instance_id=instance_id)
        if failed is not None:
            query = query.where(JobRow.retries <= text("0") if failed else JobRow.retries > text("0"))
        return [JobRecord(*row) for row in self._rows(query.order_by(JobRow.due_at, JobRow.id).limit(limit))]

    # -- subscriptions

    def subscriptions(
        self, kind: SubscriptionKind, name: str, *, instance_id: str | None = None, business_key: str | None = None,
        correlation: str | None = None,
    ) -> list[SubscriptionRecord]:
        query = self._select(SubscriptionRow, kind=kind, name=name, instance_id=instance_id)
        if business_key is not None:
            starts = SubscriptionRow.instance_id.is_(None)
            query = query.where(or_(SubscriptionRow.business_key == business_key, starts))
        if correlation is not None:
            key = SubscriptionRow.correlation
            query = query.where(or_(key.is_(None), key == correlation))
        return [SubscriptionRecord(*row) for row in self._rows(query.order_by(SubscriptionRow.id))]

    # -- messages that nobody waits for yet

    def hold_message(self, name: str) -> None:
        with database_errors():
            connection = self._connection()
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                key = f"{self.tenant}\0{name}"
                number = int.from_bytes(sha256(key.encode()).digest()[:8], signed=True)
                connection.execute(select(func.pg_advisory_xact_lock(number)))
            else:
                begin_writing(connection)

    def add_message(self, message: MessageRecord) -> None:
        self._insert(MessageRow, [message])

    def messages(self, name: str, *, at: datetime) -> list[MessageRecord]:
        kept = [MessageRecord(*row) for row in self._rows(self._select(MessageRow, name=name).order_by(MessageRow.id))]
        for message in kept:
            if message.expires_at <= at:
                self.remove_message(message.id)
        return [message for message in kept if message.expires_at > at]

    def remove_message(self, message_id: str) -> None:
        if self._write(delete(MessageRow).where(*self._is(MessageRow, message_id))) == 0:
            raise ConcurrentChange(f"the message {message_id} is gone")

    # -- history

    def steps(self, instance_id: str, *, after: int = 0) -> list[StepRecord]:
        kept = HistoryRow
        columns = select(kept.instance_id, kept.first_event, kept.last_event, kept.record, kept.hash)
        return [StepRecord(*row) for row in self._rows(self._history(columns, instance_id, after))]

    def values(self, instance_id: str, *, after: int = 0) -> list[ValueRecord]:
        query = self._history(select(HistoryRow.erasable), instance_id, after).where(HistoryRow.erasable.is_not(None))
        found = (value for row in self._rows(query) for value in steps.to_values(instance_id, *row))
        return [value for value in found if value.number > after]

    def histories(self, instance_ids: Collection[str]) -> list[tuple[StepRecord, list[ValueRecord]]]:
        kept = HistoryRow
        columns = select(kept.instance_id, kept.first_event, kept.last_event, kept.record, kept.hash, kept.erasable)
        mine = columns.where(kept.tenant == self.tenant, kept.instance_id.in_(sorted(set(instance_ids))))
        return [
            (StepRecord(*step), [] if erasable is None else steps.to_values(step[0], erasable))
            for *step, erasable in self._rows(mine.order_by(kept.instance_id, kept.first_event))
        ]

    def erase_values(self, instance_id: str, names: Collection[str], *, at: datetime) -> int:
        kept, count = HistoryRow, 0
        with database_errors():
            begin_writing(self._connection())
        query = self._history(select(kept.last_event, kept.erasable), instance_id, 0).where(kept.erasable.is_not(None))
        for last, erasable in self._rows(query.with_for_update()):
            left, erased = steps.without(erasable, names, at)
            if erased:
                row = (kept.tenant == self.tenant, kept.instance_id == instance_id, kept.last_event == last)
                self._write(update(kept).where(*row).values(erasable=left))
                count += erased
        return count

    def _history(self, query: Select[*tuple[Any, ...]], instance_id: str, after: int) -> Select[*tuple[Any, ...]]:
        """Ask for the steps of an instance that have events numbered above `after`."""
        kept = HistoryRow
        return query.where(
            kept.tenant == self.tenant, kept.instance_id == instance_id, kept.last_event > after
        ).order_by(kept.last_event)

    # -- what all of the above do

    def _connection(self) -> Connection:
        """Return the connection, in a transaction that SQLAlchemy knows of."""
        session = self.session
        if not isinstance(session, Connection):
            return session.connection()
        if not session.in_transaction():
            session.begin()
        return session

    def _select(self, table: type[Base], **equal: object) -> Select[Any]:
        """Select this tenant's rows, columns in the order of the record's fields; None asks for nothing."""
        columns = table.__table__.columns
        wanted = [columns[name] == value for name, value in equal.items() if value is not None]
        return select(*columns.values()[1:]).where(columns["tenant"] == self.tenant, *wanted)

    def _rows(self, query: Executable) -> Sequence[Any]:
        with database_errors():
            return self._connection().execute(query).all()

    def _insert(self, table: type[Base], records: Sequence[Any], **more: object) -> None:
        if records:
            values = [{"tenant": self.tenant, **_values(record), **more} for record in records]
            with database_errors():
                self._connection().execute(insert(table), values)

    def _write(self, statement: UpdateBase) -> int:
        with database_errors():
            return self._connection().execute(statement).rowcount

    def _is(self, table: type[Base], row_id: str) -> tuple[Any, Any]:
        columns = table.__table__.columns
        return columns["tenant"] == self.tenant, columns["id"] == row_id


def _values(record: Any) -> dict[str, Any]:
    """Return a record's fields by name; a deployment's files are rows of their own."""
    return {one.name: getattr(record, one.name) for one in fields(record) if one.name != "resources"}


__all__ = ["SqlStore"]
