"""Where a case stands on its diagram: the picture, what is lit, what is done, which ways were taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import Engine, Event, ProcessDefinition


def read_diagram(engine: Engine, instance_id: str) -> dict[str, Any]:
    """Return what the page's script draws: `xml`, and the ids `current`, `done` and `flows`.

    `calls` holds the same, with a `name`, for each called process that runs.
    """
    instance, events = engine.instance(instance_id), engine.events(instance_id)
    calls = [
        {"name": call.definition.name, **_drawn(call.definition, call.positions, events, call.number)}
        for call in instance.calls
    ]
    return {**_drawn(instance.definition, instance.positions, events, None), "calls": calls}


def _drawn(
    definition: ProcessDefinition, current: Sequence[str], events: Sequence[Event], call: int | None
) -> dict[str, Any]:
    done: dict[str, None] = {}
    flows: dict[str, None] = {}
    for event in events:
        if event.data.get("call") != call:
            continue
        if event.kind in ("element_left", "task_completed") and event.element_id:
            done[event.element_id] = None
        elif event.kind == "flow_taken" and event.element_id:
            flows[event.element_id] = None
    return {
        "xml": definition.xml.decode("utf-8"), "current": list(dict.fromkeys(current)), "done": list(done),
        "flows": list(flows),
    }  # fmt: skip
