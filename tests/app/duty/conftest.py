"""The example township with its diagrams, and absences entered in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import TestResponse

from tests.app.conftest import START
from tests.app.pages.conftest import Township, seeded, township

__all__ = ["seeded", "township"]

Enter = Callable[..., TestResponse]
HERE = ZoneInfo("Asia/Shanghai")


def local(at: datetime) -> str:
    return at.astimezone(HERE).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def enter(township: Township) -> Enter:
    """Return how somebody enters an absence by the page's form: from and to in hours from the beginning."""

    def enter(by: str, begins: float = 0, ends: float = 48, **form: object) -> TestResponse:
        times = {name: local(START + timedelta(hours=hours)) for name, hours in (("begins", begins), ("ends", ends))}
        return township[by].post("/duty/absences", {"kind": "village", **times, **form})

    return enter
