"""Takes one call through its process as people do: each act a transaction of its own, by somebody who may."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from app.case.errors import CaseError
from app.case.models import Case
from app.case.opening import open_case
from app.db import db, now, tenant, transaction
from app.demo.calls import Call
from app.demo.clerks import fill, register_call
from app.people.models import Group
from app.people.queries import members
from engine import Engine, TaskRecord, Worker
from engine.errors import ConcurrentChange, StoreUnavailable

PROCESS = "hotline_closed_loop"
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


def find_cases(calls: Sequence[Call]) -> dict[str, list[Case]]:
    """Return the cases that stand in the register for these calls, by telephone number, oldest first."""
    db.session.expire_all()
    phone = Case.private["phone"].as_string()
    mine = (Case.tenant == tenant(), Case.process_key == PROCESS, phone.in_([call.phone for call in calls]))
    found: dict[str, list[Case]] = {}
    for case in db.session.scalars(select(Case).where(*mine).order_by(Case.number)):
        found.setdefault(case.private["phone"], []).append(case)
    return found


def play(call: Call, instance_id: str | None, copy: int, told: Callable[[Step], None]) -> str:
    """Register the call unless it has an instance, then work on it to its end; return the instance's id.

    Raises Stuck, NothingToFill, and what the doors raise.
    """
    if instance_id is None:
        opened, step = once_more(lambda: _register(call, copy))
        told(step)
    else:
        opened = instance_id
    worker = Worker(transaction)
    while True:
        while once_more(worker.step):
            pass
        next_step = once_more(lambda: _work(call, opened))
        if next_step is None:
            return opened
        told(next_step)


def _register(call: Call, copy: int) -> tuple[str, Step]:
    with transaction() as engine:
        starters = [login for group in engine.latest(PROCESS).starter_groups for login in _members(group)]
        if not starters:
            raise Stuck(f"nobody may start the process {PROCESS}")
        form = register_call(call, _villages(), copy)
        case = open_case(engine, db.session, PROCESS, form, by=starters[0])
        return case.instance_id, Step(case.number, "登记", starters[0])


def _work(call: Call, instance_id: str) -> Step | None:
    """Claim the oldest open task, or complete it when it is claimed; return None when the case has ended."""
    with transaction() as engine:
        instance = engine.instance(instance_id)
        if instance.status != "active":
            return None
        tasks = sorted(instance.open_tasks, key=lambda task: int(task.id.rpartition(":")[2]))
        if not tasks:
            raise Stuck(f"case {instance.business_key} has no task, it waits at {', '.join(instance.positions)}")
        task = tasks[0]
        if task.assignee is None:
            by = _somebody(engine, task)
            engine.claim(task.id, by=by)
        else:
            by = task.assignee
            engine.complete_task(task.id, fill(task.element_id, call, instance.variables_at(task.id)), by=by)
        return Step(instance.business_key or "", task.name, by)


def _somebody(engine: Engine, task: TaskRecord) -> str:
    for login in (*task.candidate_users, *(login for group in task.candidate_groups for login in _members(group))):
        if engine.may_work_on(task, login):
            return login
    raise Stuck(f"nobody may work on the task {task.element_id} of case {task.business_key}")


def _members(group: str) -> list[str]:
    return members(db.session, tenant(), group, now())


def _villages() -> dict[str, str]:
    """Return the ids of the villages' groups by their names."""
    query = select(Group.name, Group.id).where(Group.tenant == tenant(), Group.kind == "village")
    return {row.name: row.id for row in db.session.execute(query)}
