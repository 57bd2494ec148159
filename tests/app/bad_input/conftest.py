"""A whole township on each database, made once a run; people come in with a session instead of a password."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app, example, installation
from app.db import db, now, tenant, transaction, upgrade
from app.people.queries import person
from engine.clock import MovingClock
from tests.app.conftest import START, Visitor
from tests.app.pages.conftest import Township, seeded
from tests.support.postgres import new_database

__all__ = ["seeded"]

JSON = {"Accept": "application/json"}
TESTING = {"TESTING": True, "PROPAGATE_EXCEPTIONS": False, "SQLITE_SYNCHRONOUS": "NORMAL"}
LANGUAGES = ("zh", "en")


def let_in(app: Flask, login: str, password: str = "") -> Visitor:
    """Return a browser with a session of this person, as signing in leaves it."""
    visitor = Visitor(app.test_client(), password)
    with app.app_context():
        someone = person(db.session, tenant(), login, now())
        assert someone is not None, login
        moment = int(now().timestamp())
    with visitor.client.session_transaction() as session:
        session.update(_user_id=someone.get_id(), _fresh=True, seen=moment)
    visitor.get("/settings")
    assert visitor.token
    return visitor


def inhabited(app: Flask) -> Township:
    """Return the people of an application's township."""
    return Township(app, lambda login: let_in(app, login))


def fill(app: Flask) -> str:
    """Make the example's people and diagrams; return everybody's password."""
    with app.app_context():
        upgrade()
        with transaction() as engine:
            password = example.seed(db.session, tenant(), at=now())
            engine.deploy(installation.read_files([installation.DIAGRAMS]), by="procadmin")
    return password


@pytest.fixture
def township(seeded: tuple[Path, str], tmp_path: Path, clock: MovingClock) -> Iterator[Township]:
    """A township on SQLite of the test's own: its clock may be moved, its database be spoilt."""
    data = shutil.copytree(seeded[0], tmp_path / "data")
    overrides = {"DATA": data, **TESTING}
    app = create_app(overrides, clock=clock)
    yield Township(app, lambda login: let_in(app, login, seeded[1]))
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def on_sqlite(seeded: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Township]:
    """A township on SQLite that tests share; each has cases of its own."""
    data = shutil.copytree(seeded[0], tmp_path_factory.mktemp("shared") / "data")
    overrides = {"DATA": data, **TESTING}
    app = create_app(overrides, clock=MovingClock(START))
    yield inhabited(app)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def on_postgresql(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Township]:
    """The same on PostgreSQL."""
    with new_database(postgres_url) as url:
        overrides = {"DATA": tmp_path_factory.mktemp("shared"), "SQLALCHEMY_DATABASE_URI": url, **TESTING}
        app = create_app(overrides, clock=MovingClock(START))
        fill(app)
        yield inhabited(app)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def anywhere(request: pytest.FixtureRequest) -> Township:
    """The shared township on either database."""
    found: Township = request.getfixturevalue(request.param)
    return found


def said(answer: TestResponse) -> str:
    """Return what an error page tells, without its markup."""
    text = re.sub(r"<script.*?</script>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def is_problem(answer: TestResponse, status: int) -> dict[str, object]:
    """Return the members of problem details (RFC 9457), which must be all there."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert {"type", "title", "status", "detail", "code"} <= problem.keys()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"]
    assert problem["detail"]
    return dict(problem)
