"""Where a case stands on its diagram: the picture, what is lit, what is done, which ways were taken."""

from __future__ import annotations

from typing import Any

from engine import Engine


def read_diagram(engine: Engine, instance_id: str) -> dict[str, Any]:
    """Return what the page's script draws: `xml`, and the ids `current`, `done` and `flows`."""
    instance = engine.instance(instance_id)
    done: dict[str, None] = {}
    flows: dict[str, None] = {}
    for event in engine.events(instance_id):
        if event.kind in ("element_left", "task_completed") and event.element_id:
            done[event.element_id] = None
        elif event.kind == "flow_taken" and event.element_id:
            flows[event.element_id] = None
    return {
        "xml": instance.definition.xml.decode("utf-8"), "current": list(dict.fromkeys(instance.positions)),
        "done": list(done), "flows": list(flows),
    }  # fmt: skip
