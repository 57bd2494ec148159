"""Conditional events happen when their condition becomes true, whoever writes what it reads."""

from datetime import timedelta

import pytest

from engine.engine import Engine
from tests.engine.constructs.play import last, playing, ran, refusals, trace
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, open_elements, user_task


def write(engine: Engine, instance_id: str, **variables: object) -> str:
    """Edit variables by hand, and return the trace of what came of it."""
    before = last(engine, instance_id)
    engine.set_variables(instance_id, variables, by="ann", reason="because")
    return trace(engine, instance_id, before)


def test_a_border_that_does_not_interrupt_happens_whenever_its_condition_becomes_true_anew() -> None:
    engine = playing("conditional_border")
    instance = engine.start("conditional_border", {"ran": [], "x": 0}, by="ann")
    noted = "?grown +grown -grown >grown_to_note +note -note >note_to_noted +noted -noted"
    assert write(engine, instance.id, x=6) == noted
    assert write(engine, instance.id, x=7) == "", "it has been true all the time"
    assert write(engine, instance.id, x=1) == ""
    assert write(engine, instance.id, x=8) == noted
    assert open_elements(engine, instance.id) == ["check"]
    assert write(engine, instance.id, x=200) == (
        "?overgrown ×check +overgrown -overgrown >overgrown_to_stop +stop -stop >stop_to_stopped +stopped -stopped "
        "-conditional_border"
    )
    assert ran(engine, instance.id) == ["note", "note", "stop"]


def test_a_condition_that_is_true_from_the_beginning_interrupts_before_the_work_begins() -> None:
    engine = playing("conditional_border")
    instance = engine.start("conditional_border", {"ran": [], "x": 300}, by="ann")
    assert ran(engine, instance.id) == ["note", "stop"]
    assert engine.store.tasks(instance_id=instance.id, status=None) == [], "the task was never opened"


def test_a_condition_looks_at_the_changes_that_it_names_only() -> None:
    engine = playing("conditional_catch")
    instance = engine.start("conditional_catch", {"ran": []}, by="ann")
    assert write(engine, instance.id, y=1) == ""
    assert write(engine, instance.id, x=9) == "", "x is created, and updates alone matter"
    assert write(engine, instance.id, y=2) == ""
    assert write(engine, instance.id, x=8).startswith("?grown -grown")
    assert engine.start("conditional_catch", {"ran": [], "x": 9}, by="ann").status == "completed", "as it is found"


def test_workers_results_messages_and_scripts_start_conditional_event_sub_processes() -> None:
    engine = playing("conditional_event_sub_process")
    instance = engine.start("conditional_event_sub_process", {"ran": [], "x": 0}, by="ann")
    (job,) = engine.lock_jobs(["count"], "worker")
    engine.complete_job(job.id, "worker", {"x": 6})
    assert ran(engine, instance.id) == ["note"]
    assert write(engine, instance.id, x=1) == ""
    before = last(engine, instance.id)
    engine.correlate("ask", variables={"x": 95}, by="ann")
    assert trace(engine, instance.id, before) == (
        "?grown +noting +grown -grown >grown_to_note -answered >answered_to_calculate +note -note >note_to_noted "
        "+calculate ?overgrown ×noted ×noting ×calculate +stopping +overgrown -overgrown >overgrown_to_stop "
        "+stop -stop >stop_to_stopped +stopped -stopped -stopping -conditional_event_sub_process"
    ), "what is written takes effect before what has written it is left"


