"""Reads event definitions: what an event waits for, catches or throws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine import timer
from engine.cron import as_quartz
from engine.dialect import messages
from engine.dialect.calls import handover_of
from engine.dialect.messages import name_of
from engine.dialect.xml import CAMUNDA, camunda, child, children, extensions, is_bpmn, local, text_of
from engine.elements import events
from engine.elements.compensation_event import ThrowCompensation
from engine.elements.conditional_event import Condition
from engine.elements.error_event import Catch, ThrowError
from engine.elements.escalation_event import ThrowEscalation
from engine.elements.message_event import Subscription
from engine.elements.signal_event import Terminate, ThrowSignal
from engine.elements.timer_event import Timer
from engine.elements.transaction import Cancel
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder


_LAST = ("escalationEventDefinition", "errorEventDefinition", "cancelEventDefinition", "terminateEventDefinition")
"""What may end the scope, so that of several definitions it is thrown after all others."""
_CHANGES = frozenset(("create", "update", "delete"))


def definitions_of(builder: Builder, element: etree._Element) -> list[etree._Element]:
    """Return an event's definitions, in the order of the file."""
    for reference in children(element, "eventDefinitionRef"):  # others have been put in
        builder.finding(element, "reference_dangling", what=text_of(reference))
    return [item for item in children(element) if local(item).endswith("EventDefinition")]


def read_catching(builder: Builder, node: events.CatchingEvent, element: etree._Element) -> None:
    """Give a start, intermediate catch or boundary event its definitions."""
    triggers: list[events.Trigger] = []
    catches: list[Catch] = []
    definitions = definitions_of(builder, element)
    for definition in definitions:
        match _catching(builder, node, element, definition):
            case Catch() as catch:
                catches.append(catch)
            case None:
                pass
            case trigger:
                triggers.append(trigger)
    node.triggers, node.catches = tuple(triggers), tuple(catches)
    node.is_parallel_multiple = element.get("parallelMultiple") == "true" and len(definitions) > 1
    if not definitions and not isinstance(node, events.StartEvent):
        builder.finding(element, "event_empty")
    for definition in definitions if len(definitions) > 1 else ():
        if local(definition) == "linkEventDefinition" or (catches and node.is_parallel_multiple):
            builder.finding(element, "definition_alone", what=f"bpmn:{local(definition)}")
            break


def _catching(
    builder: Builder, node: events.CatchingEvent, element: etree._Element, definition: etree._Element
) -> events.Trigger | Catch | None:
    match local(definition):
        case "timerEventDefinition":
            return read_timer(builder, definition)
        case "messageEventDefinition":
            return messages.waiting(builder, element, definition)
        case "signalEventDefinition":
            return Subscription("signal", name_of(builder, definition, "signalRef"))
        case "errorEventDefinition":
            return Catch(
                "error", _caught_code(builder, element, definition, "error"), camunda(definition, "errorCodeVariable"),
                camunda(definition, "errorMessageVariable"), is_coded=_has_code(builder, definition, "error"),
            )
        case "escalationEventDefinition":
            return Catch(
                "escalation", _caught_code(builder, element, definition, "escalation"),
                camunda(definition, "escalationCodeVariable"), is_coded=_has_code(builder, definition, "escalation"),
            )
        case "conditionalEventDefinition":
            return _condition(builder, definition)
        case "linkEventDefinition" if isinstance(node, events.CatchEvent):
            node.is_link = True
            return None
        case "compensateEventDefinition" if not is_bpmn(element, "intermediateCatchEvent"):
            return Catch("compensation")
        case "cancelEventDefinition" if is_bpmn(element, "boundaryEvent"):
            return Catch("cancel")
    builder.finding(element, "element_unsupported", what=f"bpmn:{local(element)}/{local(definition)}")
    return None


def read_throwing(builder: Builder, node: events.ThrowEvent, element: etree._Element) -> None:
    """Give an intermediate throw or end event its definitions."""
    definitions = definitions_of(builder, element)
    definitions.sort(key=lambda definition: _LAST.index(local(definition)) if local(definition) in _LAST else -1)
    found = [_throwing(builder, element, definition) for definition in definitions]
    node.throws = tuple(throw for throw in found if throw is not None)


def read_thrown(builder: Builder, event: etree._Element) -> tuple[events.Throw, ...]:
    """Return what an event throws that is not drawn: a multi-instance's complex behaviour has such ones."""
    found = [_throwing(builder, event, definition) for definition in definitions_of(builder, event)]
    if not found:
        builder.finding(event, "event_empty")
    return tuple(throw for throw in found if throw is not None)


def read_referenced(builder: Builder, element: etree._Element, reference: str) -> tuple[events.Throw, ...]:
    """Return what an event definition throws that stands at the file's root."""
    for item in children(builder.root):
        if item.get("id") == reference.split(":")[-1] and local(item).endswith("EventDefinition"):
            throw = _throwing(builder, element, item)
            return () if throw is None else (throw,)
    builder.finding(element, "reference_dangling", what=reference)
    return ()


