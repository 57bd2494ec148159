"""A small token game of BPMN, written without a look at the engine: what a process does, flow by flow.

Scopes are dictionaries, tokens are entries of one queue, served first come, first served. Only structured processes
are played: tasks, scripts, gateways, loops, sub-processes, multi-instances, error and terminate end events.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Node:
    """A flow node: what it is, where it stands, and what it needs to play."""

    kind: str
    container: str
    data: Any = None
    outgoing: list[str] = field(default_factory=list)
    incoming: list[str] = field(default_factory=list)


@dataclass
class Flow:
    """A sequence flow; its condition looks at n, and None is none."""

    source: str
    target: str
    condition: tuple[str, int] | None = None
    is_default: bool = False


@dataclass
class Scope:
    """A process, a sub-process or a multi-instance that is running."""

    name: str
    parent: Scope | None
    born: int
    live: int = 0
    left: int = 0
    joins: dict[str, list[str]] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    is_over: bool = False


class Game:
    """Plays one process to its next waits; `trace` is what happened."""

    def __init__(self, nodes: dict[str, Node], flows: dict[str, Flow], n: int) -> None:
        self.nodes, self.flows, self.n = nodes, flows, n
        self.trace: list[tuple[Any, ...]] = []
        self.queue: deque[tuple[str, Scope]] = deque()
        self.waiting: list[tuple[str, Scope]] = []
        self.scopes: list[Scope] = []
        self.open("process", None)
        self.play()

    def open(self, name: str, parent: Scope | None) -> Scope:
        scope = Scope(name, parent, len(self.scopes))
        self.scopes.append(scope)
        for start in [key for key, node in self.nodes.items() if node.container == name and node.kind == "start"]:
            self.put(start, scope)
        return scope

    def put(self, name: str, scope: Scope) -> None:
        scope.live += 1
        scope.places.append(name)
        self.queue.append((name, scope))

    def holds(self, condition: tuple[str, int] | None) -> bool:
        if condition is None:
            return True
        word, number = condition
        return {"<": self.n < number, ">": self.n > number, "%": self.n % number == 0}[word]

    def play(self) -> None:
        while True:
            while self.queue:
                name, scope = self.queue.popleft()
                if not scope.is_over:
                    self.run(name, scope)
            if not self.decide():
                return

    def run(self, name: str, scope: Scope) -> None:
        node = self.nodes[name]
        label = f"{name}#multiInstanceBody" if node.kind == "each" else name
        self.trace.append(("element_entered", label))
        match node.kind:
            case "script":
                self.n += 1
                self.trace.append(("variable_written", "n", self.n))
            case "user":
                self.waiting.append((name, scope))
                return
            case "sub":
                self.open(name, scope)
                return
            case "each":
                inner = Scope(name, scope, len(self.scopes), left=node.data)
                self.scopes.append(inner)
                for _ in range(node.data):
                    self.put(f"{name}/one", inner)
                if node.data:
                    return
            case "error":
                self.fail(scope)
                return
            case "terminate":
                self.stop(scope, but=name)
        self.leave(name, scope)

    def leave(self, name: str, scope: Scope) -> None:
        node = self.nodes[name]
        taken = [flow for flow in node.outgoing if not self.flows[flow].is_default]
        if node.kind == "xor":
            taken = [flow for flow in taken if self.holds(self.flows[flow].condition)][:1]
        elif node.kind == "or":
            taken = [flow for flow in taken if self.holds(self.flows[flow].condition)]
        taken = taken or [flow for flow in node.outgoing if self.flows[flow].is_default]
        self.trace.append(("element_left", f"{name}#multiInstanceBody" if node.kind == "each" else name))
        self.gone(name, scope)
        for flow in taken:
            self.arrive(flow, scope)
        self.ended(scope)

    def gone(self, name: str, scope: Scope) -> None:
        scope.live -= 1
        scope.places.remove(name)

    def arrive(self, flow: str, scope: Scope) -> None:
        self.trace.append(("flow_taken", flow))
        name = self.flows[flow].target
        node = self.nodes[name]
        if node.kind not in ("and", "or") or len(node.incoming) < 2:
            self.put(name, scope)
            return
        scope.live += 1
        scope.places.append(name)
        arrived = scope.joins.setdefault(name, [])
        arrived.append(flow)
        if node.kind == "and" and set(arrived) == set(node.incoming):
            self.join(name, scope)

    def join(self, name: str, scope: Scope) -> None:
        arrived = scope.joins[name]
        for flow in set(arrived):
            arrived.remove(flow)
            self.gone(name, scope)
        self.put(name, scope)

    def decide(self) -> bool:
        """Join at the first inclusive gateway that nothing can reach any more."""
        for scope in [scope for scope in self.scopes if not scope.is_over]:
            for name in sorted(name for name, arrived in scope.joins.items() if arrived):
                missing = set(self.nodes[name].incoming) - set(scope.joins[name])
                reaching = {place for flow in missing for place in self.before(flow, name)}
                if self.nodes[name].kind == "or" and not reaching & (set(scope.places) - {name}):
                    self.join(name, scope)
                    return True
        return False

    def before(self, flow: str, join: str) -> set[str]:
        """Return the nodes from which a flow can be reached without passing the join, also by a border."""
        seen: set[str] = set()
        stack = [self.flows[flow].source]
        while stack:
            name = stack.pop()
            if name not in seen and name != join:
                seen.add(name)
                stack += [self.flows[each].source for each in self.nodes[name].incoming]
                if self.nodes[name].kind == "border":
                    stack.append(self.nodes[name].data)
        return seen

    def ended(self, scope: Scope) -> None:
        node = self.nodes.get(scope.name)
        if scope.is_over or (scope.left and node is not None and node.kind == "each" and self.count(scope)):
            return
        if scope.live == 0:
            scope.is_over = True
            if scope.parent is None:
                self.trace.append(("element_left", "process"))
            else:
                self.leave(scope.name, scope.parent)

    def count(self, scope: Scope) -> int:
        scope.left -= 1
        return scope.left

    def stop(self, scope: Scope, but: str | None = None) -> None:
        """Cancel what lives in a scope, but one token at a node."""
        for inner in [inner for inner in self.scopes if inner.parent is scope and not inner.is_over]:
            inner.is_over = True
            self.stop(inner)
        kept = 1 if but is not None else 0
        scope.live, scope.places, scope.joins = kept, [but] * kept if but else [], {}
        self.queue = deque(item for item in self.queue if item[1] is not scope)
        self.waiting = [item for item in self.waiting if item[1] is not scope]

    def fail(self, scope: Scope) -> None:
        """Throw an error out of a scope, to the border of its sub-process."""
        assert scope.parent is not None
        scope.is_over = True
        self.stop(scope)
        self.gone(scope.name, scope.parent)
        (border,) = [name for name, node in self.nodes.items() if node.kind == "border" and node.data == scope.name]
        scope.parent.live += 1
        scope.parent.places.append(border)
        self.trace.append(("element_entered", border))
        self.leave(border, scope.parent)

    def complete(self, index: int) -> None:
        """Complete one of the user tasks that wait, in the order in which they were opened."""
        name, scope = self.waiting.pop(index)
        self.leave(name, scope)
        self.play()
