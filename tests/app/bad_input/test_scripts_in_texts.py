"""Texts that would be scripts: shown as they were written, on every page and in all that scripts read."""

import json
import re
from io import BytesIO

import pytest
from werkzeug.test import TestResponse

from tests.app.bad_input.conftest import JSON
from tests.app.bad_input.test_every_address import address_of, rules
from tests.app.pages.conftest import Township

EVIL = "<img src=x onerror=alert(1)>"
LONG = f"</script><script>alert(1)</script>{EVIL}\"'><svg/onload=alert(1)>&lt;b&gt;{{{{7*7}}}} javascript:alert(1)"
PDF = b"%PDF-1.7 text"


def harmless(answer: TestResponse) -> None:
    """Nothing that was written by a person is markup, and no script runs that is not a file of ours."""
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] in ("'self'", "'none'")  # none in a file that is shown
    assert policy["default-src"] == policy["script-src"]
    assert policy["object-src"] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if not answer.content_type.startswith("text/html"):
        return
    assert "<img src=x" not in answer.text
    assert "<svg/onload" not in answer.text
    assert "<script>" not in answer.text
    assert not re.search(
        r"\son\w+\s*=\s*[\"']?alert", re.sub(r"(&\w+;|&#\d+;|\\u003c).*?(&gt;|\\u003e)", "", answer.text)
    )
    assert not re.search(r"(?:href|src|action)=\"javascript:", answer.text)
    assert "49" not in re.findall(r"alert\(1\)\S*\s(\d+)\s", answer.text)
    for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', answer.text, re.DOTALL):
        json.loads(data)


@pytest.fixture(scope="module")
def number(on_sqlite: Township) -> str:
    """A case in which every text that people write is a script."""
    number = on_sqlite.call(caller=EVIL, location=LONG[:100], content=LONG, phone="13800001234")
    on_sqlite.send(
        "duty1",
        f"/tasks/{on_sqlite.task(number, 'accept_call')}/draft",
        {"data": {"direct_answer": LONG}},
        method="PUT",
    )
    visitor = on_sqlite["duty1"]
    assert visitor.post(f"/cases/{number}/comments", {"text": LONG}).status_code == 302
    files = [(BytesIO(PDF), f"{EVIL}.pdf")]
    assert visitor.post(f"/cases/{number}/attachments", {"files": files}).status_code == 302
    return number


def test_on_every_page_they_are_texts(on_sqlite: Township, number: str) -> None:
    seen = 0
    for rule in rules(on_sqlite):
        for login in ("duty1", "leader1", "procadmin", "auditor1"):
            if "GET" not in (rule.methods or ()):
                continue
            for headers in ({}, {"HX-Target": "task", "HX-Request": "true"}):
                address = address_of(on_sqlite, rule, number)
                answer = on_sqlite[login].client.get(address, headers=headers, buffered=True)
                if answer.status_code == 200:
                    harmless(answer)
                    seen += "alert(1)" in answer.text
    assert seen >= 5, "the texts were there"


def test_what_a_form_reads_is_what_was_written(on_sqlite: Township, number: str) -> None:
    page = on_sqlite["duty1"].get(f"/tasks/{on_sqlite.task(number, 'accept_call')}").text
    found = re.search(r'data-form="(form-[^"]+)"', page)
    assert found
    config = re.search(rf'<script type="application/json" id="{found[1]}">(.*?)</script>', page, re.DOTALL)
    assert config
    assert "<" not in config[1]
    assert json.loads(config[1])["data"]["direct_answer"] == LONG


@pytest.mark.parametrize(
    "address", ["/search", "/registers/hotline_closed_loop", "/inbox", "/login", "/processes/x", "/nothing"]
)
@pytest.mark.parametrize("name", ["q", "next", "state", "category", "from", "filter"])
def test_in_an_address_they_are_texts(on_sqlite: Township, address: str, name: str) -> None:
    visitor = on_sqlite["duty1"]
    harmless(visitor.client.get(address, query_string={name: LONG}, follow_redirects=True))
    harmless(visitor.client.get(f"{address}/{EVIL}", query_string={EVIL: LONG}, follow_redirects=True))


def test_in_what_comes_back_from_a_refusal_they_are_texts(on_sqlite: Township, number: str) -> None:
    visitor = on_sqlite["duty1"]
    for token in (visitor.token, "forged"):
        form = {"csrf_token": token, "text": LONG * 100, EVIL: LONG}
        refused = visitor.client.post(f"/cases/{number}/comments", data=form)
        assert refused.status_code in (400, 422)
        harmless(refused)
        assert "alert(1)" in refused.text
    problem = visitor.client.post(f"/cases/{number}/comments?{EVIL}", data={"text": LONG}, headers=JSON)
    assert problem.content_type == "application/problem+json"
    harmless(problem)


def test_in_a_deployment_they_are_texts(on_sqlite: Township) -> None:
    visitor = on_sqlite["procadmin"]
    files = [(BytesIO(f"<{EVIL}".encode()), f"{EVIL}.bpmn"), (BytesIO(b"{}"), f"{EVIL}.form")]
    refused = visitor.post("/processes", {"files": files, "name": LONG})
    assert refused.status_code == 422
    harmless(refused)
    assert "onerror=alert(1)" in refused.text


def test_a_file_is_saved_and_never_opened_here(on_sqlite: Township, number: str) -> None:
    page = on_sqlite["duty1"].get(f"/cases/{number}").text
    link = re.search(rf'href="(/cases/{number}/attachments/\d+)"', page)
    assert link
    answer = on_sqlite["duty1"].get(link[1])
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert (answer.content_type, answer.data) == ("application/pdf", PDF)
    harmless(answer)


def test_no_page_has_a_script_or_a_style_of_its_own(on_sqlite: Township, number: str) -> None:
    for address in (
        "/inbox",
        f"/cases/{number}",
        "/registers/hotline_closed_loop",
        "/start/hotline_closed_loop",
        "/settings",
    ):
        page = on_sqlite["duty1"].get(address).text
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", page), address
        assert "<style" not in page, address
        tags = re.sub(r'="[^"]*"', "=", page)  # what is quoted is a value, whatever it looks like
        assert not re.search(r"<[^>]+\son(?:click|load|error|submit|change)=", tags), address
