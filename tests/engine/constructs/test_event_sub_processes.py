"""Event sub-processes wait in scopes of every kind: in the process, in rounds, inside each other."""

from datetime import timedelta

import pytest

from engine.errors import NoMatchingSubscription
from tests.engine.constructs.play import playing, ran, refusals, trace
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, incidents, open_elements, timer, user_task

START = {"ran": [], "items": ["one", "two"]}


def test_each_round_has_its_own_and_nested_ones_begin_with_the_one_around_them() -> None:
    engine = playing("event_sub_processes")
    instance = engine.start("event_sub_processes", START, by="ann")
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("ask", by="ann")
    engine.clock.advance(timedelta(hours=1))
    assert engine.run_due() == 2, "one reminder in each round"
    complete(engine, instance.id, "work")
    assert engine.signal("alarm", by="ann") == 1
    assert open_elements(engine, instance.id) == ["stop"]
    for _ in range(2):
        engine.correlate("ask", by="ann")
    assert ran(engine, instance.id) == ["remind", "remind", "tell", "tell"]
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("pay", by="ann")  # it lives only as long as the one around it
    complete(engine, instance.id, "stop")
    assert engine.instance(instance.id).status == "completed"
    assert engine.store.jobs() == []
    trace(engine, instance.id)


def test_one_of_the_process_interrupts_all_inside() -> None:
    engine = playing("event_sub_processes")
    instance = engine.start("event_sub_processes", START, by="ann")
    engine.signal("alarm", by="ann")
    engine.clock.advance(timedelta(days=2))
    engine.run_due()
    assert engine.instance(instance.id).status == "completed"
    assert ran(engine, instance.id) == ["close"], "the reminders had gone with what the signal stopped"
    assert trace(engine, instance.id).endswith(
        "×stop ×stopping ×each ×stop ×stopping ×each ×each#multiInstanceBody +closing +closed -closed >closed_to_close "
        "+close -close >close_to_close_ended +close_ended -close_ended -closing -event_sub_processes"
    )


def test_an_event_that_starts_nothing_else_does_not_keep_the_scope_alive() -> None:
    engine = playing("event_sub_processes")
    instance = engine.start("event_sub_processes", START, by="ann")
    for _ in range(2):
        complete(engine, instance.id, "work")
    assert engine.instance(instance.id).status == "completed"
    assert (engine.store.jobs(), engine.store.subscriptions("signal", "alarm")) == ([], [])


def test_termination_ends_the_event_sub_process_that_it_stands_in() -> None:
    engine = playing("terminate")
    instance = engine.start("terminate", {"ran": [], "x": 0}, by="ann")
    assert ran(engine, instance.id) == []
    assert open_elements(engine, instance.id) == ["check", "decide"]
    for x in (9, 0, 9):
        engine.set_variables(instance.id, {"x": x}, by="ann", reason="because")
    assert open_elements(engine, instance.id) == ["check", "decide"]
    assert trace(engine, instance.id).count("+handling_terminated ×handle -handling_terminated -handling") == 2
    complete(engine, instance.id, "decide")
    assert engine.instance(instance.id).status == "completed"
    assert trace(engine, instance.id).endswith("+terminated ×check -terminated -terminate")


@pytest.mark.parametrize("start", ["<bpmn:startEvent id='s'/>", "<bpmn:startEvent id='s'/><bpmn:startEvent id='t'/>",
                                   "<bpmn:startEvent id='s' isInterrupting='false'><bpmn:errorEventDefinition/>"
                                   "</bpmn:startEvent>", user_task("t")])
def test_without_a_single_event_to_start_it_an_event_sub_process_is_refused(start: str) -> None:
    content = diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    <bpmn:subProcess id="handler" triggeredByEvent="true">{start}</bpmn:subProcess>
    flow: begun>a""")
    assert {rule for rule, _ in refusals(content)} & {"start_of_event_sub_process", "value_unsupported"}


def test_one_that_cannot_begin_stands_with_an_incident_and_begins_on_a_retry_with_what_it_has_caught() -> None:
    late = timer("timeDuration", "${late.after}")
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    <bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="x"/></bpmn:endEvent>
    <bpmn:subProcess id="handler" triggeredByEvent="true"><bpmn:startEvent id="caught">
    <bpmn:errorEventDefinition errorRef="x" camunda:errorCodeVariable="why"/></bpmn:startEvent>{user_task("mend")}
    <bpmn:subProcess id="hurry" triggeredByEvent="true"><bpmn:startEvent id="late">{late}</bpmn:startEvent>
    {user_task("b")}
    flow: late>b
    </bpmn:subProcess>
    flow: caught>mend
    </bpmn:subProcess>
    flow: begun>a, a>failed""", outside='<bpmn:error id="x" errorCode="X1"/>'))
    instance = engine.start("example", {"late": {}}, by="ann")
    complete(engine, instance.id, "a")
    assert [place for place, _ in incidents(engine, instance.id)] == ["handler"]
    engine.set_variables(instance.id, {"late": {"after": "P1D"}}, by="ann", reason="known now")
    engine.retry_job(engine.incidents()[0].id, by="ann")
    engine.run_due()
    assert (incidents(engine, instance.id), open_elements(engine, instance.id)) == ([], ["mend"])
    assert engine.variables(instance.id)["why"] == "X1"
    assert len([job for job in engine.store.jobs() if job.kind == "timer"]) == 1
    assert_refed_alike(engine, instance.id)
