"""References beside the flow lead to what they may lead to, or the check says so."""

from __future__ import annotations

import pytest

from tests.engine.diagrams import diagram, engine_with

BODY = """<bpmn:startEvent id="s"/><bpmn:task id="a"/>
<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="a"/>"""
OTHER = """<bpmn:process id="other" isExecutable="true"><bpmn:startEvent id="s2">
<bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent><bpmn:exclusiveGateway id="g"/>
<bpmn:sequenceFlow id="f2" sourceRef="s2" targetRef="g"/></bpmn:process>"""
POOLS = '<bpmn:participant id="mine" processRef="example"/><bpmn:participant id="theirs" processRef="other"/>'
BOX = '<bpmn:participant id="box" name="Somebody"/>'


def found(content: bytes) -> list[tuple[str, str | None, str]]:
    rules = ("reference_dangling", "message_flow_invalid", "gateway_direction", "way_unmatched", "code_missing")
    findings = engine_with().check({"x.bpmn": content})
    return [(each.rule, each.element_id, each.severity) for each in findings if each.rule in rules]


def collaboration(*flows: tuple[str, str], inside: str = POOLS + BOX) -> bytes:
    drawn = "".join(
        f'<bpmn:messageFlow id="mf{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(flows)
    )
    around = f'<bpmn:collaboration id="c">{inside}{drawn}</bpmn:collaboration>'
    outside = f'<bpmn:message id="m" name="m"/>{around}{OTHER}'
    return diagram(BODY, outside=outside)


@pytest.mark.parametrize("flow", [
    ("a", "s2"), ("a", "theirs"), ("mine", "box"), ("box", "a"), ("theirs", "a"), ("box", "s2"),
])
def test_message_flows_lead_between_pools(flow: tuple[str, str]) -> None:
    assert found(collaboration(flow)) == []


@pytest.mark.parametrize("flow", [
    ("a", "a"), ("s", "a"), ("mine", "a"), ("a", "mine"), ("a", "g"), ("g", "a"), ("s2", "a"), ("f", "s2"),
])
def test_a_message_flow_inside_a_pool_or_from_what_sends_nothing_is_refused(flow: tuple[str, str]) -> None:
    assert found(collaboration(flow)) == [("message_flow_invalid", "mf0", "error")]


@pytest.mark.parametrize(("content", "element"), [
    (collaboration(("a", "nowhere")), "mf0"),
    (collaboration(inside='<bpmn:participant id="p" processRef="nowhere"/>'), "p"),
    (diagram(BODY + '<bpmn:association id="x" sourceRef="a" targetRef="nowhere"/>'), "x"),
    (diagram(BODY + '<bpmn:dataObjectReference id="x" dataObjectRef="nowhere"/>'), "x"),
    (diagram('<bpmn:laneSet id="l"><bpmn:lane id="x"><bpmn:flowNodeRef>nowhere</bpmn:flowNodeRef></bpmn:lane>'
             "</bpmn:laneSet>" + BODY), "x"),
    (diagram(BODY.replace('id="a"/>', """id="a"><bpmn:ioSpecification><bpmn:dataInput id="i"/><bpmn:inputSet>
     <bpmn:dataInputRefs>nowhere</bpmn:dataInputRefs></bpmn:inputSet><bpmn:outputSet/></bpmn:ioSpecification>
     </bpmn:task>""")), "a"),
])
def test_what_refers_to_nothing_is_refused(content: bytes, element: str) -> None:
    assert ("reference_dangling", element, "error") in found(content)


def test_a_pool_that_is_not_run_may_refer_to_what_it_likes() -> None:
    shown = """<bpmn:process id="shown"><bpmn:task id="b"><bpmn:incoming>nowhere</bpmn:incoming></bpmn:task>
    <bpmn:association id="x" sourceRef="b" targetRef="nowhere"/></bpmn:process>"""
    assert found(diagram(BODY, outside=shown)) == []


def test_what_a_drawing_says_twice_and_differently_is_told() -> None:
    content = diagram("""<bpmn:startEvent id="s"><bpmn:outgoing>nowhere</bpmn:outgoing></bpmn:startEvent>
    <bpmn:exclusiveGateway id="g" gatewayDirection="Converging" default="g_b"/><bpmn:task id="a">
    <bpmn:incoming>g_b</bpmn:incoming></bpmn:task><bpmn:task id="b"><bpmn:incoming>g_b</bpmn:incoming></bpmn:task>
    <bpmn:sequenceFlow id="x" sourceRef="g" targetRef="a"><bpmn:conditionExpression>= p</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    flow: s>g, g>b""")
    assert found(content) == [
        ("way_unmatched", "s", "warning"), ("gateway_direction", "g", "warning"), ("way_unmatched", "a", "warning"),
    ]


def test_an_error_or_escalation_without_a_code_is_told() -> None:
    thrown = "<bpmn:escalationEventDefinition/>"
    content = diagram(f'<bpmn:startEvent id="s"/><bpmn:endEvent id="e">{thrown}</bpmn:endEvent>\nflow: s>e')
    assert found(content) == [("code_missing", "e", "warning")]
