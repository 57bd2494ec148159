"""Plays the small diagrams that stand beside the tests of the constructs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine import replay
from engine.engine import Engine
from engine.surroundings import Surroundings
from tests.engine.diagrams import engine_with

HERE = Path(__file__).parent
WAY = {
    "element_entered": "+", "element_left": "-", "element_cancelled": "×", "flow_taken": ">", "link_followed": "~",
    "escalation_uncaught": "!", "condition_met": "?",
}


def playing(*names: str, **options: Any) -> Engine:
    """Return an engine on an empty in-memory store: each of its calls loads the instance and stores it again."""
    return engine_with(*((HERE / f"{name}.bpmn").read_bytes() for name in names), **options)


def trace(engine: Engine, instance_id: str, after: int = 0) -> str:
    """Return the elements entered (+), left (-) and cancelled (×), flows (>) and links (~) taken, from an event on.

    An instance must also come to the same history when all that came from outside is fed again.
    """
    events = engine.events(instance_id)
    instance = engine.instance(instance_id)
    again = replay.refeed(events, instance.definition, Surroundings(), instance_id=instance_id)
    assert replay.first_difference(events, again) is None
    return " ".join(
        f"{WAY[event.kind]}{event.element_id}" for event in events if event.number > after and event.kind in WAY
    )


def ran(engine: Engine, instance_id: str) -> list[str]:
    """Return the scripts that have run, in order: each adds its name to a list."""
    found: list[str] = engine.variables(instance_id)["ran"]
    return found


def refusals(content: bytes) -> list[tuple[str, str | None]]:
    """Return rule and element of each reason why a file is not deployed."""
    found = engine_with().check({"x.bpmn": content})
    return [(finding.rule, finding.element_id) for finding in found if finding.severity == "error"]


def last(engine: Engine, instance_id: str) -> int:
    """Return the number of the newest event."""
    return engine.store.load(instance_id).last_event
