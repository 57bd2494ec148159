"""BPMN's events and what they wait for or throw."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import BOOLEAN, displayed, refused, runs

LINES = (
    runs(on.EVENTS, on.SCOPES),
    refused("implicitThrowEvent", on.SCOPES, why.BEHAVIOUR),
    runs("@name", on.EVENTS),
    displayed("incoming outgoing", on.EVENTS),
    runs("@isInterrupting", "startEvent", values=BOOLEAN),
    runs("@attachedToRef", "boundaryEvent"),
    runs("@cancelActivity", "boundaryEvent", values=BOOLEAN),
    runs("@parallelMultiple", on.CATCH_EVENTS, values=BOOLEAN),
    runs("eventDefinitionRef", on.EVENTS),
    # waiting
    runs("messageEventDefinition", on.CATCH_EVENTS),
    runs("signalEventDefinition", on.CATCH_EVENTS),
    runs("timerEventDefinition", on.CATCH_EVENTS),
    runs("errorEventDefinition", "startEvent boundaryEvent"),
    refused("errorEventDefinition", "intermediateCatchEvent", why.NOT_HERE),
    runs("escalationEventDefinition", "startEvent boundaryEvent"),
    refused("escalationEventDefinition", "intermediateCatchEvent", why.NOT_HERE),
    runs("conditionalEventDefinition", on.CATCH_EVENTS),
    runs("linkEventDefinition", "intermediateCatchEvent"),
    refused("linkEventDefinition", "startEvent boundaryEvent", why.NOT_HERE),
    runs("compensateEventDefinition", "startEvent boundaryEvent"),
    refused("compensateEventDefinition", "intermediateCatchEvent", why.NOT_HERE),
    runs("cancelEventDefinition", "boundaryEvent"),
    refused("cancelEventDefinition", "startEvent intermediateCatchEvent", why.NOT_HERE),
    refused("terminateEventDefinition", on.CATCH_EVENTS, why.NOT_HERE),
    # throwing
    runs("messageEventDefinition", on.THROW_EVENTS),
    runs("signalEventDefinition", on.THROW_EVENTS),
    runs("errorEventDefinition", "endEvent"),
    refused("errorEventDefinition", "intermediateThrowEvent", why.NOT_HERE),
    runs("escalationEventDefinition", on.THROW_EVENTS),
    runs("linkEventDefinition", "intermediateThrowEvent"),
    refused("linkEventDefinition", "endEvent", why.NOT_HERE),
    runs("compensateEventDefinition", on.THROW_EVENTS),
    runs("cancelEventDefinition", "endEvent"),
    refused("cancelEventDefinition", "intermediateThrowEvent", why.NOT_HERE),
    runs("terminateEventDefinition", "endEvent"),
    refused("terminateEventDefinition", "intermediateThrowEvent", why.NOT_HERE),
    refused("timerEventDefinition conditionalEventDefinition", on.THROW_EVENTS, why.NOT_HERE),
    # definitions
    runs("@messageRef", "messageEventDefinition"),
    displayed("operationRef", "messageEventDefinition", hint=why.INTERFACE),
    runs("@signalRef", "signalEventDefinition"),
    runs(on.TIMES, "timerEventDefinition"),
    runs("@errorRef", "errorEventDefinition"),
    runs("@escalationRef", "escalationEventDefinition"),
    runs("condition", "conditionalEventDefinition"),
    runs("@name source target", "linkEventDefinition"),
    runs("@activityRef", on.THROWN_COMPENSATION),
    runs("@waitForCompletion", on.THROWN_COMPENSATION, values=BOOLEAN),
    refused("@activityRef", "compensateEventDefinition", why.NOT_HERE),
    displayed("@waitForCompletion", "compensateEventDefinition"),
    # data
    refused("property", on.EVENTS, why.DATA),
    refused("dataOutput dataOutputAssociation outputSet", on.CATCH_EVENTS, why.DATA),
    refused("dataInput dataInputAssociation inputSet", on.THROW_EVENTS, why.DATA),
    # what a multi-instance throws
    displayed("@name", "event"),
    runs("signalEventDefinition escalationEventDefinition messageEventDefinition eventDefinitionRef", "event"),
    refused("incoming outgoing property dataInput dataInputAssociation inputSet", "event", why.NOT_HERE),
    refused(
        "errorEventDefinition terminateEventDefinition cancelEventDefinition compensateEventDefinition "
        "linkEventDefinition timerEventDefinition conditionalEventDefinition", "event", why.NOT_HERE,
    ),
    refused(
        f"@name incoming outgoing {on.EVENT_DEFINITIONS} eventDefinitionRef "
        "property dataInput dataInputAssociation inputSet",
        "implicitThrowEvent", why.BEHAVIOUR,
    ),
)
