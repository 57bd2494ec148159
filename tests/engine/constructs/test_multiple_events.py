"""Events with several definitions: any of them will do, or all must have come; on the other side all are thrown."""

from datetime import timedelta

import pytest

from engine.errors import NoMatchingSubscription
from tests.engine.constructs.play import last, playing, ran, refusals, trace
from tests.engine.diagrams import complete, diagram, engine_with, open_elements, user_task


def test_any_definition_of_a_multiple_event_will_do_and_disarms_the_others() -> None:
    engine = playing("multiple")
    met = engine.start("multiple", {"ran": [], "x": 9}, by="ann", business_key="1")
    told = engine.start("multiple", {"ran": [], "x": 0}, by="ann", business_key="2")
    timed = engine.start("multiple", {"ran": [], "x": 0}, by="ann", business_key="3")
    engine.correlate("ask", business_key="2", by="ann")
    for instance in (met, told):
        assert open_elements(engine, instance.id) == ["check"]
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 3, "of the other two the border's timer"
    assert open_elements(engine, timed.id) == ["check"]
    assert ran(engine, met.id)[-1] == ran(engine, told.id)[-1] == "stop"
    assert len(engine.store.jobs()) == 1


def test_a_multiple_border_that_does_not_interrupt_happens_by_any_as_often_as_it_comes() -> None:
    engine = playing("multiple")
    instance = engine.start("multiple", {"ran": [], "x": 9}, by="ann")
    engine.correlate("ask", by="ann")
    engine.signal("alarm", by="ann")
    engine.correlate("ask", by="ann")
    assert ran(engine, instance.id) == ["note"] * 3
    complete(engine, instance.id, "check")
    assert trace(engine, instance.id).endswith("+both_thrown !both_thrown -both_thrown >both_thrown_to_ended +ended "
                                               "-ended -multiple")
    thrown = [event.kind for event in engine.events(instance.id) if event.kind.endswith("_thrown")]
    assert thrown == ["signal_thrown", "escalation_thrown"]


def test_of_a_parallel_multiple_event_all_must_come_and_each_once() -> None:
    engine = playing("parallel_multiple")
    instance = engine.start("parallel_multiple", {"ran": [], "x": 0}, by="ann")
    engine.correlate("ask", variables={"answer": 1}, by="ann")
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("ask", by="ann")
    engine.clock.advance(timedelta(hours=1))
    assert (engine.run_due(), engine.run_due()) == (1, 0)
    assert open_elements(engine, instance.id) == []
    engine.correlate("pay", variables={"sum": 2}, by="ann")
    assert open_elements(engine, instance.id) == ["check"]
    assert {"answer": 1, "sum": 2}.items() <= engine.variables(instance.id).items()
    assert trace(engine, instance.id).endswith("+all_came -all_came >all_came_to_check +check")


def test_a_parallel_multiple_border_that_does_not_interrupt_waits_for_all_of_them_again() -> None:
    engine = playing("parallel_multiple")
    instance = engine.start("parallel_multiple", {"ran": [], "x": 0}, by="ann")
    engine.correlate("ask", by="ann")
    engine.correlate("pay", by="ann")
    engine.clock.advance(timedelta(hours=1))
    engine.run_due()
    for round_number in (1, 2):
        engine.correlate("ask", by="ann")
        engine.signal("alarm", by="ann")
        assert ran(engine, instance.id) == ["note"] * round_number
    before = last(engine, instance.id)
    engine.set_variables(instance.id, {"x": 6}, by="ann", reason="because")
    assert trace(engine, instance.id, before) == (
        "?stopped ×check +stopping +stopped -stopped >stopped_to_stop +stop -stop >stop_to_stop_ended +stop_ended "
        "-stop_ended -stopping -parallel_multiple"
    ), "the signal had come before"


ERROR = '<bpmn:error id="e" errorCode="bad"/><bpmn:signal id="s" name="alarm"/>'
MIXED = """<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>
<bpmn:errorEventDefinition errorRef="e" camunda:errorCodeVariable="code"/>"""


