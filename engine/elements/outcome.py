"""What one step of an instance changes beside its tokens: tasks, jobs, subscriptions, signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.canonical import Json
from engine.elements.flow_node import Token
from engine.elements.nesting import Nesting
from engine.elements.resource import deployment_of
from engine.history import Act, Journal
from engine.message import Message
from engine.retry import ATTEMPTS
from engine.store import JobKind, JobRecord, SubscriptionKind, SubscriptionRecord, TaskRecord

_ALTERABLE = ("name", "assignee", "candidate_users", "candidate_groups", "due_at", "follow_up_at", "priority")
_HELD = ("job", "subscription")
AWAITED = "awaited"  # beside a subscription: its name and key, where they were computed


def slot(name: str, index: int) -> str:
    """Return under which key a token keeps what its event's definition number `index` holds."""
    return f"{name}{index}" if index else name


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal that is thrown; `met` are the subscriptions of its own instance that it has met."""

    name: str
    variables: Mapping[str, Json]
    met: frozenset[str] = frozenset()


class Outcome(Nesting):
    """Gathers what a step changes, for the store to write."""

    id: str
    journal: Journal
    numbers: int

    def __init__(self) -> None:
        self.open_tasks: dict[int, TaskRecord] = {}
        self.tasks_opened: dict[str, TaskRecord] = {}
        self.tasks_changed: dict[str, TaskRecord] = {}
        self.jobs_added: dict[str, JobRecord] = {}
        self.jobs_changed: dict[str, JobRecord] = {}
        self.jobs_removed: list[str] = []
        self.subscriptions_added: dict[str, SubscriptionRecord] = {}
        self.subscriptions_removed: list[str] = []
        self.messages: list[tuple[Message, str | None]] = []
        """Messages thrown, each with the subscription it reaches, or None where it is kept until somebody waits."""
        self.unsent: list[tuple[int, Message | Signal]] = []
        """Messages for which nobody waits yet, and signals for which others may yet wait, by the tokens that throw."""
        self.signals: list[Signal] = []

    @property
    def act(self) -> Act:
        """Who acts in this step, and when."""
        return self.journal.act

    def next_number(self) -> int:
        """Return the next number for a token, a job or a subscription: unique in the instance, the same in a replay."""
        self.numbers += 1
        return self.numbers

    # -- user tasks

    def open_task(self, token: Token, record: TaskRecord) -> None:
        """Open a user task at a token. History has its name as it is drawn: what a listener makes of it is a value."""
        data: dict[str, Json] = {"name": token.task_spec.label or record.element_id}
        if record.due_at is not None:
            data["due"] = record.due_at.isoformat()
        if (deployment_id := deployment_of(record.form_key)) is not None:
            data["deployment"] = deployment_id
        self.journal.note("task_created", record.element_id, token.id, **data)
        self.open_tasks[token.id] = record
        self.tasks_opened[record.id] = record

    def change_task(self, token: Token, record: TaskRecord) -> None:
        """Note that a task's record has changed; one that has ended is closed."""
        if record.status == "open":
            self.open_tasks[token.id] = record
        else:
            self.open_tasks.pop(token.id, None)
        if record.id in self.tasks_opened:
            self.tasks_opened[record.id] = record
        else:
            self.tasks_changed[record.id] = record

    def alter_task(self, token: Token, before: TaskRecord, after: TaskRecord) -> None:
        """Note and keep what a listener has changed of an open task."""
        names = sorted(name for name in _ALTERABLE if getattr(before, name) != getattr(after, name))
        data: dict[str, Json] = {"names": names}
        if "assignee" in names and after.assignee is not None:
            data["assignee"] = after.assignee
        self.journal.note("task_altered", after.element_id, token.id, **data)
        self.change_task(token, after)

    def task_of_step(self, token: Token) -> TaskRecord:
        """Return a token's user task as this step leaves it, completed or not."""
        task_id = f"{self.id}:{token.id}"
        return self.tasks_opened.get(task_id) or self.tasks_changed[task_id]

    def cancel_task(self, token: Token) -> None:
        """Close the task of a cancelled token."""
        record = self.open_tasks.get(token.id)
        if record is not None:
            self.journal.note("task_cancelled", record.element_id, token.id)
            self.change_task(token, record._replace(status="cancelled", ended_at=self.act.at))

    # -- jobs and subscriptions

    def add_job(
        self, token: Token, kind: JobKind, due: datetime, *, topic: str | None = None, priority: int = 50,
        index: int = 0, retries: int | None = None, error: str | None = None,
    ) -> str:
        """Make a job for a token and return its id. With no `retries` left it is an incident."""
        if retries is None:
            cycle = token.task_spec.extensions.retry_cycle
            retries = ATTEMPTS if cycle is None else cycle.attempts
        job_id = f"{self.id}:{self.next_number()}"
        token.internal_data[slot("job", index)] = job_id
        self.jobs_added[job_id] = JobRecord(
            id=job_id, kind=kind, definition_id=self.definition_of(token).id, element_id=token.task_spec.element_id,
            due_at=due, instance_id=self.id, token=token.id, topic=topic, retries=retries, priority=priority,
            error=error, created_at=self.act.at,
        )
        return job_id

    def subscribe(
        self, token: Token, kind: SubscriptionKind, name: str, index: int = 0, key: str | None = None
    ) -> None:
        """Wait for a message (with a correlation key, canonical JSON) or signal at a token."""
        subscription_id = f"{self.id}:{self.next_number()}"
        token.internal_data[slot("subscription", index)] = subscription_id
        self.subscriptions_added[subscription_id] = SubscriptionRecord(
            id=subscription_id, kind=kind, name=name, definition_id=self.definition_of(token).id,
            element_id=token.task_spec.element_id, instance_id=self.id, token=token.id,
            business_key=self.business_key_of(token), correlation=key,
        )

    def release(self, token: Token, index: int | None = None) -> None:
        """Take back a token's jobs and subscriptions, or those of one of its event's definitions."""
        held = token.internal_data
        for key in [key for key in held if key.startswith(_HELD)]:
            if index is not None and key not in (slot("job", index), slot("subscription", index)):
                continue
            found = held.pop(key)
            if key.startswith("job"):
                if self.jobs_added.pop(found, None) is None:
                    self.jobs_removed.append(found)
                continue
            held.pop(key.replace("subscription", AWAITED), None)
            if self.subscriptions_added.pop(found, None) is None:
                self.subscriptions_removed.append(found)


def held_at(token: Token, item: str) -> int | None:
    """Return which definition of a token's event holds a job or subscription by its id, or None."""
    for key, value in token.internal_data.items():
        if value == item and key.startswith(_HELD):
            return int(key.removeprefix("job").removeprefix("subscription") or 0)
    return None
