"""Reads what is sent and waited for by message: names, correlation keys, where message flows lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.dialect.xml import camunda, child, children, is_bpmn
from engine.elements.events import Throw
from engine.elements.message_event import Subscription
from engine.elements.sending import ThrowByExpression, ThrowMessage
from engine.expression import Expression
from engine.message import Target

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

TIME_TO_LIVE = "message.timeToLive"


def name_of(builder: Builder, element: etree._Element, attribute: str) -> Expression:
    """Return the name of the message or signal that an element refers to; one without a name is known by its id."""
    reference = element.get(attribute)
    if not reference:
        builder.finding(element, "event_empty")
        return Expression("", problem="there is no name")
    target = builder.named.get(reference.split(":")[-1])
    if target is None:
        builder.finding(element, "reference_dangling", what=reference)
        return Expression("", problem="there is no name")
    return builder.compiled(target, target.get("name") or reference.split(":")[-1])


def waiting(builder: Builder, element: etree._Element, definition: etree._Element) -> Subscription:
    """Return what an event or a receive task waits for; `definition` is what refers to the message."""
    key = builder.dialect.correlation_key(builder, element, definition)
    return Subscription("message", name_of(builder, definition, "messageRef"), key)


def sending(builder: Builder, element: etree._Element, definition: etree._Element) -> Throw:
    """Return how a throwing event sends: by a worker, by an expression, or through the engine itself."""
    expression, result = camunda(definition, "expression"), camunda(definition, "resultVariable")
    if (job := builder.dialect.sent_by_worker(builder, element, definition)) is not None:
        return job
    if expression is not None:
        return ThrowByExpression(builder.compiled(definition, expression), result)
    return through_engine(builder, element, definition)


def through_engine(builder: Builder, element: etree._Element, definition: etree._Element) -> ThrowMessage:
    """Return the message that a throwing event or a send task sends to whoever waits for it."""
    return ThrowMessage(
        name_of(builder, definition, "messageRef"), builder.dialect.correlation_key(builder, element, definition),
        _property(builder, element, TIME_TO_LIVE), _targets(builder, element),
    )


def _property(builder: Builder, element: etree._Element, name: str) -> Expression | None:
    text = builder.dialect.properties_of(element).get(name)
    return None if text is None else builder.compiled(element, text)


def _targets(builder: Builder, element: etree._Element) -> tuple[Target, ...]:
    """Return where the message flows from an element lead; one that leads out of the system is a finding."""
    found = []
    collaboration = child(builder.root, "collaboration")
    for flow in () if collaboration is None else children(collaboration, "messageFlow"):
        if flow.get("sourceRef") == element.get("id"):
            target = _target(builder.root, (flow.get("targetRef") or "").split(":")[-1])
            if target is None:
                builder.finding(element, "message_leaves", what=flow.get("targetRef") or "")
            else:
                found.append(target)
    return tuple(found)


def _target(root: etree._Element, reference: str) -> Target | None:
    """Return the process, or its element, that a message flow leads to; None where no process of this file runs."""
    for element in root.iter():
        if not isinstance(element.tag, str) or element.get("id") != reference:
            continue
        if is_bpmn(element, "participant"):
            process = (element.get("processRef") or "").split(":")[-1]
            runs = any(
                item.get("id") == process and item.get("isExecutable") == "true" for item in children(root, "process")
            )
            return Target(process) if runs else None
        around: etree._Element | None = element
        while around is not None and not is_bpmn(around, "process"):
            around = around.getparent()
        if around is not None and around.get("isExecutable") == "true":
            return Target(around.get("id", ""), reference)
    return None
