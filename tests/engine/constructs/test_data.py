"""Data objects, properties, inputs and outputs are variables of the scopes that declare them."""

import pytest

from engine.dialect.finding import DeploymentRefused
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import complete, diagram, engine_with, incidents, user_task


def script(name: str, text: str, result: str, inside: str = "") -> str:
    return f"""<bpmn:scriptTask id="{name}" scriptFormat="FEEL" camunda:resultVariable="{result}">{inside}
    <bpmn:script>{text}</bpmn:script></bpmn:scriptTask>"""


def reads(source: str, name: str = "given", more: str = "") -> str:
    return f"""<bpmn:ioSpecification><bpmn:dataInput id="{name}_in" name="{name}"/>
    <bpmn:inputSet><bpmn:dataInputRefs>{name}_in</bpmn:dataInputRefs>{more}</bpmn:inputSet><bpmn:outputSet/>
    </bpmn:ioSpecification><bpmn:dataInputAssociation><bpmn:sourceRef>{source}</bpmn:sourceRef>
    <bpmn:targetRef>{name}_in</bpmn:targetRef></bpmn:dataInputAssociation>"""


def writes(target: str, name: str = "found") -> str:
    return f"""<bpmn:ioSpecification><bpmn:dataOutput id="{name}_out" name="{name}"/><bpmn:inputSet/>
    <bpmn:outputSet><bpmn:dataOutputRefs>{name}_out</bpmn:dataOutputRefs></bpmn:outputSet></bpmn:ioSpecification>
    <bpmn:dataOutputAssociation><bpmn:sourceRef>{name}_out</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>
    </bpmn:dataOutputAssociation>"""


OBJECT = """<bpmn:dataObject id="object_1" name="order" itemSubjectRef="text"/>
<bpmn:dataObjectReference id="reference_1" dataObjectRef="object_1"><bpmn:dataState name="approved"/>
</bpmn:dataObjectReference>"""
TEXT = '<bpmn:itemDefinition id="text" structureRef="xsd:string"/>'


def test_a_value_goes_into_a_data_object_and_out_of_it() -> None:
    engine = engine_with(diagram(f"""{OBJECT}<bpmn:startEvent id="begun"/>
    {script("set", '"tea"', "found", writes("reference_1"))}
    {script("get", 'given + "pot"', "result", reads("reference_1"))}
    flow: begun>set, set>get""", outside=TEXT))
    instance = engine.start("example", by="ann")
    assert (instance.status, instance.variables) == ("completed", {"order": "tea", "result": "teapot"})
    assert_refed_alike(engine, instance.id)


def test_a_reference_reaches_an_object_of_a_scope_two_levels_up() -> None:
    engine = engine_with(diagram(f"""{OBJECT.split("<bpmn:dataObjectReference")[0]}<bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="outer"><bpmn:subProcess id="inner">
    <bpmn:dataObjectReference id="reference_1" dataObjectRef="object_1"/>
    {script("set", '"tea"', "found", writes("reference_1"))}</bpmn:subProcess></bpmn:subProcess>
    flow: begun>outer""", outside=TEXT))
    assert engine.start("example", by="ann").variables == {"order": "tea"}


