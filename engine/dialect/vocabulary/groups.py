"""Owners that have lines in common, by BPMN's names."""

from __future__ import annotations

CHOREOGRAPHIES = "choreography globalChoreographyTask subChoreography"
CHOREOGRAPHY_ACTIVITIES = "callChoreography subChoreography choreographyTask"
COLLABORATIONS = "collaboration globalConversation choreography globalChoreographyTask"
CONVERSATIONS = "conversation subConversation callConversation"
SUB_PROCESSES = "subProcess transaction adHocSubProcess"
SCOPES = f"process {SUB_PROCESSES}"
WORKED_TASKS = "serviceTask sendTask businessRuleTask"  # what Camunda calls like a service task
OTHERS_WORK = f"task manualTask scriptTask receiveTask {WORKED_TASKS} callActivity {SUB_PROCESSES}"  # no user's
TASKS = f"task manualTask userTask scriptTask receiveTask {WORKED_TASKS}"
ACTIVITIES = f"{TASKS} callActivity {SUB_PROCESSES}"
GATEWAYS = "exclusiveGateway parallelGateway inclusiveGateway complexGateway eventBasedGateway"
CATCH_EVENTS = "startEvent intermediateCatchEvent boundaryEvent"
THROW_EVENTS = "endEvent intermediateThrowEvent"
EVENTS = f"{CATCH_EVENTS} {THROW_EVENTS}"
THROWN_COMPENSATION = "endEvent/compensateEventDefinition intermediateThrowEvent/compensateEventDefinition"
IMPLICIT_EVENTS = "implicitThrowEvent event"
NODES = f"{EVENTS} {GATEWAYS} {ACTIVITIES}"
FLOW_ELEMENTS = (
    f"{NODES} implicitThrowEvent {CHOREOGRAPHY_ACTIVITIES} sequenceFlow "
    "dataObject dataObjectReference dataStoreReference"
)
EVENT_DEFINITIONS = (
    "messageEventDefinition signalEventDefinition timerEventDefinition errorEventDefinition escalationEventDefinition "
    "conditionalEventDefinition linkEventDefinition compensateEventDefinition cancelEventDefinition "
    "terminateEventDefinition"
)
GLOBAL_TASKS = "globalTask globalManualTask globalUserTask globalScriptTask globalBusinessRuleTask"
CALLABLE = f"process {GLOBAL_TASKS}"
CALLABLE_WITHOUT_USERS = "process globalTask globalManualTask globalScriptTask globalBusinessRuleTask"
RESOURCE_ROLES = "resourceRole performer humanPerformer potentialOwner"
TIMES = "timeDate timeDuration timeCycle"
LOOPS = "multiInstanceLoopCharacteristics standardLoopCharacteristics"
EXPRESSIONS = (
    f"{TIMES} conditionExpression condition activationCondition loopCardinality loopCondition completionCondition "
    "from to transformation messagePath dataPath expression formalExpression"
)
