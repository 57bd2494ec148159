"""Listeners of Camunda 7 diagrams: expressions and FEEL scripts that run at the events of elements, flows and tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.engine import Engine
from engine.errors import ExecutionFailed
from tests.engine.constructs.play import trace as replayed
from tests.engine.diagrams import BEGIN, complete, diagram, engine_with, incidents, timer, user_task

START, END = '<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>'


def extended(*parts: str) -> str:
    return f"<bpmn:extensionElements>{''.join(parts)}</bpmn:extensionElements>"


def heard(event: str, what: str) -> str:
    """Return an execution listener that adds a word to the variable `log`."""
    return (
        f'<camunda:executionListener event="{event}" '
        f"""expression="${{execution.setVariable('log', log.concat(' {what}'))}}"/>"""
    )


def on_task(event: str, expression: str, inside: str = "") -> str:
    return f'<camunda:taskListener event="{event}" expression="{expression}">{inside}</camunda:taskListener>'


def log(engine: Engine, instance_id: str) -> str:
    """Return what listeners have written; the history comes out again when it is fed again."""
    replayed(engine, instance_id)
    return str(engine.variables(instance_id)["log"]).strip()


def task_with(*listeners: str, attributes: str = 'camunda:assignee="ann"') -> bytes:
    return diagram(f"{START}{user_task('t', attributes, extended(*listeners))}{END}\nflow: s>t, t>e")


def refusals(content: bytes) -> list[str]:
    return [found.message("en") for found in engine_with().check({"x.bpmn": content}) if found.severity == "error"]


def test_listeners_run_when_elements_start_and_end_and_flows_are_taken() -> None:
    engine = engine_with(diagram(
        extended(heard("start", "process"), heard("end", "processed"))
        + f'<bpmn:startEvent id="s">{extended(heard("start", "s"), heard("end", "sed"))}</bpmn:startEvent>'
        + f'<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="sub">{extended(heard("take", "f"))}</bpmn:sequenceFlow>'
        + f'<bpmn:subProcess id="sub">{extended(heard("start", "sub"), heard("end", "subbed"))}'
        + user_task("t", inside=extended(heard("start", "t"), heard("end", "ted"))) + "</bpmn:subProcess>"
        + f'<bpmn:sequenceFlow id="g" sourceRef="sub" targetRef="e">{extended(heard("take", "g"))}</bpmn:sequenceFlow>'
        + f'<bpmn:endEvent id="e">{extended(heard("start", "e"), heard("end", "eed"))}</bpmn:endEvent>'
    ))
    instance = engine.start("example", {"log": ""}, by="ann")
    assert log(engine, instance.id) == "process s sed f sub t"

    complete(engine, instance.id, "t")

    assert log(engine, instance.id) == "process s sed f sub t ted subbed g e eed processed"


def test_a_listener_sees_inputs_and_output_parameters_see_what_it_has_written() -> None:
    engine = engine_with(diagram(START + user_task("t", inside=extended(
        '<camunda:inputOutput><camunda:inputParameter name="near">1</camunda:inputParameter>'
        '<camunda:outputParameter name="far">${near}</camunda:outputParameter></camunda:inputOutput>',
        '<camunda:executionListener event="start" expression="${execution.setVariable(&quot;near&quot;, near + 1)}"/>',
        '<camunda:executionListener event="end"><camunda:script scriptFormat="feel">{near: near * 10, at: "end"}'
        "</camunda:script></camunda:executionListener>",
    )) + END + "\nflow: s>t, t>e"))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "t")
    assert engine.variables(instance.id) == {"far": 20, "at": "end"}


def test_a_local_variable_of_a_listener_is_gone_with_its_element() -> None:
    seen = "${execution.setVariable('seen', mine == 1)}"
    engine = engine_with(diagram(START + user_task("t", inside=extended(
        """<camunda:executionListener event="start" expression="${execution.setVariableLocal('mine', 1)}"/>""",
        f'<camunda:executionListener event="end" expression="{seen}"/>',
    )) + END + "\nflow: s>t, t>e"))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "t")
    assert engine.variables(instance.id) == {"seen": True}


def test_what_is_cancelled_ends_for_its_listeners_too() -> None:
    border = (
        '<bpmn:boundaryEvent id="b" attachedToRef="t">'
        + extended(heard("start", "b"), heard("end", "bed")) + timer("timeDuration", "PT1H") + "</bpmn:boundaryEvent>"
    )
    broken = '<camunda:executionListener event="end" expression="${execution.setVariable(null, 1)}"/>'
    deleted = on_task("delete", "${task.setVariable('d', 1)}")
    body = user_task("t", inside=extended(broken, heard("end", "ted"), deleted))
    engine = engine_with(diagram(f'{START}{body}{border}{END}<bpmn:endEvent id="late"/>\nflow: s>t, t>e, b>late'))
    instance = engine.start("example", {"log": ""}, by="ann")
    engine.clock.advance(timedelta(hours=2))  # type: ignore[attr-defined]
    engine.run_due()

    assert log(engine, instance.id) == "ted b bed"
    assert engine.variables(instance.id)["d"] == 1
    assert [event.element_id for event in engine.events(instance.id) if event.kind == "listener_failed"] == ["t"]


def test_each_run_of_a_multi_instance_tells_its_listeners() -> None:
    engine = engine_with(diagram(
        '<bpmn:startEvent id="s"/><bpmn:task id="t">' + extended(heard("start", "t"), heard("end", "ted"))
        + '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopCardinality>2</bpmn:loopCardinality>'
        f"</bpmn:multiInstanceLoopCharacteristics></bpmn:task>{END}\nflow: s>t, t>e"
    ))
    assert log(engine, engine.start("example", {"log": ""}, by="ann").id) == "t ted t ted"


def test_a_listener_that_fails_holds_the_token_and_a_retry_goes_on() -> None:
    once = """<camunda:executionListener event="start" expression="${execution.setVariable(name, 2)}"/>"""
    engine = engine_with(diagram(f'{START}<bpmn:task id="t">{extended(once)}</bpmn:task>{END}\nflow: s>t, t>e'))
    instance = engine.start("example", {"name": None}, by="ann")
    assert [element for element, _ in incidents(engine, instance.id)] == ["t"]

    engine.set_variables(instance.id, {"name": "n"}, by="ann", reason="mend")
    engine.retry_job(engine.store.jobs(instance_id=instance.id, failed=True)[0].id, by="ann")
    engine.run_due()

    assert (engine.instance(instance.id).status, engine.variables(instance.id)["n"]) == ("completed", 2)


def test_a_service_task_may_set_variables() -> None:
    action = "${n > 1 ? execution.setVariable('big', true) : execution.setVariable('small', true)}"
    engine = engine_with(diagram(
        f'{START}<bpmn:serviceTask id="t" camunda:expression="{action.replace(">", "&gt;")}"/>{END}\nflow: s>t, t>e'
    ))
    assert engine.variables(engine.start("example", {"n": 2}, by="ann").id) == {"n": 2, "big": True}
    assert engine.variables(engine.start("example", {"n": 1}, by="ann").id) == {"n": 1, "small": True}


def test_a_listener_to_a_task_s_creation_says_who_does_it_and_by_when() -> None:
    engine = engine_with(task_with(
        on_task("create", "${task.setAssignee(chief)}"), on_task("create", "${task.addCandidateGroup('finance')}"),
        on_task("create", "${task.addCandidateUsers(helpers)}"),
        on_task("create", "${task.deleteCandidateUser('eve')}"),
        on_task("create", "${task.setDueDate('2026-12-01T08:00:00Z')}"), on_task("create", "${task.setPriority(70)}"),
        on_task("create", "${task.setFollowUpDate('2026-11-01T08:00:00Z')}"),
        on_task("create", "${task.setName('Check it')}"),
        on_task("assignment", "${task.execution.setVariable('asked', task.assignee)}"),
        on_task("create", "${task.getExecution().setVariable('event', task.eventName)}"),
        attributes='camunda:candidateUsers="eve"',
    ))
    instance = engine.start("example", {"chief": "bob", "helpers": ["cy", "di"]}, by="ann")
    replayed(engine, instance.id)
    task = engine.store.tasks(instance_id=instance.id)[0]

    assert (task.assignee, task.candidate_groups, task.candidate_users) == ("bob", ("finance",), ("cy", "di"))
    assert (task.due_at, task.follow_up_at) == (
        datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 11, 1, 8, tzinfo=UTC),
    )
    assert (task.priority, task.name) == (70, "Check it")
    assert engine.variables(instance.id)["asked"] == "bob"
    assert engine.variables(instance.id)["event"] == "create"


def test_claiming_and_assigning_tell_of_an_update_and_of_the_assignment() -> None:
    word = "${{task.setVariable('log', log.concat(' {}:').concat(task.assignee))}}"
    engine = engine_with(task_with(
        on_task("update", word.format("update")), on_task("assignment", word.format("assignment")),
        on_task("update", "${task.setPriority(task.priority + 1)}"),
        on_task("complete", word.format("complete")),
        attributes='camunda:candidateUsers="ann,bob"',
    ))
    instance = engine.start("example", {"log": ""}, by="ann")
    task_id = instance.open_tasks[0].id
    assert log(engine, instance.id) == ""

    engine.claim(task_id, by="ann")
    engine.assign(task_id, "bob", by="ann")
    assert log(engine, instance.id) == "update:ann assignment:ann update:bob assignment:bob"
    assert engine.store.task(task_id).priority == 52
    assert [event.data for event in engine.events(instance.id) if event.kind == "task_altered"] == [
        {"names": ["priority"]}, {"names": ["priority"]},
    ]

    engine.complete_task(task_id, by="bob")
    assert log(engine, instance.id).endswith(" complete:bob")


def test_a_listener_that_forbids_a_claim_leaves_the_task_as_it_was() -> None:
    engine = engine_with(task_with(
        on_task("update", "${task.setPriority('high')}"), attributes='camunda:candidateUsers="ann"',
    ))
    task_id = engine.start("example", by="ann").open_tasks[0].id
    with pytest.raises(ExecutionFailed):
        engine.claim(task_id, by="ann")
    assert engine.store.task(task_id).assignee is None


def test_listeners_that_assign_for_ever_are_stopped() -> None:
    swap = "${task.setAssignee(task.assignee == 'ann' ? 'bob' : 'ann')}"
    engine = engine_with(task_with(on_task("assignment", swap)))
    instance = engine.start("example", by="ann")
    assert "without end" in incidents(engine, instance.id)[0][1]
    assert engine.store.tasks(instance_id=instance.id) == []


def test_a_timeout_runs_while_the_task_is_open_and_may_repeat() -> None:
    hourly = timer("timeCycle", "R3/PT1H")
    engine = engine_with(task_with(on_task("timeout", "${task.setPriority(task.priority + 10)}", hourly)))
    instance = engine.start("example", by="ann")
    task_id = instance.open_tasks[0].id
    priorities = []
    for _ in range(4):
        engine.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
        engine.run_due()
        priorities.append(engine.store.task(task_id).priority)

    assert priorities == [60, 70, 80, 80]
    engine.complete_task(task_id, by="ann")
    replayed(engine, instance.id)
    assert engine.store.jobs(instance_id=instance.id) == []
    assert engine.instance(instance.id).status == "completed"
    assert engine.clock.now() == BEGIN + timedelta(hours=4)


@pytest.mark.parametrize(
    ("listener", "reason"),
    [
        ('<camunda:executionListener event="start" class="com.example.Log"/>', "Java classes and delegates"),
        ('<camunda:executionListener event="start" delegateExpression="${log}"/>', "Java classes"),
        ('<camunda:executionListener event="start" expression="${log.write(execution)}"/>', "the method write"),
        ('<camunda:executionListener event="start" expression="${execution.removeVariable(1)}"/>', "removeVariable"),
        ('<camunda:executionListener event="start" expression="${task.setName(1)}"/>', "task.setName"),
        ('<camunda:executionListener event="start" expression="plain"/>', "the expression cannot be read: plain"),
        ('<camunda:executionListener event="start"/>', "does not say what is to be done"),
        ('<camunda:executionListener expression="${1}"/>', "camunda:executionListener/event is missing"),
        ('<camunda:executionListener event="take" expression="${1}"/>', "does not support the value 'take'"),
        ('<camunda:executionListener event="start"><camunda:script scriptFormat="groovy">x</camunda:script>'
         "</camunda:executionListener>", "'groovy' is not run"),
        ('<camunda:executionListener event="start"><camunda:script scriptFormat="feel" resource="x.feel"/>'
         "</camunda:executionListener>", "not read from elsewhere"),
        ('<camunda:taskListener event="complete" expression="${task.setAssignee(1)}"/>', "task.setAssignee"),
        ('<camunda:taskListener event="timeout" expression="${1}"/>', "does not say what it waits for"),
        ('<camunda:taskListener event="create" expression="${1}">' + timer("timeDuration", "PT1H")
         + "</camunda:taskListener>", "a timer belongs to listeners of the event timeout"),
        ('<camunda:taskListener event="start" expression="${1}"/>', "does not support the value 'start'"),
    ],
)
def test_a_listener_that_cannot_be_run_is_refused_with_a_hint(listener: str, reason: str) -> None:
    assert any(reason in message for message in refusals(task_with(listener))), refusals(task_with(listener))


def test_nothing_is_done_where_a_value_is_asked_for() -> None:
    content = task_with(attributes="""camunda:assignee="${execution.setVariable('x', 1)}" """)
    assert any("execution.setVariable is not available" in message for message in refusals(content))


@pytest.mark.parametrize(
    ("node", "reasons"),
    [
        ('<bpmn:serviceTask id="t" camunda:class="com.example.Do"/>', ["use an external topic"]),
        ('<bpmn:scriptTask id="t" scriptFormat="juel"><bpmn:script>${1}</bpmn:script></bpmn:scriptTask>',
         ['use scriptFormat="feel" without ${ }']),
        ('<bpmn:scriptTask id="t" scriptFormat="groovy"><bpmn:script>1</bpmn:script></bpmn:scriptTask>',
         ["use a FEEL expression"]),
        ('<bpmn:serviceTask id="t" camunda:type="mail"/>', ["use external", "service task needs"]),
        (user_task("t", inside=extended(
            '<camunda:taskListener event="create"><camunda:script scriptFormat="javascript">x</camunda:script>'
            "</camunda:taskListener>"
        )), ["${task.setAssignee(x)}"]),
    ],
)
def test_what_is_written_in_another_language_is_refused_once_with_what_to_use(node: str, reasons: list[str]) -> None:
    found = refusals(diagram(f"{START}{node}{END}\nflow: s>t, t>e"))
    assert len(found) == len(reasons)
    assert all(reason in message for reason, message in zip(reasons, found, strict=True)), found


def test_the_name_that_a_listener_makes_of_a_value_is_not_in_the_record_that_cannot_be_erased() -> None:
    engine = engine_with(task_with(on_task("create", "${task.setName(caller)}")))
    instance = engine.start("example", {"caller": "Zhang"}, by="ann")
    assert instance.open_tasks[0].name == "Zhang"
    assert not any("Zhang" in step.record for step in engine.store.steps(instance.id))
