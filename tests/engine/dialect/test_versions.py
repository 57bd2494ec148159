"""Forms and decisions are of the version that a diagram asks for, and of the same one in a replay."""

from datetime import timedelta

import pytest

from engine.errors import FormInvalid
from engine.replay import first_difference, refeed
from tests.engine.diagrams import (
    complete,
    diagram,
    engine_with,
    incidents,
    user_task,
)
from tests.engine.dialect.zeebe import (
    FORM,
    TABLE,
    begun,
    drawn,
    element,
    job,
    refusals,
    user,
)

# -- versions of forms and decisions


def labelled(label: str, tag: str = "") -> bytes:
    return FORM.replace("{", f'{{"id":"ask","versionTag":"{tag}",', 1).replace('"Name"', f'"{label}"').encode()


def table(fee: int, tag: str = "") -> bytes:
    text = TABLE.format(more="", entry="").replace("<text>0<", f"<text>{fee}<")
    extension = (
        f'<extensionElements><zeebe:versionTag xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" value="{tag}"/>'
        "</extensionElements>"
    )
    return text.replace('name="Fee">', f'name="Fee">{extension if tag else ""}').encode()


OTHER = drawn(job("a")).replace(b'process id="example"', b'process id="other"')


@pytest.mark.parametrize(("binding", "label", "fee"), [
    ("", "Newer", 2), ('bindingType="latest"', "Newer", 2), ('bindingType="deployment"', "Name", 1),
    ('bindingType="versionTag" versionTag="first"', "Name", 1),
])
def test_forms_and_decisions_are_of_the_version_that_is_asked_for(binding: str, label: str, fee: int) -> None:
    decision = f'<zeebe:calledDecision decisionId="= &quot;fee&quot;" resultVariable="fee" {binding}/>'
    content = drawn(
        user("a", f'<zeebe:formDefinition formId="ask" {binding}/>') + element("businessRuleTask", "b", decision)
    )
    engine = engine_with()
    engine.deploy({"x.bpmn": content, "ask.form": labelled("Name", "first"), "t.dmn": table(1, "first")}, by="ann")
    engine.clock.advance(timedelta(days=1))
    engine.deploy({"y.bpmn": OTHER, "ask.form": labelled("Newer"), "t.dmn": table(2)}, by="ann")
    instance = engine.start("example", {"age": 70}, by="ann")
    [task] = engine.store.tasks(instance_id=instance.id)
    engine.clock.advance(timedelta(days=1))
    engine.deploy({"y.bpmn": OTHER, "ask.form": labelled("Newest"), "u.dmn": table(2)}, by="ann")
    form = engine.form(task)
    assert form is not None
    assert form.labels() == {"name": label}  # an open task keeps its form
    with pytest.raises(FormInvalid):
        complete(engine, instance.id, "a", {})
    complete(engine, instance.id, "a", {"name": "Wang"})
    assert engine.variables(instance.id)["fee"] == fee
    events, around = engine.events(instance.id), engine._around
    engine.deploy({"y.bpmn": OTHER, "ask.form": labelled("Last"), "t.dmn": table(3)}, by="ann")
    again = refeed(events, engine.instance(instance.id).definition, around, instance_id=instance.id)
    assert first_difference(events, again) is None


@pytest.mark.parametrize(("version", "label"), [("1", "Name"), ("2", "Newer"), ("${wanted}", "Newer")])
def test_a_form_of_camunda_7_may_be_asked_for_by_its_number(version: str, label: str) -> None:
    task = user_task(
        "a", f'camunda:assignee="ann" camunda:formRef="ask" camunda:formRefBinding="version" '
        f'camunda:formRefVersion="{version}"',
    )
    seventh = diagram(f'<bpmn:startEvent id="s"/>{task}\nflow: s>a')
    engine = engine_with()
    for number, label_then in enumerate(("Name", "Name", "Newer", "Last")):  # all at one instant
        other = OTHER.replace(b"other", f"other{number}".encode())
        engine.deploy({"y.bpmn": other, "ask.form": labelled(label_then)}, by="ann")
    engine.deploy({"x.bpmn": seventh}, by="ann")
    instance = engine.start("example", {"wanted": 2}, by="ann")
    [opened] = engine.store.tasks(instance_id=instance.id)
    form = engine.form(opened)
    assert form is not None
    assert form.labels() == {"name": label}


def test_a_version_that_is_not_there_is_refused_or_an_incident() -> None:
    form = '<zeebe:formDefinition formId="ask" bindingType="versionTag" versionTag="none"/>'
    assert ("form_missing", "a") in refusals(drawn(user("a", form)))
    engine, instance = begun(drawn(user("a", form.replace('"none"', '"= tag"'))), {"tag": "none"})
    [(name, error)] = incidents(engine, instance.id)
    assert name == "a"
    assert "ask (versionTag none)" in error
