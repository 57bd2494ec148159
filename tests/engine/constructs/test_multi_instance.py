"""Multi-instances gather outputs, count exactly, and throw events as their behaviour says."""

import pytest

from engine.dialect.finding import DeploymentRefused
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, incidents, open_elements, trace, user_task

SIGNAL = '<bpmn:signal id="s" name="one done"/><bpmn:signalEventDefinition id="definition" signalRef="s"/>'
COLLECTED = """<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>
<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef>
<bpmn:inputDataItem id="who"/><bpmn:outputDataItem id="item" name="answer"/>"""


def repeated(inside: str, attributes: str = "") -> str:
    return f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{inside}</bpmn:multiInstanceLoopCharacteristics>"


def asking(inside: str, attributes: str = "") -> bytes:
    task = user_task("ask", 'camunda:assignee="${who}"', repeated(inside, attributes))
    return diagram(f"""<bpmn:startEvent id="begun"/>{task}{user_task("after")}
    flow: begun>ask, ask>after""")


@pytest.mark.parametrize("attributes", ["", 'isSequential="true"'])
def test_outputs_are_gathered_in_the_order_of_the_instances(attributes: str) -> None:
    engine = engine_with(asking(COLLECTED, attributes))
    instance = engine.start("example", {"people": ["ann", "ben", "cleo"]}, by="ann")
    for _ in range(3):
        task = engine.store.tasks(instance_id=instance.id)[-1]
        assert engine.instance(instance.id).variables_at(task.id)["answer"] is None
        engine.complete_task(task.id, {"answer": f"{task.assignee} says so"}, by=str(task.assignee))
    variables = engine.instance(instance.id).variables
    assert variables["answers"] == ["ann says so", "ben says so", "cleo says so"]
    assert "answer" not in variables
    assert_refed_alike(engine, instance.id)


def test_what_was_not_given_before_the_condition_ended_it_is_null_and_the_condition_sees_the_outputs() -> None:
    condition = '<bpmn:completionCondition>= list contains(answers, "no")</bpmn:completionCondition>'
    engine = engine_with(asking(COLLECTED + condition))
    instance = engine.start("example", {"people": ["ann", "ben", "cleo"]}, by="ann")
    tasks = engine.store.tasks(instance_id=instance.id)
    engine.complete_task(tasks[2].id, {"answer": "yes"}, by="cleo")
    engine.complete_task(tasks[1].id, {"answer": "no"}, by="ben")
    assert open_elements(engine, instance.id) == ["after"]
    assert engine.instance(instance.id).variables["answers"] == [None, "no", "yes"]


def test_an_empty_collection_gives_an_empty_output_and_null_items_are_items() -> None:
    engine = engine_with(asking(COLLECTED))
    instance = engine.start("example", {"people": []}, by="ann")
    assert instance.variables["answers"] == []
    two = engine.start("example", {"people": [None, None]}, by="ann")
    assert len(two.open_tasks) == 2
    context = engine.start("example", {"people": {"a": 1}}, by="ann")
    assert "no list" in incidents(engine, context.id)[0][1]


