"""Signing in and out, locking, idle sessions, and what was typed when a session ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.db import db, tenant
from app.people.models import User
from app.people.passwords import check_password
from engine.clock import MovingClock
from tests.app.conftest import START, Visitor

SignIn = Callable[[str], Visitor]


def test_a_page_asks_to_sign_in_and_leads_back_to_itself(visitor: Visitor) -> None:
    asked = visitor.get("/settings?a=1")
    assert asked.status_code == 302
    assert asked.headers["Location"] == "/login?next=/settings?a%3D1"
    assert visitor.sign_in("duty1", next="/settings?a=1").headers["Location"] == "/settings?a=1"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_nobody_is_sent_elsewhere_after_signing_in(visitor: Visitor, elsewhere: str) -> None:
    assert visitor.sign_in("duty1", next=elsewhere).headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(visitor: Visitor) -> None:
    wrong, unknown = visitor.sign_in("duty1", "Wrong1234"), visitor.sign_in("nobody", "Wrong1234")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "账号或密码不正确" in wrong.text
    assert "账号或密码不正确" in unknown.text


def test_five_wrong_passwords_lock_the_account_for_fifteen_minutes(visitor: Visitor, clock: MovingClock) -> None:
    answers = [visitor.sign_in("duty1", "Wrong1234").status_code for _ in range(5)]
    assert answers == [401, 401, 401, 401, 429]
    locked = visitor.sign_in("duty1")
    assert locked.status_code == 429
    assert "此账号锁定至 09:15" in locked.text
    clock.advance(timedelta(minutes=15))
    assert visitor.sign_in("duty1").status_code == 302


def test_attempts_at_the_same_moment_all_count(app: Flask) -> None:
    with app.app_context():
        mine = db.session.get_one(User, (tenant(), "duty1"))
        with db.engine.begin() as other:  # a request beside this one, after this one has read the row
            other.exec_driver_sql("UPDATE person SET failed_logins = 4 WHERE login = 'duty1'")
        check_password(db.session, mine, "Wrong1234", at=START, lock_after=5, lock_for=timedelta(minutes=15))
        assert mine.locked_until == START + timedelta(minutes=15)
        db.session.rollback()


def test_the_right_password_forgets_the_wrong_ones_before_it(visitor: Visitor, app: Flask) -> None:
    for _ in range(4):
        visitor.sign_in("duty1", "Wrong1234")
    assert visitor.sign_in("duty1").status_code == 302
    with app.app_context():
        user = db.session.get_one(User, (tenant(), "duty1"))
        assert (user.failed_logins, user.locked_until) == (0, None)


def test_a_disabled_account_cannot_sign_in_and_its_session_ends(signed_in: SignIn, app: Flask) -> None:
    visitor = signed_in("duty1")
    with app.app_context():
        db.session.get_one(User, (tenant(), "duty1")).active = False
        db.session.commit()
    assert visitor.get("/settings").status_code == 302
    assert visitor.sign_in("duty1").status_code == 401


def test_a_session_ends_when_it_was_idle_for_thirty_minutes(signed_in: SignIn, clock: MovingClock) -> None:
    visitor = signed_in("duty1")
    for _ in range(3):
        clock.advance(timedelta(minutes=29))
        assert visitor.get("/settings").status_code == 200
    clock.advance(timedelta(minutes=31))
    assert visitor.get("/settings").headers["Location"] == "/login?next=/settings"


def test_what_a_page_asks_by_itself_does_not_keep_a_session_alive(signed_in: SignIn, clock: MovingClock) -> None:
    visitor = signed_in("duty1")
    for _ in range(2):
        clock.advance(timedelta(minutes=16))
        answer = visitor.get("/notifications", headers={"X-Background": "1"})
    assert answer.status_code == 302


def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in_again(
    signed_in: SignIn, clock: MovingClock
) -> None:
    visitor = signed_in("duty1")
    token = visitor.token
    clock.advance(timedelta(hours=1))

    late = visitor.post("/settings/looks", {"language": "en", "theme": "dark"})
    assert late.status_code == 401
    assert 'name="kept:theme" value="dark"' in late.text

    kept = {"kept_path": "/settings/looks", "kept:language": "en", "kept:theme": "dark"}
    again = visitor.sign_in("duty1", **kept)
    assert "您已重新登录" in again.text
    assert 'action="/settings/looks"' in again.text
    visitor.token = token  # a form that stood open in another tab is still good
    assert visitor.post("/settings/looks", {"language": "en", "theme": "dark"}).status_code == 302
    assert 'data-bs-theme="dark"' in visitor.get("/settings").text


def test_what_somebody_typed_is_not_handed_to_another_person(signed_in: SignIn, clock: MovingClock) -> None:
    visitor = signed_in("duty1")
    clock.advance(timedelta(hours=1))
    visitor.post("/settings/looks", {"theme": "dark"})
    other = visitor.sign_in("dispatch1", kept_path="/settings/looks", **{"kept:theme": "dark"})
    assert other.headers["Location"] == "/"


def test_a_password_never_comes_back_in_a_page(signed_in: SignIn, clock: MovingClock) -> None:
    visitor = signed_in("duty1")
    clock.advance(timedelta(hours=1))
    secret = "Geheim-12345"
    late = visitor.post("/settings/password", {"password": secret, "new_password": secret, "note": "bleibt"})
    assert secret not in late.text
    assert "bleibt" in late.text


def test_a_page_signs_in_again_by_json_and_gets_its_token(signed_in: SignIn, clock: MovingClock) -> None:
    visitor = signed_in("duty1")
    clock.advance(timedelta(hours=1))
    json = {"Accept": "application/json"}
    expired = visitor.post("/settings/looks", {"theme": "dark"}, headers=json)
    assert (expired.status_code, expired.json["code"]) == (401, "login_required")
    wrong = visitor.post("/login", {"login": "duty1", "password": "Wrong1234"}, headers=json)
    assert (wrong.status_code, wrong.json["code"]) == (401, "wrong_password")
    right = visitor.post("/login", {"login": "duty1", "password": visitor.password}, headers=json)
    assert right.json["name"] == "值班员甲"
    visitor.token = right.json["csrf_token"]
    assert visitor.post("/settings/looks", {"language": "zh", "theme": "dark"}).status_code == 302


def test_a_request_without_its_token_is_refused_in_kind_words(signed_in: SignIn) -> None:
    visitor = signed_in("duty1")
    visitor.token = "forged"
    refused = visitor.post("/settings/looks", {"language": "en", "note": "was ich schrieb"})
    assert refused.status_code == 400
    assert "此页面已失效" in refused.text
    assert "was ich schrieb" in refused.text
    assert visitor.get("/settings").status_code == 200


def test_signing_out_ends_the_session(signed_in: SignIn) -> None:
    visitor = signed_in("duty1")
    assert visitor.post("/logout").headers["Location"] == "/login"
    assert visitor.get("/settings").status_code == 302


def test_a_cookie_made_elsewhere_signs_nobody_in(visitor: Visitor) -> None:
    visitor.client.set_cookie("changtong", "eyJfdXNlcl9pZCI6ImR1dHkxIn0.Zm9v.YmFy")
    assert visitor.get("/settings").status_code == 302


def test_a_new_password_ends_all_other_sessions(signed_in: SignIn) -> None:
    here, elsewhere = signed_in("duty1"), signed_in("duty1")
    changed = here.post(
        "/settings/password",
        {"password": here.password, "new_password": "Neues-Wort-7", "again": "Neues-Wort-7"},
    )
    assert changed.headers["Location"] == "/settings"
    assert "密码已修改" in here.get("/settings").text
    assert elsewhere.get("/settings").status_code == 302
    assert elsewhere.sign_in("duty1", "Neues-Wort-7").status_code == 302


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"password": "falsch", "new_password": "Neues-Wort-7", "again": "Neues-Wort-7"}, "这不是您现在的密码"),
        ({"new_password": "kurz", "again": "kurz"}, "密码太短或太简单"),
        ({"new_password": "nurkleinebuchstaben", "again": "nurkleinebuchstaben"}, "密码太短或太简单"),
        ({"new_password": "Neues-Wort-7", "again": "Neues-Wort-8"}, "与新密码不一致"),
    ],
)
def test_a_password_that_breaks_the_rules_changes_nothing(
    signed_in: SignIn, form: dict[str, str], message: str
) -> None:
    visitor = signed_in("duty1")
    refused = visitor.post("/settings/password", {"password": visitor.password, **form})
    assert refused.status_code == 422
    assert message in refused.text
    assert visitor.get("/settings").status_code == 200
