"""The allow-list names all that the vendors' schemas know and nothing else, and the check does what each line says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from lxml import etree

from engine.dialect.allowed import check_allowed
from engine.dialect.finding import Finding
from engine.dialect.platform import platform_of
from engine.dialect.vocabulary.line import Line, displayed, runs, table
from engine.dialect.vocabulary.namespaces import DRAWING, OTHER_ENGINES, PREFIXES
from engine.dialect.vocabulary.table import TABLE, line_for
from tests.engine.dialect.schemas import schemas

NAMESPACES = {prefix: uri for uri, prefix in PREFIXES.items()}
SCHEMAS = schemas()
BEYOND = {
    # XML Schema's own, and what the standard's schema says otherwise than bpmn-moddle.
    ("bpmn:businessRuleTask", "@camunda:decisionRefVersionTag"),  # in the manual, not in the schema
    ("bpmn:definitions", "@xsi:schemaLocation"), ("bpmn:globalScriptTask", "bpmn:script"),
    ("bpmn:resourceParameterBinding", "bpmn:formalExpression"),
    ("bpmn:resourceAssignmentExpression", "bpmn:formalExpression"),
    *((f"bpmn:{name}", "@xsi:type") for name in ("transformation", "messagePath", "dataPath", "formalExpression")),
}


def owners(element: str) -> tuple[str, ...]:
    return (element, "*") if element.startswith("bpmn:") else (element,)


def test_the_schemas_are_read_whole() -> None:
    assert {prefix: sum(one.prefix == prefix for one in SCHEMAS.types.values()) for prefix in NAMESPACES} == {
        "bpmn": 137, "camunda": 48, "zeebe": 36, "xsi": 0,
    }
    for pair in (
        ("bpmn:userTask", "@camunda:assignee"), ("bpmn:process", "bpmn:adHocSubProcess"), ("*", "camunda:properties"),
        ("bpmn:timerEventDefinition", "bpmn:timeCycle"), ("bpmn:lane", "bpmn:flowNodeRef"),
        ("camunda:formField", "camunda:validation"), ("bpmn:transaction", "@camunda:asyncAfter"),
        ("zeebe:executionListeners", "zeebe:executionListener"), ("zeebe:calledElement", "@bindingType"),
    ):
        assert pair in SCHEMAS.pairs


def test_every_attribute_and_element_of_the_schemas_has_a_standing() -> None:
    assert len(SCHEMAS.pairs) > 2400
    assert [pair for pair in sorted(SCHEMAS.pairs) if line_for(owners(pair[0]), pair[1]) is None] == []
    assert SCHEMAS.unplaced - {name for _, name in TABLE} == set()


def test_the_table_names_nothing_that_no_schema_knows() -> None:
    names = {name for _, name in SCHEMAS.known} | SCHEMAS.unplaced
    unknown = []
    for owner, name in TABLE:
        last = owner.rpartition("/")[2].replace("bpmn:eventSubProcess", "bpmn:subProcess")
        is_known = name in names if last == "*" else (last, name) in SCHEMAS.known | BEYOND
        if not is_known and name not in SCHEMAS.unplaced:
            unknown.append((owner, name))
    assert unknown == []


def test_every_refusal_says_why_in_both_languages() -> None:
    for line in TABLE.values():
        assert line.standing != "refused" or (line.hint is not None and all(line.hint))


def test_a_pair_of_owner_and_name_stands_once() -> None:
    with pytest.raises(ValueError, match="bpmn:task has two lines for @name"):
        table(bpmn=[runs("@name", "task"), displayed("@id @name", "userTask task")])


def checked(owner: str, name: str, line: Line) -> list[Finding]:
    """Check a file that is just one owner with one attribute or child."""
    parts = ("bpmn:task" if owner == "*" else owner).split("/")
    elements = [_element(part) for part in parts]
    for (outer, inner), (around, within) in zip(pairwise(elements), pairwise(parts), strict=True):
        is_inside = around.startswith("bpmn:") and not within.startswith("bpmn:")
        (etree.SubElement(outer, f"{{{NAMESPACES['bpmn']}}}extensionElements") if is_inside else outer).append(inner)
    last, is_extension = elements[-1], parts[-1].startswith("bpmn:") and not name.startswith(("bpmn:", "@"))
    value = line.values[0] if line.values else "x"
    if name.startswith("@"):
        prefix, _, word = name[1:].rpartition(":")
        last.set(f"{{{NAMESPACES[prefix]}}}{word}" if prefix else word, value)
    else:
        around = etree.SubElement(last, f"{{{NAMESPACES['bpmn']}}}extensionElements") if is_extension else last
        around.append(_element(name))
    found = check_allowed(elements[0], "x.bpmn")
    return [finding for finding in found if finding.params.get("what") == name.removeprefix("@")]


def _element(name: str) -> etree._Element:
    prefix, word = name.replace("eventSubProcess", "subProcess").split(":")
    element = etree.Element(f"{{{NAMESPACES[prefix]}}}{word}")
    for attribute, owner in {"triggeredByEvent": "bpmn:eventSubProcess", "isExecutable": "bpmn:process"}.items():
        if name == owner:
            element.set(attribute, "true")
    return element


def test_the_check_does_what_each_line_says() -> None:
    judged = 0
    for (owner, name), line in TABLE.items():
        found = checked(owner, name, line)
        if line.standing == "refused":
            assert [finding.hint for finding in found] == [line.hint], (owner, name)
        else:
            assert found == [], (owner, name)
        judged += 1
    assert judged == len(TABLE)


def test_other_values_than_those_of_a_line_are_refused() -> None:
    limited = {key: line for key, line in TABLE.items() if line.values and line.standing == "runs"}
    assert limited
    for (owner, name), line in limited.items():
        if name == "@triggeredByEvent" or (owner, name) == ("bpmn:process", "@isExecutable"):
            continue
        found = checked(owner, name, Line("runs", name, owner, ("something else",)))
        assert [finding.rule for finding in found] == ["value_unsupported"], (owner, name)
        assert found[0].hint is not None
        assert line.hint in (None, found[0].hint)


HEAD = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix != "zeebe")


def messages(inside: str, head: str = "", language: str = "en") -> list[str]:
    process = f'<bpmn:process isExecutable="true">{inside}</bpmn:process>'
    text = f"<bpmn:definitions {HEAD} {head}>{process}</bpmn:definitions>"
    return [finding.message(language) for finding in check_allowed(etree.fromstring(text), "x.bpmn")]


def extended(inside: str, task: str = "serviceTask") -> str:
    return f'<bpmn:{task} id="t"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:{task}>'


def test_a_java_class_is_refused_with_what_to_use_instead() -> None:
    [told] = messages('<bpmn:serviceTask id="t" camunda:class="x"/>')
    assert told == (
        "the attribute camunda:class is not supported: Java classes and delegates are not run; "
        'use an external topic (camunda:type="external", camunda:topic)'
    )
    [told] = messages('<bpmn:serviceTask id="t" camunda:class="x"/>', language="zh")
    assert told.startswith("不支持属性 camunda:class：不运行 Java 类") and "external" in told


def test_a_script_in_a_mapping_is_refused_with_a_hint_at_feel() -> None:
    parameter = '<camunda:inputParameter name="x"><camunda:script scriptFormat="groovy">1</camunda:script>'
    [told] = messages(extended(f"<camunda:inputOutput>{parameter}</camunda:inputParameter></camunda:inputOutput>"))
    assert "scriptFormat does not support the value 'groovy'" in told and "FEEL" in told


def test_a_file_of_one_platform_has_nothing_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = 'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Cloud"'
    told = messages('<bpmn:userTask id="t" camunda:assignee="ann" camunda:modelerTemplate="shown"/>', cloud)
    assert told == ["this file is drawn for Camunda 8, and camunda:assignee belongs to Camunda 7"]
    zeebe = f'<zeebe:taskDefinition type="x" xmlns:zeebe="{NAMESPACES["zeebe"]}"/>'
    key = ("bpmn:serviceTask", "zeebe:taskDefinition")
    monkeypatch.setitem(TABLE, key, Line("runs", "taskDefinition", "serviceTask"))
    platform = cloud.replace("Cloud", "Platform")
    told = messages(extended(zeebe), platform)
    assert told == ["this file is drawn for Camunda 7, and zeebe:taskDefinition belongs to Camunda 8"]


@pytest.mark.parametrize(("attributes", "inside", "expected"), [
    ("", "", "Camunda 7"), ('xmlns:z="{zeebe}"', "", "Camunda 8"), ("", '<z:x xmlns:z="{zeebe}"/>', "Camunda 8"),
    ('xmlns:z="{zeebe}" xmlns:c="{camunda}"', "", "Camunda 7"),
    ('xmlns:z="{zeebe}" xmlns:m="http://camunda.org/schema/modeler/1.0" m:executionPlatform="Camunda Platform"', "",
     "Camunda 7"),
])
def test_a_file_tells_its_platform(attributes: str, inside: str, expected: str) -> None:
    text = f"<x {attributes}>{inside}</x>".format(**NAMESPACES)
    assert platform_of(etree.fromstring(text)) == expected


@pytest.mark.parametrize("uri", DRAWING)
def test_what_drawing_tools_note_is_kept(uri: str) -> None:
    prefix = "xml" if DRAWING[uri] == "xml" else "d"
    declared = "" if prefix == "xml" else f'xmlns:d="{uri}"'
    inside = f'<{prefix}:note {declared}/>' if prefix == "d" else ""
    assert messages(f'<bpmn:task id="t" {declared} {prefix}:lang="x">'
                    f"<bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:task>") == []


@pytest.mark.parametrize("uri", sorted(OTHER_ENGINES))
def test_what_other_engines_run_is_refused(uri: str) -> None:
    told = messages(f'<bpmn:task id="t" xmlns:o="{uri}" o:async="true"/>')
    reason = "this is written for another engine; write it as camunda: does"
    assert told == [f"the attribute o:async is not supported: {reason}"]
    assert "o:x" in messages(extended(f'<o:x xmlns:o="{uri}"/>'))[0]


def test_an_unknown_namespace_is_refused() -> None:
    assert messages('<bpmn:task id="t" xmlns:o="urn:o" o:a="1"/>') == [
        "the attribute o:a is not supported: its namespace is not known here",
    ]
    assert messages(extended('<o:a xmlns:o="urn:o"><o:b/></o:a>')) == [
        "the extension o:a is not supported: its namespace is not known here",
    ]


def test_what_stands_in_the_wrong_place_is_refused() -> None:
    here = "is not supported: it does not belong here"
    assert messages('<bpmn:task id="t"><camunda:properties/></bpmn:task>') == [f"camunda:properties {here}"]
    assert messages(extended("<bpmn:documentation/>")) == [f"the extension bpmn:documentation {here}"]
    assert messages('<bpmn:task id="t"><bpmn:laneSet/></bpmn:task>') == [f"bpmn:laneSet {here}"]
    assert messages('<bpmn:task id="t" cancelActivity="true"/>') == [f"the attribute cancelActivity {here}"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = messages(extended("<camunda:connector/><camunda:field/>") + "<bpmn:choreographyTask id='g' unheard='of'/>"
                    '<bpmn:serviceTask id="t" camunda:class="x" camunda:delegateExpression="${x}"'
                        ' operationRef="none"/>')
    assert len(told) == 7  # nothing more of what is refused whole
