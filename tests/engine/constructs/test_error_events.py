"""Errors go up to the nearest event that catches them, one that names the code before one that catches all."""

import pytest

from tests.engine.constructs.play import playing, ran, trace
from tests.engine.diagrams import complete, diagram, engine_with, incidents, open_elements, user_task

START = "+error +begun -begun >begun_to_outer +outer +outer_begun -outer_begun >outer_begun_to_each "


def test_an_error_that_one_round_catches_leaves_the_others_alone() -> None:
    engine = playing("error")
    instance = engine.start("error", {"ran": [], "x": 3, "items": ["fine", "worse", "fine"]}, by="ann")
    assert ran(engine, instance.id) == ["fine", "fine", "save", "outer_went_on", "went_on"]
    assert engine.variables(instance.id)["code"] == "worse"
    assert trace(engine, instance.id).startswith(f"{START}+each#multiInstanceBody +each +each +each ")


def test_an_error_that_no_round_catches_ends_the_whole_and_goes_on_up() -> None:
    engine = playing("error")
    instance = engine.start("error", {"ran": [], "x": 3, "items": ["bad", "fine"]}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == ["repair"], "the border with its code comes before the one that catches all"
    caught = {"code": "bad", "message": "bad: 3"}
    assert caught.items() <= engine.variables(instance.id).items()
    assert trace(engine, instance.id).endswith(
        "+bad_thrown ×bad_thrown ×each ×fine ×each ×each#multiInstanceBody ×outer +bad_caught -bad_caught "
        ">bad_caught_to_repair +repair -repair >repair_to_repaired +repaired -repaired -error"
    )


OUTSIDE = """<bpmn:error id="e" errorCode="bad"/><bpmn:error id="n"/><bpmn:error id="o"/>
<bpmn:message id="m" name="stop"/>"""


def test_errors_without_code_are_told_apart_by_their_ids() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    <bpmn:startEvent id="inner_begun"/><bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="n"/>
    </bpmn:endEvent>
    flow: inner_begun>failed
    </bpmn:subProcess><bpmn:boundaryEvent id="other" attachedToRef="inner"><bpmn:errorEventDefinition errorRef="o"/>
    </bpmn:boundaryEvent><bpmn:boundaryEvent id="right" attachedToRef="inner"><bpmn:errorEventDefinition errorRef="n"/>
    </bpmn:boundaryEvent>{user_task("a")}{user_task("b")}
    flow: begun>inner, other>a, right>b""", outside=OUTSIDE))
    assert open_elements(engine, engine.start("example", by="ann").id) == ["b"]


def test_what_an_error_event_sub_process_throws_again_goes_up() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
    <bpmn:startEvent id="inner_begun"/><bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="e"/>
    </bpmn:endEvent>
    <bpmn:subProcess id="handler" triggeredByEvent="true"><bpmn:startEvent id="caught"><bpmn:errorEventDefinition/>
    </bpmn:startEvent><bpmn:endEvent id="failed_again"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>
    flow: caught>failed_again
    </bpmn:subProcess>
    flow: inner_begun>failed
    </bpmn:subProcess><bpmn:boundaryEvent id="up" attachedToRef="inner"><bpmn:errorEventDefinition errorRef="e"/>
    </bpmn:boundaryEvent>{user_task("a")}
    flow: begun>inner, up>a""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a"]
    trace(engine, instance.id)


def test_an_uncaught_error_is_an_incident_at_its_event_and_nothing_is_lost() -> None:
    engine = playing("error")
    instance = engine.start("error", {"ran": [], "x": 3, "items": ["fine"]}, by="ann")
    assert instance.status == "completed"
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}
    <bpmn:endEvent id="failed"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>
    flow: begun>a, a>failed""", outside=OUTSIDE))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a")
    assert [element for element, _ in incidents(engine, instance.id)] == ["failed"]
    assert engine.instance(instance.id).status == "active"


ACTIVITIES = {
    "userTask": 'camunda:assignee="ann"', "serviceTask": 'camunda:type="external" camunda:topic="t"',
    "sendTask": 'camunda:type="external" camunda:topic="t"', "receiveTask": 'messageRef="m"', "subProcess": "",
}
PLAIN = {
    "task": "", "manualTask": "", "serviceTask": 'camunda:expression="${1}"',
    "scriptTask": 'scriptFormat="feel" camunda:resultVariable="x"',
}
EACH = """<bpmn:multiInstanceLoopCharacteristics isSequential="{}"><bpmn:loopCardinality>2</bpmn:loopCardinality>
</bpmn:multiInstanceLoopCharacteristics>"""


@pytest.mark.parametrize("kind", ACTIVITIES)
@pytest.mark.parametrize("loop", ["", EACH.format("true"), EACH.format("false")])
@pytest.mark.parametrize("interrupting", [True, False])
def test_every_activity_that_waits_may_have_a_border(kind: str, loop: str, interrupting: bool) -> None:
    content = user_task("inside") if kind == "subProcess" else ""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:{kind} id="host" {ACTIVITIES[kind]}>{loop}
    {content}</bpmn:{kind}><bpmn:boundaryEvent id="alarmed" attachedToRef="host"
    cancelActivity="{str(interrupting).lower()}"><bpmn:signalEventDefinition signalRef="s"/></bpmn:boundaryEvent>
    {user_task("b")}
    flow: begun>host, alarmed>b""", outside=OUTSIDE + '<bpmn:signal id="s" name="alarm"/>'))
    instance = engine.start("example", by="ann")
    assert engine.signal("alarm", by="ann") == 1
    assert engine.signal("alarm", by="ann") == (0 if interrupting else 1)
    assert open_elements(engine, instance.id).count("b") == (1 if interrupting else 2)
    assert ("×host" in trace(engine, instance.id)) == interrupting
    assert (engine.instance(instance.id).positions == ["b"]) == interrupting


@pytest.mark.parametrize("kind", PLAIN)
def test_the_border_of_an_activity_that_is_done_at_once_is_gone_with_it(kind: str) -> None:
    script = "<bpmn:script>1</bpmn:script>" if kind == "scriptTask" else ""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:{kind} id="host" {PLAIN[kind]}>{script}
    </bpmn:{kind}><bpmn:boundaryEvent id="alarmed" attachedToRef="host"><bpmn:signalEventDefinition signalRef="s"/>
    </bpmn:boundaryEvent><bpmn:boundaryEvent id="failed" attachedToRef="host"><bpmn:errorEventDefinition/>
    </bpmn:boundaryEvent>{user_task("a")}{user_task("b")}{user_task("c")}
    flow: begun>host, host>a, alarmed>b, failed>c""", outside='<bpmn:signal id="s" name="alarm"/>'))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a"]
    assert engine.signal("alarm", by="ann") == 0
