"""Messages between instances: thrown, correlated, kept, and told of when nobody waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import replay
from engine.engine import Engine
from engine.errors import AmbiguousCorrelation, NoMatchingSubscription
from engine.surroundings import Surroundings
from tests.engine.diagrams import complete, diagram, engine_with, incidents, open_elements, timer, trace, user_task

PAID = '<bpmn:message id="m" name="paid"/>'
DEFINITION = '<bpmn:messageEventDefinition messageRef="m"/>'
MAPPED = """<bpmn:extensionElements>{properties}<camunda:inputOutput>
<camunda:inputParameter name="sum">${{amount * 2}}</camunda:inputParameter></camunda:inputOutput>
</bpmn:extensionElements>"""


def property_of(name: str, value: str) -> str:
    return f'<camunda:properties><camunda:property name="{name}" value="{value}"/></camunda:properties>'


def thrower(properties: str = "", *, before: str = "", key: str = "sender") -> bytes:
    return diagram(f"""<bpmn:startEvent id="begun"/>{before}<bpmn:intermediateThrowEvent id="tell">
    {MAPPED.format(properties=properties)}{DEFINITION}</bpmn:intermediateThrowEvent>{user_task("after")}
    flow: begun>tell, tell>after""", key=key, outside=PAID)


def catcher(properties: str = "", *, key: str = "receiver") -> bytes:
    extensions = f"<bpmn:extensionElements>{properties}</bpmn:extensionElements>" if properties else ""
    return diagram(f"""<bpmn:startEvent id="begun"/><bpmn:intermediateCatchEvent id="told">{extensions}{DEFINITION}
    </bpmn:intermediateCatchEvent>{user_task("got")}
    flow: begun>told, told>got""", key=key, outside=PAID)


STARTED = diagram(f"""<bpmn:startEvent id="called">{DEFINITION}</bpmn:startEvent>{user_task("got")}
flow: called>got""", key="receiver", outside=PAID)


def assert_replays(engine: Engine, instance_id: str) -> None:
    recorded = engine.events(instance_id)
    definition = engine.instance(instance_id).definition
    again = replay.refeed(recorded, definition, Surroundings(), instance_id=instance_id)
    assert replay.first_difference(recorded, again) is None
    assert engine.verify(instance_id) == len(recorded)


def test_a_thrown_message_reaches_the_one_that_waits_with_the_variables_of_its_own_mappings() -> None:
    engine = engine_with(thrower(), catcher())
    waiting = engine.start("receiver", by="ann")
    sender = engine.start("sender", {"amount": 4}, by="ann")
    assert sender.positions == ["after"]
    assert open_elements(engine, waiting.id) == ["got"]
    assert engine.instance(waiting.id).variables == {"sum": 8}, "what is not mapped stays where it is"
    assert "sum" not in engine.instance(sender.id).variables
    for instance in (waiting, sender):
        assert_replays(engine, instance.id)


def test_a_thrown_message_starts_an_instance_with_the_sender_s_business_key() -> None:
    engine = engine_with(thrower(), STARTED)
    engine.start("sender", {"amount": 1}, by="ann", business_key="K-1")
    (begun,) = engine.store.instances(key="receiver")
    assert (begun.business_key, open_elements(engine, begun.id)) == ("K-1", ["got"])


def test_of_several_that_wait_the_business_key_decides() -> None:
    engine = engine_with(thrower(), catcher())
    one, other = (engine.start("receiver", by="ann", business_key=key) for key in ("K-1", "K-2"))
    engine.start("sender", {"amount": 1}, by="ann", business_key="K-2")
    assert (open_elements(engine, one.id), open_elements(engine, other.id)) == ([], ["got"])


def test_a_message_that_several_wait_for_is_an_incident_of_the_sender_and_reaches_none() -> None:
    engine = engine_with(thrower(), catcher())
    for _ in range(2):
        engine.start("receiver", by="ann")
    sender = engine.start("sender", {"amount": 1}, by="ann")
    ((element, error),) = incidents(engine, sender.id)
    assert element == "tell" and "2 places wait" in error
    assert engine.store.tasks() == []
    assert_replays(engine, sender.id)


def test_a_message_that_nobody_waits_for_is_an_incident_and_a_retry_sends_it_again() -> None:
    engine = engine_with(thrower(), catcher())
    sender = engine.start("sender", {"amount": 1}, by="ann")
    ((element, error),) = incidents(engine, sender.id)
    assert element == "tell" and "nobody waits for the message paid" in error
    waiting = engine.start("receiver", by="ann")
    (job,) = engine.incidents()
    engine.retry_job(job.id, by="root")
    engine.run_due()
    assert (open_elements(engine, sender.id), open_elements(engine, waiting.id)) == (["after"], ["got"])
    assert trace(engine, sender.id, "message_not_sent", "message_thrown") == [
        "message_not_sent tell", "message_thrown tell",
    ]
    assert_replays(engine, sender.id)


def test_a_message_with_a_time_to_live_waits_for_who_waits_for_it() -> None:
    engine = engine_with(thrower(property_of("message.timeToLive", "PT1H")), catcher())
    sender = engine.start("sender", {"amount": 1}, by="ann")
    assert open_elements(engine, sender.id) == ["after"]
    engine.clock.advance(timedelta(minutes=59))  # type: ignore[attr-defined]
    first, second = (engine.start("receiver", by="ann") for _ in range(2))
    assert first.positions == ["got"], "the caller is given the instance as the message left it"
    assert open_elements(engine, second.id) == [], "one message reaches one"
    assert engine.instance(first.id).variables == {"sum": 2}
    for instance in (sender, first, second):
        assert_replays(engine, instance.id)


def test_a_kept_message_expires() -> None:
    engine = engine_with(thrower(property_of("message.timeToLive", "PT1H")), catcher())
    engine.start("sender", {"amount": 1}, by="ann")
    engine.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    assert engine.start("receiver", by="ann").positions == ["told"]


def test_a_message_from_outside_may_be_kept_too() -> None:
    engine = engine_with(catcher())
    assert engine.publish("paid", time_to_live=timedelta(hours=1), variables={"sum": 7}, by="bank") is None
    instance = engine.start("receiver", by="ann")
    assert (instance.positions, instance.variables) == (["got"], {"sum": 7})
    (received,) = [event for event in engine.events(instance.id) if event.kind == "message_received"]
    assert received.actor == "bank"
    with pytest.raises(NoMatchingSubscription):
        engine.publish("paid", time_to_live=timedelta(), by="bank")


def test_a_correlation_key_of_the_diagram_tells_who_is_meant() -> None:
    key = property_of("message.correlationKey", "${number}")
    engine = engine_with(thrower(key), catcher(key))
    one, other = (engine.start("receiver", {"number": number}, by="ann") for number in (1, 2))
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("paid", by="bank")
    engine.correlate("paid", correlation_key=1, by="bank")
    assert open_elements(engine, one.id) == ["got"]
    engine.start("sender", {"number": 2, "amount": 1}, by="ann")
    assert open_elements(engine, other.id) == ["got"]


def test_a_correlation_key_reaches_an_instance_with_another_business_key() -> None:
    key = property_of("message.correlationKey", "${number}")
    engine = engine_with(thrower(key), catcher(key))
    other, meant = (engine.start("receiver", {"number": n}, by="ann", business_key=f"R-{n}") for n in (1, 2))
    sender = engine.start("sender", {"number": 2, "amount": 1}, by="ann", business_key="S-1")
    assert (open_elements(engine, other.id), open_elements(engine, meant.id)) == ([], ["got"])
    for instance in (sender, meant):
        assert_replays(engine, instance.id)


def test_a_correlation_key_that_is_null_is_an_incident() -> None:
    engine = engine_with(catcher(property_of("message.correlationKey", "${unknown}")))
    instance = engine.start("receiver", by="ann")
    assert "correlation key of told is null" in incidents(engine, instance.id)[0][1]


def test_variables_that_the_waiting_element_sees_may_tell_who_is_meant() -> None:
    engine = engine_with(catcher())
    one, other = (engine.start("receiver", {"order": order, "x": 0}, by="ann") for order in ("A", "B"))
    with pytest.raises(AmbiguousCorrelation):
        engine.correlate("paid", correlation_variables={"x": 0}, by="bank")
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("paid", correlation_variables={"order": "C"}, by="bank")
    engine.correlate("paid", correlation_variables={"order": "B", "x": 0}, by="bank")
    assert (open_elements(engine, one.id), open_elements(engine, other.id)) == ([], ["got"])


@pytest.mark.parametrize("order", ["fork>told, fork>tell", "fork>tell, fork>told"])
def test_a_message_reaches_its_own_instance_whichever_branch_is_first(order: str) -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:intermediateCatchEvent id="told">{DEFINITION}</bpmn:intermediateCatchEvent>{user_task("got")}
    <bpmn:endEvent id="tell">{MAPPED.format(properties="")}{DEFINITION}</bpmn:endEvent>
    flow: begun>fork, {order}, told>got""", outside=PAID))
    instance = engine.start("example", {"amount": 5}, by="ann")
    assert instance.positions == ["got"] and instance.variables == {"amount": 5, "sum": 10}
    assert_replays(engine, instance.id)


