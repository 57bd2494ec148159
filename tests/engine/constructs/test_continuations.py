"""Asynchronous continuations, retry cycles and priorities of jobs, as Camunda 7 draws them."""

from datetime import timedelta

import pytest

from engine.dialect.finding import DeploymentRefused
from engine.errors import NoMatchingSubscription
from engine.retry import parse_cycle
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import conditional, diagram, engine_with, incidents, open_elements, timer, trace, user_task

CYCLE = "<bpmn:extensionElements><camunda:failedJobRetryTimeCycle>{}</camunda:failedJobRetryTimeCycle>" \
        "</bpmn:extensionElements>"
BOTH = 'camunda:asyncBefore="true" camunda:asyncAfter="true" camunda:exclusive="false"'
MESSAGE = '<bpmn:message id="m" name="go"/>'


@pytest.mark.parametrize(
    "element",
    [
        f'<bpmn:task id="x" {BOTH}/>',
        f'<bpmn:scriptTask id="x" scriptFormat="FEEL" camunda:resultVariable="y" {BOTH}><bpmn:script>1</bpmn:script>'
        "</bpmn:scriptTask>",
        f'<bpmn:exclusiveGateway id="x" {BOTH}/>', f'<bpmn:parallelGateway id="x" {BOTH}/>',
        f'<bpmn:inclusiveGateway id="x" {BOTH}/>', f'<bpmn:intermediateThrowEvent id="x" {BOTH}/>',
        f'<bpmn:subProcess id="x" {BOTH}><bpmn:task id="inner"/></bpmn:subProcess>',
        f'<bpmn:adHocSubProcess id="x" {BOTH}><bpmn:task id="inner"/></bpmn:adHocSubProcess>',
        f'<bpmn:task id="x" {BOTH}><bpmn:multiInstanceLoopCharacteristics>'
        "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:task>",
        f'<bpmn:task id="x" {BOTH}><bpmn:standardLoopCharacteristics loopMaximum="2"/></bpmn:task>',
    ],
)
def test_a_job_runs_the_node_and_another_one_leaves_it(element: str) -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{element}{user_task("after")}
    flow: begun>x, x>after"""))
    instance = engine.start("example", by="ann")
    assert instance.positions == ["x"]
    assert len(engine.store.jobs(instance_id=instance.id)) == 1
    engine.run_one()
    assert (engine.instance(instance.id).positions, open_elements(engine, instance.id)) == (["x"], [])
    engine.run_one()
    assert (open_elements(engine, instance.id), engine.store.jobs()) == (["after"], [])
    assert_refed_alike(engine, instance.id)


def test_start_and_end_events_wait_for_jobs_too() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun" {BOTH}/><bpmn:endEvent id="ended" {BOTH}/>
    flow: begun>ended"""))
    instance = engine.start("example", by="ann")
    assert (instance.status, engine.run_due()) == ("active", 4)
    assert engine.instance(instance.id).status == "completed"
    assert_refed_alike(engine, instance.id)


def test_a_border_and_an_event_sub_process_go_on_by_a_job_with_what_they_received() -> None:
    border = f"""<bpmn:boundaryEvent id="e" attachedToRef="work" {BOTH}>
    <bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>"""
    inside = f"""<bpmn:subProcess id="help" triggeredByEvent="true"><bpmn:startEvent id="e" {BOTH}>
    <bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>{user_task("other")}
    <bpmn:sequenceFlow id="f" sourceRef="e" targetRef="other"/></bpmn:subProcess>"""
    flow = '<bpmn:sequenceFlow id="f" sourceRef="e" targetRef="other"/>'
    for drawn in (border + user_task("other") + flow, inside):
        engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("work")}{drawn}
        flow: begun>work""", outside=MESSAGE))
        instance = engine.start("example", by="ann")
        engine.correlate("go", instance_id=instance.id, variables={"n": 1}, by="ann")
        assert open_elements(engine, instance.id) == []
        assert (engine.run_due(), open_elements(engine, instance.id)) == (2, ["other"])
        assert engine.instance(instance.id).variables == {"n": 1}
        entered = trace(engine, instance.id, "element_entered")
        assert entered.count("element_entered e") == 1
        assert_refed_alike(engine, instance.id)


def test_each_instance_of_a_multi_instance_may_have_jobs_of_its_own() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="x">
    <bpmn:multiInstanceLoopCharacteristics {BOTH}><bpmn:loopCardinality>3</bpmn:loopCardinality>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:task>{user_task("after")}
    flow: begun>x, x>after"""))
    instance = engine.start("example", by="ann")
    assert len(engine.store.jobs(instance_id=instance.id)) == 3
    assert engine.run_due() == 6
    assert open_elements(engine, instance.id) == ["after"]


