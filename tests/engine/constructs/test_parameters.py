"""Input and output parameters as Camunda 7 has them: what they read, and what one that is interrupted leaves behind."""

from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import diagram, engine_with, incidents, open_elements, user_task

MESSAGE = '<bpmn:message id="m" name="stop"/>'
OUTPUTS = """<bpmn:extensionElements><camunda:inputOutput>
<camunda:inputParameter name="mine">${amount}</camunda:inputParameter>
<camunda:outputParameter name="kept">${mine + 1}</camunda:outputParameter>
<camunda:outputParameter name="missing">${never_written}</camunda:outputParameter>
<camunda:outputParameter name="failed">${mine.sub}</camunda:outputParameter>
</camunda:inputOutput></bpmn:extensionElements>"""
BORDER = """<bpmn:boundaryEvent id="stopped" attachedToRef="x"><bpmn:messageEventDefinition messageRef="m"/>
</bpmn:boundaryEvent>"""


def test_an_interrupted_activity_gives_those_outputs_that_can_be_told() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("x", inside=OUTPUTS)}{BORDER}
    {user_task("after")}
    flow: begun>x, stopped>after""", outside=MESSAGE))
    instance = engine.start("example", {"amount": 2}, by="ann")
    engine.correlate("stop", by="ann")
    assert open_elements(engine, instance.id) == ["after"]
    found = engine.variables(instance.id)
    assert (found["kept"], "missing" in found, found.get("failed")) == (3, False, None)
    assert incidents(engine, instance.id) == []
    assert_refed_alike(engine, instance.id)


def test_what_waits_for_a_job_to_be_entered_or_has_given_its_outputs_gives_nothing_when_it_is_cancelled() -> None:
    outputs = """<bpmn:extensionElements><camunda:inputOutput>
    <camunda:outputParameter name="count">${count + 1}</camunda:outputParameter></camunda:inputOutput>
    </bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="x"><bpmn:startEvent id="inside"/><bpmn:parallelGateway id="fork"/>
    <bpmn:task id="later" camunda:asyncBefore="true">{outputs}</bpmn:task>
    <bpmn:task id="done" camunda:asyncAfter="true">{outputs}</bpmn:task>
    <bpmn:sequenceFlow id="f1" sourceRef="inside" targetRef="fork"/>
    <bpmn:sequenceFlow id="f2" sourceRef="fork" targetRef="later"/>
    <bpmn:sequenceFlow id="f3" sourceRef="fork" targetRef="done"/></bpmn:subProcess>{BORDER}{user_task("after")}
    flow: begun>x, stopped>after""", outside=MESSAGE))
    instance = engine.start("example", {"count": 0}, by="ann")
    assert engine.variables(instance.id)["count"] == 1
    engine.correlate("stop", by="ann")
    assert (open_elements(engine, instance.id), engine.variables(instance.id)["count"]) == (["after"], 1)
    assert_refed_alike(engine, instance.id)


def test_an_output_or_a_listener_that_gives_what_cannot_be_kept_holds_no_interruption_up() -> None:
    function = '<camunda:script scriptFormat="feel">function(x) x</camunda:script>'
    given = f"""<bpmn:extensionElements><camunda:inputOutput><camunda:outputParameter name="f">{function}
    </camunda:outputParameter></camunda:inputOutput><camunda:executionListener event="end">
    <camunda:script scriptFormat="feel">{{f: function(x) x}}</camunda:script></camunda:executionListener>
    </bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{user_task("x", inside=given)}{BORDER}
    {user_task("after")}
    flow: begun>x, stopped>after""", outside=MESSAGE))
    instance = engine.start("example", by="ann")
    engine.correlate("stop", by="ann")
    assert (open_elements(engine, instance.id), engine.variables(instance.id)) == (["after"], {})
    assert_refed_alike(engine, instance.id)


def test_input_parameters_read_what_is_around_and_not_each_other() -> None:
    swapped = """<bpmn:extensionElements><camunda:inputOutput>
    <camunda:inputParameter name="a">${b}</camunda:inputParameter>
    <camunda:inputParameter name="b">${a}</camunda:inputParameter>
    <camunda:outputParameter name="seen">${a - b}</camunda:outputParameter>
    </camunda:inputOutput></bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="swap">{swapped}</bpmn:task>
    {user_task("after")}
    flow: begun>swap, swap>after"""))
    instance = engine.start("example", {"a": 1, "b": 10}, by="ann")
    assert engine.variables(instance.id) == {"a": 1, "b": 10, "seen": 9}
    assert_refed_alike(engine, instance.id)


def test_an_escalation_hands_variables_back_to_the_caller_even_if_nobody_catches_it() -> None:
    called = diagram("""<bpmn:startEvent id="s"/><bpmn:task id="t"><bpmn:extensionElements><camunda:inputOutput>
    <camunda:outputParameter name="found">${1 + 1}</camunda:outputParameter></camunda:inputOutput>
    </bpmn:extensionElements></bpmn:task><bpmn:intermediateThrowEvent id="e">
    <bpmn:escalationEventDefinition escalationRef="up"/></bpmn:intermediateThrowEvent>""" + user_task("u") + """
    flow: s>t, t>e, e>u""", key="called", outside='<bpmn:escalation id="up" escalationCode="up"/>')
    engine = engine_with(called, diagram("""<bpmn:startEvent id="begun"/>
    <bpmn:callActivity id="call" calledElement="called"><bpmn:extensionElements>
    <camunda:out source="found" target="told"/></bpmn:extensionElements></bpmn:callActivity>
    flow: begun>call"""))
    instance = engine.start("example", by="ann")
    assert (engine.variables(instance.id), open_elements(engine, instance.id)) == ({"told": 2}, ["u"])


def test_a_parameter_that_says_nothing_gives_null() -> None:
    empty = """<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="mine"/>
    <camunda:outputParameter name="seen">${mine == null}</camunda:outputParameter>
    <camunda:outputParameter name="given"/></camunda:inputOutput></bpmn:extensionElements>"""
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:task id="x">{empty}</bpmn:task>
    {user_task("after")}
    flow: begun>x, x>after"""))
    assert engine.variables(engine.start("example", {"mine": 1}, by="ann").id) == {
        "mine": 1, "seen": True, "given": None,
    }
