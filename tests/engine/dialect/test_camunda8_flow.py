"""What waits, repeats, calls and listens in diagrams of Camunda 8 does so as its documentation says."""

from datetime import timedelta

import pytest

from engine.errors import ExecutionFailed, NoMatchingSubscription
from engine.job import ServiceCall
from tests.engine.diagrams import (
    BEGIN,
    complete,
    engine_with,
    open_elements,
    trace,
)
from tests.engine.dialect.zeebe import (
    PAID,
    WAITING,
    Variables,
    assert_refed,
    begun,
    drawn,
    element,
    job,
    listeners,
    many,
    mapping,
    refusals,
    user,
    work,
)

# -- multi-instances


OVER_ITEMS = ('inputCollection="= items"', 'inputElement="item"')
COLLECTING = (*OVER_ITEMS, 'outputCollection="results"', 'outputElement="= result"')


@pytest.mark.parametrize("sequential", [False, True])
def test_instances_count_from_one_and_collect_their_results(sequential: bool) -> None:
    calls: list[tuple[object, object]] = []

    def answer(call: ServiceCall) -> dict[str, object]:
        calls.append((call.variables["loopCounter"], call.variables["item"]))
        return {"result": str(call.variables["item"]).upper()}

    content = drawn(job("a", inside=many(*COLLECTING, sequential=sequential)))
    engine, instance = begun(content, {"items": ["x", "y"]}, services={"work": answer})
    engine.run_due()
    assert calls == [(1, "x"), (2, "y")]
    assert engine.variables(instance.id) == {"items": ["x", "y"], "results": ["X", "Y"]}


def test_output_mappings_of_an_instance_feed_its_output_element() -> None:
    content = drawn(job("a", mapping("out: = found.id > result"), inside=many(*COLLECTING)))
    engine, instance = begun(
        content, {"items": [1, 2]}, services={"work": lambda call: {"found": {"id": call.variables["item"]}}}
    )
    engine.run_due()
    assert engine.variables(instance.id) == {"items": [1, 2], "results": [1, 2]}
    assert_refed(engine, instance.id)


def test_an_empty_collection_gives_an_empty_output() -> None:
    engine, instance = begun(drawn(job("a", inside=many(*COLLECTING))), {"items": []})
    assert engine.variables(instance.id) == {"items": [], "results": []}


@pytest.mark.parametrize(("condition", "done"), [
    ("= result = 2", 2), ("= numberOfCompletedInstances / numberOfInstances &gt;= 0.75", 3),
    ("= numberOfActiveInstances &lt; 2", 3),
])
def test_a_completion_condition_sees_the_counts_and_the_last_instance(condition: str, done: int) -> None:
    content = drawn(user("a", inside=many(*COLLECTING, condition=condition)))
    engine, instance = begun(content, {"items": [1, 2, 3, 4]})
    for number in range(done):
        assert open_elements(engine, instance.id) == ["a"] * (4 - number)
        complete(engine, instance.id, "a", {"result": number + 1})
    assert engine.instance(instance.id).status == "completed"


# -- calls


CALLED = drawn(job("inside", topic="inner")).replace(b'process id="example"', b'process id="called"')


def call(*attributes: str, outputs: str = "") -> bytes:
    element_text = f'<zeebe:calledElement processId="called" {" ".join(attributes)}/>'
    return drawn(element("callActivity", "a", element_text, outputs))


@pytest.mark.parametrize(("attributes", "mappings", "seen", "left"), [
    ((), "", {"x": 1}, {"x": 1, "found": 2, "y": 3}),
    (('propagateAllChildVariables="false"',), "", {"x": 1}, {"x": 1}),
    (('propagateAllParentVariables="false"',), mapping("in: = x + 1 > own"), {"own": 2}, {"x": 1, "found": 2, "y": 3}),
    (('propagateAllChildVariables="false"',), mapping("out: = found * 2 > twice"), {"x": 1}, {"x": 1, "twice": 4}),
    (("",), mapping("out: = found * 2 > twice"), {"x": 1}, {"x": 1, "twice": 4}),
])
def test_a_call_hands_over_what_it_says(
    attributes: tuple[str, ...], mappings: str, seen: Variables, left: Variables
) -> None:
    engine = engine_with(CALLED, call(*attributes, outputs=mappings))
    instance = engine.start("example", {"x": 1}, by="ann")
    [waiting] = engine.store.jobs(instance_id=instance.id)
    assert engine.job_variables(waiting) == seen
    work(engine, "inner", {"found": 2, "y": 3})
    assert engine.variables(instance.id) == left


