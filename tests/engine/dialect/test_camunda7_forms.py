"""Forms of Camunda 7 diagrams: the fields that stand in them, and keys that name a deployed file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.dialect.finding import DeploymentRefused
from engine.engine import Engine
from engine.errors import FormInvalid
from engine.form import Form
from tests.engine.diagrams import diagram, engine_with, user_task

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FIELDS = """
  <camunda:formField id="subject" label="事由" type="string" defaultValue="无">
    <camunda:properties><camunda:property id="width" value="wide"/></camunda:properties>
    <camunda:validation><camunda:constraint name="required"/><camunda:constraint name="minlength" config="2"/>
      <camunda:constraint name="maxlength" config="5"/></camunda:validation>
  </camunda:formField>
  <camunda:formField id="days" label="天数" type="long" defaultValue="3">
    <camunda:validation><camunda:constraint name="min" config="1"/><camunda:constraint name="max" config="30"/>
    </camunda:validation>
  </camunda:formField>
  <camunda:formField id="from" label="开始" type="date" defaultValue="31/12/2026"/>
  <camunda:formField id="agreed" label="同意" type="boolean" defaultValue="true">
    <camunda:validation><camunda:constraint name="required" config="true"/></camunda:validation>
  </camunda:formField>
  <camunda:formField id="kind" label="类别" type="enum" defaultValue="sick">
    <camunda:value id="sick" name="病假"/><camunda:value id="annual" name="年休假"/>
  </camunda:formField>
  <camunda:formField id="seen" label="已看" type="string" defaultValue="${subject} 第 ${days + 1} 天">
    <camunda:validation><camunda:constraint name="readonly"/></camunda:validation>
  </camunda:formField>
