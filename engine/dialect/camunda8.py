"""Reads what Camunda 8 adds to BPMN: extension elements in its namespace, `= …` for expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast, get_args

from lxml import etree

from engine.dialect.vocabulary import hints as why
from engine.dialect.xml import ZEEBE, extensions, is_bpmn, local, text_of
from engine.elements.ad_hoc_sub_process import AdHocSubProcess
from engine.elements.assignment import Assignment
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.call_activity import CallActivity, Handover
from engine.elements.events import StartEvent
from engine.elements.flow_node import Extensions, FlowNode
from engine.elements.job_listener import JobListener, Moment
from engine.elements.listener import Listener
from engine.elements.mapping import Parameter
from engine.elements.multi_instance import Counts, MultiInstance
from engine.elements.nesting import BindingKind
from engine.elements.resource import Binding
from engine.elements.script_task import ScriptTask
from engine.elements.service_task import ServiceTask
from engine.elements.user_task import UserTask
from engine.elements.worker_job import WorkerJob, is_attempts
from engine.errors import EngineError
from engine.expression import Expression, feel_expression
from engine.form import Form, parse_form

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

PREFIX = "zeebe"
EMBEDDED = "camunda-forms:bpmn:"
"""How the key of a form begins that stands in the process's extension elements."""
COUNTS = Counts("numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances")
PATH = re.compile(r"([^\W\d]\w*)(?:\s*\.\s*\w+)*")
"""A variable or something in it: as an output element it is a variable of each instance."""


def parse_text(text: str, functions: frozenset[str]) -> Expression:
    """Read an attribute or text: `= …` is FEEL, all else stands for itself. Raises ExpressionSyntaxError."""
    stripped = text.strip()
    return feel_expression(stripped[1:]) if stripped.startswith("=") else Expression(text)


def part(element: etree._Element, name: str) -> etree._Element | None:
    """Return an element's first zeebe: extension of a name."""
    return next((item for item in extensions(element) if item.tag == f"{{{ZEEBE}}}{name}"), None)


def attribute(element: etree._Element | None, name: str) -> str | None:
    """Return an attribute of a zeebe: element; an empty one counts as absent."""
    value = "" if element is None else str(element.get(name, ""))
    return value if value.strip() else None


def properties_of(element: etree._Element) -> dict[str, str]:
    """Return the zeebe:properties of an element; an empty field of an element template counts as absent."""
    block = part(element, "properties")
    items = () if block is None else block.iterchildren(f"{{{ZEEBE}}}property")
    return {item.get("name", ""): item.get("value", "") for item in items if item.get("value", "").strip()}


def version_tag(process: etree._Element) -> str | None:
    """Return the tag of a process's version."""
    return attribute(part(process, "versionTag"), "value")


def flow_listeners(builder: Builder, flow: etree._Element) -> Sequence[Listener]:
    """Camunda 8 has none."""
    return ()


def time_to_live(builder: Builder, process: etree._Element) -> str | None:
    """Camunda 8 says nothing of it in a diagram."""
    return None


def class_of(element: etree._Element) -> type[FlowNode] | None:
    """Return the class of a flow node where the dialect makes it another than BPMN says: tasks done by workers."""
    is_job = is_bpmn(element, "scriptTask", "businessRuleTask") and part(element, "taskDefinition") is not None
    return ServiceTask if is_job else None


def extensions_of(builder: Builder, element: etree._Element) -> Extensions:
    """Return an element's properties, mappings, listeners and what it tells workers."""
    mapping = part(element, "ioMapping")
    return Extensions(
        properties_of(element), _parameters(builder, mapping, "input"), _parameters(builder, mapping, "output"),
        keeps_results=True, headers=_headers(part(element, "taskHeaders")),
        job_listeners=[*_listeners(builder, element, "execution"), *_listeners(builder, element, "task")],
    )


def _headers(found: etree._Element | None) -> dict[str, str]:
    items = () if found is None else found.iterchildren(f"{{{ZEEBE}}}header")
    return {item.get("key", ""): item.get("value", "") for item in items}


