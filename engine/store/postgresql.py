"""What a step of an instance needs from PostgreSQL: one statement that writes all of a change in one round trip."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.errors import ConcurrentChange
from engine.store import Change, rows, steps

INTEGERS = {"revision", "first_event", "last_event", "token", "retries", "attempt", "priority"}
INSTANTS = {
    "at", "claimed_at", "created_at", "due_at", "ended_at", "follow_up_at", "locked_until", "started_at",
}

FOREIGN_KEY_VIOLATION = "23503"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# Clauses in a statement: more than a usual step has, and few enough that those of a mass cancellation stay small.
MANY = 16


@dataclass(frozen=True, slots=True)
class Part:
    """One clause of the statement; new rows come as one JSON array, so that its text is the same for any number.

    `noun` names the row that must be there to be changed; it is empty for an insert.
    """

    sql: str
    parameters: tuple[Any, ...]
    noun: str = ""


def _select(table: str, columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(columns[1:])} FROM {table} WHERE tenant = %s AND id = %s"


def _insert(table: str, columns: tuple[str, ...]) -> str:
    casts = dict.fromkeys(INTEGERS, "::integer") | dict.fromkeys(INSTANTS, "::timestamptz")
    given = ", ".join(f"(one->>{at}){casts.get(column, '')}" for at, column in enumerate(columns[1:]))
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT %s, {given} FROM jsonb_array_elements(%s::jsonb) AS one"


def _update(table: str, columns: tuple[str, ...]) -> str:
    changes = ", ".join(f"{column} = %s" for column in columns if column not in rows.FIXED)
    return f"UPDATE {table} SET {changes} WHERE tenant = %s AND id = %s"


def _delete(table: str) -> str:
    return f"DELETE FROM {table} WHERE tenant = %s AND id = %s RETURNING 1"


LOAD = _select("instance", rows.INSTANCE)
LOAD_LOCKED = f"{LOAD} FOR NO KEY UPDATE"
TASK = _select("task", rows.TASK)
INSERT_INSTANCE = f"INSERT INTO instance ({', '.join(rows.INSTANCE)}) VALUES ({', '.join(['%s'] * len(rows.INSTANCE))})"
UPDATE_INSTANCE = f"{_update('instance', rows.INSTANCE)} AND revision = %s AND last_event = %s RETURNING 1"
INSERT_TASK = _insert("task", rows.TASK)
UPDATE_TASK = _update("task", rows.TASK) + " RETURNING 1"
_CANDIDATES = "SELECT one->>0, one->>1, one->>2, one->>3 FROM jsonb_array_elements(%s::jsonb) AS one"
INSERT_CANDIDATE = f"INSERT INTO task_candidate ({', '.join(rows.CANDIDATE)}) {_CANDIDATES}"
DELETE_CANDIDATE = f"DELETE FROM task_candidate WHERE ({', '.join(rows.CANDIDATE)}) IN ({_CANDIDATES})"
INSERT_JOB = _insert("job", rows.JOB)
UPDATE_JOB = _update("job", rows.JOB) + " RETURNING 1"
DELETE_JOB = _delete("job")
INSERT_SUBSCRIPTION = _insert("subscription", rows.SUBSCRIPTION)
DELETE_SUBSCRIPTION = _delete("subscription")
INSERT_HISTORY = f"INSERT INTO history ({', '.join(rows.HISTORY)}) VALUES ({', '.join(['%s'] * len(rows.HISTORY))})"


def write(driver: Any, tenant: str, change: Change) -> None:
    """Write a change over a psycopg connection. Raises ConcurrentChange."""
    parts = [_instance(tenant, change), *_others(tenant, change)]
    again = {job.id for job in change.jobs_added} | {one.id for one in change.subscriptions_added}
    if not again.isdisjoint((*change.jobs_removed, *change.subscriptions_removed)):
        # The clauses of one statement do not see each other's rows: an id that comes back has to go before.
        removals = (DELETE_JOB, DELETE_SUBSCRIPTION)
        _run(driver, [part for part in parts if part.sql in removals])
        parts = [part for part in parts if part.sql not in removals]
    try:
        for first in range(0, len(parts), MANY):
            _run(driver, parts[first : first + MANY])
    except Exception as error:
        # The new rows of an instance that is not there refer to nothing; that shows before its missing row is counted.
        if getattr(error, "sqlstate", None) != FOREIGN_KEY_VIOLATION or change.is_new:
            raise
        raise ConcurrentChange(f"process instance {change.instance.id} is gone") from error


def _instance(tenant: str, change: Change) -> Part:
    instance = change.instance
    if change.is_new:
        return Part(INSERT_INSTANCE, rows.of_instance(tenant, instance))
    indexed, moves = rows.changeable_of_instance(instance)
    before = (tenant, instance.id, instance.revision - 1, change.last_event_before)
    return Part(UPDATE_INSTANCE, (*indexed, *moves, *before), f"process instance {instance.id}")


def _others(tenant: str, change: Change) -> Iterator[Part]:
    for job_id in change.jobs_removed:
        yield Part(DELETE_JOB, (tenant, job_id), "a job")
    for subscription_id in change.subscriptions_removed:
        yield Part(DELETE_SUBSCRIPTION, (tenant, subscription_id), "a subscription")
    for task in change.tasks_changed:
        row = rows.of_task(tenant, task)
        yield Part(UPDATE_TASK, (*rows.changeable_of_task(row), tenant, task.id), "a task")
    for job in change.jobs_changed:
        row = rows.of_job(tenant, job)
        yield Part(UPDATE_JOB, (*rows.changeable_of_job(row), tenant, job.id), "a job")
    if gone := rows.searched(tenant, [task for task in change.tasks_changed if task.status != "open"]):
        yield Part(DELETE_CANDIDATE, (_encode(gone),))
    if change.tasks_opened:
        yield Part(INSERT_TASK, (tenant, _json([rows.of_task(tenant, task) for task in change.tasks_opened])))
        if new := rows.searched(tenant, [task for task in change.tasks_opened if task.status == "open"]):
            yield Part(INSERT_CANDIDATE, (_encode(new),))
    if change.jobs_added:
        yield Part(INSERT_JOB, (tenant, _json([rows.of_job(tenant, job) for job in change.jobs_added])))
    if change.subscriptions_added:
        added = [rows.of_subscription(tenant, one) for one in change.subscriptions_added]
        yield Part(INSERT_SUBSCRIPTION, (tenant, _json(added)))
    if change.step is not None:
        yield Part(INSERT_HISTORY, steps.of_step(tenant, change.step, change.values))


def _json(all_rows: list[rows.Row]) -> str:
    return _encode([row[1:] for row in all_rows])


def _run(driver: Any, parts: Sequence[Part]) -> None:
    text = _joined(tuple((part.sql, part.noun != "") for part in parts))
    counts = driver.execute(text, [parameter for part in parts for parameter in part.parameters]).fetchone()
    for part, count in zip([part for part in parts if part.noun], counts, strict=False):
        if count != 1:
            raise ConcurrentChange(f"another transaction changed {part.noun} first")


@cache
def _joined(parts: tuple[tuple[str, bool], ...]) -> str:
    clauses = ", ".join(f"part_{number} AS ({sql})" for number, (sql, _) in enumerate(parts))
    counts = [f"(SELECT count(*) FROM part_{number})" for number, (_, counted) in enumerate(parts) if counted]
    return f"WITH {clauses} SELECT {', '.join(counts) or '1'}"


__all__ = ["LOAD", "LOAD_LOCKED", "TASK", "write"]
