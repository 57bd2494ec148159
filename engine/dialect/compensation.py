"""Ties activities to the handlers that undo them, and checks who undoes and cancels what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.dialect.structure import is_activity
from engine.dialect.xml import BPMN
from engine.elements import events
from engine.elements.compensation_event import ThrowCompensation
from engine.elements.flow_node import FlowNode, ProcessSpec
from engine.elements.transaction import CancelEndEvent, Transaction

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder


def connect(builder: Builder, spec: ProcessSpec) -> None:
    """Give each activity with a compensation event on its border the handler that an association leads to."""
    ties = _associations(builder)
    nodes = list(spec.task_specs.values())
    for node in nodes:
        if isinstance(node, events.StartEvent) and _catches(node, "compensation"):
            _begin_inside(builder, spec, node)
    for node in nodes:
        if isinstance(node, events.BoundaryEvent):
            if _catches(node, "compensation"):
                _handle(builder, spec, node, ties.get(node.name, ()))
            if _catches(node, "cancel"):
                _check_cancelled(builder, spec, node)
    used = {node.compensation for node in nodes}
    for node in nodes:
        if node.is_for_compensation and not node.name.endswith("#each"):
            _check_handler(builder, node, node.name in used)
        for throw in node.throws if isinstance(node, events.ThrowEvent) else ():
            if isinstance(throw, ThrowCompensation) and throw.activity is not None:
                _check_reference(builder, spec, node, throw.activity)
        if isinstance(node, CancelEndEvent):
            _check_cancelling(builder, spec, node)


def _associations(builder: Builder) -> dict[str, list[str]]:
    """Return what each element is associated with; an association may be drawn either way and stand anywhere."""
    ties: dict[str, list[str]] = {}
    for element in builder.root.iter(f"{{{BPMN}}}association"):
        source, target = (element.get(end, "").split(":")[-1] for end in ("sourceRef", "targetRef"))
        ties.setdefault(source, []).append(target)
        ties.setdefault(target, []).append(source)
    return ties


def _catches(node: events.CatchingEvent, kind: str) -> bool:
    return any(catch.kind == kind for catch in node.catches)


def _finding(builder: Builder, node: FlowNode, rule: str, **params: str) -> None:
    builder.finding(builder.elements[node.element_id], rule, **params)


def _begin_inside(builder: Builder, spec: ProcessSpec, start: events.StartEvent) -> None:
    assert start.container is not None
    around = spec.node(start.container)
    scope = spec.node(around.container) if around.container is not None else None
    if not around.is_event_sub_process or scope is None:
        return  # another finding tells of it
    if scope.container is None:
        _finding(builder, start, "compensation_of_process")
    elif scope.compensation_start is not None:
        _finding(builder, start, "compensation_twice", what=scope.element_id)
    else:
        scope.compensation_start = start.name


def _handle(builder: Builder, spec: ProcessSpec, event: events.BoundaryEvent, tied: list[str] | tuple[()]) -> None:
    if event.outgoing:
        _finding(builder, event, "outgoing_not_allowed")
    handlers = [spec.node(name) for name in dict.fromkeys(tied) if name in spec.task_specs]
    host = spec.task_specs.get(event.attached_to)
    if not handlers:
        _finding(builder, event, "compensation_without_handler")
    elif len(handlers) > 1:
        _finding(builder, event, "compensation_twice", what=event.attached_to)
    elif not handlers[0].is_for_compensation:
        _finding(builder, handlers[0], "not_for_compensation")
    elif handlers[0].container != event.container:
        _finding(builder, event, "compensation_elsewhere", what=handlers[0].name)
    elif host is not None and host.is_for_compensation:
        _finding(builder, event, "compensation_of_handler")
    elif host is not None:
        inside = spec.node(host.inner) if host.inner else host
        if host.compensation is not None or inside.compensation_start is not None:
            _finding(builder, event, "compensation_twice", what=event.attached_to)
        host.compensation = inside.compensation = handlers[0].name


def _check_handler(builder: Builder, node: FlowNode, is_used: bool) -> None:
    if not is_used:
        _finding(builder, node, "handler_unused")
    if node.incoming:
        _finding(builder, node, "incoming_not_allowed")
    if node.outgoing:
        _finding(builder, node, "outgoing_not_allowed")


def _check_reference(builder: Builder, spec: ProcessSpec, node: FlowNode, activity: str) -> None:
    """A throw reaches its own scope; from an event sub-process also the one around."""
    target = spec.task_specs.get(activity)
    if target is None:
        _finding(builder, node, "reference_dangling", what=activity)
        return
    reached = []
    for scope in _scopes(spec, node):
        reached.append(scope.name)
        if not scope.is_event_sub_process:
            break
    if target.container not in reached or target.is_for_compensation or not is_activity(target):
        _finding(builder, node, "compensation_out_of_reach", what=activity)


def _scopes(spec: ProcessSpec, node: FlowNode) -> Iterator[FlowNode]:
    while node.container is not None:
        node = spec.node(node.container)
        yield node


def _check_cancelling(builder: Builder, spec: ProcessSpec, node: FlowNode) -> None:
    transaction = next((scope for scope in _scopes(spec, node) if isinstance(scope, Transaction)), None)
    if transaction is None:
        _finding(builder, node, "cancel_misplaced")
        return
    around = spec.node(transaction.container or "")
    host = around if around.inner == transaction.name else transaction
    if not any(_catches(event, "cancel") for event in map(spec.node, host.boundaries)
               if isinstance(event, events.BoundaryEvent)):
        _finding(builder, node, "cancel_uncaught", what=host.element_id)


def _check_cancelled(builder: Builder, spec: ProcessSpec, event: events.BoundaryEvent) -> None:
    host = spec.task_specs.get(event.attached_to)
    if host is not None and not isinstance(spec.node(host.inner) if host.inner else host, Transaction):
        _finding(builder, event, "cancel_misplaced")
