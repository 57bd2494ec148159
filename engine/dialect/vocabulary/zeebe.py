"""What Camunda 8 adds to BPMN: extension elements of its own."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import BOOLEAN, displayed, refused, runs

_TASKS = "serviceTask businessRuleTask scriptTask sendTask"
_JOBS = f"{_TASKS} endEvent intermediateThrowEvent adHocSubProcess"
_OTHER_EVENTS = "startEvent intermediateCatchEvent boundaryEvent"
_MAPPED = f"{_JOBS} {_OTHER_EVENTS} receiveTask callActivity subProcess transaction userTask"
_GATEWAYS = "exclusiveGateway inclusiveGateway parallelGateway eventBasedGateway"

LINES = (
    # what element templates leave behind
    displayed("@modelerTemplate @modelerTemplateVersion @modelerTemplateIcon", "*"),
    displayed("@modelerConfigurationTemplate @modelerConfigurationName", "zeebe:input zeebe:property"),
    runs("properties", "*"),
    runs("property", "zeebe:properties"),
    runs("@name @value", "zeebe:property"),
    # process
    runs("versionTag", "process"),
    runs("@value", "zeebe:versionTag"),
    runs("userTaskForm", "process"),
    runs("@id", "zeebe:userTaskForm", is_required=True),
    # people and forms
    runs("userTask assignmentDefinition taskSchedule priorityDefinition", "userTask"),
    runs("@assignee @candidateGroups @candidateUsers", "zeebe:assignmentDefinition"),
    runs("@dueDate @followUpDate", "zeebe:taskSchedule"),
    runs("@priority", "zeebe:priorityDefinition"),
    runs("formDefinition", "userTask startEvent"),
    runs("@formId @formKey", "zeebe:formDefinition"),
    refused("@externalReference", "zeebe:formDefinition", why.FORM_ELSEWHERE),
    # work for programs
    runs("taskDefinition", _TASKS),
    runs("taskDefinition", "endEvent intermediateThrowEvent"),
    refused("taskDefinition", "adHocSubProcess", why.AD_HOC_JOB),
    runs("@type", "zeebe:taskDefinition", is_required=True),
    runs("@retries", "zeebe:taskDefinition"),
    runs("taskHeaders", _JOBS),
    displayed("taskHeaders", "userTask"),
    runs("taskHeaders", "zeebe:executionListener"),
    runs("header", "zeebe:taskHeaders"),
    displayed("@id", "zeebe:header"),
    runs("@key", "zeebe:header", is_required=True),
    runs("@value", "zeebe:header"),
    refused("@retryCounter", _JOBS, why.RETRY_COUNTER),
    runs("jobPriorityDefinition", _TASKS),
    runs("jobPriorityDefinition", "endEvent intermediateThrowEvent"),
    refused("jobPriorityDefinition", "process adHocSubProcess", why.JOB_PRIORITY),
    runs("@priority", "zeebe:jobPriorityDefinition", is_required=True),
    refused("linkedResources", "serviceTask", why.LINKED_RESOURCE),
    refused("linkedResource", "zeebe:linkedResources serviceTask", why.LINKED_RESOURCE),
    refused("@resourceId @resourceType @linkName", "zeebe:linkedResource", why.LINKED_RESOURCE),
    refused("agentDefinition", "serviceTask adHocSubProcess", why.CAMUNDA_8_AGENT),
    refused("@agentType", "zeebe:agentDefinition", why.CAMUNDA_8_AGENT),
    runs("script", "scriptTask"),
    runs("@expression @resultVariable", "zeebe:script", is_required=True),
    # what is called
    runs("calledDecision", "businessRuleTask"),
    runs("@decisionId @resultVariable", "zeebe:calledDecision", is_required=True),
    runs("calledElement", "callActivity"),
    runs("@processId", "zeebe:calledElement", is_required=True),
    refused("@processIdExpression", "zeebe:calledElement", why.PROCESS_ID),
    runs("@businessId @versionTag", "zeebe:calledElement"),
    runs("@propagateAllChildVariables @propagateAllParentVariables", "zeebe:calledElement", values=BOOLEAN),
    runs("@bindingType", "zeebe:calledElement", values="latest deployment versionTag"),
    runs("@bindingType", "zeebe:calledDecision zeebe:formDefinition", values="latest deployment versionTag"),
    runs("@versionTag", "zeebe:calledDecision zeebe:formDefinition"),
    refused("@bindingType @versionTag", "zeebe:linkedResource", why.LINKED_RESOURCE),
    # loops and ad-hoc sub-processes
    runs("loopCharacteristics", "multiInstanceLoopCharacteristics"),
    runs("@inputCollection", "zeebe:loopCharacteristics", is_required=True),
    runs("@inputElement @outputCollection @outputElement", "zeebe:loopCharacteristics"),
    runs("adHoc", "adHocSubProcess"),
    runs("@activeElementsCollection @outputCollection @outputElement", "zeebe:adHoc"),
    # mappings
    runs("ioMapping", _MAPPED),
    refused("ioMapping", "zeebe:ioMapping", why.INSIDE_MAPPING),
    runs("input output", "zeebe:ioMapping"),
    runs("@source @target", "zeebe:input zeebe:output", is_required=True),
    # events
    runs("subscription", "message"),
    runs("@correlationKey", "zeebe:subscription", is_required=True),
    runs("conditionalFilter", "conditionalEventDefinition"),
    runs("@variableNames @variableEvents", "zeebe:conditionalFilter"),
    refused("ioMapping executionListeners", "implicitThrowEvent", why.NOT_HERE),
    # listeners
    runs("executionListeners", f"process {on.EVENTS} {_GATEWAYS} {on.ACTIVITIES}"),
    runs("executionListener", "zeebe:executionListeners"),
    runs("@eventType", "zeebe:executionListener", values="start end", is_required=True),
    runs("taskListeners", "userTask"),
    runs("taskListener", "zeebe:taskListeners"),
    runs("@eventType", "zeebe:taskListener", values="creating completing", hint=why.TASK_LISTENER, is_required=True),
    runs("@type", "zeebe:executionListener zeebe:taskListener", is_required=True),
    runs("@retries", "zeebe:executionListener zeebe:taskListener"),
)
