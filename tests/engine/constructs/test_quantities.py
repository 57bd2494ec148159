"""So many tokens start an activity, and so many leave it."""

import pytest

from engine.dialect.finding import DeploymentRefused
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, open_elements, trace, user_task


def entered(content: bytes) -> list[str]:
    engine = engine_with(content)
    instance = engine.start("example", by="ann")
    assert instance.status == "completed"
    return [line.split()[1] for line in trace(engine, instance.id, "element_entered")][1:]


def test_two_tokens_leave_and_two_are_needed_to_go_on() -> None:
    assert entered(diagram("""<bpmn:startEvent id="begun"/><bpmn:task id="a" completionQuantity="2"/>
    <bpmn:task id="b"/><bpmn:task id="c" startQuantity="2"/><bpmn:endEvent id="ended"/>
    flow: begun>a, a>b, b>c, c>ended""")) == ["begun", "a", "b", "b", "c", "ended"]


def test_tokens_from_different_flows_are_gathered() -> None:
    assert entered(diagram("""<bpmn:startEvent id="begun"/><bpmn:task id="a"/><bpmn:task id="b"/><bpmn:task id="c"/>
    <bpmn:task id="d" startQuantity="2"/><bpmn:endEvent id="ended"/>
    flow: begun>a, a>b, a>c, b>d, c>d, d>ended""")) == ["begun", "a", "b", "c", "d", "ended"]


def test_gathered_tokens_are_kept_over_steps_and_a_scope_with_one_left_over_does_not_end() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("b")}{user_task("c")}
    <bpmn:task id="split"/><bpmn:subProcess id="d" startQuantity="2">{user_task("inner")}</bpmn:subProcess>
    <bpmn:boundaryEvent id="late" attachedToRef="d"><bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>
    flow: begun>split, split>b, split>c, b>d, c>d, late>c""", outside='<bpmn:message id="m" name="stop"/>'))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "c")
    assert engine.instance(instance.id).positions == ["b", "d"]
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["inner"]
    engine.correlate("stop", instance_id=instance.id, by="ann")
    complete(engine, instance.id, "c")
    assert engine.instance(instance.id).status == "active"
    assert engine.instance(instance.id).positions == ["d"]
    assert_refed_alike(engine, instance.id)
    engine.cancel(instance.id, by="ann", reason="done with")


@pytest.mark.parametrize("value", ["0", "-1", "many", "100000"])
def test_a_quantity_is_a_number_from_one_on(value: str) -> None:
    with pytest.raises(DeploymentRefused, match="startQuantity"):
        engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="a" startQuantity="{value}"/>
        flow: begun>a"""))
