"""What the township adds to the expression language: `working_due(amount, unit)`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from app.calendar import CalendarError, load_calendar
from engine.errors import ExecutionFailed
from engine.feel import Function, Value
from engine.feel.scope import Run


def working_due(run: Run, amount: Value, unit: Value) -> Value:
    """Return when a limit that begins now runs out; no amount gives no limit.

    Raises ExecutionFailed for an amount or a unit that makes no limit: a task must not lose its limit in silence.
    """
    if amount is None:
        return None
    if not isinstance(amount, Decimal):  # the language's only kind of number
        raise ExecutionFailed(f"working_due: {amount!r} is no number")
    try:
        return load_calendar().due(run.now, amount, str(unit)).at
    except CalendarError as error:
        raise ExecutionFailed(f"working_due: {error}") from error


FUNCTIONS: Mapping[str, Function] = {
    "working_due": Function("working_due", ("amount", "unit"), working_due, required=2, is_recorded=True),
}
