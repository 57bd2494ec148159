"""Small diagrams for the engine's tests, without their drawing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.clock import MovingClock
from engine.engine import Engine
from engine.store.memory import MemoryStore

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  targetNamespace="test">"""
BEGIN = datetime(2026, 10, 9, 0, 0, tzinfo=UTC)


def diagram(body: str, *, key: str = "example", outside: str = "", attributes: str = "") -> bytes:
    """Return a file with one process; `s>t` stands for a sequence flow in the body's lines `flow: s>t, t>e`."""
    lines = []
    for line in body.splitlines():
        if line.strip().startswith("flow:"):
            for pair in line.strip()[5:].split(","):
                source, target = (part.strip() for part in pair.split(">"))
                lines.append(
                    f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'
                )
        else:
            lines.append(line)
    text = "\n".join(lines)
    return (
        f'{HEAD}{outside}<bpmn:process id="{key}" name="Example" isExecutable="true" {attributes}>{text}</bpmn:process>'
        "</bpmn:definitions>"
    ).encode()


def user_task(name: str, attributes: str = 'camunda:assignee="ann"', inside: str = "") -> str:
    """Return a user task."""
    return f'<bpmn:userTask id="{name}" name="{name}" {attributes}>{inside}</bpmn:userTask>'


def timer(form: str, value: str) -> str:
    """Return a timer event definition."""
    return f"<bpmn:timerEventDefinition><bpmn:{form}>{value}</bpmn:{form}></bpmn:timerEventDefinition>"


def conditional(name: str, source: str, target: str, condition: str) -> str:
    """Return a sequence flow with a FEEL or JUEL condition."""
    text = condition.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">'
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'
        "</bpmn:sequenceFlow>"
    )


def engine_with(*files: bytes, **options: Any) -> Engine:
    """Return an engine on an empty in-memory store, with diagrams deployed and a clock that stands still."""
    engine = Engine(MemoryStore("test"), clock=MovingClock(BEGIN), **options)
    for number, content in enumerate(files):
        engine.deploy({f"file{number}.bpmn": content}, by="admin")
    return engine


def open_elements(engine: Engine, instance_id: str) -> list[str]:
    """Return the elements of an instance's open tasks, sorted."""
    return sorted(task.element_id for task in engine.store.tasks(instance_id=instance_id))


def complete(
    engine: Engine, instance_id: str, element: str, data: Mapping[str, Any] | None = None, by: str = "ann"
) -> None:
    """Complete the first open task at an element."""
    task = next(task for task in engine.store.tasks(instance_id=instance_id) if task.element_id == element)
    engine.complete_task(task.id, data, by=by)


def incidents(engine: Engine, instance_id: str) -> list[tuple[str, str]]:
    """Return element and error of an instance's incidents."""
    jobs = engine.store.jobs(instance_id=instance_id, failed=True)
    return [(job.element_id, job.error or "") for job in jobs]


def trace(engine: Engine, instance_id: str, *kinds: str) -> list[str]:
    """Return `kind element` of an instance's events of these kinds, in order."""
    return [
        f"{event.kind} {event.element_id}" for event in engine.events(instance_id) if event.kind in kinds
    ]
