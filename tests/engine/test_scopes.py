"""Sub-processes and multi-instances have variables of their own; mappings carry values in and out."""

import pytest

from engine.errors import NotJsonSafe
from tests.engine.diagrams import complete, diagram, engine_with, incidents, open_elements, user_task


def loop(attributes: str, inside: str = "") -> str:
    return f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{inside}</bpmn:multiInstanceLoopCharacteristics>"


def repeated(attributes: str, inside: str = "") -> bytes:
    task = user_task("a", 'camunda:assignee="${who}"', loop(attributes, inside))
    return diagram(f"""<bpmn:startEvent id="begun"/>{task}{user_task("after")}
    flow: begun>a, a>after""")


def test_a_parallel_multi_instance_asks_everybody_at_once() -> None:
    engine = engine_with(repeated('camunda:collection="people" camunda:elementVariable="who"'))
    instance = engine.start("example", {"people": ["ann", "ben", "cleo"]}, by="ann")
    tasks = engine.store.tasks(instance_id=instance.id)
    assert [task.assignee for task in tasks] == ["ann", "ben", "cleo"]
    assert engine.instance(instance.id).variables_at(tasks[1].id)["loopCounter"] == 1
    engine.complete_task(tasks[2].id, {"vote": "yes"}, by="cleo")
    sees = engine.instance(instance.id).variables_at(tasks[0].id)
    assert [sees[name] for name in ("nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances")] == [3, 2, 1]
    engine.complete_task(tasks[0].id, by="ann")
    engine.complete_task(tasks[1].id, by="ben")
    assert open_elements(engine, instance.id) == ["after"]
    assert engine.instance(instance.id).variables == {"people": ["ann", "ben", "cleo"], "vote": "yes"}


def test_a_sequential_multi_instance_asks_one_after_the_other() -> None:
    engine = engine_with(repeated('isSequential="true" camunda:collection="${people}" camunda:elementVariable="who"'))
    instance = engine.start("example", {"people": ["ann", "ben"]}, by="ann")
    for person in ("ann", "ben"):
        (task,) = engine.store.tasks(instance_id=instance.id)
        assert task.assignee == person
        engine.complete_task(task.id, by=person)
    assert open_elements(engine, instance.id) == ["after"]


def test_a_completion_condition_ends_a_multi_instance_early() -> None:
    condition = "<bpmn:completionCondition>${nrOfCompletedInstances &gt;= 2}</bpmn:completionCondition>"
    engine = engine_with(repeated('camunda:collection="people" camunda:elementVariable="who"', condition))
    instance = engine.start("example", {"people": ["ann", "ben", "cleo"]}, by="ann")
    for task in engine.store.tasks(instance_id=instance.id)[:2]:
        engine.complete_task(task.id, by=str(task.assignee))
    assert open_elements(engine, instance.id) == ["after"]


def test_an_empty_collection_passes_at_once_and_a_wrong_one_is_an_incident() -> None:
    engine = engine_with(repeated('camunda:collection="people" camunda:elementVariable="who"'))
    assert engine.start("example", {"people": []}, by="ann").positions == ["after"]
    for given in ({"people": "ann"}, {}):
        instance = engine.start("example", given, by="ann")
        assert "no list" in incidents(engine, instance.id)[0][1]


def test_a_cardinality_counts_the_instances() -> None:
    engine = engine_with(repeated("", "<bpmn:loopCardinality>${n}</bpmn:loopCardinality>"))
    assert len(engine.start("example", {"n": 500, "who": "ann"}, by="ann").open_tasks) == 500
    assert engine.start("example", {"n": 0, "who": "ann"}, by="ann").positions == ["after"]
    for wrong in (-1, 1.5, "many", True, None):
        instance = engine.start("example", {"n": wrong, "who": "ann"}, by="ann")
        assert "cardinality" in incidents(engine, instance.id)[0][1]


MAPPED = """<bpmn:extensionElements><camunda:inputOutput>
<camunda:inputParameter name="local">${amount * 2}</camunda:inputParameter>
<camunda:inputParameter name="text">固定</camunda:inputParameter>
<camunda:outputParameter name="result">= local + answer</camunda:outputParameter>
</camunda:inputOutput></bpmn:extensionElements>"""


def test_mappings_give_a_task_variables_of_its_own() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a", inside=MAPPED)}{user_task("b")}
    flow: begun>a, a>b"""))
    instance = engine.start("example", {"amount": 4}, by="ann")
    (task,) = engine.store.tasks(instance_id=instance.id)
    assert engine.instance(instance.id).variables_at(task.id) == {"amount": 4, "local": 8, "text": "固定"}
    engine.complete_task(task.id, {"answer": 1}, by="ann")
    assert engine.instance(instance.id).variables == {"amount": 4, "answer": 1, "result": 9}


def test_a_sub_process_sees_the_process_and_keeps_its_own_apart() -> None:
    inner_task = user_task("a", inside=MAPPED)
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    <bpmn:extensionElements><camunda:inputOutput>
    <camunda:inputParameter name="amount">${{total}}</camunda:inputParameter>
    <camunda:outputParameter name="done">${{result}}</camunda:outputParameter></camunda:inputOutput>
    </bpmn:extensionElements>{inner_task}</bpmn:subProcess>{user_task("b")}
    flow: begun>inner, inner>b"""))
    instance = engine.start("example", {"total": 10}, by="ann")
    complete(engine, instance.id, "a", {"answer": 2})
    assert engine.instance(instance.id).variables == {"total": 10, "answer": 2, "result": 22, "done": 22}


def test_a_sub_process_repeated_has_one_scope_for_each_round() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    {loop('camunda:collection="units" camunda:elementVariable="unit"')}
    <bpmn:startEvent id="inner_begun"/>{user_task("a", 'camunda:candidateGroups="${unit}"')}
    flow: inner_begun>a
    </bpmn:subProcess>{user_task("b")}
    flow: begun>inner, inner>b""" ), groups_of=lambda user: {user})
    instance = engine.start("example", {"units": ["water", "roads"]}, by="ann")
    assert [task.candidate_groups for task in engine.store.tasks(instance_id=instance.id)] == [("water",), ("roads",)]
    complete(engine, instance.id, "a", by="water")
    complete(engine, instance.id, "a", by="roads")
    assert open_elements(engine, instance.id) == ["b"]


def test_values_that_json_cannot_hold_are_refused() -> None:
    engine = engine_with(repeated('camunda:collection="people"'))
    for wrong in (object(), float("nan"), b"x", {1: 2}, {"a": [float("inf")]}, "\ud800"):
        with pytest.raises(NotJsonSafe):
            engine.start("example", {"people": [], "wrong": wrong}, by="ann")
