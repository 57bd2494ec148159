"""Builds SpiffWorkflow specs of our own element classes from a BPMN process, gathering what is wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from engine.dialect import (
    calls,
    compensation,
    data,
    event_definitions,
    links,
    loop_characteristics,
    messages,
    structure,
)
from engine.dialect.allowed import nearest_id
from engine.dialect.dialect import Dialect, dialect_of
from engine.dialect.finding import Finding
from engine.dialect.resource_roles import read_roles
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import Hint
from engine.dialect.xml import camunda, child, children, is_bpmn, local, text_of
from engine.elements import events, gateways, sub_process
from engine.elements.ad_hoc_sub_process import AdHocSubProcess
from engine.elements.assignment import is_instant
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.call_activity import CallActivity
from engine.elements.complex_gateway import ComplexGateway
from engine.elements.flow_node import FlowNode, ProcessSpec, SequenceFlow
from engine.elements.priority import is_priority
from engine.elements.receive_task import ReceiveTask
from engine.elements.script_task import ScriptTask
from engine.elements.service_task import SendTask, ServiceTask
from engine.elements.task import AbstractTask, ManualTask
from engine.elements.transaction import CancelEndEvent, Transaction
from engine.elements.user_task import UserTask
from engine.elements.worker_job import is_attempts
from engine.expression import Expression, feel_expression, parse
from engine.feel.errors import ExpressionSyntaxError
from engine.form import Form

MAX_NODES = 10_000
MAX_QUANTITY = 1000
NODE_CLASSES: dict[str, type[FlowNode]] = {
    "startEvent": events.StartEvent, "endEvent": events.EndEvent, "intermediateCatchEvent": events.CatchEvent,
    "intermediateThrowEvent": events.ThrowEvent, "boundaryEvent": events.BoundaryEvent,
    "task": AbstractTask, "manualTask": ManualTask, "userTask": UserTask,
    "serviceTask": ServiceTask, "sendTask": SendTask, "scriptTask": ScriptTask,
    "businessRuleTask": BusinessRuleTask, "receiveTask": ReceiveTask,
    "exclusiveGateway": gateways.ExclusiveGateway, "parallelGateway": gateways.ParallelGateway,
    "inclusiveGateway": gateways.InclusiveGateway, "eventBasedGateway": gateways.EventBasedGateway,
    "complexGateway": ComplexGateway,
    "subProcess": sub_process.SubProcess, "transaction": Transaction, "callActivity": CallActivity,
    "adHocSubProcess": AdHocSubProcess,
}


@dataclass(slots=True)
class Builder:
    """Turns one process element into a ProcessSpec; `findings` collects what cannot be run."""

    root: etree._Element
    process: etree._Element
    file: str
    functions: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)
    named: dict[str, etree._Element] = field(default_factory=dict)  # what events refer to, by id
    lanes: dict[str, str] = field(default_factory=dict)
    elements: dict[str, etree._Element] = field(default_factory=dict)  # flow nodes by id
    flows: dict[str, etree._Element] = field(default_factory=dict)
    starts: dict[str, list[events.StartEvent]] = field(default_factory=dict)  # by the scope that they begin
    data: dict[str, etree._Element] = field(default_factory=dict)  # data items by id, gathered when one is missed
    inclusive_joins: int = 0
    dialect: Dialect = field(init=False)
    forms: dict[str, Form] = field(default_factory=dict)  # that stand in the diagram itself, by their keys
    inside: set[str] = field(default_factory=set)  # all ids of the process, gathered when one is missed

    def __post_init__(self) -> None:
        self.dialect = dialect_of(self.root)

    def is_readable(self) -> bool:
        """Whether the process is small enough to be read in a moment; otherwise a finding says so."""
        count = sum(is_bpmn(item, *NODE_CLASSES) for item in self.process.iter())
        if count > MAX_NODES:
            self.finding(self.process, "too_many", what="bpmn:flowNode", count=str(count), limit=str(MAX_NODES))
        return count <= MAX_NODES

    def build(self) -> ProcessSpec:
        """Return the spec; it may be run only if no finding is an error."""
        self.named = {
            item.get("id", ""): item for item in children(self.root, "message", "signal", "error", "escalation")
        }
        self.lanes = structure.lanes_of(self.process)
        process_id = self.process.get("id", "")
        if not process_id:
            self.finding(self.process, "id_missing", what="bpmn:process")
        spec = ProcessSpec(process_id, self.file)
        outermost = sub_process.Process(
            spec, process_id, element_id=process_id, label=self.process.get("name", ""), container=None,
            extensions=data.with_data(self, self.process, self.dialect.extensions_of(self, self.process)),
        )
        spec.start = outermost
        self._scope(spec, self.process, outermost)
        compensation.connect(self, spec)
        return spec

    def finding(self, element: etree._Element, rule: str, hint: Hint | None = None, /, **params: str) -> None:
        """Add an error about an element."""
        self.findings.append(
            Finding(self.file, rule, element.sourceline or 0, nearest_id(element), params=params, hint=hint)
        )

    def advise(self, element: etree._Element, rule: str) -> None:
        """Add a warning about an element."""
        line, near = element.sourceline or 0, nearest_id(element)
        self.findings.append(Finding(self.file, rule, line, near, severity="warning"))

    def compiled(
        self, element: etree._Element, text: str, *, feel: bool = False, deeds: frozenset[str] = frozenset()
    ) -> Expression:
        """Compile an expression; one that cannot be read becomes a finding, and an error where it is evaluated.

        It is evaluated when an earlier release, or an application with more functions, has deployed the diagram.
        """
        try:
            if feel:
                expression = feel_expression(text.removeprefix("="))
            elif deeds:
                expression = parse(text, self.functions, deeds)
            else:
                expression = self.dialect.parse_text(text, self.functions)
        except ExpressionSyntaxError as error:
            self.finding(element, "expression_invalid", detail=str(error))
            return Expression(text, problem=f"the expression cannot be read: {error}")
        unknown = sorted(expression.compiled.called - self.functions) if expression.compiled is not None else []
        for name in unknown:
            self.finding(element, "function_unknown", what=name)
        return Expression(text, problem=f"unknown function {unknown[0]!r}") if unknown else expression

    def written_in(self, element: etree._Element) -> Expression:
        """Compile the text of an element that may name its language: FEEL, or what its marks say."""
        text, language = text_of(element), (element.get("language") or "").lower()
        if language not in ("", "feel", "juel"):
            self.finding(element, "script_refused", value=language)
            return Expression(text, problem=f"{language} is not run")
        return self.compiled(element, text, feel=language == "feel")

    # -- scopes and nodes

    def _scope(self, spec: ProcessSpec, container: etree._Element, owner: sub_process.SubProcess) -> None:
        made: dict[str, FlowNode] = {}
        for element in children(container, *NODE_CLASSES):
            node = self._node(spec, element, owner.name)
            if node is not None:
                made[node.name] = node
        for element in children(container, "sequenceFlow"):
            self._flow(made, element)
        for element in children(container, "boundaryEvent"):
            self._attach(made, element)
        links.join_links(self, made)
        self._starts(owner, made)
        structure.check_scope(self, container, owner, made)

    def _node(self, spec: ProcessSpec, element: etree._Element, container: str) -> FlowNode | None:
        element_id = element.get("id")
        if not element_id:
            self.finding(element, "id_missing", what=f"bpmn:{local(element)}")
            return None
        if element_id in spec.task_specs:  # a finding tells of it
            return None
        self.elements[element_id] = element
        body = loop_characteristics.body_of(self, spec, element, container)
        if body is not None:
            inner = self._plain_node(spec, element, f"{element_id}#each", element_id, element_id)
            loop_characteristics.read(self, body, inner, element)
        node = body or self._plain_node(spec, element, element_id, element_id, container)
        node.start_quantity = self._quantity(element, "startQuantity")
        node.completion_quantity = self._quantity(element, "completionQuantity")
        return node

    def _quantity(self, element: etree._Element, attribute: str) -> int:
        text = element.get(attribute, "1").strip()
        if text.isdecimal() and 1 <= int(text) <= MAX_QUANTITY:
            return int(text)
        self.finding(element, "value_unsupported", what=attribute, value=text)
        return 1

    def _plain_node(
        self, spec: ProcessSpec, element: etree._Element, name: str, element_id: str, container: str
    ) -> FlowNode:
        node = self._class_of(element)(
            spec, name, element_id=element_id, label=" ".join(element.get("name", "").split()), container=container,
            lane=self.lanes.get(element_id),
            extensions=data.with_data(self, element, self.dialect.extensions_of(self, element)),
        )
        node.is_for_compensation = element.get("isForCompensation") == "true"
        self.dialect.read_attributes(self, node, element)
        self._details(node, element)
        if isinstance(node, sub_process.SubProcess):
            self._scope(spec, element, node)
        return node

    def _class_of(self, element: etree._Element) -> type[FlowNode]:
        if is_bpmn(element, "subProcess") and element.get("triggeredByEvent") == "true":
            return sub_process.EventSubProcess
        if is_bpmn(element, "endEvent") and child(element, "cancelEventDefinition") is not None:
            return CancelEndEvent
        return self.dialect.class_of(element) or NODE_CLASSES[local(element)]

    # -- what each kind of node needs

    def _details(self, node: FlowNode, element: etree._Element) -> None:
        match node:
            case AdHocSubProcess():
                self._ad_hoc(node, element)
            case events.BoundaryEvent():
                node.attached_to = element.get("attachedToRef", "")
                node.is_interrupting = self._interrupts(element, "cancelActivity")
                event_definitions.read_catching(self, node, element)
            case events.StartEvent():
                node.is_interrupting = self._interrupts(element, "isInterrupting")
                event_definitions.read_catching(self, node, element)
            case events.CatchEvent():
                event_definitions.read_catching(self, node, element)
            case events.ThrowEvent():
                event_definitions.read_throwing(self, node, element)
            case CallActivity():
                calls.read_data(self, node, element)
                if not node.called_element.text:
                    self.finding(element, "attribute_missing", what="bpmn:callActivity/calledElement")
            case ComplexGateway() if (activation := child(element, "activationCondition")) is not None:
                node.activation = self._activation(activation)
            case ReceiveTask():
                node.triggers = (messages.waiting(self, element, element),)
                node.instantiates = element.get("instantiate") == "true"
            case gateways.EventBasedGateway():
                node.instantiates = element.get("instantiate") == "true"
                node.is_parallel = element.get("eventGatewayType") == "Parallel"
            case ScriptTask():
                self._script(node, element)
            case ServiceTask():
                if node.topic is None and node.expression is None:
                    if isinstance(node, SendTask) and element.get("messageRef"):
                        node.message = messages.through_engine(self, element, element)
                    else:
                        self.finding(element, "service_empty")
                elif node.topic is not None and (node.expression is not None or node.result_variable is not None):
                    self.finding(element, "service_both")
                if camunda(element, "decisionRef"):
                    self.finding(element, "service_both")
                self.check_literal(element, "taskPriority", node.priority, is_priority)
                self.check_literal(element, "retries", node.retries, is_attempts)
            case UserTask():
                ask = node.assignment = read_roles(self, element, node.assignment)
                self.check_literal(element, "priority", ask.priority, is_priority)
                self.check_literal(element, "dueDate", ask.due_date, is_instant)
                self.check_literal(element, "followUpDate", ask.follow_up_date, is_instant)

    def _activation(self, element: etree._Element) -> Expression:
        """Compile a complex gateway's condition; written without marks it is FEEL, as nothing else would make sense."""
        expression = self.written_in(element)
        if expression.compiled is None and not expression.problem:
            return self.compiled(element, expression.text, feel=True)
        return expression

    def _interrupts(self, element: etree._Element, attribute: str) -> bool:
        value = element.get(attribute, "true")
        always = ["errorEventDefinition", "cancelEventDefinition"]
        if is_bpmn(element, "startEvent"):
            always.append("compensateEventDefinition")
        if value == "false" and children(element, *always):
            self.finding(element, "value_unsupported", what=attribute, value=value)
        return value != "false"

    def _ad_hoc(self, node: AdHocSubProcess, element: etree._Element) -> None:
        node.is_sequential = element.get("ordering") == "Sequential"
        node.cancels_remaining = element.get("cancelRemainingInstances") not in ("false", "0")
        condition = child(element, "completionCondition")
        if condition is not None:
            node.completion_condition = self.condition(condition)
        for event in children(element, "startEvent", "endEvent"):
            self.finding(event, "ad_hoc_event")

    def _script(self, node: ScriptTask, element: etree._Element) -> None:
        language, script = element.get("scriptFormat", ""), child(element, "script")
        if node.script is not None:  # the dialect has one of its own
            if script is not None:
                self.finding(script, "element_unsupported", what="bpmn:scriptTask/bpmn:script")
        elif language.lower() == "feel":
            node.script = self.compiled(element if script is None else script, text_of(script), feel=True)
        else:
            hint = why.SCRIPT_IN_JUEL if language.lower() == "juel" else why.SCRIPT
            self.finding(element, "script_refused", hint, value=language)
            node.script = Expression("", problem=f"{language} is not run")

    def check_literal(
        self, element: etree._Element, attribute: str, value: Expression | None, fits: Callable[[str], bool]
    ) -> None:
        """Refuse a vendor's attribute whose value is no expression and does not fit."""
        if value is not None and value.compiled is None and not value.problem and not fits(value.text):
            self.finding(element, "value_unsupported", what=f"{self.dialect.PREFIX}:{attribute}", value=value.text)

    def condition(self, element: etree._Element) -> Expression:
        """Compile the text of an element that must be an expression; `true` and `false` are, too."""
        if text_of(element) in ("true", "false"):
            return self.compiled(element, text_of(element), feel=True)
        expression = self.written_in(element)
        if expression.compiled is None and not expression.problem:
            self.finding(element, "expression_invalid", detail=expression.text or "∅")
        return expression

    # -- flows and borders

    def _flow(self, made: dict[str, FlowNode], element: etree._Element) -> None:
        source, target = element.get("sourceRef", ""), element.get("targetRef", "")
        flow_id = element.get("id") or f"{source}.{target}.{element.sourceline}"
        for end in (source, target):
            if end not in made:
                self._dangling(element, end, flow_id)
                return
        if flow_id in self.flows:  # without an id, on one line: a number tells them apart
            flow_id = f"{flow_id}.{len(self.flows)}"
        self.flows[flow_id] = element
        condition = child(element, "conditionExpression")
        flow = SequenceFlow(
            flow_id, source, target, None if condition is None else self.condition(condition),
            listeners=self.dialect.flow_listeners(self, element),
        )
        made[source].outgoing.append(flow)
        made[target].incoming.append(flow_id)
        made[source].connect(made[target])
        made[source].default = self.elements[source].get("default") or None

    def _dangling(self, element: etree._Element, end: str, flow_id: str) -> None:
        if not self.inside:
            self.inside.update(str(item.get("id")) for item in self.process.iter() if item.get("id"))
        if end in self.inside:
            self.finding(element, "flow_crosses_scope", what=flow_id)
        else:
            self.finding(element, "reference_dangling", what=end)

    def _attach(self, made: dict[str, FlowNode], element: etree._Element) -> None:
        event, host = made.get(element.get("id", "")), made.get(element.get("attachedToRef", ""))
        if host is None:
            self.finding(element, "reference_dangling", what=element.get("attachedToRef", ""))
        elif not structure.is_activity(host):
            self.finding(element, "host_not_activity")
        elif event is not None:
            host.boundaries.append(event.name)

    def _starts(self, owner: sub_process.SubProcess, made: dict[str, FlowNode]) -> None:
        starts = self.starts[owner.name] = [node for node in made.values() if isinstance(node, events.StartEvent)]
        owner.starts = [node.name for node in starts if not node.waits]
        for node in made.values():
            if isinstance(node, sub_process.EventSubProcess):
                inside = self.starts.get(node.name, [])
                owner.event_starts += [start.name for start in inside if start.triggers]
                owner.catching_starts += [start.name for start in inside if start.catches]
        structure.note_beginnings(self, owner, made)
        has_start = bool(starts or owner.spec.beginnings.keys() & made.keys())
        if not has_start and not isinstance(owner, sub_process.EventSubProcess):
            owner.starts = [node.name for node in made.values() if structure.may_begin(node)]
