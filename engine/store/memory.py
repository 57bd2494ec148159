"""The store's twin in memory: for tests, for embedding and for trying a diagram out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Any, TypeVar

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
    StepRecord,
    SubscriptionKind,
    SubscriptionRecord,
    TaskRecord,
    TaskStatus,
    ValueRecord,
    check_numbers,
)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class _Tables:
    """What one tenant keeps."""

    deployments: dict[str, DeploymentRecord] = field(default_factory=dict)
    definitions: dict[str, DefinitionRecord] = field(default_factory=dict)
    instances: dict[str, InstanceRecord] = field(default_factory=dict)
    open_tasks: dict[str, TaskRecord] = field(default_factory=dict)
    ended_tasks: dict[str, TaskRecord] = field(default_factory=dict)
    jobs: dict[str, JobRecord] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionRecord] = field(default_factory=dict)
    steps: dict[tuple[str, int], StepRecord] = field(default_factory=dict)  # by instance and first event
    messages: dict[str, MessageRecord] = field(default_factory=dict)
    values: dict[tuple[str, int], tuple[ValueRecord, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Memory:
    """What all tenants share: one lock, and how to undo what the running transaction did."""

    lock: RLock = field(default_factory=RLock)
    tenants: defaultdict[str, _Tables] = field(default_factory=lambda: defaultdict(_Tables))
    undo: list[Callable[[], object]] = field(default_factory=list)
    depth: int = 0


class MemoryStore:
    """Keeps one tenant's definitions, instances, tasks, jobs and history in memory.

    Each call stands alone unless it is made inside `transaction()`, which keeps all of it or nothing.
    """

    def __init__(self, tenant: str = "township", *, memory: _Memory | None = None) -> None:
        self.tenant = tenant
        self._memory = memory or _Memory()
        self._kept = self._memory.tenants[tenant]

    def of_tenant(self, tenant: str) -> MemoryStore:
        """Return a store of another tenant in the same memory."""
        return MemoryStore(tenant, memory=self._memory)

    @contextmanager
    def transaction(self) -> Iterator[MemoryStore]:
        """Keep what is done inside, or nothing of it when it raises; other threads wait until it ends."""
        memory = self._memory
        with memory.lock:
            begun = len(memory.undo)
            memory.depth += 1
            try:
                yield self
            except BaseException:
                while len(memory.undo) > begun:
                    memory.undo.pop()()
                raise
            finally:
                memory.depth -= 1
                if memory.depth == 0:
                    memory.undo.clear()

    def _put(self, table: dict[K, V], key: K, row: V) -> None:
        if key in table:
            self._memory.undo.append(lambda old=table[key]: table.__setitem__(key, old))  # type: ignore[misc]
        else:
            self._memory.undo.append(lambda: table.pop(key))
        table[key] = row

    def _insert(self, table: dict[K, V], key: K, row: V) -> None:
        if key in table:
            raise ConcurrentChange(f"{type(row).__name__} {key} is there already")
        self._put(table, key, row)

    def _drop(self, table: dict[K, V], key: K) -> None:
        if key not in table:
            raise ConcurrentChange(f"{key} is gone")
        row = table.pop(key)
        self._memory.undo.append(lambda: table.__setitem__(key, row))

    # -- definitions

    def add_deployment(self, deployment: DeploymentRecord, definitions: Sequence[DefinitionRecord]) -> None:
        with self.transaction():
            self._insert(self._kept.deployments, deployment.id, deployment)
            taken = {(one.key, one.version) for one in self._kept.definitions.values()}
            for definition in definitions:
                if (definition.key, definition.version) in taken:
                    raise ConcurrentChange(f"version {definition.version} of process {definition.key} is taken")
                self._insert(self._kept.definitions, definition.id, definition)

    def deployment(self, deployment_id: str) -> DeploymentRecord:
        return _found(self._kept.deployments, deployment_id, NotFound, "deployment")

    def definition(self, definition_id: str) -> DefinitionRecord:
        return _found(self._kept.definitions, definition_id, DefinitionNotFound, "process definition")

    def latest_definition(self, key: str) -> DefinitionRecord:
        versions = self.definitions(key)
        if not versions:
            raise DefinitionNotFound(f"there is no process definition with the key {key}")
        return versions[0]

    def definitions(self, key: str | None = None) -> list[DefinitionRecord]:
        chosen = self._chosen(self._kept.definitions, lambda one: key is None or one.key == key)
        return sorted(chosen, key=lambda one: (one.key, -one.version))

    def replace_start_triggers(
        self, key: str, jobs: Sequence[JobRecord], subscriptions: Sequence[SubscriptionRecord]
    ) -> None:
        with self.transaction():
            versions = {one.id for one in self.definitions(key)}
            for job in self._chosen(self._kept.jobs, lambda one: one.instance_id is None):
                if job.definition_id in versions:
                    self._drop(self._kept.jobs, job.id)
            for waiting in self._chosen(self._kept.subscriptions, lambda one: one.instance_id is None):
                if waiting.definition_id in versions:
                    self._drop(self._kept.subscriptions, waiting.id)
            self._write_waiting(jobs, subscriptions)

    def _write_waiting(self, jobs: Sequence[JobRecord], subscriptions: Sequence[SubscriptionRecord]) -> None:
        for job in jobs:
            self._insert(self._kept.jobs, job.id, job)
        for subscription in subscriptions:
            self._insert(self._kept.subscriptions, subscription.id, subscription)

    # -- instances

    def load(self, instance_id: str, *, lock: bool = False) -> InstanceRecord:
        return _found(self._kept.instances, instance_id, InstanceNotFound, "process instance")

    def save(self, change: Change) -> None:
        check_numbers(change)
        kept, instance = self._kept, change.instance
        with self.transaction():
            stored = kept.instances.get(instance.id)
            if change.is_new:
                self._insert(kept.instances, instance.id, instance)
            elif (
                stored is None
                or stored.revision != instance.revision - 1
                or stored.last_event != change.last_event_before
            ):
                raise ConcurrentChange(f"process instance {instance.id} has left revision {instance.revision - 1}")
            else:
                self._put(kept.instances, instance.id, instance)
            for job_id in change.jobs_removed:
                self._drop(kept.jobs, job_id)
            for subscription_id in change.subscriptions_removed:
                self._drop(kept.subscriptions, subscription_id)
            for task in change.tasks_changed:
                self._change_task(task)
            for job in change.jobs_changed:
                self._drop(kept.jobs, job.id)
                self._put(kept.jobs, job.id, job)
            for task in change.tasks_opened:
                self._insert(kept.open_tasks, task.id, task)
            self._write_waiting(change.jobs_added, change.subscriptions_added)
            if change.step is not None:
                key = (instance.id, change.step.first)
                self._insert(kept.steps, key, change.step)
                self._insert(kept.values, key, tuple(sorted(change.values, key=lambda one: (one.number, one.name))))

    def _change_task(self, task: TaskRecord) -> None:
        table = self._kept.open_tasks if task.id in self._kept.open_tasks else self._kept.ended_tasks
        self._drop(table, task.id)
        self._insert(self._kept.open_tasks if task.status == "open" else self._kept.ended_tasks, task.id, task)

    def instances(
        self, *, key: str | None = None, business_key: str | None = None, status: InstanceStatus | None = None,
        definition_id: str | None = None, limit: int = 100, after: str | None = None,
    ) -> list[InstanceRecord]:
        chosen = self._chosen(
            self._kept.instances,
            lambda one: (
                key in (None, one.definition_key)
                and business_key in (None, one.business_key)
                and status in (None, one.status)
                and definition_id in (None, one.definition_id)
                and (after is None or one.id > after)
            ),
        )
        return sorted(chosen, key=lambda one: one.id)[:limit]

    # -- tasks

    def task(self, task_id: str) -> TaskRecord:
        tasks = self._kept.open_tasks if task_id in self._kept.open_tasks else self._kept.ended_tasks
        return _found(tasks, task_id, TaskNotFound, "task")

    def tasks(
        self, *, instance_id: str | None = None, status: TaskStatus | None = "open", assignee: str | None = None,
        groups: Collection[str] | None = None, limit: int = 1000,
    ) -> list[TaskRecord]:
        def fits(task: TaskRecord) -> bool:
            return (
                instance_id in (None, task.instance_id)
                and status in (None, task.status)
                and assignee in (None, task.assignee)
                and (groups is None or (task.assignee is None and not set(groups).isdisjoint(task.candidate_groups)))
            )

        chosen = self._chosen(self._kept.open_tasks, fits) if status in (None, "open") else []
        if status != "open":
            chosen += self._chosen(self._kept.ended_tasks, fits)
        return sorted(chosen, key=lambda one: (one.created_at, one.id))[:limit]

    # -- jobs

    def job(self, job_id: str) -> JobRecord:
        return _found(self._kept.jobs, job_id, JobNotFound, "job")

    def due_jobs(self, at: datetime, *, kinds: Collection[JobKind], limit: int = 10) -> list[JobRecord]:
        return [job for job in self._waiting(kinds, at) if job.due_at <= at][:limit]

    def next_due(self, *, kinds: Collection[JobKind]) -> datetime | None:
        return next((job.due_at for job in self._waiting(kinds, None)), None)

    def _waiting(self, kinds: Collection[JobKind], at: datetime | None) -> list[JobRecord]:
        def waits(job: JobRecord) -> bool:
            leased = job.locked_until is not None and (at is None or job.locked_until > at)
            return job.kind in kinds and job.retries > 0 and not leased

        return sorted(self._chosen(self._kept.jobs, waits), key=lambda one: (one.due_at, one.id))

    def lock_jobs(
        self, topics: Collection[str], worker: str, *, at: datetime, until: datetime, limit: int = 1
    ) -> list[JobRecord]:
        with self.transaction():
            free = [job for job in self.due_jobs(at, kinds=["service"], limit=2**31) if job.topic in topics]
            free.sort(key=lambda one: (-one.priority, one.due_at, one.id))
            leased = [replace(job, locked_by=worker, locked_until=until) for job in free[:limit]]
            for job in leased:
                self._put(self._kept.jobs, job.id, job)
            return leased

    def change_job(self, job: JobRecord) -> None:
        with self.transaction():
            self.job(job.id)
            self._put(self._kept.jobs, job.id, job)

    def remove_job(self, job_id: str) -> None:
        with self.transaction():
            self.job(job_id)
            self._drop(self._kept.jobs, job_id)

    def jobs(self, *, instance_id: str | None = None, failed: bool | None = None, limit: int = 100) -> list[JobRecord]:
        chosen = self._chosen(
            self._kept.jobs,
            lambda one: instance_id in (None, one.instance_id) and failed in (None, one.retries <= 0),
        )
        return sorted(chosen, key=lambda one: (one.due_at, one.id))[:limit]

    # -- subscriptions

    def subscriptions(
        self, kind: SubscriptionKind, name: str, *, instance_id: str | None = None, business_key: str | None = None,
        correlation: str | None = None,
    ) -> list[SubscriptionRecord]:
        chosen = self._chosen(
            self._kept.subscriptions,
            lambda one: (
                (one.kind, one.name) == (kind, name)
                and instance_id in (None, one.instance_id)
                and (business_key in (None, one.business_key) or one.instance_id is None)
                and (correlation is None or one.correlation in (None, correlation))
            ),
        )
        return sorted(chosen, key=lambda one: one.id)

    # -- messages that nobody waits for yet

    def hold_message(self, name: str) -> None:
        """One transaction at a time works on a memory store."""

    def add_message(self, message: MessageRecord) -> None:
        with self.transaction():
            self._insert(self._kept.messages, message.id, message)

    def messages(self, name: str, *, at: datetime) -> list[MessageRecord]:
        kept = sorted(self._chosen(self._kept.messages, lambda one: one.name == name), key=lambda one: one.id)
        for message in kept:
            if message.expires_at <= at:
                self.remove_message(message.id)
        return [message for message in kept if message.expires_at > at]

    def remove_message(self, message_id: str) -> None:
        with self.transaction():
            self._drop(self._kept.messages, message_id)

    # -- history

    def steps(self, instance_id: str, *, after: int = 0) -> list[StepRecord]:
        found: list[StepRecord] = []
        first = 1
        while step := self._kept.steps.get((instance_id, first)):
            if step.last > after:
                found.append(step)
            first = step.last + 1
        return found

    def values(self, instance_id: str, *, after: int = 0) -> list[ValueRecord]:
        found = self.steps(instance_id, after=after)
        return [value for step in found for value in self._values_of(step) if value.number > after]

    def _values_of(self, step: StepRecord) -> list[ValueRecord]:
        return list(self._kept.values[step.instance_id, step.first])

    def histories(self, instance_ids: Collection[str]) -> list[tuple[StepRecord, list[ValueRecord]]]:
        found = (step for instance_id in sorted(set(instance_ids)) for step in self.steps(instance_id))
        return [(step, self._values_of(step)) for step in found]

    def erase_values(self, instance_id: str, names: Collection[str], *, at: datetime) -> int:
        def erased(value: ValueRecord) -> ValueRecord:
            stays = value.name not in names or value.erased_at is not None
            return value if stays else value._replace(salt="", value=None, erased_at=at)

        count = 0
        with self.transaction():
            for step in self.steps(instance_id):
                key = (instance_id, step.first)
                old = self._kept.values[key]
                new = tuple(erased(value) for value in old)
                if new != old:
                    count += sum(one is not other for one, other in zip(new, old, strict=True))
                    self._put(self._kept.values, key, new)
        return count

    def _chosen(self, table: Mapping[Any, V], fits: Callable[[V], bool]) -> list[V]:
        with self._memory.lock:
            return [row for row in table.values() if fits(row)]


def _found(table: Mapping[str, V], key: str, missing: type[NotFound], noun: str) -> V:
    if key not in table:
        raise missing(f"there is no {noun} {key}")
    return table[key]


__all__ = ["MemoryStore"]
