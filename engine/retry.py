"""Retry cycles: how often a job is tried, and how long it rests in between (camunda:failedJobRetryTimeCycle)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from engine.feel.temporal import parse_duration

ATTEMPTS = 3
"""How often a job is tried where the diagram says nothing."""
MAX_REASON = 2000
"""How much is kept of what an attempt failed for."""
_REPEATED = re.compile(r"R(\d{1,5})/(P.+)")


@dataclass(frozen=True, slots=True)
class RetryCycle:
    """So many attempts, with these rests between them; the last rest holds for all that come after it."""

    attempts: int
    rests: tuple[timedelta, ...]

    def rest(self, failed: int) -> timedelta:
        """Return how long to rest when so many attempts have failed, from 1 on."""
        return self.rests[min(failed, len(self.rests)) - 1]


def parse_cycle(text: str) -> RetryCycle | None:
    """Read `R5/PT10M` (five attempts), or as Camunda 7 `PT10M,PT20M` (one attempt more than there are rests)."""
    repeated = _REPEATED.fullmatch(text.strip())
    parts = [repeated[2]] if repeated else [part.strip() for part in text.split(",")]
    found = [parse_duration(part) for part in parts]
    rests = tuple(rest for rest in found if isinstance(rest, timedelta) and rest >= timedelta())
    attempts = int(repeated[1]) if repeated else len(rests) + 1
    return RetryCycle(attempts, rests) if len(rests) == len(parts) and attempts > 0 else None
