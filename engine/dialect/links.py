"""Joins link events of a scope by the link's name: each throwing one to the one that catches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.dialect.xml import child, children, text_of
from engine.elements import events
from engine.elements.flow_node import FlowNode, SequenceFlow

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder


def join_links(builder: Builder, made: Mapping[str, FlowNode]) -> None:
    """Give each throwing link event of a scope its way to the catching one; what does not fit is a finding."""
    catching: dict[str, FlowNode] = {}
    throwing: list[tuple[str, FlowNode]] = []
    for node in made.values():
        definition = child(builder.elements[node.element_id], "linkEventDefinition")
        if definition is None or not isinstance(node, events.CatchEvent | events.ThrowEvent):
            continue
        name = " ".join(definition.get("name", "").split())
        if not name:
            builder.finding(definition, "attribute_missing", what="bpmn:linkEventDefinition/name")
        elif isinstance(node, events.ThrowEvent):
            throwing.append((name, node))
        elif name in catching:
            builder.finding(builder.elements[node.element_id], "link_twice", what=name)
        else:
            catching[name] = node
    for name, node in throwing:
        _join(builder, node, catching.get(name), name)
    for name in sorted(catching.keys() - {name for name, _ in throwing}):
        builder.finding(builder.elements[catching[name].element_id], "link_unmatched", what=name)


def _join(builder: Builder, node: FlowNode, target: FlowNode | None, name: str) -> None:
    element = builder.elements[node.element_id]
    if target is None:
        builder.finding(element, "link_unmatched", what=name)
        return
    if node.outgoing:
        builder.finding(element, "outgoing_not_allowed")
        return
    there = child(builder.elements[target.element_id], "linkEventDefinition")
    here = child(element, "linkEventDefinition")
    assert here is not None and there is not None
    for one, other, tag in ((here, there, "target"), (there, here, "source")):
        named = [text_of(item).rpartition(":")[2] for item in children(one, tag)]
        if named and other.get("id") not in named:
            builder.finding(element, "reference_dangling", what=named[0])
            return
    node.outgoing.append(SequenceFlow(f"{node.name}~{target.name}", node.name, target.name, is_link=True))
    node.connect(target)
