"""What the township adds to expressions: `working_due`, `extended_due`, `resumed_due`, by its calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from app.calendar import CalendarError, Due, WorkingCalendar, load_calendar
from engine.errors import ExecutionFailed
from engine.feel import Function, Value
from engine.feel.scope import Run

STARTS = {None: False, "次日": False, "当日": True}
"""Where counting starts, as a diagram writes it: on the next day, or on the day itself."""


def functions(calendar: Callable[[], WorkingCalendar]) -> Mapping[str, Function]:
    """Return the functions that count by a calendar, which is asked for only when one of them is called.

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

    return {
        "working_due": Function("working_due", ("amount", "unit", "start"), working_due, required=2, is_recorded=True),
        "extended_due": Function("extended_due", ("due", "amount", "unit"), extended_due, required=3, is_recorded=True),
        "resumed_due": Function("resumed_due", ("due", "paused", "unit"), resumed_due, required=3, is_recorded=True),
    }


def _number(value: Value, name: str) -> Decimal:
    if not isinstance(value, Decimal):  # the language's only kind of number
        raise ExecutionFailed(f"{name}: {value!r} is no number")
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
