"""Reads event definitions: what an event waits for, catches or throws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine import timer
from engine.dialect import messages
from engine.dialect.messages import name_of
from engine.dialect.xml import camunda, children, is_bpmn, local, text_of
from engine.elements import events
from engine.elements.error_event import Catch, ThrowError
from engine.elements.message_event import Subscription
from engine.elements.signal_event import Terminate, ThrowSignal
from engine.elements.timer_event import Timer

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder


def definitions_of(element: etree._Element) -> list[etree._Element]:
    """Return an event's definitions, in the order of the file."""
    return [item for item in children(element) if local(item).endswith("EventDefinition")]


def read_catching(builder: Builder, node: events.CatchingEvent, element: etree._Element) -> None:
    """Give a start, intermediate catch or boundary event its definitions."""
    triggers: list[events.Trigger] = []
    catches: list[Catch] = []
    definitions = definitions_of(element)
    for definition in definitions:
        match _catching(builder, element, definition):
            case Catch() as catch:
                catches.append(catch)
            case None:
                pass
            case trigger:
                triggers.append(trigger)
    node.triggers, node.catches = tuple(triggers), tuple(catches)
    if not definitions and not isinstance(node, events.StartEvent):
        builder.finding(element, "event_empty")
    if len(definitions) > 1:
        builder.finding(element, "event_many")


def _catching(
    builder: Builder, element: etree._Element, definition: etree._Element
) -> events.Trigger | Catch | None:
    match local(definition):
        case "timerEventDefinition":
            return _timer(builder, definition)
        case "messageEventDefinition":
            return messages.waiting(builder, element, definition)
        case "signalEventDefinition":
            return Subscription("signal", name_of(builder, definition, "signalRef"))
        case "errorEventDefinition":
            return Catch("error", error_code(builder, element, definition), camunda(definition, "errorCodeVariable"))
    builder.finding(element, "element_unsupported", what=f"bpmn:{local(element)}/{local(definition)}")
    return None


def read_throwing(builder: Builder, node: events.ThrowEvent, element: etree._Element) -> None:
    """Give an intermediate throw or end event its definitions."""
    definitions = definitions_of(element)
    found = [_throwing(builder, element, definition) for definition in definitions]
    node.throws = tuple(throw for throw in found if throw is not None)
    if len(definitions) > 1:
        builder.finding(element, "event_many")


def _throwing(builder: Builder, element: etree._Element, definition: etree._Element) -> events.Throw | None:
    match local(definition):
        case "messageEventDefinition":
            return messages.sending(builder, element, definition)
        case "signalEventDefinition":
            return ThrowSignal(name_of(builder, definition, "signalRef"))
        case "errorEventDefinition" if is_bpmn(element, "endEvent"):
            if camunda(definition, "errorCodeVariable"):
                builder.finding(element, "attribute_unsupported", what="camunda:errorCodeVariable")
            return ThrowError(error_code(builder, element, definition) or "")
        case "terminateEventDefinition" if is_bpmn(element, "endEvent"):
            return Terminate()
    builder.finding(element, "element_unsupported", what=f"bpmn:{local(element)}/{local(definition)}")
    return None


def _timer(builder: Builder, definition: etree._Element) -> Timer | None:
    forms = children(definition, "timeDate", "timeDuration", "timeCycle")
    if len(forms) != 1 or not text_of(forms[0]):
        builder.finding(definition, "event_empty")
        return None
    form, text = local(forms[0]), text_of(forms[0])
    value = builder.written_in(forms[0])
    if value.compiled is None and not value.problem and not timer.is_valid(form, text):
        builder.finding(forms[0], "timer_invalid", value=text)
    return Timer(form, value)


def error_code(builder: Builder, element: etree._Element, definition: etree._Element) -> str | None:
    """Return the code of the error that a definition refers to, or None for any."""
    reference = definition.get("errorRef")
    if not reference:
        return None
    target = builder.named.get(reference.split(":")[-1])
    if target is None:
        builder.finding(element, "reference_dangling", what=reference)
        return None
    return str(target.get("errorCode") or target.get("name") or "")
