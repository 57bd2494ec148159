"""A task's page: its form, who may work on it, drafts, and what happens when two people are at it."""

import re

import pytest

from app.db import db
from app.tasklist.models import Draft
from engine.clock import MovingClock
from tests.app.pages.conftest import START, Township, script_data


def form_of(page: str) -> dict[str, object]:
    """Return what a task's page gives its script."""
    found = re.search(r'data-form="(form-[^"]+)"', page)
    assert found
    form: dict[str, object] = script_data(page, found[1])
    return form


def drafts(township: Township) -> list[tuple[str, dict[str, object]]]:
    with township.app.app_context():
        return [(draft.user, draft.data) for draft in db.session.query(Draft)]


def test_the_page_gives_the_form_what_it_reads_and_nothing_else(township: Township) -> None:
    number = township.call()
    township.do("duty1", number, "accept_call", acceptance="accept")
    page = township["dispatch1"].get(f"/tasks/{township.task(number, 'dispatch_call')}").text
    data = form_of(page)["data"]
    assert isinstance(data, dict)
    assert data["receiving_unit"] == "village_03"
    assert {"value": "water_station", "label": "水利站"} in data["units"]
    assert "caller" not in data
    assert "phone" not in data


def test_the_primary_buttons_word_is_the_act(township: Township) -> None:
    number = township.call()
    page = township["duty1"].get(f"/tasks/{township.task(number, 'accept_call')}").text
    assert re.search(r"data-form-submit[^>]*>受理</button>", page)
    assert "受理派单、当场直接答复" in page


def test_a_task_of_others_can_be_read_by_who_reads_the_case_but_not_done(township: Township) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    page = township["leader1"].get(f"/tasks/{task}").text
    assert form_of(page)["isReadOnly"] is True
    assert "data-form-submit" not in page
    assert "您可以查看" in page
    refused = township.send("leader1", f"/tasks/{task}/complete", {"data": {"acceptance": "accept"}})
    assert (refused.status_code, refused.json and refused.json["code"]) == (403, "not_your_task")


def test_a_task_of_a_case_that_is_none_of_mine_is_refused(township: Township) -> None:
    task = township.task(township.call(), "accept_call")
    assert township["village07"].get(f"/tasks/{task}").status_code == 403
    assert township["village07"].get("/tasks/nothing:1").status_code == 404


def test_wrong_answers_come_back_by_field_and_change_nothing(township: Township) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    wrong = {"acceptance": "refuse", "proper_channel": ""}
    answer = township.send("duty1", f"/tasks/{task}/complete", {"data": wrong})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == "form_invalid"
    assert answer.json["errors"] == {"refusal_reason": [{"code": "required"}], "proper_channel": [{"code": "required"}]}
    assert township.case(number).state == "待受理"
    assert township.task(number, "accept_call")


@pytest.mark.parametrize("body", [[], {}, {"data": []}, {"data": "x"}, "data"])
def test_what_is_no_form_is_refused(township: Township, body: object) -> None:
    task = township.task(township.call(), "accept_call")
    assert township.send("duty1", f"/tasks/{task}/complete", body).status_code == 400


def test_a_request_without_the_token_is_refused(township: Township) -> None:
    task = township.task(township.call(), "accept_call")
    answer = township["duty1"].client.post(f"/tasks/{task}/complete", json={"data": {"acceptance": "accept"}})
    assert answer.status_code == 400
    assert township.task(township.call(), "accept_call")


