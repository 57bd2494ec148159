"""The operators of ${…} expressions, which coerce where FEEL would answer null (Jakarta Expression Language 3.0, 1.8).

Null is false, zero and the empty text; text that is a number is one; indexes count from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal

from engine.feel.arithmetic import calculate
from engine.feel.builtins.conversion import number
from engine.feel.comparison import compare, is_same
from engine.feel.errors import NoValue
from engine.feel.properties import member
from engine.feel.scope import Run
from engine.feel.text import text_of
from engine.feel.types import name_of
from engine.feel.values import DECIMAL, Value, YearsMonths

_TEMPORAL = (date, time, timedelta, YearsMonths)


def truth(run: Run, value: Value) -> bool:
    """Return the value as a condition: null and text other than "true" are false."""
    match value:
        case bool():
            return value
        case None:
            return False
        case str():
            return value.lower() == "true"
    raise NoValue(f"a {name_of(value)} is neither true nor false")


def negation(run: Run, value: Value) -> bool:
    """Return !value."""
    return not truth(run, value)


def is_empty(run: Run, value: Value) -> bool:
    """Return whether the value is null, or an empty text, list or map."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def equals(run: Run, left: Value, right: Value) -> bool:
    """Return left == right, after making both a number, a boolean or a text if one of them is."""
    if left is None or right is None:
        return left is right
    for kind, coerce in _KINDS.items():
        if isinstance(left, kind) or isinstance(right, kind):
            return coerce(run, left) == coerce(run, right)
    return is_same(left, right)


def unequal(run: Run, left: Value, right: Value) -> bool:
    """Return left != right."""
    return not equals(run, left, right)


def ordering(operator: str) -> Callable[[Run, Value, Value], bool]:
    """Return the function that compares by <, <=, > or >=; nothing is before or after null."""

    def ordered(run: Run, left: Value, right: Value) -> bool:
        if left is None or right is None:
            return operator in ("<=", ">=") and left is right
        for kind in (Decimal, str):
            if isinstance(left, kind) or isinstance(right, kind):
                coerce = _KINDS[kind]
                return bool(compare(operator, coerce(run, left), coerce(run, right)))
        return bool(compare(operator, left, right))

    return ordered


def arithmetic(operator: str) -> Callable[[Run, Value, Value], Value]:
    """Return the function that calculates by +, -, * or /: with numbers, and dates with durations."""

    def calculated(run: Run, left: Value, right: Value) -> Value:
        if isinstance(left, _TEMPORAL) or isinstance(right, _TEMPORAL):
            return calculate(operator, left, right)
        return calculate(operator, as_number(run, left), as_number(run, right))

    return calculated


def remainder(run: Run, left: Value, right: Value) -> Value:
    """Return left % right, with the sign of left."""
    dividend, divisor = as_number(run, left), as_number(run, right)
    if not divisor:
        raise NoValue("division by zero")
    return DECIMAL.remainder(dividend, divisor)


def minus(run: Run, value: Value) -> Value:
    """Return -value."""
    return DECIMAL.minus(as_number(run, value))


def as_number(run: Run, value: Value) -> Decimal:
    """Return the value as a number: null and the empty text are 0."""
    match value:
        case Decimal():
            return value
        case None | "":
            return Decimal(0)
        case str():
            return number(value)
    raise NoValue(f"a {name_of(value)} is no number")


def as_text(run: Run, value: Value) -> str:
    """Return the value as text: null is empty."""
    return "" if value is None else text_of(value, run)


def joined(run: Run, *parts: Value) -> str:
    """Return the parts of a text with expressions in it as one text."""
    return "".join(as_text(run, part) for part in parts)


def element(run: Run, source: Value, key: Value) -> Value:
    """Return source[key]: an entry of a map, a character, or an item, counted from 0."""
    if isinstance(source, list):
        index = int(as_number(run, key))
        if not 0 <= index < len(source):
            raise NoValue(f"there is no item {index} in a list of {len(source)}")
        return source[index]
    if isinstance(source, dict):
        return source.get(as_text(run, key))
    return member(source, as_text(run, key))


_KINDS: dict[type, Callable[[Run, Value], Value]] = {Decimal: as_number, bool: truth, str: as_text}