def test_an_object_of_a_sub_process_is_gone_with_it() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="outer">{OBJECT}{user_task("see")}{script("set", '"tea"', "found", writes("reference_1"))}
    <bpmn:sequenceFlow id="f" sourceRef="set" targetRef="see"/></bpmn:subProcess>{user_task("after")}
    flow: begun>outer, outer>after""", outside=TEXT))
    instance = engine.start("example", by="ann")
    (task,) = engine.store.tasks(instance_id=instance.id)
    assert engine.instance(instance.id).variables_at(task.id) == {"order": "tea"}
    complete(engine, instance.id, "see")
    assert engine.instance(instance.id).variables == {}


def test_an_output_that_was_not_given_changes_nothing() -> None:
    engine = engine_with(diagram(f"""{OBJECT}<bpmn:startEvent id="begun"/>
    {script("set", '"tea"', "order", writes("reference_1"))}
    flow: begun>set""", outside=TEXT))
    assert engine.start("example", {"order": "coffee"}, by="ann").variables == {"order": "tea"}


def test_an_input_without_a_value_keeps_the_activity_from_beginning() -> None:
    drawn = diagram(f"""{OBJECT}<bpmn:startEvent id="begun"/>{script("get", "given", "result", reads("reference_1"))}
    flow: begun>get""", outside=TEXT)
    engine = engine_with(drawn)
    instance = engine.start("example", by="ann")
    assert "'given' of get has no value" in incidents(engine, instance.id)[0][1]
    optional = drawn.replace(b"</bpmn:inputSet>", b"<bpmn:optionalInputRefs>given_in</bpmn:optionalInputRefs>"
                             b"</bpmn:inputSet>")
    assert engine_with(optional).start("example", by="ann").status == "completed"


def test_associations_transform_and_assign() -> None:
    task = script("sum", "total + extra", "result", """<bpmn:ioSpecification>
    <bpmn:dataInput id="total"/><bpmn:dataInput id="extra"/><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>
    <bpmn:dataInputAssociation><bpmn:sourceRef>a</bpmn:sourceRef><bpmn:sourceRef>b</bpmn:sourceRef>
    <bpmn:targetRef>total</bpmn:targetRef><bpmn:transformation>= a + b</bpmn:transformation>
    </bpmn:dataInputAssociation>
    <bpmn:dataInputAssociation><bpmn:targetRef>extra</bpmn:targetRef>
    <bpmn:assignment><bpmn:from>${a * 100}</bpmn:from><bpmn:to>extra</bpmn:to></bpmn:assignment>
    </bpmn:dataInputAssociation>""")
    engine = engine_with(diagram(f"""<bpmn:property id="a"/><bpmn:property id="b"/>
    <bpmn:startEvent id="begun"/>{task}
    flow: begun>sum"""))
    instance = engine.start("example", {"a": 1, "b": 2}, by="ann")
    assert instance.variables == {"a": 1, "b": 2, "result": 103}


def test_properties_are_variables_of_their_process_sub_process_or_task_and_null_at_first() -> None:
    engine = engine_with(diagram(f"""<bpmn:property id="p1" name="note"/><bpmn:startEvent id="begun"/>
    <bpmn:subProcess id="part"><bpmn:property id="inside"/>
    {user_task("ask", inside='<bpmn:property id="draft"/>')}</bpmn:subProcess>{user_task("after")}
    flow: begun>part, part>after"""))
    instance = engine.start("example", by="ann")
    (task,) = engine.store.tasks(instance_id=instance.id)
    assert engine.instance(instance.id).variables_at(task.id) == {"note": None, "inside": None, "draft": None}
    engine.complete_task(task.id, {"note": "n", "inside": "i", "draft": "d"}, by="ann")
    assert engine.instance(instance.id).variables == {"note": "n"}
    assert engine.start("example", {"note": "kept"}, by="ann").variables == {"note": "kept"}


def test_what_a_drawing_tool_draws_changes_nothing() -> None:
    engine = engine_with(diagram("""<bpmn:dataObject id="DataObject_1"/>
    <bpmn:dataObjectReference id="reference" name="申请" dataObjectRef="DataObject_1"/>
    <bpmn:startEvent id="begun"/><bpmn:task id="a"><bpmn:property id="Property_1" name="__targetRef_placeholder"/>
    <bpmn:dataInputAssociation id="in"><bpmn:sourceRef>reference</bpmn:sourceRef>
    <bpmn:targetRef>Property_1</bpmn:targetRef></bpmn:dataInputAssociation>
    <bpmn:dataOutputAssociation id="out"><bpmn:targetRef>reference</bpmn:targetRef></bpmn:dataOutputAssociation>
    </bpmn:task>
    flow: begun>a"""))
    instance = engine.start("example", by="ann")
    assert (instance.status, instance.variables) == ("completed", {})


def test_a_multi_instance_takes_its_items_from_a_data_object_and_gives_its_results_to_one() -> None:
    loop = """<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>all_in</bpmn:loopDataInputRef>
    <bpmn:loopDataOutputRef>all_out</bpmn:loopDataOutputRef><bpmn:inputDataItem id="item"/>
    <bpmn:outputDataItem id="doubled"/></bpmn:multiInstanceLoopCharacteristics>"""
    specification = """<bpmn:ioSpecification><bpmn:dataInput id="all_in"/><bpmn:dataOutput id="all_out"/>
    <bpmn:inputSet><bpmn:dataInputRefs>all_in</bpmn:dataInputRefs></bpmn:inputSet><bpmn:outputSet/>
    </bpmn:ioSpecification>
    <bpmn:dataInputAssociation><bpmn:sourceRef>numbers_ref</bpmn:sourceRef><bpmn:targetRef>all_in</bpmn:targetRef>
    </bpmn:dataInputAssociation><bpmn:dataOutputAssociation><bpmn:sourceRef>all_out</bpmn:sourceRef>
    <bpmn:targetRef>results_ref</bpmn:targetRef></bpmn:dataOutputAssociation>"""
    engine = engine_with(diagram(f"""
    <bpmn:dataObject id="numbers" isCollection="true"/><bpmn:dataObject id="results" isCollection="true"/>
    <bpmn:dataObjectReference id="numbers_ref" dataObjectRef="numbers"/>
    <bpmn:dataObjectReference id="results_ref" dataObjectRef="results"/>
    <bpmn:startEvent id="begun"/>{script("double", "item * 2", "doubled", specification + loop)}
    flow: begun>double"""))
    instance = engine.start("example", {"numbers": [3, 1, 2]}, by="ann")
    assert instance.variables == {"numbers": [3, 1, 2], "results": [6, 2, 4]}


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ('<bpmn:dataStoreReference id="s"/>', "element_unsupported"),
        ('<bpmn:dataObjectReference id="r" dataObjectRef="nothing"/>'
         + script("x", "1", "y", reads("r")), "reference_dangling"),
        (script("x", "1", "y", reads("not here")), "reference_dangling"),
    ],
)
def test_data_that_lead_nowhere_are_refused(inside: str, rule: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        engine_with(diagram(f"""<bpmn:startEvent id="begun"/>{inside}
        flow: begun>x"""))
    assert rule in {finding.rule for finding in refused.value.findings}