def test_a_message_to_a_boundary_event_of_the_sender_s_own_scope_takes_effect_before_anything_else() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    <bpmn:startEvent id="in"/><bpmn:sendTask id="tell" messageRef="m"/>
    <bpmn:scriptTask id="never" scriptFormat="feel" camunda:resultVariable="x"><bpmn:script>1</bpmn:script>
    </bpmn:scriptTask>
    flow: in>tell, tell>never
    </bpmn:subProcess><bpmn:boundaryEvent id="stopped" attachedToRef="inner">{DEFINITION}</bpmn:boundaryEvent>
    {user_task("got")}
    flow: begun>inner, stopped>got""", outside=PAID))
    instance = engine.start("example", by="ann")
    assert (instance.positions, instance.variables) == (["got"], {})
    assert_replays(engine, instance.id)


POOLS = f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">{PAID}
<bpmn:collaboration id="c"><bpmn:participant id="p1" processRef="sender"/>
<bpmn:participant id="p2" processRef="receiver"/><bpmn:participant id="p3" name="outside"/>
<bpmn:messageFlow id="mf" sourceRef="tell" targetRef="TARGET"/></bpmn:collaboration>
<bpmn:process id="sender" isExecutable="true"><bpmn:startEvent id="begun"/><bpmn:sendTask id="tell" messageRef="m"/>
{user_task("after")}
<bpmn:sequenceFlow id="f1" sourceRef="begun" targetRef="tell"/>
<bpmn:sequenceFlow id="f2" sourceRef="tell" targetRef="after"/></bpmn:process>
<bpmn:process id="receiver" isExecutable="true"><bpmn:startEvent id="called">{DEFINITION}</bpmn:startEvent>
{user_task("got")}<bpmn:sequenceFlow id="f3" sourceRef="called" targetRef="got"/></bpmn:process>
</bpmn:definitions>"""