def _throwing(builder: Builder, element: etree._Element, definition: etree._Element) -> events.Throw | None:
    match local(definition):
        case "messageEventDefinition":
            return messages.sending(builder, element, definition)
        case "signalEventDefinition":
            given = [item for item in extensions(definition) if item.tag == f"{{{CAMUNDA}}}in"]
            for item in given:
                if item.get("businessKey"):
                    builder.finding(element, "attribute_unsupported", what="camunda:businessKey")
            return ThrowSignal(
                name_of(builder, definition, "signalRef"), tuple(handover_of(builder, item) for item in given)
            )
        case "errorEventDefinition" if is_bpmn(element, "endEvent"):
            if camunda(definition, "errorCodeVariable"):
                builder.finding(element, "attribute_unsupported", what="camunda:errorCodeVariable")
            return ThrowError(
                _thrown_code(builder, element, definition, "error"), _error_message(builder, definition),
                _has_code(builder, definition, "error"),
            )
        case "escalationEventDefinition":
            code = _thrown_code(builder, element, definition, "escalation")
            return ThrowEscalation(code, _has_code(builder, definition, "escalation"))
        case "linkEventDefinition" if is_bpmn(element, "intermediateThrowEvent"):
            return None  # a link is a way: see links.py
        case "terminateEventDefinition" if is_bpmn(element, "endEvent"):
            return Terminate()
        case "cancelEventDefinition" if is_bpmn(element, "endEvent"):
            return Cancel()
        case "compensateEventDefinition":
            activity = definition.get("activityRef", "").split(":")[-1]
            return ThrowCompensation(activity or None, definition.get("waitForCompletion") != "false")
    builder.finding(element, "element_unsupported", what=f"bpmn:{local(element)}/{local(definition)}")
    return None


def read_timer(builder: Builder, definition: etree._Element) -> Timer | None:
    forms = children(definition, "timeDate", "timeDuration", "timeCycle")
    if len(forms) != 1 or not text_of(forms[0]):
        builder.finding(definition, "event_empty")
        return None
    form, text = local(forms[0]), text_of(forms[0])
    value = builder.written_in(forms[0])
    begins_on_monday = builder.dialect.PREFIX == "zeebe"
    literal = as_quartz(text) if begins_on_monday else text
    if value.compiled is None and not value.problem and not timer.is_valid(form, literal):
        builder.finding(forms[0], "timer_invalid", value=text)
    return Timer(form, value, begins_on_monday)


def _condition(builder: Builder, definition: etree._Element) -> Condition | None:
    element = child(definition, "condition")
    if element is None or not text_of(element):
        builder.finding(definition, "event_empty")
        return None
    variables, changes = (_words(text) for text in builder.dialect.condition_filter(definition))
    for change in changes:
        if change not in _CHANGES:
            name = f"{builder.dialect.PREFIX}:variableEvents"
            builder.finding(definition, "value_unsupported", what=name, value=change)
    return Condition(builder.condition(element), variables, changes)


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def code_of(builder: Builder, element: etree._Element, definition: etree._Element, what: str) -> str | None:
    """Return the code of the error or escalation that a definition refers to, or None for any.

    One that has neither code nor name is known by its id.
    """
    reference = definition.get(f"{what}Ref")
    if not reference:
        return None
    target = builder.named.get(reference.split(":")[-1])
    if target is None or not is_bpmn(target, what):
        builder.finding(element, "reference_dangling", what=reference)
        return None
    return str(target.get(f"{what}Code") or target.get("name") or target.get("id"))


def _has_code(builder: Builder, definition: etree._Element, what: str) -> bool:
    target = builder.named.get(definition.get(f"{what}Ref", "").split(":")[-1])
    return target is not None and bool(target.get(f"{what}Code"))


def _caught_code(builder: Builder, element: etree._Element, definition: etree._Element, what: str) -> str | None:
    """Return the code that is caught: known before anything runs."""
    code = code_of(builder, element, definition, what)
    if code is not None and builder.compiled(definition, code).compiled is not None:
        builder.finding(element, "value_unsupported", what=f"bpmn:{what}/{what}Code", value=code)
    return code


def _thrown_code(builder: Builder, element: etree._Element, definition: etree._Element, what: str) -> Expression:
    if not definition.get(f"{what}Ref"):
        builder.advise(element, "code_missing")
    return builder.compiled(definition, code_of(builder, element, definition, what) or "")


def _error_message(builder: Builder, definition: etree._Element) -> Expression | None:
    target = builder.named.get(definition.get("errorRef", "").split(":")[-1])
    text = None if target is None else camunda(target, "errorMessage")
    return None if target is None or text is None else builder.compiled(target, text)
