"""A task done twice, somebody else's, a finished one, and two people at the very same moment."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import quote

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.case.models import Case
from app.db import db
from app.people import accounts
from app.tasklist.models import Draft
from engine.store.tables import HistoryRow
from tests.app.bad_input.conftest import JSON, LANGUAGES, is_problem, let_in, said
from tests.app.pages.conftest import CALL, Township
from tests.app.pages.test_documents import DOCUMENT

RATED = {"reached": "yes", "contacted_by_handler": "yes", "solved": "解决", "satisfaction": "满意"}
FIRST = {"zh": "已经办理", "en": "has done it"}


def together(*acts: Callable[[], TestResponse]) -> list[TestResponse]:
    """Do all at the same moment, each in a thread."""
    barrier = Barrier(len(acts))

    def act(act: Callable[[], TestResponse]) -> TestResponse:
        barrier.wait(timeout=20)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result(timeout=60) for future in [threads.submit(act, each) for each in acts]]


def to_call_back(township: Township) -> str:
    number = township.handled_by("village_03", "village03")
    township.do("leader1", number, "review_result", review="pass")
    return number


def test_of_two_people_at_once_one_does_it_and_the_other_is_told_and_keeps_the_words(anywhere: Township) -> None:
    number = to_call_back(anywhere)
    task = anywhere.task(number, "call_back")
    people = {login: let_in(anywhere.app, login) for login in ("callback1", "callback2")}
    for login, visitor in people.items():
        draft = {"data": {**RATED, "caller_words": f"{login} 写的话"}}
        headers = {"X-CSRFToken": visitor.token, **JSON}
        assert visitor.client.put(f"/tasks/{task}/draft", json=draft, headers=headers).status_code == 200

    def complete(login: str) -> Callable[[], TestResponse]:
        visitor = people[login]
        headers = {"X-CSRFToken": visitor.token, "Accept-Language": "zh", **JSON}
        body = {"data": {**RATED, "caller_words": f"{login} 写的话"}}
        return lambda: visitor.client.post(f"/tasks/{task}/complete", json=body, headers=headers)

    answers = dict(zip(people, together(*(complete(login) for login in people)), strict=True))
    assert sorted(answer.status_code for answer in answers.values()) == [200, 409]
    first = next(login for login, answer in answers.items() if answer.status_code == 200)
    second = next(login for login in people if login != first)
    problem = is_problem(answers[second], 409)
    if problem["code"] == "concurrent_change":  # nobody knows yet who it was; whoever tries again is told
        problem = is_problem(complete(second)(), 409)
    assert (problem["code"], problem["completed_by"]) == ("task_not_open", first)
    assert FIRST["zh"] in str(problem["detail"])

    with anywhere.app.app_context():
        kept = dict(db.session.execute(select(Draft.user, Draft.data).where(Draft.task_id == task)).all())
    assert kept.keys() == {second}
    assert kept[second]["caller_words"] == f"{second} 写的话"
    assert "您填写的内容" not in said(people[first].get(f"/tasks/{task}"))
    page = said(people[second].get(f"/tasks/{task}"))
    assert f"{second} 写的话" in page
    assert "您填写的内容" in page


def test_whoever_clicks_twice_does_it_once(anywhere: Township) -> None:
    number = anywhere.call()
    task = anywhere.task(number, "accept_call")
    visitor = let_in(anywhere.app, "duty1")
    headers = {"X-CSRFToken": visitor.token, **JSON}
    body = {"data": {"acceptance": "accept"}}
    windows = [let_in(anywhere.app, "duty1") for _ in range(4)]
    answers = together(*(
        lambda window=window: window.client.post(
            f"/tasks/{task}/complete", json=body, headers={"X-CSRFToken": window.token, **JSON}
        )
        for window in windows
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    again = is_problem(visitor.client.post(f"/tasks/{task}/complete", json=body, headers=headers), 409)
    assert (again["code"], again["completed_by"]) == ("task_not_open", "duty1")
    with anywhere.app.app_context():
        done = select(func.count()).where(
            HistoryRow.record.contains('"task_completed"'), HistoryRow.instance_id == task[:32]
        )
        assert db.session.scalar(done) == 1


def test_two_calls_at_the_same_instant_get_numbers_that_follow_each_other(anywhere: Township) -> None:
    before = int(anywhere.call()[-6:])
    people = [let_in(anywhere.app, "duty1") for _ in range(6)]
    answers = together(*(
        lambda someone=someone: someone.client.post(
            "/start/hotline_closed_loop", json={"data": dict(CALL)}, headers={"X-CSRFToken": someone.token, **JSON}
        )
        for someone in people
    ))  # fmt: skip
    assert [answer.status_code for answer in answers] == [200] * 6
    with anywhere.app.app_context():
        calls = select(Case.number).where(Case.process_key == "hotline_closed_loop")
        numbers = sorted(int(number[-6:]) for number in db.session.scalars(calls))
    assert numbers[-6:] == list(range(before + 1, before + 7))


def test_of_two_clerks_who_register_one_document_at_once_the_second_is_told_of_the_first(anywhere: Township) -> None:
    clerks = [let_in(anywhere.app, "dispatch1") for _ in range(2)]
    spellings = ("泾农〔2026〕61号", "泾农 [2026] 061 号")

    def register(clerk: int, number: str, **more: str) -> TestResponse:
        body = {"data": {**DOCUMENT, "document_number": number}, **more}
        headers = {"X-CSRFToken": clerks[clerk].token, "Accept-Language": "zh", **JSON}
        return clerks[clerk].client.post("/start/document_routing", json=body, headers=headers)

    answers = together(*(lambda nth=nth: register(nth, spellings[nth]) for nth in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    second = next(nth for nth, answer in enumerate(answers) if answer.status_code == 409)
    problem = is_problem(answers[second], 409)
    numbers = registered(anywhere)
    assert (problem["code"], problem["case"], problem["may_go_on"]) == ("case_duplicate", numbers[-1], True)
    assert problem["case"] in str(problem["detail"]) and problem["href"] == f"/cases/{quote(numbers[-1])}"
    again = register(second, spellings[second], duplicate_reason="对方更正后重发")
    assert again.status_code == 200, "what was typed is registered after all, for a reason"
    assert registered(anywhere) == [*numbers, following(numbers[-1])], "no number is lost on the way"


def registered(township: Township) -> list[str]:
    with township.app.app_context():
        own = select(Case.number).where(Case.process_key == "document_routing").order_by(Case.number)
        return list(db.session.scalars(own))


def following(number: str) -> str:
    stem, _, serial = number.rpartition("-")
    return f"{stem}-{int(serial) + 1:04}"


def test_of_two_who_claim_at_once_one_has_it(anywhere: Township) -> None:
    task = anywhere.task(to_call_back(anywhere), "call_back")
    people = {login: let_in(anywhere.app, login) for login in ("callback1", "callback2")}
    answers = together(*(
        lambda someone=someone: someone.client.post(
            f"/tasks/{task}/claim", headers={"X-CSRFToken": someone.token, "Accept-Language": "zh", **JSON}
        )
        for someone in people.values()
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    refused = is_problem(next(answer for answer in answers if answer.status_code == 409), 409)
    assert refused["code"] in ("already_claimed", "concurrent_change")
    second = next(login for login, answer in zip(people, answers, strict=True) if answer.status_code == 409)
    first = "回访员乙" if second == "callback1" else "回访员甲"
    for language, title in (("zh", "这项任务已被他人领取"), ("en", "Somebody else has taken this task")):
        people[second].language = language
        page = people[second].post(f"/tasks/{task}/claim")
        assert page.status_code == 409
        assert title in said(page)
        assert first in said(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_somebody_elses_is_refused_in_plain_words(on_sqlite: Township, language: str) -> None:
    number = on_sqlite.call()
    task = on_sqlite.task(number, "accept_call")
    title = {"zh": "这项任务不归您办理", "en": "This task is not yours"}[language]
    for act, body in (("complete", {"json": {"data": {"acceptance": "accept"}}}), ("claim", {})):
        visitor = let_in(on_sqlite.app, "village07")
        headers = {"X-CSRFToken": visitor.token, "Accept-Language": language}
        answer = visitor.client.post(f"/tasks/{task}/{act}", headers={**headers, **JSON}, **body)
        problem = is_problem(answer, 403)
        assert (problem["code"], problem["title"]) == ("not_your_task", title)
        assert title in said(visitor.client.post(f"/tasks/{task}/{act}", headers=headers, **body))
    assert on_sqlite.case(number).state == "待受理"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finished_task_tells_who_did_it_and_leads_on(on_sqlite: Township, language: str) -> None:
    number = to_call_back(on_sqlite)
    task = on_sqlite.task(number, "call_back")
    on_sqlite.do("callback1", number, "call_back", **RATED)
    visitor = let_in(on_sqlite.app, "callback2")
    headers = {"X-CSRFToken": visitor.token, "Accept-Language": language}
    for act in ("complete", "claim", "unclaim"):
        page = visitor.client.post(f"/tasks/{task}/{act}", data={"data": "{}"}, headers=headers)
        assert page.status_code == 409, act
        assert re.search(rf"回访员甲\s*{FIRST[language]}", said(page)), act
    draft = visitor.client.put(f"/tasks/{task}/draft", json={"data": {}}, headers={**headers, **JSON})
    assert is_problem(draft, 409)
    assert visitor.client.get(f"/tasks/{task}", headers=headers).status_code == 200


def test_who_handled_a_call_may_not_review_it_even_by_hand(on_sqlite: Township) -> None:
    number = on_sqlite.handled_by("village_03", "village03")
    task = on_sqlite.task(number, "review_result")
    with on_sqlite.app.app_context():
        accounts.join("village03", "hotline_review")
    visitor = let_in(on_sqlite.app, "village03")
    headers = {"X-CSRFToken": visitor.token, **JSON}
    try:
        answer = visitor.client.post(f"/tasks/{task}/complete", json={"data": {"review": "pass"}}, headers=headers)
        assert is_problem(answer, 403)["code"] == "separation_of_duties"
    finally:
        with on_sqlite.app.app_context():
            accounts.leave("village03", "hotline_review")