def behaving(behaviour: str, inside: str = "", cancels: str = "false", sequential: str = "true") -> bytes:
    loop = repeated(
        f"<bpmn:loopCardinality>3</bpmn:loopCardinality>{inside}", f'isSequential="{sequential}" {behaviour}'
    )
    return diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="each">{loop}</bpmn:task>
    <bpmn:boundaryEvent id="told" attachedToRef="each" cancelActivity="{cancels}">
    <bpmn:signalEventDefinition signalRef="s"/></bpmn:boundaryEvent>
    <bpmn:task id="noted"/><bpmn:endEvent id="ended"/>
    flow: begun>each, each>ended, told>noted""", outside=SIGNAL)


def rounds(content: bytes) -> str:
    engine = engine_with(content)
    instance = engine.start("example", by="ann")
    assert instance.status == "completed"
    assert_refed_alike(engine, instance.id)
    entered = [line.split()[1] for line in trace(engine, instance.id, "element_entered")]
    return " ".join(name for name in entered if name in ("each", "noted", "ended"))


def test_behaviour_none_throws_for_each_instance() -> None:
    none = 'behavior="None" noneBehaviorEventRef="definition"'
    assert rounds(behaving(none)) == "each noted each noted each noted ended"
    assert sorted(rounds(behaving(none, sequential="false")).split()) == sorted(["each", "noted"] * 3 + ["ended"])


def test_behaviour_one_throws_once_and_behaviour_all_never() -> None:
    assert rounds(behaving('behavior="One" oneBehaviorEventRef="definition"')) == "each noted each each ended"
    assert rounds(behaving('behavior="All"')) == "each each each ended"


def test_an_interrupting_boundary_event_that_catches_it_ends_the_activity() -> None:
    assert rounds(behaving('behavior="One" oneBehaviorEventRef="definition"', cancels="true")) == "each noted"


def complex_behaviour(condition: str) -> str:
    return f"""<bpmn:complexBehaviorDefinition><bpmn:condition>{condition}</bpmn:condition>
    <bpmn:event><bpmn:signalEventDefinition signalRef="s"/></bpmn:event></bpmn:complexBehaviorDefinition>"""


def test_a_complex_behaviour_throws_when_its_condition_holds_and_cancels_the_rest() -> None:
    two = complex_behaviour("= nrOfCompletedInstances = 2")
    assert rounds(behaving('behavior="Complex"', two)) == "each each noted ended"
    assert rounds(behaving('behavior="Complex"', complex_behaviour("false"))) == "each each each ended"


@pytest.mark.parametrize(
    ("behaviour", "rule"),
    [
        ('behavior="None"', "attribute_missing"), ('behavior="Complex"', "attribute_missing"),
        ('behavior="One" oneBehaviorEventRef="nothing"', "reference_dangling"),
        ('behavior="All" oneBehaviorEventRef="definition"', "attribute_unsupported"),
        ('behavior="Some"', "value_unsupported"),
    ],
)
def test_a_behaviour_that_lacks_its_event_is_refused(behaviour: str, rule: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        engine_with(behaving(behaviour))
    assert rule in {finding.rule for finding in refused.value.findings}


def test_multi_instances_nest_and_each_level_counts_for_itself() -> None:
    inner = user_task("ask", 'camunda:assignee="${who}"', repeated("", 'camunda:collection="team"'
                      ' camunda:elementVariable="who"'))
    outer = repeated("", 'isSequential="true" camunda:collection="teams" camunda:elementVariable="team"')
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="round">{outer}{inner}</bpmn:subProcess>{user_task("after")}
    flow: begun>round, round>after"""))
    instance = engine.start("example", {"teams": [["ann", "ben"], [], ["cleo"]]}, by="ann")
    sees = engine.instance(instance.id).variables_at(engine.store.tasks(instance_id=instance.id)[1].id)
    names = ("loopCounter", "nrOfInstances", "nrOfActiveInstances", "team", "who")
    assert [sees[name] for name in names] == [1, 2, 2, ["ann", "ben"], "ben"]
    for person in ("ben", "ann", "cleo"):
        complete(engine, instance.id, "ask", by=person) if person != "ben" else engine.complete_task(
            engine.store.tasks(instance_id=instance.id)[1].id, by="ben"
        )
    assert open_elements(engine, instance.id) == ["after"]
    assert_refed_alike(engine, instance.id)


def test_an_event_sub_process_belongs_to_each_instance_and_a_boundary_event_to_all() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="round">{repeated("<bpmn:loopCardinality>2</bpmn:loopCardinality>")}{user_task("work")}
    <bpmn:subProcess id="help" triggeredByEvent="true"><bpmn:startEvent id="asked" isInterrupting="true">
    <bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>{user_task("helping")}
    <bpmn:sequenceFlow id="f" sourceRef="asked" targetRef="helping"/></bpmn:subProcess></bpmn:subProcess>
    <bpmn:boundaryEvent id="stopped" attachedToRef="round"><bpmn:signalEventDefinition signalRef="s"/>
    </bpmn:boundaryEvent>{user_task("after")}{user_task("other")}
    flow: begun>round, round>after, stopped>other""", outside='<bpmn:message id="m" name="help"/>' + SIGNAL))
    instance = engine.start("example", by="ann")
    subscription = engine.store.subscriptions("message", "help", instance_id=instance.id)[0]
    engine._deliver(subscription, engine.instance(instance.id)._execution.act, {}, None)
    assert open_elements(engine, instance.id) == ["helping", "work"]
    engine.signal("one done", by="ann")
    assert open_elements(engine, instance.id) == ["other"]
    assert_refed_alike(engine, instance.id)
