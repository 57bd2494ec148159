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
    runs("@parallelMultiple", on.CATCH_EVENTS, values="false", hint=why.NOT_YET),
    refused("eventDefinitionRef", on.EVENTS, why.LINKED),
    # waiting
    runs("messageEventDefinition", on.CATCH_EVENTS),
    runs("signalEventDefinition", on.CATCH_EVENTS),
    runs("timerEventDefinition", on.CATCH_EVENTS),
    runs("errorEventDefinition", "startEvent boundaryEvent"),
    refused("errorEventDefinition", "intermediateCatchEvent", why.NOT_HERE),
    refused("escalationEventDefinition", "startEvent boundaryEvent", why.NOT_YET),
    refused("escalationEventDefinition", "intermediateCatchEvent", why.NOT_HERE),
    refused("conditionalEventDefinition", on.CATCH_EVENTS, why.NOT_YET),
    refused("linkEventDefinition", "intermediateCatchEvent", why.NOT_YET),
    refused("linkEventDefinition", "startEvent boundaryEvent", why.NOT_HERE),
    refused("compensateEventDefinition", "startEvent boundaryEvent", why.NOT_YET),
    refused("compensateEventDefinition", "intermediateCatchEvent", why.NOT_HERE),
    refused("cancelEventDefinition", "boundaryEvent", why.NOT_YET),
    refused("cancelEventDefinition", "startEvent intermediateCatchEvent", why.NOT_HERE),
    refused("terminateEventDefinition", on.CATCH_EVENTS, why.NOT_HERE),
    # throwing
    runs("messageEventDefinition", on.THROW_EVENTS),
    runs("signalEventDefinition", on.THROW_EVENTS),
    runs("errorEventDefinition", "endEvent"),
    refused("errorEventDefinition", "intermediateThrowEvent", why.NOT_HERE),
    refused("escalationEventDefinition", on.THROW_EVENTS, why.NOT_YET),
    refused("linkEventDefinition", "intermediateThrowEvent", why.NOT_YET),
    refused("linkEventDefinition", "endEvent", why.NOT_HERE),
    refused("compensateEventDefinition", on.THROW_EVENTS, why.NOT_YET),
    refused("cancelEventDefinition", "endEvent", why.NOT_YET),
    refused("cancelEventDefinition", "intermediateThrowEvent", why.NOT_HERE),
    runs("terminateEventDefinition", "endEvent"),
    refused("terminateEventDefinition", "intermediateThrowEvent", why.NOT_HERE),
    refused("timerEventDefinition conditionalEventDefinition", on.THROW_EVENTS, why.NOT_HERE),
    # definitions
    runs("@messageRef", "messageEventDefinition"),
    refused("operationRef", "messageEventDefinition", why.WEB_SERVICE),
    runs("@signalRef", "signalEventDefinition"),
    runs(on.TIMES, "timerEventDefinition"),
    runs("@errorRef", "errorEventDefinition"),
    refused("@escalationRef", "escalationEventDefinition", why.NOT_YET),
    refused("condition", "conditionalEventDefinition", why.NOT_YET),
    refused("@name source target", "linkEventDefinition", why.NOT_YET),
    refused("@activityRef @waitForCompletion", "compensateEventDefinition", why.NOT_YET),
    # data
    refused("property", on.EVENTS, why.DATA),
    refused("dataOutput dataOutputAssociation outputSet", on.CATCH_EVENTS, why.DATA),
    refused("dataInput dataInputAssociation inputSet", on.THROW_EVENTS, why.DATA),
    # what a multi-instance throws
    refused(
        f"@name incoming outgoing {on.EVENT_DEFINITIONS} eventDefinitionRef "
        "property dataInput dataInputAssociation inputSet",
        on.IMPLICIT_EVENTS, why.BEHAVIOUR,
    ),
)
