"""What a function of the application told is an input: a replay is told the same, whatever it would tell now."""

from datetime import timedelta

import pytest

from engine import Engine
from engine.errors import ExecutionFailed
from engine.feel import Function
from engine.replay import ReplayImpossible, first_difference, refeed
from engine.surroundings import Surroundings
from tests.engine.diagrams import diagram, engine_with, timer, user_task

TASK = '<bpmn:startEvent id="start"/>' + user_task("ask", 'camunda:assignee="ann" camunda:dueDate="${limit(2)}"')
TASK += f'<bpmn:boundaryEvent id="late" attachedToRef="ask">{timer("timeDate", "${limit(1)}")}</bpmn:boundaryEvent>'
TASK += '<bpmn:endEvent id="end"/><bpmn:endEvent id="over"/>\nflow: start>ask, ask>end, late>over'


def limits(days: int) -> dict[str, Function]:
    """A calendar's function, by which each unit of a limit has so many days."""

    def limit(run, amount):  # type: ignore[no-untyped-def]
        if days == 0:
            raise ExecutionFailed("no calendar")
        return run.now + timedelta(days=days * int(amount))

    return {"limit": Function("limit", ("amount",), limit, required=1, is_recorded=True)}


def started(days: int) -> tuple[Engine, str]:
    engine = engine_with(diagram(TASK), functions=limits(days))
    return engine, engine.start("example", by="ann").id


@pytest.mark.parametrize("days_then, days_now", [(1, 1), (1, 3), (0, 3), (3, 0)])
def test_a_later_change_of_what_a_function_tells_does_not_change_a_replay(days_then: int, days_now: int) -> None:
    engine, number = started(days_then)
    engine.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    engine.run_due()
    events, definition = engine.events(number), engine.instance(number).definition
    again = refeed(events, definition, Surroundings(functions=limits(days_now)), instance_id=number)
    assert first_difference(events, again) is None
    assert engine.verify(number) == len(events)


def test_the_history_tells_what_was_asked_and_what_was_told() -> None:
    engine, number = started(1)
    told = [event.values["results"] for event in engine.events(number) if event.kind == "functions_called"]
    assert sorted(entry["arguments"][0] for (entry,) in told) == [1, 2]
    assert all(entry["function"] == "limit" and "@datetime" in entry["value"] for (entry,) in told)


def test_a_result_that_was_erased_makes_a_replay_impossible() -> None:
    engine, number = started(1)
    events = engine.events(number)
    for event in events:
        if event.kind == "functions_called":
            event.values.clear()  # type: ignore[attr-defined]
    with pytest.raises(ReplayImpossible):
        refeed(events, engine.instance(number).definition, Surroundings(functions=limits(1)), instance_id=number)
