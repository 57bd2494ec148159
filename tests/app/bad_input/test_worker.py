"""A worker that is killed in the middle of a job: afterwards the job is done exactly once."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.case.models import Notification
from app.db import current_engine, db, transaction
from app.serving import worker
from engine.clock import MovingClock
from tests.app.bad_input.conftest import TESTING, fill
from tests.app.conftest import START
from tests.app.test_cockpit import TELLING
from tests.support.postgres import new_database

ROOT = Path(__file__).parents[3]
# The real worker; only its service takes its time once it has written, and says so.
KILLED = """
import os, sys, time
from app import create_app
from app.db import ENGINE
from app.serving import worker
from engine.clock import MovingClock
from tests.app.conftest import START

data, url, place = sys.argv[1:]
app = create_app({"DATA": data, **({"SQLALCHEMY_DATABASE_URI": url} if url else {})}, clock=MovingClock(START))
wire = app.extensions[ENGINE]

def slowly(session, tenant):
    engine = wire(session, tenant)
    notify = engine._services["notify"]
    def act(call):
        if place == "before":
            stop()
        notify(call)
        session.flush()
        stop()
    engine._services["notify"] = act
    return engine

def stop():
    print("in the middle", flush=True)
    time.sleep(60)

app.extensions[ENGINE] = slowly
worker(app).run()
"""


@pytest.fixture
def place(request: pytest.FixtureRequest, seeded: tuple[Path, str], tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Where a township's data are: the folder, and the database's address if it is not in there."""
    if request.param == "sqlite":
        yield shutil.copytree(seeded[0], tmp_path / "data"), ""
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        with opened((tmp_path, url)) as app:
            fill(app)
        yield tmp_path, url


@contextmanager
def opened(place: tuple[Path, str]) -> Iterator[Flask]:
    database = {"SQLALCHEMY_DATABASE_URI": place[1]} if place[1] else {}
    app = create_app({"DATA": place[0], **database, **TESTING}, clock=MovingClock(START))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def notices(app: Flask) -> list[str]:
    """Return who was told by a process; in the last weeks of a year the worker tells of the calendar, too."""
    by_a_process = select(Notification.user).where(Notification.instance_id.is_not(None))
    with app.app_context():
        return list(db.session.scalars(by_a_process.order_by(Notification.user)))


@pytest.mark.parametrize(
    ("place", "moment"), [("sqlite", "before"), ("sqlite", "after"), ("postgresql", "after")], indirect=["place"]
)
def test_the_job_of_a_killed_worker_is_done_once(place: tuple[Path, str], moment: str) -> None:
    with opened(place) as app:
        with app.app_context(), transaction() as engine:
            engine.deploy({"telling.bpmn": TELLING.encode()}, by="procadmin")
            instance_id = engine.start("telling", {"whom": "hotline_call_back"}, by="duty1", business_key="T-1").id
        kill_a_worker(app, place, moment)
        assert notices(app) == [], "nothing is left of what was not finished"
        with app.app_context():
            assert [job.retries for job in current_engine().store.jobs()] == [3], "no failure of the job's"

        next_one = worker(app)
        assert next_one.step() is True
        while next_one.step():
            pass  # errands, such as telling of the calendar
        assert notices(app) == ["callback1", "callback2"]
        with app.app_context():
            engine = current_engine()
            assert engine.store.jobs() == []
            assert engine.instance(instance_id).status == "completed"
            assert [event.kind for event in engine.events(instance_id)].count("job_completed") == 1
            engine.verify(instance_id)


def kill_a_worker(app: Flask, place: tuple[Path, str], moment: str) -> None:
    command = [sys.executable, "-c", KILLED, str(place[0]), place[1], moment]
    environment = {**os.environ, "PYTHONPATH": "."}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "in the middle\n"
        assert notices(app) == [], "nothing is seen of what is not finished"
        killed.send_signal(signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
