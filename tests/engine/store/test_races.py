"""Two at once, and one that dies: threads, processes and real transactions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from engine.errors import ConcurrentChange, EngineError
from engine.store.sql import SqlStore
from tests.engine.store.conftest import InDatabase, Place
from tests.engine.store.records import HOUR, NOON, deploy, instance, job, started, step, task

LATER = NOON + 99 * HOUR


def _together(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in a thread each; return what they returned or which of our errors they raised."""

    def outcome(act: Callable[[], object]) -> object:
        try:
            return act()
        except EngineError as error:
            return type(error)

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result(timeout=30) for future in [threads.submit(outcome, act) for act in acts]]


def test_of_two_writers_exactly_one_wins(place: Place) -> None:
    with place.transaction() as store:
        deploy(store)
        store.save(started())
    barrier = Barrier(2)

    def write(name: str) -> str:
        with place.transaction() as store:
            before = store.load(instance().id)
        barrier.wait(timeout=20)
        with place.transaction() as store:
            store.save(step(before, tasks_opened=[task(before, before.revision, name=name)]))
        return name

    for revision in range(2, 22):
        outcome = _together(lambda: write("first"), lambda: write("second"))
        winner = next(one for one in outcome if isinstance(one, str))
        assert [one for one in outcome if one != winner] == [ConcurrentChange]
        with place.transaction() as store:
            assert store.load(instance().id).revision == revision
            assert store.tasks()[-1].name == winner
            assert [one.last for one in store.steps(instance().id)] == list(range(2, revision + 2))


def test_writers_of_different_instances_do_not_disturb_each_other(place: Place) -> None:
    with place.transaction() as store:
        deploy(store)
        for number in range(4):
            store.save(started(number))

    def steps(number: int) -> int:
        for _ in range(25):
            with place.transaction() as store:
                store.save(step(store.load(instance(number).id, lock=True)))
        return number

    assert _together(*(lambda number=number: steps(number) for number in range(4))) == [0, 1, 2, 3]


def test_who_locks_an_instance_lets_the_second_wait_and_both_succeed(in_postgresql: InDatabase) -> None:
    with in_postgresql.transaction() as store:
        deploy(store)
        store.save(started())

    def write() -> bool:
        for _ in range(20):
            with in_postgresql.transaction() as store:
                store.save(step(store.load(instance().id, lock=True)))
        return True

    assert _together(write, write) == [True, True]
    with in_postgresql.transaction() as store:
        assert store.load(instance().id).revision == 41


def test_the_same_version_is_deployed_once(database: InDatabase) -> None:
    barrier = Barrier(2)

    def act() -> bool:
        with database.transaction() as store:
            assert store.definitions() == []
            barrier.wait(timeout=20)
            deploy(store)
        return True

    assert sorted(map(str, _together(act, act))) == sorted(map(str, [True, ConcurrentChange]))


def test_two_workers_run_each_job_once(place: Place) -> None:
    with place.transaction() as store:
        deploy(store)
        for number in range(10):
            store.save(started(number, jobs_added=[job(instance(number))]))
        store.replace_start_triggers("hotline", [job(None, number) for number in range(10)], [])
    done: list[str] = []

    def work() -> bool:
        while True:
            try:
                with place.transaction() as store:
                    found = store.due_jobs(LATER, kinds=["timer", "start_timer"], limit=1)
                    if not found:
                        return True
                    if found[0].instance_id is None:
                        store.remove_job(found[0].id)
                    else:
                        before = store.load(found[0].instance_id, lock=True)
                        store.save(step(before, jobs_removed=[found[0].id]))
            except ConcurrentChange:
                continue
            done.append(found[0].id)

    assert _together(work, work) == [True, True]
    assert sorted(done) == sorted([job(instance(n)).id for n in range(10)] + [job(None, n).id for n in range(10)])


def test_on_postgresql_a_worker_passes_over_what_another_one_or_a_clerk_holds(in_postgresql: InDatabase) -> None:
    with in_postgresql.transaction() as store:
        deploy(store)
        for number in range(3):
            store.save(started(number, jobs_added=[job(instance(number))]))
        store.replace_start_triggers("hotline", [job(None, 4), job(None, 5)], [])
    kinds = ["timer", "start_timer"]
    with in_postgresql.transaction() as clerk, in_postgresql.transaction() as first:
        clerk.load(instance(0).id, lock=True)
        assert first.due_jobs(LATER, kinds=["timer"], limit=1) == [job(instance(1))]
        assert first.due_jobs(LATER, kinds=["start_timer"], limit=1) == [job(None, 4)]
        with in_postgresql.transaction() as second:
            assert second.due_jobs(LATER, kinds=kinds) == [job(instance(2)), job(None, 5)]
            assert second.lock_jobs(["sms"], "w", at=LATER, until=LATER + HOUR) == []


