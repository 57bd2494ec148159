"""What the township adds to expressions: limits by its calendar, who is away, numbers without gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from app.calendar import CalendarError, Due, WorkingCalendar, load_calendar
from app.case.errors import NumberPatternInvalid, NumberValueInvalid
from engine.errors import ExecutionFailed
from engine.feel import Function, Value
from engine.feel.scope import Run

STARTS = {None: False, "次日": False, "当日": True}
"""Where counting starts, as a diagram writes it: on the next day, or on the day itself."""


def nobody_away(person: str, at: datetime) -> datetime | None:
    """Tell that a person is there, where nobody keeps absences."""
    return None


def no_number(pattern: str, at: datetime) -> str:
    """Refuse to count, where nobody keeps numbers. Raises NumberPatternInvalid."""
    raise NumberPatternInvalid("numbers are counted in a township's processes only")


def functions(
    calendar: Callable[[], WorkingCalendar], away: Callable[[str, datetime], datetime | None] = nobody_away,
    number: Callable[[str, datetime], str] = no_number,
) -> Mapping[str, Function]:
    """Return the township's functions; what they ask is asked for only when one of them is called.

    Each raises ExecutionFailed for an amount, a unit or an instant that makes no limit: a task must not lose its limit
    in silence. No amount, and no instant to go on from, gives no limit.
    """

    def working_due(run: Run, amount: Value, unit: Value, start: Value = None) -> Value:
        if amount is None:
            return None
        if start not in STARTS:
            raise ExecutionFailed(f"working_due: counting starts 次日 or 当日, not {start!r}")
        count, first = _number(amount, "working_due"), STARTS[start]
        return _told("working_due", lambda: calendar().due(run.now, count, str(unit), from_first_day=first))

    def extended_due(run: Run, due: Value, amount: Value, unit: Value) -> Value:
        if due is None or amount is None:
            return due
        count, end = _number(amount, "extended_due"), _instant(due, "extended_due")
        return _told("extended_due", lambda: calendar().extended(end, count, str(unit), at=run.now))

    def resumed_due(run: Run, due: Value, paused: Value, unit: Value) -> Value:
        if due is None or paused is None:
            return due
        end, begin = _instant(due, "resumed_due"), _instant(paused, "resumed_due")
        return _told("resumed_due", lambda: calendar().resumed(end, begin, run.now, str(unit)))

    def away_until(run: Run, person: Value) -> Value:
        return None if person is None else away(_text(person, "away_until"), run.now)

    def next_number(run: Run, pattern: Value) -> Value:
        try:
            return number(_text(pattern, "next_number"), run.now)
        except (NumberPatternInvalid, NumberValueInvalid) as error:
            raise ExecutionFailed(f"next_number: {error}") from error

    made = (
        Function("working_due", ("amount", "unit", "start"), working_due, required=2, is_recorded=True),
        Function("extended_due", ("due", "amount", "unit"), extended_due, required=3, is_recorded=True),
        Function("resumed_due", ("due", "paused", "unit"), resumed_due, required=3, is_recorded=True),
        Function("away_until", ("person",), away_until, required=1, is_recorded=True),
        Function("next_number", ("pattern",), next_number, required=1, is_recorded=True),
    )
    return {each.name: each for each in made}


def _number(value: Value, name: str) -> Decimal:
    if not isinstance(value, Decimal):  # the language's only kind of number
        raise ExecutionFailed(f"{name}: {value!r} is no number")
    return value


def _text(value: Value, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ExecutionFailed(f"{name}: {value!r} is no text")
    return value


def _instant(value: Value, name: str) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ExecutionFailed(f"{name}: {value!r} is no date and time with a zone")
    return value


def _told(name: str, count: Callable[[], Due]) -> Value:
    try:
        return count().at
    except CalendarError as error:
        raise ExecutionFailed(f"{name}: {error}") from error


FUNCTIONS = functions(load_calendar)
"""The same by the calendar that the product brings, where there is no township: to check diagrams, and to try."""
