"""Advice on how diagrams are drawn: bpmnlint's rules under their names, none of which stands in the way of running."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.dialect.finding import Finding
from engine.dialect.picture import Picture
from engine.dialect.xml import child, children, is_bpmn, local

SCOPES = ("process", "subProcess", "transaction", "adHocSubProcess")
_COVERED: Mapping[str, frozenset[str]] = {
    "conditional-flows": frozenset({"condition_missing"}),
    "event-based-gateway": frozenset({"gateway_target"}),
    "event-sub-process-typed-start-event": frozenset({"start_of_event_sub_process"}),
    "fake-join": frozenset({"surplus_tokens"}),
    "no-disconnected": frozenset({"unreachable"}),
    "no-implicit-start": frozenset({"unreachable"}),
    "no-inclusive-gateway": frozenset({"element_unsupported"}),
    "single-event-definition": frozenset({"event_many"}),
    "start-event-required": frozenset({"no_start"}),
    "sub-process-blank-start-event": frozenset({"start_misplaced"}),
}
"""What the other checks may have said already of the same element, in their own words."""


@dataclass(slots=True)
class Node:
    """A flow node with the sequence flows at it."""

    element: etree._Element
    kind: str
    incoming: list[etree._Element] = field(default_factory=list)
    outgoing: list[etree._Element] = field(default_factory=list)

    @property
    def definitions(self) -> list[str]:
        """What an event waits for or throws."""
        return [name for item in children(self.element) if (name := local(item)).endswith("EventDefinition")]

    @property
    def is_gateway(self) -> bool:
        return self.kind.endswith("Gateway")

    @property
    def is_event_sub_process(self) -> bool:
        return self.element.get("triggeredByEvent") == "true"

    @property
    def stands_alone(self) -> bool:
        """Whether no sequence flow is drawn at it by its nature."""
        is_for_compensation = self.element.get("isForCompensation") == "true"
        is_border = self.kind == "boundaryEvent" and self.definitions == ["compensateEventDefinition"]
        return self.is_event_sub_process or is_for_compensation or is_border

    def is_link(self, kind: str) -> bool:
        return self.kind == kind and self.definitions == ["linkEventDefinition"]


@dataclass(slots=True)
class Scope:
    """A process or sub-process with the nodes directly in it."""

    element: etree._Element
    nodes: dict[str, Node]
    flows: list[etree._Element]

    @property
    def is_ad_hoc(self) -> bool:
        return local(self.element) == "adHocSubProcess"

    def of_kind(self, *kinds: str) -> list[Node]:
        """Return the nodes of these kinds."""
        return [node for node in self.nodes.values() if node.kind in kinds]


Spots = Iterator[etree._Element]
Rule = Callable[[Scope], Spots]


def check_style(root: etree._Element, file: str, known: Iterable[Finding] = ()) -> list[Finding]:
    """Return warnings on the processes that are run; none that repeats what is `known` of the same element."""
    said = {(finding.element_id, finding.rule) for finding in known}
    found: list[Finding] = []

    def add(element: etree._Element, rule: str, **params: str) -> None:
        element_id = element.get("id")
        if not any((element_id, other) in said for other in _COVERED.get(rule, ())):
            found.append(Finding(file, rule, element.sourceline or 0, element_id, "warning", params))

    scopes = [
        _read_scope(item) for process in children(root, "process") if process.get("isExecutable") == "true"
        for item in process.iter() if is_bpmn(item, *SCOPES)
    ]
    for scope in scopes:
        for rule, spots in _RULES.items():
            for element in spots(scope):
                add(element, rule)
    for element, rule in _unnamed_or_unused(root):
        add(element, rule, what=element.get("name") or element.get("id") or local(element))
    picture = Picture(root)
    for scope in scopes if picture.is_drawn else ():
        shown = [node.element for node in scope.nodes.values()]
        for element in picture.missing([*shown, *scope.flows]):
            add(element, "no-bpmndi")
        for element in picture.overlapping(shown):
            add(element, "no-overlapping-elements")
    if scopes and not picture.is_drawn:
        add(scopes[0].element, "no-bpmndi")
    return found


def _read_scope(element: etree._Element) -> Scope:
    nodes = {
        item.get("id", ""): Node(item, local(item)) for item in children(element) if _is_node(item) and item.get("id")
    }
    flows = children(element, "sequenceFlow")
    for flow in flows:
        if flow.get("sourceRef") in nodes:
            nodes[flow.get("sourceRef", "")].outgoing.append(flow)
        if flow.get("targetRef") in nodes:
            nodes[flow.get("targetRef", "")].incoming.append(flow)
    return Scope(element, nodes, flows)


def _is_node(element: etree._Element) -> bool:
    name = local(element)
    return name.lower().endswith(("task", "event", "gateway")) or name == "callActivity" or name in SCOPES


def _is_named(element: etree._Element) -> bool:
    return bool(element.get("name", "").strip())


def _has_condition(flow: etree._Element) -> bool:
    return child(flow, "conditionExpression") is not None


def _elements(nodes: Iterable[Node]) -> Spots:
    return (node.element for node in nodes)


def _label_required(scope: Scope) -> Spots:
    for node in scope.nodes.values():
        is_mute = node.kind in ("parallelGateway", "eventBasedGateway", *SCOPES)
        if not (is_mute or _is_named(node.element) or (node.is_gateway and len(node.outgoing) < 2)):
            yield node.element
    yield from (flow for flow in scope.flows if _has_condition(flow) and not _is_named(flow))


def _no_disconnected(scope: Scope) -> Spots:
    alone = (node for node in scope.nodes.values() if not node.incoming and not node.outgoing)
    yield from _elements(node for node in alone if not scope.is_ad_hoc and not node.stands_alone)


def _no_duplicate_sequence_flows(scope: Scope) -> Spots:
    seen: set[tuple[object, ...]] = set()
    for flow in scope.flows:
        condition = child(flow, "conditionExpression")
        key = (flow.get("sourceRef"), flow.get("targetRef"), None if condition is None else condition.text)
        if key in seen:
            yield flow
        seen.add(key)


def _superfluous_gateway(scope: Scope) -> Spots:
    gateways = (node for node in scope.nodes.values() if node.is_gateway)
    return _elements(node for node in gateways if len(node.incoming) == len(node.outgoing) == 1)


def _superfluous_termination(scope: Scope) -> Spots:
    ends = [node for node in scope.nodes.values() if not node.outgoing and not node.stands_alone]
    if len(ends) == 1 and "terminateEventDefinition" in ends[0].definitions and ends[0].kind == "endEvent":
        yield ends[0].element


def _fake_join(scope: Scope) -> Spots:
    joined = (node for node in scope.nodes.values() if len(node.incoming) > 1 and not node.is_gateway)
    return _elements(joined)


def _no_implicit_split(scope: Scope) -> Spots:
    for node in scope.nodes.values():
        free = [flow for flow in node.outgoing if not _has_condition(flow) and not _is_default(flow, node)]
        if len(free) > 1 and not node.is_gateway:
            yield node.element


def _is_default(flow: etree._Element, node: Node) -> bool:
    return flow.get("id") is not None and flow.get("id") == node.element.get("default")


def _no_implicit_end(scope: Scope) -> Spots:
    for node in scope.nodes.values():
        ends = node.kind == "endEvent" or node.is_link("intermediateThrowEvent")
        if not (node.outgoing or ends or node.stands_alone or scope.is_ad_hoc):
            yield node.element


def _no_implicit_start(scope: Scope) -> Spots:
    for node in scope.nodes.values():
        begins = node.kind in ("startEvent", "boundaryEvent") or node.is_link("intermediateCatchEvent")
        is_instantiating = node.element.get("instantiate") == "true"
        if not (node.incoming or begins or is_instantiating or node.stands_alone or scope.is_ad_hoc):
            yield node.element


def _conditional_flows(scope: Scope) -> Spots:
    for node in scope.nodes.values():
        if node.element.get("default") or any(map(_has_condition, node.outgoing)):
            yield from (flow for flow in node.outgoing if not _has_condition(flow) and not _is_default(flow, node))


def _no_gateway_join_fork(scope: Scope) -> Spots:
    gateways = (node for node in scope.nodes.values() if node.is_gateway)
    return _elements(node for node in gateways if len(node.incoming) > 1 and len(node.outgoing) > 1)


def _no_inclusive_gateway(scope: Scope) -> Spots:
    return _elements(scope.of_kind("inclusiveGateway"))


def _no_complex_gateway(scope: Scope) -> Spots:
    return _elements(scope.of_kind("complexGateway"))


def _single_event_definition(scope: Scope) -> Spots:
    return _elements(node for node in scope.nodes.values() if len(node.definitions) > 1)


def _single_blank_start_event(scope: Scope) -> Spots:
    if sum(not node.definitions for node in scope.of_kind("startEvent")) > 1:
        yield scope.element


def _start_event_required(scope: Scope) -> Spots:
    is_begun = scope.of_kind("startEvent") or any(
        node.element.get("instantiate") == "true" for node in scope.nodes.values()
    )
    if not is_begun and not scope.is_ad_hoc:
        yield scope.element


def _end_event_required(scope: Scope) -> Spots:
    if not scope.of_kind("endEvent") and not scope.is_ad_hoc:
        yield scope.element


def _sub_process_blank_start_event(scope: Scope) -> Spots:
    if local(scope.element) in ("subProcess", "transaction") and scope.element.get("triggeredByEvent") != "true":
        yield from _elements(node for node in scope.of_kind("startEvent") if node.definitions)


def _event_sub_process_typed_start_event(scope: Scope) -> Spots:
    if scope.element.get("triggeredByEvent") == "true":
        yield from _elements(node for node in scope.of_kind("startEvent") if not node.definitions)


def _event_based_gateway(scope: Scope) -> Spots:
    return _elements(node for node in scope.of_kind("eventBasedGateway") if len(node.outgoing) < 2)


def _ad_hoc_sub_process(scope: Scope) -> Spots:
    if scope.is_ad_hoc:
        yield from _elements(scope.of_kind("startEvent", "endEvent"))


def _link_event(scope: Scope) -> Spots:
    catching, throwing = (
        [(node, definition.get("name", "") if definition is not None else "") for node in scope.of_kind(kind)
         if node.is_link(kind) for definition in [child(node.element, "linkEventDefinition")]]
        for kind in ("intermediateCatchEvent", "intermediateThrowEvent")
    )
    caught, thrown = Counter(name for _, name in catching), {name for _, name in throwing}
    yield from _elements(node for node, name in catching if not name or name not in thrown or caught[name] > 1)
    yield from _elements(node for node, name in throwing if not name or name not in caught)


def _superfluous_label(scope: Scope) -> Spots:
    for node in scope.nodes.values():
        is_choice = node.kind in ("exclusiveGateway", "inclusiveGateway") and len(node.outgoing) > 1
        for flow in () if is_choice else node.outgoing:
            if _is_named(flow) and not _has_condition(flow) and not _is_default(flow, node):
                yield flow


_RULES: Mapping[str, Rule] = {
    "label-required": _label_required, "no-disconnected": _no_disconnected,
    "no-duplicate-sequence-flows": _no_duplicate_sequence_flows, "superfluous-gateway": _superfluous_gateway,
    "superfluous-termination": _superfluous_termination, "fake-join": _fake_join,
    "no-implicit-split": _no_implicit_split, "no-implicit-end": _no_implicit_end,
    "no-implicit-start": _no_implicit_start, "conditional-flows": _conditional_flows,
    "no-gateway-join-fork": _no_gateway_join_fork, "no-inclusive-gateway": _no_inclusive_gateway,
    "no-complex-gateway": _no_complex_gateway, "single-event-definition": _single_event_definition,
    "single-blank-start-event": _single_blank_start_event, "start-event-required": _start_event_required,
    "end-event-required": _end_event_required, "sub-process-blank-start-event": _sub_process_blank_start_event,
    "event-sub-process-typed-start-event": _event_sub_process_typed_start_event,
    "event-based-gateway": _event_based_gateway, "ad-hoc-sub-process": _ad_hoc_sub_process,
    "link-event": _link_event, "superfluous-label": _superfluous_label,
}
RULES = (*_RULES, "global", "no-bpmndi", "no-overlapping-elements")


def _unnamed_or_unused(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield messages, signals, errors and escalations without a name, that nothing refers to, or named like another."""
    shared: Sequence[etree._Element] = children(root, "message", "signal", "error", "escalation")
    if not shared:
        return
    used = {
        str(value).rpartition(":")[2] for item in root.iter(etree.Element)
        for key, value in item.attrib.items() if str(key).endswith("Ref")
    }
    names = Counter((local(item), item.get("name")) for item in shared)
    for item in shared:
        if not _is_named(item) or item.get("id") not in used or names[local(item), item.get("name")] > 1:
            yield item, "global"
