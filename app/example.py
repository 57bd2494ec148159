"""The example township: invented people in a real township's offices, to try the system with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from app.calendar.ledger import set_up_calendar
from app.people.models import Setting
from app.people.passwords import random_password
from app.people.queries import AnySession, setting
from app.people.township import set_up

DATA = Path(__file__).with_name("example.json")


def township() -> Mapping[str, Any]:
    """Return the example's groups, people and posts."""
    data: Mapping[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return data


def began() -> datetime:
    """Return since when the example's people have been there: what has come in since then can be played as it was."""
    return datetime.fromisoformat(township()["since"])


def seed(session: AnySession, tenant: str, *, at: datetime, since: datetime | None = None) -> str:
    """Set the example up, its people being there since `since`.

    Return the password of all its accounts, which its login page names.
    """
    data, password = township(), random_password()
    set_up(session, tenant, data, password=password, at=since or at)
    set_up_calendar(session, tenant, at=at)
    accounts = [{name: person[name] for name in ("login", "name", "work")} for person in data["people"]]
    session.add(Setting(tenant=tenant, name="example", value={"password": password, "accounts": accounts}))
    session.flush()
    return password


def is_example(session: AnySession, tenant: str) -> bool:
    """Tell whether the township is the example."""
    return setting(session, tenant, "example") is not None
