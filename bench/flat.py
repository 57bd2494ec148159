"""A loop of 10,000 user tasks: none is lost, and the last costs what the first did."""

from __future__ import annotations

from functools import partial
from statistics import median
from time import perf_counter

from sqlalchemy import Engine as Database

from bench import processes
from bench.complete_task import Completions
from bench.row import Row, row, run_alone
from bench.store import sqlite
from engine.store.tables import create_tables

ROUNDS, COMPARED, YOUNG = 10_000, 400, 10


def rows() -> list[Row]:
    """Complete all of them, compare old with young in turns, end the loop and check its whole history."""
    with sqlite("NORMAL") as database:
        create_tables(database)
        processes.deploy(database)
        old = Completions(database)
        begun = perf_counter()
        for _ in range(ROUNDS):
            old.next()
        seconds = perf_counter() - begun
        pairs = [(young, old.next()) for young in map(partial(_young, database), range(COMPARED))]
        lost = ROUNDS + COMPARED - _completed(database, old)
    first, last = (median(column) for column in zip(*pairs, strict=True))
    name = f"complete one user task after {YOUNG} others"
    return [
        row(f"a loop of {ROUNDS:,} user tasks", seconds, "s"),
        row(f"user tasks lost in a loop of {ROUNDS + COMPARED:,}", lost, "tasks", limit=0),
        row(name, first, "ms"),
        row(f"complete one user task after {ROUNDS:,} others", last, "ms", against=(name, first), limit=1.2),
    ]


def _young(database: Database, _turn: int) -> float:
    """Return the milliseconds of a completion in an instance that has just as many behind it."""
    young = Completions(database)
    for _ in range(YOUNG):
        young.next()
    return young.next()


def _completed(database: Database, old: Completions) -> int:
    """End the loop; return how many completions its history has, link by link."""
    old.instance = processes.complete(database, old.instance.open_tasks[0].id, "done")
    assert old.instance.status == "completed"
    with processes.step(database) as engine:
        engine.verify(old.instance.id)
        events = engine.events(old.instance.id)
    return sum(event.kind == "task_completed" for event in events) - 1


if __name__ == "__main__":
    run_alone(rows)
