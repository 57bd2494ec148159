"""The processes that the benchmarks run, and an engine on a database to run them with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine import Engine, ProcessInstance
from engine.store.sql import SqlStore
from tests.engine.diagrams import conditional, diagram, user_task

CLERK = "clerk1"
VARIABLES = {f"field_{number:02}": "x" * 30 for number in range(22)}
"""1 KB of variables, as JSON."""

# A round: the task is completed, a gateway looks at what was written, and the task is there again or the instance ends.
LOOP = diagram(
    f"""<bpmn:startEvent id="begun"/>{user_task("work", 'camunda:candidateGroups="clerks"')}
<bpmn:exclusiveGateway id="done" default="done_work"/><bpmn:endEvent id="ended"/>
flow: begun>work, work>done, done>work
{conditional("finished", "done", "ended", '=result = "done"')}""",
    key="loop",
)

# A round: the task is completed, two tasks without people run side by side and are joined.
PARALLEL_LOOP = diagram(
    f"""<bpmn:startEvent id="begun"/>{user_task("work", 'camunda:candidateGroups="clerks"')}
<bpmn:parallelGateway id="fork"/><bpmn:task id="left"/><bpmn:task id="right"/><bpmn:parallelGateway id="join"/>
<bpmn:exclusiveGateway id="done" default="done_work"/><bpmn:endEvent id="ended"/>
flow: begun>work, work>fork, fork>left, fork>right, left>join, right>join, join>done, done>work
{conditional("finished", "done", "ended", '=result = "done"')}""",
    key="parallel_loop",
)

# One task for each of a list's items, all open at once.
EACH = diagram(
    """<bpmn:startEvent id="begun"/>
<bpmn:userTask id="answer" camunda:candidateGroups="clerks">
<bpmn:multiInstanceLoopCharacteristics camunda:collection="${items}" camunda:elementVariable="item"/>
</bpmn:userTask><bpmn:endEvent id="ended"/>
flow: begun>answer, answer>ended""",
    key="each",
)


def bound(session: Session | Connection) -> Engine:
    """Return an engine for one transaction; the clerk is in the group that the tasks are for."""
    return Engine(SqlStore(session, "township"), groups_of=lambda user: ("clerks",))


@contextmanager
def step(database: Database) -> Iterator[Engine]:
    """Give an engine in a transaction of its own, then commit."""
    with Session(database, expire_on_commit=False) as session:
        yield bound(session)
        session.commit()


def deploy(database: Database) -> None:
    """Deploy all of the processes above."""
    with step(database) as engine:
        engine.deploy({"loop.bpmn": LOOP, "parallel_loop.bpmn": PARALLEL_LOOP, "each.bpmn": EACH}, by="admin")


def start(database: Database, key: str = "loop", **more: object) -> ProcessInstance:
    """Start an instance with 1 KB of variables."""
    with step(database) as engine:
        return engine.start(key, {**VARIABLES, **more}, by=CLERK)


def complete(database: Database, task_id: str, result: str = "go on") -> ProcessInstance:
    """Complete a task in a transaction of its own."""
    with step(database) as engine:
        return engine.complete_task(task_id, {"result": result}, by=CLERK)
