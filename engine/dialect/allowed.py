"""The allow-list: which elements and attributes of BPMN and Camunda 7 are run or kept for display; all else is refused.

`bpmn/README.md` tells the same to people who draw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from engine.dialect.finding import Finding
from engine.dialect.xml import BPMN, BPMNDI, CAMUNDA, OTHER_ENGINES, XSI, is_bpmn, local

_NODE = {"id", "name"}
_ACTIVITY = {*_NODE, "default", "startQuantity=1", "completionQuantity=1", "isForCompensation=false"}
_NODE_PARTS = {"documentation", "extensionElements", "incoming", "outgoing"}
_TASK_PARTS = {*_NODE_PARTS, "multiInstanceLoopCharacteristics"}
_FLOW_ELEMENTS = {
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "task", "manualTask",
    "userTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask", "exclusiveGateway",
    "parallelGateway", "inclusiveGateway", "eventBasedGateway", "subProcess", "sequenceFlow",
    "dataObject", "dataObjectReference",
}
_WAITED_FOR = {"messageEventDefinition", "signalEventDefinition", "timerEventDefinition"}
_ARTIFACTS = {"textAnnotation", "association", "group"}
_DISPLAY: Mapping[str, tuple[set[str], set[str]]] = {
    "documentation": ({"id", "textFormat"}, set()),
    "textAnnotation": ({"id", "textFormat"}, {"text", "documentation", "extensionElements"}),
    "text": (set(), set()),
    "association": ({"id", "sourceRef", "targetRef", "associationDirection"}, {"documentation", "extensionElements"}),
    "group": ({"id", "categoryValueRef"}, {"documentation", "extensionElements"}),
    "category": ({"id", "name"}, {"categoryValue"}),
    "categoryValue": ({"id", "value"}, set()),
    "dataObject": ({"id", "name", "isCollection"}, {"documentation", "extensionElements"}),
    "dataObjectReference": ({"id", "name", "dataObjectRef"}, {"documentation", "extensionElements"}),
    "collaboration": ({"id", "name", "isClosed"}, {"participant", "messageFlow", "documentation", *_ARTIFACTS}),
    "participant": ({"id", "name", "processRef"}, {"documentation", "extensionElements"}),
    "messageFlow": ({"id", "name", "sourceRef", "targetRef"}, {"documentation", "extensionElements"}),
    "laneSet": ({"id", "name"}, {"lane"}),
    "lane": ({"id", "name"}, {"flowNodeRef", "childLaneSet", "documentation", "extensionElements"}),
    "childLaneSet": ({"id", "name"}, {"lane"}),
    "flowNodeRef": (set(), set()),
    "incoming": (set(), set()),
    "outgoing": (set(), set()),
    "extensionElements": (set(), set()),
}
ELEMENTS: Mapping[str, tuple[set[str], set[str]]] = {
    **_DISPLAY,
    "definitions": (
        {"id", "name", "targetNamespace", "exporter", "exporterVersion", "expressionLanguage", "typeLanguage"},
        {"process", "collaboration", "message", "signal", "error", "category", "documentation", "extensionElements"},
    ),
    "process": (
        {"id", "name", "isExecutable", "processType", "isClosed"},
        {"documentation", "extensionElements", "laneSet", *_FLOW_ELEMENTS, *_ARTIFACTS},
    ),
    "message": ({"id", "name"}, {"documentation", "extensionElements"}),
    "signal": ({"id", "name"}, {"documentation", "extensionElements"}),
    "error": ({"id", "name", "errorCode"}, {"documentation", "extensionElements"}),
    "startEvent": (
        {*_NODE, "isInterrupting", "parallelMultiple=false"},
        {*_NODE_PARTS, *_WAITED_FOR, "errorEventDefinition"},
    ),
    "endEvent": (_NODE, {*_NODE_PARTS, "terminateEventDefinition", "errorEventDefinition", "signalEventDefinition"}),
    "intermediateCatchEvent": (
        {*_NODE, "parallelMultiple=false"},
        {*_NODE_PARTS, *_WAITED_FOR},
    ),
    "intermediateThrowEvent": (_NODE, {*_NODE_PARTS, "signalEventDefinition"}),
    "boundaryEvent": (
        {*_NODE, "attachedToRef", "cancelActivity", "parallelMultiple=false"},
        {*_NODE_PARTS, *_WAITED_FOR, "errorEventDefinition"},
    ),
    "messageEventDefinition": ({"id", "messageRef"}, set()),
    "signalEventDefinition": ({"id", "signalRef"}, set()),
    "errorEventDefinition": ({"id", "errorRef"}, set()),
    "terminateEventDefinition": ({"id"}, set()),
    "timerEventDefinition": ({"id"}, {"timeDate", "timeDuration", "timeCycle"}),
    **dict.fromkeys(("timeDate", "timeDuration", "timeCycle"), ({"id", "language", f"{{{XSI}}}type"}, set())),
    **dict.fromkeys(("task", "manualTask", "userTask", "businessRuleTask"), (_ACTIVITY, _TASK_PARTS)),
    "serviceTask": ({*_ACTIVITY, "implementation"}, _TASK_PARTS),
    "sendTask": ({*_ACTIVITY, "implementation"}, _TASK_PARTS),
    "scriptTask": ({*_ACTIVITY, "scriptFormat"}, {*_TASK_PARTS, "script"}),
    "script": (set(), set()),
    "receiveTask": ({*_ACTIVITY, "messageRef", "implementation", "instantiate=false"}, _TASK_PARTS),
    "exclusiveGateway": ({*_NODE, "default", "gatewayDirection"}, _NODE_PARTS),
    "parallelGateway": ({*_NODE, "gatewayDirection"}, _NODE_PARTS),
    "inclusiveGateway": ({*_NODE, "default", "gatewayDirection"}, _NODE_PARTS),
    "eventBasedGateway": ({*_NODE, "gatewayDirection", "instantiate=false", "eventGatewayType=Exclusive"}, _NODE_PARTS),
    "subProcess": (
        {*_ACTIVITY, "triggeredByEvent"}, {*_TASK_PARTS, "laneSet", *_FLOW_ELEMENTS, *_ARTIFACTS},
    ),
    "multiInstanceLoopCharacteristics": (
        {"id", "isSequential", "behavior=All"},
        {"extensionElements", "loopCardinality", "completionCondition"},
    ),
    **dict.fromkeys(("loopCardinality", "completionCondition"), ({"id", "language", f"{{{XSI}}}type"}, set())),
    "sequenceFlow": (
        {*_NODE, "sourceRef", "targetRef", "isImmediate"},
        {"documentation", "extensionElements", "conditionExpression"},
    ),
    "conditionExpression": ({"id", "language", f"{{{XSI}}}type"}, set()),
}

DISPLAYED_ANYWHERE = {"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"}
"""camunda: attributes that the Modeler writes where an element template was applied."""
_ANY_NODE = {"asyncBefore", "exclusive=true"}
CAMUNDA_ATTRIBUTES: Mapping[str, set[str]] = {
    "process": {"versionTag", "historyTimeToLive", "candidateStarterGroups", "candidateStarterUsers",
                "isStartableInTasklist=true"},
    "startEvent": {"initiator", "formRef", "formRefBinding=deployment", "exclusive=true"},
    "userTask": {*_ANY_NODE, "assignee", "candidateUsers", "candidateGroups", "dueDate", "followUpDate", "priority",
                 "formRef", "formRefBinding=deployment"},
    "serviceTask": {*_ANY_NODE, "type=external", "topic", "taskPriority", "expression", "resultVariable"},
    "sendTask": {*_ANY_NODE, "type=external", "topic", "taskPriority", "expression", "resultVariable"},
    "scriptTask": {*_ANY_NODE, "resultVariable"},
    "businessRuleTask": {*_ANY_NODE, "decisionRef", "decisionRefBinding=deployment", "resultVariable",
                         "mapDecisionResult=singleEntry", "mapDecisionResult=singleResult",
                         "mapDecisionResult=collectEntries", "mapDecisionResult=resultList"},
    "multiInstanceLoopCharacteristics": {"collection", "elementVariable", *_ANY_NODE},
    "errorEventDefinition": {"errorCodeVariable"},
    **dict.fromkeys((
        "task", "manualTask", "receiveTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
        "eventBasedGateway", "subProcess", "endEvent", "intermediateThrowEvent", "intermediateCatchEvent",
    ), _ANY_NODE),
}
CAMUNDA_ELEMENTS: Mapping[str, set[str]] = {
    "properties": set(), "property": {"name", "value", "id"},
    "inputOutput": set(), "inputParameter": {"name"}, "outputParameter": {"name"},
}
_CAMUNDA_PARENTS = {
    "properties": "extensionElements", "property": "properties", "inputOutput": "extensionElements",
    "inputParameter": "inputOutput", "outputParameter": "inputOutput",
}
_MAPPED = {
    "task", "manualTask", "userTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask",
    "subProcess", "intermediateCatchEvent", "intermediateThrowEvent", "endEvent",
}
_BOOLEANS = {
    "isExecutable", "isInterrupting", "cancelActivity", "isSequential", "triggeredByEvent", "asyncBefore",
    "isForCompensation", "parallelMultiple", "instantiate",
}
_ID = re.compile(r"[^\W\d][\w.\-]*")
_JAVA = {"class", "delegateExpression", "executionListener", "taskListener", "connector", "variableMappingClass",
         "variableMappingDelegateExpression"}


def check_allowed(root: etree._Element, file: str) -> list[Finding]:
    """Return a finding for each element and attribute that is neither run nor kept for display."""
    findings: list[Finding] = []
    ids: set[str] = set()
    for element in _semantic(root):
        if is_bpmn(element):
            findings += _check_bpmn(element, file)
            findings += _check_id(element, file, ids)
        elif etree.QName(element).namespace == CAMUNDA:
            findings += _check_extension(element, file)
        else:
            findings.append(_finding(element, file, "element_unsupported", what=_shown(element)))
    return findings


def _semantic(root: etree._Element) -> Iterator[etree._Element]:
    """Yield what is to be judged: all but the drawing, processes that are not run, and other tools' own notes."""
    stack = [root]
    while stack:
        element = stack.pop()
        yield element
        if is_bpmn(element) and (local(element) not in ELEMENTS or local(element) in ("documentation", "text")):
            continue
        if is_bpmn(element, "process") and element.get("isExecutable") != "true":
            continue
        stack += [item for item in reversed(element) if isinstance(item.tag, str) and not _is_note(item, element)]


