"""The example township with its diagrams deployed, and its people at work over HTTP."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app, example, installation
from app.case.models import Case
from app.db import db, now, tenant, transaction, upgrade
from engine.clock import MovingClock
from engine.store.tables import TaskRow
from tests.app.conftest import START, Visitor

CALL: Mapping[str, Any] = {
    "received_at": "2026-11-20T09:00+08:00", "channel": "值班电话", "caller": "来电人甲", "phone": "13800001234",
    "village": "village_03", "location": "", "kind": "求助", "category": "基础设施", "urgency": "一般",
    "confidential": False, "content": "村民组水泥路塌陷约三米,农用车无法通行。",
}  # fmt: skip


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with the example's people and diagrams, made once and copied by each test; and the password."""
    folder = tmp_path_factory.mktemp("township")
    app = create_app({"DATA": folder}, clock=MovingClock(START))
    with app.app_context():
        upgrade()
        with transaction() as engine:
            password = example.seed(db.session, tenant(), at=now())
            engine.deploy(installation.read_files([installation.DIAGRAMS]), by="procadmin")
        db.session.remove()
        db.engine.dispose()
    return folder, password


@dataclass
class Township:
    """People who have signed in, by login, and what they do."""

    app: Flask
    sign_in: Callable[[str], Visitor]
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def __getitem__(self, login: str) -> Visitor:
        if login not in self.visitors:
            self.visitors[login] = self.sign_in(login)
        return self.visitors[login]

    def send(self, login: str, path: str, body: object, *, method: str = "POST") -> TestResponse:
        """Send JSON as the page's script does."""
        visitor = self[login]
        headers = {"X-CSRFToken": visitor.token, "Accept": "application/json", "Accept-Language": visitor.language}
        return visitor.client.open(path, method=method, json=body, headers=headers)

    def call(self, **changes: object) -> str:
        """Register a call and return the case's number."""
        answer = self.send("duty1", "/start/hotline_closed_loop", {"data": {**CALL, **changes}})
        assert answer.status_code == 200, answer.text
        page = self["duty1"].get(answer.json["next"])  # type: ignore[index]
        found = re.search(r"HL-\d{4}-\d{6}", page.text)
        assert found
        return found[0]

    def task(self, number: str, element: str, status: str = "open") -> str:
        """Return the id of a case's task."""
        with self.app.app_context():
            return db.session.scalars(
                select(TaskRow.id)
                .where(TaskRow.business_key == number, TaskRow.element_id == element, TaskRow.status == status)
                .order_by(TaskRow.created_at.desc())
            ).first() or pytest.fail(f"{number} has no {status} task {element}")

    def case(self, number: str) -> Case:
        """Return a case's row."""
        with self.app.app_context():
            return db.session.scalars(select(Case).where(Case.number == number)).one()

    def do(self, login: str, number: str, element: str, **data: object) -> TestResponse:
        """Complete a case's task with this data, which must be accepted."""
        answer = self.send(login, f"/tasks/{self.task(number, element)}/complete", {"data": data})
        assert answer.status_code == 200, answer.text
        return answer

    def handled_by(self, unit: str, login: str, **changes: object) -> str:
        """Lead a new call to the review, through this unit and this person of it; return its number."""
        number = self.call(**changes)
        self.do("duty1", number, "accept_call", acceptance="accept")
        reason = "由该单位办理更合适"
        self.do("dispatch1", number, "dispatch_call", lead_unit=unit, co_units=[], override_reason=reason)
        self.do(login, number, "sign_in", sign_in="accept")
        self.do(login, number, "contact_caller", contact="reached", contact_note="已电话联系来电人。")
        self.do(login, number, "handle_call", handling="done", handling_result="已修补路面。", public_answer="已修好。")
        return number


@pytest.fixture
def township(app: Flask, signed_in: Callable[[str], Visitor]) -> Iterator[Township]:
    yield Township(app, signed_in)


def script_data(page: str, name: str) -> Any:
    """Return the JSON that a page carries for its script."""
    found = re.search(rf'<script type="application/json" id="{re.escape(name)}">(.*?)</script>', page, re.DOTALL)
    assert found, name
    return json.loads(found[1])
