"""Random structured processes: drawn once as nodes and flows for the reference, once as BPMN for the engine."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.engine.diagrams import diagram
from tests.engine.token_game.reference import Flow, Node

Block = tuple[Any, ...]
ERROR = '<bpmn:error id="oops" errorCode="oops"/>'
WORDS = {"<": "n &lt; {}", ">": "n &gt; {}", "%": "modulo(n, {}) = 0"}

conditions = st.tuples(st.sampled_from("<>%"), st.integers(1, 4))
leaves = st.sampled_from([("script",), ("user",), ("user",), ("task",)])


def _nested(inside: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    rows = st.lists(inside, min_size=0, max_size=3)
    branches = st.lists(rows, min_size=2, max_size=3)
    guarded = st.lists(st.tuples(conditions, rows), min_size=2, max_size=3)
    return st.one_of(
        st.tuples(st.just("and"), branches), st.tuples(st.just("xor"), guarded), st.tuples(st.just("or"), guarded),
        st.tuples(st.just("sub"), rows, st.sampled_from(["end", "terminate"])),
        st.tuples(st.just("risk"), rows, conditions), st.tuples(st.just("loop"), rows, st.integers(1, 3)),
        st.tuples(st.just("each"), st.integers(0, 3)),
    )


processes = st.lists(st.recursive(leaves, _nested, max_leaves=9), min_size=1, max_size=4)
"""Rows of blocks: tasks, splits with joins, loops, sub-processes, multi-instances."""


class Drawing:
    """A process as the reference plays it (`nodes`, `flows`) and as the engine reads it (`bpmn`)."""

    def __init__(self, blocks: list[Block]) -> None:
        self.nodes: dict[str, Node] = {}
        self.flows: dict[str, Flow] = {}
        begin = self.node("start", "process")
        self.link(self.row(blocks, begin, "process"), self.node("end", "process"))

    def node(self, kind: str, container: str, data: Any = None) -> str:
        name = f"{kind}{len(self.nodes)}"
        self.nodes[name] = Node(kind, container, data)
        return name

    def link(
        self, source: str, target: str, condition: tuple[str, int] | None = None, *, is_default: bool = False
    ) -> None:
        name = f"f{len(self.flows)}"
        self.flows[name] = Flow(source, target, condition, is_default)
        self.nodes[source].outgoing.append(name)
        self.nodes[target].incoming.append(name)

    def row(self, blocks: list[Block], at: str, container: str) -> str:
        for block in blocks:
            at = self.block(block, at, container)
        return at

    def block(self, block: Block, at: str, container: str) -> str:
        match block:
            case ("and", branches):
                return self.split("and", [(None, rows) for rows in branches], at, container)
            case ("xor" | "or" as kind, guarded):
                return self.split(kind, guarded, at, container)
            case ("sub", rows, end):
                return self.sub(rows, end, at, container)
            case ("risk", rows, condition):
                return self.risk(rows, condition, at, container)
            case ("loop", rows, times):
                return self.loop(rows, times, at, container)
            case ("each", times):
                name = self.node("each", container, times)
                self.nodes[f"{name}/one"] = Node("task", name)
                self.link(at, name)
                return name
        name = self.node(block[0], container)
        self.link(at, name)
        return name

    def split(self, kind: str, branches: list[tuple[Any, list[Block]]], at: str, container: str) -> str:
        fork, join = self.node(kind, container), self.node(kind, container)
        self.link(at, fork)
        for condition, rows in branches:
            first = self.node("task", container)
            self.link(fork, first, condition)
            self.link(self.row(rows, first, container), join)
        if kind != "and":
            first = self.node("task", container)
            self.link(fork, first, is_default=True)
            self.link(first, join)
        return join

    def sub(self, rows: list[Block], end: str, at: str, container: str) -> str:
        name = self.node("sub", container)
        self.link(at, name)
        begin = self.node("start", name)
        self.link(self.row(rows, self.beside(begin, name), name), self.node(end, name))
        return name

    def beside(self, begin: str, container: str) -> str:
        """Draw a branch of its own, which whatever ends the scope at once takes with it; return the fork."""
        fork, work = self.node("and", container), self.node("user", container)
        self.link(begin, fork)
        self.link(fork, work)
        self.link(work, self.node("end", container))
        return fork

    def risk(self, rows: list[Block], condition: tuple[str, int], at: str, container: str) -> str:
        """Draw a sub-process that may fail, with an error event on its border."""
        name, merge = self.node("sub", container), self.node("xor", container)
        self.link(at, name)
        last = self.row(rows, self.beside(self.node("start", name), name), name)
        ask = self.node("xor", name)
        self.link(last, ask)
        self.link(ask, self.node("error", name), condition)
        self.link(ask, self.node("end", name), is_default=True)
        border = self.node("border", container, name)
        self.link(name, merge)
        self.link(border, merge)
        return merge

    def loop(self, rows: list[Block], times: int, at: str, container: str) -> str:
        """Draw a loop that counts n up until it is large enough."""
        merge, ask = self.node("xor", container), self.node("xor", container)
        self.link(at, merge)
        count = self.node("script", container)
        self.link(self.row(rows, merge, container), count)
        self.link(count, ask)
        self.link(ask, merge, ("<", times + 2))
        after = self.node("task", container)
        self.link(ask, after, is_default=True)
        return after

    def bpmn(self) -> bytes:
        return diagram(self.inside("process"), key="process", outside=ERROR)

    def inside(self, container: str) -> str:
        names = [name for name, node in self.nodes.items() if node.container == container]
        return "\n".join(map(self.element, names)) + "\n" + "\n".join(
            self.arrow(name, flow) for name, flow in self.flows.items() if flow.source in names
        )

    def arrow(self, name: str, flow: Flow) -> str:
        condition = ""
        if flow.condition is not None and self.nodes[flow.source].kind in ("xor", "or"):
            text = WORDS[flow.condition[0]].format(flow.condition[1])
            condition = f"<bpmn:conditionExpression>={text}</bpmn:conditionExpression>"
        return (f'<bpmn:sequenceFlow id="{name}" sourceRef="{flow.source}" targetRef="{flow.target}">{condition}'
                "</bpmn:sequenceFlow>")

    def element(self, name: str) -> str:
        node = self.nodes[name]
        default = next((f'default="{flow}"' for flow in node.outgoing if self.flows[flow].is_default), "")
        match node.kind:
            case "start" | "end":
                return f'<bpmn:{node.kind}Event id="{name}"/>'
            case "terminate":
                return f'<bpmn:endEvent id="{name}"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
            case "error":
                return f'<bpmn:endEvent id="{name}"><bpmn:errorEventDefinition errorRef="oops"/></bpmn:endEvent>'
            case "border":
                return (f'<bpmn:boundaryEvent id="{name}" attachedToRef="{node.data}">'
                        '<bpmn:errorEventDefinition errorRef="oops"/></bpmn:boundaryEvent>')
            case "and":
                return f'<bpmn:parallelGateway id="{name}"/>'
            case "xor":
                return f'<bpmn:exclusiveGateway id="{name}" {default}/>'
            case "or":
                return f'<bpmn:inclusiveGateway id="{name}" {default}/>'
            case "user":
                return f'<bpmn:userTask id="{name}" camunda:assignee="ann"/>'
            case "script":
                return (f'<bpmn:scriptTask id="{name}" scriptFormat="feel" camunda:resultVariable="n">'
                        "<bpmn:script>n + 1</bpmn:script></bpmn:scriptTask>")
            case "each":
                return (f'<bpmn:task id="{name}"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>'
                        f"{node.data}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:task>")
            case "sub":
                return f'<bpmn:subProcess id="{name}">{self.inside(name)}</bpmn:subProcess>'
        return f'<bpmn:task id="{name}"/>'
