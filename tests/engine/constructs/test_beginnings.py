"""How instances begin: by hand, by an event, behind an instantiating gateway, by a condition that holds."""

from datetime import timedelta

import pytest

from engine.errors import AmbiguousCorrelation, ExecutionFailed, NoMatchingSubscription
from tests.engine.constructs.play import playing, ran, refusals, trace
from tests.engine.diagrams import diagram, engine_with, incidents, open_elements, user_task


@pytest.mark.parametrize(("way", "name"), [("asked_first", "ask"), ("paid_first", "pay")])
def test_the_first_message_behind_an_instantiating_gateway_starts_an_instance(way: str, name: str) -> None:
    engine = playing("instantiating_gateway")
    for _ in range(2):
        instance = engine.correlate(name, variables={"x": 1}, by="ann")
        assert open_elements(engine, instance.id) == [f"after_{way}"]
        assert engine.variables(instance.id) == {"x": 1}
        assert trace(engine, instance.id) == (
            f"+instantiating_gateway +first -first >first_to_{way} +{way} -{way} >{way}_to_after_{way} +after_{way}"
        )
    assert len(engine.store.instances()) == 2


def test_a_signal_starts_an_instance_behind_an_instantiating_gateway() -> None:
    engine = playing("instantiating_gateway")
    assert engine.signal("alarm", by="ann") == 1
    (record,) = engine.store.instances()
    assert open_elements(engine, record.id) == ["after_alarmed_first"]
    with pytest.raises(ExecutionFailed, match="no plain start event"):
        engine.start("instantiating_gateway", by="ann")


def test_a_parallel_gateway_starts_by_one_message_and_waits_for_the_others_of_the_same_instance() -> None:
    engine = playing("instantiating_parallel_gateway")
    first = engine.correlate("ask", business_key="1", variables={"ran": []}, by="ann")
    second = engine.correlate("pay", business_key="2", variables={"ran": []}, by="ann")
    assert first.id != second.id
    assert engine.correlate("pay", business_key="1", by="ann").id == first.id
    assert engine.instance(first.id).status == "completed"
    assert ran(engine, first.id) == ["go_on"]
    assert trace(engine, first.id) == (
        "+instantiating_parallel_gateway +both -both >both_to_asked_for >both_to_paid_for +asked_for -asked_for "
        ">asked_for_to_join +paid_for -paid_for >paid_for_to_join +join -join >join_to_go_on +go_on -go_on "
        ">go_on_to_ended +ended -ended -instantiating_parallel_gateway"
    )
    assert engine.correlate("ask", business_key="2", by="ann").id == second.id
    assert engine.instance(second.id).status == "completed"
    assert engine.correlate("ask", business_key="1", by="ann").id not in (first.id, second.id)


def test_a_receive_task_starts_an_instance() -> None:
    engine = playing("instantiating_receive_task")
    instance = engine.correlate("ask", by="ann")
    assert open_elements(engine, instance.id) == ["check"]
    assert trace(engine, instance.id) == (
        "+instantiating_receive_task +receive -receive >receive_to_check +check"
    )


def test_conditional_start_events_are_looked_at_when_somebody_asks() -> None:
    engine = playing("conditional_start")
    assert engine.evaluate_conditions({"x": 1}, by="ann") == []
    assert engine.evaluate_conditions({"y": 9}, by="ann") == []
    (small,) = engine.evaluate_conditions({"x": 6}, by="ann", business_key="k")
    assert (open_elements(engine, small.id), small.business_key) == (["check"], "k")
    assert trace(engine, small.id) == "+conditional_start +grown -grown >grown_to_check +check"
    both = engine.evaluate_conditions({"x": 200}, by="ann")
    assert [open_elements(engine, instance.id) for instance in both] == [["check"], ["stop"]]
    by_hand = engine.start("conditional_start", by="ann")
    assert trace(engine, by_hand.id) == "+conditional_start +begun -begun >begun_to_check +check"


def test_of_several_plain_start_events_one_is_named() -> None:
    engine = playing("several_starts")
    with pytest.raises(ExecutionFailed, match="one must be named"):
        engine.start("several_starts", {"ran": []}, by="ann")
    with pytest.raises(ExecutionFailed, match="no plain start event asked_or_alarmed"):
        engine.start("several_starts", {"ran": []}, by="ann", start="asked_or_alarmed")
    for start in ("here", "there"):
        instance = engine.start("several_starts", {"ran": []}, by="ann", start=f"begun_{start}")
        assert ran(engine, instance.id) == [start]
        assert trace(engine, instance.id).startswith(f"+several_starts +begun_{start} -begun_{start}")