def test_a_timer_and_an_error_may_share_a_border() -> None:
    body = f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner"><bpmn:startEvent id="inner_begun"/>
    {user_task("a")}<bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>
    flow: inner_begun>a, a>failed
    </bpmn:subProcess><bpmn:boundaryEvent id="left" attachedToRef="inner">{MIXED}</bpmn:boundaryEvent>{user_task("b")}
    flow: begun>inner, left>b"""
    engine = engine_with(diagram(body, outside=ERROR))
    thrown, timed = engine.start("example", by="ann"), engine.start("example", by="ann")
    complete(engine, thrown.id, "a")
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 1
    for instance, variables in ((thrown, {"code": "bad"}), (timed, {})):
        assert open_elements(engine, instance.id) == ["b"]
        assert engine.variables(instance.id) == variables
        assert trace(engine, instance.id).count("+left") == 1
    assert engine.store.jobs() == []


def test_a_multiple_end_throws_the_error_last() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:endEvent id="failed">
    <bpmn:errorEventDefinition errorRef="e"/><bpmn:signalEventDefinition signalRef="s"/></bpmn:endEvent>
    <bpmn:subProcess id="saving" triggeredByEvent="true"><bpmn:startEvent id="saved"><bpmn:errorEventDefinition/>
    </bpmn:startEvent>{user_task("a")}
    flow: saved>a
    </bpmn:subProcess>
    flow: begun>failed""", outside=ERROR))
    instance = engine.start("example", by="ann")
    assert [event.kind for event in engine.events(instance.id) if event.kind.endswith("_thrown")] == [
        "signal_thrown", "error_thrown",
    ]
    assert open_elements(engine, instance.id) == ["a"]


def test_an_error_that_must_come_together_with_something_else_is_refused() -> None:
    content = diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    <bpmn:boundaryEvent id="left" attachedToRef="a" parallelMultiple="true">{MIXED}</bpmn:boundaryEvent>
    flow: begun>a""", outside=ERROR)
    assert refusals(content) == [("definition_alone", "left")]


def test_processes_share_the_definitions_at_the_file_s_root() -> None:
    engine = playing("shared_definitions")
    instance = engine.start("waiting", by="ann")
    with_message = engine.start("waiting", by="ann", business_key="k")
    engine.correlate("ask", business_key="k", by="ann")
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 2
    assert open_elements(engine, instance.id) == ["check"]
    assert engine.instance(with_message.id).status == "completed"
    assert trace(engine, with_message.id).endswith("×check +late -late >late_to_too_late +too_late -too_late -waiting")
    assert engine.correlate("ask", by="ann").definition.key == "crying"


def test_a_reference_to_a_definition_that_is_not_there_is_refused() -> None:
    content = diagram("""<bpmn:startEvent id="begun"/><bpmn:endEvent id="n">
    <bpmn:eventDefinitionRef>unheard</bpmn:eventDefinitionRef></bpmn:endEvent>
    flow: begun>n""")
    assert refusals(content) == [("reference_dangling", "n")]


GIVING = """<bpmn:signalEventDefinition signalRef="s"><bpmn:extensionElements><camunda:in source="x" target="y"/>
<camunda:in sourceExpression="${x + 1}" target="z"/></bpmn:extensionElements></bpmn:signalEventDefinition>"""


def test_a_signal_brings_the_variables_that_it_is_given() -> None:
    catching = f"""<bpmn:startEvent id="alarmed"><bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent>
    {user_task("a")}
    flow: alarmed>a"""
    throwing = f"""<bpmn:startEvent id="begun"/><bpmn:endEvent id="cried">{GIVING}</bpmn:endEvent>
    <bpmn:subProcess id="inside" triggeredByEvent="true"><bpmn:startEvent id="heard">
    <bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent>{user_task("b")}
    flow: heard>b
    </bpmn:subProcess>
    flow: begun>cried"""
    engine = engine_with(diagram(catching, outside=ERROR), diagram(throwing, key="crier", outside=ERROR))
    crier = engine.start("crier", {"x": 1}, by="ann")
    assert engine.variables(crier.id) == {"x": 1, "y": 1, "z": 2}
    trace(engine, crier.id)
    (started,) = engine.store.instances(key="example")
    assert engine.variables(started.id) == {"y": 1, "z": 2}
    trace(engine, started.id)
