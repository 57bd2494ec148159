"""Random structured processes: the engine takes the very flows that a reference token game takes."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import replay
from engine.engine import Engine
from engine.history import Event
from engine.surroundings import Surroundings
from tests.engine.diagrams import engine_with
from tests.engine.token_game.drawing import Block, Drawing, processes
from tests.engine.token_game.reference import Game

KINDS = ("element_entered", "element_left", "flow_taken", "variable_written")
STEPS = 25


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    """Return what the reference tells as well: all but the multi-instance's counters and the process's own entry."""
    found: list[tuple[Any, ...]] = []
    for event in events:
        if event.kind == "variable_written":
            if event.data["name"] == "n" and not event.data.get("input"):
                found.append((event.kind, "n", event.values["n"]))
        elif event.kind in KINDS and (event.kind, event.element_id) != ("element_entered", "process"):
            found.append((event.kind, event.element_id))
    return found


def without_insides(trace: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the reference's trace with the names that the engine gives to a multi-instance's insides."""
    return [tuple(part.removesuffix("/one") if isinstance(part, str) else part for part in item) for item in trace]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(processes, st.integers(0, 3), st.lists(st.integers(0, 5), min_size=STEPS, max_size=STEPS))
def test_the_engine_plays_the_token_game(blocks: list[Block], n: int, choices: list[int]) -> None:
    drawing = Drawing(blocks)
    game = Game(drawing.nodes, drawing.flows, n)
    engine: Engine = engine_with(drawing.bpmn())
    instance = engine.start("process", {"n": n}, by="ann")
    for choice in choices:
        if not game.waiting:
            break
        tasks = sorted(engine.store.tasks(instance_id=instance.id), key=lambda task: int(task.id.split(":")[1]))
        assert sorted(task.element_id for task in tasks) == sorted(name for name, _ in game.waiting)
        index = choice % len(game.waiting)
        name = game.waiting[index][0]
        twins = [at for at, (other, _) in enumerate(game.waiting) if other == name]
        same = [task for task in tasks if task.element_id == name]
        game.complete(index)
        engine.complete_task(same[twins.index(index)].id, by="ann")
        assert told(engine.events(instance.id)) == without_insides(game.trace)
    recorded = engine.events(instance.id)
    assert told(recorded) == without_insides(game.trace)
    assert (engine.instance(instance.id).status == "completed") == (not game.waiting)
    again = replay.refeed(recorded, engine.latest("process"), Surroundings(), instance_id=instance.id)
    assert replay.first_difference(recorded, again) is None
