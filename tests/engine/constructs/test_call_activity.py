"""A call activity runs another definition's process inside the caller's instance, with variables of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import DeploymentRefused, Engine, ProcessInstance
from engine.clock import MovingClock
from engine.elements.call_activity import MAX_DEPTH
from engine.errors import ExecutionFailed
from engine.feel.values import Function
from engine.job import ServiceCall
from engine.replay import first_difference, refeed
from engine.store.memory import MemoryStore
from engine.surroundings import Surroundings
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

HERE = Path(__file__).parent
COURSE = ("element_entered", "element_left", "element_cancelled", "flow_taken", "process_called")
ALL_IN_AND_OUT = '<camunda:in variables="all"/><camunda:out variables="all"/>'


def call(inside: str = "", attributes: str = 'calledElement="called"', loop: str = "", name: str = "call") -> str:
    """Return a call activity with mappings."""
    extensions = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else ""
    return f'<bpmn:callActivity id="{name}" {attributes}>{extensions}{loop}</bpmn:callActivity>'


def caller(activity: str, more: str = "", flows: str = "", outside: str = "", key: str = "caller") -> bytes:
    """Return a process that calls and ends; boundary events and their ways may be added."""
    body = f"""<bpmn:startEvent id="begun"/>{activity}{more}<bpmn:endEvent id="ended"/>
    flow: begun>call, call>ended{flows}"""
    return diagram(body, key=key, outside=outside)


def called(body: str, flows: str, outside: str = "", key: str = "called", attributes: str = "") -> bytes:
    """Return a process that can be called."""
    return diagram(f'<bpmn:startEvent id="begun"/>{body}\nflow: {flows}', key=key, outside=outside,
                   attributes=attributes)


ONE_TASK = called(user_task("work") + '<bpmn:endEvent id="ended"/>', "begun>work, work>ended")


def deployed(*files: bytes, **options: Any) -> Engine:
    """Return an engine with several diagrams in one deployment."""
    engine = Engine(MemoryStore("test"), clock=MovingClock(BEGIN), **options)
    engine.deploy({f"file{number}.bpmn": content for number, content in enumerate(files)}, by="admin")
    return engine


def started(engine: Engine, variables: Mapping[str, Any] | None = None, **options: Any) -> ProcessInstance:
    return engine.start("caller", variables, by="ann", **options)


def is_refed(engine: Engine, instance: ProcessInstance) -> bool:
    """Whether the history comes out again when its inputs are fed to a fresh instance."""
    events = engine.events(instance.id)
    around = Surroundings(library=engine._catalog)
    again = refeed(events, instance.definition, around, instance_id=instance.id)
    engine.verify(instance.id)
    return first_difference(events, again) is None


def findings(*files: bytes, engine: Engine | None = None) -> list[tuple[str, str | None]]:
    """Return rule and element of all errors."""
    checked = (engine or Engine(MemoryStore("check"))).check(
        {f"file{number}.bpmn": content for number, content in enumerate(files)}
    )
    return [(finding.rule, finding.element_id) for finding in checked if finding.severity == "error"]


# -- the plain way


def test_the_called_process_runs_between_entering_and_leaving_the_call_activity() -> None:
    engine = deployed(*((HERE / name).read_bytes() for name in ("call_activity.bpmn", "called_process.bpmn")))
    instance = engine.start("order", {"customer": "Bo", "amount": 4}, by="ann")
    assert engine.instance(instance.id).positions == ["check"]
    complete(engine, instance.id, "look_up", {"is_good": True})
    assert engine.instance(instance.id).status == "completed"
    assert trace(engine, instance.id, *COURSE) == [
        "element_entered order", "element_entered ordered", "element_left ordered", "flow_taken to_check",
        "element_entered check", "process_called check",
        "element_entered credit_check", "element_entered ordered", "element_left ordered", "flow_taken to_check",
        "element_entered look_up", "element_left look_up", "flow_taken to_end",
        "element_entered checked", "element_left checked", "element_left credit_check",
        "element_left check", "flow_taken to_end", "element_entered delivered", "element_left delivered",
        "element_left order",
    ]
    assert engine.variables(instance.id) == {"customer": "Bo", "amount": 4, "may_pay_later": True}
    written = [
        (event.data["scope"] == 1, name, value) for event in engine.events(instance.id)
        for name, value in event.values.items() if event.kind == "variable_written"
    ]
    assert written == [
        (True, "amount", 4), (True, "customer", "Bo"), (False, "who", "Bo"), (False, "limit", 5),
        (False, "is_good", True), (True, "may_pay_later", True),
    ]
    assert is_refed(engine, instance)


def test_what_happens_inside_bears_the_number_of_the_call() -> None:
    engine = deployed(*((HERE / name).read_bytes() for name in ("call_activity.bpmn", "called_process.bpmn")))
    instance = engine.start("order", {"customer": "Bo", "amount": 4}, by="ann")
    (running,) = engine.instance(instance.id).calls
    assert (running.element_id, running.definition.key, running.positions) == ("check", "credit_check", ["look_up"])
    complete(engine, instance.id, "look_up")
    marked = [
        f"{event.kind} {event.element_id}" for event in engine.events(instance.id)
        if event.data.get("call") == running.number
    ]
    assert marked == [
        "element_entered credit_check", "element_entered ordered", "element_left ordered", "flow_taken to_check",
        "element_entered look_up", "task_created look_up", "task_completed look_up", "element_left look_up",
        "flow_taken to_end", "element_entered checked", "element_left checked", "element_left credit_check",
    ]
    assert engine.instance(instance.id).calls == []


def test_tasks_jobs_and_subscriptions_belong_to_the_called_definition() -> None:
    body = f"""<bpmn:parallelGateway id="fork"/>{user_task("work")}<bpmn:serviceTask id="send" camunda:topic="t"/>
    <bpmn:receiveTask id="wait" messageRef="m"/>"""
    message = '<bpmn:message id="m" name="paid"/>'
    engine = deployed(caller(call()), called(body, "begun>fork, fork>work, fork>send, fork>wait", outside=message))
    instance = started(engine)
    inner = engine.latest("called").id
    store = engine.store
    (task,), (job,) = store.tasks(instance_id=instance.id), store.jobs(instance_id=instance.id)
    (subscription,) = store.subscriptions("message", "paid")
    assert [task.definition_id, job.definition_id, subscription.definition_id] == [inner] * 3
    assert (task.definition_key, instance.definition.key) == ("called", "caller")
    again = engine.instance(instance.id)
    assert again.task(task.id) == task, "also after it was stored and loaded"
    assert again.definition_of(task).id == again.definition_of(job).id == inner
    engine.correlate("paid", by="bank")
    engine.complete_task(task.id, by="ann")
    engine.lock_jobs(["t"], "w")
    assert engine.complete_job(job.id, "w").status == "completed"
    assert is_refed(engine, instance)


def test_a_service_in_a_called_process_is_given_its_definition_and_its_variables() -> None:
    seen: list[ServiceCall] = []
    body = called('<bpmn:serviceTask id="send" camunda:topic="t"/>', "begun>send")
    engine = deployed(caller(call('<camunda:in source="a" target="b"/>')), body, services={"t": seen.append})
    instance = started(engine, {"a": 1})
    assert engine.run_due() == 1
    assert (seen[0].definition.key, seen[0].element_id, seen[0].variables) == ("called", "send", {"b": 1})
    assert engine.instance(instance.id).status == "completed"


# -- variables


@pytest.mark.parametrize(("mapping", "inside", "outside"), [
    ("", {}, {}),
    ('<camunda:in variables="all"/>', {"a": 1, "b": [2]}, {}),
    ('<camunda:in source="a" target="x"/><camunda:in source="none" target="y"/>', {"x": 1, "y": None}, {}),
    ('<camunda:in sourceExpression="${a + 1}" target="x"/>', {"x": 2}, {}),
    ('<camunda:in sourceExpression="plain" target="x"/>', {"x": "plain"}, {}),
    ('<camunda:out variables="all"/>', {}, {"done": True}),
    ('<camunda:out source="done" target="was_done"/>', {}, {"was_done": True}),
    ('<camunda:out sourceExpression="${!done}" target="is_open"/>', {}, {"is_open": False}),
    ('<camunda:out source="none" target="nothing"/>', {}, {"nothing": None}),
    ('<camunda:in variables="all"/><camunda:in source="b" target="a"/>', {"a": [2], "b": [2]}, {}),
    ('<camunda:in variables="all" local="true"/>', {}, {}),
    ('<camunda:in source="a" target="a" local="true"/>', {"a": None}, {}),
    ('<camunda:out variables="all" local="true"/>', {}, {}),
])
def test_variables_pass_only_as_they_are_mapped(
    mapping: str, inside: dict[str, Any], outside: dict[str, Any]
) -> None:
    engine = deployed(caller(call(mapping)), ONE_TASK)
    instance = started(engine, {"a": 1, "b": [2]})
    (task,) = instance.open_tasks
    assert engine.instance(instance.id).variables_at(task.id) == inside
    engine.complete_task(task.id, {"done": True}, by="ann")
    assert engine.variables(instance.id) == {"a": 1, "b": [2], **outside}
    assert is_refed(engine, instance)


def test_input_and_output_parameters_stand_around_the_mappings() -> None:
    mapping = """<camunda:inputOutput><camunda:inputParameter name="own">${a + 1}</camunda:inputParameter>
    <camunda:outputParameter name="result">${back * 10}</camunda:outputParameter></camunda:inputOutput>
    <camunda:in variables="all" local="true"/><camunda:out source="n" target="back" local="true"/>"""
    engine = deployed(caller(call(mapping)), ONE_TASK)
    instance = started(engine, {"a": 1})
    (task,) = instance.open_tasks
    assert instance.variables_at(task.id) == {"own": 2}
    engine.complete_task(task.id, {"n": 3}, by="ann")
    assert engine.variables(instance.id) == {"a": 1, "result": 30}
    assert is_refed(engine, instance)


def test_bpmn_s_data_inputs_and_outputs_pass_by_their_names() -> None:
    specification = """<bpmn:ioSpecification><bpmn:dataInput id="i" name="who"/><bpmn:dataOutput id="o" name="result"/>
    <bpmn:inputSet><bpmn:dataInputRefs>i</bpmn:dataInputRefs></bpmn:inputSet>
    <bpmn:outputSet><bpmn:dataOutputRefs>o</bpmn:dataOutputRefs></bpmn:outputSet></bpmn:ioSpecification>
    <bpmn:dataInputAssociation id="a"><bpmn:sourceRef>customer</bpmn:sourceRef><bpmn:targetRef>i</bpmn:targetRef>
    </bpmn:dataInputAssociation><bpmn:dataOutputAssociation id="b"><bpmn:sourceRef>o</bpmn:sourceRef>
    <bpmn:targetRef>known</bpmn:targetRef></bpmn:dataOutputAssociation>"""
    engine = deployed(caller(call(loop=specification)), ONE_TASK)
    instance = started(engine, {"customer": "Bo", "secret": 1})
    (task,) = instance.open_tasks
    assert instance.variables_at(task.id) == {"who": "Bo"}
    engine.complete_task(task.id, {"result": "good", "more": 2}, by="ann")
    assert engine.variables(instance.id) == {"customer": "Bo", "secret": 1, "known": "good"}
    assert is_refed(engine, instance)


def test_a_mapping_that_fails_is_an_incident_and_a_retry_does_it_again() -> None:
    prices: list[Decimal] = []

    def price(run: object) -> Decimal:
        if not prices:
            raise ExecutionFailed("no price is known")
        return prices[0]

    engine = deployed(
        caller(call('<camunda:out sourceExpression="${price()}" target="paid"/>')), ONE_TASK,
        functions={"price": Function("price", (), price)},
    )
    instance = started(engine)
    complete(engine, instance.id, "work")
    ((_, error),) = incidents(engine, instance.id)
    assert "call" in error
    assert "no price is known" in error
    assert engine.instance(instance.id).positions == ["call"]
    prices.append(Decimal(5))
    (job,) = engine.incidents()
    engine.retry_job(job.id, by="admin")
    engine.run_due()
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id) == {"paid": 5}


# -- which definition


def tagged(version: str, tag: str = "") -> bytes:
    attributes = f'camunda:versionTag="{tag}"' if tag else ""
    return called(user_task(f"work{version}"), f"begun>work{version}", attributes=attributes)


def test_the_latest_version_is_chosen_when_the_call_begins() -> None:
    engine = engine_with(tagged("1"), caller(user_task("before") + call()).replace(
        b'sourceRef="begun" targetRef="call"', b'sourceRef="begun" targetRef="before"').replace(
        b"</bpmn:process>", b'<bpmn:sequenceFlow id="x" sourceRef="before" targetRef="call"/></bpmn:process>'))
    first, second = started(engine), started(engine)
    complete(engine, first.id, "before")
    engine.deploy({"file0.bpmn": tagged("2")}, by="admin")
    complete(engine, second.id, "before")
    assert open_elements(engine, first.id) == ["work1"], "a call that runs keeps its version"
    assert open_elements(engine, second.id) == ["work2"]
    engine.deploy({"file0.bpmn": tagged("3")}, by="admin")
    for instance, version in ((first, 1), (second, 2)):
        (called_then,) = [event for event in engine.events(instance.id) if event.kind == "process_called"]
        assert engine.definition(called_then.data["definition"]).version == version
        assert is_refed(engine, instance), "the version of then is called again"


@pytest.mark.parametrize(("attributes", "expected"), [
    ('camunda:calledElementBinding="latest"', "work3"),
    ('camunda:calledElementBinding="version" camunda:calledElementVersion="1"', "work1"),
    ('camunda:calledElementBinding="version" camunda:calledElementVersion="${1 + 1}"', "work2"),
    ('camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="blue"', "work2"),
    ('camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="${\'red\'}"', "work1"),
])
def test_a_call_names_the_version_that_it_means(attributes: str, expected: str) -> None:
    engine = engine_with(tagged("1", "red"), tagged("2", "blue"), tagged("3", "green"))
    engine.deploy({"caller.bpmn": caller(call(attributes=f'calledElement="called" {attributes}'))}, by="admin")
    instance = started(engine)
    assert open_elements(engine, instance.id) == [expected]
    assert is_refed(engine, instance)


def test_a_deployment_s_call_stays_in_its_deployment() -> None:
    bound = caller(call(attributes='calledElement="called" camunda:calledElementBinding="deployment"'))
    engine = deployed(bound, tagged("1"))
    engine.deploy({"other.bpmn": tagged("2")}, by="admin")
    assert open_elements(engine, started(engine).id) == ["work1"]


@pytest.mark.parametrize("name", ["${which}", "= which", "${prefix}led"])
def test_the_called_element_may_be_computed(name: str) -> None:
    engine = deployed(caller(call(attributes=f'calledElement="{name}"')), ONE_TASK)
    instance = started(engine, {"which": "called", "prefix": "cal"})
    assert open_elements(engine, instance.id) == ["work"]
    assert is_refed(engine, instance)


@pytest.mark.parametrize(("variables", "word"), [
    ({"which": "nobody"}, "which is not there"), ({"which": None}, "does not say"), ({"which": ""}, "does not say"),
    ({"which": [1]}, "is no text"), ({"which": "by_message"}, "no plain start event"),
])
def test_a_computed_target_that_is_missing_is_an_incident_that_can_be_retried(
    variables: dict[str, Any], word: str
) -> None:
    by_message = diagram(
        f"""<bpmn:startEvent id="begun"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>
        {user_task("work")}\nflow: begun>work""", key="by_message", outside='<bpmn:message id="m" name="go"/>')
    engine = deployed(caller(call(attributes='calledElement="${which}"')), ONE_TASK, by_message)
    instance = started(engine, variables)
    ((element, error),) = incidents(engine, instance.id)
    assert element == "call"
    assert word in error
    engine.set_variables(instance.id, {"which": "called"}, by="admin", reason="misspelt")
    (job,) = engine.incidents()
    engine.retry_job(job.id, by="admin")
    engine.run_due()
    assert open_elements(engine, instance.id) == ["work"]
    assert is_refed(engine, instance)


def test_what_was_missing_then_is_missing_when_the_history_is_fed_again() -> None:
    engine = deployed(caller(call(attributes='calledElement="${which}"')))
    instance = started(engine, {"which": "called"})
    assert incidents(engine, instance.id)
    engine.deploy({"called.bpmn": ONE_TASK}, by="admin")
    (job,) = engine.incidents()
    engine.retry_job(job.id, by="admin")
    engine.run_due()
    assert open_elements(engine, instance.id) == ["work"]
    assert is_refed(engine, instance)


# -- the check at deploy


def test_a_target_that_is_nowhere_is_refused_and_one_among_the_files_or_deployed_is_not() -> None:
    assert findings(caller(call())) == [("call_target_missing", "call")]
    assert findings(caller(call()), ONE_TASK) == []
    assert findings(caller(call()), engine=engine_with(ONE_TASK)) == []
    assert findings(caller(call(attributes='calledElement="${x}"'))) == []
    with pytest.raises(DeploymentRefused):
        deployed(caller(call()))


def test_a_target_that_is_not_executable_or_begins_by_a_message_is_refused() -> None:
    assert findings(caller(call()), ONE_TASK.replace(b'isExecutable="true"', b'isExecutable="false"')) == [
        ("call_target_missing", "call"), ("no_process", None),
    ]
    by_signal = ONE_TASK.replace(
        b'<bpmn:startEvent id="begun"/>',
        b'<bpmn:startEvent id="begun"><bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent>',
    ).replace(b"<bpmn:process", b'<bpmn:signal id="s" name="storm"/><bpmn:process', 1)
    assert findings(caller(call()), by_signal) == [("call_target_start", "call")]
    assert findings(caller(call()), engine=engine_with(by_signal)) == [("call_target_start", "call")]


@pytest.mark.parametrize(("attributes", "is_there"), [
    ('camunda:calledElementBinding="deployment"', False),
    ('camunda:calledElementBinding="version" camunda:calledElementVersion="1"', True),
    ('camunda:calledElementBinding="version" camunda:calledElementVersion="2"', False),
    ('camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="red"', True),
    ('camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="blue"', False),
])
def test_a_binding_to_what_is_not_deployed_is_refused(attributes: str, is_there: bool) -> None:
    activity = call(attributes=f'calledElement="called" {attributes}')
    found = findings(caller(activity), engine=engine_with(tagged("1", "red")))
    assert found == ([] if is_there else [("call_target_missing", "call")])


def test_the_next_version_and_the_tag_of_the_files_themselves_may_be_called() -> None:
    for binding in ('"version" camunda:calledElementVersion="2"', '"versionTag" camunda:calledElementVersionTag="b"'):
        activity = call(attributes=f'calledElement="called" camunda:calledElementBinding={binding}')
        assert findings(caller(activity), tagged("2", "b"), engine=engine_with(tagged("1", "a"))) == []


@pytest.mark.parametrize(("activity", "rule"), [
    (call(attributes=""), "attribute_missing"),
    (call(attributes='calledElement="called" camunda:calledElementBinding="version"'), "attribute_missing"),
    (call(attributes='calledElement="called" camunda:calledElementBinding="newest"'), "value_unsupported"),
    (call('<camunda:in source="a"/>'), "attribute_missing"),
    (call('<camunda:out target="a"/>'), "attribute_missing"),
    (call('<camunda:in variables="some"/>'), "value_unsupported"),
    (call(attributes='calledElement="called" camunda:variableMappingClass="org.example.Map"'),
     "attribute_unsupported"),
    (call(attributes='calledElement="called" camunda:caseRef="case"'), "attribute_unsupported"),
    (call(attributes='calledElement="called" camunda:calledElementTenantId="t"'), "attribute_unsupported"),
])
def test_what_a_call_activity_cannot_say_is_refused(activity: str, rule: str) -> None:
    assert rule in [found for found, _ in findings(caller(activity), ONE_TASK)]


# -- events


ERROR = '<bpmn:error id="e" errorCode="bad"/>'
CAUGHT = """<bpmn:boundaryEvent id="caught" attachedToRef="call"><bpmn:errorEventDefinition errorRef="e"/>
</bpmn:boundaryEvent><bpmn:endEvent id="mended"/>"""
FAILING = called('<bpmn:endEvent id="bad"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>',
                 "begun>work, work>bad", outside=ERROR).replace(
    b'<bpmn:endEvent id="bad">', user_task("work").encode() + b'<bpmn:endEvent id="bad">')


def test_an_error_leaves_the_called_process_to_the_boundary_of_the_call_activity() -> None:
    mapping = '<camunda:out source="why" target="reason"/>'
    engine = deployed(caller(call(mapping), CAUGHT, ", caught>mended", outside=ERROR), FAILING)
    instance = started(engine)
    complete(engine, instance.id, "work", {"why": "late"})
    assert engine.instance(instance.id).status == "completed"
    assert trace(engine, instance.id, "element_cancelled", "error_thrown") == [
        "error_thrown bad", "element_cancelled bad", "element_cancelled called", "element_cancelled call",
    ]
    assert engine.variables(instance.id) == {"reason": "late"}, "as in Camunda 7, what is mapped is handed back"
    assert is_refed(engine, instance)


def test_an_error_that_nobody_catches_is_an_incident_in_the_called_process() -> None:
    engine = deployed(caller(call('<camunda:out source="why" target="reason"/>')), FAILING)
    instance = started(engine)
    complete(engine, instance.id, "work", {"why": "late"})
    ((element, _),) = incidents(engine, instance.id)
    assert element == "bad"
    assert engine.incidents()[0].definition_id == engine.latest("called").id
    assert engine.variables(instance.id) == {}


def test_an_error_is_caught_inside_the_called_process_first() -> None:
    handler = f"""<bpmn:subProcess id="handler" triggeredByEvent="true"><bpmn:startEvent id="fault">
    <bpmn:errorEventDefinition errorRef="e"/></bpmn:startEvent>{user_task("mend")}
    <bpmn:sequenceFlow id="h" sourceRef="fault" targetRef="mend"/></bpmn:subProcess>"""
    engine = deployed(
        caller(call(), CAUGHT, ", caught>mended", outside=ERROR),
        FAILING.replace(b"</bpmn:process>", handler.encode() + b"</bpmn:process>"),
    )
    instance = started(engine)
    complete(engine, instance.id, "work")
    assert open_elements(engine, instance.id) == ["mend"]
    complete(engine, instance.id, "mend")
    assert "element_entered ended" in trace(engine, instance.id, "element_entered")
    assert is_refed(engine, instance)


def test_a_worker_s_error_in_a_called_process_is_caught_by_the_caller() -> None:
    body = called('<bpmn:serviceTask id="send" camunda:topic="t"/>', "begun>send")
    engine = deployed(caller(call(), CAUGHT, ", caught>mended", outside=ERROR), body)
    instance = started(engine)
    (job,) = engine.lock_jobs(["t"], "w")
    assert engine.throw_error(job.id, "w", "bad").status == "completed"
    assert "element_entered mended" in trace(engine, instance.id, "element_entered")
    assert is_refed(engine, instance)


def test_terminating_ends_the_called_process_alone() -> None:
    body = f"""<bpmn:parallelGateway id="fork"/>{user_task("stay")}{user_task("stop")}<bpmn:endEvent id="all_ends">
    <bpmn:terminateEventDefinition/></bpmn:endEvent>"""
    engine = deployed(
        caller(f"{call()}{user_task('after')}", flows=", call>after"),
        called(body, "begun>fork, fork>stay, fork>stop, stop>all_ends"),
    )
    instance = started(engine)
    complete(engine, instance.id, "stop")
    assert open_elements(engine, instance.id) == ["after"]
    assert trace(engine, instance.id, "task_cancelled") == ["task_cancelled stay"]
    assert is_refed(engine, instance)


@pytest.mark.parametrize(("interrupting", "left"), [("true", []), ("false", ["work"])])
def test_a_boundary_timer_interrupts_the_called_process_or_leaves_it_alone(interrupting: str, left: list[str]) -> None:
    event = f"""<bpmn:boundaryEvent id="late" attachedToRef="call" cancelActivity="{interrupting}">
    {timer("timeDuration", "PT1H")}</bpmn:boundaryEvent>{user_task("remind")}"""
    engine = deployed(caller(call(), event, ", late>remind"), ONE_TASK)
    instance = started(engine)
    engine.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    engine.run_due()
    assert open_elements(engine, instance.id) == ["remind", *left]
    assert is_refed(engine, instance)


def test_timers_and_event_sub_processes_live_inside_the_called_process() -> None:
    body = f"""{user_task("work")}<bpmn:subProcess id="handler" triggeredByEvent="true">
    <bpmn:startEvent id="late" isInterrupting="false">{timer("timeDuration", "PT1H")}</bpmn:startEvent>
    {user_task("remind")}<bpmn:sequenceFlow id="h" sourceRef="late" targetRef="remind"/></bpmn:subProcess>"""
    engine = deployed(caller(call()), called(body, "begun>work"))
    instance = started(engine)
    engine.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    engine.run_due()
    assert open_elements(engine, instance.id) == ["remind", "work"]
    complete(engine, instance.id, "work")
    assert engine.instance(instance.id).status == "active"
    complete(engine, instance.id, "remind")
    assert engine.instance(instance.id).status == "completed"
    assert engine.store.jobs(instance_id=instance.id) == []
    assert is_refed(engine, instance)


def test_a_signal_crosses_from_the_called_process_to_the_caller() -> None:
    signal = '<bpmn:signal id="s" name="storm"/>'
    definition = '<bpmn:signalEventDefinition signalRef="s"/>'
    event = f"""<bpmn:boundaryEvent id="heard" attachedToRef="call">{definition}</bpmn:boundaryEvent>
    {user_task("hide")}"""
    throwing = called(f'<bpmn:endEvent id="thrown">{definition}</bpmn:endEvent>', "begun>thrown", outside=signal)
    engine = deployed(caller(call(), event, ", heard>hide", outside=signal), throwing)
    instance = started(engine)
    assert open_elements(engine, instance.id) == ["hide"]
    assert is_refed(engine, instance)


@pytest.mark.parametrize(("mapping", "key", "seen"), [
    ("", "A-1", "A-1"), ('<camunda:in businessKey="${execution.businessKey}/x"/>', "A-1/x", "A-1/x"),
    ('<camunda:in businessKey="${n}"/>', "7", "7"),
])
def test_a_message_finds_the_called_process_by_its_own_business_key_or_the_caller_s(
    mapping: str, key: str, seen: str
) -> None:
    body = """<bpmn:scriptTask id="note" scriptFormat="feel" camunda:resultVariable="k"><bpmn:script>1</bpmn:script>
    </bpmn:scriptTask><bpmn:receiveTask id="wait" messageRef="m"/>"""
    inner = called(body, "begun>note, note>wait", outside='<bpmn:message id="m" name="paid"/>')
    inner = inner.replace(b'id="wait"', b'id="wait" name="w"').replace(
        b'<bpmn:receiveTask', b'<bpmn:receiveTask camunda:asyncBefore="true"')
    engine = deployed(caller(call(mapping + '<camunda:out sourceExpression="${execution.processBusinessKey}" '
                                  'target="told"/>')), inner)
    instance = started(engine, {"n": 7}, business_key="A-1")
    engine.run_due()
    assert engine.correlate("paid", business_key=key, by="bank").status == "completed"
    assert engine.variables(instance.id)["told"] == seen
    assert is_refed(engine, instance)


def test_expressions_in_a_called_process_read_its_own_definition() -> None:
    inner = called(user_task("work", 'camunda:assignee="${execution.processDefinitionId}"'), "begun>work")
    engine = deployed(caller(call()), inner)
    (task,) = started(engine).open_tasks
    assert task.assignee == engine.latest("called").id


def test_whoever_acts_is_the_initiator_of_the_called_process_and_its_start_form_is_passed_over() -> None:
    inner = called(user_task("work", 'camunda:assignee="${starter}"'), "begun>work").replace(
        b'<bpmn:startEvent id="begun"/>', b'<bpmn:startEvent id="begun" camunda:initiator="starter"/>')
    (task,) = started(deployed(caller(call()), inner)).open_tasks
    assert task.assignee == "ann"


# -- several at once


@pytest.mark.parametrize("order", ["true", "false"])
def test_a_call_is_repeated_for_each_item(order: str) -> None:
    loop = f"""<bpmn:multiInstanceLoopCharacteristics isSequential="{order}" camunda:collection="people"
    camunda:elementVariable="who"/>"""
    mapping = '<camunda:in variables="all"/><camunda:out variables="all"/>'
    inner = called(user_task("work", 'camunda:assignee="${who}"'), "begun>work")
    engine = deployed(caller(call(mapping, loop=loop)), inner)
    instance = started(engine, {"people": ["bo", "cy"]})
    assert len(engine.instance(instance.id).calls) == (1 if order == "true" else 2)
    for person in ("bo", "cy"):
        complete(engine, instance.id, "work", {"last": person}, by=person)
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id)["last"] == "cy"
    assert is_refed(engine, instance)


def test_a_call_in_a_standard_loop_is_repeated_while_its_condition_holds() -> None:
    loop = """<bpmn:standardLoopCharacteristics><bpmn:loopCondition>${go}</bpmn:loopCondition>
    </bpmn:standardLoopCharacteristics>"""
    engine = deployed(caller(call(ALL_IN_AND_OUT, loop=loop)), ONE_TASK)
    instance = started(engine, {"go": True})
    complete(engine, instance.id, "work")
    assert open_elements(engine, instance.id) == ["work"]
    complete(engine, instance.id, "work", {"go": False})
    assert engine.instance(instance.id).status == "completed"
    assert trace(engine, instance.id, "process_called") == ["process_called call"] * 2
    assert is_refed(engine, instance)


UNDONE = """<bpmn:boundaryEvent id="undo" attachedToRef="{host}"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
<bpmn:userTask id="undoing" isForCompensation="true" camunda:assignee="ann"/>
<bpmn:association id="as" associationDirection="One" sourceRef="undo" targetRef="undoing"/>"""
THROWN = """<bpmn:intermediateThrowEvent id="throw"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>"""
THEN_UNDO = b'sourceRef="call" targetRef="throw"/><bpmn:sequenceFlow id="x" sourceRef="throw" targetRef="ended"/>'


def test_a_called_process_undoes_what_it_has_done_itself() -> None:
    inner = called(user_task("work") + UNDONE.format(host="work") + THROWN, "begun>work, work>throw")
    engine = deployed(caller(call()), inner)
    instance = started(engine)
    complete(engine, instance.id, "work")
    assert open_elements(engine, instance.id) == ["undoing"]
    complete(engine, instance.id, "undoing")
    assert engine.instance(instance.id).status == "completed"
    assert is_refed(engine, instance)


@pytest.mark.parametrize(("border", "undone"), [(UNDONE.format(host="call"), ["undoing"]), ("", [])])
def test_a_call_that_has_ended_is_undone_by_its_own_handler_alone(border: str, undone: list[str]) -> None:
    """As in Camunda 7: what was done inside belongs to a process that is over."""
    source = caller(call(), border + THROWN).replace(b'sourceRef="call" targetRef="ended"/>', THEN_UNDO)
    inner = called(user_task("work") + UNDONE.format(host="work"), "begun>work")
    engine = deployed(source, inner)
    instance = started(engine)
    complete(engine, instance.id, "work")
    assert open_elements(engine, instance.id) == undone
    for element in undone:
        complete(engine, instance.id, element)
    assert engine.instance(instance.id).status == "completed"
    assert is_refed(engine, instance)


def test_separation_of_duties_holds_within_one_call_alone() -> None:
    other = """<bpmn:extensionElements><camunda:properties><camunda:property name="task.separateFrom" value="first"/>
    </camunda:properties></bpmn:extensionElements>"""
    offered = 'camunda:candidateGroups="all"'
    inner = called(
        user_task("first", offered) + user_task("second", offered, other),
        "begun>first, first>second",
    )
    loop = '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'  # noqa: E501
    engine = deployed(caller(call(loop=loop)), inner, groups_of=lambda user: ("all",))
    instance = started(engine)
    complete(engine, instance.id, "first", by="ann")
    complete(engine, instance.id, "first", by="bo")
    tasks = engine.store.tasks(instance_id=instance.id)
    assert [task.excluded_users for task in tasks] == [("ann",), ("bo",)]
    engine.complete_task(tasks[0].id, by="bo")
    engine.complete_task(tasks[1].id, by="ann")
    assert engine.instance(instance.id).status == "completed"
    assert '"performers":{}' in engine.store.load(instance.id).state, "an ended call leaves nothing behind"
    assert is_refed(engine, instance)


def test_a_process_may_call_itself_as_deep_as_there_is_work() -> None:
    activity = call('<camunda:in sourceExpression="= n - 1" target="n"/><camunda:out source="sum" target="below"/>',
                    'calledElement="caller"')
    body = f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="more" default="more_sum"/>{activity}
    <bpmn:sequenceFlow id="again" sourceRef="more" targetRef="call"><bpmn:conditionExpression>= n > 0
    </bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:scriptTask id="sum" scriptFormat="feel" camunda:resultVariable="sum"><bpmn:script>
    n + (if below = null then 0 else below)</bpmn:script></bpmn:scriptTask>
    flow: begun>more, more>sum, call>sum"""
    engine = deployed(diagram(body, key="caller"))
    instance = started(engine, {"n": 10})
    assert engine.instance(instance.id).status == "completed"
    assert engine.variables(instance.id)["sum"] == 55
    assert is_refed(engine, instance)


