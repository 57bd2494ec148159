"""When timers fall due: ISO 8601 dates, durations and repeating intervals, from text or from expressions' values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from engine.errors import ExecutionFailed
from engine.feel.calendar import add_months
from engine.feel.temporal import parse_datetime, parse_duration
from engine.feel.values import Value, YearsMonths

_CYCLE = re.compile(r"R(?P<rounds>\d*)/(?:(?P<start>[^P/][^/]*)/)?(?P<every>P[^/]*)\Z")


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repeating timer: the round now set falls due at `due`; `left` counts those after it (None: for ever)."""

    due: datetime
    every: str
    left: int | None

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"due": self.due.isoformat(), "every": self.every, "left": self.left}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Cycle:
        """Read the stored form."""
        return cls(datetime.fromisoformat(stored["due"]), stored["every"], stored["left"])


def later(start: datetime, length: timedelta | YearsMonths) -> datetime:
    """Return the instant a duration after `start`, by the calendar for years and months."""
    if isinstance(length, timedelta):
        return start + length
    day = add_months(start.date(), length.months)
    return datetime.combine(day, start.timetz())


def first_due(
    form: str, value: Value, start: datetime, element_id: str, zone: tzinfo = UTC
) -> tuple[datetime, Cycle | None]:
    """Return when a timer that is set at `start` first falls due, in UTC, and its cycle if it repeats.

    `form` is timeDate, timeDuration or timeCycle. Raises ExecutionFailed when the value does not fit it.
    """
    match form, value:
        case "timeDate", datetime():
            return _utc(value, zone), None
        case "timeDate", date():
            return _utc(datetime.combine(value, time()), zone), None
        case "timeDate", str() if (instant := parse_datetime(value.strip())) is not None:
            return _utc(instant, zone), None
        case "timeDuration", timedelta() | YearsMonths():
            return _utc(later(start.astimezone(zone), value), zone), None
        case "timeDuration", str() if (length := parse_duration(value.strip())) is not None:
            return _utc(later(start.astimezone(zone), length), zone), None
        case "timeCycle", str() if (found := _CYCLE.match(value.strip())) is not None:
            return _first_round(found, start, element_id, zone)
    raise ExecutionFailed(f"the timer {element_id} cannot read its {form}", element_id=element_id)


def _first_round(
    found: re.Match[str], start: datetime, element_id: str, zone: tzinfo
) -> tuple[datetime, Cycle]:
    every = parse_duration(found["every"])
    begin = parse_datetime(found["start"]) if found["start"] else None
    rounds = int(found["rounds"]) if found["rounds"] else None
    if every is None or (found["start"] and begin is None) or rounds == 0 or _is_empty(every):
        raise ExecutionFailed(f"the timer {element_id} cannot read its timeCycle", element_id=element_id)
    due = _utc(begin if begin is not None else later(start.astimezone(zone), every), zone)
    return due, Cycle(due, found["every"], None if rounds is None else rounds - 1)


def _is_empty(length: timedelta | YearsMonths) -> bool:
    return length <= timedelta(0) if isinstance(length, timedelta) else length.months <= 0


def next_due(cycle: Cycle, zone: tzinfo = UTC) -> tuple[datetime, Cycle] | None:
    """Return the next round of a cycle, counted from its last due instant (missed rounds are caught up), or None."""
    if cycle.left == 0:
        return None
    every = parse_duration(cycle.every)
    assert every is not None
    due = _utc(later(cycle.due.astimezone(zone), every), zone)
    return due, Cycle(due, cycle.every, None if cycle.left is None else cycle.left - 1)


def _utc(instant: datetime, zone: tzinfo) -> datetime:
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def is_valid(form: str, text: str) -> bool:
    """Whether a literal fits a timer of this form: what the deploy check asks."""
    try:
        first_due(form, text, datetime(2026, 1, 1, tzinfo=UTC), "check")
    except ExecutionFailed:
        return False
    return True
