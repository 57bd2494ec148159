"""An interruption takes effect before anything else in the scope runs: neither what follows nor what stands beside."""

import pytest

from tests.engine.constructs.play import ran, trace
from tests.engine.diagrams import diagram, engine_with

OUTSIDE = """<bpmn:error id="e" errorCode="bad"/><bpmn:escalation id="c" escalationCode="high"/>
<bpmn:signal id="s" name="alarm"/><bpmn:message id="m" name="stop"/>"""
ERROR = '<bpmn:errorEventDefinition errorRef="e"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="c"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'
MESSAGE = '<bpmn:messageEventDefinition messageRef="m"/>'
CONDITION = ("<bpmn:conditionalEventDefinition><bpmn:condition>= x > 5</bpmn:condition>"
             "</bpmn:conditionalEventDefinition>")


def script(name: str) -> str:
    return (f'<bpmn:scriptTask id="{name}" scriptFormat="feel" camunda:resultVariable="ran">'
            f'<bpmn:script>concatenate(ran, ["{name}"])</bpmn:script></bpmn:scriptTask>')


def throw(definition: str) -> str:
    return f'<bpmn:intermediateThrowEvent id="thrown">{definition}</bpmn:intermediateThrowEvent>'


def end(definition: str) -> str:
    return f'<bpmn:endEvent id="thrown">{definition}</bpmn:endEvent>'


WRITE = ('<bpmn:scriptTask id="thrown" scriptFormat="feel" camunda:resultVariable="x"><bpmn:script>9</bpmn:script>'
         "</bpmn:scriptTask>")
CAUSES = {
    "error": (end(ERROR), ERROR), "escalation": (throw(ESCALATION), ESCALATION),
    "escalation_at_the_end": (end(ESCALATION), ESCALATION), "signal": (throw(SIGNAL), SIGNAL),
    "signal_at_the_end": (end(SIGNAL), SIGNAL), "message": (throw(MESSAGE), MESSAGE), "condition": (WRITE, CONDITION),
}
LOOP = """<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>
</bpmn:multiInstanceLoopCharacteristics>"""


def inside(thrown: str, begin: str = "inner_begun") -> str:
    """Draw a fork to what throws, with a script behind it, and to a script that stands beside it."""
    after = "" if thrown.startswith("<bpmn:endEvent") else f'{script("after")}\nflow: thrown>after\n'
    return f"""<bpmn:startEvent id="{begin}"/><bpmn:parallelGateway id="fork"/>{thrown}{after}{script("beside")}
    <bpmn:task id="next"/>{script("later")}
    flow: {begin}>fork, fork>thrown, fork>beside, fork>next, next>later
    """


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("depth", [1, 2])
def test_at_a_border(cause: str, depth: int) -> None:
    thrown, caught = CAUSES[cause]
    body = inside(thrown)
    if depth == 2:
        body = f"""<bpmn:startEvent id="deep_begun"/><bpmn:subProcess id="deep">{body}</bpmn:subProcess>
        {script("behind")}
        flow: deep_begun>deep, deep>behind
        """
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">{body}</bpmn:subProcess>
    <bpmn:boundaryEvent id="caught" attachedToRef="inner">{caught}</bpmn:boundaryEvent>{script("instead")}
    {script("never")}
    flow: begun>inner, inner>never, caught>instead""", outside=OUTSIDE))
    instance = engine.start("example", {"ran": [], "x": 0}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == ["instead"]
    assert trace(engine, instance.id).count("×inner") == 1


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("loop", ["", LOOP])
def test_in_an_event_sub_process_of_the_scope(cause: str, loop: str) -> None:
    thrown, caught = CAUSES[cause]
    if loop and cause == "message":
        return  # two rounds wait for it: that is ambiguous
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">{loop}{inside(thrown)}
    <bpmn:subProcess id="handler" triggeredByEvent="true"><bpmn:startEvent id="caught">{caught}</bpmn:startEvent>
    {script("instead")}
    flow: caught>instead
    </bpmn:subProcess></bpmn:subProcess>{script("then")}
    flow: begun>inner, inner>then""", outside=OUTSIDE))
    instance = engine.start("example", {"ran": [], "x": 0}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == ["instead"] * (2 if loop else 1) + ["then"]
    trace(engine, instance.id)


@pytest.mark.parametrize("cause", CAUSES)
def test_in_an_event_sub_process_of_the_process(cause: str) -> None:
    thrown, caught = CAUSES[cause]
    engine = engine_with(diagram(f"""{inside(thrown)}<bpmn:subProcess id="handler" triggeredByEvent="true">
    <bpmn:startEvent id="caught">{caught}</bpmn:startEvent>{script("instead")}
    flow: caught>instead
    </bpmn:subProcess>""", outside=OUTSIDE))
    instance = engine.start("example", {"ran": [], "x": 0}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == ["instead"]
    trace(engine, instance.id)


@pytest.mark.parametrize("depth", [1, 2])
def test_termination_ends_its_own_scope_and_nothing_around_it(depth: int) -> None:
    body = inside(end("<bpmn:terminateEventDefinition/>"))
    if depth == 2:
        body = f"""<bpmn:startEvent id="deep_begun"/><bpmn:subProcess id="deep">{body}</bpmn:subProcess>
        {script("behind")}
        flow: deep_begun>deep, deep>behind
        """
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">{body}</bpmn:subProcess>
    {script("then")}
    flow: begun>inner, inner>then"""))
    instance = engine.start("example", {"ran": [], "x": 0}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == (["behind", "then"] if depth == 2 else ["then"])
    trace(engine, instance.id)


def test_termination_of_the_process_ends_all_of_it() -> None:
    engine = engine_with(diagram(inside(end("<bpmn:terminateEventDefinition/>"))))
    instance = engine.start("example", {"ran": [], "x": 0}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == []
    assert trace(engine, instance.id).endswith("+thrown ×beside ×next -thrown -example")


def test_what_does_not_interrupt_lets_all_go_on() -> None:
    for cause, (thrown, caught) in CAUSES.items():
        if cause == "error":
            continue  # always interrupts
        engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">{inside(thrown)}
        </bpmn:subProcess><bpmn:boundaryEvent id="caught" attachedToRef="inner" cancelActivity="false">{caught}
        </bpmn:boundaryEvent>{script("beyond")}{script("then")}
        flow: begun>inner, inner>then, caught>beyond""", outside=OUTSIDE))
        instance = engine.start("example", {"ran": [], "x": 0}, by="ann")
        assert instance.status == "completed"
        expected = {"beside", "later", "beyond", "then"} | ({"after"} if "after" in inside(thrown) else set())
        assert set(ran(engine, instance.id)) == expected, cause
        trace(engine, instance.id)
