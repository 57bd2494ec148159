"""Starting something new."""

import json
import re
from io import BytesIO

from tests.app.pages.conftest import CALL, Township, script_data


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
