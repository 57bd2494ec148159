"""Auditors find an instance, see whether its record is whole, and take it along; they see no values."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app import installation
from app.audit import KINDS
from app.case.opening import open_case
from app.db import db, tenant, transaction
from tests.app.conftest import Visitor

SignIn = Callable[[str], Visitor]

CALL = {
    "received_at": "2026-11-20T09:00:00+08:00", "channel": "值班电话", "caller": "来电人甲", "phone": "10000000001",
    "village": "village_03", "kind": "求助", "category": "基础设施", "urgency": "一般", "confidential": True,
    "content": "水泥路塌陷。",
}


@pytest.fixture
def opened(app: Flask) -> str:
    """The id of a confidential call's instance."""
    with app.app_context():
        installation.open_example()
        with transaction() as engine:
            return open_case(engine, db.session(), "hotline_closed_loop", CALL, by="duty1").instance_id


def test_an_auditor_sees_that_a_record_is_whole_and_no_personal_data(opened: str, signed_in: SignIn) -> None:
    auditor = signed_in("auditor1")
    assert "HL-2026-000001" in auditor.get("/audit?q=HL-2026").text
    page = auditor.get(f"/audit/{opened}")
    assert page.status_code == 200
    assert "记录完整" in page.text and "受理" in page.text
    for secret in ("来电人甲", "10000000001", "水泥路塌陷"):
        assert secret not in page.text


def test_a_changed_record_is_shown_to_be_changed(app: Flask, opened: str, signed_in: SignIn) -> None:
    with app.app_context():
        for (name,) in db.session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            db.session.execute(text(f'DROP TRIGGER "{name}"'))
        db.session.execute(
            text(
                "UPDATE history SET record = replace(record, 'duty1', 'leader1') "
                "WHERE tenant = :tenant AND first_event = 1"
            ),
            {"tenant": tenant()},
        )
        with transaction():
            pass
    page = signed_in("auditor1").get(f"/audit/{opened}")
    assert "记录被改动过" in page.text and "one of the events 1 to" in page.text


def test_the_record_can_be_checked_elsewhere(opened: str, signed_in: SignIn) -> None:
    kept = json.loads(signed_in("auditor1").get(f"/audit/{opened}/history.json").text)
    previous = kept["first_previous"]
    for step in kept["steps"]:
        assert json.loads(step["record"])["previous"] == previous
        previous = hashlib.sha256(step["record"].encode()).hexdigest()
        assert previous == step["hash"]
    assert previous == kept["head"]


def test_only_auditors_audit(opened: str, signed_in: SignIn) -> None:
    for login in ("duty1", "procadmin", "sysadmin"):
        visitor = signed_in(login)
        assert visitor.get("/audit").status_code == 403
        assert visitor.get(f"/audit/{opened}").status_code == 403
        assert visitor.get(f"/audit/{opened}/history.json").status_code == 403
    assert signed_in("auditor1").get("/audit/nothing").status_code == 404


def test_every_kind_of_event_has_a_name_for_people() -> None:
    noted = re.compile(r'\bnote(?:_value)?\(\s*"([a-z_]+)"')
    sources = (Path(__file__).parents[2] / "engine").rglob("*.py")
    kinds = {kind for source in sources for kind in noted.findall(source.read_text(encoding="utf-8"))}
    assert {"incident_raised", "element_entered"} <= kinds
    assert kinds <= KINDS.keys()
