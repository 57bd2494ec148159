"""Timers, messages, signals, errors and termination take effect where and when they should."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import AmbiguousCorrelation, NoMatchingSubscription
from tests.engine.diagrams import (
    BEGIN,
    complete,
    diagram,
    engine_with,
    incidents,
    open_elements,
    timer,
    trace,
    user_task,
)

REMINDED = f"""<bpmn:startEvent id="begun"/>{user_task("a")}<bpmn:endEvent id="ended"/>
<bpmn:boundaryEvent id="reminded" attachedToRef="a" cancelActivity="false">{timer("timeCycle", "R3/PT1H")}
</bpmn:boundaryEvent>{user_task("remind")}
<bpmn:boundaryEvent id="expired" attachedToRef="a">{timer("timeDuration", "P1D")}</bpmn:boundaryEvent>
{user_task("late")}
flow: begun>a, a>ended, reminded>remind, expired>late"""


def test_a_repeating_reminder_fires_three_times_and_the_limit_interrupts() -> None:
    engine = engine_with(diagram(REMINDED))
    instance = engine.start("example", by="ann")
    assert engine.run_due() == 0
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == ["a", "remind"]
    engine.clock.advance(timedelta(hours=5))
    assert engine.run_due() == 2
    assert open_elements(engine, instance.id) == ["a", "remind", "remind", "remind"]
    engine.clock.advance(timedelta(days=1))
    assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == ["late", "remind", "remind", "remind"]
    assert engine.store.jobs() == []


def test_completing_the_task_disarms_its_timers() -> None:
    engine = engine_with(diagram(REMINDED))
    instance = engine.start("example", by="ann")
    assert len(engine.store.jobs()) == 2
    complete(engine, instance.id, "a")
    assert engine.store.jobs() == []
    assert engine.instance(instance.id).status == "completed"


def test_a_timer_reads_its_instant_from_a_variable() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:scriptTask id="set" scriptFormat="feel" camunda:resultVariable="due">
    <bpmn:script>now() + duration("PT90M")</bpmn:script></bpmn:scriptTask>
    <bpmn:intermediateCatchEvent id="waited">{timer("timeDate", "${due}")}</bpmn:intermediateCatchEvent>
    {user_task("a", 'camunda:assignee="ann" camunda:dueDate="${due}"')}
    flow: begun>set, set>waited, waited>a"""))
    instance = engine.start("example", by="ann")
    (job,) = engine.store.jobs()
    assert job.due_at == BEGIN + timedelta(minutes=90)
    engine.clock.advance(timedelta(minutes=90))
    assert engine.run_due() == 1
    (task,) = engine.store.tasks(instance_id=instance.id)
    assert task.due_at == BEGIN + timedelta(minutes=90)


def test_a_timer_start_event_begins_an_instance_each_round() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="struck">{timer("timeCycle", "R2/PT1H")}</bpmn:startEvent>
    {user_task("a")}
    flow: struck>a"""))
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 1
    engine.clock.advance(timedelta(days=1))
    assert engine.run_due() == 1
    assert len(engine.store.instances(key="example")) == 2
    assert engine.store.jobs() == []


MESSAGE = '<bpmn:message id="m" name="paid"/><bpmn:signal id="s" name="alarm"/><bpmn:error id="e" errorCode="bad"/>'
CATCH = f"""<bpmn:startEvent id="begun"/><bpmn:intermediateCatchEvent id="payment_received">
<bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>{user_task("a")}
flow: begun>payment_received, payment_received>a"""


def test_a_message_reaches_the_one_instance_with_its_business_key() -> None:
    engine = engine_with(diagram(CATCH, outside=MESSAGE))
    first = engine.start("example", by="ann", business_key="K-1")
    second = engine.start("example", by="ann", business_key="K-2")
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("unknown", by="ann")
    with pytest.raises(AmbiguousCorrelation):
        engine.correlate("paid", by="ann")
    engine.correlate("paid", business_key="K-2", variables={"amount": 5}, by="ann")
    assert open_elements(engine, first.id) == []
    assert open_elements(engine, second.id) == ["a"]
    assert engine.instance(second.id).variables == {"amount": 5}
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("paid", business_key="K-2", by="ann")


def test_a_message_starts_an_instance() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="ordered"><bpmn:messageEventDefinition messageRef="m"/>
    </bpmn:startEvent>{user_task("a")}
    flow: ordered>a""", outside=MESSAGE))
    instance = engine.correlate("paid", business_key="K-7", variables={"x": 1}, by="ann")
    assert (instance.business_key, instance.variables) == ("K-7", {"x": 1})
    assert open_elements(engine, instance.id) == ["a"]


