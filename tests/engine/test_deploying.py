"""Files are checked before they are deployed; what cannot be run right is refused by name, line and reason."""

import pytest

from engine.dialect.advice import ADVICE
from engine.dialect.finding import TEXTS, DeploymentRefused
from engine.engine import Engine
from engine.errors import DefinitionNotFound, NotPermitted
from engine.feel.values import Function
from engine.store.memory import MemoryStore
from tests.engine.diagrams import complete, conditional, diagram, engine_with, open_elements, timer, user_task

PLAIN = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}\nflow: begun>a')


def findings(content: bytes, name: str = "x.bpmn") -> list[tuple[str, str | None]]:
    """Return what is found apart from advice on drawing."""
    found = engine_with().check({name: content})
    return [(finding.rule, finding.element_id) for finding in found if finding.rule not in ADVICE]


def test_a_plain_diagram_has_no_findings() -> None:
    assert findings(PLAIN) == []


def test_what_element_templates_leave_behind_is_kept_for_display() -> None:
    inside = """<bpmn:extensionElements><camunda:properties><camunda:property name="task.act" value=""/>
    <camunda:property name="task.opinion" value="note"/></camunda:properties></bpmn:extensionElements>"""
    attributes = 'camunda:assignee="ann" camunda:modelerTemplate="t" camunda:modelerTemplateVersion="2"'
    task = user_task("a", attributes, inside)
    engine = engine_with(diagram(f'<bpmn:startEvent id="begun"/>{task}\nflow: begun>a'))
    assert engine.latest("example").element("a").properties == {"task.opinion": "note"}


