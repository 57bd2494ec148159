"""Constructs of BPMN, run in memory to their end, beside SpiffWorkflow as it is shipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from statistics import median
from time import perf_counter

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from bench.row import Row, row, run_alone
from engine import Engine
from engine.history import Act
from engine.instance import ProcessInstance
from engine.store.memory import MemoryStore
from engine.surroundings import Surroundings
from tests.engine.diagrams import conditional, diagram

NOW = datetime(2026, 10, 9, tzinfo=UTC)
ROUNDS = 15
WAITING = 150
STEPS = 50
MESSAGE = '<bpmn:message id="m" name="stop"/>'


@dataclass(frozen=True, slots=True)
class Construct:
    """A process and how much faster than the library it has to run; `{set}` and `{add}` stand for scripts."""

    name: str
    body: str
    limit: float = 2


def script(name: str, text: str = "{set}") -> str:
    """Return a script task; its text is filled in for each engine."""
    return f'<bpmn:scriptTask id="{name}" {{format}}><bpmn:script>{text}</bpmn:script></bpmn:scriptTask>'


def _sequence(begin: str, names: Iterable[str], end: str) -> str:
    row_of = [begin, *names, end]
    return "flow: " + ", ".join(f"{one}>{two}" for one, two in pairwise(row_of))


def constructs() -> list[Construct]:
    """Return the processes."""
    ends = '<bpmn:startEvent id="b"/><bpmn:endEvent id="e"/>'
    twenty = [f"s{number}" for number in range(20)]
    asks = "".join(
        f'<bpmn:exclusiveGateway id="x{n}" default="x{n}_y{n}"/>{script(f"y{n}")}{script(f"z{n}")}'
        + conditional(f"c{n}", f"x{n}", f"z{n}", "{positive}")
        + f"\nflow: x{n}>y{n}, y{n}>x{n + 1}, z{n}>x{n + 1}\n" for n in range(10)
    )
    five = "".join(script(f"s{number}") for number in range(5))
    forks = ", ".join(f"fork>s{number}, s{number}>join" for number in range(5))
    inner = _sequence("ib", [f"s{number}" for number in range(5)], "ie")
    inside = f'<bpmn:startEvent id="ib"/><bpmn:endEvent id="ie"/>{five}\n{inner}\n'
    event = f"""<bpmn:subProcess id="stop" triggeredByEvent="true"><bpmn:startEvent id="told">
<bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent><bpmn:endEvent id="stopped"/>{script("undo")}
flow: told>undo, undo>stopped
</bpmn:subProcess>"""
    return [
        Construct("sequence of 20", ends + "".join(map(script, twenty)) + "\n" + _sequence("b", twenty, "e")),
        Construct("10 exclusive gateways", f"{ends}{script('set')}{asks}{script('x10')}\nflow: b>set, set>x0, x10>e"),
        Construct("parallel gateway of 5", f"""{ends}<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>
{five}\nflow: b>fork, {forks}, join>e"""),
        Construct("loop of 100", f"""{ends}{script("zero")}{script("add", "{add}")}
<bpmn:exclusiveGateway id="more" default="more_e"/>{conditional("again", "more", "add", "{less}")}
flow: b>zero, zero>add, add>more, more>e""", limit=10),
        Construct("multi-instance of 50", f"""{ends}<bpmn:scriptTask id="each" {{format}}>
<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>50</bpmn:loopCardinality>
</bpmn:multiInstanceLoopCharacteristics><bpmn:script>{{set}}</bpmn:script></bpmn:scriptTask>
flow: b>each, each>e"""),
        Construct("sub-process of 5",
                  f'{ends}<bpmn:subProcess id="sub">{inside}</bpmn:subProcess>\nflow: b>sub, sub>e'),
        Construct("event sub-process beside 5", f"{ends}{five}{event}\n"
                  + _sequence("b", [f"s{number}" for number in range(5)], "e")),
    ]


def rows() -> list[Row]:
    """Return each construct's time, and what a step costs beside many events that wait."""
    found = []
    for each in constructs():
        ours, theirs = _ours(each), _theirs(each)
        fast, slow = _median_of(ours, theirs)
        found.append(row(
            f"{each.name}, in memory", 1 / fast, "instances/s", against=("SpiffWorkflow", 1 / slow), limit=each.limit
        ))
    return [*found, _beside_waiting()]


