"""The port between the engine and what keeps it: records, one change a step, and the Store protocol.

A store is bound to one tenant (a township); no call reaches another tenant's rows. Instants are aware and in UTC.
Stores flush, they never commit: the caller's transaction does. What every step makes anew is a named tuple: a frozen
dataclass takes several times as long to make.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

InstanceStatus = Literal["active", "suspended", "completed", "terminated", "cancelled"]
TaskStatus = Literal["open", "completed", "cancelled"]
JobKind = Literal["timer", "start_timer", "service", "async"]
SubscriptionKind = Literal["message", "signal"]


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """A file of a deployment: a diagram, a form or a decision table, byte for byte."""

    name: str
    content: bytes
    checksum: str  # SHA-256, hex


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """One act of deploying files together."""

    id: str
    name: str
    source: str
    at: datetime
    by: str
    resources: tuple[ResourceRecord, ...]


@dataclass(frozen=True, slots=True)
class DefinitionRecord:
    """One version of a process: `id` is `key:version:suffix`."""

    id: str
    key: str
    name: str
    version: int
    version_tag: str | None
    deployment_id: str
    resource_name: str
    checksum: str  # of the diagram's file, and the first link of every instance's history
    at: datetime


class InstanceRecord(NamedTuple):
    """A process instance at rest: its live state is one JSON text."""

    id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    status: InstanceStatus
    revision: int  # 1 when inserted, one more at each save
    state: str  # engine.instance's snapshot, JSON
    last_event: int  # number of the newest event
    head: str  # hash of the newest event
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    parent_id: str | None = None  # the instance whose call activity started this one


class TaskRecord(NamedTuple):
    """A user task: its id is `<instance id>:<token number>`."""

    id: str
    instance_id: str
    definition_id: str
    definition_key: str
    business_key: str | None
    element_id: str
    name: str
    status: TaskStatus
    created_at: datetime
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    excluded_users: tuple[str, ...] = ()  # separation of duties: they may neither see, claim nor complete it
    form_key: str | None = None
    due_at: datetime | None = None
    follow_up_at: datetime | None = None
    priority: int = 50
    claimed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Work that waits for an instant or a worker.

    `id` is `<instance id>:<token number>:<n>`, or `start:<definition>:<element>`.
    """

    id: str
    kind: JobKind
    definition_id: str
    element_id: str
    due_at: datetime
    instance_id: str | None = None
    token: int | None = None
    topic: str | None = None  # of a service task
    retries: int = 3  # attempts left; at 0 the job is an incident and rests until somebody retries it
    attempt: int = 0
    locked_by: str | None = None
    locked_until: datetime | None = None
    priority: int = 50
    error: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionRecord:
    """A message or signal that an instance waits for, or that starts one (then `instance_id` is None)."""

    id: str
    kind: SubscriptionKind
    name: str
    definition_id: str
    element_id: str
    instance_id: str | None = None
    token: int | None = None
    business_key: str | None = None
    correlation: str | None = None  # canonical JSON of the correlation key's value, or None


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message that nobody waited for yet: it is kept until `expires_at`."""

    id: str  # grows with time
    name: str
    business_key: str | None
    correlation: str | None  # canonical JSON of its correlation key's value, or None
    variables: str  # canonical JSON
    at: datetime
    expires_at: datetime
    sent_by: str | None = None


class StepRecord(NamedTuple):
    """One link of an instance's history: the events of one step, numbered without gaps through all steps from 1 on.

    `record` is the canonical JSON whose SHA-256 is `hash`.
    """

    instance_id: str
    first: int  # number of its first event
    last: int
    record: str
    hash: str


class ValueRecord(NamedTuple):
    """A value that an event speaks of only by its salted hash; erasing it leaves the chain whole."""

    instance_id: str
    number: int  # of the event
    name: str
    salt: str  # empty once erased: with it a short value, such as a telephone number, could be guessed from its hash
    value: str | None  # JSON; None once erased
    erased_at: datetime | None = None


@dataclass(slots=True)
class Change:
    """Everything that one step changes; a store writes it whole or not at all."""

    instance: InstanceRecord
    is_new: bool = False
    step: StepRecord | None = None  # None when nothing was noted
    values: list[ValueRecord] = field(default_factory=list)
    tasks_opened: list[TaskRecord] = field(default_factory=list)
    tasks_changed: list[TaskRecord] = field(default_factory=list)  # claimed, completed, cancelled
    jobs_added: list[JobRecord] = field(default_factory=list)
    jobs_changed: list[JobRecord] = field(default_factory=list)
    jobs_removed: list[str] = field(default_factory=list)
    subscriptions_added: list[SubscriptionRecord] = field(default_factory=list)
    subscriptions_removed: list[str] = field(default_factory=list)

    @property
    def last_event_before(self) -> int:
        """The number of the instance's newest event before this step."""
        return self.instance.last_event if self.step is None else self.step.first - 1


def check_numbers(change: Change) -> None:
    """Refuse a change whose events are not numbered without gaps up to the instance's last event.

    Its values are those of its own events, each name once an event.
    """
    instance, step = change.instance, change.step
    first, last = (step.first, step.last) if step is not None else (instance.last_event + 1, instance.last_event)
    if last != instance.last_event or (step is not None and first > last):
        raise ValueError(f"the events of process instance {instance.id} are not numbered without gaps")
    if change.is_new and first != 1:
        raise ValueError(f"the events of the new process instance {instance.id} do not begin with 1")
    spoken = {(value.number, value.name) for value in change.values}
    if len(spoken) < len(change.values) or any(not first <= number <= last for number, _ in spoken):
        raise ValueError(f"process instance {instance.id} has values that are not those of the step's events")


