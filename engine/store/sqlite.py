"""What a step of an instance needs from SQLite, said to the driver itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from time import monotonic, sleep

from engine.errors import ConcurrentChange
from engine.store import Change, rows, steps


def _select(table: str, columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(columns[1:])} FROM {table} WHERE tenant = ? AND id = ?"


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _update(table: str, columns: Iterable[str]) -> str:
    changes = ", ".join(f"{column} = ?" for column in columns if column not in rows.FIXED)
    return f"UPDATE {table} SET {changes} WHERE tenant = ? AND id = ?"


LOAD = _select("instance", rows.INSTANCE)
# Writers are one at a time and the revision tells who was first: there is no row to lock.
LOAD_LOCKED = LOAD
TASK = _select("task", rows.TASK)
INSERT_INSTANCE = _insert("instance", rows.INSTANCE)
UPDATE_INSTANCE = _update("instance", rows.INSTANCE) + " AND revision = ? AND last_event = ?"
# A step seldom changes what the indexes hold; SQLite writes them anew whenever they are named.
INDEXED = ("definition_id", "definition_key", "business_key")
MOVE_INSTANCE = (
    _update("instance", [column for column in rows.INSTANCE if column not in INDEXED])
    + " AND revision = ? AND last_event = ? AND definition_id = ? AND business_key IS ?"
)
INSERT_TASK = _insert("task", rows.TASK)
UPDATE_TASK = _update("task", rows.TASK)
INSERT_CANDIDATE = _insert("task_candidate", rows.CANDIDATE)
DELETE_CANDIDATE = "DELETE FROM task_candidate WHERE name = ? AND kind = ? AND tenant = ? AND task_id = ?"
INSERT_JOB = _insert("job", rows.JOB)
UPDATE_JOB = _update("job", rows.JOB)
DELETE_JOB = "DELETE FROM job WHERE tenant = ? AND id = ?"
INSERT_SUBSCRIPTION = _insert("subscription", rows.SUBSCRIPTION)
DELETE_SUBSCRIPTION = "DELETE FROM subscription WHERE tenant = ? AND id = ?"
INSERT_HISTORY = _insert("history", rows.HISTORY)


BUSY_TIMEOUT = 5.0
"""How long a writer waits for another, in seconds."""
_POLL = 0.002


def begin(driver: sqlite3.Connection) -> None:
    """Take the write lock for the rest of the transaction, unless it is held.

    SQLite's own waiting sleeps up to 100 ms at a time, while a step here is written in one: so it is asked again soon.
    """
    if driver.in_transaction:
        return
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        until = monotonic() + BUSY_TIMEOUT
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                    raise
            sleep(_POLL)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}")


def write(driver: sqlite3.Connection, tenant: str, change: Change) -> None:
    """Write a change, a statement for each part that is not empty. Raises ConcurrentChange."""
    begin(driver)
    if change.is_new:
        driver.execute(INSERT_INSTANCE, rows.of_instance(tenant, change.instance))
    else:
        _move(driver, tenant, change)
    if change.jobs_removed:
        _change(driver, DELETE_JOB, [(tenant, job) for job in change.jobs_removed], "a job")
    if change.subscriptions_removed:
        forgotten = [(tenant, subscription) for subscription in change.subscriptions_removed]
        _change(driver, DELETE_SUBSCRIPTION, forgotten, "a subscription")
    if change.tasks_changed:
        tasks = change.tasks_changed
        changed = [(*rows.changeable_of_task(rows.of_task(tenant, one)), tenant, one.id) for one in tasks]
        _change(driver, UPDATE_TASK, changed, "a task")
        if gone := rows.searched(tenant, [task for task in tasks if task.status != "open"]):
            driver.executemany(DELETE_CANDIDATE, gone)
    if change.jobs_changed:
        changed = [(*rows.changeable_of_job(rows.of_job(tenant, one)), tenant, one.id) for one in change.jobs_changed]
        _change(driver, UPDATE_JOB, changed, "a job")
    if change.tasks_opened:
        driver.executemany(INSERT_TASK, [rows.of_task(tenant, task) for task in change.tasks_opened])
        if new := rows.searched(tenant, [task for task in change.tasks_opened if task.status == "open"]):
            driver.executemany(INSERT_CANDIDATE, new)
    if change.jobs_added:
        driver.executemany(INSERT_JOB, [rows.of_job(tenant, job) for job in change.jobs_added])
    if change.subscriptions_added:
        added = [rows.of_subscription(tenant, one) for one in change.subscriptions_added]
        driver.executemany(INSERT_SUBSCRIPTION, added)
    if change.step is not None:
        driver.execute(INSERT_HISTORY, steps.of_step(tenant, change.step, change.values))


def _move(driver: sqlite3.Connection, tenant: str, change: Change) -> None:
    instance = change.instance
    indexed, moves = rows.changeable_of_instance(instance)
    before = (tenant, instance.id, instance.revision - 1, change.last_event_before)
    moved = driver.execute(MOVE_INSTANCE, (*moves, *before, instance.definition_id, instance.business_key))
    if moved.rowcount == 0:
        _change(driver, UPDATE_INSTANCE, [(*indexed, *moves, *before)], f"process instance {instance.id}")


def _change(driver: sqlite3.Connection, statement: str, parameters: Sequence[rows.Row], noun: str) -> None:
    if driver.executemany(statement, parameters).rowcount != len(parameters):
        raise ConcurrentChange(f"another transaction changed {noun} first")


__all__ = ["LOAD", "LOAD_LOCKED", "TASK", "write"]
