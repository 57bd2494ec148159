"""The township in which lists are measured: made by the engine, then copied, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from time import perf_counter

from app.db import db, tenant, upgrade
from app.people.queries import setting
from bench.copies import bring, multiply
from bench.served import ROOT, Browser, application
from tests.support.postgres import new_database, start_postgres

MADE, TIMES, TASKS = (5_000, 20, 300_000) if os.environ.get("BENCH_FULL") else (1_000, 5, 15_000)
"""Cases that the engine makes, a fifth of them open; how often each is there in the end; tasks, open and ended."""
WHAT = f"{TASKS:,} tasks in {MADE * TIMES:,} cases"
ROUNDS, WARM_UP = 40, 5
Environment = dict[str, str]


@contextmanager
def both() -> Iterator[dict[str, Environment]]:
    """Make the township on both databases; give what the application is told to find it, by the database's name."""
    with TemporaryDirectory() as folder, start_postgres() as server, new_database(server) as url:
        sqlite = {"CHANGTONG_DATA": folder, "CHANGTONG_SQLITE_SYNCHRONOUS": "NORMAL"}
        found = {"SQLite": sqlite, "PostgreSQL": {**sqlite, "DATABASE_URL": url}}
        seed(sqlite, MADE, MADE // 5)
        with application(found["PostgreSQL"]).app_context():
            upgrade()
            bring(f"sqlite:///{folder}/changtong.sqlite3")
        for environment in found.values():
            with application(environment).app_context():
                multiply(TIMES, TASKS, texts=True)
                db.session.remove()
                db.engine.dispose()
        yield found


def seed(environment: Environment, cases: int, open_tasks: int) -> float:
    """Make cases in a folder of their own; return how many a second."""
    begun = perf_counter()
    command = [sys.executable, "-m", "app.cli", "seed", "--cases", str(cases), "--open-tasks", str(open_tasks)]
    done = subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"changtong seed ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return cases / (perf_counter() - begun)


def password_of(environment: Environment) -> str:
    """Return the password of the example's people."""
    with application(environment).app_context():
        password: str = setting(db.session, tenant(), "example")["password"]
        db.session.remove()
        db.engine.dispose()
    return password


def waits_for(port: int, password: str, page: str, readers: Sequence[str]) -> list[float]:
    """Return the milliseconds of each answer; the page comes whole, with its frame."""
    found: list[float] = []
    for login in readers:
        browser = Browser(port)
        browser.sign_in(login, password)
        for turn in range(WARM_UP + ROUNDS // len(readers)):
            begun = perf_counter()
            status, text = browser.ask("GET", page)
            milliseconds = (perf_counter() - begun) * 1000
            assert status == 200 and "</html>" in text, f"{page} answered {status}"
            if turn >= WARM_UP:
                found.append(milliseconds)
    return found
