"""Makes many cases to measure with, by the engine's own doors: the command `changtong seed`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import installation
from app.db import CLOCK, current_engine, db, now, take_stock, tenant, transaction
from app.demo.calls import PROCESS, Call, Expected, read_calls
from app.demo.clerks import fill, register_call
from app.people.queries import all_memberships, form_data
from engine import Engine, MovingClock, ProcessInstance, TaskRecord

BATCH = 200  # cases a commit: a running server waits no longer than one of them takes
AGE = timedelta(days=300)  # of a township that is set up for the purpose
RECENT = timedelta(days=10)  # the cases that are still open are no older
STEP = timedelta(seconds=4)  # between two acts in a case, so that those of 100,000 end before today
STOPS = (
    "accept_call", "dispatch_call", "sign_in", "contact_caller", "handle_call", "review_result", "call_back",
    "archive_case",
)  # fmt: skip
WAYS = {"refused": 60, "answered": 22, "handled": 18}
"""How the finished cases went, in percent: so that a case has three tasks, and a hundred thousand are there soon."""
CLAIMED = 3  # of the open tasks at each stop, every third is somebody's already


@dataclass(frozen=True, slots=True)
class Plan:
    """One case to make: when it is opened, and the task at which it is left (None: it is finished)."""

    call: Call
    at: datetime
    stop: str | None


def run(app: Flask, options: Namespace) -> int:
    """Make `options.cases` cases, of which `options.open_tasks` stand at one open task each."""
    cases, open_tasks = int(options.cases), int(options.open_tasks)
    if not 0 <= open_tasks <= cases:
        raise ValueError(f"{open_tasks} of {cases} cases cannot be open")
    console = Console()
    ends = app.extensions[CLOCK].now()
    clock = app.extensions[CLOCK] = MovingClock(ends - AGE)
    with app.app_context():
        if password := installation.open_example():
            console.print(f"An example township is set up. The password of all its accounts: {password}")
        begins = current_engine().latest(PROCESS).record.at
        clock.move_to(max(begins, clock.now()))
        plans = planned(cases, open_tasks, begins=clock.now(), ends=ends)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("cases", total=cases)
            make(plans, clock, lambda count: progress.advance(bar, count))
            progress.update(bar, description=f"{cases / max(progress.tasks[0].elapsed or 0, 0.001):.0f} cases/s")
            clock.move_to(max(ends, clock.now()))
            waiting = progress.add_task("reminders and timers", total=None)
            reminded = run_due_jobs(lambda count: progress.advance(waiting, count))
        take_stock()
    console.print(f"{cases - open_tasks} finished cases, {open_tasks} open tasks, {reminded} reminders and timers run.")
    return 0


def planned(cases: int, open_tasks: int, *, begins: datetime, ends: datetime) -> Iterator[Plan]:
    """Return what to make, in the order of time: the same for the same numbers."""
    dice = Random(cases)
    calls = [call for call in read_calls() if not call.notes.keys() & {"objection", "extension", "again"}]
    handled = [call for call in calls if "result" in call.notes]
    single = [call for call in handled if "assist" not in call.notes]
    turn = max(begins, ends - RECENT)
    finished = cases - open_tasks
    for index in range(cases):
        if index < finished:
            at, stop = begins + (turn - begins) * index / finished, None
            way = dice.choices(list(WAYS), list(WAYS.values()))[0]
        else:
            at, stop = turn + (ends - turn) * (index - finished) / open_tasks, STOPS[index % len(STOPS)]
            way = "handled"
        call = dice.choice(single if stop else handled)
        yield Plan(_told(call, way, index, dice), at, stop)


def _told(call: Call, way: str, index: int, dice: Random) -> Call:
    """Return the call as somebody else made it; no real telephone number begins with 10."""
    facts = {
        **call.facts, "phone": f"101{index:08}", "caller": f"来电人{index}", "village": f"村{dice.randint(1, 13):02}",
        "content": f"{call.facts['content']}（第{index}件）", "confidential": index % 50 == 0,
    }  # fmt: skip
    if facts["external_number"]:
        facts["external_number"] += f"-{index}"
    match way:
        case "refused":
            notes = {"refusal_reason": "诉讼", "proper_channel": "受理该案的人民法院"}
            return Call(index, facts, Expected("不予受理", None, None), notes)
        case "answered":
            return Call(index, facts, call.expected, {"direct_answer": call.notes["answer"], **call.notes})
    return replace(call, line=index, facts=facts)


def make(plans: Iterator[Plan], clock: MovingClock, told: Callable[[int], None]) -> None:
    """Make the cases, a batch a transaction."""
    while batch := list(islice(plans, BATCH)):
        with transaction() as engine:
            maker = Maker(engine, clock)
            for plan in batch:
                maker.make(plan)
        told(len(batch))


class Maker:
    """Makes cases within one transaction; what it reads of people it reads once."""

    def __init__(self, engine: Engine, clock: MovingClock) -> None:
        self._engine, self._clock = engine, clock
        self._definition = engine.latest(PROCESS)
        self._members: dict[str, list[str]] = {}
        for login, groups in all_memberships(db.session, tenant(), now()).items():
            for group in groups:
                self._members.setdefault(group, []).append(login)
        villages = form_data(db.session, tenant())["villages"]
        assert isinstance(villages, list)
        self._villages: dict[str, str] = {village["label"]: village["value"] for village in villages}

    def make(self, plan: Plan) -> None:
        """Open a case and work on it to its end, or until it stands at the task where it is left."""
        self._move_to(plan.at)
        starter = self._members[self._definition.starter_groups[0]][0]
        form = register_call(plan.call, self._villages, copy=1)
        instance = self._engine.start(PROCESS, form, by=starter, definition_id=self._definition.id)
        while instance.open_tasks:
            task = instance.open_tasks[0]
            if task.element_id == plan.stop:
                self._leave(task, plan)
                return
            instance = self._complete(instance, task, plan.call)

    def _complete(self, instance: ProcessInstance, task: TaskRecord, call: Call) -> ProcessInstance:
        self._clock.advance(STEP)
        form = fill(task.element_id, call, instance.variables_at(task.id))
        return self._engine.complete_task(task.id, form, by=self._somebody(task))

    def _leave(self, task: TaskRecord, plan: Plan) -> None:
        if plan.call.line // len(STOPS) % CLAIMED == 0:
            self._engine.claim(task.id, by=self._somebody(task))

    def _somebody(self, task: TaskRecord) -> str:
        people = (login for group in task.candidate_groups for login in self._members.get(group, ()))
        return next(login for login in people if login not in task.excluded_users)

    def _move_to(self, at: datetime) -> None:
        self._clock.move_to(max(at, self._clock.now()))


def run_due_jobs(told: Callable[[int], None]) -> int:
    """Run the timers that have fallen due meanwhile, and the notices that follow; return how many steps."""
    count = 0
    while True:
        with transaction() as engine:
            done = engine.run_due(BATCH)
        count += done
        told(done)
        if not done:
            return count
