"""Jobs run in steps of their own, are tried again, rest as incidents, and can be leased to workers elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from engine.engine import Engine
from engine.errors import JobLocked, JobNotFound, StateUnreadable, StoreUnavailable
from engine.feel.values import Function
from engine.instance import ProcessInstance
from engine.job import BACK_OFF, ServiceCall
from engine.store import Change
from engine.worker import Worker
from tests.engine.diagrams import BEGIN, conditional, diagram, engine_with, open_elements, timer, trace, user_task

SERVICE = diagram(f"""<bpmn:startEvent id="begun"/>
<bpmn:serviceTask id="send" camunda:type="external" camunda:topic="post">
<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="to">${{who}}</camunda:inputParameter>
<camunda:outputParameter name="receipt">${{number}}</camunda:outputParameter></camunda:inputOutput>
</bpmn:extensionElements></bpmn:serviceTask>
<bpmn:boundaryEvent id="refused" attachedToRef="send"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
{user_task("a")}{user_task("b")}
flow: begun>send, send>a, refused>b""", outside='<bpmn:error id="e" errorCode="no_address"/>')


def test_a_function_answers_a_topic_within_the_step() -> None:
    calls: list[ServiceCall] = []

    def post(call: ServiceCall) -> dict[str, Any]:
        calls.append(call)
        return {"number": 42}

    engine = engine_with(SERVICE, services={"post": post})
    instance = engine.start("example", {"who": "ben"}, by="ann", business_key="K")
    assert open_elements(engine, instance.id) == []
    assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == ["a"]
    assert [(call.topic, call.business_key, dict(call.variables)) for call in calls] == [("post", "K", {"to": "ben"})]
    assert engine.instance(instance.id).variables == {"who": "ben", "number": 42, "receipt": 42}
    assert engine.store.jobs() == []


def test_a_failing_function_is_tried_again_and_then_rests_as_an_incident() -> None:
    failing = True

    def post(call: ServiceCall) -> dict[str, Any]:
        if failing:
            raise RuntimeError("来电人 10000000001 has no address")
        return {"number": 1}

    engine = engine_with(SERVICE, services={"post": post})
    instance = engine.start("example", {"who": "ben"}, by="ann")
    for attempt, rest in enumerate(BACK_OFF[:3]):
        assert engine.run_due() == 1
        (job,) = engine.store.jobs()
        assert (job.retries, job.due_at) == (2 - attempt, engine.clock.now() + rest)
        assert engine.run_due() == 0, "the job rests"
        engine.clock.advance(rest)
    assert engine.run_due() == 0
    (incident,) = engine.incidents()
    assert incident.error is not None
    assert incident.error.startswith("RuntimeError at post:")
    assert "10000000001" not in incident.error
    assert trace(engine, instance.id, "job_failed") == ["job_failed send"] * 3
    failing = False
    engine.retry_job(incident.id, by="admin")
    assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == ["a"]
    assert engine.verify(instance.id) > 0


def test_a_leased_job_belongs_to_one_worker_until_its_lease_ends() -> None:
    engine = engine_with(SERVICE)
    instance = engine.start("example", {"who": "ben"}, by="ann")
    assert engine.run_due() == 0, "nobody here answers the topic"
    (job,) = engine.lock_jobs(["post"], "w1", lease=timedelta(minutes=1))
    assert engine.job_variables(job) == {"to": "ben"}
    assert engine.lock_jobs(["post"], "w2") == []
    with pytest.raises(JobLocked):
        engine.complete_job(job.id, "w2")
    engine.clock.advance(timedelta(minutes=2))
    with pytest.raises(JobLocked):
        engine.complete_job(job.id, "w1")
    (again,) = engine.lock_jobs(["post"], "w2")
    assert again.id == job.id
    engine.complete_job(job.id, "w2", {"number": 7})
    assert open_elements(engine, instance.id) == ["a"]
    with pytest.raises(JobNotFound):
        engine.complete_job(job.id, "w2")


def test_a_worker_may_throw_an_error_that_the_diagram_catches() -> None:
    engine = engine_with(SERVICE)
    instance = engine.start("example", {"who": "ben"}, by="ann")
    (job,) = engine.lock_jobs(["post"], "w1")
    engine.throw_error(job.id, "w1", "no_address", {"detail": "x"})
    assert open_elements(engine, instance.id) == ["b"]
    assert engine.instance(instance.id).variables["detail"] == "x"
    assert engine.store.jobs() == []


def test_a_worker_that_gives_up_makes_an_incident_at_once() -> None:
    engine = engine_with(SERVICE)
    engine.start("example", {"who": "ben"}, by="ann")
    (job,) = engine.lock_jobs(["post"], "w1")
    engine.fail_job(job.id, "w1", "unreachable", retries=0)
    assert [job.error for job in engine.incidents()] == ["unreachable"]
    assert engine.lock_jobs(["post"], "w1") == []


def test_an_asynchronous_step_runs_in_a_transaction_of_its_own() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:scriptTask id="count" camunda:asyncBefore="true" scriptFormat="feel" camunda:resultVariable="n">
    <bpmn:script>1 + 1</bpmn:script></bpmn:scriptTask>{user_task("a")}
    flow: begun>count, count>a"""))
    instance = engine.start("example", by="ann")
    assert engine.instance(instance.id).positions == ["count"]
    assert engine.run_due() == 1
    assert engine.instance(instance.id).variables == {"n": 2}
    assert open_elements(engine, instance.id) == ["a"]


