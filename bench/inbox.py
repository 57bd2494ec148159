"""The inbox page where there is much; BENCH_FULL=1 asks among 100,000 cases with 20,000 open tasks."""

from __future__ import annotations

from datetime import timedelta
from statistics import median, quantiles

from app.db import db, now, tenant, transaction
from app.duty import absences
from bench.row import Row, row, run_alone
from bench.served import application, serving
from bench.township import WHAT, Environment, both, password_of, waits_for

READERS = ("duty1", "dispatch1", "callback1", "water1")
AWAY = "duty1"
"""Whom dispatch1 stands in for while the pages are measured."""
PAGES = ("filter=covered", "filter=mine", "filter=groups", "filter=groups&sort=urgency", "filter=groups&q=%E6%B0%B4")


def rows() -> list[Row]:
    """Ask for the pages as several people, one after the other."""
    with both() as townships:
        return [each for name, environment in townships.items() for each in _measured(name, environment)]


def _measured(database: str, environment: Environment) -> list[Row]:
    _send_away(environment)
    password = password_of(environment)
    with serving(environment, processes=1) as server:
        waits = {page: waits_for(server.port, password, f"/inbox?{page}", READERS) for page in PAGES}
    slowest = max(quantiles(found, n=20)[18] for found in waits.values())
    what = f"inbox, {database}, {WHAT}"
    return [
        *(row(f"{what}, {page}, median", median(found), "ms", limit=100) for page, found in waits.items()),
        row(f"{what}, 95 % at most", slowest, "ms", limit=100),
    ]


def _send_away(environment: Environment) -> None:
    """Let somebody be away, so that pages are asked with a cover."""
    with application(environment).app_context():
        with transaction():
            begins, ends = now() - timedelta(hours=1), now() + timedelta(days=1)
            absences.enter(db.session, tenant(), absences.Entry(AWAY, "trip", begins, ends), by=AWAY, at=now())
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    run_alone(rows)
