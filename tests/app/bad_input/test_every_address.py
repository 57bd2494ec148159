"""Every address of the application: asked for what is not there, by people who may not, and in ways that are none."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.db import db
from engine.store.tables import Base
from tests.app.bad_input.conftest import JSON, LANGUAGES, is_problem, said
from tests.app.conftest import Visitor
from tests.app.pages.conftest import Township

PUBLIC = {"auth.login", "auth.sign_in", "settings.language", "healthz"}
EVERYBODY = {"auth.logout", "settings", "notices", "home", "calendar.index", "watermark"}
PERMISSION = {
    "tasklist.start": "start", "tasklist.start_form": "start", "tasklist.begin": "start", "tasklist.started": "start",
    "tasklist": "inbox", "register.diagram": "inbox", "register": "registers", "statistics": "statistics",
    "cockpit.jobs": "jobs", "cockpit.retry": "jobs", "cockpit": "deploy", "playground": "deploy",
    "files": "registers", "disclosure": "registers", "printing": "registers", "disclosure.listed": "audit",
    "audit": "audit", "calendar": "calendar", "duty": "inbox",
    "duty.all_posts": "duty", "duty.found": "duty", "duty.post": "duty", "duty.change_post": "duty",
    "duty.end_post": "duty", "duty.end_term": "duty", "duty.appoint": "duty",
}  # fmt: skip
HELD = {
    "duty1": {"inbox", "start", "registers"}, "village01": {"inbox", "start", "registers"},
    "leader1": {"inbox", "start", "registers", "statistics", "calendar"}, "procadmin": {"start", "deploy", "jobs"},
    "auditor1": {"audit"}, "sysadmin": set(),
    "dispatch1": {"inbox", "start", "registers", "statistics", "calendar", "duty"},
}  # fmt: skip
MISSING = {
    "default": ["nothing", f"{'0' * 32}:1", "村03😀", "a'b--", "%00", "%ED%A0%80%FF", "..%5Cx", "x" * 3000],
    "int": ["999", "99999999999999999999999"],
}
NOT_FOUND = {"zh": "没有这个页面", "en": "There is no such page"}
ODD = ["%00", "%FF%FE", "%ED%A0%80", "'\"--", "%25_", "9" * 400, "-1", "x" * 9000, "%F0%9F%98%80", "9999-12-31"]


def rules(township: Township) -> list[Rule]:
    return [rule for rule in township.app.url_map.iter_rules() if rule.endpoint != "static"]


def changing(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})


def may(login: str, endpoint: str) -> bool:
    part = endpoint.partition(".")[0]
    if endpoint in PUBLIC or {endpoint, part} & EVERYBODY:
        return True
    return (PERMISSION.get(endpoint) or PERMISSION[part]) in HELD[login]


def whoever_may(endpoint: str) -> str:
    return next(login for login in HELD if may(login, endpoint))


def addresses_of_nothing(rule: Rule) -> Iterator[str]:
    for number in range(len(MISSING["default"]) if rule.arguments else 0):

        def missing(found: re.Match[str], number: int = number) -> str:
            values = MISSING["int" if found[0].startswith("<int") else "default"]
            return values[number % len(values)]

        yield re.sub(r"<[^>]+>", missing, rule.rule)


def address_of(township: Township, rule: Rule, number: str) -> str:
    """Return the rule's address with things in it that are there."""
    task = township.task(number, "accept_call")
    there = {
        "task_id": task, "instance_id": task.partition(":")[0], "number": number, "key": "hotline_closed_loop",
        "process_key": "hotline_closed_loop", "code": "fr", "attachment_id": "1", "notice_id": "1",
        "decision_id": "hotline_limits", "absence_id": "1", "link_id": "1", "filter_id": "1", "kind": "sheet",
        "post_id": "hotline_duty", "name": "phone",
    }  # fmt: skip
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: there[found[1]], rule.rule)


def send(visitor: Visitor, method: str, address: str, *, token: bool = True, **options: Any) -> TestResponse:
    headers = {"Accept-Language": visitor.language, **options.pop("headers", {})}
    if token:
        headers["X-CSRFToken"] = visitor.token
    return visitor.client.open(address, method=method, headers=headers, **options)


def body_for(rule: Rule) -> dict[str, Any]:
    if rule.endpoint in ("tasklist.complete", "tasklist.save_draft", "tasklist.begin"):
        return {"json": {"data": {}}}
    return {"data": {"text": "x", "files": (BytesIO(b"text"), "a.txt")}}


def contents(township: Township) -> dict[str, object]:
    """Return what stands in the database but for who has looked at what, and what figures remember."""
    noted = ("case_view", "audit_check", "case_month")
    tables = [table for table in Base.metadata.sorted_tables if table.name not in noted]
    with township.app.app_context():
        return {table.name: sorted(map(repr, db.session.execute(select(table)).all())) for table in tables}


