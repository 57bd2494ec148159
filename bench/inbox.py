"""The inbox page where there is much; BENCH_FULL=1 makes 100,000 cases with 20,000 open tasks, else a twentieth."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from app.db import db, now, tenant, transaction
from app.duty import absences
from app.people.queries import setting
from bench.row import Row, row, run_alone
from bench.served import ROOT, Browser, application, serving

CASES, OPEN_TASKS = (100_000, 20_000) if os.environ.get("BENCH_FULL") else (5_000, 1_000)
ROUNDS, WARM_UP = 40, 5
READERS = ("duty1", "dispatch1", "callback1", "water1")
AWAY = "duty1"
"""Whom dispatch1 stands in for while the pages are measured."""
PAGES = ("filter=covered", "filter=mine", "filter=groups", "filter=groups&sort=urgency", "filter=groups&q=%E6%B0%B4")


def rows() -> list[Row]:
    """Make the cases, then ask for the page as several people, one after the other."""
    with TemporaryDirectory() as folder:
        environment = {"CHANGTONG_DATA": folder, "CHANGTONG_SQLITE_SYNCHRONOUS": "NORMAL"}
        begun = perf_counter()
        seed(environment)
        seconds = perf_counter() - begun
        _send_away(environment)
        password = password_of(environment)
        with serving(environment, processes=1) as server:
            waits = {page: waits_for(server.port, password, f"/inbox?{page}") for page in PAGES}
    slowest = max(quantiles(found, n=20)[18] for found in waits.values())
    what = f"{OPEN_TASKS:,} open tasks of {CASES:,} cases"
    return [
        row(f"make {what}", CASES / seconds, "cases/s"),
        *(row(f"inbox, {what}, {page}, median", median(found), "ms", limit=100) for page, found in waits.items()),
        row(f"inbox, {what}, 95 % at most", slowest, "ms", limit=100),
    ]


def seed(environment: dict[str, str], cases: int = CASES, open_tasks: int = OPEN_TASKS) -> None:
    """Make the cases in a folder of their own."""
    command = [sys.executable, "-m", "app.cli", "seed", "--cases", str(cases), "--open-tasks", str(open_tasks)]
    done = subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"changtong seed ended with {done.returncode}:\n{done.stderr[-3000:]}")


def _send_away(environment: dict[str, str]) -> None:
    """Let somebody be away, so that pages are asked with a cover."""
    with application(environment).app_context():
        with transaction():
            begins, ends = now() - timedelta(hours=1), now() + timedelta(days=1)
            absences.enter(db.session, tenant(), absences.Entry(AWAY, "trip", begins, ends), by=AWAY, at=now())
        db.session.remove()
        db.engine.dispose()


def password_of(environment: dict[str, str]) -> str:
    with application(environment).app_context():
        password: str = setting(db.session, tenant(), "example")["password"]
        db.session.remove()
        db.engine.dispose()
    return password


def waits_for(port: int, password: str, page: str, readers: Sequence[str] = READERS) -> list[float]:
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


if __name__ == "__main__":
    run_alone(rows)
