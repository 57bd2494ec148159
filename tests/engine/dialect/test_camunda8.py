"""Diagrams of Camunda 8 run as the same processes drawn for Camunda 7 do, and as Camunda 8's documentation says."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.dialect.finding import DeploymentRefused
from engine.engine import Engine
from engine.errors import ExecutionFailed, FormInvalid, NoMatchingSubscription
from engine.instance import ProcessInstance, Surroundings
from engine.job import ServiceCall
from engine.replay import first_difference, refeed
from tests.engine.diagrams import (
    BEGIN,
    complete,
    diagram,
    engine_with,
    incidents,
    open_elements,
    trace,
    user_task,
)

HERE = Path(__file__).parent
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:modeler="http://camunda.org/schema/modeler/1.0" targetNamespace="test" exporter="Camunda Modeler"
  exporterVersion="5.34.0" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.7.0">"""
Variables = Mapping[str, Any]


def drawn(inside: str, *, process: str = "", outside: str = "", before: str = "begun", after: str = "end") -> bytes:
    """Return a process that begins, does what stands inside one after the other by its ids, and ends."""
    ids = [before, *re.findall(r'^<bpmn:(?!boundary|sequence|start|end)\w+ id="(\w+)"', inside, re.MULTILINE), after]
    flows = "".join(
        f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(pairwise(ids))
    )
    start = "" if before in inside else f'<bpmn:startEvent id="{before}"/>'
    end = "" if f'id="{after}"' in inside else f'<bpmn:endEvent id="{after}"/>'
    return (
        f'{HEAD}{outside}<bpmn:process id="example" isExecutable="true">{process}{start}{inside}'
        f"{end}{flows}</bpmn:process></bpmn:definitions>"
    ).encode()


def element(kind: str, name: str, *extensions: str, inside: str = "", attributes: str = "") -> str:
    return (
        f'<bpmn:{kind} id="{name}" {attributes}><bpmn:extensionElements>{"".join(extensions)}'
        f"</bpmn:extensionElements>{inside}</bpmn:{kind}>\n"
    )


def job(name: str, *extensions: str, topic: str = "work", inside: str = "") -> str:
    return element("serviceTask", name, f'<zeebe:taskDefinition type="{topic}"/>', *extensions, inside=inside)


def user(name: str, *extensions: str, inside: str = "") -> str:
    people = '<zeebe:userTask/><zeebe:assignmentDefinition assignee="ann"/>'
    return element("userTask", name, people, *extensions, inside=inside)


def mapping(*lines: str) -> str:
    """Return an ioMapping of lines like `in: = x > y` and `out: = a > b.c`."""
    parts = []
    for line in lines:
        kind, _, rest = line.partition(":")
        source, _, target = rest.rpartition(">")
        word = "input" if kind == "in" else "output"
        parts.append(f'<zeebe:{word} source="{source.strip()}" target="{target.strip()}"/>')
    return f"<zeebe:ioMapping>{''.join(parts)}</zeebe:ioMapping>"


def begun(content: bytes, variables: Variables | None = None, **options: Any) -> tuple[Engine, ProcessInstance]:
    engine = engine_with(content, **options)
    return engine, engine.start("example", variables, by="ann")


def work(engine: Engine, topic: str, variables: Variables | None = None) -> None:
    """Complete the job of a topic."""
    [locked] = engine.lock_jobs([topic], "worker")
    engine.complete_job(locked.id, "worker", variables)


def assert_refed(engine: Engine, instance_id: str) -> None:
    events = engine.events(instance_id)
    definition = engine.instance(instance_id).definition
    again = refeed(events, definition, Surroundings(), instance_id=instance_id)
    assert first_difference(events, again) is None


def refusals(content: bytes, **files: bytes) -> set[tuple[str, str | None]]:
    named = {name.replace("_", "."): text for name, text in files.items()}
    found = engine_with().check({"x.bpmn": content, **named})
    return {(finding.rule, finding.element_id) for finding in found if finding.severity == "error"}


# -- both dialects tell the same


def walked(dialect: str, name: str, walk: Callable[[Engine, str], None], variables: Variables) -> list[Any]:
    """Return what history tells of elements, flows and the process's own variables."""
    engine = engine_with((HERE / dialect / f"{name}.bpmn").read_bytes())
    instance = engine.start(name, variables, by="ann")
    walk(engine, instance.id)
    assert_refed(engine, instance.id)
    told: list[Any] = []
    for event in engine.events(instance.id):
        if event.kind.startswith(("element_", "task_", "job_", "instance_")) or event.kind == "flow_taken":
            told.append((event.kind, event.element_id, event.token))
        elif event.kind == "variable_written" and event.data["scope"] == 1:
            told.append((event.data["name"], dict(event.values)))
    return told