def test_what_is_not_there_is_said_to_be_missing_at_every_address(anywhere: Township) -> None:
    others = [
        (method, address[:60], answer.status_code)
        for rule in rules(anywhere)
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
        for address in addresses_of_nothing(rule)
        for body in [{} if method in ("GET", "HEAD") else body_for(rule)]
        for answer in [send(anywhere[whoever_may(rule.endpoint)], method, address, **body)]
        if answer.status_code != 404
    ]
    assert others == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", ["/nothing", "/cases/HL-2026-999999", "/tasks/x:1", "/%00", f"/{'x' * 60_000}"])
def test_a_missing_page_is_a_page_and_for_programs_a_problem(on_sqlite: Township, language: str, address: str) -> None:
    visitor = on_sqlite["duty1"]
    accept = {"Accept-Language": language}
    page = visitor.client.get(address, headers=accept)
    assert page.status_code == 404
    assert NOT_FOUND[language] in said(page)
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page.text
    problem = is_problem(visitor.client.get(address, headers={**accept, **JSON}), 404)
    assert problem["title"] == NOT_FOUND[language]


def test_odd_arguments_never_make_a_list_fail(anywhere: Township) -> None:
    lists = {
        "duty1": {
            "/inbox": ("q", "task", "done", "after", "before"), "/inbox/news": ("since",), "/search": ("q",),
            "/registers/hotline_closed_loop": ("q", "state", "place", "from", "after", "before"),
        },
        "leader1": {"/statistics/hotline_closed_loop": ("from", "to")},
        "procadmin": {"/processes/hotline_closed_loop": ("version",), "/jobs": ("q",)},
        "auditor1": {"/audit": ("q", "before")},
    }  # fmt: skip
    failed = [
        (address, name, odd, status)
        for login, addresses in lists.items()
        for address, names in addresses.items()
        for name in names
        for odd in ODD
        if (status := anywhere[login].client.get(f"{address}?{name}={odd}").status_code) not in (200, 302, 400, 404)
    ]
    assert failed == []


@pytest.mark.parametrize("login", [None, *HELD])
def test_everybody_gets_what_the_groups_allow_and_nothing_else(on_sqlite: Township, login: str | None) -> None:
    number = on_sqlite.call()
    visitor = on_sqlite[login] if login else Visitor(on_sqlite.app.test_client(), "")
    visitor.get("/login" if login is None else "/settings")
    wrong = []
    for rule in rules(on_sqlite):
        if rule.endpoint in ("auth.logout", "auth.sign_in", "settings.language"):
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            answer = send(visitor, method, address_of(on_sqlite, rule, number), data={})
            if login is None and rule.endpoint not in PUBLIC:
                allowed = {302} if method in ("GET", "HEAD") else {401}
            elif login and not may(login, rule.endpoint):
                allowed = {403}
            else:
                # What the groups allow may still be none of this person's, or ask for more than an empty form.
                allowed = {200, 302, 400, 403, 404, 422} if rule.arguments or changing(rule) else {200, 302, 400}
            if answer.status_code not in allowed:
                wrong.append((method, rule.rule, answer.status_code))
            if login is None and answer.status_code == 302:
                assert answer.headers["Location"].startswith("/login?next=")
    assert wrong == []


def test_no_address_changes_anything_when_it_is_only_looked_at(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    addresses = [(rule, address_of(on_sqlite, rule, number)) for rule in rules(on_sqlite)]
    for login in HELD:
        on_sqlite[login].get("/settings")
    before = contents(on_sqlite)
    for login in HELD:
        for rule, address in addresses:
            for method in ("GET", "HEAD", "OPTIONS") if login == "duty1" else ("GET",):
                answer = send(on_sqlite[login], method, address)
                assert answer.status_code in (200, 302, 400, 403, 404, 405), (method, address, answer.status_code)
                if answer.status_code == 405:
                    assert set(changing(rule)) <= set(answer.headers["Allow"].split(", "))
    assert contents(on_sqlite) == before


def test_no_change_is_made_without_the_token_of_the_session(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    before = contents(on_sqlite)
    stranger = Visitor(on_sqlite.app.test_client(), "")
    stranger.get("/login")
    for rule in rules(on_sqlite):
        for method in changing(rule):
            visitor, address = on_sqlite[whoever_may(rule.endpoint)], address_of(on_sqlite, rule, number)
            for headers in ({}, {"X-CSRFToken": stranger.token}, {"X-CSRFToken": "forged"}):
                answer = send(visitor, method, address, token=False, headers={**JSON, **headers}, data={"text": "x"})
                assert is_problem(answer, 400)["code"] == "csrf", address
    assert contents(on_sqlite) == before


def test_options_tell_what_an_address_takes(on_sqlite: Township) -> None:
    answer = send(on_sqlite["duty1"], "OPTIONS", "/logout")
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_method_that_an_address_does_not_take_is_said_to_be_none(on_sqlite: Township, language: str) -> None:
    headers = {"Accept-Language": language, **JSON}
    problem = is_problem(send(on_sqlite["duty1"], "DELETE", "/inbox", headers=headers), 405)
    assert problem["title"] == {"zh": "这里不能这样操作", "en": "This cannot be done here"}[language]
