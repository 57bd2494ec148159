"""Starting something new."""

import json
import re
from io import BytesIO

from app.db import transaction
from tests.app.pages.conftest import CALL, Township, script_data
from tests.engine.diagrams import diagram

FIELD = '<bpmn:extensionElements><camunda:formData><camunda:formField id="{}" label="{}" type="string"/>' \
    '</camunda:formData></bpmn:extensionElements>'
VISIT = diagram(
    f"""<bpmn:extensionElements><camunda:properties>
      <camunda:property name="case.number" value="V-{{year}}-{{serial:03}}"/>
      <camunda:property name="case.title" value="who"/></camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="came" name="群众来访"><bpmn:documentation>当面登记。</bpmn:documentation>
      {FIELD.format("who", "来访人")}</bpmn:startEvent>
    <bpmn:startEvent id="wrote" name="群众来信">{FIELD.format("who", "来信人")}</bpmn:startEvent>
    <bpmn:userTask id="answer" name="答复" camunda:assignee="duty1"/><bpmn:endEvent id="ended"/>
    flow: came>answer, wrote>answer, answer>ended""",
    key="visit",
)
WALK = diagram(
    """<bpmn:userTask id="walk" name="巡查" camunda:assignee="duty1"/><bpmn:endEvent id="ended"/>
    flow: walk>ended""",
    key="rounds",
)


def test_the_cards_show_what_a_person_may_start(township: Township) -> None:
    page = township["duty1"].get("/start").text
    assert "便民服务热线闭环办理" in page
    assert "/start/hotline_closed_loop" in page


def test_the_form_offers_the_villages_and_begins_with_the_present_moment(township: Township) -> None:
    form = script_data(township["duty1"].get("/start/hotline_closed_loop").text, "start-form")
    assert form["data"]["villages"][2] == {"value": "village_03", "label": "村03"}
    assert form["data"]["received_at"] == "2026-11-20T09:00+08:00"
    assert "caller" in {field["key"] for field in form["schema"]["components"] if "key" in field}


def test_a_registered_call_shows_its_number_at_once_and_numbers_have_no_gaps(township: Township) -> None:
    assert [township.call() for _ in range(3)] == ["HL-2026-000001", "HL-2026-000002", "HL-2026-000003"]


def test_a_call_with_wrong_data_is_refused_by_field_and_takes_no_number(township: Township) -> None:
    wrong = {**CALL, "phone": "12", "village": "village_99", "content": ""}
    answer = township.send("duty1", "/start/hotline_closed_loop", {"data": wrong})
    assert answer.status_code == 422
    assert answer.json is not None
    assert {key: [each["code"] for each in found] for key, found in answer.json["errors"].items()} == {
        "phone": ["pattern"], "village": ["not_an_option"], "content": ["required"],
    }  # fmt: skip
    assert township.call() == "HL-2026-000001"


def test_files_chosen_with_the_form_belong_to_the_new_case(township: Township) -> None:
    visitor = township["duty1"]
    body = {"data": json.dumps(dict(CALL)), "files": (BytesIO(b"%PDF-1.4\n1 0 obj\n%%EOF"), "现场.pdf")}
    headers = {"X-CSRFToken": visitor.token, "Accept": "application/json"}
    answer = visitor.client.post("/start/hotline_closed_loop", data=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "现场.pdf" in visitor.get("/cases/HL-2026-000001").text


def test_a_file_that_is_refused_leaves_no_case_behind(township: Township) -> None:
    visitor = township["duty1"]
    body = {"data": json.dumps(dict(CALL)), "files": (BytesIO(b"MZ\x90\x00"), "现场.pdf")}
    headers = {"X-CSRFToken": visitor.token, "Accept": "application/json"}
    assert visitor.client.post("/start/hotline_closed_loop", data=body, headers=headers).status_code == 422
    assert visitor.get("/cases/HL-2026-000001").status_code == 404
    assert township.call() == "HL-2026-000001"


def test_only_who_started_something_sees_its_confirmation(township: Township) -> None:
    answer = township.send("duty1", "/start/hotline_closed_loop", {"data": dict(CALL)})
    assert answer.json is not None
    confirmation = answer.json["next"]
    page = township["duty1"].get(confirmation).text
    assert re.search(r"HL-2026-000001", page)
    assert "受理" in page
    assert township["village03"].get(confirmation).status_code == 404


def test_a_process_that_is_not_there_cannot_be_started(township: Township) -> None:
    assert township["duty1"].get("/start/no_such_process").status_code == 404
    assert township.send("duty1", "/start/no_such_process", {"data": {}}).status_code == 404


def test_who_may_not_start_anything_is_refused(township: Township) -> None:
    assert township["auditor1"].get("/start").status_code == 403
    assert township.send("auditor1", "/start/hotline_closed_loop", {"data": dict(CALL)}).status_code == 403


def test_a_process_that_begins_in_several_ways_offers_each_of_them(township: Township) -> None:
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"visit.bpmn": VISIT}, by="procadmin")
    duty = township["duty1"]
    page = duty.get("/start").text
    assert "/start/visit?start=came" in page and "/start/visit?start=wrote" in page
    assert "群众来访" in page and "群众来信" in page and "当面登记。" in page
    choice = duty.get("/start/visit").text
    assert "start=came" in choice and "start=wrote" in choice and "start-form" not in choice
    form = script_data(duty.get("/start/visit?start=wrote").text, "start-form")
    assert form["submit"] == "/start/visit?start=wrote"
    assert [field["label"] for field in form["schema"]["components"] if "key" in field] == ["来信人"]
    assert "群众来信" in duty.get("/start/visit?start=wrote").text
    answer = township.send("duty1", form["submit"], {"data": {"who": "写信人"}})
    assert answer.status_code == 200, answer.text
    assert '<h1 class="task-title">写信人</h1>' in duty.get("/cases/V-2026-001").text
    for wrong in ("/start/visit?start=nothing", "/start/visit?start=answer"):
        assert duty.get(wrong).status_code == 404
        assert township.send("duty1", wrong, {"data": {}}).status_code == 404
    assert township.send("duty1", "/start/visit", {"data": {"who": "甲"}}).status_code == 404, "which way is not said"


def test_a_process_without_start_events_begins_where_no_flow_leads_to(township: Township) -> None:
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"walk.bpmn": WALK}, by="procadmin")
    assert "/start/rounds" in township["duty1"].get("/start").text
    form = script_data(township["duty1"].get("/start/rounds").text, "start-form")
    assert township.send("duty1", form["submit"], {"data": {}}).status_code == 200
