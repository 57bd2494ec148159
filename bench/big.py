"""Instances that are long, wide or many: all that they should do is done, and nothing of them stays in memory."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from sqlalchemy import Engine as Database

from bench import processes
from bench.row import Row, row, run_alone
from bench.store import sqlite
from engine.store.tables import create_tables

ROUNDS, ITEMS, INSTANCES, WARM_UP = 2_000, 500, 1_000, 100


def rows() -> list[Row]:
    """Measure all of them on SQLite."""
    with sqlite("NORMAL") as database:
        create_tables(database)
        processes.deploy(database)
        return [*_parallel(database), *_multi_instance(database), _at_rest(database)]


def _parallel(database: Database) -> Iterator[Row]:
    instance = processes.start(database, "parallel_loop")
    with _stopwatch() as seconds:
        for number in range(1, ROUNDS + 1):
            result = "done" if number == ROUNDS else "go on"
            instance = processes.complete(database, instance.open_tasks[0].id, result)
    assert instance.status == "completed"
    yield row(f"a parallel gateway in a loop of {ROUNDS:,} rounds", seconds(), "s")
    joined = _count(database, instance.id, "element_left", "join")
    yield row(f"joins lost in {ROUNDS:,} rounds", ROUNDS - joined, "joins", limit=0)


def _multi_instance(database: Database) -> Iterator[Row]:
    with _stopwatch() as seconds:
        instance = processes.start(database, "each", items=[f"item {number}" for number in range(ITEMS)])
    yield row(f"open a multi-instance of {ITEMS} user tasks", seconds(), "s")
    tasks = instance.open_tasks
    with _stopwatch() as seconds:
        for task in tasks:
            instance = processes.complete(database, task.id)
    assert instance.status == "completed"
    yield row(f"complete a multi-instance of {ITEMS} user tasks, one by one", seconds(), "s")
    done = _count(database, instance.id, "task_completed", "answer")
    yield row(f"user tasks lost in a multi-instance of {ITEMS}", ITEMS - done, "tasks", limit=0)


def _at_rest(database: Database) -> Row:
    """Start many instances that wait at a task; return what each leaves in memory."""
    tracemalloc.start()
    try:
        _start(database, WARM_UP)
        before = tracemalloc.get_traced_memory()[0]
        _start(database, INSTANCES)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # Less than the shortest text that could be kept of each; tables of the interpreter's grow now and then.
    each = max(grown, 0) / INSTANCES
    return row(f"memory that a live instance takes at rest, of {INSTANCES:,}", each, "bytes", limit=50)


def _start(database: Database, count: int) -> None:
    for _ in range(count):
        processes.start(database)
    gc.collect()


def _count(database: Database, instance_id: str, kind: str, element_id: str) -> int:
    with processes.step(database) as engine:
        engine.verify(instance_id)
        events = engine.events(instance_id)
    return sum(event.kind == kind and event.element_id == element_id for event in events)


@contextmanager
def _stopwatch() -> Iterator[Callable[[], float]]:
    begun = perf_counter()
    ended = begun

    def seconds() -> float:
        return ended - begun

    yield seconds
    ended = perf_counter()


if __name__ == "__main__":
    run_alone(rows)