def _listeners(builder: Builder, element: etree._Element, kind: str) -> Iterator[JobListener]:
    """Yield the workers that listen; where an event has happened before there is a token, its start is over."""
    block = part(element, f"{kind}Listeners")
    is_late = is_bpmn(element, "process", "startEvent", "boundaryEvent") or element.get("triggeredByEvent") == "true"
    for item in () if block is None else block.iterchildren(f"{{{ZEEBE}}}{kind}Listener"):
        moment = item.get("eventType", "")
        if moment == "start" and is_late:
            builder.finding(item, "value_unsupported", what="zeebe:executionListener/eventType", value=moment)
        topic = _expression(builder, item, "type") or Expression("")
        job = WorkerJob(topic, retries=_expression(builder, item, "retries"))
        builder.check_literal(item, "retries", job.retries, is_attempts)
        if moment in get_args(Moment):
            headers = item.find(f"{{{ZEEBE}}}taskHeaders")
            yield JobListener(cast(Moment, moment), job, _headers(headers))


def _parameters(builder: Builder, mapping: etree._Element | None, kind: str) -> list[Parameter]:
    found: list[Parameter] = []
    for item in () if mapping is None else mapping.iterchildren(f"{{{ZEEBE}}}{kind}"):
        name, *path = (step.strip() for step in item.get("target", "").split("."))
        if not name or not all(path):
            builder.finding(item, "value_unsupported", what=f"zeebe:{kind}/target", value=item.get("target", ""))
        found.append(Parameter(name, builder.compiled(item, item.get("source", "")), tuple(path)))
    return found


def read_attributes(builder: Builder, node: FlowNode, element: etree._Element) -> None:
    """Give a node what its kind alone may have."""
    match node:
        case UserTask():
            node.assignment = _assignment(builder, node, element)
        case ServiceTask():
            node.kind = local(element)  # a script or business rule task may be a worker's
            if (job := _job(builder, element)) is not None:
                node.topic, node.retries, node.priority = job.topic, job.retries, job.priority
        case ScriptTask() if (script := part(element, "script")) is not None:
            node.script = _formula(builder, script, "expression")
            node.result_variable = attribute(script, "resultVariable")
        case BusinessRuleTask() if (decision := part(element, "calledDecision")) is not None:
            node.decision_ref = _expression(builder, decision, "decisionId") or Expression("")
            node.binding = _binding(builder, decision)
            node.result_variable = attribute(decision, "resultVariable")
            node.result_mapping = "value"
        case CallActivity():
            _read_call(builder, node, element)
        case AdHocSubProcess():
            _read_ad_hoc(builder, node, element)
        case StartEvent():
            node.form_key, node.form_binding = _form_key(builder, element), _form_binding(builder, element)


def _assignment(builder: Builder, node: FlowNode, element: etree._Element) -> Assignment:
    people, schedule = part(element, "assignmentDefinition"), part(element, "taskSchedule")
    return Assignment(
        assignee=_expression(builder, people, "assignee"),
        candidate_users=_expression(builder, people, "candidateUsers"),
        candidate_groups=_expression(builder, people, "candidateGroups"),
        due_date=_expression(builder, schedule, "dueDate"),
        follow_up_date=_expression(builder, schedule, "followUpDate"),
        priority=_expression(builder, part(element, "priorityDefinition"), "priority"),
        form_key=_form_key(builder, element), form_binding=_form_binding(builder, element),
        separate_from=node.extensions.separate_from,
    )


def _expression(builder: Builder, owner: etree._Element | None, name: str) -> Expression | None:
    text = attribute(owner, name)
    return None if owner is None or text is None else builder.compiled(owner, text)


def _formula(builder: Builder, owner: etree._Element, name: str) -> Expression:
    """Compile an attribute that must be an expression."""
    found = _expression(builder, owner, name) or Expression("")
    if found.compiled is None and not found.problem:
        builder.finding(owner, "expression_invalid", detail=found.text or "∅")
        return Expression(found.text, problem="it is no expression")
    return found


# -- forms


def _form_key(builder: Builder, element: etree._Element) -> str | None:
    """Return under which key an element's form is known; one that stands in the process is read."""
    definition = part(element, "formDefinition")
    key, form_id = attribute(definition, "formKey"), attribute(definition, "formId")
    if definition is None or key is None:
        return form_id
    if form_id is not None or not key.startswith(EMBEDDED):
        builder.finding(
            definition, "value_unsupported", why.FORM_ELSEWHERE, what="zeebe:formDefinition/formKey", value=key
        )
    elif key not in builder.forms:
        _read_embedded(builder, definition, key)
    return key


def _form_binding(builder: Builder, element: etree._Element) -> Binding:
    definition = part(element, "formDefinition")
    return Binding() if definition is None else _binding(builder, definition)


