"""Standard loops do an activity again while a condition holds, or so many times."""

import pytest

from engine.dialect.finding import DeploymentRefused
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, incidents, open_elements, trace, user_task


def loop(attributes: str = "", condition: str = "") -> str:
    text = condition.replace("<", "&lt;")
    inside = f"<bpmn:loopCondition>{text}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics {attributes}>{inside}</bpmn:standardLoopCharacteristics>"


def counting(characteristics: str) -> bytes:
    return diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:scriptTask id="count" scriptFormat="FEEL" camunda:resultVariable="n">{characteristics}
    <bpmn:script>n + 1</bpmn:script></bpmn:scriptTask><bpmn:endEvent id="ended"/>
    flow: begun>count, count>ended""")


@pytest.mark.parametrize(
    ("characteristics", "given", "expected"),
    [
        (loop("", "= n < 3"), 3, 4),
        (loop("", "${n < 3}"), 0, 3),
        (loop('testBefore="false"', "false"), 0, 1),
        (loop('testBefore="true"', "false"), 0, 0),
        (loop('testBefore="true"', "= n < 3"), 0, 3),
        (loop('loopMaximum="3"', "true"), 0, 3),
        (loop('loopMaximum="3"'), 0, 3),
        (loop('loopMaximum="0"'), 0, 1),
        (loop('loopMaximum="0" testBefore="true"'), 0, 0),
        (loop('loopMaximum="2"', "= n < 9"), 0, 2),
        (loop("", "= loopCounter < 4"), 0, 4),
    ],
)
def test_a_task_is_done_again_as_long_as_the_condition_holds_and_the_maximum_allows(
    characteristics: str, given: int, expected: int
) -> None:
    engine = engine_with(counting(characteristics))
    instance = engine.start("example", {"n": given}, by="ann")
    assert (instance.status, instance.variables["n"]) == ("completed", expected)


def test_the_trace_of_a_loop_shows_each_round() -> None:
    engine = engine_with(counting(loop('loopMaximum="2"')))
    instance = engine.start("example", {"n": 0}, by="ann")
    assert trace(engine, instance.id, "element_entered", "element_left") == [
        "element_entered example", "element_entered begun", "element_left begun", "element_entered count#loopBody",
        "element_entered count", "element_left count", "element_entered count", "element_left count",
        "element_left count#loopBody", "element_entered ended", "element_left ended", "element_left example",
    ]
    assert_refed_alike(engine, instance.id)


def test_a_sub_process_loops_over_wait_states_and_keeps_its_border() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="round">{loop("", "= not(good)")}{user_task("try")}</bpmn:subProcess>
    <bpmn:boundaryEvent id="given_up" attachedToRef="round"><bpmn:messageEventDefinition messageRef="m"/>
    </bpmn:boundaryEvent>{user_task("after")}{user_task("other")}
    flow: begun>round, round>after, given_up>other""", outside='<bpmn:message id="m" name="stop"/>'))
    instance = engine.start("example", {"good": False}, by="ann")
    for round_number in range(3):
        (task,) = engine.store.tasks(instance_id=instance.id)
        assert engine.instance(instance.id).variables_at(task.id)["loopCounter"] == round_number
        engine.complete_task(task.id, {"good": False}, by="ann")
    complete(engine, instance.id, "try", {"good": True})
    assert open_elements(engine, instance.id) == ["after"]
    assert_refed_alike(engine, instance.id)
    interrupted = engine.start("example", {"good": False}, by="ann")
    complete(engine, interrupted.id, "try", {"good": False})
    engine.correlate("stop", instance_id=interrupted.id, by="ann")
    assert open_elements(engine, interrupted.id) == ["other"]


def test_a_condition_that_cannot_be_judged_is_an_incident_and_is_judged_again_on_a_retry() -> None:
    engine = engine_with(counting(loop("", "= answer")))
    instance = engine.start("example", {"n": 0, "answer": "maybe"}, by="ann")
    assert "boolean" in incidents(engine, instance.id)[0][1]
    engine.set_variables(instance.id, {"answer": False}, by="admin", reason="repaired")
    (job,) = engine.incidents()
    engine.retry_job(job.id, by="admin")
    engine.run_due()
    after = engine.instance(instance.id)
    assert (after.status, engine.variables(instance.id)["n"]) == ("completed", 1)


@pytest.mark.parametrize(
    ("characteristics", "rule"),
    [
        (loop(), "loop_endless"), (loop('loopMaximum="many"'), "value_unsupported"),
        (loop('loopMaximum="-1"'), "value_unsupported"), (loop("", "n"), "expression_invalid"),
    ],
)
def test_a_loop_without_an_end_or_with_a_wrong_one_is_refused(characteristics: str, rule: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        engine_with(counting(characteristics))
    assert rule in {finding.rule for finding in refused.value.findings}
