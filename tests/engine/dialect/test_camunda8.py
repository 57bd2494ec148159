"""Diagrams of Camunda 8 run as the same processes drawn for Camunda 7 do, and tasks as its documentation says."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.dialect.finding import DeploymentRefused
from engine.engine import Engine
from engine.job import ServiceCall
from tests.engine.diagrams import (
    complete,
    engine_with,
)
from tests.engine.dialect.zeebe import (
    FORM,
    TABLE,
    WAITING,
    Variables,
    assert_refed,
    begun,
    drawn,
    element,
    job,
    listeners,
    mapping,
    refusals,
    user,
    work,
)

HERE = Path(__file__).parent

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
