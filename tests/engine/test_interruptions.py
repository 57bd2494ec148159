"""Whatever is interrupted leaves nothing behind: no task, no job, no subscription, no token."""

import json
import re
from datetime import timedelta

import pytest

from engine import replay
from engine.engine import Engine
from engine.errors import ExecutionFailed
from engine.surroundings import Surroundings
from tests.engine.diagrams import complete, conditional, diagram, engine_with, open_elements, timer, trace, user_task

OUTSIDE = """<bpmn:message id="m" name="stop"/><bpmn:message id="n" name="ask"/><bpmn:signal id="s" name="alarm"/>
<bpmn:error id="e" errorCode="bad"/><bpmn:error id="f" errorCode="worse"/>"""
STOP = '<bpmn:messageEventDefinition messageRef="m"/>'
ASK = '<bpmn:messageEventDefinition messageRef="n"/>'
ALARM = '<bpmn:signalEventDefinition signalRef="s"/>'
PEOPLE = ('<bpmn:multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="who"/>')
WHO = 'camunda:assignee="${who}"'


def boundary(name: str, host: str, definition: str, *, interrupting: bool = True) -> str:
    return (f'<bpmn:boundaryEvent id="{name}" attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}">'
            f"{definition}</bpmn:boundaryEvent>")


def assert_nothing_is_left(engine: Engine, instance_id: str) -> None:
    """The instance's tasks, jobs and subscriptions are those of its live tokens."""
    state = json.loads(engine.store.load(instance_id).state)
    held = [item for token in state["tokens"] for item in token.get("d", {}).items()]
    jobs = {job for key, job in held if re.fullmatch(r"job\d*", key)}
    waits = {subscription for key, subscription in held if re.fullmatch(r"subscription\d*", key)}
    tasks = {f"{instance_id}:{token['n']}" for token in state["tokens"] if "t" in token}
    assert {job.id for job in engine.store.jobs(instance_id=instance_id)} == jobs
    assert {task.id for task in engine.store.tasks(instance_id=instance_id)} == tasks
    found = {
        one.id for kind, name in (("message", "stop"), ("message", "ask"), ("signal", "alarm"))
        for one in engine.store.subscriptions(kind, name, instance_id=instance_id)  # type: ignore[arg-type]
    }
    assert found == waits
    assert engine.verify(instance_id) > 0


BUSY = f"""<bpmn:startEvent id="begun"/>
<bpmn:subProcess id="each">{PEOPLE}<bpmn:startEvent id="each_begun"/><bpmn:parallelGateway id="fork"/>
{user_task("a", WHO)}{boundary("reminded", "a", timer("timeCycle", "R/PT1H"), interrupting=False)}
<bpmn:endEvent id="noted"/>{boundary("asked", "a", ASK, interrupting=False)}<bpmn:endEvent id="answered"/>
<bpmn:subProcess id="deep"><bpmn:startEvent id="deep_begun"/><bpmn:eventBasedGateway id="first"/>
<bpmn:intermediateCatchEvent id="soon">{timer("timeDuration", "PT5H")}</bpmn:intermediateCatchEvent>
<bpmn:intermediateCatchEvent id="alarmed">{ALARM}</bpmn:intermediateCatchEvent>
flow: deep_begun>first, first>soon, first>alarmed
</bpmn:subProcess>
<bpmn:serviceTask id="call" camunda:topic="t"/><bpmn:task id="later" camunda:asyncBefore="true"/>
<bpmn:parallelGateway id="join"/>
<bpmn:endEvent id="each_stopped"><bpmn:terminateEventDefinition/></bpmn:endEvent>
<bpmn:subProcess id="inside" triggeredByEvent="true"><bpmn:startEvent id="inside_begun" isInterrupting="false">{ALARM}
</bpmn:startEvent>{user_task("i")}
flow: inside_begun>i
</bpmn:subProcess>
flow: each_begun>fork, fork>a, fork>deep, fork>call, fork>later, call>join, later>join, reminded>noted
flow: asked>answered, a>each_stopped
</bpmn:subProcess>
{boundary("stopped", "each", STOP)}{boundary("expired", "each", timer("timeDuration", "P1D"))}
{boundary("warned", "each", timer("timeCycle", "R2/PT2H"), interrupting=False)}<bpmn:endEvent id="warning_given"/>
{user_task("after")}{user_task("instead")}
flow: begun>each, each>after, stopped>instead, expired>instead, warned>warning_given"""


