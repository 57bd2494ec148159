"""What the public conformance material asks for and other tests do not: small things where standard and habit part."""

from __future__ import annotations

import pytest

from tests.engine.constructs.play import refusals
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, conditional, diagram, engine_with, open_elements, user_task

BEGIN, TASKS = '<bpmn:startEvent id="s"/>', "".join(map(user_task, "bcd"))


@pytest.mark.parametrize(("holds", "tasks"), [(True, ["b", "d"]), (False, ["c", "d"])])
def test_a_default_flow_belongs_to_the_choice_and_not_to_what_goes_beside_it(holds: bool, tasks: list[str]) -> None:
    first = '<bpmn:task id="a" default="a_c"/>'
    engine = engine_with(diagram(f"""{BEGIN}{first}{TASKS}{conditional("a_b", "a", "b", "= holds")}
    flow: s>a, a>c, a>d"""))
    instance = engine.start("example", {"holds": holds}, by="ann")
    assert open_elements(engine, instance.id) == tasks
    assert_refed_alike(engine, instance.id)


def test_a_way_out_of_an_inclusive_gateway_that_has_no_condition_keeps_the_default_from_being_taken() -> None:
    engine = engine_with(diagram(f"""{BEGIN}<bpmn:inclusiveGateway id="a" default="a_c"/>{TASKS}
    {conditional("a_b", "a", "b", "= false")}
    flow: s>a, a>c, a>d"""))
    assert open_elements(engine, engine.start("example", by="ann").id) == ["d"]


def test_conditions_behind_a_parallel_gateway_are_not_looked_at_and_that_is_said() -> None:
    content = diagram(f"""{BEGIN}<bpmn:parallelGateway id="p"/>{TASKS}
    {conditional("p_b", "p", "b", "= false")}{conditional("p_c", "p", "c", "= unknown")}
    flow: s>p, b>d, c>d""")
    engine = engine_with(content)
    said = [found for found in engine.check({"x.bpmn": content}) if found.rule == "condition_ignored"]
    assert [(found.element_id, found.severity) for found in said] == [("p_b", "warning"), ("p_c", "warning")]
    assert open_elements(engine, engine.start("example", by="ann").id) == ["b", "c"]


def test_interfaces_and_operations_only_describe_the_messages_that_the_engine_delivers() -> None:
    outside = """<bpmn:message id="m" name="order"/>
    <bpmn:interface id="i" name="I"><bpmn:operation id="o" name="O"><bpmn:inMessageRef>m</bpmn:inMessageRef>
    </bpmn:operation></bpmn:interface>"""
    sending = '<bpmn:sendTask id="a" messageRef="m" operationRef="o"/>'
    waiting = '<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="m"><bpmn:operationRef>o' \
              "</bpmn:operationRef></bpmn:messageEventDefinition></bpmn:startEvent>"
    engine = engine_with(
        diagram(f"{waiting}{user_task('b')}\nflow: s>b", key="receiver", outside=outside),
        diagram(f"{BEGIN}{sending}\nflow: s>a", outside=outside),
    )
    assert engine.start("example", by="ann").status == "completed"
    assert [task.element_id for task in engine.store.tasks()] == ["b"]
    called = diagram(f'{BEGIN}<bpmn:serviceTask id="a" operationRef="o" camunda:topic="t" camunda:type="external"/>'
                     "\nflow: s>a", outside=outside)
    assert refusals(called) == [("attribute_unsupported", "a")]


@pytest.mark.parametrize("value", ["-1", "1.5"])
def test_a_cardinality_that_is_no_natural_number_is_refused_by_name(value: str) -> None:
    loop = f"""<bpmn:multiInstanceLoopCharacteristics>
    <bpmn:loopCardinality>{value}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"""
    content = diagram(f'{BEGIN}<bpmn:task id="a">{loop}</bpmn:task>\nflow: s>a')
    assert refusals(content) == [("cardinality_invalid", "a")]


def test_an_instance_that_has_ended_still_tells_its_variables() -> None:
    engine = engine_with(diagram(f"{BEGIN}{user_task('b')}\nflow: s>b"))
    instance = engine.start("example", {"x": 1}, by="ann")
    complete(engine, instance.id, "b", {"y": [2]})
    ended = engine.instance(instance.id)
    assert (ended.status, ended.variables) == ("completed", {"x": 1, "y": [2]})
    assert engine.variables(instance.id) == ended.variables


SIGNAL = '<bpmn:signal id="g" name="go"/>'
MET = '<bpmn:signalEventDefinition signalRef="g"/>'
THROWN = f'<bpmn:intermediateThrowEvent id="thrown">{MET}</bpmn:intermediateThrowEvent>'
CAUGHT = f'<bpmn:intermediateCatchEvent id="caught">{MET}</bpmn:intermediateCatchEvent>'


def test_what_follows_a_signal_does_not_meet_it() -> None:
    engine = engine_with(diagram(f"{BEGIN}{THROWN}{CAUGHT}{user_task('b')}\nflow: s>thrown, thrown>caught, caught>b",
                                 outside=SIGNAL))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == []
    assert engine.signal("go", by="ann") == 1
    assert open_elements(engine, instance.id) == ["b"]
    assert_refed_alike(engine, instance.id)


@pytest.mark.parametrize("flows", ["p>thrown, p>a", "p>a, p>thrown"])
def test_what_moves_beside_a_signal_meets_it_whichever_way_was_drawn_first(flows: str) -> None:
    engine = engine_with(diagram(f"""{BEGIN}<bpmn:parallelGateway id="p"/>{THROWN}<bpmn:task id="a"/>{CAUGHT}
    {user_task('b')}{user_task('c')}
    flow: s>p, {flows}, a>caught, caught>b, thrown>c""", outside=SIGNAL))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["b", "c"]
    assert_refed_alike(engine, instance.id)


def test_a_multi_instance_that_sends_a_message_for_each_goes_on_with_the_next() -> None:
    outside = '<bpmn:message id="m" name="one done"/><bpmn:messageEventDefinition id="d" messageRef="m"/>'
    loop = """<bpmn:multiInstanceLoopCharacteristics isSequential="true" behavior="None" noneBehaviorEventRef="d">
    <bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"""
    kept = """<bpmn:extensionElements><camunda:properties><camunda:property name="message.timeToLive" value="P1D"/>
    </camunda:properties></bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""{BEGIN}{user_task('b', inside=kept + loop)}{user_task('c')}
    flow: s>b, b>c""", outside=outside))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["b"]
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["c"]
    assert_refed_alike(engine, instance.id)
