"""The home pages and the leaders' page where there is much; BENCH_FULL=1 asks among 100,000 cases and 300,000 tasks."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.db import db, tenant, transaction, upgrade
from app.people.models import User
from app.people.passwords import hash_password
from bench.copies import bring, multiply
from bench.row import Row, row, run_alone
from bench.served import application
from bench.township import seed
from tests.support.postgres import new_database, start_postgres

FULL = bool(os.environ.get("BENCH_FULL"))
MADE, TIMES, TASKS = (5_000, 20, 300_000) if FULL else (1_000, 5, 15_000)
"""Cases that the engine makes, a fifth of them open; how often each is there in the end; tasks, open and ended."""
READERS = ("duty1", "dispatch1", "leader1", "village03", "water1", "callback1")
FIGURES = "/statistics/hotline_closed_loop"
DAYS = "days of 11 months"  # of which the first and the last are counted in part
PERIODS = {"this year": "", "all time": "?from=", DAYS: "?from={begins}&to={ends}"}
ROUNDS = 15
PASSWORD = "Aa1-" + "home" * 3


def rows() -> list[Row]:
    """Let the engine make some cases, bring them to PostgreSQL, then measure on both with as many copies as wanted."""
    with TemporaryDirectory() as folder:
        environment = {"CHANGTONG_DATA": folder, "CHANGTONG_SQLITE_SYNCHRONOUS": "NORMAL"}
        seed(environment, MADE, MADE // 5)
        source = f"sqlite:///{folder}/changtong.sqlite3"
        with application(environment).app_context():
            _let_in()
            db.session.remove()
            db.engine.dispose()
        with start_postgres() as server, new_database(server) as url:
            with application({**environment, "DATABASE_URL": url}).app_context():
                upgrade()
                bring(source)
                db.session.remove()
                db.engine.dispose()
            found = measured(application({**environment, "DATABASE_URL": url}), "PostgreSQL")
        return [*measured(application(environment), "SQLite"), *found]


def measured(app: Flask, database: str) -> list[Row]:
    """Ask for the pages as several people, in this process: what the browser's side adds is measured elsewhere."""
    with app.app_context():
        multiply(TIMES, TASKS)
    what = f"{database}, {TASKS:,} tasks in {MADE * TIMES:,} cases"
    found = []
    for login in READERS:
        found.append(row(f"home page of {login}, {what}", _wait(_signed_in(app, login), "/"), "ms", limit=100))
    client = _signed_in(app, "leader1")
    found.append(row(f"figures counted for the first time, {what}", _once(client, FIGURES), "ms"))
    today = datetime.now(UTC).date()
    days = {"begins": today - timedelta(days=305), "ends": today - timedelta(days=4)}
    for name, query in PERIODS.items():
        waited = _wait(client, FIGURES + query.format_map(days))
        found.append(row(f"figures of {name}, {what}", waited, "ms", limit=100))
    changed = _wait(client, FIGURES, before=partial(_change_a_case, app))
    found.append(row(f"figures after a case has changed, {what}", changed, "ms", limit=100))
    return found


def _let_in() -> None:
    hashed = hash_password(PASSWORD)
    with transaction():
        for login in READERS:
            db.session.get_one(User, (tenant(), login)).password_hash = hashed


def _change_a_case(app: Flask) -> None:
    newest = "(SELECT max(number) FROM case_file)"
    with app.app_context():
        db.session.execute(text(f"UPDATE case_file SET revision = revision + 1 WHERE number = {newest}"))
        db.session.commit()


def _signed_in(app: Flask, login: str) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post("/login", data={"login": login, "password": PASSWORD}).status_code == 302
    return client


def _wait(client: FlaskClient, path: str, *, before: Callable[[], None] | None = None) -> float:
    _once(client, path)
    waits = []
    for _turn in range(ROUNDS):
        if before:
            before()
        waits.append(_once(client, path))
    return median(waits)


def _once(client: FlaskClient, path: str) -> float:
    begun = perf_counter()
    answer = client.get(path)
    milliseconds = (perf_counter() - begun) * 1000
    assert answer.status_code == 200 and "</html>" in answer.text, f"{path} answered {answer.status_code}"
    return milliseconds


if __name__ == "__main__":
    run_alone(rows)
