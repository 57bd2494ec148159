"""What happened is recorded completely, in a chain that shows every change, and values can be erased from it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import rfc8785

from engine import history
from engine.canonical import digest
from engine.engine import Engine
from engine.errors import HistoryBroken
from engine.store.memory import MemoryStore
from tests.engine.diagrams import BEGIN, complete, conditional, diagram, engine_with, timer, trace, user_task

DIAGRAM = diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
<bpmn:boundaryEvent id="late" attachedToRef="a" cancelActivity="false">{timer("timeDuration", "PT1H")}
</bpmn:boundaryEvent><bpmn:endEvent id="noted"/>
<bpmn:exclusiveGateway id="split" default="split_ended"/><bpmn:endEvent id="ended"/>{user_task("b")}
{conditional("split_b", "split", "b", "= again")}
flow: begun>a, a>split, split>ended, late>noted, b>ended""")


def lived() -> tuple[Engine, str]:
    engine = engine_with(DIAGRAM)
    instance = engine.start("example", {"phone": "10000000001", "note": "电话"}, by="ann", business_key="HL-1")
    engine.clock.advance(timedelta(hours=2))
    assert engine.run_due() == 1
    task = engine.store.tasks(instance_id=instance.id)[0]
    engine.claim(task.id, by="ann")
    engine.complete_task(task.id, {"again": False, "note": "改"}, by="ann", on_behalf_of="ben")
    return engine, instance.id


def test_every_step_of_a_life_is_in_the_history_in_order() -> None:
    engine, instance_id = lived()
    told = [(event.kind, event.element_id) for event in engine.events(instance_id)]
    assert told == [
        ("instance_started", None), ("variable_written", None), ("variable_written", None),
        ("element_entered", "example"),
        ("element_entered", "begun"), ("element_left", "begun"), ("flow_taken", "begun_a"),
        ("element_entered", "a"), ("timer_set", "late"), ("task_created", "a"),
        ("timer_fired", "late"), ("element_entered", "late"), ("element_left", "late"), ("flow_taken", "late_noted"),
        ("element_entered", "noted"), ("element_left", "noted"),
        ("task_claimed", "a"), ("task_completed", "a"), ("variable_written", None), ("variable_written", None),
        ("element_left", "a"), ("flow_taken", "a_split"), ("element_entered", "split"), ("element_left", "split"),
        ("flow_taken", "split_ended"), ("element_entered", "ended"), ("element_left", "ended"),
        ("element_left", "example"), ("instance_completed", None),
    ]


def test_events_are_numbered_without_gaps_and_tell_who_did_it_for_whom_and_when() -> None:
    engine, instance_id = lived()
    events = engine.events(instance_id)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    completed = next(event for event in events if event.kind == "task_completed")
    assert (completed.actor, completed.on_behalf_of, completed.at) == ("ann", "ben", BEGIN + timedelta(hours=2))
    fired = next(event for event in events if event.kind == "timer_fired")
    assert fired.actor is None
    assert fired.data["due"] == (BEGIN + timedelta(hours=1)).isoformat()


def test_a_variable_is_recorded_with_its_old_and_new_hash_and_its_value_apart() -> None:
    engine, instance_id = lived()
    writes = [event for event in engine.events(instance_id) if event.data.get("name") == "note"]
    assert [event.values["note"] for event in writes] == ["电话", "改"]
    assert writes[1].data["old"] == writes[0].number
    assert [event.data.get("input") for event in writes] == [True, True]
    records = "".join(step.record for step in engine.store.steps(instance_id))
    assert "10000000001" not in records
    assert "电话" not in records


def test_the_same_value_has_another_hash_each_time() -> None:
    engine = engine_with(DIAGRAM)
    hashes = set()
    for _ in range(2):
        instance = engine.start("example", {"phone": "10000000001"}, by="ann")
        hashes |= {event.data["new"] for event in engine.events(instance.id) if event.kind == "variable_written"}
    assert len(hashes) == 2


def test_the_chain_begins_with_the_definition_and_holds() -> None:
    engine, instance_id = lived()
    first = json.loads(engine.store.steps(instance_id)[0].record)
    assert first["previous"] == digest(DIAGRAM)
    assert engine.verify(instance_id) == 29


def test_erasing_a_value_leaves_the_chain_whole() -> None:
    engine, instance_id = lived()
    assert engine.store.erase_values(instance_id, {"phone"}, at=engine.clock.now()) == 1
    assert engine.verify(instance_id) == 29
    assert "phone" not in engine.variables(instance_id)
    assert engine.variables(instance_id)["note"] == "改"