def test_a_call_may_be_computed_and_bound_to_a_version_tag() -> None:
    tagged = CALLED.replace(
        b'isExecutable="true">',
        b'isExecutable="true"><bpmn:extensionElements><zeebe:versionTag value="v1"/></bpmn:extensionElements>', 1,
    )
    caller = drawn(element(
        "callActivity", "a", '<zeebe:calledElement processId="= name" bindingType="versionTag" versionTag="v1"/>'
    ))
    engine = engine_with(tagged, CALLED.replace(b"inner", b"newer"), caller)
    instance = engine.start("example", {"name": "called"}, by="ann")
    assert [waiting.topic for waiting in engine.store.jobs(instance_id=instance.id)] == ["inner"]


# -- messages and other events


@pytest.mark.parametrize(("kind", "inside", "attributes"), [
    ("intermediateCatchEvent", WAITING, ""), ("receiveTask", "", 'messageRef="m"'),
])
def test_a_message_finds_the_one_that_waits_with_its_key(kind: str, inside: str, attributes: str) -> None:
    content = drawn(
        element(kind, "a", mapping("out: = sum > paid"), inside=inside, attributes=attributes), outside=PAID
    )
    engine = engine_with(content)
    one, other = (engine.start("example", {"kind": "big", "order": order}, by="ann") for order in (1, 2))
    engine.correlate("paid-big", correlation_key=2, variables={"sum": 5, "more": 6}, by="ann")
    assert engine.instance(one.id).status == "active"
    assert engine.instance(other.id).status == "completed"
    assert engine.variables(other.id) == {"kind": "big", "order": 2, "paid": 5}
    assert_refed(engine, other.id)


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
def test_a_message_event_may_send_by_a_worker(kind: str) -> None:
    task = '<zeebe:taskDefinition type="send" retries="2"/>'
    header = '<zeebe:taskHeaders><zeebe:header key="to" value="town"/></zeebe:taskHeaders>'
    inside = element(kind, "throw", task, header, mapping("in: = x > text"), inside=WAITING)
    content = drawn(inside, outside=PAID, after="throw" if kind == "endEvent" else "end")
    calls: list[ServiceCall] = []
    engine, instance = begun(content, {"x": 1}, services={"send": lambda call: calls.append(call)})
    assert [waiting.retries for waiting in engine.store.jobs(instance_id=instance.id)] == [2]
    engine.run_due()
    assert [(dict(call.variables), dict(call.headers)) for call in calls] == [({"text": 1}, {"to": "town"})]
    assert engine.instance(instance.id).status == "completed"


def test_a_boundary_event_keeps_what_it_does_not_put_out() -> None:
    boundary = (
        element("boundaryEvent", "paid", mapping("out: = sum > paid"), inside=WAITING, attributes='attachedToRef="a"')
        + '<bpmn:endEvent id="e2"/><bpmn:sequenceFlow id="b" sourceRef="paid" targetRef="e2"/>'
    )
    content = drawn(user("a", mapping("in: = 7 > order")) + boundary, outside=PAID)
    engine, instance = begun(content, {"kind": "x"})
    engine.correlate("paid-x", correlation_key=7, variables={"sum": 1, "more": 2}, by="ann")
    assert engine.variables(instance.id) == {"kind": "x", "paid": 1}