def test_people_s_answers_are_looked_at_too() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    <bpmn:startEvent id="inner_begun"/>{user_task("a")}{user_task("b")}
    flow: inner_begun>a, a>b
    </bpmn:subProcess><bpmn:boundaryEvent id="refused" attachedToRef="inner"><bpmn:conditionalEventDefinition>
    <bpmn:condition>= not(agreed)</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:boundaryEvent>
    {user_task("c")}
    flow: begun>inner, refused>c"""))
    for agreed, expected in ((True, ["b"]), (False, ["c"])):
        instance = engine.start("example", by="ann")
        complete(engine, instance.id, "a", {"agreed": agreed})
        assert open_elements(engine, instance.id) == expected
        assert "×b" not in trace(engine, instance.id).split(" ") or not agreed


def test_a_condition_and_a_timer_on_the_border_see_the_activity_s_own_variables() -> None:
    mapped = """<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="limit">PT2H
    </camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    {user_task("a", inside=mapped)}<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition>
    <bpmn:timeDuration>${{limit}}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
    <bpmn:boundaryEvent id="limited" attachedToRef="a" cancelActivity="false"><bpmn:conditionalEventDefinition>
    <bpmn:condition>= limit = "PT2H"</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:boundaryEvent>
    {user_task("b")}{user_task("c")}
    flow: begun>a, late>b, limited>c"""))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a", "c"]
    (job,) = engine.store.jobs()
    assert job.due_at - engine.clock.now() == timedelta(hours=2)


@pytest.mark.parametrize(("definition", "rule"), [
    ("<bpmn:conditionalEventDefinition/>", "event_empty"),
    ("<bpmn:conditionalEventDefinition><bpmn:condition>x</bpmn:condition></bpmn:conditionalEventDefinition>",
     "expression_invalid"),
    ('<bpmn:conditionalEventDefinition camunda:variableEvents="drop"><bpmn:condition>= x</bpmn:condition>'
     "</bpmn:conditionalEventDefinition>", "value_unsupported"),
    ('<bpmn:conditionalEventDefinition><bpmn:condition language="groovy">x</bpmn:condition>'
     "</bpmn:conditionalEventDefinition>", "script_refused"),
])
def test_conditions_that_cannot_be_looked_at_are_refused(definition: str, rule: str) -> None:
    content = diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:intermediateCatchEvent id="n">{definition}</bpmn:intermediateCatchEvent>
    flow: begun>n""")
    assert rule in [found for found, _ in refusals(content)]


def test_what_is_written_when_a_message_is_sent_at_last_is_looked_at_too() -> None:
    sent = """<bpmn:endEvent id="tell"><bpmn:extensionElements><camunda:properties>
    <camunda:property name="message.timeToLive" value="P1D"/></camunda:properties><camunda:inputOutput>
    <camunda:outputParameter name="sent">${true}</camunda:outputParameter></camunda:inputOutput>
    </bpmn:extensionElements><bpmn:messageEventDefinition messageRef="m"/></bpmn:endEvent>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:intermediateCatchEvent id="known"><bpmn:conditionalEventDefinition><bpmn:condition>${{sent}}</bpmn:condition>
    </bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>{user_task("got")}{sent}
    flow: begun>fork, fork>known, known>got, fork>tell""", outside='<bpmn:message id="m" name="paid"/>'))
    instance = engine.start("example", {"sent": False}, by="ann")
    assert open_elements(engine, instance.id) == ["got"]


def test_what_completes_an_activity_may_make_the_condition_true_that_interrupts_it() -> None:
    """As Camunda 7 has it: variables are written while the activity is still there."""
    border = f"""<bpmn:boundaryEvent id="met" attachedToRef="work"><bpmn:conditionalEventDefinition>
    <bpmn:condition>${{x == 1}}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:boundaryEvent>
    {user_task("other")}"""
    script = """<bpmn:scriptTask id="work" scriptFormat="feel" camunda:resultVariable="x"><bpmn:script>y</bpmn:script>
    </bpmn:scriptTask>"""
    for work in (user_task("work"), script):
        for value, expected in ((1, "other"), (2, "after")):
            engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{work}{border}{user_task("after")}
            flow: begun>work, work>after, met>other"""))
            instance = engine.start("example", {"y": value}, by="ann")
            if work != script:
                complete(engine, instance.id, "work", {"x": value})
            assert open_elements(engine, instance.id) == [expected]
            assert_refed_alike(engine, instance.id)


def test_what_completes_the_last_activity_of_a_scope_may_still_begin_an_event_sub_process_there() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">{user_task("work")}
    <bpmn:subProcess id="help" triggeredByEvent="true"><bpmn:startEvent id="met"><bpmn:conditionalEventDefinition>
    <bpmn:condition>${{x == 1}}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent>
    {user_task("other")}<bpmn:sequenceFlow id="f" sourceRef="met" targetRef="other"/></bpmn:subProcess>
    </bpmn:subProcess>{user_task("after")}
    flow: begun>inner, inner>after"""))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "work", {"x": 1})
    assert open_elements(engine, instance.id) == ["other"]
    complete(engine, instance.id, "other")
    assert open_elements(engine, instance.id) == ["after"]
    assert_refed_alike(engine, instance.id)