@pytest.mark.parametrize("target", ["called", "p2"])
def test_a_message_flow_says_who_is_meant(target: str) -> None:
    engine = engine_with(POOLS.replace("TARGET", target).encode(), STARTED.replace(b'"receiver"', b'"another"'))
    engine.start("sender", by="ann")
    assert sorted(record.definition_key for record in engine.store.instances()) == ["receiver", "sender"]


def test_a_message_flow_to_a_closed_pool_is_refused() -> None:
    (finding,) = [
        item for item in Engine.check(engine_with(), {"a.bpmn": POOLS.replace("TARGET", "p3").encode()})
        if item.severity == "error"
    ]
    assert (finding.rule, finding.element_id) == ("message_leaves", "tell")


def test_a_worker_may_send_the_message() -> None:
    body = """<bpmn:startEvent id="begun"/><bpmn:intermediateThrowEvent id="tell"><bpmn:messageEventDefinition
    messageRef="m" camunda:type="external" camunda:topic="post"/></bpmn:intermediateThrowEvent>
    <bpmn:endEvent id="told"><bpmn:messageEventDefinition messageRef="m" camunda:expression="${1 + 1}"
    camunda:resultVariable="two"/></bpmn:endEvent>
    flow: begun>tell, tell>told"""
    engine = engine_with(diagram(body, outside=PAID))
    instance = engine.start("example", by="ann")
    (job,) = engine.lock_jobs(["post"], "w")
    done = engine.complete_job(job.id, "w", {"sent": True})
    assert (done.status, engine.variables(instance.id)) == ("completed", {"sent": True, "two": 2})
    assert_replays(engine, instance.id)


def test_messages_that_cause_each_other_without_end_are_told_of() -> None:
    ping = diagram(f"""<bpmn:startEvent id="called">{DEFINITION}</bpmn:startEvent><bpmn:endEvent id="tell">
    {DEFINITION}</bpmn:endEvent>
    flow: called>tell""", outside=PAID)
    engine = engine_with(ping)
    with pytest.raises(Exception, match="without end"), engine.store.transaction():  # type: ignore[attr-defined]
        engine.correlate("paid", by="ann")
    assert engine.store.instances() == []