def test_a_non_interrupting_message_can_come_again_and_again() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    <bpmn:boundaryEvent id="asked" attachedToRef="a" cancelActivity="false">
    <bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>{user_task("b")}
    flow: begun>a, asked>b""", outside=MESSAGE))
    instance = engine.start("example", by="ann")
    for _ in range(3):
        engine.correlate("paid", by="ann")
    assert open_elements(engine, instance.id) == ["a", "b", "b", "b"]
    complete(engine, instance.id, "a")
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("paid", by="ann")


def test_a_signal_reaches_all_that_wait_and_a_thrown_one_too() -> None:
    waits = diagram(f"""<bpmn:startEvent id="begun"/><bpmn:intermediateCatchEvent id="alarmed">
    <bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateCatchEvent>{user_task("a")}
    flow: begun>alarmed, alarmed>a""", outside=MESSAGE)
    throws = diagram("""<bpmn:startEvent id="begun"/><bpmn:endEvent id="cried">
    <bpmn:signalEventDefinition signalRef="s"/></bpmn:endEvent>
    flow: begun>cried""", key="crier", outside=MESSAGE)
    engine = engine_with(waits, throws)
    first, second = engine.start("example", by="ann"), engine.start("example", by="ann")
    assert engine.start("crier", by="ann").status == "completed"
    for instance in (first, second):
        assert open_elements(engine, instance.id) == ["a"]
    assert engine.signal("alarm", by="ann") == 0


def test_the_first_event_behind_an_event_based_gateway_disarms_the_others() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:eventBasedGateway id="first"/>
    <bpmn:intermediateCatchEvent id="soon">{timer("timeDuration", "PT1H")}</bpmn:intermediateCatchEvent>
    <bpmn:intermediateCatchEvent id="later">{timer("timeDuration", "PT2H")}</bpmn:intermediateCatchEvent>
    <bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
    {user_task("a")}{user_task("b")}{user_task("c")}
    flow: begun>first, first>soon, first>later, first>paid, soon>a, later>b, paid>c""", outside=MESSAGE))
    timed = engine.start("example", by="ann", business_key="1")
    paid = engine.start("example", by="ann", business_key="2")
    engine.correlate("paid", business_key="2", by="ann")
    assert open_elements(engine, paid.id) == ["c"]
    engine.clock.advance(timedelta(hours=3))
    assert engine.run_due() == 1
    assert open_elements(engine, timed.id) == ["a"]
    assert engine.store.jobs() == []
    assert engine.store.subscriptions("message", "paid") == []


ERROR = f"""<bpmn:startEvent id="begun"/>
<bpmn:subProcess id="inner"><bpmn:startEvent id="inner_begun"/><bpmn:parallelGateway id="fork"/>
{user_task("a")}{user_task("b")}<bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>
flow: inner_begun>fork, fork>a, fork>b, a>failed
</bpmn:subProcess>
{user_task("after")}
"""


def test_an_error_interrupts_the_sub_process_around_it() -> None:
    engine = engine_with(diagram(ERROR + f"""<bpmn:boundaryEvent id="caught" attachedToRef="inner">
    <bpmn:errorEventDefinition errorRef="e" camunda:errorCodeVariable="code"/></bpmn:boundaryEvent>{user_task("repair")}
    flow: begun>inner, inner>after, caught>repair""", outside=MESSAGE))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a", "b"]
    complete(engine, instance.id, "a")
    assert open_elements(engine, instance.id) == ["repair"]
    assert engine.instance(instance.id).variables == {"code": "bad"}
    assert trace(engine, instance.id, "task_cancelled") == ["task_cancelled b"]


def test_an_error_that_nobody_catches_is_an_incident() -> None:
    engine = engine_with(diagram(ERROR + "flow: begun>inner, inner>after", outside=MESSAGE))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a")
    ((_, error),) = incidents(engine, instance.id)
    assert "nobody catches the error 'bad'" in error
    assert open_elements(engine, instance.id) == ["b"], "all others go on"