def approved(engine: Engine, instance_id: str) -> None:
    [task] = engine.store.tasks(instance_id=instance_id)
    assert (task.candidate_groups, task.candidate_users, task.priority) == (("leaders", "office"), ("li",), 65)
    assert task.due_at == datetime(2026, 10, 12, 10, tzinfo=UTC)
    assert task.follow_up_at == datetime(2026, 10, 11, 1, tzinfo=UTC)
    engine.complete_task(task.id, {"approved": True}, by="li")
    [waiting] = engine.store.jobs(instance_id=instance_id)
    seen = engine.job_variables(waiting)
    assert (seen["text"], seen["entry"]) == ("rest", {"days": 3, "kind": "leave"})
    work(engine, "register-leave", {"number": "L-1"})
    assert engine.variables(instance_id)["register"] == {"number": "L-1"}
    assert "number" not in engine.variables(instance_id)


def refused(engine: Engine, instance_id: str) -> None:
    complete(engine, instance_id, "approve", {"approved": False}, by="li")


@pytest.mark.parametrize("walk", [approved, refused])
def test_a_process_drawn_for_either_platform_has_the_same_trace(walk: Callable[[Engine, str], None]) -> None:
    given = {"days": 3, "total": 10, "deputy": "li", "kind": "leave", "reason": "rest"}
    eighth = walked("camunda8", "leave_request", walk, given)
    assert eighth == walked("camunda7", "leave_request", walk, given)
    assert ("element_left", "granted" if walk is approved else "refused") in [each[:2] for each in eighth]


def test_properties_and_version_tags_are_read() -> None:
    engine = engine_with((HERE / "camunda8" / "leave_request.bpmn").read_bytes())
    definition = engine.latest("leave_request")
    assert definition.record.version_tag == "2026.1"
    assert definition.properties == {"case.title": "reason"}
    assert definition.element("approve").properties == {"task.act": "批准"}


# -- variables


def test_without_output_mappings_all_results_go_up() -> None:
    engine, instance = begun(drawn(job("a", mapping("in: = 1 > own"))))
    work(engine, "work", {"found": 2, "own": 3})
    assert engine.variables(instance.id) == {"found": 2}  # `own` is the task's


def test_with_output_mappings_only_these_leave_the_task() -> None:
    engine, instance = begun(drawn(job("a", mapping("out: = found + 1 > more", "out: = more + 1 > most"))))
    work(engine, "work", {"found": 2, "other": 3})
    assert engine.variables(instance.id) == {"more": 3, "most": 4}
    assert_refed(engine, instance.id)


def test_a_target_may_be_a_path_that_is_merged_into_a_context() -> None:
    content = drawn(job("a", mapping("in: = x > call.arg.x", "in: text > call.kind", "out: = y > order.sums.y")))
    engine, instance = begun(content, {"x": 1, "order": {"id": 7, "sums": {"z": 0}}})
    [waiting] = engine.store.jobs(instance_id=instance.id)
    assert engine.job_variables(waiting)["call"] == {"arg": {"x": 1}, "kind": "text"}
    work(engine, "work", {"y": 2})
    assert engine.variables(instance.id)["order"] == {"id": 7, "sums": {"z": 0, "y": 2}}


def test_a_user_task_keeps_its_data_where_it_has_output_mappings() -> None:
    engine, instance = begun(drawn(user("a", mapping("out: = form.name > name"))))
    complete(engine, instance.id, "a", {"form": {"name": "Wang"}, "note": "x"})
    assert engine.variables(instance.id) == {"name": "Wang"}


def test_a_sub_process_has_mappings_of_its_own() -> None:
    inner = job("a") + '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="i" sourceRef="s" targetRef="a"/>'
    content = drawn(element("subProcess", "sub", mapping("in: = 1 > own", "out: = own > kept"), inside=inner))
    engine, instance = begun(content)
    work(engine, "work", {"own": 2, "other": 3})
    assert engine.variables(instance.id) == {"other": 3, "kept": 2}


# -- work for programs


