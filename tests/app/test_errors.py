"""Every failure has a status and plain words, in the reader's language, as a page or as problem details."""

import ast
import sqlite3
from collections.abc import Callable
from contextlib import closing
from inspect import getmembers, isclass
from pathlib import Path

import pytest
from flask import Flask, abort
from sqlalchemy import event

from app.auth import public
from app.case import errors as case_errors
from app.case.errors import AttachmentTooLarge, CaseError, CaseNotFound
from app.db import db, transaction
from app.errors import STATUS, status_of
from app.people.models import Setting
from engine import errors as engine_errors
from engine.errors import (
    AlreadyClaimed,
    ConcurrentChange,
    EngineError,
    FormInvalid,
    InstanceNotFound,
    SeparationOfDuties,
    StoreUnavailable,
    TaskNotOpen,
)
from tests.app.conftest import Visitor

SignIn = Callable[[str], Visitor]
JSON = {"Accept": "application/json"}
ROOT = Path(__file__).resolve().parents[2]


def failing(app: Flask, error: Exception) -> None:
    """Let /fail raise `error`."""

    def fail() -> str:
        raise error

    app.add_url_rule("/fail", view_func=public(fail), methods=["GET", "POST"])


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (InstanceNotFound("no instance 1"), 404, "没有这个页面"),
        (CaseNotFound("no case 1"), 404, "没有这个页面"),
        (SeparationOfDuties(), 403, "这一步须由他人办理"),
        (TaskNotOpen("task 1 is done", completed_by="duty1"), 409, "这项任务已经办理"),
        (AlreadyClaimed("task 1", claimed_by="duty1"), 409, "这项任务已被他人领取"),
        (ConcurrentChange("instance 1"), 409, "有人同时作了改动"),
        (FormInvalid("form", errors={"phone": [{"code": "required"}]}), 422, "填写的内容有缺漏或错误"),
        (CaseError("refused"), 422, "填写的内容有缺漏或错误"),
        (AttachmentTooLarge("too large"), 413, "文件太大"),
        (EngineError("odd"), 400, "无法识别这次请求"),
        (StoreUnavailable("gone"), 503, "数据库暂时不可用"),
        (ZeroDivisionError("a secret"), 500, "系统出错了"),
    ],
)
def test_a_failure_has_its_status_and_its_words(
    app: Flask, visitor: Visitor, error: Exception, status: int, title: str
) -> None:
    failing(app, error)
    page = visitor.get("/fail")
    assert page.status_code == status
    assert title in page.text
    assert "a secret" not in page.text
    problem = visitor.get("/fail", headers=JSON)
    assert (problem.status_code, problem.content_type) == (status, "application/problem+json")
    assert (problem.json["status"], problem.json["title"], problem.json["type"]) == (status, title, "about:blank")


def test_an_english_reader_gets_english_words(app: Flask, visitor: Visitor) -> None:
    failing(app, ConcurrentChange())
    visitor.language = "en"
    assert "Somebody changed this at the same moment" in visitor.get("/fail").text
    assert visitor.get("/fail", headers=JSON).json["advice"] == "Nothing of yours was changed. Try again."


@pytest.mark.parametrize(
    ("status", "title"), [(400, "无法识别"), (403, "没有此项权限"), (404, "没有这个页面"), (429, "次数过多")]
)
def test_a_status_without_an_error_of_ours_has_words_too(app: Flask, visitor: Visitor, status: int, title: str) -> None:
    app.add_url_rule("/fail", view_func=public(lambda: abort(status)))
    page = visitor.get("/fail")
    assert page.status_code == status
    assert title in page.text


def test_the_second_of_two_people_is_told_who_was_first_and_keeps_what_was_typed(
    app: Flask, signed_in: SignIn
) -> None:
    failing(app, TaskNotOpen("task 1 is completed", completed_by="dispatch1"))
    visitor = signed_in("duty1")
    page = visitor.post("/fail", {"opinion": "已联系来电人"})
    assert page.status_code == 409
    assert "派单员甲 已经办理" in page.text
    assert "已联系来电人" in page.text
    problem = visitor.post("/fail", headers=JSON).json
    assert (problem["code"], problem["completed_by"]) == ("task_not_open", "dispatch1")


