"""The home pages and the leaders' page where there is much; BENCH_FULL=1 asks among 100,000 cases and 300,000 tasks."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from app.db import db, take_stock, tenant, transaction, upgrade
from app.people.models import User
from app.people.passwords import hash_password
from bench.inbox import seed
from bench.row import Row, row, run_alone
from bench.served import application
from engine.store.tables import TaskRow
from tests.support.postgres import new_database, start_postgres

FULL = bool(os.environ.get("BENCH_FULL"))
CASES, OPEN_TASKS, TASKS = (100_000, 20_000, 300_000) if FULL else (5_000, 1_000, 15_000)
READERS = ("duty1", "dispatch1", "leader1", "village03", "water1", "callback1")
FIGURES = "/statistics/hotline_closed_loop"
PERIODS = {"this year": "", "all time": "?from=", "days of 11 months": "?from=2026-01-10&to=2026-11-20"}
ROUNDS = 15
PASSWORD = "Aa1-" + "home" * 3
BATCH = 5_000


def rows() -> list[Row]:
    """Measure on SQLite, then on PostgreSQL with the same rows."""
    with TemporaryDirectory() as folder:
        environment = {"CHANGTONG_DATA": folder, "CHANGTONG_SQLITE_SYNCHRONOUS": "NORMAL"}
        seed(environment, CASES, OPEN_TASKS)
        found = measured(application(environment), "SQLite")
        with start_postgres() as server, new_database(server) as url:
            source = f"sqlite:///{folder}/changtong.sqlite3"
            with application({**environment, "DATABASE_URL": url}).app_context():
                upgrade()
                copy(source)
            found += measured(application({**environment, "DATABASE_URL": url}), "PostgreSQL")
    return found


def measured(app: Flask, database: str) -> list[Row]:
    """Ask for the pages as several people, in this process: what the browser's side adds is measured elsewhere."""
    with app.app_context():
        _fill_up()
        _let_in()
        take_stock()
        db.session.remove()
    what = f"{database}, {TASKS:,} tasks in {CASES:,} cases"
    found = []
    for login in READERS:
        found.append(row(f"home page of {login}, {what}", _wait(_signed_in(app, login), "/"), "ms", limit=100))
    client = _signed_in(app, "leader1")
    found.append(row(f"figures counted for the first time, {what}", _once(client, FIGURES), "ms"))
    for name, query in PERIODS.items():
        found.append(row(f"figures of {name}, {what}", _wait(client, FIGURES + query), "ms", limit=100))
    changed = _wait(client, FIGURES, before=partial(_change_a_case, app))
    found.append(row(f"figures after a case has changed, {what}", changed, "ms", limit=100))
    return found


def copy(source: str) -> None:
    """Copy all rows of an SQLite file into the application's database."""
    engine, tables = create_engine(source, poolclass=NullPool), db.metadata.sorted_tables
    with engine.connect() as there, db.engine.begin() as here:
        here.execute(text("SET session_replication_role = replica"))
        for table in tables:
            here.execute(table.delete())
            result = there.execution_options(stream_results=True).execute(select(table))
            while part := result.fetchmany(BATCH):
                here.execute(table.insert(), [dict(one._mapping) for one in part])
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as here:
        here.execute(text("VACUUM ANALYZE"))


def _fill_up() -> None:
    """Add ended tasks of ended cases until there are as many as there should be: what people did long ago."""
    have = db.session.scalar(text("SELECT count(*) FROM task")) or 0
    names = [column.name for column in TaskRow.__table__.columns]
    copied = ", ".join("id || '0'" if name == "id" else f'"{name}"' for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    if have < TASKS:
        chosen = "FROM task WHERE status = 'completed' ORDER BY id LIMIT"
        db.session.execute(text(f"INSERT INTO task ({columns}) SELECT {copied} {chosen} {TASKS - have}"))
        db.session.commit()


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
