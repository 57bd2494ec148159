"""Arithmetic with numbers, strings, dates and durations.

Each operator raises NoValue with the reason where its operands do not go together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal, DecimalException

from engine.feel.calendar import add_months, add_time, between, instants
from engine.feel.errors import NoValue
from engine.feel.types import name_of
from engine.feel.values import DECIMAL, Value, YearsMonths

MAX_EXPONENT = 999_999_999


def add(left: Value, right: Value) -> Value:
    """Return left + right: numbers, strings, durations, and dates and times with durations."""
    match left, right:
        case Decimal(), Decimal():
            return DECIMAL.add(left, right)
        case str(), str():
            return left + right
        case timedelta(), timedelta():
            return left + right
        case YearsMonths(), YearsMonths():
            return YearsMonths(left.months + right.months)
        case ((date() | time()), timedelta()):
            return add_time(left, right)
        case timedelta(), (date() | time()):
            return add_time(right, left)
        case date(), YearsMonths():
            return add_months(left, right.months)
        case YearsMonths(), date():
            return add_months(right, left.months)
    raise _unfit("+", left, right)


def subtract(left: Value, right: Value) -> Value:
    """Return left - right: numbers, durations, dates and times less another or less a duration."""
    match left, right:
        case Decimal(), Decimal():
            return DECIMAL.subtract(left, right)
        case timedelta(), timedelta():
            return left - right
        case YearsMonths(), YearsMonths():
            return YearsMonths(left.months - right.months)
        case ((date() | time()), timedelta()):
            return add_time(left, -right)
        case date(), YearsMonths():
            return add_months(left, -right.months)
        case date(), date():
            return between(right, left)
        case time(), time() if (left.tzinfo is None) == (right.tzinfo is None):
            first, last = instants(right, left)
            return timedelta(milliseconds=last - first)
    raise _unfit("-", left, right)


def multiply(left: Value, right: Value) -> Value:
    """Return left * right: numbers, and a duration with a number."""
    match left, right:
        case Decimal(), Decimal():
            return DECIMAL.multiply(left, right)
        case ((timedelta() | YearsMonths()), Decimal()):
            return _scaled(left, right)
        case Decimal(), (timedelta() | YearsMonths()):
            return _scaled(right, left)
    raise _unfit("*", left, right)


def divide(left: Value, right: Value) -> Value:
    """Return left / right: numbers, a duration by a number, or a duration by its like."""
    if right == 0 or right == timedelta() or right == YearsMonths(0):
        raise NoValue("division by zero")
    match left, right:
        case Decimal(), Decimal():
            return DECIMAL.divide(left, right)
        case ((timedelta() | YearsMonths()), Decimal()):
            return _scaled(left, DECIMAL.divide(Decimal(1), right))
        case timedelta(), timedelta():
            unit = timedelta(microseconds=1)
            return DECIMAL.divide(Decimal(left // unit), Decimal(right // unit))
        case YearsMonths(), YearsMonths():
            return DECIMAL.divide(Decimal(left.months), Decimal(right.months))
    raise _unfit("/", left, right)


def power(left: Value, right: Value) -> Value:
    """Return left to the power of right."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        if abs(right) > MAX_EXPONENT:
            raise NoValue(f"the exponent is outside -{MAX_EXPONENT} to {MAX_EXPONENT}")
        return DECIMAL.power(left, right)
    raise _unfit("**", left, right)


def negate(value: Value) -> Value:
    """Return -value, of a number or a duration."""
    match value:
        case Decimal():
            return DECIMAL.minus(value)
        case timedelta():
            return -value
        case YearsMonths():
            return YearsMonths(-value.months)
    raise NoValue(f"a {name_of(value)} cannot be negated")


ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}


def calculate(operator: str, left: Value, right: Value) -> Value:
    """Return the result of an arithmetic operator.

    Raises NoValue when there is none.
    """
    if left is None or right is None:
        raise NoValue(f"one side of {operator} is null")
    try:
        return ARITHMETIC[operator](left, right)
    except (DecimalException, OverflowError) as error:
        raise NoValue(f"{operator} has no result within the range of numbers and dates") from error


def _scaled(length: timedelta | YearsMonths, factor: Decimal) -> Value:
    if isinstance(length, YearsMonths):
        return YearsMonths(int(DECIMAL.multiply(Decimal(length.months), factor)))
    microseconds = DECIMAL.multiply(Decimal(length // timedelta(microseconds=1)), factor)
    return timedelta(microseconds=int(microseconds.to_integral_value()))


def _unfit(operator: str, left: Value, right: Value) -> NoValue:
    return NoValue(f"{operator} does not apply to a {name_of(left)} and a {name_of(right)}")
