"""An example township in a folder of its own, a clock that is moved, and browsers without a browser."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app, example
from app.db import db, now, tenant, transaction, upgrade
from engine.clock import MovingClock

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # a Friday, 09:00 in the township


class Client(FlaskClient):
    """Closes the file in which Werkzeug's client keeps a large body, and would leave open."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        answer = super().open(*arguments, **options)
        answer.request.environ["wsgi.input"].close()
        return answer


Flask.test_client_class = Client


@dataclass
class Visitor:
    """A client that sends the CSRF token of the page it saw last, as a browser's form does."""

    client: FlaskClient
    password: str
    token: str = ""
    language: str = "zh"

    def get(self, path: str, **options: object) -> TestResponse:
        return self._seen(self.client.get(path, **self._with_language(options)))

    def post(self, path: str, data: dict[str, object] | None = None, **options: object) -> TestResponse:
        form = {"csrf_token": self.token, **(data or {})}
        return self._seen(self.client.post(path, data=form, **self._with_language(options)))

    def sign_in(self, login: str, password: str | None = None, **form: str) -> TestResponse:
        self.get("/login")
        return self.post("/login", {"login": login, "password": password or self.password, **form})

    def _with_language(self, options: dict[str, object]) -> dict[str, object]:
        headers = {"Accept-Language": self.language, **options.pop("headers", {})}  # type: ignore[dict-item]
        return {"buffered": True, **options, "headers": headers}

    def _seen(self, response: TestResponse) -> TestResponse:
        if found := re.search(r'name="csrf[-_]token" (?:content|value)="([^"]+)"', response.text):
            self.token = found[1]
        return response


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with the example's people, made once and copied by each test; and their password."""
    folder = tmp_path_factory.mktemp("example")
    app = create_app({"DATA": folder}, clock=MovingClock(START))
    with app.app_context():
        upgrade()
        with transaction():
            password = example.seed(db.session, tenant(), at=now())
        db.session.remove()
        db.engine.dispose()
    return folder, password


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(START)


@pytest.fixture
def app(seeded: tuple[Path, str], tmp_path: Path, clock: MovingClock) -> Iterator[Flask]:
    data = shutil.copytree(seeded[0], tmp_path / "data")
    app = create_app({"DATA": data, "TESTING": True, "PROPAGATE_EXCEPTIONS": False}, clock=clock)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def visitor(app: Flask, seeded: tuple[Path, str]) -> Visitor:
    return Visitor(app.test_client(), seeded[1])


@pytest.fixture
def signed_in(app: Flask, seeded: tuple[Path, str]) -> Callable[[str], Visitor]:
    """Return a browser in which this person has signed in."""

    def sign_in(login: str) -> Visitor:
        visitor = Visitor(app.test_client(), seeded[1])
        assert visitor.sign_in(login).status_code == 302
        visitor.get("/settings")
        return visitor

    return sign_in
