"""Sub-processes without start or end events, with several starts, and deep inside each other."""

from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, open_elements, trace, user_task


def test_without_a_start_event_all_begins_that_no_flow_leads_to() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="part">
    {user_task("a")}{user_task("b")}<bpmn:task id="c"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="c"/>
    </bpmn:subProcess>{user_task("after")}
    flow: begun>part, part>after"""))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a", "b"]
    complete(engine, instance.id, "a")
    assert open_elements(engine, instance.id) == ["b"]
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["after"]
    assert_refed_alike(engine, instance.id)


def test_several_start_events_all_begin() -> None:
    engine = engine_with(diagram("""<bpmn:startEvent id="begun"/><bpmn:subProcess id="part">
    <bpmn:startEvent id="one"/><bpmn:startEvent id="two"/><bpmn:parallelGateway id="join"/><bpmn:task id="x"/>
    <bpmn:sequenceFlow id="f" sourceRef="one" targetRef="join"/>
    <bpmn:sequenceFlow id="g" sourceRef="two" targetRef="join"/>
    <bpmn:sequenceFlow id="h" sourceRef="join" targetRef="x"/></bpmn:subProcess>
    flow: begun>part"""))
    instance = engine.start("example", by="ann")
    assert instance.status == "completed"
    assert trace(engine, instance.id, "element_entered")[2:] == [
        f"element_entered {name}" for name in ("part", "one", "two", "join", "x")
    ]


def test_fifty_levels_are_entered_and_left() -> None:
    inside = user_task("deep")
    for level in range(50, 0, -1):
        inside = f'<bpmn:subProcess id="level{level}">{inside}</bpmn:subProcess>'
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{inside}{user_task("after")}
    flow: begun>level1, level1>after"""))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "deep", {"n": 1})
    assert open_elements(engine, instance.id) == ["after"]
    assert engine.instance(instance.id).variables == {"n": 1}
    assert len(trace(engine, instance.id, "element_left")) == 52
    assert_refed_alike(engine, instance.id)


def test_an_event_sub_process_takes_over_in_its_sub_process_alone() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="part">{user_task("work")}
    <bpmn:subProcess id="help" triggeredByEvent="true"><bpmn:startEvent id="asked">
    <bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>{user_task("helping")}
    <bpmn:sequenceFlow id="f" sourceRef="asked" targetRef="helping"/></bpmn:subProcess></bpmn:subProcess>
    {user_task("beside")}{user_task("after")}
    flow: begun>part, begun>beside, part>after""", outside='<bpmn:message id="m" name="help"/>'))
    instance = engine.start("example", by="ann")
    engine.correlate("help", instance_id=instance.id, by="ann")
    assert open_elements(engine, instance.id) == ["beside", "helping"]
    complete(engine, instance.id, "helping")
    assert open_elements(engine, instance.id) == ["after", "beside"]
    assert_refed_alike(engine, instance.id)
