"""BPMN around the flow: definitions, processes, lanes, collaborations, notes, and what else stands at a file's root."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import BOOLEAN, Hint, displayed, refused, runs

_UNCHECKED = Hint("不按类型检查数据", "data are not checked against types")

LINES = (
    # every element
    runs("@id", "*"),
    displayed("documentation extensionElements", "*"),
    refused("extensionDefinitions", "*", why.EXTENSION),
    displayed("@textFormat", "documentation"),
    refused("@valueRef @extensionAttributeDefinition", "extensionElements", why.EXTENSION),
    # definitions
    displayed("@name @targetNamespace @exporter @exporterVersion @xsi:schemaLocation", "definitions"),
    displayed("@expressionLanguage @typeLanguage", "definitions"),
    runs("process message signal error", "definitions"),
    runs("escalation", "definitions"),
    runs(on.GLOBAL_TASKS, "definitions"),
    runs(on.EVENT_DEFINITIONS, "definitions"),
    displayed("collaboration category", "definitions"),
    displayed("itemDefinition", "definitions", hint=_UNCHECKED),
    displayed("globalConversation partnerEntity partnerRole", "definitions"),
    refused("choreography globalChoreographyTask", "definitions", why.CHOREOGRAPHY),
    displayed("interface", "definitions", hint=why.INTERFACE),
    refused("endPoint", "definitions", why.WEB_SERVICE),
    refused("resource", "definitions", why.PEOPLE),
    refused("correlationProperty", "definitions", why.CORRELATION),
    refused("import", "definitions", why.IMPORT),
    refused("extension relationship", "definitions", why.EXTENSION),
    # what events refer to
    runs("@name", "message signal error"),
    runs("@errorCode", "error"),
    runs("@name @escalationCode", "escalation"),
    displayed("@itemRef", "message", hint=_UNCHECKED),
    displayed("@structureRef", "signal error escalation itemDefinition", hint=_UNCHECKED),
    displayed("@itemKind @isCollection", "itemDefinition", hint=_UNCHECKED),
    refused("@import", "itemDefinition", why.IMPORT),
    # process
    runs("@name", "process"),
    runs("@isExecutable", "process", values=BOOLEAN),
    displayed("@processType @isClosed @definitionalCollaborationRef supports", "process"),
    displayed("auditing monitoring", f"process {on.FLOW_ELEMENTS} event"),
    refused("correlationSubscription", "process", why.CORRELATION),
    displayed("supportedInterfaceRef", on.CALLABLE, hint=why.INTERFACE),
    refused("ioBinding", on.CALLABLE, why.WEB_SERVICE),
    # lanes
    runs("laneSet", on.SCOPES),
    displayed("@name", "laneSet childLaneSet"),
    runs("lane", "laneSet childLaneSet"),
    runs("@name flowNodeRef childLaneSet", "lane"),
    displayed("@partitionElementRef partitionElement", "lane"),
    displayed("@xsi:type", "childLaneSet", values="tLaneSet"),
    # notes
    displayed("textAnnotation group", f"{on.SCOPES} {on.COLLABORATIONS} subChoreography"),
    runs("association", f"{on.SCOPES} {on.COLLABORATIONS} subChoreography"),  # compensation handlers hang on them
    displayed("text @textFormat", "textAnnotation"),
    displayed("@associationDirection", "association"),
    runs("@sourceRef @targetRef", "association"),
    displayed("@categoryValueRef", "group"),
    displayed("categoryValueRef", f"{on.FLOW_ELEMENTS} event"),
    displayed("@name categoryValue", "category"),
    displayed("@value", "categoryValue"),
    # collaborations
    displayed("@name @isClosed", "collaboration globalConversation"),
    displayed("participant participantAssociation", "collaboration globalConversation"),
    displayed("messageFlow messageFlowAssociation", "collaboration globalConversation"),
    displayed(f"{on.CONVERSATIONS} conversationAssociation conversationLink", "collaboration globalConversation"),
    refused("choreographyRef", on.COLLABORATIONS, why.CHOREOGRAPHY),
    refused("correlationKey", f"collaboration globalConversation {on.CONVERSATIONS}", why.CORRELATION),
    displayed("@name @processRef participantMultiplicity", "participant"),
    displayed("interfaceRef", "participant", hint=why.INTERFACE),
    refused("endPointRefs", "participant", why.WEB_SERVICE),
    displayed("@minimum @maximum", "participantMultiplicity"),
    displayed("@name participantRef", "partnerEntity partnerRole"),
    displayed("@name @sourceRef @targetRef", "messageFlow conversationLink"),
    displayed("@messageRef", "messageFlow"),
    displayed("@innerMessageFlowRef @outerMessageFlowRef", "messageFlowAssociation"),
    displayed("@innerParticipantRef @outerParticipantRef", "participantAssociation"),
    displayed("@innerConversationNodeRef @outerConversationNodeRef", "conversationAssociation"),
    displayed("@name participantRef messageFlowRefs", on.CONVERSATIONS),
    displayed(on.CONVERSATIONS, "subConversation"),
    displayed("@calledCollaborationRef participantAssociation", "callConversation"),
    # correlation
    refused("@name correlationPropertyRef", "correlationKey", why.CORRELATION),
    refused("@name @type correlationPropertyRetrievalExpression", "correlationProperty", why.CORRELATION),
    refused("@messageRef messagePath", "correlationPropertyRetrievalExpression", why.CORRELATION),
    refused("@correlationKeyRef correlationPropertyBinding", "correlationSubscription", why.CORRELATION),
    refused("@correlationPropertyRef dataPath", "correlationPropertyBinding", why.CORRELATION),
    # expressions, wherever they stand
    runs("@language", on.EXPRESSIONS),
    runs("@xsi:type", on.EXPRESSIONS, values="tFormalExpression tExpression"),
    displayed("@evaluatesToTypeRef", on.EXPRESSIONS, hint=_UNCHECKED),
    # people and other resources
    refused(on.RESOURCE_ROLES, on.CALLABLE_WITHOUT_USERS, why.PEOPLE),
    runs("humanPerformer potentialOwner", "globalUserTask"),
    refused("resourceRole performer", "globalUserTask", why.PEOPLE),
    displayed("@name", "humanPerformer potentialOwner"),
    runs("resourceAssignmentExpression", "humanPerformer potentialOwner"),
    refused("resourceRef resourceParameterBinding", "humanPerformer potentialOwner", why.PEOPLE),
    refused(
        "@name resourceRef resourceParameterBinding resourceAssignmentExpression", "resourceRole performer", why.PEOPLE
    ),
    refused("@parameterRef expression formalExpression", "resourceParameterBinding", why.PEOPLE),
    runs("expression formalExpression", "resourceAssignmentExpression"),
    refused("@name resourceParameter", "resource", why.PEOPLE),
    refused("@name @isRequired @type", "resourceParameter", why.PEOPLE),
    # global tasks
    runs("@name", on.GLOBAL_TASKS),
    refused("@implementation", "globalUserTask globalBusinessRuleTask", why.WEB_SERVICE),
    refused("rendering", "globalUserTask", why.RENDERING),
    runs("@scriptLanguage script", "globalScriptTask"),
    refused("@script", "globalScriptTask", why.GLOBAL_SCRIPT),
    # web services
    displayed("@name operation", "interface", hint=why.INTERFACE),
    displayed("@name inMessageRef outMessageRef errorRef", "operation", hint=why.INTERFACE),
    refused("@implementationRef", "interface operation", why.WEB_SERVICE),
    refused("@inputDataRef @outputDataRef @operationRef", "ioBinding", why.WEB_SERVICE),
    # other models and other extensions
    refused("@importType @location @namespace", "import", why.IMPORT),
    refused("@mustUnderstand @definition", "extension", why.EXTENSION),
    refused("@name extensionAttributeDefinition", "extensionDefinition", why.EXTENSION),
    refused("@name @type @isReference @extensionDefinition", "extensionAttributeDefinition", why.EXTENSION),
    refused("@type @direction source target", "relationship", why.EXTENSION),
    # choreographies
    refused("@name @isClosed", "choreography globalChoreographyTask", why.CHOREOGRAPHY),
    refused(
        f"participant messageFlow participantAssociation messageFlowAssociation {on.CONVERSATIONS} "
        "conversationAssociation conversationLink correlationKey",
        "choreography globalChoreographyTask", why.CHOREOGRAPHY,
    ),
    refused(f"laneSet {on.FLOW_ELEMENTS}", on.CHOREOGRAPHIES, why.CHOREOGRAPHY),
    refused("@initiatingParticipantRef", "globalChoreographyTask", why.CHOREOGRAPHY),
    refused(on.CHOREOGRAPHY_ACTIVITIES, on.SCOPES, why.CHOREOGRAPHY),
    refused(
        "@name @initiatingParticipantRef @loopType incoming outgoing participantRef correlationKey",
        on.CHOREOGRAPHY_ACTIVITIES, why.CHOREOGRAPHY,
    ),
    refused("@calledChoreographyRef participantAssociation", "callChoreography", why.CHOREOGRAPHY),
    refused("messageFlowRef", "choreographyTask", why.CHOREOGRAPHY),
)
