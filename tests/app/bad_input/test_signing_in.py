"""Wrong passwords, forged requests, sessions that end while somebody types, and addresses that lead elsewhere."""

from datetime import timedelta

import pytest

from app.db import db, tenant
from app.people.models import User
from engine.clock import MovingClock
from tests.app.bad_input.conftest import JSON, LANGUAGES, is_problem, let_in, said
from tests.app.conftest import Visitor
from tests.app.pages.conftest import Township
from tests.app.pages.test_task import form_of

ELSEWHERE = [
    "https://elsewhere.example/", "//elsewhere.example", "///elsewhere.example", "/\\elsewhere.example",
    "/\t/elsewhere.example", "/\r/elsewhere.example", "/\n/elsewhere.example", "\t//elsewhere.example",
    " //elsewhere.example", "javascript:alert(1)", "data:text/html,x", "/\x01/elsewhere.example", "elsewhere.example",
    "/\u2028/elsewhere.example",
]  # fmt: skip


def stranger(township: Township, language: str = "zh") -> Visitor:
    """Return a browser in which nobody has signed in, and that knows the password of everybody."""
    visitor = Visitor(township.app.test_client(), township["duty1"].password)
    visitor.language = language
    visitor.get("/login")
    return visitor


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_wrong_passwords_lock_the_account_and_the_time_is_told(
    township: Township, clock: MovingClock, language: str
) -> None:
    visitor = stranger(township, language)
    statuses = [visitor.sign_in("duty1", "Wrong1234").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 429]
    locked = visitor.sign_in("duty1")
    assert locked.status_code == 429
    assert {"zh": "此账号锁定至 09:15", "en": "locked until 09:15"}[language] in said(locked)
    problem = is_problem(visitor.post("/login", {"login": "duty1", "password": visitor.password}, headers=JSON), 429)
    assert problem["code"] == "account_locked"
    assert "09:15" in str(problem["title"])
    assert stranger(township).sign_in("duty1").status_code == 429, "in every browser"
    assert stranger(township).sign_in("dispatch1").status_code == 302, "and only this account"
    clock.advance(timedelta(minutes=14, seconds=59))
    assert visitor.sign_in("duty1").status_code == 429
    clock.advance(timedelta(seconds=1))
    assert visitor.sign_in("duty1").status_code == 302


def test_attempts_while_it_is_locked_do_not_prolong_it(township: Township, clock: MovingClock) -> None:
    visitor = stranger(township)
    for _ in range(9):
        visitor.sign_in("duty1", "Wrong1234")
    clock.advance(timedelta(minutes=15))
    assert visitor.sign_in("duty1").status_code == 302