def test_the_code_of_a_thrown_error_may_be_an_expression() -> None:
    errors = '<bpmn:error id="e" errorCode="= code"/><bpmn:error id="f" errorCode="bad"/>'
    inner = (
        '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="i" sourceRef="s" targetRef="t"/>'
        '<bpmn:endEvent id="t"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>'
    )
    boundary = (
        '<bpmn:boundaryEvent id="caught" attachedToRef="sub"><bpmn:errorEventDefinition errorRef="f"/>'
        '</bpmn:boundaryEvent><bpmn:endEvent id="e2"/><bpmn:sequenceFlow id="b" sourceRef="caught" targetRef="e2"/>'
    )
    content = drawn(element("subProcess", "sub", inside=inner) + boundary, outside=errors)
    engine, instance = begun(content, {"code": "bad"})
    assert "element_left caught" in trace(engine, instance.id, "element_left")
    waiting_for_it = drawn(element("subProcess", "sub", inside=inner) + boundary.replace('"f"', '"e"'), outside=errors)
    assert ("value_unsupported", "caught") in refusals(waiting_for_it)


def test_what_a_worker_s_error_brings_stays_with_the_event_that_catches_it() -> None:
    boundary = (
        element("boundaryEvent", "caught", mapping("out: = reason > why"), attributes='attachedToRef="a"',
                inside='<bpmn:errorEventDefinition errorRef="f"/>')
        + '<bpmn:endEvent id="e2"/><bpmn:sequenceFlow id="b" sourceRef="caught" targetRef="e2"/>'
    )
    engine, instance = begun(drawn(job("a") + boundary, outside='<bpmn:error id="f" errorCode="bad"/>'))
    [locked] = engine.lock_jobs(["work"], "worker")
    engine.throw_error(locked.id, "worker", "bad", {"reason": "late", "more": 1})
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id) == {"why": "late"}
    assert_refed(engine, instance.id)


def test_an_event_sub_process_keeps_what_its_start_does_not_put_out() -> None:
    beside = 'isInterrupting="false"'
    start = element("startEvent", "s", mapping("out: = sum > paid"), inside=WAITING, attributes=beside)
    inner = start + '<bpmn:endEvent id="t"/><bpmn:sequenceFlow id="i" sourceRef="s" targetRef="t"/>'
    sub = f'<bpmn:subProcess id="sub" triggeredByEvent="true">{inner}</bpmn:subProcess>'
    engine, instance = begun(drawn(f" {sub}\n{user('a')}", outside=PAID), {"kind": "x", "order": 1})
    engine.correlate("paid-x", correlation_key=1, variables={"sum": 3, "more": 1}, by="ann")
    assert engine.variables(instance.id) == {"kind": "x", "order": 1, "paid": 3}
    assert_refed(engine, instance.id)


def test_a_timer_s_value_may_be_an_expression() -> None:
    event = (
        '<bpmn:intermediateCatchEvent id="a"><bpmn:timerEventDefinition><bpmn:timeDuration>= duration(wait)'
        "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )
    engine, instance = begun(drawn(event), {"wait": "PT2H"})
    [waiting] = engine.store.jobs(instance_id=instance.id)
    assert waiting.due_at == BEGIN + timedelta(hours=2)


# -- listeners


def test_an_element_waits_for_each_of_its_listeners() -> None:
    heard = listeners("execution", ("start", "first"), ("start", "second"), ("end", "last"))
    engine, instance = begun(drawn(job("a", heard, mapping("in: = 1 > own", "out: = own + x > sum"))))
    [waiting] = engine.store.jobs(instance_id=instance.id)
    assert (waiting.topic, waiting.retries) == ("first", 2)
    work(engine, "first", {"x": 5})
    work(engine, "second", {"own": 2})
    assert engine.variables(instance.id) == {}  # what a start listener gives is the element's own
    work(engine, "work", {"more": 1})
    assert engine.variables(instance.id) == {"sum": 7}
    work(engine, "last", {"noted": True})
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id) == {"sum": 7, "noted": True}
    assert_refed(engine, instance.id)


def test_a_listener_is_told_its_own_headers_and_throws_no_error() -> None:
    calls: list[ServiceCall] = []
    engine, _ = begun(
        drawn(job("a", listeners("execution", ("start", "first")))), services={"first": lambda call: calls.append(call)}
    )
    with pytest.raises(ExecutionFailed, match="listener of a"):
        engine.throw_error(engine.lock_jobs(["first"], "worker")[0].id, "worker", "bad")
    engine.clock.advance(timedelta(minutes=6))
    engine.run_due()
    assert [dict(call.headers) for call in calls] == [{"who": "listener"}]


