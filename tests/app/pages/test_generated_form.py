"""A process whose forms are fields in its diagram: started and worked on in the pages like any other."""

import re

from app.db import transaction
from tests.app.pages.conftest import Township, script_data
from tests.engine.diagrams import diagram

LEAVE = diagram(
    """<bpmn:startEvent id="asked"><bpmn:extensionElements><camunda:formData businessKey="number">
      <camunda:formField id="number" label="编号" type="string"><camunda:validation>
        <camunda:constraint name="required"/></camunda:validation></camunda:formField>
      <camunda:formField id="days" label="天数" type="long" defaultValue="1"/>
    </camunda:formData></bpmn:extensionElements></bpmn:startEvent>
    <bpmn:userTask id="decide" name="审批" camunda:assignee="duty1"><bpmn:extensionElements>
      <camunda:formData>
        <camunda:formField id="days" label="天数" type="long"><camunda:validation>
          <camunda:constraint name="readonly"/></camunda:validation></camunda:formField>
        <camunda:formField id="opinion" label="意见" type="enum" defaultValue="yes">
          <camunda:value id="yes" name="同意"/><camunda:value id="no" name="不同意"/></camunda:formField>
        <camunda:formField id="note" label="附言" type="string" defaultValue="请假 ${days} 天"><camunda:validation>
          <camunda:constraint name="maxlength" config="10"/></camunda:validation></camunda:formField>
      </camunda:formData>
      <camunda:taskListener event="complete" expression="${task.setVariable('by', task.assignee)}"/>
    </bpmn:extensionElements></bpmn:userTask><bpmn:endEvent id="ended"/>
    flow: asked>decide, decide>ended""",
    key="leave",
)


def test_fields_in_a_diagram_are_drawn_sent_and_checked_as_a_form(township: Township) -> None:
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"leave.bpmn": LEAVE}, by="procadmin")

    start = script_data(township["duty1"].get("/start/leave").text, "start-form")
    assert [(field["type"], field["key"]) for field in start["schema"]["components"]] == [
        ("textfield", "number"), ("number", "days"),
    ]
    assert township.send("duty1", "/start/leave", {"data": {"days": 2}}).status_code == 422
    begun = township.send("duty1", "/start/leave", {"data": {"number": "QJ-1", "days": 2}})
    assert begun.status_code == 200, begun.text

    task = township.task("QJ-1", "decide")
    page = township["duty1"].get(f"/tasks/{task}").text
    form = script_data(page, re.findall(r'data-form="(form-[^"]+)"', page)[0])
    assert form["schema"]["id"] == "generated:decide"
    assert form["data"] == {"days": 2, "note": "请假 2 天"}
    wrong = township.send("duty1", f"/tasks/{task}/complete", {"data": {"opinion": "perhaps", "note": "x" * 11}})
    assert (wrong.status_code, sorted(wrong.json["errors"])) == (422, ["note", "opinion"])  # type: ignore[index]
    done = township.send("duty1", f"/tasks/{task}/complete", {"data": {"opinion": "yes", "note": "好", "days": 9}})
    assert done.status_code == 200, done.text

    with township.app.app_context(), transaction() as engine:
        kept = engine.variables(task.partition(":")[0])
    assert kept == {"number": "QJ-1", "days": 2, "opinion": "yes", "note": "好", "by": "duty1"}


def test_a_process_that_forbids_it_is_not_offered_for_a_start(township: Township) -> None:
    hidden = LEAVE.replace(b'isExecutable="true"', b'isExecutable="true" camunda:isStartableInTasklist="false"')
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"leave.bpmn": hidden}, by="procadmin")

    assert "/start/leave" not in township["duty1"].get("/start").text
    assert township["duty1"].get("/start/leave").status_code == 403
