"""Whatever can come into an instance from outside can be fed again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine import Engine, ProcessInstance
from engine.job import ServiceCall
from engine.replay import ACTS, ReplayImpossible, first_difference, refeed
from engine.surroundings import Surroundings
from tests.engine.diagrams import diagram, engine_with, timer, user_task
from tests.replay.test_recount import Days, always, started

MESSAGE = '<bpmn:message id="m" name="paid"/>'
SIGNAL = '<bpmn:signal id="s" name="storm"/>'
ERROR = '<bpmn:error id="e" errorCode="lost"/>'
TWICE = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"  # noqa: E501


def catching(definition: str) -> Engine:
    event = f'<bpmn:intermediateCatchEvent id="wait">{definition}</bpmn:intermediateCatchEvent>'
    body = f'<bpmn:startEvent id="start"/>{event}<bpmn:endEvent id="end"/>\nflow: start>wait, wait>end'
    return engine_with(diagram(body, outside=MESSAGE + SIGNAL))


def one_task(attributes: str = 'camunda:candidateGroups="staff"', inside: str = "") -> Engine:
    body = f'<bpmn:startEvent id="start" camunda:initiator="starter"/>{user_task("ask", attributes, inside)}'
    body += '<bpmn:endEvent id="end"/>\nflow: start>ask, ask>end'
    return engine_with(diagram(body), groups_of=lambda user: ("staff",))


def one_service() -> Engine:
    body = """
    <bpmn:startEvent id="start"/>
    <bpmn:serviceTask id="send" camunda:type="external" camunda:topic="post"/>
    <bpmn:boundaryEvent id="lost" attachedToRef="send"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
    <bpmn:endEvent id="end"/><bpmn:endEvent id="search"/>
    flow: start>send, send>end, lost>search"""
    return engine_with(diagram(body, outside=ERROR))


def claimed_and_given_about() -> tuple[Engine, ProcessInstance]:
    engine = one_task()
    instance = engine.start("example", {"text": "a", "none": None, "list": [1, 2.5, True]}, by="ann", business_key="1")
    task = instance.open_tasks[0].id
    engine.claim(task, by="bob")
    engine.unclaim(task, by="bob")
    engine.assign(task, "cleo", by="boss")
    engine.assign(task, None, by="boss")
    engine.assign(task, "cleo", by="boss")
    return engine, engine.complete_task(task, {"answer": {"deep": ["x"]}}, by="dan", on_behalf_of="cleo")


def edited_and_cancelled() -> tuple[Engine, ProcessInstance]:
    engine = one_task(inside=TWICE)
    instance = engine.start("example", {"amount": 1}, by="ann")
    engine.set_variables(instance.id, {"amount": 2, "other": "b"}, by="boss", reason="a slip")
    return engine, engine.cancel(instance.id, by="boss", reason="not needed")


def annotated_also_after_its_end() -> tuple[Engine, ProcessInstance]:
    engine = one_task()
    instance = engine.start("example", by="ann")
    engine.annotate(instance.id, "the paper is in the safe", by="boss")
    ended = engine.complete_task(instance.open_tasks[0].id, {}, by="dan")
    return engine, engine.annotate(ended.id, "counted twice", by="boss")


def given_a_message() -> tuple[Engine, ProcessInstance]:
    engine = catching('<bpmn:messageEventDefinition messageRef="m"/>')
    engine.start("example", by="ann", business_key="7")
    return engine, engine.correlate("paid", business_key="7", variables={"sum": 12.5}, by="bank")


def given_a_signal() -> tuple[Engine, ProcessInstance]:
    engine = catching('<bpmn:signalEventDefinition signalRef="s"/>')
    instance = engine.start("example", by="ann")
    engine.signal("storm", {"level": 3}, by="weather")
    return engine, engine.instance(instance.id)


def woken_by_a_timer() -> tuple[Engine, ProcessInstance]:
    engine = catching(timer("timeDuration", "PT1H"))
    instance = engine.start("example", by="ann")
    engine.clock.advance(timedelta(hours=2))  # type: ignore[attr-defined]
    assert engine.run_due() == 1
    return engine, engine.instance(instance.id)


def continued_by_a_job() -> tuple[Engine, ProcessInstance]:
    engine = one_task('camunda:assignee="ann" camunda:asyncBefore="true"')
    instance = engine.start("example", by="ann")
    assert engine.run_due() == 1
    return engine, engine.complete_task(engine.instance(instance.id).open_tasks[0].id, by="ann")


def served_after_a_failure() -> tuple[Engine, ProcessInstance]:
    engine = one_service()
    instance = engine.start("example", by="ann")
    job = engine.lock_jobs(["post"], "w")[0]
    engine.fail_job(job.id, "w", "the post office is closed", retries=0)
    engine.retry_job(job.id, by="boss")
    engine.lock_jobs(["post"], "w")
    engine.complete_job(job.id, "w", {"receipt": "r1"})
    return engine, engine.instance(instance.id)


def served_by_a_function() -> tuple[Engine, ProcessInstance]:
    engine = engine_with(
        diagram("""<bpmn:startEvent id="start"/>
        <bpmn:serviceTask id="send" camunda:type="external" camunda:topic="post"/><bpmn:endEvent id="end"/>
        flow: start>send, send>end"""),
        services={"post": _post},
    )  # fmt: skip
    instance = engine.start("example", by="ann")
    assert engine.run_due() == 1
    return engine, engine.instance(instance.id)


def _post(call: ServiceCall) -> dict[str, str]:
    return {"receipt": call.job_id}


def ended_by_an_error() -> tuple[Engine, ProcessInstance]:
    engine = one_service()
    instance = engine.start("example", by="ann")
    job = engine.lock_jobs(["post"], "w")[0]
    engine.throw_error(job.id, "w", "lost", {"where": "at sea"})
    return engine, engine.instance(instance.id)


def begun_by_choice() -> tuple[Engine, ProcessInstance]:
    tasks = user_task("a", 'camunda:assignee="ann"') + user_task("b", 'camunda:assignee="ann"')
    engine = engine_with(diagram(f"""<bpmn:startEvent id="start"/>
    <bpmn:adHocSubProcess id="some" ordering="Sequential">{tasks}</bpmn:adHocSubProcess><bpmn:endEvent id="end"/>
    flow: start>some, some>end"""))
    instance = engine.start("example", by="ann")
    instance = engine.start_activity(instance.id, "b", by="ann")
    for _ in range(2):
        instance = engine.complete_task(instance.open_tasks[0].id, by="ann")
    return engine, instance


def counted_again() -> tuple[Engine, ProcessInstance]:
    engine, days, number, _ = started()
    days.days = 2
    assert engine.recount(number, always, by="boss", reason="the calendar came").tasks
    return engine, engine.cancel(number, by="boss", reason="not needed")


STORIES = (
    claimed_and_given_about, edited_and_cancelled, annotated_also_after_its_end, given_a_message, given_a_signal,
    woken_by_a_timer, continued_by_a_job, served_after_a_failure, served_by_a_function, ended_by_an_error,
    begun_by_choice, counted_again,
)  # fmt: skip
Story = Callable[[], tuple[Engine, ProcessInstance]]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_an_instance_lives_through_it_again(story: Story) -> None:
    engine, instance = story()
    recorded = engine.events(instance.id)
    around = Surroundings(functions=Days().functions())
    again = refeed(recorded, instance.definition, around, instance_id=instance.id)
    assert first_difference(recorded, again) is None
    assert recorded[-1].kind in ("instance_completed", "element_cancelled", "instance_annotated")


def test_the_stories_hold_every_kind_of_input() -> None:
    kinds: set[str] = set()
    for story in STORIES:
        engine, instance = story()
        kinds |= {event.kind for event in engine.events(instance.id)}
    assert kinds >= ACTS


def test_a_task_that_is_not_there_in_the_replay_is_told_with_its_event() -> None:
    engine, instance = claimed_and_given_about()
    other, ended = edited_and_cancelled()
    with pytest.raises(ReplayImpossible, match=r"event 1[0-9], task_claimed"):
        refeed(engine.events(instance.id), ended.definition, Surroundings(), instance_id=instance.id)
    assert other.verify(ended.id)