def test_a_form_that_lost_a_race_can_be_sent_again_as_it_was(app: Flask, signed_in: SignIn) -> None:
    failing(app, ConcurrentChange("instance 1"))
    page = signed_in("duty1").post("/fail?x=1", {"opinion": '"同意"'}).text
    assert 'action="/fail?x=1"' in page
    assert '<input type="hidden" name="opinion" value="&#34;同意&#34;">' in page


def test_the_problems_of_a_form_are_given_field_by_field(app: Flask, visitor: Visitor) -> None:
    failing(app, FormInvalid("form", errors={"phone": [{"code": "required"}]}))
    assert visitor.get("/fail", headers=JSON).json["errors"] == {"phone": [{"code": "required"}]}


def test_htmx_is_answered_with_problem_details(app: Flask, visitor: Visitor) -> None:
    failing(app, ConcurrentChange())
    assert visitor.get("/fail", headers={"HX-Request": "true"}).content_type == "application/problem+json"


def test_more_than_is_allowed_is_refused_before_it_is_read(app: Flask, signed_in: SignIn) -> None:
    visitor = signed_in("procadmin")
    app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
    refused = visitor.post("/processes", {"name": "x" * 3_000_000})
    assert refused.status_code == 413
    assert "一次最多提交 2 MB" in refused.text


def test_a_transaction_that_fails_leaves_nothing_behind(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ConcurrentChange), transaction():
            db.session.add(Setting(tenant="township", name="half", value=1))
            db.session.flush()
            raise ConcurrentChange
        assert db.session.get(Setting, ("township", "half")) is None


def test_a_transaction_inside_another_is_refused(app: Flask) -> None:
    with app.app_context(), transaction(), pytest.raises(RuntimeError, match="open already"), transaction():
        pass


def test_a_locked_database_is_said_to_be_and_the_work_can_be_sent_again(app: Flask, signed_in: SignIn) -> None:
    visitor = signed_in("duty1")
    database = Path(app.config["DATA"]) / "changtong.sqlite3"
    with app.app_context():
        event.listen(db.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout = 50"))
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        page = visitor.post("/settings/looks", {"language": "zh", "theme": "dark"})
    assert page.status_code == 503
    assert "数据库暂时不可用" in page.text
    assert 'name="theme" value="dark"' in page.text


def test_a_database_that_vanished_is_said_to_be_and_not_replaced_by_an_empty_one(app: Flask, visitor: Visitor) -> None:
    database = Path(app.config["DATA"]) / "changtong.sqlite3"
    with app.app_context():
        db.engine.dispose()
    for file in database.parent.glob("changtong.sqlite3*"):
        file.unlink()
    assert visitor.get("/healthz").status_code == 503
    assert visitor.get("/login").status_code == 503
    assert not database.exists()


def test_a_database_that_is_none_is_said_to_be_unusable(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        db.engine.dispose()
    (Path(app.config["DATA"]) / "changtong.sqlite3").write_bytes(b"no database" * 1000)
    assert visitor.get("/healthz", headers=JSON).json["code"] == "store_unavailable"


def test_every_error_has_a_status_by_its_class() -> None:
    kinds = [
        kind
        for module in (engine_errors, case_errors)
        for _, kind in getmembers(module, isclass)
        if issubclass(kind, EngineError | CaseError)
    ]
    assert len(kinds) > 20
    assert all(any(ancestor in STATUS for ancestor in kind.__mro__) for kind in kinds)
    assert status_of(TaskNotOpen()) == 409


def test_only_one_place_commits() -> None:
    places = {
        str(file.relative_to(ROOT))
        for folder in ("app", "engine")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "commit" and "migrations" not in str(file)
    }
    assert places == {"app/db.py"}
