"""One user task completed (loaded, run, saved with history, committed), against the least that a commit costs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import partial
from itertools import groupby
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from bench import processes
from bench.row import Row, row, run_alone
from bench.store import WHO_ASKS, Floor, postgresql, sqlite
from engine.store.tables import create_tables

ROUNDS, WARM_UP, COUNTED = 600, 100, 20


class Completions:
    """Completes one task after the other of an instance that loops, on a connection that is kept, as the floor's is.

    Either as in the application, in a session that has read who asks; or by the engine alone, as those use it who have
    no ORM.
    """

    def __init__(self, database: Database, *, in_session: bool = True) -> None:
        self.database = database
        self.instance = processes.start(database)
        self._opened = partial(Session, expire_on_commit=False) if in_session else nullcontext

    def next(self) -> float:
        """Return the milliseconds of one completion."""
        task_id = self.instance.open_tasks[0].id
        with self.database.connect() as connection, self._opened(connection) as opened:
            opened.execute(WHO_ASKS).all()
            begun = perf_counter()
            self.instance = processes.bound(opened).complete_task(task_id, {"result": "go on"}, by=processes.CLERK)
            opened.commit()
            return (perf_counter() - begun) * 1000


def rows() -> list[Row]:
    """Measure all databases, one after the other, each against its own floor in the same run."""
    return [
        *measure("SQLite NORMAL", partial(sqlite, "NORMAL"), most=1.0),
        *measure("SQLite FULL", partial(sqlite, "FULL"), ratio=3),
        *measure("PostgreSQL", postgresql, ratio=3),
    ]


def measure(
    name: str, place: Callable[[], AbstractContextManager[Database]], *, most: float | None = None,
    ratio: float | None = None,
) -> list[Row]:
    """Complete tasks and run the bare transaction in turns, so that both meet the same weather."""
    with place() as database:
        create_tables(database)
        processes.deploy(database)
        alone, completions = Completions(database, in_session=False), Completions(database)
        gc.collect()
        gc.freeze()  # as a serving process does: what is loaded is not looked through again and again
        floor = Floor(only_connection(database), "%s" if database.dialect.name == "postgresql" else "?")
        turns = [(floor.next(), alone.next(), completions.next()) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
        statements, commits = count(database, completions)
    least, by_engine, in_session = (median(column) for column in zip(*turns, strict=True))
    bare, completion = f"bare UPDATE + INSERT by the same connection, {name}", f"complete one user task, {name}"
    against = None if most else (bare, least)
    return [
        row(bare, least, "ms"),
        row(completion, by_engine, "ms", against=against, limit=most or ratio),
        row(f"{completion}, in the application's session", in_session, "ms", against=against, limit=most or ratio),
        row(f"statements of one completion, {name}", statements, "statements", limit=8),
        row(f"commits of one completion, {name}", commits, "commits", limit=1),
    ]


def only_connection(database: Database) -> Any:
    """Return the pool's connection, idle; the completions use the same one, so that caches are as warm for both."""
    with closing(database.raw_connection()) as connection:
        return connection.driver_connection


def count(database: Database, completions: Completions) -> tuple[float, float]:
    """Return how many statements (BEGIN among them) and how many commits one completion gives the driver."""
    listen = _sent_to_postgresql if database.dialect.name == "postgresql" else _run_by_sqlite
    with listen(only_connection(database)) as told:
        for _ in range(COUNTED):
            completions.next()
    commits = sum("COMMIT" in one for one in told)
    read_before = 1
    return (len(told) - commits) / COUNTED - read_before, commits / COUNTED


@contextmanager
def _run_by_sqlite(driver: Any) -> Iterator[list[str]]:
    """Give the beginnings of the statements that SQLite runs while the context is open."""
    run: list[str] = []
    told: list[str] = []
    driver.set_trace_callback(run.append)
    yield told
    driver.set_trace_callback(None)
    # Rows of one executemany() follow each other; what a trigger does is no statement that the engine sends.
    # Neither is the connection's own setting of how long it waits for the write lock.
    sent = (one[:40] for one in run if not one.startswith(("--", "PRAGMA busy_timeout")))
    told += [beginning for beginning, _ in groupby(sent)]


@contextmanager
def _sent_to_postgresql(driver: Any) -> Iterator[list[str]]:
    """Give the messages that let PostgreSQL run a statement, as libpq's own trace tells them."""
    told: list[str] = []
    with TemporaryFile("w+", encoding="utf-8") as trace:
        driver.pgconn.trace(trace.fileno())
        yield told
        driver.pgconn.untrace()
        trace.seek(0)
        told += [line for line in trace if "\tF\t" in line and ("\tQuery\t" in line or "\tExecute\t" in line)]


if __name__ == "__main__":
    run_alone(rows)