def busy() -> tuple[Engine, str]:
    engine = engine_with(diagram(BUSY, outside=OUTSIDE))
    instance = engine.start("example", {"people": ["ann", "ben"]}, by="ann")
    assert_nothing_is_left(engine, instance.id)
    engine.clock.advance(timedelta(hours=2))
    engine.run_due()
    assert_nothing_is_left(engine, instance.id)
    return engine, instance.id


def test_a_message_on_the_border_of_a_repeated_sub_process_clears_all_of_it() -> None:
    engine, instance_id = busy()
    assert len(engine.store.jobs(instance_id=instance_id)) > 6
    engine.correlate("stop", by="ann")
    assert open_elements(engine, instance_id) == ["instead"]
    assert engine.store.jobs(instance_id=instance_id) == []
    assert_nothing_is_left(engine, instance_id)


def test_a_timer_on_the_border_of_a_repeated_sub_process_clears_all_of_it() -> None:
    engine, instance_id = busy()
    engine.clock.advance(timedelta(days=2))
    while engine.run_due():
        assert_nothing_is_left(engine, instance_id)
    assert [each for each in open_elements(engine, instance_id) if each != "i"] == ["instead"]
    assert engine.store.jobs(instance_id=instance_id) == []


def test_termination_inside_one_round_leaves_the_other_rounds_alone() -> None:
    engine, instance_id = busy()
    for expected in (["a"], ["after"]):
        task = next(task for task in engine.store.tasks(instance_id=instance_id) if task.element_id == "a")
        engine.complete_task(task.id, by=str(task.assignee))
        assert open_elements(engine, instance_id) == expected
        assert_nothing_is_left(engine, instance_id)


def test_cancelling_an_instance_clears_all_of_it() -> None:
    engine, instance_id = busy()
    engine.cancel(instance_id, by="root", reason="x")
    assert json.loads(engine.store.load(instance_id).state)["tokens"] == []
    assert_nothing_is_left(engine, instance_id)


def test_a_signal_starts_an_event_sub_process_in_each_round_as_often_as_it_comes() -> None:
    engine, instance_id = busy()
    assert engine.signal("alarm", by="ann") == 4, "two catch events and two event sub-processes"
    assert engine.signal("alarm", by="ann") == 2
    assert open_elements(engine, instance_id) == ["a", "a", "i", "i", "i", "i"]
    assert_nothing_is_left(engine, instance_id)


def test_of_two_places_that_one_signal_reaches_the_first_may_take_away_the_second() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="inner"><bpmn:startEvent id="inner_begun"/>
    <bpmn:intermediateCatchEvent id="waits">{ALARM}</bpmn:intermediateCatchEvent>
    flow: inner_begun>waits
    </bpmn:subProcess>{boundary("caught", "inner", ALARM)}{user_task("a")}
    flow: begun>inner, caught>a""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    assert engine.signal("alarm", by="ann") == 1
    assert open_elements(engine, instance.id) == ["a"]
    assert_nothing_is_left(engine, instance.id)


def test_a_signal_reaches_the_instance_that_throws_it() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:intermediateCatchEvent id="heard">{ALARM}</bpmn:intermediateCatchEvent>{user_task("b")}
    {user_task("a")}<bpmn:intermediateThrowEvent id="cried">{ALARM}</bpmn:intermediateThrowEvent>{user_task("c")}
    flow: begun>fork, fork>heard, heard>b, fork>a, a>cried, cried>c""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    (task,) = engine.store.tasks(instance_id=instance.id)
    returned = engine.complete_task(task.id, by="ann")
    assert sorted(one.element_id for one in returned.open_tasks) == ["b", "c"]
    assert open_elements(engine, instance.id) == ["b", "c"]
    assert engine.verify(instance.id) > 0


def test_signals_that_call_each_other_without_end_are_refused() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun">{ALARM}</bpmn:startEvent>
    <bpmn:endEvent id="cried">{ALARM}</bpmn:endEvent>
    flow: begun>cried""", outside=OUTSIDE))
    with pytest.raises(ExecutionFailed, match="without end"):
        engine.signal("alarm", by="ann")


def test_a_loop_without_a_wait_state_is_refused() -> None:
    way_out = conditional("out", "again", "end", "= false")
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="again" default="again_t"/>
    <bpmn:task id="t"/><bpmn:endEvent id="end"/>{way_out}
    flow: begun>again, again>t, t>again"""))
    with pytest.raises(ExecutionFailed, match="without end"):
        engine.start("example", by="ann")


