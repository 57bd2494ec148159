"""What is sent in place of a form's answers: refused by field or as a whole, and nothing is half done."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import func, select

from app.case.models import Case
from app.db import current_engine, db
from app.tasklist.models import Draft
from engine.store.tables import HistoryRow, InstanceRow
from tests.app.bad_input.conftest import LANGUAGES, is_problem, said
from tests.app.pages.conftest import CALL, Township
from tests.app.pages.test_task import form_of

START = "/start/hotline_closed_loop"
NO_FORM: list[tuple[str, bytes]] = [
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"\xff\xfe"),
    ("application/json", b"[]"),
    ("application/json", b'[{"data": {}}]'),
    ("application/json", b'{"acceptance": "accept"}'),
    ("application/json", b'{"data": ["accept"]}'),
    ("application/json", b'{"data": null}'),
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"data": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"),
    ("application/json", b'{"data": {"a": ' + b"9" * 5000 + b"}}"),
    ("text/plain", b'{"data": {}}'),
    ("application/xml", b"<data/>"),
    ("application/x-www-form-urlencoded", b"acceptance=accept"),
    ("application/x-www-form-urlencoded", b"data=" + b"[" * 100_000),
    ("application/x-www-form-urlencoded", b"data=%7B%7D%00"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(3000))),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("multipart/form-data", b"--x--"),
]
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"caller": None}, "caller", "required"),
    ({"caller": "   "}, "caller", "required"),
    ({"caller": 17}, "caller", "wrong_type"),
    ({"caller": ["甲"]}, "caller", "wrong_type"),
    ({"caller": "a\0b"}, "caller", "invalid_character"),
    ({"caller": "\ud800"}, "caller", "invalid_character"),
    ({"caller": "甲" * 41}, "caller", "max_length"),
    ({"phone": "not a number"}, "phone", "pattern"),
    ({"village": "village_99"}, "village", "not_an_option"),
    ({"village": ["village_03"]}, "village", "not_an_option"),
    ({"urgency": {"$gt": ""}}, "urgency", "not_an_option"),
    ({"received_at": "2026-02-30T09:00+08:00"}, "received_at", "invalid_date"),
    ({"received_at": "yesterday"}, "received_at", "invalid_date"),
    ({"confidential": "false"}, "confidential", "wrong_type"),
    ({"content": "x" * 1_000_000}, "content", "max_length"),
    ({"content": "短"}, "content", "min_length"),
    ({"channel": float("nan")}, "channel", "required"),
]


def counts(township: Township) -> list[int | None]:
    with township.app.app_context():
        return [db.session.scalar(select(func.count()).select_from(table)) for table in (Case, InstanceRow, HistoryRow)]


def send(township: Township, address: str, content_type: str, content: bytes, language: str = "zh") -> Any:
    visitor = township["duty1"]
    headers = {"X-CSRFToken": visitor.token, "Accept": "application/json", "Accept-Language": language}
    method = "PUT" if address.endswith("/draft") else "POST"
    return visitor.client.open(address, method=method, data=content, content_type=content_type, headers=headers)


@pytest.mark.parametrize(("content_type", "content"), NO_FORM, ids=range(len(NO_FORM)))
def test_what_is_no_form_is_refused_at_every_door_and_changes_nothing(
    anywhere: Township, content_type: str, content: bytes
) -> None:
    task = anywhere.task(anywhere.call(), "accept_call")
    before = counts(anywhere)
    for address in (START, f"/tasks/{task}/complete", f"/tasks/{task}/draft"):
        answer = send(anywhere, address, content_type, content)
        assert answer.status_code in (400, 413), (address, answer.text)
        assert is_problem(answer, answer.status_code)
    assert counts(anywhere) == before


def test_what_is_no_form_is_said_to_be_none_in_the_readers_language(on_sqlite: Township) -> None:
    said = [send(on_sqlite, START, "application/json", b"[]", language).json for language in LANGUAGES]
    assert [problem["title"] for problem in said] == ["无法识别这次请求", "This request cannot be understood"]


@pytest.mark.parametrize(("change", "field", "code"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_answer_is_named_by_its_field_and_nothing_is_registered(
    anywhere: Township, change: dict[str, Any], field: str, code: str
) -> None:
    before = counts(anywhere)
    content = json.dumps({"data": {**CALL, **change}}).encode()
    problem = is_problem(send(anywhere, START, "application/json", content), 422)
    assert problem["code"] == "form_invalid"
    errors: Any = problem["errors"]
    assert [each["code"] for each in errors[field]] == [code]
    assert errors.keys() == {field}
    assert counts(anywhere) == before


def test_the_number_of_a_refused_call_is_given_to_the_next(anywhere: Township) -> None:
    first = anywhere.call()
    assert anywhere.send("duty1", START, {"data": {**CALL, "caller": ""}}).status_code == 422
    assert int(anywhere.call()[-6:]) == int(first[-6:]) + 1


def test_what_the_form_does_not_ask_for_is_not_kept(anywhere: Township) -> None:
    number = anywhere.call(receiving_unit="village_01", is_admin=True, __class__="x", redo_count=99)
    task = anywhere.task(number, "accept_call")
    assert anywhere.case(number).redo_count == 0
    extra = {"acceptance": "accept", "lead_unit": "village_01", "refusal_reason": "hidden"}
    assert anywhere.send("duty1", f"/tasks/{task}/complete", {"data": extra}).status_code == 200
    with anywhere.app.app_context():
        variables = current_engine().instance(task.partition(":")[0]).variables
    assert "is_admin" not in variables
    assert "__class__" not in variables
    assert variables.get("refusal_reason") in (None, "")
    assert variables.get("lead_unit") != "village_01"


@pytest.mark.parametrize(
    "data",
    [
        {"opinion": float("nan")}, {"opinion": float("inf")}, {"opinion": "\ud800"},
        {"opinion": json.loads("[" * 150 + "]" * 150)},
    ],
    ids=range(4),
)  # fmt: skip
def test_a_draft_that_could_not_be_given_back_is_refused(anywhere: Township, data: dict[str, Any]) -> None:
    task = anywhere.task(anywhere.call(), "accept_call")
    content = json.dumps({"data": data}).encode()
    is_problem(send(anywhere, f"/tasks/{task}/draft", "application/json", content), 422)
    with anywhere.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Draft).where(Draft.task_id == task)) == 0
    assert anywhere["duty1"].get(f"/tasks/{task}").status_code == 200


def test_a_draft_may_be_wrong_and_long(anywhere: Township) -> None:
    task = anywhere.task(anywhere.call(), "accept_call")
    typed = {"acceptance": "no such option", "direct_answer": "长" * 300_000, "acceptance_note": "a\0b"}
    content = json.dumps({"data": typed}).encode()
    assert send(anywhere, f"/tasks/{task}/draft", "application/json", content).status_code == 200
    given_back = form_of(anywhere["duty1"].get(f"/tasks/{task}").text)["data"]
    assert {**given_back, **typed} == given_back


def test_a_comment_is_neither_empty_nor_endless(anywhere: Township) -> None:
    number = anywhere.call()
    visitor = anywhere["duty1"]
    for text in ("", "   ", "x" * 4001, "x" * 1_000_000):
        page = visitor.post(f"/cases/{number}/comments", {"text": text})
        assert page.status_code == 422
        assert "评论须有 1 至 4000 字" in page.text
    kept = visitor.post(f"/cases/{number}/comments", {"text": "x" * 4001 + "末尾"})
    assert "末尾" in kept.text, "what was typed comes back"
    assert "还没有评论" in visitor.get(f"/cases/{number}").text


@pytest.mark.parametrize(
    "change",
    [
        {"content": "2026-13-45T99:99 水管爆裂"}, {"content": "9999-12-31T23:59-12:00"}, {"content": "village_03"},
        {"received_at": "0001-01-01T00:00+14:00"}, {"received_at": "9999-12-31T23:59-14:00"}, {"caller": "😀" * 20},
        {"content": "\u202e\u200b\ufeff 反向 \r\n\t 制表"}, {"location": "%s {0} ${x} =1+1 {{ 7*7 }}"},
    ],
    ids=range(8),
)  # fmt: skip
def test_odd_but_allowed_answers_are_shown_as_they_were_said(anywhere: Township, change: dict[str, str]) -> None:
    answer = anywhere.send("duty1", START, {"data": {**CALL, **change}})
    assert answer.status_code == 200, answer.text
    number = re.findall(r"HL-\d{4}-\d{6}", anywhere["duty1"].get(answer.get_json()["next"]).text)[0]
    task = anywhere.task(number, "accept_call")
    for address in (f"/tasks/{task}", "/inbox?filter=groups", "/registers/hotline_closed_loop"):
        assert anywhere["duty1"].get(address).status_code == 200, address
    page = anywhere["duty1"].get(f"/cases/{number}")
    assert page.status_code == 200
    if "location" in change or "caller" in change:
        assert change.popitem()[1] in said(page)
    anywhere.do("duty1", number, "accept_call", acceptance="accept")


@pytest.mark.parametrize("form", [{}, {"job": ""}, {"job": "nothing"}, {"job": "x" * 5000}, {"job": "a'; DROP x"}])
def test_only_a_job_that_waits_can_be_tried_again(anywhere: Township, form: dict[str, object]) -> None:
    answer = anywhere["procadmin"].post("/jobs/retry", form)
    assert answer.status_code == (404 if form else 400)
    if form:
        assert "这项作业已不在等待" in answer.text
    assert anywhere["procadmin"].get("/jobs").status_code == 200


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 30, "9" * 5000, "1e9"])
def test_reading_notices_takes_any_number(anywhere: Township, newest: str) -> None:
    assert anywhere["duty1"].post("/notifications/read", {"newest": newest}).status_code == 302


@pytest.mark.parametrize("form", [{}, {"language": "xx"}, {"language": "zh", "theme": "pink"}, {"language": "zh\0"}])
def test_looks_that_there_are_none_of_are_refused(anywhere: Township, form: dict[str, object]) -> None:
    assert anywhere["duty1"].post("/settings/looks", form).status_code == 400