def _binding(builder: Builder, owner: etree._Element) -> Binding:
    """Return which version of a form, decision or process is meant."""
    kind = cast(BindingKind, attribute(owner, "bindingType") or "latest")
    version = _expression(builder, owner, "versionTag") if kind == "versionTag" else None
    if kind == "versionTag" and version is None:
        builder.finding(owner, "attribute_missing", what=f"zeebe:{local(owner)}/versionTag")
    return Binding(kind, version)


def _read_embedded(builder: Builder, definition: etree._Element, key: str) -> None:
    wanted = key.removeprefix(EMBEDDED)
    for item in extensions(builder.process):
        if item.tag == f"{{{ZEEBE}}}userTaskForm" and item.get("id") == wanted:
            try:
                builder.forms[key] = parse_form(text_of(item).encode(), wanted)
            except EngineError as error:
                builder.finding(item, "form_invalid", detail=str(error))
                builder.forms[key] = Form(wanted, (), {})
            return
    builder.finding(definition, "reference_dangling", what=wanted)


# -- loops and ad-hoc sub-processes


def _read_ad_hoc(builder: Builder, node: AdHocSubProcess, element: etree._Element) -> None:
    """What is not named waits until somebody starts it."""
    found = part(element, "adHoc")
    named = attribute(found, "activeElementsCollection")
    node.active_elements = builder.compiled(element, named or "= []")
    node.output_collection = attribute(found, "outputCollection")
    if (node.output_collection is None) != (attribute(found, "outputElement") is None):
        builder.finding(element, "loop_output_invalid")
    elif found is not None and node.output_collection is not None:
        node.output_element = _formula(builder, found, "outputElement")


def read_loop(builder: Builder, body: MultiInstance, loop: etree._Element) -> None:
    """Give a multi-instance its collection and element variable, and what it collects."""
    body.counter_from, body.words, body.sees_last = 1, COUNTS, True
    found = part(loop, "loopCharacteristics")
    if found is None:
        return
    body.collection = _formula(builder, found, "inputCollection")
    body.element_variable = attribute(found, "inputElement")
    body.output_collection = attribute(found, "outputCollection")
    if (body.output_collection is None) != (attribute(found, "outputElement") is None):
        builder.finding(found, "loop_output_invalid")
    elif body.output_collection is not None:
        body.output_element = _formula(builder, found, "outputElement")
        name = PATH.fullmatch(body.output_element.text.strip())
        body.output_variable = name[1] if name is not None and name[1] in body.output_element.names else None


# -- events


def condition_filter(definition: etree._Element) -> tuple[str | None, str | None]:
    """Return which variables a condition looks at, and which of their changes."""
    found = part(definition, "conditionalFilter")
    return attribute(found, "variableNames"), attribute(found, "variableEvents")


def correlation_key(builder: Builder, element: etree._Element, definition: etree._Element) -> Expression | None:
    """Return the key by which an element waits for a message; a process is started whatever the key."""
    message = builder.named.get(definition.get("messageRef", "").split(":")[-1])
    if message is None or (is_bpmn(element, "startEvent") and is_bpmn(element.getparent(), "process")):
        return None
    return _expression(builder, part(message, "subscription"), "correlationKey")


def sent_by_worker(builder: Builder, element: etree._Element, definition: etree._Element) -> WorkerJob | None:
    """Return what a worker is asked for that sends an event's message."""
    return _job(builder, element)


def _job(builder: Builder, element: etree._Element) -> WorkerJob | None:
    asked = part(element, "taskDefinition")
    topic, retries = _expression(builder, asked, "type"), _expression(builder, asked, "retries")
    priority = _expression(builder, part(element, "jobPriorityDefinition"), "priority")
    return None if topic is None else WorkerJob(topic, priority, retries)


# -- calls


def _read_call(builder: Builder, node: CallActivity, element: etree._Element) -> None:
    found = part(element, "calledElement")
    if found is None:
        return
    node.called_element = _expression(builder, found, "processId") or Expression("")
    binding = _binding(builder, found)
    node.binding, node.version = binding.kind, binding.version
    node.business_key = _expression(builder, found, "businessId")
    node.ins = [Handover(is_local=found.get("propagateAllParentVariables") == "false")]
    if node.extensions.outputs:  # they read the variables of the called process, which stay here
        node.outs = [Handover(is_local=True)]
    elif found.get("propagateAllChildVariables") != "false":
        node.outs = [Handover()]
    node.gives_back = "when completed"
