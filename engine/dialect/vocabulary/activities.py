"""BPMN's activities, gateways and sequence flows."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import BOOLEAN, displayed, refused, runs

LINES = (
    # activities
    runs(on.TASKS, on.SCOPES),
    runs("subProcess transaction adHocSubProcess callActivity", on.SCOPES),
    runs("@name @default", on.ACTIVITIES),
    displayed("incoming outgoing boundaryEventRefs", on.ACTIVITIES),
    runs("@startQuantity @completionQuantity", on.ACTIVITIES),
    runs("@isForCompensation", on.ACTIVITIES, values=BOOLEAN),
    runs("multiInstanceLoopCharacteristics", on.ACTIVITIES),
    runs("standardLoopCharacteristics", on.ACTIVITIES),
    runs("humanPerformer potentialOwner", "userTask"),
    refused("resourceRole performer", "userTask", why.PEOPLE),
    refused(on.RESOURCE_ROLES, on.OTHERS_WORK, why.PEOPLE),
    # tasks
    displayed("@implementation", "serviceTask sendTask receiveTask userTask businessRuleTask"),
    displayed("@operationRef", "sendTask receiveTask", hint=why.INTERFACE),
    refused("@operationRef", "serviceTask", why.WEB_SERVICE),
    refused("rendering", "userTask", why.RENDERING),
    runs("@scriptFormat script", "scriptTask"),
    runs("@messageRef", "receiveTask"),
    runs("@instantiate", "receiveTask", values=BOOLEAN),
    runs("@messageRef", "sendTask"),
    runs("@calledElement", "callActivity"),
    # sub-processes
    runs("@triggeredByEvent", "subProcess", values=BOOLEAN),
    runs("@triggeredByEvent", "transaction adHocSubProcess", values="false", hint=why.NOT_HERE),
    displayed("@protocol @method", "transaction", hint=why.TRANSACTION),
    runs("@ordering", "adHocSubProcess", values="Parallel Sequential"),
    runs("@cancelRemainingInstances", "adHocSubProcess", values=BOOLEAN),
    runs("completionCondition", "adHocSubProcess"),
    # loops
    runs("@isSequential", "multiInstanceLoopCharacteristics", values=BOOLEAN),
    runs("loopCardinality completionCondition", "multiInstanceLoopCharacteristics"),
    runs("@behavior", "multiInstanceLoopCharacteristics", values="None One All Complex"),
    runs("@oneBehaviorEventRef @noneBehaviorEventRef", "multiInstanceLoopCharacteristics"),
    runs("complexBehaviorDefinition", "multiInstanceLoopCharacteristics"),
    runs("loopDataInputRef loopDataOutputRef", "multiInstanceLoopCharacteristics"),
    runs("inputDataItem outputDataItem", "multiInstanceLoopCharacteristics"),
    runs("condition event", "complexBehaviorDefinition"),
    runs("@testBefore", "standardLoopCharacteristics", values=BOOLEAN),
    runs("@loopMaximum loopCondition", "standardLoopCharacteristics"),
    # gateways
    runs(on.GATEWAYS, on.SCOPES),
    runs("@name", on.GATEWAYS),
    runs("@default", "exclusiveGateway inclusiveGateway complexGateway"),
    runs("activationCondition", "complexGateway"),
    runs("@instantiate", "eventBasedGateway", values=BOOLEAN),
    runs("@eventGatewayType", "eventBasedGateway", values="Exclusive Parallel"),
    displayed("@gatewayDirection", on.GATEWAYS, values="Unspecified Converging Diverging Mixed"),
    displayed("incoming outgoing", on.GATEWAYS),
    # sequence flows
    runs("sequenceFlow", on.SCOPES),
    displayed("@name @isImmediate", "sequenceFlow"),
    runs("@sourceRef @targetRef conditionExpression", "sequenceFlow"),
)
