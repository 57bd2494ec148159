"""Every test of a construct runs twice: as it is, and with the instance stored and loaded after every single token."""

from __future__ import annotations

import pytest

from engine import snapshot
from engine.elements.execution import Execution
from engine.elements.flow_node import Token


def store_and_load(execution: Execution) -> None:
    """Replace all that lives in an execution by what its stored state gives; only the order of who is next is kept."""
    text, order = snapshot.take(execution), [token.id for token in execution.queue]
    for kept in (
        execution.tasks, execution.waiting, execution.undecided, execution.conditions, execution.open_tasks,
        execution.called, execution.queue,
    ):
        kept.clear()
    snapshot.restore(execution, text)
    assert snapshot.take(execution) == text
    execution.queue.extend(execution.tasks[number] for number in order if number in execution.tasks)


@pytest.fixture(autouse=True, params=["", "stored after every token"])
def _after_every_token(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        return
    run = Token.run

    def run_and_store(token: Token) -> bool | None:
        execution = token.workflow
        waits: bool | None = run(token)
        if execution.task_tree is not None and execution.tasks and execution.task_tree.id in execution.tasks:
            store_and_load(execution)
        return waits

    monkeypatch.setattr(Token, "run", run_and_store)