"""


def data(fields: str, attributes: str = "") -> str:
    form = f"<camunda:formData {attributes}>{fields}</camunda:formData>"
    return f"<bpmn:extensionElements>{form}</bpmn:extensionElements>"


def field(kind: str, inside: str = "", **attributes: str) -> str:
    said = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return data(f'<camunda:formField id="a" type="{kind}" {said}>{inside}</camunda:formField>')


def constraint(name: str, config: str = "") -> str:
    return f'<camunda:validation><camunda:constraint name="{name}" config="{config}"/></camunda:validation>'


def asking(inside: str, attributes: str = "", *, start: str = "", start_attributes: str = "") -> bytes:
    return diagram(
        f'<bpmn:startEvent id="s" {start_attributes}>{start}</bpmn:startEvent>'
        + user_task("ask", f'camunda:assignee="ann" {attributes}', inside)
        + '<bpmn:endEvent id="e"/>\nflow: s>ask, ask>e'
    )


def form_of(engine: Engine) -> Form:
    definition = engine.latest("example")
    return definition.form(definition.element("ask").form_ref or "")


def refusals(content: bytes) -> list[str]:
    return [found.message("en") for found in engine_with().check({"x.bpmn": content}) if found.severity == "error"]


def test_fields_in_a_diagram_are_a_form_like_any_other() -> None:
    form = form_of(engine_with(asking(data(FIELDS))))

    assert form.id == "generated:ask"
    assert form.schema["components"] == [
        {"type": "textfield", "id": "field_1", "key": "subject", "label": "事由", "defaultValue": "无",
         "validate": {"minLength": 2, "maxLength": 5, "required": True}, "properties": {"width": "wide"}},
        {"type": "number", "id": "field_2", "key": "days", "label": "天数", "defaultValue": 3, "decimalDigits": 0,
         "validate": {"min": 1, "max": 30}},
        {"type": "datetime", "id": "field_3", "key": "from", "label": "开始", "dateLabel": "开始", "subtype": "date",
         "defaultValue": "2026-12-31"},
        {"type": "checkbox", "id": "field_4", "key": "agreed", "label": "同意", "defaultValue": True},
        {"type": "select", "id": "field_5", "key": "kind", "label": "类别", "defaultValue": "sick",
         "values": [{"value": "sick", "label": "病假"}, {"value": "annual", "label": "年休假"}]},
        {"type": "textfield", "id": "field_6", "key": "seen", "label": "已看", "readonly": True},
    ]
    assert form.labels()["kind"] == "类别"


def test_a_submission_of_fields_is_checked_and_kept() -> None:
    engine = engine_with(asking(data(FIELDS)))
    instance = engine.start("example", by="ann")
    task = instance.open_tasks[0]
    given = {"subject": "感冒", "days": 2, "from": "2026-03-02", "agreed": False, "kind": "annual"}
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"subject": ""}, "subject", "required"), ({"subject": "长长长长长长"}, "subject", "max_length"),
        ({"days": 1.5}, "days", "decimals"), ({"days": 31}, "days", "max"), ({"days": "2"}, "days", "wrong_type"),
        ({"from": "02/03/2026"}, "from", "invalid_date"), ({"kind": "unpaid"}, "kind", "not_an_option"),
    ]
    for change, name, code in wrong:
        with pytest.raises(FormInvalid) as refused:
            engine.complete_task(task.id, given | change, by="ann")
        assert [problem["code"] for problem in refused.value.errors[name]] == [code]

    done = engine.complete_task(task.id, given | {"seen": "forged", "other": 1}, by="ann")

    assert (done.status, done.variables) == ("completed", given)


def test_a_default_that_is_computed_is_seen_when_the_form_is_shown() -> None:
    form = form_of(engine_with(asking(data(FIELDS))))

    assert form.input_data({"subject": "感冒", "days": 2, "private": 1}, now=NOW) == {
        "subject": "感冒", "days": 2, "seen": "感冒 第 3 天",
    }
    assert form.input_data({"subject": "感冒", "seen": "x"}, now=NOW)["seen"] == "x"


def test_a_date_with_a_time_is_asked_with_both() -> None:
    engine = engine_with(asking(field("date", datePattern="yyyy-MM-dd'T'HH:mm", defaultValue="2026-03-02T08:30")))

    (component,) = form_of(engine).fields
    assert component.attributes["subtype"] == "datetime"
    assert component.attributes["defaultValue"] == "2026-03-02T08:30"


def test_a_field_of_the_start_form_gives_the_business_key() -> None:
    start = data('<camunda:formField id="number" type="string"/>', 'businessKey="number"')
    engine = engine_with(asking("", start=start))

    assert engine.start("example", {"number": " 2026-7 "}, by="ann").business_key == "2026-7"
    assert engine.start("example", {"number": "2026-8"}, by="ann", business_key="mine").business_key == "mine"
    assert engine.start("example", {}, by="ann").business_key is None


def test_a_form_key_names_a_file_of_the_deployment() -> None:
    engine = engine_with()
    form = b'{"type": "default", "id": "leave", "components": [{"type": "textfield", "id": "f", "key": "a"}]}'
    diagram_file = asking("", 'camunda:formKey="camunda-forms:deployment:leave.form"')

    engine.deploy({"leave.bpmn": diagram_file, "leave.form": form}, by="ann")

    assert form_of(engine).id == "leave"
    assert refusals(diagram_file) == [
        "the form 'camunda-forms:deployment:leave.form' is not among the deployed files"
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (asking(field("custom")), "the attribute camunda:formField/type does not support the value 'custom': "
         "use string, long, boolean, date, enum"),
        (asking(field("string", constraint("validator", "com.example.Check"))), "validators in Java are not run"),
        (asking(field("string", constraint("min", "3"))), "it is for long and takes a whole number"),
        (asking(field("long", constraint("min", "three"))), "it is for long and takes a whole number"),
        (asking(field("long", constraint("required", "false"))), "leave the constraint out"),
        (asking(field("date", datePattern="EEE dd")), "made of yyyy, MM, dd"),
        (asking(field("date", defaultValue="2026-12-31")), "the field a has the default '2026-12-31'"),
        (asking(field("long", defaultValue="many")), "which is no long"),
        (asking(field("enum")), "an enum, whose values need an id each"),
        (asking(field("enum", '<camunda:value id="x"/>', defaultValue="y")), "which is no enum"),
        (asking(data('<camunda:formField id="a-b" type="string"/>')), "not the name of a variable"),
        (asking(field("string") .replace('type="string"', "")), "the attribute camunda:formField/type is missing"),
        (asking(field("string", defaultValue="${task.name}")), "a default is made of the process's variables alone"),
        (asking(field("string", defaultValue="${bean.ask()}")), "the method ask"),
        (asking(data("", 'businessKey="a"')), "the business key is set when the process starts"),
        (asking("", start=data('<camunda:formField id="a" type="string"/>', 'businessKey="b"')), "'b' is referred to"),
        (asking(field("string"), 'camunda:formKey="camunda-forms:deployment:x.form"'), "more than one form"),
        (asking("", 'camunda:formKey="embedded:app:forms/a.html"'), "forms in HTML and of applications are not shown"),
        (asking("", 'camunda:formKey="camunda-forms:app:a.form"'), "forms in HTML and of applications are not shown"),
        (asking("", 'camunda:formKey="https://example.org/form"'), "forms elsewhere are not opened"),
        (asking("", 'camunda:formKey="${form}"'), "forms elsewhere are not opened"),
    ],
)
def test_a_form_that_cannot_be_shown_or_checked_is_refused_with_a_hint(content: bytes, reason: str) -> None:
    assert any(reason in message for message in refusals(content)), refusals(content)


def test_a_process_may_forbid_to_be_started_from_a_page_and_say_how_long_its_history_is_kept() -> None:
    content = asking("", "")
    said = b'isExecutable="true" camunda:isStartableInTasklist="false" camunda:historyTimeToLive="P180D"'
    engine = engine_with(content.replace(b'isExecutable="true"', said))

    definition = engine.latest("example")

    assert (definition.is_startable_by_hand, definition.model.time_to_live) == (False, "P180D")
    assert engine.start("example", by="ann").status == "active"
    with pytest.raises(DeploymentRefused, match="historyTimeToLive"):
        engine.deploy({"x.bpmn": content.replace(b'isExecutable="true"', said.replace(b"P180D", b"P6M"))}, by="ann")