def test_a_timer_s_step_sends_in_its_own_transaction() -> None:
    wait = f'<bpmn:intermediateCatchEvent id="wait">{timer("timeDuration", "PT1H")}</bpmn:intermediateCatchEvent>'
    content = thrower(before=wait).replace(b'"begun" targetRef="tell"', b'"begun" targetRef="wait"').replace(
        b"</bpmn:process>", b'<bpmn:sequenceFlow id="w" sourceRef="wait" targetRef="tell"/></bpmn:process>')
    engine = engine_with(content, catcher())
    sender, waiting = engine.start("sender", {"amount": 1}, by="ann"), engine.start("receiver", by="ann")
    engine.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    assert engine.run_due() == 1
    assert (open_elements(engine, sender.id), open_elements(engine, waiting.id)) == (["after"], ["got"])


def waiting_and_sending(awaited: str, sent: str) -> bytes:
    return diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:intermediateCatchEvent id="told"><bpmn:messageEventDefinition messageRef="n"/></bpmn:intermediateCatchEvent>
    {user_task("got")}{user_task("a")}<bpmn:endEvent id="tell">{DEFINITION}</bpmn:endEvent>
    flow: begun>fork, fork>told, told>got, fork>a, a>tell""",
                   outside=f'<bpmn:message id="n" name="{awaited}"/><bpmn:message id="m" name="{sent}"/>')


@pytest.mark.parametrize(("sent", "expected"), [("paid_1", ["got"]), ("paid_2", [])])
def test_what_is_waited_for_is_what_it_was_called_when_the_waiting_began(sent: str, expected: list[str]) -> None:
    engine = engine_with(waiting_and_sending("paid_${number}", sent))
    instance = engine.start("example", {"number": 1}, by="ann")
    complete(engine, instance.id, "a", {"number": 2})
    assert open_elements(engine, instance.id) == expected
    assert bool(incidents(engine, instance.id)) == (not expected)
    assert_replays(engine, instance.id)


def test_an_instance_may_send_more_messages_at_once_than_may_cause_each_other() -> None:
    extensions = f"<bpmn:extensionElements>{property_of('message.timeToLive', 'P1D')}</bpmn:extensionElements>"
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:sendTask id="tell" messageRef="m">{extensions}
    <bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>1001</bpmn:loopCardinality>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:sendTask>{user_task("after")}
    flow: begun>tell, tell>after""", outside=PAID))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["after"]
    assert len(list(engine.store.messages("paid", at=engine.clock.now()))) == 1001


def test_what_waits_at_a_border_keeps_to_itself_what_its_own_instance_sends_it_as_what_comes_from_outside() -> None:
    output = '<zeebe:output source="=sum" target="paid"/>'
    engine = engine_with(b"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
    <bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=1"/>
    </bpmn:extensionElements></bpmn:message>""" + diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:parallelGateway id="fork"/><bpmn:userTask id="work"><bpmn:extensionElements><zeebe:userTask/>
    <zeebe:assignmentDefinition assignee="ann"/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:boundaryEvent id="told" attachedToRef="work" cancelActivity="false"><bpmn:extensionElements>
    <zeebe:ioMapping>{output}</zeebe:ioMapping></bpmn:extensionElements>{DEFINITION}</bpmn:boundaryEvent>
    <bpmn:endEvent id="noted"/><bpmn:endEvent id="tell"><bpmn:extensionElements><zeebe:ioMapping>
    <zeebe:input source="=2" target="sum"/></zeebe:ioMapping></bpmn:extensionElements>{DEFINITION}</bpmn:endEvent>
    flow: begun>fork, fork>work, fork>tell, told>noted""").partition(b'targetNamespace="test">')[2])
    instance = engine.start("example", by="ann")
    assert (engine.variables(instance.id), incidents(engine, instance.id)) == ({"paid": 2}, [])
    assert trace(engine, instance.id, "message_caught") == ["message_caught told"]
    assert_replays(engine, instance.id)


def test_several_messages_of_one_step_each_begin_an_instance() -> None:
    sender = diagram(
        """<bpmn:startEvent id="s"/><bpmn:sendTask id="send" messageRef="m"><bpmn:multiInstanceLoopCharacteristics>
        <bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:sendTask>
        <bpmn:endEvent id="e"/>
        flow: s>send, send>e""",
        key="sender", outside='<bpmn:message id="m" name="begin"/>',
    )
    begun = diagram(
        '<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
        + user_task("t") + "\nflow: s>t",
        key="begun", outside='<bpmn:message id="m" name="begin"/>',
    )
    engine = engine_with(begun, sender)
    sent = engine.start("sender", by="ann")
    assert (sent.status, incidents(engine, sent.id)) == ("completed", [])
    assert len(engine.store.instances(key="begun")) == 3