CATCH_BAD = '<bpmn:errorEventDefinition errorRef="e" camunda:errorCodeVariable="code"/>'
CATCH_ALL = '<bpmn:errorEventDefinition camunda:errorCodeVariable="code"/>'


def failing(code: str, inside: str, around: str) -> tuple[Engine, str]:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    <bpmn:startEvent id="inner_begun"/>{user_task("a")}
    <bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="{code}"/></bpmn:endEvent>{inside}
    flow: inner_begun>a, a>failed
    </bpmn:subProcess>{around}
    flow: begun>inner""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a")
    assert_nothing_is_left(engine, instance.id)
    return engine, instance.id


def saving(definition: str, name: str = "saving", body: str = "") -> str:
    return f"""<bpmn:subProcess id="{name}" triggeredByEvent="true"><bpmn:startEvent id="{name}_begun">{definition}
    </bpmn:startEvent>{body or user_task(f"{name}_task")}
    flow: {name}_begun>{name}_task
    </bpmn:subProcess>"""


def test_an_error_is_caught_inside_the_sub_process_before_its_border() -> None:
    around = boundary("caught", "inner", CATCH_BAD) + user_task("b") + "\nflow: caught>b"
    engine, instance_id = failing("e", saving(CATCH_ALL), around)
    assert open_elements(engine, instance_id) == ["saving_task"]
    assert engine.instance(instance_id).variables == {"code": "bad"}
    complete(engine, instance_id, "saving_task")
    assert engine.instance(instance_id).status == "completed"


@pytest.mark.parametrize(("code", "task"), [("e", "b"), ("f", "c")])
def test_an_event_that_names_the_error_comes_before_one_that_catches_all(code: str, task: str) -> None:
    around = (boundary("any", "inner", CATCH_ALL) + boundary("caught", "inner", CATCH_BAD) + user_task("b")
              + user_task("c") + "\nflow: caught>b, any>c")
    engine, instance_id = failing(code, "", around)
    assert open_elements(engine, instance_id) == [task]


def test_an_event_sub_process_does_not_catch_the_error_that_it_throws_itself() -> None:
    again = '<bpmn:endEvent id="saving_task"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>'
    around = boundary("caught", "inner", CATCH_BAD) + user_task("b") + "\nflow: caught>b"
    engine, instance_id = failing("e", saving(CATCH_BAD, body=again), around)
    assert open_elements(engine, instance_id) == ["b"]


def test_an_error_of_one_round_ends_all_rounds_and_is_recorded_so_that_it_can_be_fed_again() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="each">{PEOPLE}
    <bpmn:startEvent id="each_begun"/>{user_task("a", WHO)}
    <bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>
    flow: each_begun>a, a>failed
    </bpmn:subProcess>{boundary("caught", "each", CATCH_BAD)}{user_task("b")}
    flow: begun>each, caught>b""", outside=OUTSIDE))
    instance = engine.start("example", {"people": ["ann", "ben", "cleo"]}, by="ann")
    complete(engine, instance.id, "a", {"why": "x"})
    assert open_elements(engine, instance.id) == ["b"]
    assert engine.instance(instance.id).variables == {"people": ["ann", "ben", "cleo"], "why": "x", "code": "bad"}
    assert_nothing_is_left(engine, instance.id)
    events = engine.events(instance.id)
    again = replay.refeed(events, instance.definition, Surroundings(), instance_id=instance.id)
    assert replay.first_difference(events, again) is None


def test_an_interrupting_event_sub_process_ends_its_scope_alone_and_once() -> None:
    revoking = f"""<bpmn:subProcess id="revoking" triggeredByEvent="true"><bpmn:startEvent id="revoked">{STOP}
    </bpmn:startEvent>{user_task("r")}{boundary("r_asked", "r", ASK, interrupting=False)}<bpmn:endEvent id="told"/>
    <bpmn:subProcess id="within" triggeredByEvent="true"><bpmn:startEvent id="within_begun" isInterrupting="false">
    {ALARM}</bpmn:startEvent>{user_task("w")}
    flow: within_begun>w
    </bpmn:subProcess>
    flow: revoked>r, r_asked>told
    </bpmn:subProcess>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:subProcess id="inner"><bpmn:startEvent id="inner_begun"/>{user_task("a")}{revoking}
    flow: inner_begun>a
    </bpmn:subProcess>{user_task("b")}{user_task("after")}
    flow: begun>fork, fork>inner, fork>b, inner>after""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    assert engine.signal("alarm", by="ann") == 0, "not armed before its scope lives"
    engine.correlate("stop", by="ann")
    assert engine.store.subscriptions("message", "stop") == []
    assert engine.signal("alarm", by="ann") == 1
    engine.correlate("ask", by="ann")
    assert open_elements(engine, instance.id) == ["b", "r", "w"]
    assert_nothing_is_left(engine, instance.id)
    complete(engine, instance.id, "r")
    assert open_elements(engine, instance.id) == ["b", "w"]
    complete(engine, instance.id, "w")
    assert open_elements(engine, instance.id) == ["after", "b"]
    assert_nothing_is_left(engine, instance.id)