def test_calls_without_end_are_an_incident() -> None:
    engine = deployed(caller(call(attributes='calledElement="other"')),
                      caller(call(attributes='calledElement="caller"'), key="other"))
    instance = started(engine)
    ((element, error),) = incidents(engine, instance.id)
    assert element == "call"
    assert str(MAX_DEPTH) in error
    assert len(engine.instance(instance.id).calls) == MAX_DEPTH
    engine.cancel(instance.id, by="admin", reason="a circle")
    assert engine.instance(instance.id).status == "cancelled"
    assert engine.store.jobs(instance_id=instance.id) == []
    assert is_refed(engine, instance)


def test_cancelling_the_instance_ends_what_it_has_called() -> None:
    engine = deployed(caller(call()), ONE_TASK)
    instance = started(engine)
    engine.cancel(instance.id, by="admin", reason="not wanted")
    assert trace(engine, instance.id, "task_cancelled", "element_cancelled") == [
        "task_cancelled work", "element_cancelled work", "element_cancelled called", "element_cancelled call",
        "element_cancelled caller",
    ]
    assert open_elements(engine, instance.id) == []


def test_a_call_may_begin_in_a_transaction_of_its_own() -> None:
    engine = deployed(caller(call(attributes='calledElement="called" camunda:asyncBefore="true"')), ONE_TASK)
    instance = started(engine)
    assert open_elements(engine, instance.id) == []
    engine.run_due()
    assert open_elements(engine, instance.id) == ["work"]
    assert is_refed(engine, instance)


# -- global tasks


def test_global_tasks_are_called_by_their_ids() -> None:
    engine = deployed((HERE / "global_task.bpmn").read_bytes())
    instance = engine.start("letter", {"n": 1}, by="ann")
    assert engine.variables(instance.id) == {"n": 2}
    (task,) = engine.store.tasks(instance_id=instance.id)
    assert (task.name, task.assignee, task.definition_key) == ("Sign", "ann", "sign")
    engine.complete_task(task.id, by="ann")
    assert engine.instance(instance.id).status == "completed"
    calls = ["process_called call_count", "process_called call_stamp", "process_called call_anything",
             "process_called call_sign"]
    assert trace(engine, instance.id, "process_called") == calls
    assert is_refed(engine, instance)
    assert not engine.latest("sign").may_be_started_by("ann", ())
