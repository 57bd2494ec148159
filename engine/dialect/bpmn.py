"""Builds SpiffWorkflow specs of our own element classes from a BPMN process, gathering what is wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from engine import timer
from engine.dialect import camunda7
from engine.dialect.allowed import nearest_id
from engine.dialect.finding import Finding
from engine.dialect.xml import camunda, child, children, is_bpmn, local, text_of
from engine.elements import activities, events, gateways, sub_process
from engine.elements.events import BoundaryEvent, Subscription, Timer, Trigger
from engine.elements.flow_node import FlowNode, ProcessSpec, SequenceFlow
from engine.expression import Expression, feel_expression, parse
from engine.feel.errors import ExpressionSyntaxError

NODE_CLASSES: dict[str, type[FlowNode]] = {
    "startEvent": events.StartEvent, "endEvent": events.EndEvent, "intermediateCatchEvent": events.CatchEvent,
    "intermediateThrowEvent": events.ThrowEvent, "boundaryEvent": events.BoundaryEvent,
    "task": activities.AbstractTask, "manualTask": activities.ManualTask, "userTask": activities.UserTask,
    "serviceTask": activities.ServiceTask, "sendTask": activities.SendTask, "scriptTask": activities.ScriptTask,
    "businessRuleTask": activities.BusinessRuleTask, "receiveTask": activities.ReceiveTask,
    "exclusiveGateway": gateways.ExclusiveGateway, "parallelGateway": gateways.ParallelGateway,
    "inclusiveGateway": gateways.InclusiveGateway, "eventBasedGateway": gateways.EventBasedGateway,
    "subProcess": sub_process.SubProcess,
}
_TRIGGERS = ("timerEventDefinition", "messageEventDefinition", "signalEventDefinition")
_NOTHING = Expression("")


@dataclass(slots=True)
class Builder:
    """Turns one process element into a ProcessSpec; `findings` collects what cannot be run."""

    root: etree._Element
    process: etree._Element
    file: str
    functions: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)
    named: dict[str, etree._Element] = field(default_factory=dict)  # messages, signals and errors by id
    lanes: dict[str, str] = field(default_factory=dict)
    elements: dict[str, etree._Element] = field(default_factory=dict)

    def build(self) -> ProcessSpec:
        """Return the spec; it may be run only if no finding is an error."""
        self.named = {
            item.get("id", ""): item for item in children(self.root, "message", "signal", "error")
        }
        self.lanes = camunda7.lanes_of(self.process)
        process_id = self.process.get("id", "")
        spec = ProcessSpec(process_id, self.file)
        outermost = sub_process.Process(
            spec, process_id, element_id=process_id, label=self.process.get("name", ""), container=None,
            extensions=camunda7.extensions_of(self.process, self.compiled),
        )
        spec.start = outermost
        self._scope(spec, self.process, outermost)
        return spec

    def finding(self, element: etree._Element, rule: str, **params: str) -> None:
        """Add an error about an element."""
        self.findings.append(
            Finding(self.file, rule, element.sourceline or 0, nearest_id(element), params=params)
        )

    def compiled(self, element: etree._Element, text: str, *, feel: bool = False) -> Expression:
        """Compile an expression; what cannot be read becomes a finding."""
        try:
            expression = feel_expression(text.removeprefix("=")) if feel else parse(text, self.functions)
        except ExpressionSyntaxError as error:
            self.finding(element, "expression_invalid", detail=str(error))
            return _NOTHING
        if expression.compiled is not None:
            for name in sorted(expression.compiled.called - self.functions):
                self.finding(element, "function_unknown", what=name)
        return expression

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
        self._starts(spec, container, owner, made)
        for node in made.values():
            self._check_ways_out(node)

    def _node(self, spec: ProcessSpec, element: etree._Element, container: str) -> FlowNode | None:
        element_id = element.get("id")
        if not element_id:
            self.finding(element, "id_missing", what=f"bpmn:{local(element)}")
            return None
        if element_id in spec.task_specs:
            self.finding(element, "id_twice", what=element_id)
            return None
        self.elements[element_id] = element
        loop = child(element, "multiInstanceLoopCharacteristics")
        if loop is None:
            return self._plain_node(spec, element, element_id, element_id, container)
        body = sub_process.MultiInstance(
            spec, element_id, element_id=element_id, label=element.get("name", ""), container=container,
            lane=self.lanes.get(element_id),
        )
        inner = self._plain_node(spec, element, f"{element_id}#each", element_id, element_id)
        body.inner = inner.name
        self._loop(body, loop)
        return body

    def _plain_node(
        self, spec: ProcessSpec, element: etree._Element, name: str, element_id: str, container: str
    ) -> FlowNode:
        node = self._class_of(element)(
            spec, name, element_id=element_id, label=" ".join(element.get("name", "").split()), container=container,
            lane=self.lanes.get(element_id), extensions=camunda7.extensions_of(element, self.compiled),
        )
        camunda7.read_attributes(node, element, self.compiled)
        self._details(node, element)
        if isinstance(node, sub_process.SubProcess):
            self._scope(spec, element, node)
        return node

    def _class_of(self, element: etree._Element) -> type[FlowNode]:
        if is_bpmn(element, "subProcess") and element.get("triggeredByEvent") == "true":
            return sub_process.EventSubProcess
        if is_bpmn(element, "endEvent"):
            if child(element, "terminateEventDefinition") is not None:
                return events.TerminateEndEvent
            if child(element, "errorEventDefinition") is not None:
                return events.ErrorEndEvent
        return NODE_CLASSES[local(element)]

    # -- what each kind of node needs

    def _details(self, node: FlowNode, element: etree._Element) -> None:
        match node:
            case events.BoundaryEvent():
                node.attached_to = element.get("attachedToRef", "")
                node.is_interrupting = element.get("cancelActivity", "true") != "false"
                self._event(node, element)
            case events.StartEvent():
                node.is_interrupting = element.get("isInterrupting", "true") != "false"
                self._event(node, element, may_be_empty=True)
            case events.CatchEvent():
                trigger = self._trigger(element)
                if trigger is not None:
                    node.trigger = trigger
            case events.ErrorEndEvent():
                node.error_code = self._error_code(element) or ""
            case events.ThrowEvent():
                signal = child(element, "signalEventDefinition")
                node.signal = None if signal is None else self._name_of(signal, "signalRef")
            case activities.ReceiveTask():
                node.subscription = Subscription("message", self._name_of(element, "messageRef"))
            case activities.ScriptTask():
                if element.get("scriptFormat", "").lower() != "feel":
                    self.finding(element, "script_refused", value=element.get("scriptFormat", ""))
                    node.script = _NOTHING
                else:
                    node.script = self.compiled(element, text_of(child(element, "script")), feel=True)
            case activities.ServiceTask():
                if node.topic is None and node.expression is None:
                    self.finding(element, "service_empty")
            case activities.UserTask():
                ask = node.assignment
                if ask.assignee is None and ask.candidate_users is None and ask.candidate_groups is None:
                    self.finding(element, "nobody")

    def _event(
        self, node: events.BoundaryEvent | events.StartEvent, element: etree._Element, *, may_be_empty: bool = False
    ) -> None:
        error = child(element, "errorEventDefinition")
        if error is None:
            node.trigger = self._trigger(element, may_be_empty=may_be_empty)
            return
        node.catches_error, node.error_code = True, self._error_code(element)
        if isinstance(node, BoundaryEvent):
            node.error_code_variable = camunda(error, "errorCodeVariable")

    def _trigger(self, element: etree._Element, *, may_be_empty: bool = False) -> Trigger | None:
        definitions = children(element, *_TRIGGERS)
        if len(definitions) > 1:
            self.finding(element, "event_many")
            return None
        if not definitions:
            if not may_be_empty:
                self.finding(element, "event_empty")
            return None
        definition = definitions[0]
        if is_bpmn(definition, "timerEventDefinition"):
            return self._timer(definition)
        if is_bpmn(definition, "messageEventDefinition"):
            return Subscription("message", self._name_of(definition, "messageRef"))
        return Subscription("signal", self._name_of(definition, "signalRef"))

    def _timer(self, definition: etree._Element) -> Trigger | None:
        forms = children(definition, "timeDate", "timeDuration", "timeCycle")
        if len(forms) != 1 or not text_of(forms[0]):
            self.finding(definition, "event_empty")
            return None
        form, text = local(forms[0]), text_of(forms[0])
        value = self.compiled(forms[0], text)
        if value.compiled is None and value is not _NOTHING and not timer.is_valid(form, text):
            self.finding(forms[0], "timer_invalid", value=text)
        return Timer(form, value)

    def _name_of(self, element: etree._Element, attribute: str) -> Expression:
        reference = element.get(attribute)
        if not reference:
            self.finding(element, "event_empty")
            return _NOTHING
        target = self.named.get(reference.split(":")[-1])
        if target is None or not target.get("name"):
            self.finding(element, "reference_dangling", what=reference)
            return _NOTHING
        return self.compiled(target, target.get("name", ""))

    def _error_code(self, element: etree._Element) -> str | None:
        definition = child(element, "errorEventDefinition")
        reference = None if definition is None else definition.get("errorRef")
        if not reference:
            return None
        target = self.named.get(reference.split(":")[-1])
        if target is None:
            self.finding(element, "reference_dangling", what=reference)
            return None
        return str(target.get("errorCode") or target.get("name") or "")

    def _loop(self, body: sub_process.MultiInstance, loop: etree._Element) -> None:
        body.is_sequential = loop.get("isSequential") == "true"
        body.collection, body.element_variable = camunda7.loop_collection(loop, self.compiled)
        cardinality, completion = child(loop, "loopCardinality"), child(loop, "completionCondition")
        if cardinality is not None:
            text = text_of(cardinality)
            body.cardinality = self.compiled(cardinality, f"={text}" if text.isdigit() else text)
        if completion is not None:
            body.completion_condition = self._condition(completion)
        if body.collection is None and body.cardinality is None:
            self.finding(loop, "loop_invalid")

    def _condition(self, element: etree._Element) -> Expression:
        text, language = text_of(element), (element.get("language") or "").lower()
        if language not in ("", "feel", "juel"):
            self.finding(element, "script_refused", value=language)
            return _NOTHING
        expression = self.compiled(element, text, feel=language == "feel")
        if expression.compiled is None and expression is not _NOTHING:
            self.finding(element, "expression_invalid", detail=text)
        return expression

    # -- flows and borders

    def _flow(self, made: dict[str, FlowNode], element: etree._Element) -> None:
        source, target = element.get("sourceRef", ""), element.get("targetRef", "")
        flow_id = element.get("id") or f"{source}.{target}.{element.sourceline}"
        for end in (source, target):
            if end not in made:
                known = any(item.get("id") == end for item in self.process.iter())
                rule, what = ("flow_crosses_scope", flow_id) if known else ("reference_dangling", end)
                self.finding(element, rule, what=what)
                return
        condition = child(element, "conditionExpression")
        expression = None if condition is None or not text_of(condition) else self._condition(condition)
        flow = SequenceFlow(flow_id, source, target, expression)
        made[source].outgoing.append(flow)
        made[target].incoming.append(flow_id)
        made[source].connect(made[target])
        default = self.elements[source].get("default")
        if default:
            made[source].default = default

    def _attach(self, made: dict[str, FlowNode], element: etree._Element) -> None:
        event, host = made.get(element.get("id", "")), made.get(element.get("attachedToRef", ""))
        if host is None:
            self.finding(element, "reference_dangling", what=element.get("attachedToRef", ""))
        elif event is not None:
            host.boundaries.append(event.name)

    def _starts(
        self, spec: ProcessSpec, container: etree._Element, owner: sub_process.SubProcess, made: dict[str, FlowNode]
    ) -> None:
        starts = [node for node in made.values() if isinstance(node, events.StartEvent)]
        plain = [node for node in starts if node.trigger is None and not node.catches_error]
        owner.starts = [node.name for node in plain]
        for node in made.values():
            if isinstance(node, sub_process.EventSubProcess):
                inside = [start for start in spec.task_specs.values()
                          if isinstance(start, events.StartEvent) and start.container == node.name]
                owner.event_starts += [start.name for start in inside if start.trigger is not None]
                owner.error_starts += [start.name for start in inside if start.catches_error]
        if not starts and not isinstance(owner, sub_process.Process):
            owner.starts = [node.name for node in made.values() if self._may_begin(node)]
        if not starts and not owner.starts:
            self.finding(container, "no_start")
        self._check_reached(made, owner)

    @staticmethod
    def _may_begin(node: FlowNode) -> bool:
        return not node.incoming and not isinstance(node, events.BoundaryEvent | sub_process.EventSubProcess)

    def _check_reached(self, made: dict[str, FlowNode], owner: sub_process.SubProcess) -> None:
        stack = [node.name for node in made.values()
                 if isinstance(node, events.StartEvent | sub_process.EventSubProcess)] + owner.starts
        reached: set[str] = set()
        while stack:
            name = stack.pop()
            if name in reached:
                continue
            reached.add(name)
            stack += [flow.target for flow in made[name].outgoing] + made[name].boundaries
        for name in made.keys() - reached:
            self.finding(self.elements[name], "unreachable")

    def _check_ways_out(self, node: FlowNode) -> None:
        conditional = [flow for flow in node.outgoing if flow.condition is not None]
        if node.default is not None and all(flow.id != node.default for flow in node.outgoing):
            self.finding(self.elements[node.element_id], "reference_dangling", what=node.default)
        elif node.default is None and node.outgoing and len(conditional) == len(node.outgoing):
            element = self.elements[node.element_id]
            self.findings.append(
                Finding(self.file, "default_missing", element.sourceline or 0, node.element_id, severity="warning")
            )
        if isinstance(node, gateways.InclusiveGateway):
            _ = node.upstream  # computed once here, so that running changes no spec