def test_of_several_events_on_one_border_the_interrupting_one_takes_the_others_with_it() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    {boundary("asked", "a", ASK, interrupting=False)}{boundary("stopped", "a", STOP)}
    {boundary("late", "a", timer("timeDuration", "PT1H"))}{boundary("alarmed", "a", ALARM, interrupting=False)}
    {user_task("b")}{user_task("c")}
    flow: begun>a, asked>b, stopped>c, late>c, alarmed>b""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    engine.correlate("ask", by="ann")
    engine.signal("alarm", by="ann")
    engine.correlate("stop", by="ann")
    assert open_elements(engine, instance.id) == ["b", "b", "c"]
    assert engine.store.jobs() == []
    assert_nothing_is_left(engine, instance.id)


@pytest.mark.parametrize("loop", ["", 'isSequential="true"'])
def test_an_event_on_the_border_of_a_repeated_task_counts_for_all_of_them(loop: str) -> None:
    people = PEOPLE.replace("/>", f" {loop}/>")
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a", WHO, people)}
    {boundary("stopped", "a", STOP)}{boundary("asked", "a", ASK, interrupting=False)}{user_task("b")}{user_task("c")}
    flow: begun>a, stopped>b, asked>c""", outside=OUTSIDE))
    instance = engine.start("example", {"people": ["ann", "ben", "cleo"]}, by="ann")
    engine.correlate("ask", by="ann")
    mine = [task for task in engine.store.tasks(instance_id=instance.id, assignee="ann") if task.element_id == "a"]
    engine.complete_task(mine[0].id, by="ann")
    engine.correlate("stop", by="ann")
    assert open_elements(engine, instance.id) == ["b", "c"]
    assert_nothing_is_left(engine, instance.id)


def test_a_join_in_a_sub_process_that_runs_twice_begins_anew_each_time() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="again"/>
    <bpmn:subProcess id="inner"><bpmn:startEvent id="inner_begun"/><bpmn:parallelGateway id="fork"/>{user_task("a")}
    {user_task("b")}<bpmn:parallelGateway id="join"/>{user_task("c")}
    flow: inner_begun>fork, fork>a, fork>b, a>join, b>join, join>c
    </bpmn:subProcess>{boundary("stopped", "inner", STOP)}
    <bpmn:exclusiveGateway id="more" default="more_ended"/><bpmn:endEvent id="ended"/>
    {conditional("back", "more", "again", "= go")}
    flow: begun>again, again>inner, inner>more, more>ended, stopped>again""", outside=OUTSIDE))
    instance = engine.start("example", {"go": True}, by="ann")
    complete(engine, instance.id, "a")
    engine.correlate("stop", by="ann")
    assert open_elements(engine, instance.id) == ["a", "b"]
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["a"], "the token that came before is gone"
    complete(engine, instance.id, "a")
    complete(engine, instance.id, "c", {"go": False})
    assert engine.instance(instance.id).status == "completed"
    assert_nothing_is_left(engine, instance.id)