def test_a_step_that_cannot_be_run_is_an_incident_that_can_be_repaired() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:exclusiveGateway id="way" camunda:asyncBefore="true"/>{user_task("a")}{user_task("b")}
    {conditional("one", "way", "a", "= go = 1")}{conditional("two", "way", "b", "= go = 2")}
    flow: begun>way"""))
    instance = engine.start("example", by="ann")
    while not engine.incidents():
        engine.run_due()
        engine.clock.advance(timedelta(hours=1))
    (incident,) = engine.incidents()
    assert incident.error is not None
    assert incident.error.startswith("execution_failed: no condition of way is true")
    engine.set_variables(instance.id, {"go": 2}, by="root", reason="补填")
    engine.retry_job(incident.id, by="root")
    assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == ["b"]


def test_a_worker_runs_each_job_in_a_transaction_and_notes_failures_in_another() -> None:
    entered = 0
    failing = True

    def post(call: ServiceCall) -> dict[str, Any]:
        if failing:
            raise RuntimeError
        return {"number": 1}

    engine = engine_with(SERVICE, services={"post": post})

    @contextmanager
    def transaction() -> Iterator[Engine]:
        nonlocal entered
        entered += 1
        yield engine

    worker = Worker(transaction)
    instance = engine.start("example", {"who": "ben"}, by="ann")
    assert worker.step()
    assert entered == 2
    assert not worker.step()
    failing = False
    engine.clock.advance(BACK_OFF[0])
    assert worker.step()
    assert open_elements(engine, instance.id) == ["a"]


def test_a_job_whose_instance_cannot_be_read_does_not_hold_up_the_others() -> None:
    asynchronous = diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="t" camunda:asyncBefore="true"/>
    {user_task("a")}
    flow: begun>t, t>a""")
    engine = engine_with(asynchronous)
    broken, sound = engine.start("example", by="ann"), engine.start("example", by="ann")
    record = engine.store.load(broken.id)
    engine.store.save(Change(record._replace(state='{"format": 1}', revision=record.revision + 1)))
    with pytest.raises(StateUnreadable, match="damaged"):
        engine.instance(broken.id)
    for _ in range(3):
        engine.run_due()
        engine.clock.advance(timedelta(hours=1))
    assert open_elements(engine, sound.id) == ["a"]
    assert [job.instance_id for job in engine.incidents()] == [broken.id]