def _is_note(element: etree._Element, parent: etree._Element) -> bool:
    namespace = etree.QName(element).namespace
    if namespace in (BPMN, CAMUNDA) or namespace in OTHER_ENGINES:
        return False
    return namespace == BPMNDI or not is_bpmn(parent) or is_bpmn(parent, "extensionElements")


def _shown(element: etree._Element) -> str:
    return f"{element.prefix}:{local(element)}" if element.prefix else local(element)


def _check_id(element: etree._Element, file: str, ids: set[str]) -> list[Finding]:
    element_id = element.get("id")
    if element_id is None:
        return []
    if not _ID.fullmatch(element_id):
        return [_finding(element, file, "id_invalid", what=element_id)]
    if element_id in ids:
        return [_finding(element, file, "id_twice", what=element_id)]
    ids.add(element_id)
    return []


def nearest_id(element: etree._Element | None) -> str | None:
    """Return the id of the element, or of the nearest one around it that has one."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return None


def _finding(element: etree._Element, file: str, rule: str, **params: str) -> Finding:
    return Finding(file, rule, element.sourceline or 0, nearest_id(element), params=params)


def _check_bpmn(element: etree._Element, file: str) -> list[Finding]:
    name, parent = local(element), element.getparent()
    if name not in ELEMENTS:
        return [_finding(element, file, "element_unsupported", what=f"bpmn:{name}")]
    if parent is not None and is_bpmn(parent) and name not in ELEMENTS[local(parent)][1]:
        return [_finding(element, file, "element_unsupported", what=f"bpmn:{local(parent)}/{name}")]
    findings = []
    for attribute, value in element.attrib.items():
        namespace, word = etree.QName(attribute).namespace, etree.QName(attribute).localname
        if namespace == CAMUNDA:
            allowed, shown = CAMUNDA_ATTRIBUTES.get(name, set()) | DISPLAYED_ANYWHERE, f"camunda:{word}"
        elif namespace is None or namespace == XSI:
            allowed, shown = ELEMENTS[name][0], word
            word = str(attribute)
        elif namespace in OTHER_ENGINES:
            allowed, shown = set(), f"{namespace.split('/')[2]} {word}"
        else:
            continue  # drawing tools keep colours and template names in namespaces of their own
        if word in _JAVA:
            findings.append(_finding(element, file, "class_refused", what=shown))
        elif word not in allowed:
            findings += _check_fixed(element, file, allowed, word, str(value), shown)
        elif word in _BOOLEANS and value not in ("true", "false"):
            findings.append(_finding(element, file, "value_unsupported", what=shown, value=str(value)))
    return findings


def _check_fixed(
    element: etree._Element, file: str, allowed: set[str], word: str, value: str, shown: str
) -> list[Finding]:
    """An attribute listed as `word=value` is taken with that value alone."""
    if f"{word}={value}" in allowed:
        return []
    if any(entry.startswith(f"{word}=") for entry in allowed):
        return [_finding(element, file, "value_unsupported", what=shown, value=value)]
    return [_finding(element, file, "attribute_unsupported", what=shown)]


def _check_extension(element: etree._Element, file: str) -> list[Finding]:
    name = local(element)
    if name in _JAVA:
        return [_finding(element, file, "class_refused", what=f"camunda:{name}")]
    parent = element.getparent()
    if name not in CAMUNDA_ELEMENTS or parent is None or local(parent) != _CAMUNDA_PARENTS[name]:
        return [_finding(element, file, "element_unsupported", what=f"camunda:{name}")]
    if name == "inputOutput" and not _may_have_mappings(parent.getparent()):
        return [_finding(element, file, "mapping_unsupported")]
    found = [
        _finding(element, file, "attribute_unsupported", what=f"camunda:{name}/{attribute}")
        for attribute in element.attrib if attribute not in CAMUNDA_ELEMENTS[name]
    ]
    if "name" in CAMUNDA_ELEMENTS[name] and not element.get("name"):
        found.append(_finding(element, file, "attribute_missing", what=f"camunda:{name}/name"))
    return found


def _may_have_mappings(owner: etree._Element | None) -> bool:
    return owner is not None and is_bpmn(owner, *_MAPPED) and owner.get("triggeredByEvent") != "true"
