"""Small diagrams as the Modeler's Camunda 8 tab writes them, without their drawing."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from engine.engine import Engine
from engine.instance import ProcessInstance
from engine.replay import first_difference, refeed
from engine.surroundings import Surroundings
from tests.engine.diagrams import (
    engine_with,
)

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:modeler="http://camunda.org/schema/modeler/1.0" targetNamespace="test" exporter="Camunda Modeler"
  exporterVersion="5.34.0" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.7.0">"""
Variables = Mapping[str, Any]


def drawn(inside: str, *, process: str = "", outside: str = "", before: str = "begun", after: str = "end") -> bytes:
    """Return a process that begins, does what stands inside one after the other by its ids, and ends."""
    ids = [before, *re.findall(r'^<bpmn:(?!boundary|sequence|start|end)\w+ id="(\w+)"', inside, re.MULTILINE), after]
    flows = "".join(
        f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(pairwise(ids))
    )
    start = "" if before in inside else f'<bpmn:startEvent id="{before}"/>'
    end = "" if f'id="{after}"' in inside else f'<bpmn:endEvent id="{after}"/>'
    return (
        f'{HEAD}{outside}<bpmn:process id="example" isExecutable="true">{process}{start}{inside}'
        f"{end}{flows}</bpmn:process></bpmn:definitions>"
    ).encode()


def element(kind: str, name: str, *extensions: str, inside: str = "", attributes: str = "") -> str:
    return (
        f'<bpmn:{kind} id="{name}" {attributes}><bpmn:extensionElements>{"".join(extensions)}'
        f"</bpmn:extensionElements>{inside}</bpmn:{kind}>\n"
    )


def job(name: str, *extensions: str, topic: str = "work", inside: str = "") -> str:
    return element("serviceTask", name, f'<zeebe:taskDefinition type="{topic}"/>', *extensions, inside=inside)


def user(name: str, *extensions: str, inside: str = "") -> str:
    people = '<zeebe:userTask/><zeebe:assignmentDefinition assignee="ann"/>'
    return element("userTask", name, people, *extensions, inside=inside)


def mapping(*lines: str) -> str:
    """Return an ioMapping of lines like `in: = x > y` and `out: = a > b.c`."""
    parts = []
    for line in lines:
        kind, _, rest = line.partition(":")
        source, _, target = rest.rpartition(">")
        word = "input" if kind == "in" else "output"
        parts.append(f'<zeebe:{word} source="{source.strip()}" target="{target.strip()}"/>')
    return f"<zeebe:ioMapping>{''.join(parts)}</zeebe:ioMapping>"


def begun(content: bytes, variables: Variables | None = None, **options: Any) -> tuple[Engine, ProcessInstance]:
    engine = engine_with(content, **options)
    return engine, engine.start("example", variables, by="ann")


def work(engine: Engine, topic: str, variables: Variables | None = None) -> None:
    """Complete the job of a topic."""
    [locked] = engine.lock_jobs([topic], "worker")
    engine.complete_job(locked.id, "worker", variables)


def assert_refed(engine: Engine, instance_id: str) -> None:
    events = engine.events(instance_id)
    definition = engine.instance(instance_id).definition
    again = refeed(events, definition, Surroundings(), instance_id=instance_id)
    assert first_difference(events, again) is None


def refusals(content: bytes, **files: bytes) -> set[tuple[str, str | None]]:
    named = {name.replace("_", "."): text for name, text in files.items()}
    found = engine_with().check({"x.bpmn": content, **named})
    return {(finding.rule, finding.element_id) for finding in found if finding.severity == "error"}


def listeners(kind: str, *pairs: tuple[str, str]) -> str:
    word = f"zeebe:{kind}Listener"
    header = '<zeebe:taskHeaders><zeebe:header key="who" value="listener"/></zeebe:taskHeaders>'
    inside = "".join(
        f'<{word} eventType="{moment}" type="{topic}" retries="2">{header if kind == "execution" else ""}</{word}>'
        for moment, topic in pairs
    )
    return f"<{word}s>{inside}</{word}s>"


def many(*attributes: str, sequential: bool = False, condition: str = "") -> str:
    done = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>'
        f'<zeebe:loopCharacteristics {" ".join(attributes)}/></bpmn:extensionElements>{done}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="test">
<decision id="fee" name="Fee"><decisionTable id="t" hitPolicy="UNIQUE"><input id="i"><inputExpression id="e">
<text>age</text></inputExpression></input><output id="o" name="fee"/>{more}<rule id="r"><inputEntry id="r1">
<text>&gt;= 60</text></inputEntry><outputEntry id="r2"><text>0</text></outputEntry>{entry}</rule></decisionTable>
</decision></definitions>"""
FORM = """{"type":"default","components":[{"type":"textfield","key":"name","id":"F1","label":"Name",
"validate":{"required":true}}],"schemaVersion":16}"""
PAID = (
    '<bpmn:message id="m" name="= &quot;paid-&quot; + kind"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="= order"/></bpmn:extensionElements></bpmn:message>'
)
WAITING = '<bpmn:messageEventDefinition messageRef="m"/>'
