"""Reads what Camunda 7 adds to BPMN: attributes in its namespace and its extension elements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from lxml import etree

from engine.dialect import event_definitions
from engine.dialect.calls import read_call
from engine.dialect.forms import business_key_field, form_key
from engine.dialect.listeners import OF_EXECUTION, execution_listeners, task_listeners
from engine.dialect.vocabulary import hints as why
from engine.dialect.xml import CAMUNDA, camunda, extensions, is_bpmn, local, text_of
from engine.elements.assignment import Assignment
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.call_activity import CallActivity
from engine.elements.events import StartEvent
from engine.elements.flow_node import Extensions, FlowNode
from engine.elements.listener import Listener
from engine.elements.mapping import Parameter
from engine.elements.multi_instance import MultiInstance
from engine.elements.nesting import BindingKind
from engine.elements.resource import Binding
from engine.elements.script_task import ScriptTask
from engine.elements.service_task import ErrorDefinition, RuleWork, ServiceTask
from engine.elements.user_task import UserTask
from engine.elements.worker_job import WorkerJob
from engine.expression import Expression, composite, parse
from engine.retry import RetryCycle, parse_cycle

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

PREFIX = "camunda"


def parse_text(text: str, functions: frozenset[str]) -> Expression:
    """Read an attribute or text: `${…}` is JUEL, `= …` FEEL. Raises ExpressionSyntaxError."""
    return parse(text, functions)


def properties_of(element: etree._Element) -> dict[str, str]:
    """Return the camunda:properties of an element; an empty field of an element template counts as absent."""
    return {
        item.get("name", ""): item.get("value", "")
        for block in extensions(element) if block.tag == f"{{{CAMUNDA}}}properties"
        for item in block if isinstance(item.tag, str) and item.get("value", "").strip()
    }


def extensions_of(builder: Builder, element: etree._Element) -> Extensions:
    """Return an element's properties, mappings and asynchronous continuation."""
    inputs: list[Parameter] = []
    outputs: list[Parameter] = []
    for block in extensions(element):
        if block.tag != f"{{{CAMUNDA}}}inputOutput":
            continue
        for item in block:
            if isinstance(item.tag, str):
                parameter = Parameter(item.get("name", ""), _value(builder, item))
                (inputs if local(item) == "inputParameter" else outputs).append(parameter)
    priority = camunda(element, "jobPriority") or camunda(builder.process, "jobPriority")
    return Extensions(
        properties_of(element), inputs, outputs,
        async_before="true" in (camunda(element, "asyncBefore"), camunda(element, "async")),  # the older name
        async_after=camunda(element, "asyncAfter") == "true", retry_cycle=_retry_cycle(builder, element),
        job_priority=None if priority is None else builder.compiled(element, priority),
        listeners=execution_listeners(builder, element),
    )


def _errors(builder: Builder, element: etree._Element) -> list[ErrorDefinition]:
    """Return the errors that a worker's answer or failure may become."""
    found = []
    for item in extensions(element):
        if item.tag == f"{{{CAMUNDA}}}errorEventDefinition":
            code = event_definitions.code_of(builder, element, item, "error")
            condition = builder.compiled(item, item.get("expression", ""))
            if condition.compiled is None and not condition.problem:
                builder.finding(item, "expression_invalid", detail=condition.text or "∅")
            found.append(ErrorDefinition(condition, code or ""))
    return found


def _value(builder: Builder, element: etree._Element) -> Expression:
    """Return what a parameter, an entry or an item of a list is: text, a list, a map, or FEEL as a script.

    As in Camunda 7 a parameter that says nothing gives null.
    """
    parts = [item for item in element if isinstance(item.tag, str)]
    if not parts and not text_of(element):
        return builder.compiled(element, "null", feel=True)
    if not parts or local(element) in ("value", "script"):
        return builder.compiled(element, text_of(element))
    if len(parts) > 1:
        builder.finding(element, "parameter_many")
    return _structure(builder, parts[0])


def _structure(builder: Builder, element: etree._Element) -> Expression:
    match local(element):
        case "list":
            return composite([_structure(builder, item) for item in element if isinstance(item.tag, str)])
        case "map":
            entries = [item for item in element if isinstance(item.tag, str)]
            return composite([_value(builder, item) for item in entries], [item.get("key", "") for item in entries])
        case "script":
            return builder.compiled(element, text_of(element), feel=True)
    return builder.compiled(element, text_of(element))


def _retry_cycle(builder: Builder, element: etree._Element) -> RetryCycle | None:
    for item in extensions(element):
        if item.tag == f"{{{CAMUNDA}}}failedJobRetryTimeCycle":
            cycle = parse_cycle(text_of(item))
            if cycle is None:
                builder.finding(item, "retry_cycle_invalid", value=text_of(item))
            return cycle
    return None