class Tampered(MemoryStore):
    """A store whose rows somebody has changed."""

    def __init__(self, honest: MemoryStore, number: int, what: str) -> None:
        super().__init__("test")
        self._honest, self._number, self._what = honest, number, what

    def load(self, instance_id, *, lock=False):  # type: ignore[no-untyped-def]
        record = self._honest.load(instance_id)
        return record._replace(head="0" * 64) if self._what == "head" else record

    def definition(self, definition_id):  # type: ignore[no-untyped-def]
        record = self._honest.definition(definition_id)
        return replace(record, checksum="0" * 64) if self._what == "definition" else record

    def steps(self, instance_id, *, after=0):  # type: ignore[no-untyped-def]
        steps = self._honest.steps(instance_id)
        step = steps[self._number]
        match self._what:
            case "removed":
                del steps[self._number]
            case "cut":
                del steps[-1]
            case "record":
                steps[self._number] = step._replace(record=step.record.replace('"ann"', '"eve"'))
            case "rehashed":
                record = step.record.replace('"ann"', '"eve"')
                steps[self._number] = step._replace(record=record, hash=digest(record))
            case "last":
                steps[self._number] = step._replace(last=step.last + 1)
            case "swapped":
                steps[self._number - 1 : self._number + 1] = steps[self._number], steps[self._number - 1]
            case "[]" | "{}" | '{"events":[1]}' | "no json":
                steps[self._number] = step._replace(record=self._what, hash=digest(self._what))
        return steps

    def values(self, instance_id, *, after=0):  # type: ignore[no-untyped-def]
        values = self._honest.values(instance_id)
        if self._what == "value":
            values[0] = values[0]._replace(value='"another"')
        elif self._what == "older value":  # note was written twice: its first value stands at the second event too
            first, second = (value for value in values if value.name == "note")
            values[values.index(second)] = first._replace(number=second.number)
        elif self._what == "other name":
            values[0] = values[0]._replace(name="again")
        elif self._what == "row removed":
            del values[0]
        elif self._what == "row added":
            values.append(values[0]._replace(number=1))
        elif self._what == "row twice":
            values.append(values[0])
        return values


@pytest.mark.parametrize("what", [
    "head", "definition", "removed", "cut", "record", "rehashed", "last", "swapped", "[]", "{}", '{"events":[1]}',
    "no json", "value", "older value", "other name", "row removed", "row added", "row twice",
])
def test_any_change_to_the_history_is_found(what: str) -> None:
    engine, instance_id = lived()
    assert isinstance(engine.store, MemoryStore)
    with pytest.raises(HistoryBroken):
        Engine(Tampered(engine.store, 2, what)).verify(instance_id)


def test_admin_edits_and_cancellations_keep_their_reason() -> None:
    engine = engine_with(DIAGRAM)
    instance = engine.start("example", by="ann")
    engine.set_variables(instance.id, {"again": True}, by="root", reason="误登")
    engine.cancel(instance.id, by="root", reason="重复")
    events = engine.events(instance.id)
    assert [event.values for event in events if event.kind in ("variables_edited", "instance_cancelled")] == [
        {"reason": "误登"}, {"reason": "重复"},
    ]
    assert trace(engine, instance.id, "task_cancelled", "element_cancelled") == [
        "task_cancelled a", "element_cancelled a", "element_cancelled example",
    ]
    assert engine.instance(instance.id).status == "cancelled"
    assert engine.store.jobs() == []
    assert engine.verify(instance.id) == len(events)


def test_a_decision_and_a_script_leave_only_what_they_wrote() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:scriptTask id="count" scriptFormat="feel"><bpmn:script>{{total: 0.1 + 0.2, day: today()}}</bpmn:script>
    </bpmn:scriptTask>{user_task("a")}
    flow: begun>count, count>a"""))
    instance = engine.start("example", by="ann")
    writes = [event for event in engine.events(instance.id) if event.kind == "variable_written"]
    assert [event.data.get("input") for event in writes] == [None, None]
    assert instance.variables == {"total": 0.3, "day": {"@date": "2026-10-09"}}
    complete(engine, instance.id, "a")
    assert engine.verify(instance.id) > 0


def test_a_history_is_that_of_its_own_instance() -> None:
    engine = engine_with(DIAGRAM)
    one, other = (engine.start("example", by="ann") for _ in range(2))
    store = engine.store
    record = store.load(other.id)
    moved = [step._replace(instance_id=one.id) for step in store.steps(other.id)]
    with pytest.raises(HistoryBroken, match="another instance"):
        history.verify(digest(DIAGRAM), record.head, record.last_event, moved, store.values(other.id))


def test_records_hold_nothing_that_two_readers_could_write_differently() -> None:
    engine, instance_id = lived()
    engine.deploy({"b.bpmn": DIAGRAM.replace(b'id="example"', b'id="second"')}, by="admin")
    other = engine.start("second", {"数": 1.5, "x": {"深": [1e300, -0.0]}}, by="ann", business_key="村-\U0001f600")
    engine.set_variables(other.id, {"键": None}, by="root", reason="误 \u2028")
    for step in [*engine.store.steps(instance_id), *engine.store.steps(other.id)]:
        assert step.record.encode() == rfc8785.dumps(json.loads(step.record))
    assert engine.verify(other.id) > 0


def test_a_worker_s_failure_is_told_with_its_name() -> None:
    engine = engine_with(diagram("""<bpmn:startEvent id="begun"/><bpmn:serviceTask id="s" camunda:topic="t"/>
    flow: begun>s"""))
    instance = engine.start("example", by="ann")
    (job,) = engine.lock_jobs(["t"], "w1")
    engine.fail_job(job.id, "w1", "no way", retries=1)
    (failed,) = [event for event in engine.events(instance.id) if event.kind == "job_failed"]
    assert (failed.actor, failed.values, failed.data["retries"]) == ("w1", {"error": "no way"}, 1)


def test_several_histories_are_read_as_each_is_by_itself() -> None:
    engine, first = lived()
    second = engine.start("example", {"phone": "10000000002"}, by="ann").id
    assert engine.events_of([first, second, "unknown"]) == {
        first: engine.events(first), second: engine.events(second), "unknown": [],
    }  # fmt: skip
