"""The sample calls: what callers said, what the clerks write, and what each finished case must show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import select

from app.case.models import Case
from app.db import db, tenant
from app.demo.clerks import fill, register_call
from app.demo.sample import Form, Names, Seen, compare

PROCESS = "hotline_closed_loop"
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Expected:
    """What the finished case shows; two levels that differ mean that it was redone."""

    solved: str
    first_satisfaction: str | None
    final_satisfaction: str | None

    @property
    def is_redone(self) -> bool:
        """Whether the case was handled again."""
        return self.first_satisfaction != self.final_satisfaction


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `facts` is what the duty officer types, `village` being a name; `notes` what others will write."""

    line: int
    facts: Mapping[str, Any]
    expected: Expected
    notes: Mapping[str, Any] = field(default_factory=dict)
    process: ClassVar[str] = PROCESS
    opens: ClassVar[str | None] = None
    at: ClassVar[datetime | None] = None
    is_duplicate: ClassVar[bool] = False

    @property
    def phone(self) -> str:
        """The invented telephone number, by which the call's case is known again: no real one begins with 100."""
        return str(self.facts["phone"])

    @property
    def is_refused(self) -> bool:
        """Whether the hotline declines it."""
        return self.expected.solved == "不予受理"

    def start_form(self, names: Names, copy: int) -> Form:
        """Return what the duty officer enters. Raises NothingToFill."""
        return register_call(self, names, copy)

    def fill(self, element_id: str, seen: Seen, names: Names) -> Form:
        """Return what is submitted for a task. Raises NothingToFill."""
        return fill(element_id, self, seen)

    def differences(self, case: Case) -> list[str]:
        """Return in what the case differs from what its call expects, such as `solved is 解决, not 未解决`."""
        expected, results = self.expected, case.results
        return compare({
            "solved": (results.get("solved"), expected.solved),
            "first_satisfaction": (results.get("first_satisfaction"), expected.first_satisfaction),
            "final_satisfaction": (results.get("final_satisfaction"), expected.final_satisfaction),
            "closed": (case.closed_at is not None, True),
            "redone": (case.redo_count > 0, expected.is_redone),
            "category": (case.category, self.facts["category"]),
        })


def read_calls() -> list[Call]:
    """Return the sample calls in their order."""
    notes: dict[str, dict[str, Any]] = json.loads((FOLDER / "clerks.json").read_text(encoding="utf-8"))
    lines = (FOLDER / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    calls = []
    for number, line in enumerate(lines, start=1):
        facts: dict[str, Any] = json.loads(line)
        expected = Expected(**facts.pop("expected"))
        calls.append(Call(number, facts, expected, notes[str(number)]))
    return calls


def find_cases(calls: Sequence[Call]) -> dict[int, list[Case]]:
    """Return the cases that stand in the register for these calls, by line, oldest first."""
    db.session.expire_all()
    lines = {call.phone: call.line for call in calls}
    phone = Case.private["phone"].as_string()
    mine = (Case.tenant == tenant(), Case.process_key == PROCESS, phone.in_(lines))
    found: dict[int, list[Case]] = {}
    for case in db.session.scalars(select(Case).where(*mine).order_by(Case.number)):
        found.setdefault(lines[case.private["phone"]], []).append(case)
    return found
