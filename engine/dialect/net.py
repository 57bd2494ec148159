"""A scope as a token net: which tokens each node takes, and which it may leave behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from lxml import etree

from engine.dialect.xml import child
from engine.elements import events, gateways, sub_process
from engine.elements.ad_hoc_sub_process import AdHocSubProcess
from engine.elements.complex_gateway import ComplexGateway
from engine.elements.flow_node import FlowNode, ProcessSpec, SequenceFlow

MAX_FREE_WAYS = 6
"""Of so many conditions that hold independently all combinations are tried; of more, each alone and all together."""


Arrow = tuple[str, str, str]  # from, to, the id of the sequence flow or link ("" for a beginning)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a node may be left: the places that get a token, and the choice in words."""

    places: tuple[int, ...]
    label: str = ""
    ends_scope: bool = False


@dataclass(slots=True)
class Step:
    """A node: `takes` is one of any (each token alone), all (a parallel join) and present (an inclusive join)."""

    node: FlowNode
    takes: str
    incoming: tuple[int, ...] = ()
    outcomes: list[Outcome] = field(default_factory=list)
    extra: list[Outcome] = field(default_factory=list)  # with a token of a boundary event that does not interrupt

    @property
    def is_sink(self) -> bool:
        """Whether every token just ends here."""
        return isinstance(self.node, events.EndEvent)


@dataclass(slots=True)
class Net:
    """The steps of a scope by name; places are numbered in the order in which tokens reach them."""

    steps: dict[str, Step]
    targets: list[str]  # by place
    sources: list[str]
    flow_of: list[str]  # the id of the sequence flow or link, "" for a beginning
    entries: list[frozenset[int]]
    labels: dict[str, str]  # what people call the nodes, boundary events included
    is_exact: bool = True  # whether all ways of leaving each node were listed


def label_of(node: FlowNode) -> str:
    """Return what people call a node."""
    return node.label or node.element_id


def scopes_of(spec: ProcessSpec) -> dict[str, list[FlowNode]]:
    """Return the nodes of each scope by its owner's name."""
    found: dict[str, list[FlowNode]] = {}
    for node in spec.task_specs.values():
        if node.container is not None:
            found.setdefault(node.container, []).append(node)
    return found


def has(element: etree._Element | None, *definitions: str) -> bool:
    """Whether an event's element has one of these event definitions."""
    return element is not None and any(child(element, f"{name}EventDefinition") is not None for name in definitions)


def build(
    owner: sub_process.SubProcess, scopes: Mapping[str, list[FlowNode]], elements: Mapping[str, etree._Element]
) -> Net | None:
    """Return the net of a scope; None where more than sequence flows decides what runs."""
    made = {node.name: node for node in scopes[owner.name] if not isinstance(node, sub_process.EventSubProcess)}
    if isinstance(owner, AdHocSubProcess) or any(isinstance(node, ComplexGateway) for node in made.values()):
        return None
    if any(node.start_quantity != 1 or node.completion_quantity != 1 for node in made.values()):
        return None
    return _Drawing(owner, made, scopes, elements).net()