def test_a_terminate_end_event_ends_its_scope_at_once() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    <bpmn:startEvent id="inner_begun"/><bpmn:parallelGateway id="fork"/>{user_task("a")}{user_task("b")}
    <bpmn:endEvent id="stopped"><bpmn:terminateEventDefinition/></bpmn:endEvent>
    flow: inner_begun>fork, fork>a, fork>b, a>stopped
    </bpmn:subProcess>{user_task("after")}
    flow: begun>inner, inner>after"""))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a")
    assert open_elements(engine, instance.id) == ["after"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_sub_process_runs_inside_its_scope(interrupting: bool) -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    <bpmn:subProcess id="revoking" triggeredByEvent="true">
    <bpmn:startEvent id="revoked" isInterrupting="{str(interrupting).lower()}">
    <bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>{user_task("b")}
    flow: revoked>b
    </bpmn:subProcess>
    flow: begun>a""", outside=MESSAGE))
    quiet = engine.start("example", by="ann", business_key="q")
    complete(engine, quiet.id, "a")
    assert engine.instance(quiet.id).status == "completed"
    instance = engine.start("example", by="ann", business_key="k")
    engine.correlate("paid", business_key="k", variables={"why": "x"}, by="ann")
    assert open_elements(engine, instance.id) == (["b"] if interrupting else ["a", "b"])
    assert engine.instance(instance.id).variables == {"why": "x"}
    for element in open_elements(engine, instance.id):
        complete(engine, instance.id, element)
    assert engine.instance(instance.id).status == "completed"


def test_an_error_event_sub_process_catches_what_its_scope_throws() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    <bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>
    <bpmn:subProcess id="saving" triggeredByEvent="true">
    <bpmn:startEvent id="saved"><bpmn:errorEventDefinition errorRef="e"/></bpmn:startEvent>{user_task("b")}
    flow: saved>b
    </bpmn:subProcess>
    flow: begun>a, a>failed""", outside=MESSAGE))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a")
    assert open_elements(engine, instance.id) == ["b"]
    complete(engine, instance.id, "b")
    assert engine.instance(instance.id).status == "completed"


def test_a_timer_that_cannot_be_read_at_run_time_is_an_incident() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:intermediateCatchEvent id="waited">
    {timer("timeDate", "${when}")}</bpmn:intermediateCatchEvent>{user_task("a")}
    flow: begun>waited, waited>a"""))
    failed = engine.start("example", {"when": "soon"}, by="ann")
    assert [element for element, _ in incidents(engine, failed.id)] == ["waited"]
    instance = engine.start("example", {"when": "2026-10-09T12:00:00"}, by="ann")
    assert instance.positions == ["waited"]
    (job,) = engine.store.jobs(instance_id=instance.id)
    assert job.due_at == datetime(2026, 10, 9, 4, 0, tzinfo=UTC), "a local time is meant"


def test_a_message_that_two_processes_are_started_by_is_ambiguous() -> None:
    start = f"""<bpmn:startEvent id="ordered"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>
    {user_task("a")}
    flow: ordered>a"""
    engine = engine_with(diagram(start, outside=MESSAGE), diagram(start, key="second", outside=MESSAGE))
    with pytest.raises(AmbiguousCorrelation):
        engine.correlate("paid", by="ann")


@pytest.mark.parametrize("body", [
    '<bpmn:intermediateCatchEvent id="n"><bpmn:messageEventDefinition messageRef="x"/></bpmn:intermediateCatchEvent>',
    '<bpmn:intermediateThrowEvent id="n"><bpmn:signalEventDefinition signalRef="y"/></bpmn:intermediateThrowEvent>',
    '<bpmn:receiveTask id="n" messageRef="x"/>', '<bpmn:serviceTask id="n" camunda:topic="${unknown}"/>',
])
def test_a_name_that_comes_to_nothing_is_an_error(body: str) -> None:
    outside = '<bpmn:message id="x" name="${unknown}"/><bpmn:signal id="y" name="${unknown}"/>'
    engine = engine_with(diagram(f'<bpmn:startEvent id="begun"/>{body}\nflow: begun>n', outside=outside))
    instance = engine.start("example", by="ann")
    ((element, error),) = incidents(engine, instance.id)
    assert element == "n" and "has no name" in error


def test_a_message_that_came_too_late_finds_nothing() -> None:
    engine = engine_with(diagram(CATCH, outside=MESSAGE))
    instance = engine.start("example", by="ann")
    (late,) = engine.store.subscriptions("message", "paid")
    engine.correlate("paid", by="ann")
    assert not engine.instance(instance.id).waits_for(late)
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("paid", instance_id=instance.id, by="ann")
