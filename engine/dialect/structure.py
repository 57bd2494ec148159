"""Checks how the nodes of one scope hang together: what a token could not pass as drawn is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lxml import etree

from engine.dialect.xml import is_bpmn, local, text_of
from engine.elements import events, gateways, sub_process
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.call_activity import CallActivity
from engine.elements.complex_gateway import ComplexGateway
from engine.elements.flow_node import FlowNode
from engine.elements.message_event import Subscription
from engine.elements.receive_task import ReceiveTask
from engine.elements.repetition import Repetition
from engine.elements.script_task import ScriptTask
from engine.elements.service_task import ServiceTask
from engine.elements.task import AbstractTask
from engine.elements.user_task import UserTask

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

MAX_INCLUSIVE_JOINS = 100
Nodes = Mapping[str, FlowNode]
Problem = tuple[str, dict[str, str]]
_ACTIVITIES = (
    AbstractTask, UserTask, ServiceTask, ScriptTask,
    BusinessRuleTask, ReceiveTask, sub_process.SubProcess, Repetition, CallActivity,
)


def is_activity(node: FlowNode) -> bool:
    """Whether a boundary event may be attached to a node."""
    return isinstance(node, _ACTIVITIES) and not isinstance(node, sub_process.EventSubProcess)


def check_scope(builder: Builder, container: etree._Element, owner: sub_process.SubProcess, made: Nodes) -> None:
    """Add findings about the nodes of one scope, whose flows and boundary events are known."""
    for rule in _starts(owner, made):
        builder.finding(container, rule)
    for name in sorted(made.keys() - _reached(owner, made)):
        builder.finding(builder.elements[name], "unreachable")
    for node in made.values():
        for rule, params in _problems(node, made):
            builder.finding(builder.elements[node.element_id], rule, **params)
        _check_start(builder, node, owner)
        _check_flows(builder, node)
        if isinstance(node, gateways.InclusiveGateway | ComplexGateway) and len(node.incoming) > 1:
            _look_upstream(builder, node)


def may_begin(node: FlowNode) -> bool:
    """Whether a node gets a token at once in a scope that has no start event."""
    if node.is_for_compensation or (isinstance(node, events.CatchEvent) and node.is_link):
        return False
    return not node.incoming and not isinstance(node, events.BoundaryEvent | sub_process.EventSubProcess)


def note_beginnings(builder: Builder, owner: sub_process.SubProcess, made: Nodes) -> None:
    """Note at which elements an event starts an instance; what says so and cannot do it is a finding."""
    beginnings = owner.spec.beginnings
    for node in made.values():
        inner = owner.spec.task_specs.get(f"{node.name}#each", node)
        match inner:
            case events.StartEvent() if inner.triggers and isinstance(owner, sub_process.Process):
                beginnings[inner.name] = inner.name
                if inner.is_parallel_multiple:
                    builder.finding(builder.elements[inner.element_id], "start_parallel")
            case ReceiveTask(instantiates=True) | gateways.EventBasedGateway(instantiates=True):
                element = builder.elements[inner.element_id]
                if inner is not node or not isinstance(owner, sub_process.Process) or node.incoming:
                    builder.finding(element, "instantiate_misplaced")
                elif isinstance(inner, ReceiveTask):
                    beginnings[inner.name] = inner.name
                    if inner.extensions.async_before:
                        builder.finding(element, "attribute_unsupported", what="camunda:asyncBefore")
                else:
                    _note_events_behind(builder, inner, made)
            case gateways.EventBasedGateway(is_parallel=True):
                builder.finding(builder.elements[inner.element_id], "gateway_parallel")


def _note_events_behind(builder: Builder, gateway: gateways.EventBasedGateway, made: Nodes) -> None:
    for flow in gateway.outgoing:
        target = made[flow.target]
        gateway.spec.beginnings[target.name] = gateway.name
        if target.is_parallel_multiple or not all(isinstance(one, Subscription) for one in target.triggers):
            builder.finding(builder.elements[target.element_id], "gateway_start_target")


def _look_upstream(builder: Builder, node: gateways.JoiningGateway) -> None:
    """Compute once what an inclusive join waits for, so that running changes no spec; it takes time for each join."""
    builder.inclusive_joins += 1
    if builder.inclusive_joins <= MAX_INCLUSIVE_JOINS:
        _ = node.upstream, node.upstream_by_flows
    elif builder.inclusive_joins == MAX_INCLUSIVE_JOINS + 1:
        limit = str(MAX_INCLUSIVE_JOINS)
        element = builder.elements[node.element_id]
        builder.finding(element, "too_many", what=f"bpmn:{local(element)}", count=f"> {limit}", limit=limit)


def _starts(owner: sub_process.SubProcess, made: Nodes) -> Iterator[str]:
    starts = [node for node in made.values() if isinstance(node, events.StartEvent)]
    if isinstance(owner, sub_process.EventSubProcess):
        if len(starts) != 1 or owner.starts:
            yield "start_of_event_sub_process"
    elif not starts and not owner.starts and not owner.spec.beginnings.keys() & made.keys():
        yield "no_start"


def _reached(owner: sub_process.SubProcess, made: Nodes) -> set[str]:
    stack = [node.name for node in made.values() if isinstance(node, events.StartEvent | sub_process.EventSubProcess)]
    stack += owner.starts
    stack += [by for name, by in owner.spec.beginnings.items() if name in made]
    stack += [node.name for node in made.values() if node.is_for_compensation]  # reached by an association
    reached: set[str] = set()
    while stack:
        name = stack.pop()
        if name not in reached:
            reached.add(name)
            stack += [flow.target for flow in made[name].outgoing] + made[name].boundaries
    return reached


def _problems(node: FlowNode, made: Nodes) -> Iterator[Problem]:
    match node:
        case events.StartEvent() | events.BoundaryEvent() if node.incoming:
            yield "incoming_not_allowed", {}
        case events.CatchEvent(is_link=True) if node.incoming:
            yield "incoming_not_allowed", {}
        case events.EndEvent() if node.outgoing:
            yield "outgoing_not_allowed", {}
        case sub_process.EventSubProcess():
            if node.incoming:
                yield "incoming_not_allowed", {}
            if node.outgoing:
                yield "outgoing_not_allowed", {}
            if node.extensions.async_before:
                yield "attribute_unsupported", {"what": "camunda:asyncBefore"}
        case ComplexGateway() if node.activation is None and len(node.incoming) > 1:
            yield "activation_missing", {}
        case gateways.EventBasedGateway():
            targets = [made[flow.target] for flow in node.outgoing]
            if not targets or not all(map(_may_be_chosen, targets)):
                yield "gateway_target", {}
            if any(target.extensions.async_before for target in targets):
                yield "attribute_unsupported", {"what": "camunda:asyncBefore"}
    if node.default is not None and all(flow.id != node.default for flow in node.outgoing):
        yield "reference_dangling", {"what": node.default}


def _may_be_chosen(node: FlowNode) -> bool:
    """Whether a node may stand behind an event-based gateway."""
    if isinstance(node, ReceiveTask):
        return not node.boundaries
    return isinstance(node, events.CatchEvent) and not node.is_link


def _check_start(builder: Builder, node: FlowNode, owner: sub_process.SubProcess) -> None:
    if not isinstance(node, events.StartEvent):
        return
    element, is_outermost = builder.elements[node.element_id], isinstance(owner, sub_process.Process)
    waits = node.waits
    if node.catches if is_outermost else waits and not isinstance(owner, sub_process.EventSubProcess):
        builder.finding(element, "start_misplaced")
    if node.form_key is not None and (waits or not is_outermost):
        builder.finding(element, "attribute_unsupported", what="camunda:formRef")
    if node.initiator is not None and not is_outermost:
        builder.finding(element, "attribute_unsupported", what="camunda:initiator")


def _check_flows(builder: Builder, node: FlowNode) -> None:
    for flow in node.outgoing:
        if flow.condition is not None and isinstance(node, gateways.ParallelGateway):
            builder.advise(builder.flows[flow.id], "condition_ignored")  # as the standard and Camunda 7 have it
        elif flow.condition is not None and (isinstance(node, gateways.EventBasedGateway) or flow.id == node.default):
            builder.finding(builder.flows[flow.id], "condition_ignored")
        is_exclusive = isinstance(node, gateways.ExclusiveGateway) and len(node.outgoing) > 1
        is_loose = flow.condition is None and flow.id != node.default
        is_last = node.default is None and flow is node.outgoing[-1]  # taken as the default, as in Camunda 7
        if is_exclusive and is_loose and not is_last:
            builder.finding(builder.elements[node.element_id], "condition_missing", what=flow.id)
    has_choice = bool(node.outgoing) and not isinstance(node, gateways.ParallelGateway)
    if has_choice and node.default is None and all(flow.condition is not None for flow in node.outgoing):
        builder.advise(builder.elements[node.element_id], "default_missing")


def lanes_of(process: etree._Element) -> dict[str, str]:
    """Return each flow node's innermost lane's name."""
    found: dict[str, str] = {}
    for lane in process.iter():
        if is_bpmn(lane, "lane"):
            for reference in lane:
                if is_bpmn(reference, "flowNodeRef"):
                    found[text_of(reference)] = lane.get("name") or lane.get("id") or ""
    return found
