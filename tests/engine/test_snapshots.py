"""The stored state is read by this and every later release, and running never changes a spec."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine import snapshot
from engine.catalog import SpecCache
from engine.clock import MovingClock
from engine.engine import Engine
from engine.errors import ConcurrentChange, StateUnreadable
from engine.history import Act
from engine.instance import ProcessInstance
from engine.store import Change
from engine.store.memory import MemoryStore
from engine.surroundings import Surroundings
from tests.engine.diagrams import BEGIN, complete, diagram, engine_with, open_elements, timer, user_task

KEPT = Path(__file__).parent / "snapshots"
MANY_KINDS = diagram(f"""<bpmn:startEvent id="begun" camunda:initiator="starter"/><bpmn:parallelGateway id="fork"/>
{user_task("a", 'camunda:candidateGroups="office" camunda:dueDate="2026-12-01T10:00:00+08:00"')}
<bpmn:boundaryEvent id="reminded" attachedToRef="a" cancelActivity="false">{timer("timeCycle", "R3/PT1H")}
</bpmn:boundaryEvent><bpmn:endEvent id="noted"/>
<bpmn:subProcess id="inner"><bpmn:extensionElements><camunda:inputOutput>
<camunda:inputParameter name="own">${{amount + 1}}</camunda:inputParameter></camunda:inputOutput>
</bpmn:extensionElements>
<bpmn:startEvent id="inner_begun"/><bpmn:userTask id="b" camunda:assignee="${{who}}">
<bpmn:multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="who"/></bpmn:userTask>
flow: inner_begun>b
</bpmn:subProcess>
<bpmn:eventBasedGateway id="first"/>
<bpmn:intermediateCatchEvent id="soon">{timer("timeDuration", "P1D")}</bpmn:intermediateCatchEvent>
<bpmn:receiveTask id="paid" messageRef="m"/>
<bpmn:inclusiveGateway id="join"/>{user_task("last")}
flow: begun>fork, fork>a, fork>inner, fork>first, first>soon, first>paid, reminded>noted
flow: a>join, inner>join, soon>join, paid>join, join>last""", outside='<bpmn:message id="m" name="paid"/>')
WITH_CATCH = MANY_KINDS.replace(
    b'<bpmn:receiveTask id="paid" messageRef="m"/>',
    b'<bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition messageRef="m"/>'
    b"</bpmn:intermediateCatchEvent>",
)


def half_way() -> tuple[Engine, str]:
    engine = engine_with(WITH_CATCH, groups_of=lambda user: {"office"})
    instance = engine.start("example", {"amount": 1.5, "people": ["ann", "ben"]}, by="ann", business_key="K")
    complete(engine, instance.id, "b")
    return engine, instance.id


def finish(engine: Engine, instance_id: str) -> None:
    assert open_elements(engine, instance_id) == ["a", "b"]
    (task,) = [task for task in engine.store.tasks(instance_id=instance_id) if task.element_id == "b"]
    assert engine.instance(instance_id).variables_at(task.id)["own"] == 2.5
    engine.complete_task(task.id, by="ben")
    complete(engine, instance_id, "a")
    engine.correlate("paid", business_key="K", by="ann")
    assert open_elements(engine, instance_id) == ["last"]
    complete(engine, instance_id, "last")
    assert engine.instance(instance_id).status == "completed"


def test_an_instance_goes_on_after_each_save_as_if_it_had_never_rested() -> None:
    engine, instance_id = half_way()
    finish(engine, instance_id)


def test_the_state_is_the_same_when_it_is_read_and_written_again() -> None:
    engine, instance_id = half_way()
    record = engine.store.load(instance_id)
    again = engine.instance(instance_id).change().instance.state
    assert json.loads(again) == json.loads(record.state)


@pytest.mark.parametrize("file", sorted(KEPT.glob("*.json")), ids=lambda file: file.stem)
def test_states_of_earlier_releases_load_and_run_to_their_end(file: Path) -> None:
    kept = json.loads(file.read_text())
    engine, instance_id = half_way()
    record = engine.store.load(instance_id)
    assert isinstance(engine.store, MemoryStore)
    state = kept["state"].replace(kept["instance"], instance_id)
    change = record._replace(state=state, revision=record.revision + 1)
    engine.store.save(Change(change))
    finish(engine, instance_id)


def test_a_file_of_the_present_format_is_kept() -> None:
    assert (KEPT / f"format-{snapshot.FORMAT}.json").exists()


def test_a_state_of_an_unknown_format_is_refused() -> None:
    engine, instance_id = half_way()
    record = engine.store.load(instance_id)
    newer = json.dumps({**json.loads(record.state), "format": 99})
    engine.store.save(Change(record._replace(state=newer, revision=record.revision + 1)))
    with pytest.raises(StateUnreadable, match="format 99"):
        engine.instance(instance_id)


@pytest.mark.parametrize("state", [
    "", "{", "[]", "null", "7", '{"format":1}', '{"format":1,"numbers":1,"performers":{},"tokens":[{"n":1}]}',
    '{"format":1,"numbers":2,"performers":{},"tokens":[{"n":2,"e":"a","s":16,"p":1}]}',
    '{"format":1,"numbers":1,"performers":{},"tokens":[{"n":1,"e":"gone","s":16}]}',
])
def test_a_damaged_state_is_refused_and_not_guessed_at(state: str) -> None:
    engine, instance_id = half_way()
    record = engine.store.load(instance_id)
    engine.store.save(Change(record._replace(state=state, revision=record.revision + 1)))
    with pytest.raises(StateUnreadable):
        engine.instance(instance_id)
    with pytest.raises(StateUnreadable):
        engine.cancel(instance_id, by="root", reason="x")


def test_running_changes_no_spec() -> None:
    engine = engine_with(WITH_CATCH, groups_of=lambda user: {"office"})
    spec = engine.latest("example").spec
    before = {name: pickle.dumps(_plain(node.__dict__)) for name, node in spec.task_specs.items()}
    for _ in range(2):
        instance = engine.start("example", {"amount": 1, "people": ["ann", "ben"]}, by="ann", business_key="K")
        complete(engine, instance.id, "b")
        assert len(open_elements(engine, instance.id)) == 2
        engine.cancel(instance.id, by="ann", reason="test")
    assert {name: pickle.dumps(_plain(node.__dict__)) for name, node in spec.task_specs.items()} == before


def _plain(attributes: dict[str, object]) -> dict[str, str]:
    return {name: repr(value) for name, value in attributes.items() if name != "spec" and not name.startswith("_wf")}


def test_the_second_of_two_changes_of_one_revision_is_refused() -> None:
    engine, instance_id = half_way()
    first, second = engine.instance(instance_id), engine.instance(instance_id)
    for instance in (first, second):
        instance.edit_variables({"amount": 2}, "test")
    engine.store.save(first.change())
    with pytest.raises(ConcurrentChange):
        engine.store.save(second.change())


def test_the_snapshot_of_a_wait_is_small() -> None:
    engine = engine_with(diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}\nflow: begun>a'))
    instance = engine.start("example", {"text": "x" * 1000}, by="ann")
    assert len(engine.store.load(instance.id).state) < 1600
    assert engine.store.load(instance.id).started_at == BEGIN


def test_many_threads_run_one_definition_without_meeting() -> None:
    engine = engine_with(WITH_CATCH, groups_of=lambda user: {"office"})
    definition = engine.latest("example")
    given = {"amount": 1, "people": ["ann", "ben"]}

    def live(number: int) -> list[tuple[str, str | None]]:
        own = Engine(MemoryStore(f"t{number % 3}"), clock=MovingClock(BEGIN))
        act = Act(BEGIN, "ann")
        instance = ProcessInstance.begin(definition, f"{number:032x}", act, Surroundings(), variables=given)
        own.store.save(instance.change())
        for task in sorted(instance.open_tasks, key=lambda task: task.element_id):
            record = own.store.load(instance.id)
            step = ProcessInstance.at_rest(record, definition, Act(BEGIN, "ann"), Surroundings())
            step.complete_task(task.id, {})
            own.store.save(step.change())
        return [(event.kind, event.element_id) for event in own.events(instance.id) if event.kind == "flow_taken"]

    alone = len(live(0))
    with ThreadPoolExecutor(8) as pool:
        assert {len(told) for told in pool.map(live, range(200))} == {alone}


def test_the_cache_of_specs_keeps_those_used_last_from_many_threads() -> None:
    cache = SpecCache(size=3)
    definition = engine_with(WITH_CATCH).latest("example")
    keys = [("t", frozenset[str](), str(number)) for number in range(10)]

    def use(turn: int) -> None:
        key = keys[turn % 10]
        if cache.get(key) is None:
            cache.put(key, definition)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(2000)))
    assert sum(cache.get(key) is not None for key in keys) == 3
