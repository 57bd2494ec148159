"""A link is a way that is not drawn: from each event that throws it to the one of its scope that catches."""

import pytest

from tests.engine.constructs.play import playing, refusals, trace
from tests.engine.diagrams import diagram, engine_with


@pytest.mark.parametrize(("x", "way"), [(1, "first"), (2, "second")])
def test_several_throw_a_link_and_one_of_their_scope_catches_it(x: int, way: str) -> None:
    engine = playing("link")
    instance = engine.start("link", {"x": x, "ran": []}, by="ann")
    assert instance.status == "completed"
    assert trace(engine, instance.id) == (
        f"+link +begun -begun >begun_to_which +which -which >which_to_{way} +{way} -{way} ~{way} +arrived -arrived "
        ">arrived_to_inner +inner +inner_begun -inner_begun >inner_begun_to_inner_thrown +inner_thrown -inner_thrown "
        "~inner_thrown +inner_arrived -inner_arrived >inner_arrived_to_inside +inside -inside >inside_to_inner_ended "
        "+inner_ended -inner_ended -inner >inner_to_ended +ended -ended -link"
    )


def test_an_inclusive_join_knows_who_can_come_by_a_link() -> None:
    engine = engine_with(diagram("""<bpmn:startEvent id="begun"/><bpmn:inclusiveGateway id="fork"/>
    <bpmn:intermediateThrowEvent id="t"><bpmn:linkEventDefinition name="l"/></bpmn:intermediateThrowEvent>
    <bpmn:intermediateCatchEvent id="c"><bpmn:linkEventDefinition name="l"/></bpmn:intermediateCatchEvent>
    <bpmn:task id="x"/><bpmn:task id="y"/><bpmn:inclusiveGateway id="join"/><bpmn:endEvent id="ended"/>
    flow: begun>fork, fork>x, fork>y, x>join, y>t, c>join, join>ended"""))
    instance = engine.start("example", by="ann")
    assert trace(engine, instance.id).count("+ended") == 1


LINK = '<bpmn:linkEventDefinition name="{}"/>'


def drawn(throws: str, catches: str, attributes: str = "") -> bytes:
    return diagram(f"""<bpmn:startEvent id="begun"/><bpmn:intermediateThrowEvent id="t">{throws}
    </bpmn:intermediateThrowEvent><bpmn:intermediateCatchEvent id="c" {attributes}>{catches}
    </bpmn:intermediateCatchEvent><bpmn:endEvent id="ended"/>
    flow: begun>t, c>ended""")


@pytest.mark.parametrize(("content", "rule"), [
    (drawn(LINK.format("a"), LINK.format("b")), "link_unmatched"),
    (drawn(LINK.format("a"), "<bpmn:linkEventDefinition/>"), "attribute_missing"),
    (drawn(LINK.format("a"), LINK.format("a") + "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H"
           "</bpmn:timeDuration></bpmn:timerEventDefinition>"), "definition_alone"),
    (drawn('<bpmn:linkEventDefinition name="a"><bpmn:target>other</bpmn:target></bpmn:linkEventDefinition>',
           LINK.format("a")), "reference_dangling"),
])
def test_links_that_lead_nowhere_are_refused(content: bytes, rule: str) -> None:
    assert rule in [found for found, _ in refusals(content)]


def test_a_link_that_leads_to_two_events_is_refused() -> None:
    content = drawn(LINK.format("a"), LINK.format("a")).replace(b'<bpmn:endEvent id="ended"/>', (
        '<bpmn:intermediateCatchEvent id="d">' + LINK.format("a") + '</bpmn:intermediateCatchEvent>'
        '<bpmn:endEvent id="ended"/>').encode())
    assert ("link_twice", "d") in refusals(content)
