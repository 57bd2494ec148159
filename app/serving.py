"""Serves the application with granian, and runs due jobs beside it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Thread

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from app import create_app, errands
from app.calendar import LOCAL
from app.calendar.errands import DAY
from app.db import db, now, tenant, transaction
from app.notices.digest import DIGEST, due_at
from app.notices.tasks import tell_groups
from engine import Engine, Worker
from engine.errors import ConcurrentChange


def serve(host: str, port: int, *, processes: int, threads: int) -> None:
    """Answer requests until the process is told to end."""
    Server(
        "app.serving:application", factory=True, interface=Interfaces.WSGI, address=host, port=port, workers=processes,
        blocking_threads=threads, websockets=False, respawn_failed_workers=True,
    ).serve()  # fmt: skip


def application() -> Flask:
    """Make the application of one serving process, with a job worker on a thread of its own."""
    app = create_app()
    # What is loaded by now stays: the collector need not walk through it again and again, which stopped requests.
    gc.collect()
    gc.freeze()
    # A daemon: when the process ends, an open transaction is rolled back and its job is due again.
    Thread(target=worker(app).run, name="job worker", daemon=True).start()
    return app


LOOK_FOR_TASKS = timedelta(seconds=20)
"""How often a worker looks for new tasks of groups, for those who want to be told of them at once."""


def _tell_groups() -> None:
    try:
        with transaction():
            tell_groups(db.session(), tenant(), at=now())
    except ConcurrentChange:
        return  # another worker tells of the same tasks


def worker(app: Flask) -> Worker:
    """Return a worker for the application's township; each job has a context and a transaction of its own."""
    begun: set[date] = set()
    looked = datetime.min.replace(tzinfo=UTC)

    @contextmanager
    def one_transaction() -> Iterator[Engine]:
        with app.app_context(), transaction() as engine:
            today = now().astimezone(LOCAL).date()
            if today not in begun:
                errands.ask(db.session(), tenant(), DAY, {str(today): {}}, due=now())
                due = due_at(now(), app.config["DIGEST_HOUR"])
                errands.ask(db.session(), tenant(), DIGEST, {str(today): {}}, due=due)
            yield engine
        begun.add(today)  # only now it is certain that it is kept

    def one_errand() -> bool:
        nonlocal looked
        with app.app_context():
            if errands.step():
                return True
            if now() - looked >= LOOK_FOR_TASKS:
                looked = now()
                _tell_groups()
            return False

    return Worker(one_transaction, beside=one_errand)
