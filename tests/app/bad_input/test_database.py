"""A database that is locked, full or gone: said in plain words, nothing half done, and it works again afterwards."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, func, make_url, select
from werkzeug.test import TestResponse

from app.case.models import Case, Comment
from app.db import db
from app.serving import worker
from engine.store.tables import HistoryRow
from tests.app.bad_input.conftest import JSON, LANGUAGES, is_problem, said
from tests.app.pages.conftest import CALL, Township

TITLES = {"zh": "数据库暂时不可用", "en": "The database cannot be used now"}


def database_of(township: Township) -> Path:
    return Path(township.app.config["DATA"]) / "changtong.sqlite3"


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for another writer for a moment only."""
    monkeypatch.setattr("engine.store.sqlite.BUSY_TIMEOUT", 0.02)


@contextmanager
def every_connection(township: Township, *pragmas: str) -> Iterator[None]:
    """Say these things to SQLite whenever a connection is taken."""

    def say(connection: sqlite3.Connection, *_: object) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    with township.app.app_context():
        engine = db.engine
    event.listen(engine, "checkout", say)
    yield
    event.remove(engine, "checkout", say)


def changes(township: Township, number: str) -> Iterator[TestResponse]:
    """Try everything that people change, as programs and as people, and yield the answers."""
    task = township.task(number, "accept_call")
    visitor = township["duty1"]
    yield township.send("duty1", "/start/hotline_closed_loop", {"data": dict(CALL)})
    yield township.send("duty1", f"/tasks/{task}/complete", {"data": {"acceptance": "accept"}})
    yield township.send("duty1", f"/tasks/{task}/draft", {"data": {"acceptance_note": "x" * 60_000}}, method="PUT")
    yield visitor.post(f"/cases/{number}/comments", {"text": "was ich schrieb" * 200}, headers=JSON)
    yield visitor.post(f"/tasks/{task}/claim", headers=JSON)
    yield visitor.post("/settings/looks", {"language": "zh", "theme": "dark"}, headers=JSON)


def figures(township: Township) -> list[int | None]:
    with township.app.app_context():
        return [db.session.scalar(select(func.count()).select_from(row)) for row in (Case, HistoryRow, Comment)]


def works_again(township: Township, number: str) -> None:
    before = int(number[-6:])
    assert int(township.call()[-6:]) == before + 1, "no number was lost"
    township.do("duty1", number, "accept_call", acceptance="accept")
    assert township["duty1"].get("/healthz").status_code == 200