def test_a_job_whose_failure_cannot_be_noted_becomes_an_incident_all_the_same() -> None:
    services = {"post": lambda call: {"number": 1}}
    engine = engine_with(SERVICE, services=services)
    instance = engine.start("example", {"who": "ben"}, by="ann")

    def refuse(change: Change, instance: ProcessInstance) -> None:
        raise RuntimeError("the case's row cannot be written")

    @contextmanager
    def transaction() -> Iterator[Engine]:
        with engine.store.transaction():  # type: ignore[attr-defined]
            yield Engine(engine.store, clock=engine.clock, services=services, on_change=refuse)

    worker = Worker(transaction)
    while worker.step():
        engine.clock.advance(timedelta(hours=2))
    (incident,) = engine.incidents()
    assert (incident.instance_id, incident.attempt) == (instance.id, 3)
    assert incident.error is not None
    assert incident.error.startswith("RuntimeError at refuse:")


def test_a_database_that_is_gone_is_no_fault_of_the_job() -> None:
    def post(call: ServiceCall) -> dict[str, Any]:
        raise StoreUnavailable("gone")

    engine = engine_with(SERVICE, services={"post": post})
    engine.start("example", {"who": "ben"}, by="ann")

    @contextmanager
    def transaction() -> Iterator[Engine]:
        with engine.store.transaction():  # type: ignore[attr-defined]
            yield engine

    with pytest.raises(StoreUnavailable):
        Worker(transaction).step()
    (job,) = engine.store.jobs()
    assert (job.retries, job.attempt, job.locked_by) == (3, 0, None)


def test_a_worker_sleeps_its_full_rest_beside_work_that_is_not_its_own() -> None:
    engine = engine_with(SERVICE)
    engine.start("example", {"who": "ben"}, by="ann")

    @contextmanager
    def transaction() -> Iterator[Engine]:
        yield engine

    worker = Worker(transaction, poll=timedelta(seconds=7))
    assert not worker.step()
    assert worker._rest() == 7


def test_a_job_of_a_cancelled_place_is_not_found() -> None:
    engine = engine_with(SERVICE)
    instance = engine.start("example", {"who": "ben"}, by="ann")
    (job,) = engine.lock_jobs(["post"], "w1")
    engine.cancel(instance.id, by="root", reason="x")
    for act in (engine.complete_job, engine.fail_job):
        with pytest.raises(JobNotFound):
            act(job.id, "w1", {})  # type: ignore[operator]
    with pytest.raises(JobNotFound):
        engine.note_failure(job.id, "x")
    with pytest.raises(JobNotFound):
        engine.retry_job(job.id, by="root")


def test_an_error_that_nobody_catches_is_an_incident_and_a_retry_asks_the_worker_again() -> None:
    engine = engine_with(SERVICE)
    instance = engine.start("example", {"who": "ben"}, by="ann")
    (job,) = engine.lock_jobs(["post"], "w1")
    engine.throw_error(job.id, "w1", "unheard_of")
    (incident,) = engine.incidents()
    assert "nobody catches the error 'unheard_of'" in (incident.error or "")
    engine.retry_job(incident.id, by="root")
    engine.run_due()
    (job,) = engine.lock_jobs(["post"], "w1")
    engine.complete_job(job.id, "w1", {"number": 1})
    assert open_elements(engine, instance.id) == ["a"]


def test_two_failures_long_apart_leave_a_start_timer_all_its_attempts() -> None:
    failing = True
    struck = diagram(f"""<bpmn:startEvent id="struck">{timer("timeCycle", "R/PT1H")}</bpmn:startEvent>
    <bpmn:scriptTask id="s" scriptFormat="feel" camunda:resultVariable="x"><bpmn:script>ours()</bpmn:script>
    </bpmn:scriptTask>
    flow: struck>s""")

    def ours(run: object) -> str:
        if failing:
            raise RuntimeError("not now")
        return "done"

    engine = engine_with(struck, functions={"ours": Function("ours", (), ours)})
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 1
    (job,) = engine.store.jobs()
    assert (job.retries, len(engine.store.instances())) == (2, 0)
    failing = False
    engine.clock.advance(BACK_OFF[0])
    assert engine.run_due() == 1
    (job,) = engine.store.jobs()
    assert (job.retries, job.error, job.due_at) == (3, None, BEGIN + timedelta(hours=2))
    assert len(engine.store.instances()) == 1