@pytest.mark.parametrize(("inside", "expected"), [
    ('<bpmn:callActivity id="c" calledElement="x"/>', ("call_target_missing", "c")),
    ('<bpmn:adHocSubProcess id="h"/>', ("no_start", "h")),
    ('<bpmn:endEvent id="n"><bpmn:messageEventDefinition/></bpmn:endEvent>', ("event_empty", "n")),
    ('<bpmn:task id="n"><bpmn:standardLoopCharacteristics/></bpmn:task>', ("loop_endless", "n")),
    ('<bpmn:task id="n" isForCompensation="yes"/>', ("value_unsupported", "n")),
    ('<bpmn:serviceTask id="n" camunda:class="com.Example"/>', ("attribute_unsupported", "n")),
    ('<bpmn:serviceTask id="n" camunda:delegateExpression="${bean}"/>', ("attribute_unsupported", "n")),
    ('<bpmn:serviceTask id="n"/>', ("service_empty", "n")),
    ('<bpmn:scriptTask id="n" scriptFormat="groovy"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>',
     ("script_refused", "n")),
    ('<bpmn:scriptTask id="n" scriptFormat="feel"><bpmn:script>1 +</bpmn:script></bpmn:scriptTask>',
     ("expression_invalid", "n")),
    ('<bpmn:scriptTask id="n" scriptFormat="feel"><bpmn:script>unheard_of(1)</bpmn:script></bpmn:scriptTask>',
     ("function_unknown", "n")),
    ('<bpmn:userTask id="n"/>', ("nobody", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="${system.exit(1)}"/>', ("expression_invalid", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="ann" camunda:formRef="missing"/>', ("form_missing", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="ann" camunda:formRef="f" camunda:formRefBinding="oldest"/>',
     ("value_unsupported", "n")),
    ('<bpmn:businessRuleTask id="n" camunda:decisionRef="missing"/>', ("decision_missing", "n")),
    (f'<bpmn:intermediateCatchEvent id="n">{timer("timeDuration", "soon")}</bpmn:intermediateCatchEvent>',
     ("timer_invalid", None)),
    ('<bpmn:intermediateCatchEvent id="n"/>', ("event_empty", "n")),
    ('<bpmn:intermediateCatchEvent id="n"><bpmn:messageEventDefinition messageRef="nothing"/>'
     '</bpmn:intermediateCatchEvent>', ("reference_dangling", "n")),
    ('<bpmn:sequenceFlow id="n" sourceRef="a" targetRef="nowhere"/>', ("reference_dangling", "n")),
    ('<bpmn:task id="a"/>', ("id_twice", "a")),
    ('<bpmn:task/>', ("id_missing", "example")),
    ('<bpmn:task id="n"/>', ("unreachable", "n")),
    ('<bpmn:boundaryEvent id="n" attachedToRef="nobody"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>',
     ("reference_dangling", "n")),
    ('<bpmn:task id="n"><bpmn:extensionElements><camunda:executionListener class="x"/></bpmn:extensionElements>'
     '</bpmn:task>', ("attribute_unsupported", "n")),
    ('<bpmn:task id="n"><bpmn:multiInstanceLoopCharacteristics/></bpmn:task>', ("loop_invalid", "n")),
    ('<bpmn:task id="n"><bpmn:multiInstanceLoopCharacteristics camunda:collection="x">'
     '<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:task>',
     ("loop_invalid", "n")),
    ('<bpmn:task id="n"><bpmn:multiInstanceLoopCharacteristics camunda:elementVariable="x">'
     '<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:task>',
     ("loop_invalid", "n")),
    ('<bpmn:task id="n#each"/>', ("id_invalid", "n#each")),
    ('<bpmn:sequenceFlow id="a" sourceRef="begun" targetRef="a"/>', ("id_twice", "a")),
    ('<bpmn:sequenceFlow id="n" sourceRef="a" targetRef="begun"/>', ("incoming_not_allowed", "begun")),
    ('<bpmn:endEvent id="n"/><bpmn:task id="m"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/>'
     '<bpmn:sequenceFlow id="g" sourceRef="n" targetRef="m"/>', ("outgoing_not_allowed", "n")),
    ('<bpmn:startEvent id="n"><bpmn:errorEventDefinition/></bpmn:startEvent>', ("start_misplaced", "n")),
    (f'<bpmn:subProcess id="s"><bpmn:startEvent id="n">{timer("timeDuration", "PT1H")}</bpmn:startEvent>'
     '</bpmn:subProcess><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="s"/>', ("start_misplaced", "n")),
    ('<bpmn:subProcess id="n"/>', ("no_start", "n")),
    ('<bpmn:subProcess id="n" triggeredByEvent="true"><bpmn:startEvent id="s"/></bpmn:subProcess>',
     ("start_of_event_sub_process", "n")),
    ('<bpmn:subProcess id="n" triggeredByEvent="true"><bpmn:task id="s"/></bpmn:subProcess>',
     ("start_of_event_sub_process", "n")),
    ('<bpmn:subProcess id="n" triggeredByEvent="true" camunda:asyncBefore="true"><bpmn:startEvent id="s">'
     '<bpmn:errorEventDefinition/></bpmn:startEvent></bpmn:subProcess>', ("attribute_unsupported", "n")),
    ('<bpmn:subProcess id="n" triggeredByEvent="true"><bpmn:startEvent id="s">'
     '<bpmn:errorEventDefinition/></bpmn:startEvent></bpmn:subProcess>'
     '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/>', ("incoming_not_allowed", "n")),
    ('<bpmn:subProcess id="s" triggeredByEvent="true"><bpmn:startEvent id="n" isInterrupting="false">'
     '<bpmn:errorEventDefinition/></bpmn:startEvent></bpmn:subProcess>', ("value_unsupported", "n")),
    ('<bpmn:boundaryEvent id="n" attachedToRef="a" cancelActivity="false"><bpmn:errorEventDefinition/>'
     '</bpmn:boundaryEvent>', ("value_unsupported", "n")),
    ('<bpmn:boundaryEvent id="n" attachedToRef="begun"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>',
     ("host_not_activity", "n")),
    ('<bpmn:boundaryEvent id="n" attachedToRef="a"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>'
     '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/>', ("incoming_not_allowed", "n")),
    ('<bpmn:boundaryEvent id="n" attachedToRef="a" cancelActivity="0"><bpmn:errorEventDefinition/>'
     '</bpmn:boundaryEvent>', ("value_unsupported", "n")),
    ('<bpmn:task id="n" camunda:asyncBefore="yes"/>', ("value_unsupported", "n")),
    ('<bpmn:eventBasedGateway id="n"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/>',
     ("gateway_target", "n")),
    ('<bpmn:eventBasedGateway id="n"/><bpmn:task id="r"/>'
     '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/><bpmn:sequenceFlow id="g" sourceRef="n" targetRef="r"/>',
     ("gateway_target", "n")),
    (f'<bpmn:eventBasedGateway id="n"/><bpmn:intermediateCatchEvent id="r" camunda:asyncBefore="true">'
     f'{timer("timeDuration", "PT1H")}</bpmn:intermediateCatchEvent>'
     '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/><bpmn:sequenceFlow id="g" sourceRef="n" targetRef="r"/>',
     ("attribute_unsupported", "n")),
    ('<bpmn:eventBasedGateway id="g"/><bpmn:receiveTask id="m" messageRef="x"/>'
     '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="g"/>' + conditional("n", "g", "m", "= true"),
     ("condition_ignored", "n")),
    ('<bpmn:exclusiveGateway id="g" default="n"/><bpmn:task id="m"/>'
     '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="g"/>' + conditional("n", "g", "m", "= true"),
     ("condition_ignored", "n")),
    ('<bpmn:exclusiveGateway id="n" default="h"/><bpmn:task id="m"/>'
     '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/><bpmn:sequenceFlow id="h" sourceRef="n" targetRef="m"/>'
     '<bpmn:sequenceFlow id="g" sourceRef="n" targetRef="m"/>', ("condition_missing", "n")),
    ('<bpmn:exclusiveGateway id="n"/><bpmn:task id="m"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="n"/>'
     '<bpmn:sequenceFlow id="g" sourceRef="n" targetRef="m"/>' + conditional("h", "n", "m", "= true"),
     ("condition_missing", "n")),
    ('<bpmn:task id="m"/>' + conditional("n", "a", "m", ""), ("expression_invalid", "n")),
    ('<bpmn:parallelGateway id="n" default="x"/>', ("attribute_unsupported", "n")),
    ('<bpmn:intermediateThrowEvent id="n"><bpmn:linkEventDefinition name="x"/></bpmn:intermediateThrowEvent>',
     ("link_unmatched", "n")),
    ('<bpmn:endEvent id="n"><bpmn:errorEventDefinition camunda:errorCodeVariable="x"/></bpmn:endEvent>',
     ("attribute_unsupported", "n")),
    ('<bpmn:serviceTask id="n" camunda:topic="t" camunda:expression="${1}"/>', ("service_both", "n")),
    ('<bpmn:serviceTask id="n" camunda:topic="t" camunda:resultVariable="x"/>', ("service_both", "n")),
    ('<bpmn:serviceTask id="n" camunda:topic=" "/>', ("service_empty", "n")),
    ('<bpmn:serviceTask id="n" camunda:topic="t" camunda:taskPriority="high"/>', ("value_unsupported", "n")),
    ('<bpmn:userTask id="n" camunda:assignee=""/>', ("nobody", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="ann" camunda:priority="high"/>', ("value_unsupported", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="ann" camunda:dueDate="soon"/>', ("value_unsupported", "n")),
    ('<bpmn:businessRuleTask id="n" camunda:decisionRef="d" camunda:mapDecisionResult="first"/>',
     ("value_unsupported", "n")),
    ('<bpmn:subProcess id="s"><bpmn:startEvent id="n" camunda:formRef="f"/></bpmn:subProcess>',
     ("attribute_unsupported", "n")),
    ('<bpmn:exclusiveGateway id="n"><bpmn:extensionElements><camunda:inputOutput/></bpmn:extensionElements>'
     '</bpmn:exclusiveGateway>', ("extension_unsupported", "n")),
    ('<bpmn:task id="n"><camunda:inputOutput/></bpmn:task>', ("element_unsupported", "n")),
    ('<bpmn:task id="n"><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter>1'
     '</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements></bpmn:task>',
     ("attribute_missing", "n")),
    ('<task id="n" xmlns=""/>', ("element_unsupported", "n")),
    ('<bpmn:serviceTask id="n"><bpmn:extensionElements><z:agentDefinition agentType="t" '
     'xmlns:z="http://camunda.org/schema/zeebe/1.0"/></bpmn:extensionElements></bpmn:serviceTask>',
     ("extension_unsupported", "n")),
    ('<bpmn:task id="n" f:assignee="ann" xmlns:f="http://flowable.org/bpmn"/>', ("attribute_unsupported", "n")),
    (f'<bpmn:intermediateCatchEvent id="n">{timer("timeDuration", "P99999999D")}</bpmn:intermediateCatchEvent>',
     ("timer_invalid", None)),
    (f'<bpmn:intermediateCatchEvent id="n">{timer("timeDate", "9999-12-31T23:59:59-10:00")}'
     '</bpmn:intermediateCatchEvent>', ("timer_invalid", None)),
    (f'<bpmn:intermediateCatchEvent id="n">{timer("timeCycle", "R/PT0.001S")}</bpmn:intermediateCatchEvent>',
     ("timer_invalid", None)),
    ('<bpmn:userTask id="n" camunda:assignee="ann"><bpmn:extensionElements><camunda:properties>'
     '<camunda:property name="task.separateFrom" value="begun"/></camunda:properties></bpmn:extensionElements>'
     '</bpmn:userTask>', ("reference_dangling", "n")),
])
def test_what_cannot_be_run_right_is_refused_by_name(inside: str, expected: tuple[str, str | None]) -> None:
    content = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}{inside}\nflow: begun>a')
    found = findings(content)
    rules = [(rule, element if expected[1] is not None else None) for rule, element in found]
    assert expected in rules, found
    engine = engine_with()
    with pytest.raises(DeploymentRefused):
        engine.deploy({"x.bpmn": content}, by="admin")
    with pytest.raises(DefinitionNotFound):
        engine.latest("example")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
READER = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>"""


@pytest.mark.parametrize(("content", "name", "rule"), [
    (b"<bpmn", "x.bpmn", "xml_syntax"), (b"", "x.bpmn", "xml_syntax"), (b"\xff\xfe\x00", "x.bpmn", "xml_syntax"),
    (BOMB, "x.bpmn", "doctype_refused"), (READER, "x.bpmn", "doctype_refused"), (b"<x/>", "x.bpmn", "not_bpmn"),
    (diagram("").replace(b'isExecutable="true"', b""), "x.bpmn", "no_process"), (b"x", "x.txt", "file_unknown"),
    (diagram(""), "x.bpmn", "no_start"), (b"{", "x.form", "form_invalid"), (b"<x/>", "x.dmn", "decision_invalid"),
    (BOMB, "x.dmn", "decision_invalid"),
])
def test_files_that_are_no_diagrams_are_refused(content: bytes, name: str, rule: str) -> None:
    assert rule in [found for found, _ in findings(content, name)]


def test_a_finding_tells_file_line_element_and_reason_in_both_languages() -> None:
    content = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}\n<bpmn:choreographyTask id="g"/>\nflow: begun>a')
    (finding,) = (item for item in engine_with().check({"x.bpmn": content}) if item.severity == "error")
    assert (finding.file, finding.element_id, finding.severity) == ("x.bpmn", "g", "error")
    assert content.splitlines()[finding.line - 1].startswith(b"<bpmn:choreographyTask")
    assert finding.message("zh") == "不支持元素 bpmn:choreographyTask：编排图不能执行；请画成协作图和流程"
    assert finding.message("en") == (
        "bpmn:choreographyTask is not supported: "
        "choreographies are not run; draw a collaboration and its processes"
    )
    for chinese, english in TEXTS.values():
        assert chinese and english


def test_what_is_not_supported_hides_nothing_else_and_brings_no_consequences() -> None:
    content = diagram(f"""<bpmn:startEvent id="begun"/><bpmn:choreographyTask id="g"/>
    {user_task("a", 'camunda:assignee="${unheard_of(1)}" camunda:formRef="gone"')}<bpmn:userTask id="b"/>
    <bpmn:sequenceFlow id="lost" sourceRef="a" targetRef="nowhere"/>
    flow: begun>g, g>a, g>b""")
    found = findings(content)
    assert sorted(rule for rule, _ in found) == [
        "element_unsupported", "expression_invalid", "form_missing", "nobody", "reference_dangling",
    ]  # fmt: skip
    assert ("reference_dangling", "lost") in found


def test_running_instances_keep_their_version() -> None:
    engine = engine_with(PLAIN)
    old = engine.start("example", by="ann")
    newer = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}{user_task("b")}\nflow: begun>a, a>b')
    deployment = engine.deploy({"file0.bpmn": newer}, by="admin")
    assert [record.version for record in deployment.definitions] == [2]
    new = engine.start("example", by="ann")
    for instance in (old, new):
        complete(engine, instance.id, "a")
    assert engine.instance(old.id).status == "completed"
    assert open_elements(engine, new.id) == ["b"]
    assert engine.instance(old.id).definition.version == 1


def test_an_unchanged_diagram_makes_no_new_version() -> None:
    engine = engine_with(PLAIN)
    again = engine.deploy({"file0.bpmn": PLAIN}, by="admin")
    assert not again.is_new
    assert [record.version for record in again.definitions] == [1]
    assert len(engine.store.definitions("example")) == 1


def test_a_newer_version_alone_is_started_by_messages() -> None:
    start = '<bpmn:startEvent id="ordered"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
    message = '<bpmn:message id="m" name="order"/>'
    first = diagram(f"{start}{user_task('a')}\nflow: ordered>a", outside=message)
    second = diagram(f"{start}{user_task('b')}\nflow: ordered>b", outside=message)
    engine = engine_with(first, second)
    assert open_elements(engine, engine.correlate("order", by="ann").id) == ["b"]


def test_five_hundred_elements_are_checked_without_a_finding() -> None:
    tasks = "".join(user_task(f"t{n}", f'camunda:assignee="ann" camunda:dueDate="${{d{n}}}"') for n in range(500))
    flows = ", ".join(f"t{n}>t{n + 1}" for n in range(499))
    content = diagram(f'<bpmn:startEvent id="begun"/>{tasks}\nflow: begun>t0, {flows}')
    assert findings(content) == []


def test_two_thousand_nodes_in_a_row_run() -> None:
    tasks = "".join(f'<bpmn:task id="t{n}"/>' for n in range(2000))
    flows = ", ".join(f"t{n}>t{n + 1}" for n in range(1999))
    engine = engine_with(diagram(f'<bpmn:startEvent id="Start"/>{tasks}\nflow: Start>t0, {flows}'))
    assert engine.start("example", by="ann").status == "completed"


def test_processes_forms_and_ids_must_be_told_apart_within_a_deployment() -> None:
    form = b'{"type": "default", "id": "f", "components": []}'
    found = engine_with().check({"a.bpmn": PLAIN, "b.bpmn": PLAIN, "c.form": form, "d.form": form})
    errors = [(finding.file, finding.rule) for finding in found if finding.severity == "error"]
    assert errors == [("b.bpmn", "id_elsewhere"), ("d.form", "id_elsewhere")]


def test_a_deployment_without_a_process_is_refused() -> None:
    with pytest.raises(DeploymentRefused, match="no executable process"):
        engine_with().deploy({"f.form": b'{"type": "default", "id": "f", "components": []}'}, by="admin")


def test_several_pools_run_and_one_that_is_not_executable_is_only_looked_at() -> None:
    text = PLAIN.decode()
    first, end = text.replace("</bpmn:definitions>", ""), "</bpmn:definitions>"
    second = text[text.index("<bpmn:process"):].replace('id="', 'id="second_').replace('Ref="', 'Ref="second_')
    drawn = '<bpmn:process id="citizen"><bpmn:callActivity id="call"/></bpmn:process>'
    engine = engine_with((first + second.replace(end, drawn + end)).encode())
    assert [record.key for record in engine.store.definitions()] == ["example", "second_example"]
    for key in ("example", "second_example"):
        assert len(engine.start(key, by="ann").open_tasks) == 1
    with pytest.raises(DefinitionNotFound):
        engine.latest("citizen")


def test_a_diagram_is_read_in_bounded_time_and_depth() -> None:
    dangling = "".join(f'<bpmn:sequenceFlow id="f{n}" sourceRef="x{n}" targetRef="y{n}"/>' for n in range(20_000))
    assert len(findings(diagram(f'<bpmn:startEvent id="begun"/>{dangling}'))) == 20_000
    tasks = "".join(f'<bpmn:task id="t{n}"/>' for n in range(20_000))
    assert findings(diagram(f'<bpmn:startEvent id="begun"/>{tasks}')) == [("too_many", "example")]
    handlers = "".join(f'<bpmn:subProcess id="h{n}" triggeredByEvent="true"><bpmn:startEvent id="s{n}">'
                       "<bpmn:errorEventDefinition/></bpmn:startEvent></bpmn:subProcess>" for n in range(4000))
    assert findings(diagram(f'<bpmn:startEvent id="begun"/>{handlers}')) == []
    joins = "".join(f'<bpmn:inclusiveGateway id="g{n}"/>' for n in range(3000))
    ways = ", ".join(f"g{n}>g{n + 1}, g{n}>g{n + 2}" for n in range(2998))
    content = diagram(f'<bpmn:startEvent id="begun"/>{joins}\nflow: begun>g0, g2998>g2999, {ways}')
    assert findings(content) == [("too_many", "g102")]
    deep = "".join(f'<bpmn:subProcess id="s{n}">' for n in range(5000)) + "</bpmn:subProcess>" * 5000
    assert [rule for rule, _ in findings(diagram(deep))] == ["xml_syntax"]
    assert [rule for rule, _ in findings(b" " * 10_000_001)] == ["file_too_large"]


def test_ids_may_be_the_words_of_the_machine_below() -> None:
    body = f'<bpmn:startEvent id="Start"/>{user_task("Root")}{user_task("spec")}<bpmn:endEvent id="End"/>'
    engine = engine_with(diagram(f"{body}\nflow: Start>Root, Root>spec, spec>End"))
    instance = engine.start("example", by="ann")
    for element in ("Root", "spec"):
        complete(engine, instance.id, element)
    assert engine.instance(instance.id).status == "completed"


def test_flows_without_ids_are_told_apart() -> None:
    flow = '<bpmn:sequenceFlow sourceRef="begun" targetRef="join"/>'
    content = diagram(f'<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="join"/>{user_task("a")}{flow}{flow}'
                      "\nflow: join>a")
    engine = engine_with(content)
    assert open_elements(engine, engine.start("example", by="ann").id) == ["a"]


def test_a_comment_is_no_part_of_an_expression() -> None:
    engine = engine_with(diagram("""<bpmn:startEvent id="begun"/>
    <bpmn:scriptTask id="s" scriptFormat="feel" camunda:resultVariable="n">
    <bpmn:script>1 <!-- + 5 --> + 2</bpmn:script></bpmn:scriptTask>
    flow: begun>s"""))
    assert engine.start("example", by="ann").variables == {"n": 3}


def test_what_this_engine_cannot_read_of_an_older_deployment_is_an_error_where_it_is_met() -> None:
    content = diagram(f"""<bpmn:startEvent id="begun"/>{user_task("a")}{user_task("b", 'camunda:assignee="${ours()}"')}
    flow: begun>a, a>b""")
    engine = engine_with(content, functions={"ours": Function("ours", (), lambda run: "ben")})
    instance = engine.start("example", by="ann")
    poorer = Engine(engine.store, clock=engine.clock)
    complete(poorer, instance.id, "a")
    (job,) = engine.incidents()
    assert "ours is not available" in (job.error or "")
    engine.retry_job(job.id, by="root")
    engine.run_due()
    assert [task.assignee for task in engine.store.tasks(instance_id=instance.id)] == ["ben"]


def test_one_township_cannot_run_another_one_s_definition() -> None:
    ours = engine_with(PLAIN)
    definition = ours.latest("example")
    theirs = Engine(MemoryStore("other"), clock=ours.clock)
    with pytest.raises(DefinitionNotFound):
        theirs.definition(definition.id)
    with pytest.raises(DefinitionNotFound):
        theirs.start("example", by="ann", definition_id=definition.id)


def test_a_definition_of_another_process_is_not_started_by_mistake() -> None:
    engine = engine_with(PLAIN, PLAIN.replace(b'"example"', b'"second"'))
    with pytest.raises(DefinitionNotFound):
        engine.start("second", by="ann", definition_id=engine.latest("example").id)


def test_the_users_that_the_diagram_names_may_start_it() -> None:
    attribute = b'isExecutable="true"'
    engine = engine_with(PLAIN.replace(attribute, attribute + b' camunda:candidateStarterUsers="ann"'))
    assert engine.start("example", by="ann").status == "active"
    with pytest.raises(NotPermitted):
        engine.start("example", by="ben")


def test_a_start_timer_that_cannot_be_read_refuses_the_deployment_whole() -> None:
    body = f'<bpmn:startEvent id="struck">{timer("timeDate", "${when}")}</bpmn:startEvent>\nflow: struck>a\n'
    engine = engine_with()
    with pytest.raises(DeploymentRefused, match="struck"):
        engine.deploy({"x.bpmn": diagram(body + user_task("a"))}, by="admin")
    assert engine.store.definitions() == []