def test_the_second_of_two_is_told_who_was_first(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    township.do("leader1", number, "review_result", review="pass")
    task = township.task(number, "call_back")
    said = {"reached": "yes", "contacted_by_handler": "yes", "solved": "解决", "satisfaction": "满意"}
    township.do("callback1", number, "call_back", **said)
    answer = township.send("callback2", f"/tasks/{task}/complete", {"data": said})
    assert answer.status_code == 409
    assert answer.json is not None
    assert (answer.json["code"], answer.json["completed_by"]) == ("task_not_open", "callback1")
    assert "回访员甲" in answer.json["detail"]
    page = township["callback2"].get(f"/tasks/{task}").text
    assert "回访员甲办完了“回访”" in page


def test_a_draft_is_kept_given_back_and_gone_with_the_task(township: Township, clock: MovingClock) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    typed = {"acceptance": "answer", "direct_answer": "半句"}
    assert township.send("duty1", f"/tasks/{task}/draft", {"data": typed}, method="PUT").status_code == 200
    typed["direct_answer"] = "一句完整的话"
    assert township.send("duty1", f"/tasks/{task}/draft", {"data": typed}, method="PUT").status_code == 200
    assert drafts(township) == [("duty1", typed)]
    page = township["duty1"].get(f"/tasks/{task}").text
    data = form_of(page)["data"]
    assert isinstance(data, dict)
    assert data["direct_answer"] == "一句完整的话"
    assert "草稿保存于 2026-11-20 09:00" in page
    township.do("duty1", number, "accept_call", acceptance="accept")
    assert drafts(township) == []


def test_nobody_keeps_a_draft_for_a_task_that_is_not_theirs_or_not_open(township: Township) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    assert township.send("village03", f"/tasks/{task}/draft", {"data": {}}, method="PUT").status_code == 403
    township.do("duty1", number, "accept_call", acceptance="accept")
    assert township.send("duty1", f"/tasks/{task}/draft", {"data": {}}, method="PUT").status_code == 409
    assert drafts(township) == []


def test_an_ended_session_loses_nothing_that_was_kept(township: Township, clock: MovingClock) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    township.send("duty1", f"/tasks/{task}/draft", {"data": {"acceptance_note": "已核实"}}, method="PUT")
    clock.move_to(START.replace(hour=2))
    answer = township.send("duty1", f"/tasks/{task}/complete", {"data": {"acceptance": "accept"}})
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "login_required")
    assert drafts(township) == [("duty1", {"acceptance_note": "已核实"})]
    again = form_of(township.sign_in("duty1").get(f"/tasks/{task}").text)["data"]
    assert isinstance(again, dict)
    assert again["acceptance_note"] == "已核实"


def test_the_course_tells_who_did_what_and_what_they_said(township: Township) -> None:
    number = township.call()
    township.do("duty1", number, "accept_call", acceptance="accept", acceptance_note="情况属实")
    page = township["dispatch1"].get(f"/tasks/{township.task(number, 'dispatch_call')}").text
    course = re.sub(r"<[^>]+>|\s+", " ", page[page.index('class="course-days"') :])
    assert re.search(r"值班员甲 +受理", course)
    assert "受理，转派单 情况属实" in re.sub(r"\s+", " ", course)
    assert "2026-11-20 星期五" in course


def test_a_task_that_is_done_leads_to_its_case(township: Township) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    township.do("duty1", number, "accept_call", acceptance="accept")
    page = township["duty1"].get(f"/tasks/{task}").text
    assert "您办完了“受理”" in page
    assert f"/cases/{number}" in page


def test_whoever_opens_a_task_has_viewed_its_case(township: Township) -> None:
    number = township.call()
    township["duty1"].get(f"/tasks/{township.task(number, 'accept_call')}")
    page = township["leader1"].get(f"/cases/{number}").text
    viewers = page[page.index('id="viewers-title"') :]
    assert "值班员甲" in viewers
    assert "分管领导甲" in viewers


def test_drafts_for_tasks_that_are_no_longer_needed_go_too(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    open_task = township.task(number, "review_result")
    township.send("leader1", f"/tasks/{open_task}/draft", {"data": {"review": "pass"}}, method="PUT")
    other = township.call()
    township.send("duty1", f"/tasks/{township.task(other, 'accept_call')}/draft", {"data": {}}, method="PUT")
    township.do("leader1", number, "review_result", review="pass")
    assert drafts(township) == [("duty1", {})]


def test_claiming_goes_back_to_our_pages_only(township: Township) -> None:
    task = township.task(township.call(), "accept_call")
    answer = township["duty1"].post(f"/tasks/{task}/claim", {"back": "https://elsewhere.example/"})
    assert answer.headers["Location"] == f"/tasks/{task}"