class _Drawing:
    """Gathers places, numbers them and gives each node its outcomes."""

    def __init__(
        self, owner: sub_process.SubProcess, made: Mapping[str, FlowNode], scopes: Mapping[str, list[FlowNode]],
        elements: Mapping[str, etree._Element],
    ) -> None:
        self.owner, self.made, self.scopes, self.elements = owner, made, scopes, elements
        self.is_exact = True
        self.arrows = [_arrow(flow) for node in made.values() for flow in node.outgoing]
        beginnings = self._beginnings()
        self.arrows += [("", name, "") for group in beginnings for name in group]
        rank = self._ranks([name for group in beginnings for name in group])
        self.arrows.sort(key=lambda arrow: (rank.get(arrow[1], len(rank)), rank.get(arrow[0], -1)))
        self.place = {arrow: number for number, arrow in enumerate(self.arrows)}
        self.entries = [frozenset(self.place["", name, ""] for name in group) for group in beginnings]

    def net(self) -> Net:
        """Return the net."""
        incoming: dict[str, list[int]] = {}
        for number, (_, target, _) in enumerate(self.arrows):
            incoming.setdefault(target, []).append(number)
        steps = {
            node.name: Step(node, _takes(node), tuple(incoming.get(node.name, ())))
            for node in self.made.values() if not isinstance(node, events.BoundaryEvent)
        }
        for step in steps.values():
            self._leave(step)
        sources, targets, flows = ([arrow[part] for arrow in self.arrows] for part in range(3))
        labels = {name: label_of(node) for name, node in self.made.items()}
        return Net(steps, targets, sources, flows, self.entries, labels, self.is_exact)

    def _beginnings(self) -> list[list[str]]:
        """Return what gets a token at once when the scope begins, one list for each way of beginning."""
        starts = [[node.name] for node in self.made.values() if isinstance(node, events.StartEvent)]
        if not isinstance(self.owner, sub_process.Process | sub_process.EventSubProcess) and starts:
            return [[name for group in starts for name in group]]
        alone = [
            [node.name] for node in self.made.values() if self.elements[node.element_id].get("instantiate") == "true"
        ]
        together = [name for name in self.owner.starts if name in self.made and [name] not in alone]
        return starts + alone or ([together] if together else [])

    def _ranks(self, beginnings: list[str]) -> dict[str, int]:
        """Number the nodes so that, loops apart, a node stands behind all that lead to it (reverse postorder)."""
        after: dict[str, list[str]] = {}
        for source, target, _ in self.arrows:
            after.setdefault(source, []).append(target)
        for node in self.made.values():
            after.setdefault(node.name, []).extend(name for name in node.boundaries if name in self.made)
        order: list[str] = []
        seen: set[str] = set()
        stack = [(name, False) for name in beginnings]
        while stack:
            name, is_done = stack.pop()
            if is_done:
                order.append(name)
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack += [(target, False) for target in after.get(name, ()) if target not in seen]
        return {name: number for number, name in enumerate(reversed(order))}

    def _leave(self, step: Step) -> None:
        node = step.node
        normal = self._ways(node) if self._completes(node) else []
        for name in node.boundaries:
            event = self.made.get(name)
            if not isinstance(event, events.BoundaryEvent) or has(self.elements[event.element_id], "compensate"):
                continue
            ways = [Outcome(way.places, way.label or label_of(event), way.ends_scope) for way in self._ways(event)]
            if event.is_interrupting:
                step.outcomes += ways
            else:
                self.is_exact = False  # it may happen any number of times
                step.extra += [
                    Outcome((*before.places, *way.places), way.label, before.ends_scope or way.ends_scope)
                    for before in normal for way in ways
                ]
        step.outcomes[:0] = normal

    def _completes(self, node: FlowNode) -> bool:
        """Whether an activity can be left as usual: a sub-process in which all ends are errors cannot."""
        inside = self.scopes.get(node.name, [])
        if len(inside) == 1 and inside[0].name in self.scopes:  # the sub-process that a multi-instance repeats
            inside = self.scopes[inside[0].name]
        return not inside or any(
            isinstance(other, sub_process.EventSubProcess) or (not other.outgoing and not self._throws(other))
            for other in inside
            if (not isinstance(other, events.BoundaryEvent) or other.outgoing) and not other.is_for_compensation
        )

    def _throws(self, node: FlowNode) -> bool:
        return isinstance(node, events.EndEvent) and has(self.elements.get(node.element_id), "error", "cancel")

    def _ways(self, node: FlowNode) -> list[Outcome]:
        """Return the ways out by a node's own flows."""
        element = self.elements[node.element_id]
        if isinstance(node, events.EndEvent):
            return [Outcome((), ends_scope=has(element, "error", "cancel", "terminate"))]
        flows = [_arrow(flow) for flow in node.outgoing]
        if not flows:
            return [Outcome(())]
        match node:
            case gateways.EventBasedGateway() if element.get("eventGatewayType") == "Parallel":
                chosen = [flows]
            case gateways.ExclusiveGateway() | gateways.EventBasedGateway():
                chosen = [[flow] for flow in flows]
            case gateways.ParallelGateway():
                chosen = [flows]
            case _:
                chosen = self._by_conditions(node)
        return [
            Outcome(tuple(self.place[flow] for flow in way), self._choice(node, way) if len(chosen) > 1 else "")
            for way in chosen
        ]

    def _by_conditions(self, node: FlowNode) -> list[list[Arrow]]:
        """Return what may be taken of flows that hold each by itself, as `FlowNode.choose` has it."""
        always = [_arrow(flow) for flow in node.outgoing if flow.id != node.default and flow.condition is None]
        free = [_arrow(flow) for flow in node.outgoing if flow.id != node.default and flow.condition is not None]
        sizes: Iterable[int] = range(1, len(free) + 1)
        if len(free) > MAX_FREE_WAYS:
            self.is_exact, sizes = False, (1, len(free))
        chosen = [[*always, *some] for size in sizes for some in combinations(free, size)]
        default = [_arrow(flow) for flow in node.outgoing if flow.id == node.default]
        beside = [flow for flow in node.outgoing if flow.id != node.default and flow.condition is None]
        otherwise = always if any(map(node.decides, beside)) else [*always, *default]
        return [*chosen, *([otherwise] if otherwise else [])]

    def _choice(self, node: FlowNode, way: list[Arrow]) -> str:
        return f"{label_of(node)} → {' + '.join(label_of(self.made[target]) for _, target, _ in way)}"


def _arrow(flow: SequenceFlow) -> Arrow:
    return flow.source, flow.target, flow.id


def _takes(node: FlowNode) -> str:
    if len(node.incoming) > 1 and isinstance(node, gateways.ParallelGateway):
        return "all"
    return "present" if isinstance(node, gateways.InclusiveGateway) else "any"
