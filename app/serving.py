"""Serves the application with granian, and runs due jobs beside it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from threading import Thread

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from app import create_app, errands
from app.calendar import LOCAL
from app.calendar.errands import DAY
from app.db import db, now, tenant, transaction
from engine import Engine, Worker


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


def worker(app: Flask) -> Worker:
    """Return a worker for the application's township; each job has a context and a transaction of its own."""
    begun: set[date] = set()

    @contextmanager
    def one_transaction() -> Iterator[Engine]:
        with app.app_context(), transaction() as engine:
            today = now().astimezone(LOCAL).date()
            if today not in begun:
                errands.ask(db.session(), tenant(), DAY, {str(today): {}}, due=now())
            yield engine
        begun.add(today)  # only now it is certain that it is kept

    def one_errand() -> bool:
        with app.app_context():
            return errands.step()

    return Worker(one_transaction, beside=one_errand)
