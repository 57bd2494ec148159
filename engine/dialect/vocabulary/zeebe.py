"""What Camunda 8 adds to BPMN: extension elements of its own."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import displayed, refused

_JOBS = "serviceTask businessRuleTask scriptTask sendTask endEvent intermediateThrowEvent adHocSubProcess"
_OTHER_EVENTS = "startEvent intermediateCatchEvent boundaryEvent"
_MAPPED = f"{_JOBS} {_OTHER_EVENTS} receiveTask callActivity subProcess transaction userTask"
_GATEWAYS = "exclusiveGateway inclusiveGateway parallelGateway eventBasedGateway"
_BOUND = "zeebe:calledDecision zeebe:calledElement zeebe:formDefinition zeebe:linkedResource"

LINES = (
    # what element templates leave behind
    displayed("@modelerTemplate @modelerTemplateVersion @modelerTemplateIcon", "*"),
    displayed("@modelerConfigurationTemplate @modelerConfigurationName", "zeebe:input zeebe:property"),
    refused("properties", "*", why.CAMUNDA_8),
    refused("property", "zeebe:properties", why.CAMUNDA_8),
    refused("@name @value", "zeebe:property", why.CAMUNDA_8),
    # process
    refused("versionTag", "process", why.CAMUNDA_8),
    refused("@value", "zeebe:versionTag", why.CAMUNDA_8),
    refused("userTaskForm", "process", why.EMBEDDED_FORM),
    refused("@id", "zeebe:userTaskForm", why.EMBEDDED_FORM),
    # people and forms
    refused("userTask assignmentDefinition taskSchedule priorityDefinition", "userTask", why.CAMUNDA_8),
    refused("@assignee @candidateGroups @candidateUsers", "zeebe:assignmentDefinition", why.CAMUNDA_8),
    refused("@dueDate @followUpDate", "zeebe:taskSchedule", why.CAMUNDA_8),
    refused("@priority", "zeebe:priorityDefinition", why.CAMUNDA_8),
    refused("formDefinition", "userTask startEvent", why.CAMUNDA_8),
    refused("@formId", "zeebe:formDefinition", why.CAMUNDA_8),
    refused("@formKey @externalReference", "zeebe:formDefinition", why.EMBEDDED_FORM),
    # work for programs
    refused("taskDefinition", _JOBS, why.CAMUNDA_8),
    refused("@type @retries", "zeebe:taskDefinition", why.CAMUNDA_8),
    refused("taskHeaders", f"{_JOBS} userTask zeebe:executionListener", why.CAMUNDA_8),
    refused("header", "zeebe:taskHeaders", why.CAMUNDA_8),
    refused("@id @key @value", "zeebe:header", why.CAMUNDA_8),
    refused("@retryCounter", _JOBS, why.CAMUNDA_8),
    refused("jobPriorityDefinition", f"process {_JOBS}", why.CAMUNDA_8),
    refused("@priority", "zeebe:jobPriorityDefinition", why.CAMUNDA_8),
    refused("linkedResources", "serviceTask", why.CAMUNDA_8),
    refused("linkedResource", "zeebe:linkedResources serviceTask", why.CAMUNDA_8),
    refused("@resourceId @resourceType @linkName", "zeebe:linkedResource", why.CAMUNDA_8),
    refused("agentDefinition", "serviceTask adHocSubProcess", why.CAMUNDA_8_AGENT),
    refused("@agentType", "zeebe:agentDefinition", why.CAMUNDA_8_AGENT),
    refused("script", "scriptTask", why.CAMUNDA_8),
    refused("@expression @resultVariable", "zeebe:script", why.CAMUNDA_8),
    # what is called
    refused("calledDecision", "businessRuleTask", why.CAMUNDA_8),
    refused("@decisionId @resultVariable", "zeebe:calledDecision", why.CAMUNDA_8),
    refused("calledElement", "callActivity", why.CAMUNDA_8),
    refused("@processId @processIdExpression @businessId", "zeebe:calledElement", why.CAMUNDA_8),
    refused("@propagateAllChildVariables @propagateAllParentVariables", "zeebe:calledElement", why.CAMUNDA_8),
    refused("@bindingType @versionTag", _BOUND, why.CAMUNDA_8),
    # loops and ad-hoc sub-processes
    refused("loopCharacteristics", "multiInstanceLoopCharacteristics", why.CAMUNDA_8),
    refused("@inputCollection @inputElement", "zeebe:loopCharacteristics", why.CAMUNDA_8),
    refused("@outputCollection @outputElement", "zeebe:loopCharacteristics", why.CAMUNDA_8),
    refused("adHoc", "adHocSubProcess", why.CAMUNDA_8),
    refused("@activeElementsCollection @outputCollection @outputElement", "zeebe:adHoc", why.CAMUNDA_8),
    # mappings
    refused("ioMapping", _MAPPED, why.CAMUNDA_8),
    refused("ioMapping input output", "zeebe:ioMapping", why.CAMUNDA_8),
    refused("@source @target", "zeebe:input zeebe:output", why.CAMUNDA_8),
    # events
    refused("subscription", "message", why.CAMUNDA_8),
    refused("@correlationKey", "zeebe:subscription", why.CAMUNDA_8),
    refused("conditionalFilter", "conditionalEventDefinition", why.CAMUNDA_8),
    refused("@variableNames @variableEvents", "zeebe:conditionalFilter", why.CAMUNDA_8),
    refused("ioMapping executionListeners", "implicitThrowEvent", why.NOT_HERE),
    # listeners
    refused("executionListeners", f"process {on.EVENTS} {_GATEWAYS} {on.ACTIVITIES}", why.CAMUNDA_8),
    refused("executionListener", "zeebe:executionListeners", why.CAMUNDA_8),
    refused("@eventType @retries @type", "zeebe:executionListener zeebe:taskListener", why.CAMUNDA_8),
    refused("taskListeners", "userTask", why.CAMUNDA_8),
    refused("taskListener", "zeebe:taskListeners", why.CAMUNDA_8),
)