def test_any_trigger_of_a_multiple_start_event_starts_an_instance() -> None:
    engine = playing("several_starts")
    asked = engine.correlate("ask", by="ann")
    engine.signal("alarm", by="ann")
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 1
    assert engine.run_due() == 0
    assert len(engine.store.instances()) == 3
    for record in engine.store.instances():
        assert trace(engine, record.id) == trace(engine, asked.id)


def test_a_process_without_start_events_begins_where_no_flow_leads_to() -> None:
    engine = playing("no_start_event")
    instance = engine.start("no_start_event", {"ran": []}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == ["one", "two"]


MESSAGE = '<bpmn:message id="m" name="ask"/>'
CATCH = '<bpmn:intermediateCatchEvent id="c"><bpmn:{}/></bpmn:intermediateCatchEvent>'
GATEWAY = '<bpmn:eventBasedGateway id="g" {}/>'


@pytest.mark.parametrize(("body", "expected"), [
    (f"""<bpmn:startEvent id="s"/>{GATEWAY.format('eventGatewayType="Parallel"')}
    <bpmn:receiveTask id="r" messageRef="m"/>
    flow: s>g, g>r""", ("gateway_parallel", "g")),
    (f"""<bpmn:startEvent id="s"/>{GATEWAY.format('instantiate="true"')}<bpmn:receiveTask id="r" messageRef="m"/>
    flow: s>g, g>r""", ("instantiate_misplaced", "g")),
    (f"""{GATEWAY.format('instantiate="true"')}<bpmn:intermediateCatchEvent id="c"><bpmn:timerEventDefinition>
    <bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
    flow: g>c""", ("gateway_start_target", "c")),
    ('<bpmn:startEvent id="s"/><bpmn:subProcess id="n"><bpmn:receiveTask id="r" messageRef="m" instantiate="true"/>'
     "</bpmn:subProcess>\nflow: s>n", ("instantiate_misplaced", "r")),
    ('<bpmn:receiveTask id="r" messageRef="m" instantiate="true"><bpmn:multiInstanceLoopCharacteristics>'
     "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:receiveTask>",
     ("instantiate_misplaced", "r")),
    ('<bpmn:startEvent id="s" parallelMultiple="true"><bpmn:messageEventDefinition messageRef="m"/>'
     '<bpmn:signalEventDefinition signalRef="x"/></bpmn:startEvent>', ("start_parallel", "s")),
])
def test_beginnings_that_cannot_be_run_right_are_refused(body: str, expected: tuple[str, str]) -> None:
    content = diagram(body, outside=MESSAGE + '<bpmn:signal id="x" name="alarm"/>')
    assert expected in refusals(content)


def test_a_new_version_s_messages_alone_start_instances() -> None:
    body = f"""<bpmn:receiveTask id="r" messageRef="m" instantiate="true"/>{user_task("a")}
    flow: r>a"""
    engine = engine_with(diagram(body, outside=MESSAGE))
    engine.deploy({"file0.bpmn": diagram(body, outside=MESSAGE.replace("ask", "tell"))}, by="admin")
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("ask", by="ann")
    assert engine.correlate("tell", by="ann").definition.version == 2


def test_two_instances_that_wait_without_a_key_cannot_be_told_apart() -> None:
    engine = playing("instantiating_parallel_gateway")
    for key in ("1", "2"):
        engine.correlate("ask", business_key=key, variables={"ran": []}, by="ann")
    with pytest.raises(AmbiguousCorrelation):
        engine.correlate("pay", by="ann")


def test_who_calls_a_process_with_several_plain_start_events_is_told() -> None:
    engine = playing("several_starts")
    engine.deploy({"caller.bpmn": diagram("""<bpmn:startEvent id="begun"/>
    <bpmn:callActivity id="call" calledElement="several_starts"/>
    flow: begun>call""")}, by="admin")
    instance = engine.start("example", by="ann")
    ((element, error),) = incidents(engine, instance.id)
    assert element == "call"
    assert "several plain start events" in error
