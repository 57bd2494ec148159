"""Reads Camunda 7's listeners: expressions, which may set variables and change tasks, and scripts in FEEL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine import juel
from engine.dialect.event_definitions import read_timer
from engine.dialect.vocabulary import hints as why
from engine.dialect.xml import CAMUNDA, child, extensions, is_bpmn, text_of
from engine.elements.listener import Listener
from engine.elements.user_task import Timeout

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

OF_EXECUTION = frozenset(f"execution.{method}" for method in juel.DEEDS["execution"])
"""What a service task's expression and an execution listener may do."""
_OF_ENDED_TASK = OF_EXECUTION | {f"task.{method}" for method in juel.DEEDS["execution"]}
_OF_TASK = OF_EXECUTION | {f"task.{method}" for method in juel.DEEDS["task"]}


def execution_listeners(builder: Builder, element: etree._Element) -> list[Listener]:
    """Return the listeners of an element or sequence flow."""
    default = "take" if is_bpmn(element, "sequenceFlow") else ""
    found = (_listener(builder, item, OF_EXECUTION, default) for item in _all(element, "executionListener"))
    return [listener for listener in found if listener is not None]


def task_listeners(builder: Builder, element: etree._Element) -> tuple[list[Listener], list[Timeout]]:
    """Return a user task's listeners, and those that run at a time."""
    listeners: list[Listener] = []
    timeouts: list[Timeout] = []
    for item in _all(element, "taskListener"):
        has_ended = item.get("event") in ("complete", "delete")
        listener = _listener(builder, item, _OF_ENDED_TASK if has_ended else _OF_TASK)
        definition = child(item, "timerEventDefinition")
        if listener is None:
            continue
        if (listener.event == "timeout") != (definition is not None):
            builder.finding(item, "event_empty" if definition is None else "listener_timer")
        elif definition is None:
            listeners.append(listener)
        elif (timer := read_timer(builder, definition)) is not None:
            timeouts.append(Timeout(timer, listener))
    return listeners, timeouts


def _all(element: etree._Element, name: str) -> list[etree._Element]:
    return [item for item in extensions(element) if item.tag == f"{{{CAMUNDA}}}{name}"]


def _listener(builder: Builder, item: etree._Element, deeds: frozenset[str], default: str = "") -> Listener | None:
    """Return a listener; what calls Java is refused by the check of names."""
    event, expression = item.get("event") or default, item.get("expression", "").strip()
    script = item.find(f"{{{CAMUNDA}}}script")
    if not event:
        builder.finding(item, "attribute_missing", what=f"camunda:{etree.QName(item).localname}/event")
    if item.get("class") or item.get("delegateExpression"):
        return None
    if expression:
        action = builder.compiled(item, expression, deeds=deeds)
        if action.compiled is None and not action.problem:
            builder.finding(item, "expression_invalid", detail=expression)
        return Listener(event, action)
    if script is not None and script.get("scriptFormat", "").lower() in ("", "feel"):
        return Listener(event, builder.compiled(script, text_of(script), feel=True), is_script=True)
    if script is not None:
        builder.finding(script, "script_refused", why.SCRIPT_OF_LISTENER, value=script.get("scriptFormat", ""))
    else:
        builder.finding(item, "listener_empty")
    return None
