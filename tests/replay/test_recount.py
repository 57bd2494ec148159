"""Limits counted again: an instance then stands as if its functions had told at once what they tell now."""

from datetime import datetime, timedelta

import pytest

from engine import Engine
from engine.canonical import Json
from engine.feel import Function, from_json
from engine.replay import ReplayImpossible, first_difference, refeed
from engine.store import TaskRecord
from engine.surroundings import Surroundings
from tests.engine.diagrams import conditional, diagram, engine_with, timer, user_task

LOCAL = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"  # noqa: E501
BODY = f"""<bpmn:startEvent id="start"/>
<bpmn:scriptTask id="count" scriptFormat="feel" camunda:resultVariable="limit_at"><bpmn:script>limit(3)</bpmn:script>
</bpmn:scriptTask>
{user_task("ask", 'camunda:assignee="ann" camunda:dueDate="${limit_at}" camunda:followUpDate="${limit(1)}"', LOCAL)}
<bpmn:boundaryEvent id="late" attachedToRef="ask" cancelActivity="false">{timer("timeDate", "${limit_at}")}</bpmn:boundaryEvent>
<bpmn:boundaryEvent id="soon" attachedToRef="ask" cancelActivity="false">{timer("timeDuration", "P2D")}</bpmn:boundaryEvent>
<bpmn:endEvent id="end"/><bpmn:endEvent id="over"/><bpmn:endEvent id="gone"/>
flow: start>count, count>ask, ask>end, late>over, soon>gone"""  # noqa: E501


class Days:
    """A calendar by which each unit of a limit has so many days; it may learn better."""

    def __init__(self) -> None:
        self.days = 1

    def functions(self) -> dict[str, Function]:
        def limit(run, amount):  # type: ignore[no-untyped-def]
            return run.now + timedelta(days=self.days * int(amount))

        return {"limit": Function("limit", ("amount",), limit, required=1, is_recorded=True)}


def always(at: datetime, told: object) -> bool:
    return True


def started(body: str = BODY) -> tuple[Engine, Days, str, datetime]:
    days = Days()
    engine = engine_with(diagram(body), functions=days.functions())
    return engine, days, engine.start("example", by="ann").id, engine.clock.now()


def asked(engine: Engine, number: str) -> list[TaskRecord]:
    return sorted(engine.instance(number).open_tasks, key=lambda task: task.id)


def check_replay(engine: Engine, days: Days, number: str) -> None:
    events = engine.events(number)
    again = refeed(
        events, engine.instance(number).definition, Surroundings(functions=days.functions()), instance_id=number
    )
    assert first_difference(events, again) is None
    assert engine.verify(number) == len(events)


def test_variables_tasks_and_timers_fall_due_as_the_function_now_tells() -> None:
    engine, days, number, at = started()
    days.days = 2
    engine.clock.advance(timedelta(hours=5))  # type: ignore[attr-defined]
    limits = engine.recount(number, always, by="boss", reason="the calendar came")
    assert len(limits.tasks) == 2 and len(limits.timers) == 1 and list(limits.variables) == [1]
    assert {task.due_at for task in asked(engine, number)} == {at + timedelta(days=6)}
    assert {task.follow_up_at for task in asked(engine, number)} == {at + timedelta(days=2)}
    assert [task.due_at for task in engine.store.tasks(instance_id=number)] == [at + timedelta(days=6)] * 2
    dues = {job.element_id: job.due_at for job in engine.store.jobs(instance_id=number)}
    assert dues == {"late": at + timedelta(days=6), "soon": at + timedelta(days=2)}, "durations run by the clock"
    check_replay(engine, days, number)
    engine.clock.advance(timedelta(days=3))  # type: ignore[attr-defined]
    assert engine.run_due() == 1, "the old instant is nobody's any more"
    engine.clock.advance(timedelta(days=3))  # type: ignore[attr-defined]
    assert engine.run_due() == 1
    for task in asked(engine, number):
        engine.complete_task(task.id, by="ann")
    assert engine.store.load(number).status == "completed"
    check_replay(engine, days, number)


def test_a_second_recount_goes_on_from_the_first() -> None:
    engine, days, number, at = started()
    for factor in (2, 5, 5, 1):
        days.days = factor
        engine.recount(number, always, by="boss", reason="better known")
        assert {task.due_at for task in asked(engine, number)} == {at + timedelta(days=3 * factor)}
        check_replay(engine, days, number)
    recounts = [event for event in engine.events(number) if event.kind == "limits_recounted"]
    assert len(recounts) == 3, "what changes nothing leaves no trace"
    assert {event.values["reason"] for event in recounts} == {"better known"}


def test_only_what_is_stale_is_asked_anew() -> None:
    engine, days, number, at = started()
    days.days = 2

    def is_late(then: datetime, told: Json) -> bool:
        value = from_json(told)
        assert isinstance(value, datetime) and then == at
        return value > at + timedelta(days=2)

    assert engine.recount(number, is_late, by="boss", reason="late ones").variables
    assert {task.due_at for task in asked(engine, number)} == {at + timedelta(days=6)}
    assert {task.follow_up_at for task in asked(engine, number)} == {at + timedelta(days=1)}
    engine.recount(number, lambda then, told: False, by="boss", reason="it was right at first")
    assert {task.due_at for task in asked(engine, number)} == {at + timedelta(days=3)}, "back to what was told"
    check_replay(engine, days, number)


def test_one_that_would_have_gone_another_way_is_refused_and_stays() -> None:
    tasks = user_task("short", 'camunda:assignee="ann"') + user_task("long", 'camunda:assignee="ann"')
    way = conditional("far", "which", "long", "${is_long}")
    body = f"""<bpmn:startEvent id="start"/>
    <bpmn:scriptTask id="count" scriptFormat="feel" camunda:resultVariable="is_long">
    <bpmn:script>limit(3) &gt; date and time("2026-10-13T00:00:00Z")</bpmn:script></bpmn:scriptTask>
    <bpmn:exclusiveGateway id="which" default="which_short"/>{tasks}{way}
    <bpmn:endEvent id="end"/><bpmn:endEvent id="over"/>
    flow: start>count, count>which, which>short, short>end, long>over"""
    engine, days, number, _ = started(body)
    assert [task.element_id for task in asked(engine, number)] == ["short"]
    days.days, before = 2, engine.events(number)
    with pytest.raises(ReplayImpossible, match="another way"):
        engine.recount(number, always, by="boss", reason="the calendar came")
    assert engine.events(number) == before