def test_a_done_activity_that_waits_to_be_left_is_not_interrupted() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:receiveTask id="work" messageRef="m" camunda:asyncAfter="true"/>
    <bpmn:boundaryEvent id="late" attachedToRef="work"><bpmn:timerEventDefinition>
    <bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
    {user_task("after")}{user_task("other")}
    flow: begun>work, work>after, late>other""", outside=MESSAGE))
    instance = engine.start("example", by="ann")
    engine.correlate("go", instance_id=instance.id, by="ann")
    (job,) = engine.store.jobs(instance_id=instance.id)
    assert job.kind == "async"
    engine.run_due()
    assert open_elements(engine, instance.id) == ["after"]


def test_what_fails_is_tried_again_by_its_cycle_and_then_is_an_incident() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:scriptTask id="x" scriptFormat="FEEL" camunda:asyncBefore="true">{CYCLE.format("R3/PT10M")}
    <bpmn:script>answer</bpmn:script></bpmn:scriptTask>
    flow: begun>x"""))
    instance = engine.start("example", {"answer": 1}, by="ann")
    assert [(job.retries, job.kind) for job in engine.store.jobs()] == [(3, "async")]
    for left in (2, 1):
        assert engine.run_due() == 1
        (job,) = engine.store.jobs()
        assert (job.retries, job.due_at) == (left, engine.clock.now() + timedelta(minutes=10))
        assert incidents(engine, instance.id) == []
        assert engine.run_due() == 0
        engine.clock.advance(timedelta(minutes=10))
    assert engine.run_due() == 1
    assert [element for element, _ in incidents(engine, instance.id)] == ["x"]
    assert trace(engine, instance.id, "attempt_failed", "incident_raised") == [
        "attempt_failed x", "attempt_failed x", "incident_raised x"
    ]
    assert_refed_alike(engine, instance.id)
    engine.set_variables(instance.id, {"answer": {"b": 2}}, by="admin", reason="repaired")
    engine.retry_job(engine.incidents()[0].id, by="admin")
    engine.run_due()
    assert engine.instance(instance.id).status == "completed"


def test_a_second_attempt_may_succeed() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:scriptTask id="x" scriptFormat="FEEL">{CYCLE.format("PT1M,PT2M")}
    <bpmn:script>answer</bpmn:script></bpmn:scriptTask>
    flow: begun>x"""))
    instance = engine.start("example", {"answer": 1}, by="ann")
    engine.set_variables(instance.id, {"answer": {"b": 2}}, by="admin", reason="repaired")
    engine.clock.advance(timedelta(minutes=1))
    assert engine.run_due() == 1
    assert engine.instance(instance.id).status == "completed"
    assert_refed_alike(engine, instance.id)


def test_external_work_and_timers_are_tried_as_often_as_their_cycle_says() -> None:
    def fails(call: object) -> None:
        raise RuntimeError

    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:serviceTask id="x" camunda:type="external" camunda:topic="t" camunda:taskPriority="7">
    {CYCLE.format("PT1M,PT5M")}</bpmn:serviceTask>
    flow: begun>x"""), services={"t": fails})
    engine.start("example", by="ann")
    for left, rest in ((2, 1), (1, 5), (0, 5)):
        assert engine.run_due() == 1
        (job,) = engine.store.jobs()
        assert (job.retries, job.due_at, job.priority) == (left, engine.clock.now() + timedelta(minutes=rest), 7)
        engine.clock.advance(timedelta(minutes=rest))