def read_attributes(builder: Builder, node: FlowNode, element: etree._Element) -> None:
    """Give a node what its element's camunda: attributes say."""

    def expression(name: str) -> Expression | None:
        text = camunda(element, name)
        return None if text is None else builder.compiled(element, text)

    match node:
        case UserTask():
            node.listeners, node.timeouts = task_listeners(builder, element)
            node.assignment = Assignment(
                assignee=expression("assignee"), candidate_users=expression("candidateUsers"),
                candidate_groups=expression("candidateGroups"), due_date=expression("dueDate"),
                follow_up_date=expression("followUpDate"), priority=expression("priority"),
                form_key=form_key(builder, element), form_binding=_form_binding(builder, element),
                separate_from=node.extensions.separate_from,
            )
        case ServiceTask():
            node.topic, done = expression("topic"), camunda(element, "expression")
            node.expression = None if done is None else builder.compiled(element, done, deeds=OF_EXECUTION)
            node.result_variable, node.priority = camunda(element, "resultVariable"), expression("taskPriority")
            node.errors = _errors(builder, element)
            if node.errors and node.topic is None:
                builder.finding(element, "extension_unsupported", what="camunda:errorEventDefinition")
            if node.priority is None and (text := camunda(builder.process, "taskPriority")) is not None:
                node.priority = builder.compiled(builder.process, text)
        case ScriptTask():
            node.result_variable = camunda(element, "resultVariable")
        case BusinessRuleTask():
            node.decision_ref = expression("decisionRef") or Expression("")
            node.binding = _binding(builder, element, "decisionRef")
            node.result_variable = camunda(element, "resultVariable")
            node.result_mapping = camunda(element, "mapDecisionResult") or "resultList"
        case CallActivity():
            read_call(builder, node, element)
        case StartEvent():
            node.initiator, node.form_key = camunda(element, "initiator"), form_key(builder, element)
            node.form_binding = _form_binding(builder, element)
            node.business_key_field = business_key_field(builder, element)


def _form_binding(builder: Builder, element: etree._Element) -> Binding:
    """A form that is named by its file is of the same deployment."""
    by_file = camunda(element, "formKey") is not None
    return Binding("deployment") if by_file else _binding(builder, element, "formRef")


def _binding(builder: Builder, element: etree._Element, reference: str) -> Binding:
    """Return which version of a form or decision is meant."""
    kind = cast(BindingKind, camunda(element, f"{reference}Binding") or "latest")
    attribute = {"version": f"{reference}Version", "versionTag": f"{reference}VersionTag"}.get(kind)
    text = None if attribute is None else camunda(element, attribute)
    if attribute is not None and text is None:
        builder.finding(element, "attribute_missing", what=f"bpmn:{local(element)}/camunda:{attribute}")
    return Binding(kind, None if text is None else builder.compiled(element, text))


def read_loop(builder: Builder, body: MultiInstance, loop: etree._Element) -> None:
    """Give a multi-instance its collection (a variable's name or an expression) and element variable."""
    text = camunda(loop, "collection")
    if text is not None:
        plain = "${" not in text and "#{" not in text and not text.strip().startswith("=")
        body.collection = builder.compiled(loop, f"={text}" if plain else text)
    body.element_variable = camunda(loop, "elementVariable")


def condition_filter(definition: etree._Element) -> tuple[str | None, str | None]:
    """Return which variables a condition looks at, and which of their changes."""
    return camunda(definition, "variableName"), camunda(definition, "variableEvents")


def correlation_key(builder: Builder, element: etree._Element, definition: etree._Element) -> Expression | None:
    """Return the key by which an element sends or waits for a message: a property of ours."""
    text = properties_of(element).get("message.correlationKey")
    return None if text is None else builder.compiled(element, text)


def sent_by_worker(builder: Builder, element: etree._Element, definition: etree._Element) -> WorkerJob | None:
    """Return what a worker is asked for that sends an event's message."""
    topic, priority = camunda(definition, "topic"), camunda(definition, "taskPriority")
    if topic is None:
        return None
    if camunda(definition, "expression") is not None or camunda(definition, "resultVariable") is not None:
        builder.finding(element, "service_both")
    asked = None if priority is None else builder.compiled(definition, priority)
    return WorkerJob(builder.compiled(definition, topic), asked)


def version_tag(process: etree._Element) -> str | None:
    """Return the tag of a process's version."""
    return camunda(process, "versionTag")


def flow_listeners(builder: Builder, flow: etree._Element) -> Sequence[Listener]:
    """Return what is to be done when a sequence flow is taken."""
    return execution_listeners(builder, flow)


def time_to_live(builder: Builder, process: etree._Element) -> str | None:
    """Return how long a process's history is to be kept: days, as a number or a duration."""
    text = camunda(process, "historyTimeToLive")
    if text is not None and not re.fullmatch(r"\s*(\d{1,6}|P\d{1,6}D)\s*", text, re.ASCII):
        builder.finding(process, "value_unsupported", why.DAYS, what="camunda:historyTimeToLive", value=text)
    return text


def class_of(element: etree._Element) -> type[FlowNode] | None:
    """Return the class of a flow node where the dialect makes it another than BPMN says: rules that others judge."""
    is_work = any(camunda(element, name) for name in ("type", "topic", "expression"))
    return RuleWork if is_bpmn(element, "businessRuleTask") and is_work else None