@pytest.mark.parametrize("kind", ["serviceTask", "sendTask", "scriptTask", "businessRuleTask"])
def test_any_task_may_be_a_worker_s(kind: str) -> None:
    calls: list[ServiceCall] = []
    headers = '<zeebe:taskHeaders><zeebe:header key="book" value="red"/></zeebe:taskHeaders>'
    content = drawn(element(kind, "a", '<zeebe:taskDefinition type="= topic" retries="= 1 + 1"/>', headers))
    engine, instance = begun(content, {"topic": "note"}, services={"note": lambda call: calls.append(call)})
    [waiting] = engine.store.jobs(instance_id=instance.id)
    assert (waiting.topic, waiting.retries) == ("note", 2)
    assert instance.definition.element("a").kind == kind
    engine.run_due()
    assert [call.headers for call in calls] == [{"book": "red"}]
    assert engine.instance(instance.id).status == "completed"


def test_a_script_gives_its_result_variable_a_value() -> None:
    script = '<zeebe:script expression="= [x, x * 2]" resultVariable="both"/>'
    engine, instance = begun(drawn(element("scriptTask", "a", script)), {"x": 2})
    assert engine.variables(instance.id)["both"] == [2, 4]


def test_a_script_s_result_stays_inside_where_outputs_are_mapped() -> None:
    script = '<zeebe:script expression="= x + 1" resultVariable="own"/>'
    engine, instance = begun(drawn(element("scriptTask", "a", script, mapping("out: = own * 2 > y"))), {"x": 2})
    assert engine.variables(instance.id) == {"x": 2, "y": 6}


TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="test">
<decision id="fee" name="Fee"><decisionTable id="t" hitPolicy="UNIQUE"><input id="i"><inputExpression id="e">
<text>age</text></inputExpression></input><output id="o" name="fee"/>{more}<rule id="r"><inputEntry id="r1">
<text>&gt;= 60</text></inputEntry><outputEntry id="r2"><text>0</text></outputEntry>{entry}</rule></decisionTable>
</decision></definitions>"""


@pytest.mark.parametrize(("more", "entry", "expected"), [
    ("", "", 0),
    ('<output id="p" name="why"/>', '<outputEntry id="r3"><text>"old"</text></outputEntry>', {"fee": 0, "why": "old"}),
])
def test_a_decision_gives_its_value(more: str, entry: str, expected: object) -> None:
    decision = '<zeebe:calledDecision decisionId="fee" resultVariable="result" bindingType="deployment"/>'
    engine = engine_with()
    engine.deploy(
        {"x.bpmn": drawn(element("businessRuleTask", "a", decision)),
         "t.dmn": TABLE.format(more=more, entry=entry).encode()}, by="ann",
    )
    assert engine.variables(engine.start("example", {"age": 70}, by="ann").id)["result"] == expected
    assert engine.variables(engine.start("example", {"age": 7}, by="ann").id)["result"] is None


# -- people's tasks


def test_a_task_that_is_no_native_user_task_is_people_s_as_well() -> None:
    engine, instance = begun(drawn(element("userTask", "a", '<zeebe:assignmentDefinition assignee="= who"/>')),
                             {"who": "bob"})
    complete(engine, instance.id, "a", by="bob")
    assert engine.instance(instance.id).status == "completed"


FORM = """{"type":"default","components":[{"type":"textfield","key":"name","id":"F1","label":"Name",
"validate":{"required":true}}],"schemaVersion":16}"""


def test_a_form_may_stand_in_the_process() -> None:
    process = (
        f'<bpmn:extensionElements><zeebe:userTaskForm id="userTaskForm_1">{FORM}</zeebe:userTaskForm>'
        "</bpmn:extensionElements>"
    )
    form = '<zeebe:formDefinition formKey="camunda-forms:bpmn:userTaskForm_1"/>'
    engine, instance = begun(drawn(user("a", form), process=process))
    [task] = engine.store.tasks(instance_id=instance.id)
    assert task.form_key is not None
    assert instance.definition.form(task.form_key).labels() == {"name": "Name"}
    complete(engine, instance.id, "a", {"name": "Wang", "more": 1})
    assert engine.variables(instance.id) == {"name": "Wang"}


def test_a_form_of_the_deployment_is_named_by_its_id() -> None:
    content = drawn(user("a", '<zeebe:formDefinition formId="ask" bindingType="deployment"/>'))
    engine = engine_with()
    engine.deploy({"x.bpmn": content, "ask.form": FORM.replace("{", '{"id":"ask",', 1).encode()}, by="ann")
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a", {"name": "Wang"})
    assert engine.variables(instance.id) == {"name": "Wang"}


# -- multi-instances


def many(*attributes: str, sequential: bool = False, condition: str = "") -> str:
    done = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>'
        f'<zeebe:loopCharacteristics {" ".join(attributes)}/></bpmn:extensionElements>{done}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


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


PAID = (
    '<bpmn:message id="m" name="= &quot;paid-&quot; + kind"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="= order"/></bpmn:extensionElements></bpmn:message>'
)
WAITING = '<bpmn:messageEventDefinition messageRef="m"/>'


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


def test_a_timer_s_value_may_be_an_expression() -> None:
    event = (
        '<bpmn:intermediateCatchEvent id="a"><bpmn:timerEventDefinition><bpmn:timeDuration>= duration(wait)'
        "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )
    engine, instance = begun(drawn(event), {"wait": "PT2H"})
    [waiting] = engine.store.jobs(instance_id=instance.id)
    assert waiting.due_at == BEGIN + timedelta(hours=2)


# -- versions of forms and decisions


def labelled(label: str, tag: str = "") -> bytes:
    return FORM.replace("{", f'{{"id":"ask","versionTag":"{tag}",', 1).replace('"Name"', f'"{label}"').encode()


def table(fee: int, tag: str = "") -> bytes:
    text = TABLE.format(more="", entry="").replace("<text>0<", f"<text>{fee}<")
    extension = (
        f'<extensionElements><zeebe:versionTag xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" value="{tag}"/>'
        "</extensionElements>"
    )
    return text.replace('name="Fee">', f'name="Fee">{extension if tag else ""}').encode()


OTHER = drawn(job("a")).replace(b'process id="example"', b'process id="other"')


@pytest.mark.parametrize(("binding", "label", "fee"), [
    ("", "Newer", 2), ('bindingType="latest"', "Newer", 2), ('bindingType="deployment"', "Name", 1),
    ('bindingType="versionTag" versionTag="first"', "Name", 1),
])
def test_forms_and_decisions_are_of_the_version_that_is_asked_for(binding: str, label: str, fee: int) -> None:
    decision = f'<zeebe:calledDecision decisionId="= &quot;fee&quot;" resultVariable="fee" {binding}/>'
    content = drawn(
        user("a", f'<zeebe:formDefinition formId="ask" {binding}/>') + element("businessRuleTask", "b", decision)
    )
    engine = engine_with()
    engine.deploy({"x.bpmn": content, "ask.form": labelled("Name", "first"), "t.dmn": table(1, "first")}, by="ann")
    engine.clock.advance(timedelta(days=1))
    engine.deploy({"y.bpmn": OTHER, "ask.form": labelled("Newer"), "t.dmn": table(2)}, by="ann")
    instance = engine.start("example", {"age": 70}, by="ann")
    [task] = engine.store.tasks(instance_id=instance.id)
    engine.clock.advance(timedelta(days=1))
    engine.deploy({"y.bpmn": OTHER, "ask.form": labelled("Newest"), "u.dmn": table(2)}, by="ann")
    form = engine.form(task)
    assert form is not None
    assert form.labels() == {"name": label}  # an open task keeps its form
    with pytest.raises(FormInvalid):
        complete(engine, instance.id, "a", {})
    complete(engine, instance.id, "a", {"name": "Wang"})
    assert engine.variables(instance.id)["fee"] == fee
    events, around = engine.events(instance.id), engine._around
    engine.deploy({"y.bpmn": OTHER, "ask.form": labelled("Last"), "t.dmn": table(3)}, by="ann")
    again = refeed(events, engine.instance(instance.id).definition, around, instance_id=instance.id)
    assert first_difference(events, again) is None


@pytest.mark.parametrize(("version", "label"), [("1", "Name"), ("2", "Newer"), ("${wanted}", "Newer")])
def test_a_form_of_camunda_7_may_be_asked_for_by_its_number(version: str, label: str) -> None:
    task = user_task(
        "a", f'camunda:assignee="ann" camunda:formRef="ask" camunda:formRefBinding="version" '
        f'camunda:formRefVersion="{version}"',
    )
    seventh = diagram(f'<bpmn:startEvent id="s"/>{task}\nflow: s>a')
    engine = engine_with()
    for content, days in ((labelled("Name"), 1), (labelled("Name"), 1), (labelled("Newer"), 1), (labelled("Last"), 1)):
        engine.deploy({"y.bpmn": OTHER.replace(b'"a"', f'"a{days}"'.encode()), "ask.form": content}, by="ann")
        engine.clock.advance(timedelta(days=days))
    engine.deploy({"x.bpmn": seventh}, by="ann")
    instance = engine.start("example", {"wanted": 2}, by="ann")
    [opened] = engine.store.tasks(instance_id=instance.id)
    form = engine.form(opened)
    assert form is not None
    assert form.labels() == {"name": label}


def test_a_version_that_is_not_there_is_refused_or_an_incident() -> None:
    form = '<zeebe:formDefinition formId="ask" bindingType="versionTag" versionTag="none"/>'
    assert ("form_missing", "a") in refusals(drawn(user("a", form)))
    engine, instance = begun(drawn(user("a", form.replace('"none"', '"= tag"'))), {"tag": "none"})
    [(name, error)] = incidents(engine, instance.id)
    assert name == "a"
    assert "ask (versionTag none)" in error


# -- listeners


def listeners(kind: str, *pairs: tuple[str, str]) -> str:
    word = f"zeebe:{kind}Listener"
    header = '<zeebe:taskHeaders><zeebe:header key="who" value="listener"/></zeebe:taskHeaders>'
    inside = "".join(
        f'<{word} eventType="{moment}" type="{topic}" retries="2">{header if kind == "execution" else ""}</{word}>'
        for moment, topic in pairs
    )
    return f"<{word}s>{inside}</{word}s>"


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


# -- what is not run


@pytest.mark.parametrize(("inside", "rule"), [
    (user("n", '<zeebe:formDefinition formKey="https://forms.example/1"/>'), "value_unsupported"),
    (user("n", '<zeebe:formDefinition externalReference="https://forms.example/1"/>'), "attribute_unsupported"),
    (user("n", '<zeebe:formDefinition formId="ask"/>'), "form_missing"),
    (user("n", '<zeebe:formDefinition formKey="camunda-forms:bpmn:missing"/>'), "reference_dangling"),
    (user("n", '<zeebe:priorityDefinition priority="high"/>'), "value_unsupported"),
    (user("n", '<zeebe:taskSchedule dueDate="soon"/>'), "value_unsupported"),
    (user("n", '<zeebe:taskSchedule dueDate="= ("/>'), "expression_invalid"),
    (element("serviceTask", "n"), "service_empty"),
    (element("serviceTask", "n", '<zeebe:taskDefinition type="x" retries="many"/>'), "value_unsupported"),
    (job("n", mapping("in: = 1 > a..b")), "value_unsupported"),
    (job("n", "<zeebe:linkedResources/>"), "extension_unsupported"),
    (job("n", listeners("execution", ("beforeAll", "x"))), "value_unsupported"),
    (user("n", listeners("task", ("assigning", "x"))), "value_unsupported"),
    (element("boundaryEvent", "n", listeners("execution", ("start", "x")), inside=WAITING,
             attributes='attachedToRef="n0"'), "value_unsupported"),
    (element("scriptTask", "n", '<zeebe:script expression="1 + 1" resultVariable="r"/>'), "expression_invalid"),
    (element("scriptTask", "n", '<zeebe:script expression="= 1 + 1"/>'), "attribute_missing"),
    (element("businessRuleTask", "n", '<zeebe:calledDecision decisionId="x" resultVariable="r"/>'), "decision_missing"),
])
def test_what_cannot_be_run_right_is_refused_by_name(inside: str, rule: str) -> None:
    found = refusals(drawn(inside))
    assert (rule, "n") in found, found


def test_an_expression_of_camunda_7_is_plain_text_here() -> None:
    engine, instance = begun(drawn(job("a", mapping("in: ${x} > y"))), {"x": 1})
    [waiting] = engine.store.jobs(instance_id=instance.id)
    assert engine.job_variables(waiting)["y"] == "${x}"


def test_a_condition_without_an_equals_sign_is_refused() -> None:
    flow = (
        '<bpmn:exclusiveGateway id="g"/><bpmn:sequenceFlow id="extra" sourceRef="g" targetRef="end">'
        "<bpmn:conditionExpression>x</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    with pytest.raises(DeploymentRefused, match="expression_invalid"):
        engine_with(drawn(flow))
