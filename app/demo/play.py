"""Takes one sample through its process as people do: each act a transaction of its own, by somebody who may."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from flask import current_app, g

from app.case.errors import CaseError
from app.case.keys import settle_duplicate
from app.case.links import links_of
from app.case.models import Case
from app.case.opening import open_case
from app.db import CLOCK, current_engine, db, now, tenant, transaction
from app.demo.sample import Names, Sample
from app.people.queries import form_data, members
from engine import Clock, Engine, MovingClock, TaskRecord, Worker
from engine.errors import ConcurrentChange, StoreUnavailable

PAUSE = timedelta(minutes=5)
"""Between two acts on a sample that is played by a clock of its own."""
TRIES = 6
T = TypeVar("T")


class Stuck(CaseError):
    """A case of the demonstration waits for something that nobody in the township may do."""

    code = "demo_stuck"


@dataclass(frozen=True, slots=True)
class Step:
    """One act: the case's number, the task's name, and who did it."""

    number: str
    task: str
    by: str


def once_more(act: Callable[[], T], *, pause: float = 0.1) -> T:
    """Act; when a server or a worker was faster, or holds the database or a job, try again a few times.

    `pause` is in seconds and doubles. Raises what the last try raises.
    """
    for attempt in range(TRIES - 1):
        try:
            return act()
        except (ConcurrentChange, StoreUnavailable, Stuck):
            time.sleep(pause * 2**attempt)
    return act()


def play(sample: Sample, instance_id: str | None, copy: int, told: Callable[[Step], None]) -> str:
    """Register the sample unless it has an instance, then work on it to its end; return the instance's id.

    Raises Stuck, NothingToFill, CaseDuplicate, and what the doors raise.
    """
    with _clock_of(sample, instance_id) as pass_time:
        if instance_id is None:
            opened, step = once_more(lambda: _register(sample, copy))
            told(step)
        else:
            opened = instance_id
        worker = Worker(transaction)
        while True:
            pass_time()
            while once_more(worker.step):
                pass
            next_step = once_more(lambda: _work(sample, opened))
            if next_step is None:
                return opened
            told(next_step)


@contextmanager
def _clock_of(sample: Sample, instance_id: str | None) -> Iterator[Callable[[], None]]:
    """Let it be the instant when the sample arrives, and then later; return what lets time pass.

    A sample without one is played by the application's clock. An interrupted one goes on from where it stopped.
    """
    if sample.at is None:
        yield lambda: None
        return
    begins = sample.at
    if instance_id is not None:
        begins = max(begins, current_engine().events(instance_id)[-1].at)
    clock, ours = MovingClock(begins), current_app.extensions[CLOCK]
    try:
        _set_clock(clock)
        yield lambda: clock.advance(PAUSE)
    finally:
        _set_clock(ours)


def _set_clock(clock: Clock) -> None:
    current_app.extensions[CLOCK] = clock
    g.pop("engine_session", None)  # the engine of this context reads the clock that it was made with


def _register(sample: Sample, copy: int) -> tuple[str, Step]:
    with transaction() as engine:
        starters = [login for group in engine.latest(sample.process).starter_groups for login in _members(group)]
        if not starters:
            raise Stuck(f"nobody may start the process {sample.process}")
        form = sample.start_form(_units(), copy)
        case = open_case(engine, db.session, sample.process, form, by=starters[0])
        settle_duplicate(db.session(), tenant(), case.instance_id, "", by=starters[0], at=now())
        return case.instance_id, Step(case.number, "登记", starters[0])


def opened_by(sample: Sample, instance_id: str) -> list[Case]:
    """Return the cases that a sample's case has opened, the oldest first."""
    case = db.session.get(Case, (tenant(), instance_id))
    links = links_of(db.session(), case) if case is not None and sample.opens else []
    opened = [linked.case for linked in links if linked.grew_out and linked.case.process_key == sample.opens]
    return sorted(opened, key=lambda each: each.number)


def _work(sample: Sample, instance_id: str) -> Step | None:
    """Claim the oldest open task, or complete it when it is claimed; return None when the case has ended.

    When the case has no task itself, it is one of those that it has opened.
    """
    with transaction() as engine:
        ids = [instance_id, *(case.instance_id for case in opened_by(sample, instance_id))]
        running = [instance for instance in map(engine.instance, ids) if instance.status == "active"]
        if not running:
            return None
        instance = next((instance for instance in running if instance.open_tasks), running[0])
        tasks = sorted(instance.open_tasks, key=lambda task: int(task.id.rpartition(":")[2]))
        if not tasks:
            raise Stuck(f"case {instance.business_key} has no task, it waits at {', '.join(instance.positions)}")
        task = tasks[0]
        if task.assignee is None:
            by = _somebody(engine, task)
            engine.claim(task.id, by=by)
        else:
            by, seen = task.assignee, instance.variables_at(task.id)
            engine.complete_task(task.id, sample.fill(task.element_id, seen, _units()), by=by)
        return Step(instance.business_key or "", task.name, by)


def _somebody(engine: Engine, task: TaskRecord) -> str:
    for login in (*task.candidate_users, *(login for group in task.candidate_groups for login in _members(group))):
        if engine.may_work_on(task, login):
            return login
    raise Stuck(f"nobody may work on the task {task.element_id} of case {task.business_key}")


def _members(group: str) -> list[str]:
    return members(db.session, tenant(), group, now())


def _units() -> Names:
    """Return the ids of the units by their names."""
    units = form_data(db.session, tenant())["units"]
    assert isinstance(units, list)
    return {unit["label"]: unit["value"] for unit in units}