@pytest.mark.parametrize(
    "form",
    [
        {}, {"login": ""}, {"login": "duty1"}, {"password": "x"}, {"login": "duty1' OR '1'='1", "password": "x"},
        {"login": "x" * 100_000, "password": "x" * 100_000}, {"login": "值班员甲", "password": "密码😀"},
        {"login": "DUTY1", "password": "x"}, {"login": "duty1%", "password": "x"},
    ],
    ids=range(9),
)  # fmt: skip
def test_what_is_no_account_is_refused_alike(on_postgresql: Township, form: dict[str, object]) -> None:
    visitor = stranger(on_postgresql)
    refused = visitor.post("/login", form)
    assert refused.status_code == 401
    assert "账号或密码不正确" in said(refused)
    assert visitor.get("/inbox").status_code == 302


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_no_address_of_ours_leads_elsewhere(township: Township, elsewhere: str) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    visitor = township["duty1"]
    answers = [
        stranger(township).sign_in("duty1", next=elsewhere),
        visitor.client.get("/login", query_string={"next": elsewhere}),
        visitor.client.get("/language/zh", query_string={"next": elsewhere}),
        visitor.post(f"/tasks/{task}/claim", {"back": elsewhere}),
        visitor.post(f"/cases/{number}/comments", {"text": "x", "back": elsewhere}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        where = answer.headers["Location"]
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\"))
        assert "elsewhere" not in where
    page = stranger(township).client.get("/login", query_string={"next": elsewhere})
    assert "elsewhere" not in page.text.replace("&#34;", "").split('class="languages"')[0]


def test_what_was_typed_into_a_form_outlives_the_session(township: Township, clock: MovingClock) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    typed = {"acceptance": "answer", "direct_answer": "写到一半的答复"}
    assert township.send("duty1", f"/tasks/{task}/draft", {"data": typed}, method="PUT").status_code == 200
    clock.advance(timedelta(hours=1))
    for method, address in (("POST", "complete"), ("PUT", "draft")):
        late = township.send("duty1", f"/tasks/{task}/{address}", {"data": typed}, method=method)
        assert is_problem(late, 401)["code"] == "login_required"
    asked = township["duty1"].get(f"/tasks/{task}")
    assert asked.headers["Location"] == f"/login?next=/tasks/{task}"
    again = stranger(township)
    assert again.sign_in("duty1", next=f"/tasks/{task}").headers["Location"] == f"/tasks/{task}"
    data = form_of(again.get(f"/tasks/{task}").text)["data"]
    assert isinstance(data, dict)
    assert {**data, **typed} == data
    assert township.case(number).state == "待受理"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_comment_typed_into_an_ended_session_is_sent_after_signing_in(
    township: Township, clock: MovingClock, language: str
) -> None:
    number = township.call()
    visitor = township["duty1"]
    visitor.language = language
    clock.advance(timedelta(hours=1))
    late = visitor.post(f"/cases/{number}/comments", {"text": '<b>"写了很久"</b>'})
    assert late.status_code == 401
    assert "&lt;b&gt;&#34;写了很久&#34;&lt;/b&gt;" in late.text
    assert {"zh": "已填写的内容会保留", "en": "What you typed is kept"}[language] in said(late)
    kept = {"kept_path": f"/cases/{number}/comments", "kept:text": '<b>"写了很久"</b>'}
    again = visitor.post("/login", {"login": "duty1", "password": visitor.password, **kept})
    assert again.status_code == 200
    assert f'action="/cases/{number}/comments"' in again.text
    assert visitor.post(f"/cases/{number}/comments", {"text": '<b>"写了很久"</b>'}).status_code == 302
    assert "&lt;b&gt;&#34;写了很久&#34;&lt;/b&gt;" in visitor.get(f"/cases/{number}").text


def test_a_wrong_password_in_between_loses_nothing(township: Township, clock: MovingClock) -> None:
    number = township.call()
    visitor = township["duty1"]
    clock.advance(timedelta(hours=1))
    visitor.post(f"/cases/{number}/comments", {"text": "写了很久"})
    kept = {"kept_path": f"/cases/{number}/comments", "kept:text": "写了很久"}
    wrong = visitor.post("/login", {"login": "duty1", "password": "Wrong1234", **kept})
    assert wrong.status_code == 401
    assert 'name="kept:text" value="写了很久"' in wrong.text


def test_a_form_that_is_sent_back_leads_to_our_pages_only(township: Township, clock: MovingClock) -> None:
    visitor = township["duty1"]
    clock.advance(timedelta(hours=1))
    visitor.post("/settings/looks", {"theme": "dark"})
    for elsewhere in ELSEWHERE:
        form = {"login": "duty1", "password": "Wrong1234", "kept_path": elsewhere, "kept:a": "b"}
        page = visitor.post("/login", form)
        assert "elsewhere" not in page.text, elsewhere
        with township.app.app_context():
            db.session.get_one(User, (tenant(), "duty1")).failed_logins = 0
            db.session.commit()


@pytest.mark.parametrize("cookie", ["", "x", "eyJfdXNlcl9pZCI6ImR1dHkxIn0.Zm9v.YmFy", "." * 4000, "\u00e9"])
def test_a_forged_session_is_none(on_sqlite: Township, cookie: str) -> None:
    visitor = Visitor(on_sqlite.app.test_client(), "")
    visitor.client.set_cookie("changtong", cookie)
    assert visitor.get("/inbox").headers["Location"].startswith("/login")


@pytest.mark.parametrize("remembered", ["duty1", "duty1 0000000000000000", "nobody 0", "", " ", "duty1 " + "x" * 9000])
def test_a_session_of_an_old_password_or_of_nobody_is_none(on_sqlite: Township, remembered: str) -> None:
    visitor = let_in(on_sqlite.app, "duty1")
    with visitor.client.session_transaction() as session:
        session["_user_id"] = remembered
    assert visitor.get("/inbox").status_code == 302


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_without_its_token_is_told_kindly_and_keeps_the_words(on_sqlite: Township, language: str) -> None:
    number = on_sqlite.call()
    visitor = let_in(on_sqlite.app, "duty1")
    headers = {"Accept-Language": language}
    page = visitor.client.post(f"/cases/{number}/comments", data={"text": "写了很久"}, headers=headers)
    assert page.status_code == 400
    assert {"zh": "此页面已失效", "en": "This page is no longer valid"}[language] in said(page)
    assert "写了很久" in said(page)


def test_the_language_of_a_browser_is_switched_by_a_link_and_that_of_a_person_by_a_form(on_sqlite: Township) -> None:
    visitor = let_in(on_sqlite.app, "duty1")
    back = visitor.client.get("/language/en?next=/registers/hotline_closed_loop")
    assert back.headers["Location"] == "/registers/hotline_closed_loop"
    assert 'lang="en"' in visitor.get("/settings").text
    with on_sqlite.app.app_context():
        assert db.session.get_one(User, (tenant(), "duty1")).locale is None
    for code in ("fr", "zh-CN", "..", "ZH"):
        assert visitor.get(f"/language/{code}").status_code == 404
    visitor.client.set_cookie("language", "<script>")
    assert 'lang="zh-CN"' in visitor.get("/settings").text
