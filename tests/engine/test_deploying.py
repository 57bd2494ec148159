"""Files are checked before they are deployed; what cannot be run right is refused by name, line and reason."""

import pytest

from engine.dialect.finding import TEXTS, DeploymentRefused
from engine.errors import DefinitionNotFound
from tests.engine.diagrams import complete, diagram, engine_with, open_elements, timer, user_task

PLAIN = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}\nflow: begun>a')


def findings(content: bytes, name: str = "x.bpmn") -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.element_id) for finding in engine_with().check({name: content})]


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
    ('<bpmn:complexGateway id="g"/>', ("element_unsupported", "g")),
    ('<bpmn:callActivity id="c" calledElement="x"/>', ("element_unsupported", "c")),
    ('<bpmn:transaction id="t"/>', ("element_unsupported", "t")),
    ('<bpmn:adHocSubProcess id="h"/>', ("element_unsupported", "h")),
    ('<bpmn:intermediateThrowEvent id="n"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>',
     ("element_unsupported", "n")),
    ('<bpmn:endEvent id="n"><bpmn:messageEventDefinition/></bpmn:endEvent>', ("element_unsupported", "n")),
    ('<bpmn:task id="n"><bpmn:standardLoopCharacteristics/></bpmn:task>', ("element_unsupported", "n")),
    ('<bpmn:task id="n" isForCompensation="true"/>', ("value_unsupported", "n")),
    ('<bpmn:serviceTask id="n" camunda:class="com.Example"/>', ("class_refused", "n")),
    ('<bpmn:serviceTask id="n" camunda:delegateExpression="${bean}"/>', ("class_refused", "n")),
    ('<bpmn:serviceTask id="n"/>', ("service_empty", "n")),
    ('<bpmn:task id="n" camunda:asyncAfter="true"/>', ("attribute_unsupported", "n")),
    ('<bpmn:scriptTask id="n" scriptFormat="groovy"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>',
     ("script_refused", "n")),
    ('<bpmn:scriptTask id="n" scriptFormat="feel"><bpmn:script>1 +</bpmn:script></bpmn:scriptTask>',
     ("expression_invalid", "n")),
    ('<bpmn:scriptTask id="n" scriptFormat="feel"><bpmn:script>unheard_of(1)</bpmn:script></bpmn:scriptTask>',
     ("function_unknown", "n")),
    ('<bpmn:userTask id="n"/>', ("nobody", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="${system.exit(1)}"/>', ("expression_invalid", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="ann" camunda:formRef="missing"/>', ("form_missing", "n")),
    ('<bpmn:userTask id="n" camunda:assignee="ann" camunda:formRef="f" camunda:formRefBinding="latest"/>',
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
     '</bpmn:task>', ("class_refused", "n")),
    ('<bpmn:task id="n"><bpmn:multiInstanceLoopCharacteristics/></bpmn:task>', ("loop_invalid", "n")),
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
    content = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}\n<bpmn:complexGateway id="g"/>\nflow: begun>a')
    (finding,) = engine_with().check({"x.bpmn": content})
    assert (finding.file, finding.element_id, finding.severity) == ("x.bpmn", "g", "error")
    assert content.splitlines()[finding.line - 1].startswith(b"<bpmn:complexGateway")
    assert finding.message("zh") == "不支持元素 bpmn:complexGateway"
    assert finding.message("en") == "bpmn:complexGateway is not supported"
    for chinese, english in TEXTS.values():
        assert chinese and english


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
