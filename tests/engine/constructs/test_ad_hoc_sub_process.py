"""Ad-hoc sub-processes run what they hold without an order, until it is enough."""

import pytest

from engine.dialect.finding import DeploymentRefused
from engine.engine import Engine
from engine.errors import ActivityNotStartable
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, incidents, open_elements, trace, user_task


def count(name: str) -> str:
    return f"""<bpmn:scriptTask id="{name}" scriptFormat="FEEL" camunda:resultVariable="n">
    <bpmn:script>n + 1</bpmn:script></bpmn:scriptTask>"""


def ad_hoc(inside: str, attributes: str = "", condition: str = "", more: str = "") -> bytes:
    text = condition.replace(">", "&gt;")
    ends = f"<bpmn:completionCondition>{text}</bpmn:completionCondition>" if condition else ""
    return diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:adHocSubProcess id="some" {attributes}>{inside}{ends}</bpmn:adHocSubProcess>{more}
    <bpmn:endEvent id="ended"/>
    flow: begun>some, some>ended""")


def entered(engine: Engine, instance_id: str) -> list[str]:
    return [line.split()[1] for line in trace(engine, instance_id, "element_entered")][3:]


@pytest.mark.parametrize("ordering", ["", 'ordering="Parallel"', 'ordering="Sequential"'])
def test_automatic_activities_run_by_themselves_in_the_order_of_the_file(ordering: str) -> None:
    engine = engine_with(ad_hoc(count("a") + count("b") + count("c"), ordering))
    instance = engine.start("example", {"n": 0}, by="ann")
    assert (instance.status, instance.variables["n"]) == ("completed", 3)
    assert entered(engine, instance.id) == ["a", "b", "c", "ended"]
    assert_refed_alike(engine, instance.id)


def test_the_condition_is_looked_at_after_each_activity() -> None:
    three = count("a") + count("b") + count("c")
    engine = engine_with(ad_hoc(three, 'ordering="Sequential"', "= n >= 2"))
    instance = engine.start("example", {"n": 0}, by="ann")
    assert entered(engine, instance.id) == ["a", "b", "ended"]
    together = engine_with(ad_hoc(three, "", "${n >= 1}"))
    instance = together.start("example", {"n": 0}, by="ann")
    assert (instance.status, instance.variables["n"]) == ("completed", 1)


def test_people_choose_by_doing_and_the_rest_is_cancelled_when_it_is_enough() -> None:
    engine = engine_with(ad_hoc(user_task("a") + user_task("b") + user_task("c"), "", "= enough"))
    instance = engine.start("example", {"enough": False}, by="ann")
    assert open_elements(engine, instance.id) == ["a", "b", "c"]
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["a", "c"]
    complete(engine, instance.id, "a", {"enough": True})
    assert engine.instance(instance.id).status == "completed"
    assert trace(engine, instance.id, "task_cancelled") == ["task_cancelled c"]
    assert_refed_alike(engine, instance.id)


def test_what_runs_may_be_finished_where_it_is_not_cancelled() -> None:
    engine = engine_with(ad_hoc(user_task("a") + user_task("b"), 'cancelRemainingInstances="false"', "= enough"))
    instance = engine.start("example", {"enough": False}, by="ann")
    complete(engine, instance.id, "a", {"enough": True})
    assert (open_elements(engine, instance.id), engine.startable(instance.id)) == (["b"], [])
    complete(engine, instance.id, "b", {"enough": False})
    assert engine.instance(instance.id).status == "completed"
    assert_refed_alike(engine, instance.id)


def test_somebody_may_start_an_activity_once_more_while_it_is_not_enough() -> None:
    engine = engine_with(ad_hoc(user_task("a") + user_task("b"), "", "= enough"))
    instance = engine.start("example", {"enough": False}, by="ann")
    for name in ("a", "b"):
        complete(engine, instance.id, name)
    assert engine.instance(instance.id).positions == ["some"]
    assert [each.element_id for each in engine.startable(instance.id)] == ["a", "b"]
    engine.start_activity(instance.id, "a", by="ann")
    engine.start_activity(instance.id, "a", by="ann")
    assert open_elements(engine, instance.id) == ["a", "a"]
    complete(engine, instance.id, "a", {"enough": True})
    assert engine.instance(instance.id).status == "completed"
    assert_refed_alike(engine, instance.id)
    with pytest.raises(ActivityNotStartable):
        engine.start_activity(engine.start("example", {"enough": False}, by="ann").id, "ended", by="ann")


def test_one_at_a_time_somebody_may_prefer_another_until_the_task_is_claimed() -> None:
    engine = engine_with(ad_hoc(
        "".join(user_task(name, 'camunda:candidateUsers="ann"') for name in "abc"), 'ordering="Sequential"'
    ))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a"]
    assert [each.element_id for each in engine.startable(instance.id)] == ["b", "c"]
    engine.start_activity(instance.id, "c", by="ann")
    assert open_elements(engine, instance.id) == ["c"]
    (task,) = engine.store.tasks(instance_id=instance.id)
    engine.claim(task.id, by="ann")
    assert engine.startable(instance.id) == []
    for name in ("c", "a", "b"):
        complete(engine, instance.id, name)
    assert engine.instance(instance.id).status == "completed"
    assert_refed_alike(engine, instance.id)


def test_flows_inside_are_followed_before_the_next_one_at_a_time() -> None:
    inside = count("a") + count("b") + count("c") + '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="c"/>'
    engine = engine_with(ad_hoc(inside, 'ordering="Sequential"'))
    instance = engine.start("example", {"n": 0}, by="ann")
    assert entered(engine, instance.id) == ["a", "c", "b", "ended"]


def test_a_multi_instance_of_it_and_a_border_around_it() -> None:
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>"
    inside = f"{loop}</bpmn:multiInstanceLoopCharacteristics>{user_task('a')}{user_task('b')}"
    border = f"""<bpmn:boundaryEvent id="stopped" attachedToRef="some"><bpmn:timerEventDefinition>
    <bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>{user_task("late")}
    <bpmn:sequenceFlow id="f" sourceRef="stopped" targetRef="late"/>"""
    engine = engine_with(ad_hoc(inside, more=border))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a", "a", "b", "b"]
    assert len({each.scope for each in engine.startable(instance.id)}) == 2
    engine.start_activity(instance.id, "a", by="ann", scope=engine.startable(instance.id)[-1].scope)
    assert open_elements(engine, instance.id) == ["a", "a", "a", "b", "b"]
    (job,) = engine.store.jobs(instance_id=instance.id)
    engine.run_job(job.id)
    assert open_elements(engine, instance.id) == ["late"]


def test_a_condition_that_gives_no_boolean_is_an_incident() -> None:
    engine = engine_with(ad_hoc(count("a"), "", "= n"))
    instance = engine.start("example", {"n": 0}, by="ann")
    assert "boolean" in incidents(engine, instance.id)[0][1]
    assert engine.startable(instance.id) == []


@pytest.mark.parametrize(
    ("inside", "attributes", "rule"),
    [
        ("", "", "no_start"), ('<bpmn:startEvent id="s"/>', "", "ad_hoc_event"),
        (count("a") + '<bpmn:endEvent id="e"/>', "", "ad_hoc_event"),
        (count("a"), 'ordering="Any"', "value_unsupported"), (count("a"), 'triggeredByEvent="true"',
                                                               "value_unsupported"),
    ],
)
def test_one_that_cannot_run_is_refused(inside: str, attributes: str, rule: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        engine_with(ad_hoc(inside, attributes))
    assert rule in {finding.rule for finding in refused.value.findings}


@pytest.mark.parametrize(("attributes", "condition"), [('ordering="Sequential"', ""), ("", "${false}")])
def test_what_an_event_sub_process_interrupts_begins_nothing_more(attributes: str, condition: str) -> None:
    inside = f"""{user_task("a")}{user_task("b")}<bpmn:subProcess id="handler" triggeredByEvent="true">
    <bpmn:startEvent id="told"><bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent>{user_task("mend")}
    flow: told>mend
    </bpmn:subProcess>"""
    content = ad_hoc(inside, attributes, condition).replace(
        b"<bpmn:process ", b'<bpmn:signal id="s" name="stop"/><bpmn:process ')
    engine = engine_with(content)
    instance = engine.start("example", by="ann")
    engine.signal("stop", by="ann")
    assert (open_elements(engine, instance.id), engine.startable(instance.id)) == (["mend"], [])
    complete(engine, instance.id, "mend")
    assert engine.instance(instance.id).status == "completed"
    assert_refed_alike(engine, instance.id)
