"""What Camunda 7 adds to BPMN: attributes in its namespace and extension elements."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import BOOLEAN, Hint, displayed, refused, runs

_WORKED = f"{on.WORKED_TASKS} messageEventDefinition"
_LISTENERS = "camunda:executionListener camunda:taskListener"
_LISTENER_SCRIPTS = "camunda:executionListener/camunda:script camunda:taskListener/camunda:script"
_PARAMETERS = "camunda:inputParameter camunda:outputParameter"
_GATEWAYS = "exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway"
_LISTENED = f"process sequenceFlow {on.EVENTS} {_GATEWAYS} {on.ACTIVITIES}"
_EXCLUSIVE = Hint("同一实例的作业从不并行", "jobs of one instance never run side by side")
_ASYNC_SIGNAL = Hint("请在抛出信号的事件上用 camunda:asyncBefore", "use camunda:asyncBefore on the throwing event")
_KEY_AT_START = Hint("业务编号在启动时确定", "the business key is set when the process starts")
_MAPPED = "intermediateCatchEvent intermediateThrowEvent endEvent"

LINES = (
    # what element templates leave behind
    displayed("@modelerTemplate @modelerTemplateVersion", "*"),
    displayed("@diagramRelationId", "definitions"),
    runs("properties", "*"),
    runs("property", "camunda:properties"),
    runs("@id @value @name", "camunda:property"),
    # process
    runs("@candidateStarterGroups @candidateStarterUsers", "process"),
    runs("@isStartableInTasklist", "process", values=BOOLEAN),
    runs("@versionTag", "process"),
    displayed("@historyTimeToLive", "process"),
    runs("@jobPriority", f"process {on.NODES} multiInstanceLoopCharacteristics"),
    runs("@taskPriority", "process"),
    # people and forms
    runs("@assignee @candidateUsers @candidateGroups @dueDate @followUpDate @priority", "userTask"),
    runs("@initiator", "startEvent"),
    runs("@formRef", "userTask startEvent"),
    runs("@formRefBinding", "userTask startEvent", values="latest deployment version"),
    runs("@formRefVersion", "userTask startEvent"),
    runs("@formKey", "userTask startEvent"),
    refused("@formHandlerClass", "userTask startEvent", why.FORM_CLASS),
    runs("formData", "userTask startEvent"),
    runs("@businessKey", "startEvent/camunda:formData"),
    refused("@businessKey", "camunda:formData", _KEY_AT_START),
    runs("formField", "camunda:formData"),
    runs("@id @type", "camunda:formField", is_required=True),
    runs("@label @datePattern @defaultValue", "camunda:formField"),
    runs("validation value", "camunda:formField"),
    displayed("properties", "camunda:formField"),
    runs("@id @name", "camunda:formField/camunda:value"),
    runs("constraint", "camunda:validation"),
    runs("@name", "camunda:constraint", is_required=True),
    runs("@config", "camunda:constraint"),
    refused("formProperty", "userTask startEvent", why.FORM_PROPERTY),
    refused(
        "@id @name @type @required @readable @writable @variable @expression @datePattern @default value",
        "camunda:formProperty", why.FORM_PROPERTY,
    ),
    # work for programs
    runs("@type", f"{on.WORKED_TASKS} messageEventDefinition", values="external", hint=why.JAVA_TYPE),
    runs("@topic @taskPriority @expression", f"{on.WORKED_TASKS} messageEventDefinition"),
    runs("@resultVariable", f"{on.WORKED_TASKS} scriptTask messageEventDefinition"),
    refused("@class @delegateExpression", _WORKED, why.JAVA),
    refused("connector", _WORKED, why.CONNECTOR),
    refused("connectorId inputOutput", "camunda:connector", why.CONNECTOR),
    refused("field", _WORKED, why.FIELD),
    refused("@name @stringValue expression string", "camunda:field", why.FIELD),
    runs("errorEventDefinition", "serviceTask"),
    displayed("@id", "camunda:errorEventDefinition"),
    runs("@errorRef @expression", "camunda:errorEventDefinition", is_required=True),
    refused("@errorCodeVariable @errorMessageVariable", "camunda:errorEventDefinition", why.NOT_HERE),
    displayed("bpmn:documentation", "camunda:errorEventDefinition"),
    refused("bpmn:extensionElements bpmn:extensionDefinitions", "camunda:errorEventDefinition", why.EXTENSION),
    refused("@resource", f"scriptTask {on.EXPRESSIONS}", why.RESOURCE),
    # decisions
    runs("@decisionRef", "businessRuleTask"),
    runs("@decisionRefBinding", "businessRuleTask", values="latest deployment version versionTag"),
    runs("@decisionRefVersion @decisionRefVersionTag", "businessRuleTask"),
    refused("@decisionRefTenantId", "businessRuleTask", why.TENANT),
    runs("@mapDecisionResult", "businessRuleTask", values="singleEntry singleResult collectEntries resultList"),
    # call activities
    runs("@calledElementBinding", "callActivity", values="latest deployment version versionTag"),
    runs("@calledElementVersion @calledElementVersionTag", "callActivity"),
    refused("@calledElementTenantId @caseTenantId", "callActivity", why.TENANT),
    refused("@caseRef @caseBinding @caseVersion", "callActivity", why.CASE),
    refused("@variableMappingClass @variableMappingDelegateExpression", "callActivity", why.JAVA_MAPPING),
    runs("in out", "callActivity"),
    runs("in", "signalEventDefinition"),
    refused("in", " ".join(f"{event}/signalEventDefinition" for event in on.CATCH_EVENTS.split()), why.NOT_HERE),
    runs("@source @sourceExpression @target", "camunda:in camunda:out"),
    runs("@variables", "camunda:in camunda:out", values="all"),
    runs("@local", "camunda:in camunda:out", values=BOOLEAN),
    runs("@businessKey", "camunda:in"),
    refused("@businessKey", "camunda:out", why.NOT_HERE),
    # events
    runs("@errorCodeVariable", "errorEventDefinition"),
    refused("@errorCodeVariable", "endEvent/errorEventDefinition", why.NOT_HERE),
    runs("@errorMessageVariable", "errorEventDefinition"),
    refused("@errorMessageVariable", "endEvent/errorEventDefinition", why.NOT_HERE),
    runs("@errorMessage", "error"),
    runs("@escalationCodeVariable", "escalationEventDefinition"),
    refused("@escalationCodeVariable", "endEvent/escalationEventDefinition", why.NOT_HERE),
    refused("@escalationCodeVariable", "intermediateThrowEvent/escalationEventDefinition", why.NOT_HERE),
    runs("@variableName @variableEvents", "conditionalEventDefinition"),
    refused("@async", "signalEventDefinition", _ASYNC_SIGNAL),
    # transactions of their own
    runs("@async @asyncBefore @asyncAfter", f"{on.NODES} multiInstanceLoopCharacteristics", values=BOOLEAN),
    refused("@async @asyncBefore @asyncAfter", "eventSubProcess", why.NOT_HERE),
    displayed("@exclusive", f"{on.NODES} multiInstanceLoopCharacteristics", values=BOOLEAN, hint=_EXCLUSIVE),
    runs("failedJobRetryTimeCycle", f"{on.NODES} multiInstanceLoopCharacteristics"),
    refused(
        "@async @asyncBefore @asyncAfter @exclusive @jobPriority", on.IMPLICIT_EVENTS, why.NOT_HERE,
    ),
    refused("failedJobRetryTimeCycle inputOutput", "implicitThrowEvent", why.NOT_HERE),
    refused("inputOutput", on.CHOREOGRAPHY_ACTIVITIES, why.CHOREOGRAPHY),
    # loops
    runs("@collection @elementVariable", "multiInstanceLoopCharacteristics"),
    # mappings
    runs("inputOutput", f"{on.ACTIVITIES} {_MAPPED}"),
    refused("inputOutput", f"startEvent boundaryEvent {on.GATEWAYS}", why.NOT_HERE),
    refused("inputOutput", "eventSubProcess", why.NOT_HERE),
    runs("inputParameter outputParameter", "camunda:inputOutput"),
    refused("inputOutput connectorId", "camunda:inputOutput", why.CONNECTOR),
    runs("@name", _PARAMETERS, is_required=True),
    runs("list map value script", f"{_PARAMETERS} camunda:list camunda:entry"),
    runs("entry", "camunda:map"),
    runs("@key", "camunda:entry", is_required=True),
    displayed("@id @name", "camunda:value"),
    runs("@scriptFormat", "camunda:script", values="feel FEEL", hint=why.SCRIPT, is_required=True),
    refused("@resource", "camunda:script", why.RESOURCE),
    # listeners
    runs("executionListener", _LISTENED),
    runs("taskListener", "userTask"),
    runs("@event", "camunda:executionListener", values="start end"),
    runs("@event", "sequenceFlow/camunda:executionListener", values="take"),
    runs("@event", "eventSubProcess/camunda:executionListener", values="end", hint=why.ON_START_EVENT),
    runs("@event", "camunda:taskListener", values="create assignment update complete delete timeout"),
    runs("@expression", _LISTENERS),
    refused("@class @delegateExpression", _LISTENERS, why.JAVA_LISTENER),
    runs("script", _LISTENERS),
    runs("@scriptFormat", _LISTENER_SCRIPTS),
    refused("@resource", _LISTENER_SCRIPTS, why.RESOURCE),
    refused("field", _LISTENERS, why.FIELD),
    displayed("@id", "camunda:taskListener"),
    runs("bpmn:timerEventDefinition", "camunda:taskListener"),
    # who may start, as Camunda once wrote it
    refused("potentialStarter", "process", why.STARTERS),
    refused("bpmn:resourceAssignmentExpression", "camunda:potentialStarter", why.STARTERS),
)