def _median_of(*runs: Callable[[], object]) -> list[float]:
    """Return the median seconds of each, taken in turns so that a busy moment hits all of them."""
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for one, taken in zip(runs, times, strict=True):
            begun = perf_counter()
            one()
            taken.append(perf_counter() - begun)
    return [median(taken) for taken in times]


def _ours(each: Construct) -> Callable[[], object]:
    body = each.body.format(
        format='scriptFormat="feel" camunda:resultVariable="x"', set="1", add="x + 1", less="=x &lt; 100",
        positive="=x &gt; 0",
    )
    engine = Engine(MemoryStore("bench"))
    engine.deploy({"a.bpmn": diagram(body, outside=MESSAGE)}, by="admin")
    definition = engine.latest("example")

    def run() -> None:
        instance = ProcessInstance.begin(definition, "0" * 32, Act(NOW, "ann"), Surroundings())
        assert instance.status == "completed"

    return run


def _theirs(each: Construct) -> Callable[[], object]:
    body = each.body.format(format="", set="x = 1", add="x = x + 1", less="x &lt; 100", positive="x &gt; 0")
    content = diagram(body, outside=MESSAGE)
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(BytesIO(content)), filename="a.bpmn")  # type: ignore[arg-type]
    spec = parser.get_spec("example")
    subprocesses = parser.get_subprocess_specs("example")

    def run() -> None:
        workflow = BpmnWorkflow(spec, subprocesses)
        workflow.do_engine_steps()
        assert workflow.get_next_task(spec_name="e") is not None or workflow.is_completed()

    return run


def _beside_waiting() -> Row:
    """Return what 50 steps cost beside 150 events that wait elsewhere in the instance, and beside none."""
    ends = '<bpmn:startEvent id="b"/><bpmn:parallelGateway id="fork"/>'
    catches = "".join(
        f'<bpmn:intermediateCatchEvent id="c{n}"><bpmn:messageEventDefinition messageRef="m"/>'
        "</bpmn:intermediateCatchEvent>" for n in range(WAITING)
    )
    names = [f"s{number}" for number in range(STEPS)]
    steps = '<bpmn:userTask id="go" camunda:assignee="ann"/><bpmn:userTask id="e" camunda:assignee="ann"/>' + "".join(
        script(name).format(format='scriptFormat="feel" camunda:resultVariable="x"', set="1") for name in names
    )
    row_of = _sequence("go", names, "e")
    alone = diagram(f"{ends}{steps}\nflow: b>fork, fork>go\n{row_of}", outside=MESSAGE)
    flows = ", ".join(f"fork>c{number}" for number in range(WAITING))
    beside = diagram(f"{ends}{steps}{catches}\nflow: b>fork, fork>go, {flows}\n{row_of}", outside=MESSAGE)
    few, many = (_steps(content) for content in (alone, beside))
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for one, taken in zip((few, many), times, strict=True):
            taken.append(one())
    base, loaded = (median(taken) * 1000 for taken in times)
    return row(f"{STEPS} steps beside {WAITING} waiting events", loaded, "ms", against=("beside none", base), limit=1.3)


def _steps(content: bytes) -> Callable[[], float]:
    engine = Engine(MemoryStore("bench"))
    engine.deploy({"a.bpmn": content}, by="admin")
    definition = engine.latest("example")

    def run() -> float:
        instance = ProcessInstance.begin(definition, "0" * 32, Act(NOW, "ann"), Surroundings())
        (task,) = instance.open_tasks
        begun = perf_counter()
        instance.complete_task(task.id, {})
        return perf_counter() - begun

    return run


if __name__ == "__main__":
    run_alone(rows)