def test_on_postgresql_a_clerk_and_a_worker_do_not_block_each_other(in_postgresql: InDatabase) -> None:
    """The clerk locks the instance and then ends its job; the worker comes to the same job in between."""
    with in_postgresql.transaction() as store:
        deploy(store)
        store.save(started(jobs_added=[job(instance())]))
    with in_postgresql.transaction() as clerk:
        before = clerk.load(instance().id, lock=True)
        with in_postgresql.transaction() as worker:
            assert worker.due_jobs(LATER, kinds=["timer"]) == []
        clerk.save(step(before, jobs_removed=[job(instance()).id]))
    with in_postgresql.transaction() as store:
        assert store.jobs() == []


KILLED = """
import os, signal, sys
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from engine.store.sql import SqlStore
from engine.store.tables import configure_sqlite
from tests.engine.store.records import HOUR, NOON, instance, job, started, step, task

url, tenant, act = sys.argv[1:]
engine = create_engine(url)
if engine.dialect.name == "sqlite":
    configure_sqlite(engine)
session = Session(engine)
store = SqlStore(session, tenant)
if act == "step":
    before = store.load(instance().id, lock=True)
    store.save(step(before, events=3, tasks_opened=[task(before)], jobs_removed=[job(before).id]))
    store.save(started(2))
elif act == "job":
    assert store.due_jobs(NOON + 99 * HOUR, kinds=["timer"])
else:
    assert store.lock_jobs(["sms"], "killed", at=NOON + 99 * HOUR, until=NOON + 100 * HOUR)
    session.commit()
print("in the middle", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def _kill_in_the_middle(database: InDatabase, act: str) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", KILLED, url, database.tenant, act]
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": "."}
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.returncode) == ("in the middle\n", -signal.SIGKILL), run.stderr


def test_a_process_killed_inside_a_transaction_leaves_nothing_half_done(database: InDatabase) -> None:
    opening = started(jobs_added=[job(instance())])
    with database.transaction() as store:
        deploy(store)
        store.save(opening)
    _kill_in_the_middle(database, "step")
    with database.transaction() as store:
        assert store.instances() == [opening.instance]
        assert store.steps(instance().id) == [opening.step]
        assert store.tasks() == []
        assert store.jobs() == opening.jobs_added
        store.save(step(store.load(instance().id, lock=True)))


def test_another_worker_takes_over_from_one_that_was_killed(database: InDatabase) -> None:
    external = job(instance(), 2, kind="service", topic="sms")
    with database.transaction() as store:
        deploy(store)
        store.save(started(jobs_added=[job(instance()), external]))
    _kill_in_the_middle(database, "job")
    _kill_in_the_middle(database, "lease")
    with database.transaction() as store:
        assert store.due_jobs(LATER, kinds=["timer"]) == [job(instance())]
        assert store.lock_jobs(["sms"], "next", at=LATER, until=LATER + 2 * HOUR) == []
        taken_over = replace(external, locked_by="next", locked_until=LATER + 3 * HOUR)
        assert store.lock_jobs(["sms"], "next", at=LATER + HOUR, until=LATER + 3 * HOUR) == [taken_over]


def test_a_read_that_is_outdated_when_the_write_begins_is_a_lost_race(in_sqlite: InDatabase) -> None:
    """A cursor still open keeps an old snapshot, which SQLite cannot write from."""
    with in_sqlite.transaction() as store:
        deploy(store)
        store.save(started())
        store.save(started(2))
    with Session(in_sqlite.engine) as session:
        reader = SqlStore(session, in_sqlite.tenant)
        before = reader.load(instance(2).id)
        open_cursor = session.connection().exec_driver_sql("SELECT id FROM instance").cursor
        assert open_cursor.fetchone()
        with in_sqlite.transaction() as store:
            store.save(step(store.load(instance(1).id)))
        with pytest.raises(ConcurrentChange):
            reader.save(step(before))