def test_a_user_task_waits_for_its_listeners_before_it_opens_and_after_it_is_done() -> None:
    heard = listeners("task", ("creating", "prepare"), ("completing", "review"))
    engine, instance = begun(drawn(user("a", heard)))
    assert open_elements(engine, instance.id) == []
    work(engine, "prepare", {"hint": "x"})
    assert open_elements(engine, instance.id) == ["a"]
    complete(engine, instance.id, "a", {"answer": 1})
    assert engine.instance(instance.id).status == "active"
    work(engine, "review", {"answer": 2})
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id) == {"answer": 2}
    assert_refed(engine, instance.id)


def test_events_on_the_border_wait_for_the_start_listeners() -> None:
    boundary = element("boundaryEvent", "paid", inside=WAITING, attributes='attachedToRef="a"')
    after = '<bpmn:endEvent id="e2"/><bpmn:sequenceFlow id="b" sourceRef="paid" targetRef="e2"/>'
    heard = listeners("execution", ("start", "first"))
    engine, instance = begun(drawn(user("a", heard) + boundary + after, outside=PAID), {"kind": "x", "order": 1})
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("paid-x", correlation_key=1, by="ann")
    work(engine, "first")
    engine.correlate("paid-x", correlation_key=1, by="ann")
    assert engine.instance(instance.id).status == "completed"


@pytest.mark.parametrize("place", ["gateway", "event", "process", "sub-process"])
def test_whatever_ends_may_have_listeners(place: str) -> None:
    heard = listeners("execution", ("end", "told"))
    inner = '<bpmn:startEvent id="s"/><bpmn:endEvent id="t"/><bpmn:sequenceFlow id="i" sourceRef="s" targetRef="t"/>'
    inside = {
        "gateway": element("exclusiveGateway", "a", heard), "event": element("intermediateThrowEvent", "a", heard),
        "process": "", "sub-process": element("subProcess", "a", heard, inside=inner),
    }[place]
    process = f"<bpmn:extensionElements>{heard}</bpmn:extensionElements>" if place == "process" else ""
    engine, instance = begun(drawn(inside, process=process))
    assert instance.status == "active"
    work(engine, "told", {"x": 1})
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id) == {"x": 1}
    assert_refed(engine, instance.id)


# -- ad-hoc sub-processes and beginnings


def test_an_ad_hoc_sub_process_starts_what_its_collection_names() -> None:
    ad_hoc = (
        '<zeebe:adHoc activeElementsCollection="= chosen" outputCollection="results" outputElement="= result"/>'
    )
    inside = f"{user('one')}{user('two')}{user('three')}"
    content = drawn("(here)", before="begun").decode()
    content = content.replace("(here)", element("adHocSubProcess", "hoc", ad_hoc, inside=inside)).replace(
        '<bpmn:sequenceFlow id="f0" sourceRef="begun" targetRef="end"/>',
        '<bpmn:sequenceFlow id="f0" sourceRef="begun" targetRef="hoc"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="hoc" targetRef="end"/>',
    )
    engine, instance = begun(content.encode(), {"chosen": ["one", "three"]})
    assert open_elements(engine, instance.id) == ["one", "three"]
    complete(engine, instance.id, "one", {"result": 1})
    complete(engine, instance.id, "three", {"result": 3})
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id)["results"] == [1, 3]


def test_a_message_that_starts_a_process_gives_it_what_its_outputs_say() -> None:
    start = element("startEvent", "asked", mapping("out: = sum * 2 > twice"), inside=WAITING)
    engine = engine_with(drawn(start + job("a"), outside=PAID.replace("= &quot;paid-&quot; + kind", "paid"),
                               before="asked"))
    instance = engine.correlate("paid", variables={"sum": 4, "more": 1}, by="ann")
    assert engine.variables(instance.id) == {"twice": 8}
    assert_refed(engine, instance.id)