def test_jobs_have_the_priority_of_their_element_or_else_of_the_process() -> None:
    engine = engine_with(diagram("""<bpmn:startEvent id="begun"/><bpmn:task id="x" camunda:asyncBefore="true"/>
    <bpmn:task id="y" camunda:asyncBefore="true" camunda:jobPriority="${p}"/>
    <bpmn:serviceTask id="z" camunda:type="external" camunda:topic="t"/>
    flow: begun>x, begun>y, begun>z""", attributes='camunda:jobPriority="3" camunda:taskPriority="4"'))
    engine.start("example", {"p": 9}, by="ann")
    assert {job.element_id: job.priority for job in engine.store.jobs()} == {"x": 3, "y": 9, "z": 4}
    wrong = engine.start("example", {"p": "high"}, by="ann")
    assert [element for element, _ in incidents(engine, wrong.id)] == ["y"]


@pytest.mark.parametrize(
    ("text", "attempts", "minutes"),
    [("R5/PT10M", 5, [10]), ("PT10M", 2, [10]), ("PT10M, PT20M", 3, [10, 20]), ("R3/PT1H", 3, [60])],
)
def test_cycles_are_read_as_camunda_reads_them(text: str, attempts: int, minutes: list[int]) -> None:
    cycle = parse_cycle(text)
    assert cycle is not None
    assert (cycle.attempts, [rest / timedelta(minutes=1) for rest in cycle.rests]) == (attempts, minutes)


@pytest.mark.parametrize("text", ["", "5", "R/PT5M", "R0/PT5M", "PT5M,", "R2/P1M", "${cycle}"])
def test_a_cycle_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(DeploymentRefused, match="retry cycle"):
        engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="x">{CYCLE.format(text)}</bpmn:task>
        flow: begun>x"""))


def test_what_has_been_given_out_is_not_given_out_again_when_only_the_way_on_was_missing() -> None:
    output = """<bpmn:extensionElements><camunda:inputOutput>
    <camunda:outputParameter name="n">${n + 1}</camunda:outputParameter></camunda:inputOutput>
    </bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="count">{output}</bpmn:task>
    {user_task("many")}{conditional("enough", "count", "many", "${n > 5}")}
    flow: begun>count"""))
    instance = engine.start("example", {"n": 0}, by="ann")
    assert [place for place, _ in incidents(engine, instance.id)] == ["count"]
    engine.set_variables(instance.id, {"n": 6}, by="ann", reason="counted by hand")
    engine.retry_job(engine.incidents()[0].id, by="ann")
    engine.run_due()
    assert (engine.variables(instance.id), open_elements(engine, instance.id)) == ({"n": 6}, ["many"])
    assert_refed_alike(engine, instance.id)


@pytest.mark.parametrize(
    "element",
    [
        '<bpmn:serviceTask id="x" camunda:type="external" camunda:topic="t" camunda:asyncAfter="true"/>',
        '<bpmn:receiveTask id="x" messageRef="m" camunda:asyncAfter="true"/>',
        '<bpmn:intermediateCatchEvent id="x" camunda:asyncAfter="true"><bpmn:messageEventDefinition messageRef="m"/>'
        "</bpmn:intermediateCatchEvent>",
        f'<bpmn:intermediateCatchEvent id="x" camunda:asyncAfter="true">{timer("timeDuration", "PT0S")}'
        "</bpmn:intermediateCatchEvent>",
    ],
)
def test_what_is_done_and_waits_to_be_left_is_neither_leased_nor_reached_once_more(element: str) -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{element}{user_task("after")}
    flow: begun>x, x>after""", outside=MESSAGE))
    instance = engine.start("example", by="ann")
    if "external" in element:
        (job,) = engine.lock_jobs(["t"], "worker")
        engine.complete_job(job.id, "worker")
    elif "timer" in element:
        engine.run_one()
    else:
        engine.correlate("go", by="ann")
    assert [job.kind for job in engine.store.jobs(instance_id=instance.id)] == ["async"]
    assert engine.lock_jobs(["t"], "another") == []
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("go", by="ann")
    assert engine.run_due() == 1
    assert (open_elements(engine, instance.id), engine.store.jobs()) == (["after"], [])
    assert_refed_alike(engine, instance.id)


def test_the_older_name_of_async_before_is_read() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="x" camunda:async="true"/>
    {user_task("after")}
    flow: begun>x, x>after"""))
    instance = engine.start("example", by="ann")
    assert (instance.positions, engine.run_due()) == (["x"], 1)
    assert open_elements(engine, instance.id) == ["after"]
