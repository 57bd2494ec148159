"""The sample calls: what callers said, what the clerks write, and what each finished case must show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

    @property
    def phone(self) -> str:
        """The invented telephone number, by which the call's case is known again: no real one begins with 100."""
        return str(self.facts["phone"])

    @property
    def is_refused(self) -> bool:
        """Whether the hotline declines it."""
        return self.expected.solved == "不予受理"


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
