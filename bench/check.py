"""How long the check at deploy takes: for a diagram of 500 elements, and where playing it through would take ages."""

from __future__ import annotations

from time import perf_counter

from bench.row import Row, row, run_alone
from engine import Engine
from engine.dialect.advice import ADVICE
from engine.store.memory import MemoryStore
from tests.engine.diagrams import conditional, diagram, user_task

ROUNDS = 5
BRANCHES = 60
STAGES = 50  # of ten elements each, beside their sequence flows


def rows() -> list[Row]:
    """Return the slowest of several checks each: somebody waits for it."""
    engine, lost = Engine(MemoryStore("bench")), choices_that_get_lost()
    assert _told(engine, five_hundred()) == set()
    assert _told(engine, lost) == {"deadlock_possible"}
    return [
        row("check_500: check a diagram of 500 elements", _slowest(engine, five_hundred()), "s", limit=2),
        row(f"check a diagram with {BRANCHES} branches that may each get lost", _slowest(engine, lost), "s", limit=2),
    ]


def _told(engine: Engine, content: bytes) -> set[str]:
    """Return the rules of what is wrong; advice on drawing apart, for this is not drawn."""
    return {finding.rule for finding in engine.check({"x.bpmn": content}) if finding.rule not in ADVICE}


def _slowest(engine: Engine, content: bytes) -> float:
    return max(_once(engine, {"x.bpmn": content}) for _ in range(ROUNDS))


def _once(engine: Engine, files: dict[str, bytes]) -> float:
    begun = perf_counter()
    engine.check(files)
    return perf_counter() - begun


def five_hundred() -> bytes:
    """Return a process of 500 flow nodes of many kinds, each with what people write on it."""
    stages = "\n".join(_stage(number) for number in range(STAGES))
    links = ", ".join(f"join{number}>work{number + 1}" for number in range(STAGES - 1))
    return diagram(f'<bpmn:startEvent id="begun"/>{stages}\nflow: begun>work0, {links}', key="check_500")


def choices_that_get_lost() -> bytes:
    """Return a process of more markings than can be visited: each branch reaches the join, or ends by itself."""
    branches = "\n".join(
        f'<bpmn:exclusiveGateway id="ask{n}" default="ask{n}_join"/><bpmn:endEvent id="lost{n}"/>'
        f"{conditional(f'lose{n}', f'ask{n}', f'lost{n}', '= n')}\nflow: fork>ask{n}, ask{n}>join"
        for n in range(BRANCHES)
    )
    return diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>
    {branches}\nflow: begun>fork, join>end\n<bpmn:endEvent id="end"/>""")


def _stage(n: int) -> str:
    """Return ten nodes: work with a limit, a question, and two ways that are joined."""
    people = (
        'camunda:candidateGroups="clerks" camunda:dueDate="${working_day}" camunda:priority="${priority}" '
        'camunda:modelerTemplate="task" camunda:modelerTemplateVersion="1"'
    )
    inside = (
        '<bpmn:documentation>What is to be done</bpmn:documentation><bpmn:extensionElements><camunda:properties>'
        '<camunda:property name="case.state" value="open"/></camunda:properties></bpmn:extensionElements>'
    )
    mapping = (
        '<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="x">${x + 1}'
        "</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>"
    )
    return f"""{user_task(f"work{n}", people, inside)}
<bpmn:boundaryEvent id="late{n}" attachedToRef="work{n}" cancelActivity="false"><bpmn:timerEventDefinition>
<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT{n + 1}H</bpmn:timeDuration></bpmn:timerEventDefinition>
</bpmn:boundaryEvent><bpmn:serviceTask id="remind{n}" camunda:type="external" camunda:topic="notify">{mapping}
</bpmn:serviceTask><bpmn:endEvent id="reminded{n}"/><bpmn:exclusiveGateway id="ask{n}" default="ask{n}_fork{n}"/>
<bpmn:scriptTask id="reckon{n}" scriptFormat="feel" camunda:resultVariable="sum{n}"><bpmn:script>sum([1, {n}, x])
</bpmn:script></bpmn:scriptTask><bpmn:parallelGateway id="fork{n}"/><bpmn:task id="left{n}"/><bpmn:task id="right{n}"/>
<bpmn:parallelGateway id="join{n}"/>
flow: late{n}>remind{n}, remind{n}>reminded{n}, work{n}>ask{n}, ask{n}>fork{n}, reckon{n}>work{n}
flow: fork{n}>left{n}, fork{n}>right{n}, left{n}>join{n}, right{n}>join{n}
{conditional(f"again{n}", f"ask{n}", f"reckon{n}", f'=result = "no" and count > {n}')}"""


if __name__ == "__main__":
    run_alone(rows)