def test_while_the_database_is_locked_changes_are_refused_and_reading_goes_on(
    township: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    number = township.call()
    before = figures(township)
    with every_connection(township, "PRAGMA busy_timeout = 20"):
        with closing(sqlite3.connect(database_of(township), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for answer in changes(township, number):
                assert is_problem(answer, 503)["code"] == "store_unavailable"
            for language in LANGUAGES:
                headers = {"Accept-Language": language}
                page = township["duty1"].post(f"/cases/{number}/comments", {"text": "was ich schrieb"}, headers=headers)
                assert page.status_code == 503
                assert TITLES[language] in said(page)
                assert 'value="was ich schrieb"' in page.text, "it can be sent again as it was"
            for address in ("/inbox", "/registers/hotline_closed_loop", "/settings", "/healthz", "/login"):
                assert township["duty1"].get(address).status_code in (200, 302), address
        assert figures(township) == before
    works_again(township, number)


def test_a_case_is_not_shown_while_it_cannot_be_noted_who_looks(
    township: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    number = township.call()
    task = township.task(number, "accept_call")
    with (
        every_connection(township, "PRAGMA busy_timeout = 20"),
        closing(sqlite3.connect(database_of(township), isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        for address in (f"/cases/{number}", f"/tasks/{task}"):
            page = township["duty1"].get(address)
            assert page.status_code == 503
            assert TITLES["zh"] in said(page)
            assert f'href="{address}"' in page.text, "to try again"
            assert "水泥路塌陷" not in page.text
    assert township["duty1"].get(f"/cases/{number}").status_code == 200


def test_a_full_database_refuses_what_does_not_fit_and_loses_nothing(township: Township) -> None:
    number = township.call()
    before = figures(township)
    with township.app.app_context():
        pages = db.session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    with every_connection(township, f"PRAGMA max_page_count = {pages}"):
        statuses = []
        for _ in range(30):  # there is a little room in the last pages
            statuses += [answer.status_code for answer in changes(township, number) if answer.status_code != 409]
            if statuses.count(503) >= 5:
                break
        assert set(statuses) <= {200, 302, 503}
        assert statuses.count(503) >= 5, "it was full"
        page = township["duty1"].post(f"/cases/{number}/comments", {"text": "was ich schrieb " * 250})
        assert page.status_code == 503
        assert TITLES["zh"] in said(page)
        assert "was ich schrieb" in page.text
        assert township["duty1"].get("/registers/hotline_closed_loop").status_code == 200
    with every_connection(township, "PRAGMA max_page_count = 1000000"):
        last = township.call()
        township.do("duty1", last, "accept_call", acceptance="accept")
    assert (figures(township)[0] or 0) > (before[0] or 0)
    with closing(sqlite3.connect(database_of(township))) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert other.execute("PRAGMA foreign_key_check").fetchall() == []
        numbers = [int(row[0][-6:]) for row in other.execute("SELECT number FROM case_file ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1)), "no number without a case"


def test_a_database_that_was_moved_away_is_not_replaced_and_is_found_again(township: Township, tmp_path: Path) -> None:
    number = township.call()
    before = figures(township)
    database = database_of(township)
    with township.app.app_context():
        db.engine.dispose()
    moved = [(file, tmp_path / file.name) for file in database.parent.glob(f"{database.name}*")]
    for file, elsewhere in moved:
        shutil.move(file, elsewhere)
    visitor = township["duty1"]
    for language in LANGUAGES:
        page = visitor.client.get(f"/cases/{number}", headers={"Accept-Language": language})
        assert page.status_code == 503
        assert TITLES[language] in said(page)
    answer = township.send("duty1", "/start/hotline_closed_loop", {"data": dict(CALL)})
    assert is_problem(answer, 503)["title"] == TITLES["zh"]
    assert is_problem(visitor.get("/healthz", headers=JSON), 503)
    assert visitor.sign_in("duty1").status_code == 503
    assert worker(township.app)._step_safely() is False
    assert not database.exists()
    for file, elsewhere in moved:
        shutil.move(elsewhere, file)
    assert figures(township) == before
    works_again(township, number)


@contextmanager
def out_of_reach(url: str) -> Iterator[None]:
    """Take the server's socket away and end what is connected to this database."""
    parsed = make_url(url)
    socket = Path(str(parsed.query["host"])) / ".s.PGSQL.5432"
    conninfo = parsed.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(conninfo, autocommit=True) as admin:
        elsewhere = socket.rename(socket.with_name("away"))
        try:
            admin.execute(ending, [parsed.database])
            yield
        finally:
            elsewhere.rename(socket)


def test_a_server_that_stops_is_said_to_be_gone_and_is_used_again_when_it_is_back(on_postgresql: Township) -> None:
    number = on_postgresql.call()
    before = figures(on_postgresql)
    task = on_postgresql.task(number, "accept_call")
    visitor = on_postgresql["duty1"]
    with out_of_reach(on_postgresql.app.config["SQLALCHEMY_DATABASE_URI"]):
        for _ in range(2):  # the first meets a connection that has ended, the second a server that is not there
            answer = on_postgresql.send("duty1", f"/tasks/{task}/complete", {"data": {"acceptance": "accept"}})
            assert is_problem(answer, 503)["code"] == "store_unavailable"
        for language in LANGUAGES:
            page = visitor.client.get("/inbox", headers={"Accept-Language": language})
            assert page.status_code == 503
            assert TITLES[language] in said(page)
        assert is_problem(visitor.get("/healthz", headers=JSON), 503)
        assert worker(on_postgresql.app)._step_safely() is False
    assert figures(on_postgresql) == before
    works_again(on_postgresql, number)


def test_connections_that_a_restart_has_ended_cost_one_refusal_at_most(on_postgresql: Township) -> None:
    visitor = on_postgresql["duty1"]
    assert visitor.get("/inbox").status_code == 200
    with out_of_reach(on_postgresql.app.config["SQLALCHEMY_DATABASE_URI"]):
        pass
    assert [visitor.get("/inbox").status_code for _ in range(4)][1:] == [200, 200, 200]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_nobody_foresaw_is_told_without_what_was_inside(
    township: Township, caplog: pytest.LogCaptureFixture, language: str
) -> None:
    number = township.call(caller="李秘密", phone="13911112222")
    with township.app.app_context():
        db.session.execute(db.text(f"DROP TABLE {Comment.__tablename__}"))
        db.session.commit()
    page = township["duty1"].client.get(f"/cases/{number}", headers={"Accept-Language": language})
    assert page.status_code == 500
    assert {"zh": "系统出错了", "en": "Something went wrong on our side"}[language] in said(page)
    assert "SELECT" not in page.text
    answer = township["duty1"].post(f"/cases/{number}/comments", {"text": "李秘密 13911112222"}, headers=JSON)
    assert "table" not in str(is_problem(answer, 500))
    assert "13911112222" not in caplog.text
    assert "李秘密" not in caplog.text