class Store(Protocol):
    """Keeps one tenant's definitions, instances, tasks, jobs and history."""

    tenant: str

    # -- definitions
    def add_deployment(self, deployment: DeploymentRecord, definitions: Sequence[DefinitionRecord]) -> None:
        """Keep a deployment, its files and its definitions. Raises ConcurrentChange when a key's version is taken."""

    def deployment(self, deployment_id: str) -> DeploymentRecord:
        """Return a deployment with its files. Raises NotFound."""

    def definition(self, definition_id: str) -> DefinitionRecord:
        """Return one version. Raises DefinitionNotFound."""

    def latest_definition(self, key: str) -> DefinitionRecord:
        """Return the newest version of `key`. Raises DefinitionNotFound."""

    def definitions(self, key: str | None = None) -> list[DefinitionRecord]:
        """Return all versions (of `key`), by key, newest first."""

    def replace_start_triggers(
        self, key: str, jobs: Sequence[JobRecord], subscriptions: Sequence[SubscriptionRecord]
    ) -> None:
        """Let `key`'s newest version alone be started by timers, messages and signals."""

    # -- instances
    def load(self, instance_id: str, *, lock: bool = False) -> InstanceRecord:
        """Return an instance; with `lock`, hold its row until the transaction ends where the database can.

        Raises InstanceNotFound.
        """

    def save(self, change: Change) -> None:
        """Write a change, what is removed before what is added.

        Raises ConcurrentChange when the stored revision is not `change.instance.revision - 1`, when a task or job that
        changes is gone, or when an id or number is taken; the transaction can then only be rolled back.
        """

    def instances(
        self, *, key: str | None = None, business_key: str | None = None, status: InstanceStatus | None = None,
        definition_id: str | None = None, limit: int = 100, after: str | None = None,
    ) -> list[InstanceRecord]:
        """Return instances by id (ids grow with time), those after `after`."""

    # -- tasks
    def task(self, task_id: str) -> TaskRecord:
        """Return a task, open or ended. Raises TaskNotFound."""

    def tasks(
        self, *, instance_id: str | None = None, status: TaskStatus | None = "open", assignee: str | None = None,
        groups: Collection[str] | None = None, limit: int = 1000,
    ) -> list[TaskRecord]:
        """Return tasks by creation; `groups`: unassigned ones that one of these groups is a candidate for."""

    # -- jobs
    def job(self, job_id: str) -> JobRecord:
        """Return a job. Raises JobNotFound."""

    def due_jobs(self, at: datetime, *, kinds: Collection[JobKind], limit: int = 10) -> list[JobRecord]:
        """Return unlocked jobs with retries left that are due at `at`, by due instant; hold them for the transaction.

        A job is unlocked when nobody leased it or the lease ended by `at`. What another transaction holds, job or
        instance, is passed over on PostgreSQL and waited for on SQLite; so one transaction should do one job.
        """

    def next_due(self, *, kinds: Collection[JobKind]) -> datetime | None:
        """Return when the next job falls due that has retries left and no lease."""

    def lock_jobs(
        self, topics: Collection[str], worker: str, *, at: datetime, until: datetime, limit: int = 1
    ) -> list[JobRecord]:
        """Lease service jobs of `topics` that are due and not leased (or whose lease ran out) to `worker`.

        The jobs of highest priority come first, then those due first.
        """

    def change_job(self, job: JobRecord) -> None:
        """Write a job's retries, attempt, lock, due instant, priority and error. Raises JobNotFound."""

    def remove_job(self, job_id: str) -> None:
        """Forget a job that is done. Raises JobNotFound."""

    def jobs(self, *, instance_id: str | None = None, failed: bool | None = None, limit: int = 100) -> list[JobRecord]:
        """Return jobs by due instant; `failed`: only those without retries left."""

    # -- subscriptions
    def subscriptions(
        self, kind: SubscriptionKind, name: str, *, instance_id: str | None = None, business_key: str | None = None,
        correlation: str | None = None,
    ) -> list[SubscriptionRecord]:
        """Return who waits for this message or signal (of that instance; with that business key, or starting one).

        With `correlation`, those that wait with this key or without one.
        """

    # -- messages that nobody waits for yet
    def hold_message(self, name: str) -> None:
        """Let nobody else keep a message of this name, or begin to wait for one, until the transaction ends."""

    def add_message(self, message: MessageRecord) -> None:
        """Keep a message."""

    def messages(self, name: str, *, at: datetime) -> list[MessageRecord]:
        """Return the kept messages of this name that have not expired at `at`, oldest first; forget the others."""

    def remove_message(self, message_id: str) -> None:
        """Forget a message that was delivered. Raises ConcurrentChange when another did so first."""

    # -- history
    def steps(self, instance_id: str, *, after: int = 0) -> list[StepRecord]:
        """Return the steps that have events numbered above `after`, in order."""

    def values(self, instance_id: str, *, after: int = 0) -> list[ValueRecord]:
        """Return the values of events numbered above `after`, in order."""

    def histories(self, instance_ids: Collection[str]) -> list[tuple[StepRecord, list[ValueRecord]]]:
        """Return all steps of several instances, each with its values: by instance, then in order. One reading."""

    def erase_values(self, instance_id: str, names: Collection[str], *, at: datetime) -> int:
        """Forget these values for good (the chain stays whole) and return how many there were.

        Names are those of variables, and `reason`, `error` and `evaluation`: what a decision table saw and concluded.
        """


__all__ = [
    "Change", "DefinitionRecord", "DeploymentRecord", "InstanceRecord", "InstanceStatus", "JobKind", "JobRecord",
    "MessageRecord", "ResourceRecord", "StepRecord", "Store", "SubscriptionKind", "SubscriptionRecord", "TaskRecord",
    "TaskStatus", "ValueRecord", "check_numbers",
]
