"""One step of an instance kept by the store, against the least that any durable change costs there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from bench.row import Row, row, run_alone
from engine.store import (
    Change,
    DefinitionRecord,
    DeploymentRecord,
    InstanceRecord,
    StepRecord,
    TaskRecord,
    ValueRecord,
)
from engine.store.sql import SqlStore
from engine.store.tables import configure_sqlite, create_tables
from tests.support.postgres import start_postgres

ROUNDS, WARM_UP = 400, 50
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
WHO_ASKS = text("SELECT 1")
"""Stands for what a request reads before it changes anything; whoever is measured has read it."""
STATE = '{"variables":{' + ",".join(f'"field_{n:02}":"{"x" * 30}"' for n in range(22)) + "}}"  # 1 KB
RECORD = '{"at":"2026-03-02T04:00:00.000000Z","data":{},"element_id":"sign_in","kind":"element_entered","token":4}' * 2
STEP = '{"element":"sign_in","kind":"element_entered","token":4},' * 10 + "h" * 500


@dataclass(slots=True)
class Steps:
    """Steps of one instance: 10 events, 5 values, a task completed, the next one opened."""

    engine: Engine
    instance: InstanceRecord

    def start(self) -> None:
        with Session(self.engine) as session:
            store = SqlStore(session, "township")
            definition = DefinitionRecord("p:1", "p", "P", 1, None, "d", "p.bpmn", "c" * 64, AT)
            store.add_deployment(DeploymentRecord("d", "", "", AT, "admin", ()), [definition])
            store.save(Change(self.instance, is_new=True, tasks_opened=[self._task(1)]))
            session.commit()

    def next(self) -> float:
        """Return the milliseconds of one step: read and lock the instance, save, commit."""
        change = self._change()
        with Session(self.engine, expire_on_commit=False) as session:
            session.execute(WHO_ASKS).all()
            begun = perf_counter()
            store = SqlStore(session, "township")
            store.load(self.instance.id, lock=True)
            store.save(change)
            session.commit()
            took = perf_counter() - begun
        self.instance = change.instance
        return took * 1000

    def _change(self) -> Change:
        before, first = self.instance, self.instance.last_event + 1
        after = before._replace(revision=before.revision + 1, last_event=before.last_event + 10)
        done = self._task(before.revision)._replace(status="completed", ended_at=AT, ended_by="water1")
        return Change(
            after,
            step=StepRecord(after.id, first, first + 9, STEP, "h" * 64),
            values=[ValueRecord(after.id, first + n, "result", "s" * 32, '"' + "x" * 40 + '"') for n in range(5)],
            tasks_changed=[done],
            tasks_opened=[self._task(after.revision)],
        )

    def _task(self, number: int) -> TaskRecord:
        of = self.instance
        return TaskRecord(
            f"{of.id}:{number}", of.id, of.definition_id, of.definition_key, of.business_key, "sign_in", "签收", "open",
            AT + timedelta(seconds=number), candidate_groups=("water_station", "village_03"), due_at=AT,
        )


class Floor:
    """The least that a durable change costs: the driver alone updates one row and inserts one."""

    def __init__(self, driver: Any, place: str) -> None:
        self.driver, self.mark, self.number = driver, place, 0
        driver.execute("CREATE TABLE floor_state (id text PRIMARY KEY, revision integer, state text)")
        driver.execute("CREATE TABLE floor_event (id text, number integer, record text, PRIMARY KEY (id, number))")
        driver.execute(f"INSERT INTO floor_state VALUES ('one', 0, {self.mark})", (STATE,))
        driver.commit()

    def next(self) -> float:
        """Return the milliseconds of one transaction."""
        self.driver.execute(str(WHO_ASKS)).fetchone()
        begun, self.number, mark = perf_counter(), self.number + 1, self.mark
        update = f"UPDATE floor_state SET revision = {mark}, state = {mark} WHERE id = {mark} AND revision = {mark}"
        self.driver.execute(update, (self.number, STATE, "one", self.number - 1))
        self.driver.execute(f"INSERT INTO floor_event VALUES ({mark}, {mark}, {mark})", ("one", self.number, RECORD))
        self.driver.commit()
        return (perf_counter() - begun) * 1000


@contextmanager
def sqlite(synchronous: str) -> Iterator[Engine]:
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        configure_sqlite(engine, synchronous)
        yield engine
        engine.dispose()


@contextmanager
def postgresql() -> Iterator[Engine]:
    with start_postgres() as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def measure(name: str, place: Callable[[], AbstractContextManager[Engine]]) -> list[Row]:
    with place() as engine:
        create_tables(engine)
        instance = InstanceRecord(f"{1:032x}", "p:1", "p", "1", "active", 1, STATE, 0, "h" * 64, AT, "duty1")
        steps = Steps(engine, instance)
        steps.start()
        with closing(engine.raw_connection()) as connection:
            floor = Floor(connection.driver_connection, "%s" if engine.dialect.name == "postgresql" else "?")
            pairs = [(floor.next(), steps.next()) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
    least, step = (median(column) for column in zip(*pairs, strict=True))
    bare = f"bare UPDATE + INSERT, {name}"
    return [
        row(bare, least, "ms"),
        row(f"one step loaded, saved and committed, {name}", step, "ms", against=(bare, least)),
    ]


def rows() -> list[Row]:
    """Measure all databases, one after the other, each against its own floor in the same run.

    The limits are those of a completed task, which is this and the engine's share: see bench/complete_task.py.
    """
    return [
        *measure("SQLite NORMAL", partial(sqlite, "NORMAL")),
        *measure("SQLite FULL", partial(sqlite, "FULL")),
        *measure("PostgreSQL", postgresql),
    ]


if __name__ == "__main__":
    run_alone(rows)
