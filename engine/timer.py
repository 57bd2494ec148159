"""When timers fall due: ISO 8601 dates, durations, repeating intervals and cron, from text or expressions' values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from engine import cron
from engine.errors import ExecutionFailed
from engine.feel.calendar import add_months
from engine.feel.errors import NoValue
from engine.feel.far import plain_date
from engine.feel.temporal import parse_date, parse_datetime, parse_duration
from engine.feel.values import Value, YearsMonths

_CYCLE = re.compile(r"R(?P<rounds>\d*)/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?\Z")


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repeating timer: the round now set falls due at `due`; `left` counts those after it (None: for ever).

    `every` is a duration, or a cron expression.
    """

    due: datetime
    every: str
    left: int | None

    @property
    def is_cron(self) -> bool:
        """Whether its rounds follow the calendar, so that none is made up for."""
        return not self.every.startswith("P")

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
    day = plain_date(add_months(start.date(), length.months))
    return datetime.combine(day, start.timetz())


def first_due(
    form: str, value: Value, start: datetime, element_id: str, zone: tzinfo = UTC
) -> tuple[datetime, Cycle | None]:
    """Return when a timer that is set at `start` first falls due, in UTC, and its cycle if it repeats.

    `form` is timeDate, timeDuration or timeCycle. Raises ExecutionFailed when the value does not fit it.
    """
    try:
        found = _first_due(form, value.strip() if isinstance(value, str) else value, start, zone)
    except (OverflowError, ValueError, NoValue):  # beyond the years 1 to 9999
        found = None
    if found is None:
        raise ExecutionFailed(f"the timer {element_id} cannot read its {form}", element_id=element_id)
    return found


def _first_due(form: str, value: Value, start: datetime, zone: tzinfo) -> tuple[datetime, Cycle | None] | None:
    if isinstance(value, str) and form == "timeDate":
        value = parse_datetime(value) or parse_date(value)
    elif isinstance(value, str) and form == "timeDuration":
        value = parse_duration(value)
    if isinstance(value, date):
        value = plain_date(value)
    match form, value:
        case "timeDate", datetime():
            return _utc(value, zone), None
        case "timeDate", date():
            return _utc(datetime.combine(value, time()), zone), None
        case "timeDuration", timedelta() | YearsMonths():
            return _utc(later(start.astimezone(zone), value), zone), None
        case "timeCycle", str() if (found := _CYCLE.match(value)) is not None:
            cycle = _first_round(found, start, zone)
            return None if cycle is None else (cycle.due, cycle)
        case "timeCycle", str() if (expression := cron.parse(value)) is not None:
            due = expression.after(start, zone)
            return None if due is None else (due, Cycle(due, value, None))
    return None


def _first_round(found: re.Match[str], start: datetime, zone: tzinfo) -> Cycle | None:
    """Return the first round of R/duration, R/begin/duration, R/begin/end (of the first) or R/duration/end (of all)."""
    rounds = int(found["rounds"]) if found["rounds"] else None
    first, second = found["first"], found["second"]
    every = parse_duration(first if first.startswith("P") else second or "")
    begin, text = parse_datetime(first), first if first.startswith("P") else second or ""
    if begin is not None and every is None and (end := parse_datetime(text)) is not None:
        every = _utc(end, zone) - _utc(begin, zone)
        text = f"PT{every // timedelta(seconds=1)}S"
    if every is None or rounds == 0 or _is_too_short(every):
        return None
    left = None if rounds is None else rounds - 1
    if begin is None and second is None:
        return Cycle(_utc(later(start.astimezone(zone), every), zone), text, left)
    if begin is None:
        end = parse_datetime(second)
        if end is None or not isinstance(every, timedelta):
            return None
        begin = _utc(end, zone)
        left = max((begin - start) // every, 0) if left is None else left
        begin -= every * left
    cycle = Cycle(_utc(begin, zone), text, left)
    # Rounds from before the timer was set are not made up for; where none is left, the timer is due at once.
    return advance(cycle, start - timedelta(microseconds=1), zone) or replace(cycle, left=0)


def _is_too_short(length: timedelta | YearsMonths) -> bool:
    """Whether a cycle would keep the engine busy with nothing else."""
    return length < timedelta(seconds=1) if isinstance(length, timedelta) else length.months <= 0


def next_due(cycle: Cycle, zone: tzinfo = UTC) -> Cycle | None:
    """Return a cycle at its next round, counted from its last due instant (missed rounds are caught up), or None."""
    if cycle.is_cron:
        return advance(cycle, cycle.due, zone)
    every = parse_duration(cycle.every)
    assert every is not None
    return None if cycle.left == 0 else _moved(cycle, every, 1, zone)


def following_round(cycle: Cycle, at: datetime, zone: tzinfo = UTC) -> Cycle | None:
    """Return what follows a round that has fired at `at`, or None: missed rounds are caught up, but for cron."""
    return advance(cycle, max(cycle.due, at), zone) if cycle.is_cron else next_due(cycle, zone)


def advance(cycle: Cycle, until: datetime, zone: tzinfo = UTC) -> Cycle | None:
    """Return a cycle at its first round after `until`, or None when it has none."""
    if cycle.is_cron:
        expression = cron.parse(cycle.every)
        due = None if expression is None or cycle.due > until else expression.after(until, zone)
        return cycle if cycle.due > until else None if due is None else replace(cycle, due=due)
    every = parse_duration(cycle.every)
    assert every is not None
    found: Cycle | None = cycle
    if isinstance(every, timedelta):
        # All but the last rounds in one jump; the two hours are for clocks that are set back or forth on the way.
        found = _moved(cycle, every, max((until - cycle.due - timedelta(hours=2)) // every, 0), zone)
    while found is not None and found.due <= until:
        found = next_due(found, zone)
    return found


def _moved(cycle: Cycle, every: timedelta | YearsMonths, rounds: int, zone: tzinfo) -> Cycle | None:
    if cycle.left is not None and cycle.left < rounds:
        return None
    length = every * rounds if isinstance(every, timedelta) else YearsMonths(every.months * rounds)
    try:
        due = _utc(later(cycle.due.astimezone(zone), length), zone)
    except (OverflowError, ValueError, NoValue):
        return None
    return Cycle(due, cycle.every, None if cycle.left is None else cycle.left - rounds)


def _utc(instant: datetime, zone: tzinfo) -> datetime:
    instant = plain_date(instant)
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def is_valid(form: str, text: str) -> bool:
    """Whether a literal fits a timer of this form: what the deploy check asks."""
    try:
        first_due(form, text, datetime(2026, 1, 1, tzinfo=UTC), "check")
    except ExecutionFailed:
        return False
    return True
