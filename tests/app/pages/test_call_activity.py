"""A task of a called process has its own form and its own diagram, and its names are not mixed with the caller's."""

import json

from app.db import transaction
from tests.app.pages.conftest import Township
from tests.app.pages.test_task import form_of
from tests.engine.diagrams import diagram, user_task

FORM = {"type": "default", "id": "note", "components": [{"type": "textfield", "key": "remark", "label": "巡查记录"}]}


def named(element: str, name: str, attributes: str = "") -> str:
    """Return a user task for the people at the hotline."""
    return user_task(element, 'camunda:candidateGroups="hotline_intake" ' + attributes).replace(
        f'name="{element}"', f'name="{name}"')


CALLER = diagram(
    '<bpmn:startEvent id="begun"/><bpmn:callActivity id="call" name="请人巡查" calledElement="patrol"/>'
    + named("work", "汇总") + "\nflow: begun>call, call>work", key="survey")
CALLED = diagram(
    '<bpmn:startEvent id="begun"/>' + named("work", "巡查", 'camunda:formRef="note"') + "\nflow: begun>work",
    key="patrol")


def started(township: Township) -> str:
    """Deploy both processes, start the caller, and return the instance's id."""
    files = {"survey.bpmn": CALLER, "patrol.bpmn": CALLED, "note.form": json.dumps(FORM).encode()}
    with township.app.app_context(), transaction() as engine:
        engine.deploy(files, by="procadmin")
        return engine.start("survey", by="duty1").id


def test_the_task_s_page_shows_the_form_of_the_called_process(township: Township) -> None:
    instance = started(township)
    with township.app.app_context(), transaction() as engine:
        (task,) = engine.store.tasks(instance_id=instance)
    schema = form_of(township["duty1"].get(f"/tasks/{task.id}").text)["schema"]
    assert isinstance(schema, dict)
    assert schema["components"][0]["label"] == "巡查记录"
    township.send("duty1", f"/tasks/{task.id}/claim", {})
    answer = township.send("duty1", f"/tasks/{task.id}/complete", {"data": {"remark": "无异常"}})
    assert answer.status_code == 200, answer.text
    with township.app.app_context(), transaction() as engine:
        assert [task.name for task in engine.store.tasks(instance_id=instance)] == ["汇总"]


def test_the_diagram_lights_the_call_activity_and_shows_the_called_process_below(township: Township) -> None:
    instance = started(township)
    answer = township["duty1"].get(f"/instances/{instance}/diagram").json
    assert answer is not None
    assert (answer["current"], answer["done"], answer["flows"]) == (["call"], ["begun"], ["begun_call"])
    (call,) = answer["calls"]
    assert (call["current"], call["done"], call["flows"]) == (["work"], ["begun"], ["begun_work"])
    assert 'id="patrol"' in call["xml"]


def test_the_record_names_each_step_by_its_own_diagram(township: Township) -> None:
    instance = started(township)
    with township.app.app_context(), transaction() as engine:
        (task,) = engine.store.tasks(instance_id=instance)
        engine.claim(task.id, by="duty1")
        engine.complete_task(task.id, {"remark": "无异常"}, by="duty1")
    page = township["auditor1"].get(f"/audit/{instance}").text
    assert page.index("<td>调用流程</td>") < page.index("<td>巡查</td>") < page.index("<td>汇总</td>")
