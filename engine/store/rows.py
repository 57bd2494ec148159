"""Records of the hot tables as rows for the driver, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from engine.clock import instant_text, utc
from engine.store import InstanceRecord, JobRecord, SubscriptionRecord, TaskRecord

Row = tuple[Any, ...]

# The order is that of the records' fields. All but the history are found by tenant and id.
INSTANCE = (
    "tenant", "id", "definition_id", "definition_key", "business_key", "status", "revision", "state", "last_event",
    "head", "started_at", "started_by", "ended_at", "parent_id",
)
TASK = (
    "tenant", "id", "instance_id", "definition_id", "definition_key", "business_key", "element_id", "name", "status",
    "created_at", "assignee", "candidates", "form_key", "due_at", "follow_up_at", "priority", "claimed_at", "ended_at",
    "ended_by", "on_behalf_of",
)
CANDIDATE = ("name", "kind", "tenant", "task_id")
JOB = (
    "tenant", "id", "kind", "definition_id", "element_id", "due_at", "instance_id", "token", "topic", "retries",
    "attempt", "locked_by", "locked_until", "priority", "error", "created_at",
)
SUBSCRIPTION = (
    "tenant", "id", "kind", "name", "definition_id", "element_id", "instance_id", "token", "business_key",
    "correlation",
)
HISTORY = ("tenant", "instance_id", "first_event", "last_event", "hash", "record", "erasable")

# Never changed once they are set. Left out of an UPDATE, they spare SQLite their indexes.
FIXED = {"tenant", "id", "instance_id", "created_at", "started_at", "started_by", "parent_id"}


def _changeable(columns: tuple[str, ...]) -> Callable[[Row], Row]:
    return itemgetter(*(at for at, column in enumerate(columns) if column not in FIXED))


# The values of a row that an UPDATE of its table sets.
changeable_of_task = _changeable(TASK)
changeable_of_job = _changeable(JOB)


def of_instance(tenant: str, one: InstanceRecord) -> Row:
    return (
        tenant, one.id, one.definition_id, one.definition_key, one.business_key, one.status, one.revision, one.state,
        one.last_event, one.head, instant_text(one.started_at), one.started_by, _maybe(one.ended_at),
        one.parent_id,
    )


def changeable_of_instance(one: InstanceRecord) -> tuple[Row, Row]:
    """Return what an UPDATE of an instance sets: first what the indexes hold, then what each step changes."""
    indexed = one.definition_id, one.definition_key, one.business_key
    return indexed, (one.status, one.revision, one.state, one.last_event, one.head, _maybe(one.ended_at))


def of_task(tenant: str, one: TaskRecord) -> Row:
    return (
        tenant, one.id, one.instance_id, one.definition_id, one.definition_key, one.business_key, one.element_id,
        one.name, one.status, instant_text(one.created_at), one.assignee, candidates(one), one.form_key,
        _maybe(one.due_at), _maybe(one.follow_up_at), one.priority,
        _maybe(one.claimed_at), _maybe(one.ended_at), one.ended_by,
        one.on_behalf_of,
    )


def of_job(tenant: str, one: JobRecord) -> Row:
    return (
        tenant, one.id, one.kind, one.definition_id, one.element_id, instant_text(one.due_at), one.instance_id,
        one.token, one.topic, one.retries, one.attempt, one.locked_by, _maybe(one.locked_until), one.priority,
        one.error, _maybe(one.created_at),
    )


def of_subscription(tenant: str, one: SubscriptionRecord) -> Row:
    return (
        tenant, one.id, one.kind, one.name, one.definition_id, one.element_id, one.instance_id, one.token,
        one.business_key, one.correlation,
    )


def to_instance(row: Row) -> InstanceRecord:
    values = list(row)
    values[9], values[11] = from_row(row[9]), row[11] and from_row(row[11])
    return InstanceRecord(*values)


def to_task(row: Row) -> TaskRecord:
    named: dict[str, list[str]] = {"user": [], "group": [], "excluded": []}
    for kind, name in json.loads(row[10]):
        named[kind].append(name)
    values = list(row)
    values[8] = from_row(row[8])
    for at in (12, 13, 15, 16):
        values[at] = row[at] and from_row(row[at])
    values[10:11] = tuple(named["user"]), tuple(named["group"]), tuple(named["excluded"])
    return TaskRecord(*values)


def candidates(task: TaskRecord) -> str:
    """Return a task's candidates as `TaskRow.candidates` keeps them."""
    return _candidates(task.candidate_users, task.candidate_groups, task.excluded_users)


@lru_cache(maxsize=4096)
def _candidates(users: tuple[str, ...], groups: tuple[str, ...], excluded: tuple[str, ...]) -> str:
    pairs = [("user", name) for name in users]
    pairs += [("group", name) for name in groups]
    pairs += [("excluded", name) for name in excluded]
    return json.dumps(pairs, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _keys(users: tuple[str, ...], groups: tuple[str, ...], excluded: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    named = ((users, "user"), (groups, "group"), (excluded, "excluded"))
    return tuple((name, kind) for names, kind in named for name in dict.fromkeys(names))


def searched(tenant: str, tasks: Iterable[TaskRecord]) -> list[Row]:
    """Return the rows by which tasks are found in the lists of their candidates."""
    return [
        (name, kind, tenant, task.id)
        for task in tasks
        for name, kind in _keys(task.candidate_users, task.candidate_groups, task.excluded_users)
    ]


def _maybe(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def from_row(at: Any) -> datetime:
    """Return an instant as the driver read it, aware and in UTC."""
    return utc(at if isinstance(at, datetime) else datetime.fromisoformat(at))