def test_an_inclusive_join_in_a_loop_waits_for_what_a_border_may_still_bring() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="again"/>
    <bpmn:parallelGateway id="fork"/>{user_task("a")}{user_task("b")}{boundary("asked", "b", ASK, interrupting=False)}
    <bpmn:inclusiveGateway id="join"/>{user_task("c")}
    <bpmn:exclusiveGateway id="more" default="more_ended"/><bpmn:endEvent id="ended"/>
    {conditional("back", "more", "again", "= go")}
    flow: begun>again, again>fork, fork>a, fork>b, a>join, b>join, asked>join, join>c, c>more, more>ended""",
                                 outside=OUTSIDE))
    instance = engine.start("example", {"go": True}, by="ann")
    for go in (True, False):
        complete(engine, instance.id, "a")
        engine.correlate("ask", by="ann")
        assert open_elements(engine, instance.id) == ["b"]
        complete(engine, instance.id, "b")
        assert open_elements(engine, instance.id) == ["c"]
        complete(engine, instance.id, "c", {"go": go})
    assert engine.instance(instance.id).status == "completed"


def test_mappings_of_a_sub_process_hold_for_it_and_are_made_when_it_is_interrupted_too() -> None:
    mapped = """<bpmn:extensionElements><camunda:inputOutput>
    <camunda:inputParameter name="own">${total + 1}</camunda:inputParameter>
    <camunda:outputParameter name="done">${own}</camunda:outputParameter></camunda:inputOutput>
    </bpmn:extensionElements>"""
    body = f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">{mapped}{user_task("a")}</bpmn:subProcess>
    {boundary("stopped", "inner", STOP)}{user_task("b")}
    flow: begun>inner, stopped>b, inner>b"""
    engine = engine_with(diagram(body, outside=OUTSIDE))
    whole, cut = (engine.start("example", {"total": 1}, by="ann", business_key=key) for key in ("1", "2"))
    complete(engine, whole.id, "a", {"own": 5})
    engine.correlate("stop", business_key="2", variables={"own": 9}, by="ann")
    assert engine.instance(whole.id).variables == {"total": 1, "done": 5}
    assert engine.instance(cut.id).variables == {"total": 1, "own": 9, "done": 2}


def test_events_map_too_what_they_bring() -> None:
    mapped = """<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="answer">none
    </camunda:inputParameter><camunda:outputParameter name="result">${answer}</camunda:outputParameter>
    </camunda:inputOutput></bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:eventBasedGateway id="first"/>
    <bpmn:intermediateCatchEvent id="asked">{mapped}{ASK}</bpmn:intermediateCatchEvent>{user_task("a")}
    flow: begun>first, first>asked, asked>a""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    engine.correlate("ask", variables={"answer": "yes"}, by="ann")
    assert engine.instance(instance.id).variables == {"result": "yes"}


ASYNC = 'camunda:asyncBefore="true"'


@pytest.mark.parametrize(("whole", "each", "jobs"), [(ASYNC, "", 1), ("", ASYNC, 2), (ASYNC, ASYNC, 3)])
def test_a_repeated_activity_goes_on_later_as_a_whole_or_each_for_itself(whole: str, each: str, jobs: int) -> None:
    people = PEOPLE.replace("/>", f" {each}/>")
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a", f"{WHO} {whole}", people)}
    flow: begun>a"""))
    instance = engine.start("example", {"people": ["ann", "ben"]}, by="ann")
    assert open_elements(engine, instance.id) == []
    assert engine.run_due() == jobs
    assert open_elements(engine, instance.id) == ["a", "a"]
    assert_nothing_is_left(engine, instance.id)


def test_sub_processes_and_end_events_may_go_on_later() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner" {ASYNC}>
    <bpmn:startEvent id="inner_begun"/><bpmn:endEvent id="last" {ASYNC}/>
    flow: inner_begun>last
    </bpmn:subProcess>{boundary("stopped", "inner", STOP)}{user_task("b")}<bpmn:endEvent id="ended" {ASYNC}/>
    flow: begun>inner, inner>ended, stopped>b""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    assert engine.store.subscriptions("message", "stop") == [], "what is not entered has no border"
    assert engine.run_due() == 3
    assert engine.instance(instance.id).status == "completed"
    assert trace(engine, instance.id, "job_completed") == [f"job_completed {at}" for at in
                                                           ("inner", "last", "ended")]


def test_two_tokens_may_stand_in_one_task() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:task id="x"/><bpmn:task id="y"/>{user_task("a")}{boundary("stopped", "a", STOP)}{user_task("b")}
    flow: begun>fork, fork>x, fork>y, x>a, y>a, a>b, stopped>b""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a", "a"]
    complete(engine, instance.id, "a")
    assert open_elements(engine, instance.id) == ["a", "b"]
    engine.correlate("stop", by="ann")
    assert open_elements(engine, instance.id) == ["b", "b"]
    assert_nothing_is_left(engine, instance.id)


def test_camunda_s_objects_tell_what_we_have_a_word_for() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    {user_task("a", 'camunda:assignee="${execution.businessKey}" camunda:candidateUsers="${task.taskDefinitionKey}"')}
    flow: begun>a"""))
    instance = engine.start("example", by="ann", business_key="K-1")
    (task,) = engine.store.tasks(instance_id=instance.id)
    assert (task.assignee, task.candidate_users) == ("K-1", ("a",))
