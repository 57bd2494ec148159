"""Equality, order and membership of values.

Each raises NoValue with the reason where values do not go together.
"""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from engine.feel.calendar import instants
from engine.feel.errors import EvaluationLimit, NoValue
from engine.feel.far import kind_of
from engine.feel.scope import Run
from engine.feel.types import name_of
from engine.feel.values import Range, Value, YearsMonths

ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_ORDERED = frozenset({Decimal, str, date, time, datetime, timedelta, YearsMonths})
_INSTANTS = frozenset({time, datetime})
_SCALAR = frozenset({Decimal, str, bool, date, timedelta, YearsMonths})


def equal(left: Value, right: Value) -> bool | None:
    """Return whether two values are equal; values of different types are not comparable.

    Raises NoValue when the types differ and neither is null.
    """
    kind = kind_of(left)
    if left is None or right is None:
        return left is right
    if kind is not kind_of(right):
        raise NoValue(f"a {name_of(left)} cannot be equal to a {name_of(right)}")
    if kind in _SCALAR:
        return left == right
    return is_same(left, right)


MAX_COMPARED = 100_000
"""Items and entries that one comparison looks at: lists may hold the same list many times over."""


def is_same(left: Value, right: Value, run: Run | None = None) -> bool:
    """Return whether two values are equal, where values of different types simply are not.

    What is compared inside them is taken from the budget of `run`.
    Raises EvaluationLimit when they are too large to be compared.
    """
    if kind_of(left) is not kind_of(right):
        return False
    if type(left) in _SCALAR:
        return left == right
    visited = count(1)
    result = _is_alike(left, right, visited)
    if run is not None:
        run.spend(next(visited) >> 2)
    return result


def _is_alike(left: Value, right: Value, visited: Iterator[int]) -> bool:
    if left is right:
        return True
    if kind_of(left) is not kind_of(right):
        return False
    if next(visited) > MAX_COMPARED:
        raise EvaluationLimit(f"a comparison looks at more than {MAX_COMPARED} items")
    match left, right:
        case ((datetime() | time()), (datetime() | time())):
            first, last = instants(left, right)
            return (left.tzinfo is None) == (right.tzinfo is None) and first == last
        case list(), list():
            pairs = zip(left, right, strict=False)
            return len(left) == len(right) and all(_is_alike(one, other, visited) for one, other in pairs)
        case dict(), dict():
            return left.keys() == right.keys() and all(
                _is_alike(value, right[name], visited) for name, value in left.items()
            )
        case Range(), Range():
            forms = [(each.start_included, each.end_included, each.unary) for each in (left, right)]
            return forms[0] == forms[1] and is_same(left.start, right.start) and is_same(left.end, right.end)
    return left == right


def compare(operator: str, left: Value, right: Value) -> bool | None:
    """Return whether `left` stands in this order to `right`.

    Raises NoValue when they have no order.
    """
    kind = kind_of(left)
    if kind is not kind_of(right) or kind not in _ORDERED:
        raise NoValue(f"a {name_of(left)} cannot be compared with a {name_of(right)}")
    if kind in _INSTANTS:
        return ORDER[operator](*instants(left, right))  # type: ignore[arg-type]
    return ORDER[operator](left, right)


def includes(interval: Range, value: Value) -> bool | None:
    """Return whether the range includes the value.

    Raises NoValue when the value cannot be compared with its ends.
    """
    if value is None:
        return None
    if interval.unary == "!=":
        return not is_same(value, interval.start)
    if not interval.unary and (interval.start is None or interval.end is None):
        raise NoValue("the range has an end that is null")
    after = interval.start is None or compare(">=" if interval.start_included else ">", value, interval.start)
    before = interval.end is None or compare("<=" if interval.end_included else "<", value, interval.end)
    return bool(after and before)


def make_range(start: Value, end: Value, start_included: bool, end_included: bool) -> Value:
    """Return the range between two values.

    Raises NoValue when they have no order, or the wrong one.
    """
    if start is None and end is None:
        raise NoValue("a range needs an end")
    if start is not None and end is not None and compare("<=", start, end) is not True:
        raise NoValue(f"a range cannot run from this {name_of(start)} down to a lower one")
    return Range(start, end, start_included, end_included)


def is_member(value: Value, among: Value) -> bool | None:
    """Return whether `value` is `among`, or in it if that is a list or a range: the meaning of `in`.

    Raises NoValue when the types do not go together.
    """
    match among:
        case Range():
            return includes(among, value) if not isinstance(value, Range) else is_same(value, among)
        case list():
            return any(_is_in_item(value, item) for item in among) or (
                isinstance(value, list) and is_same(value, among)
            )
    return equal(value, among)


def _is_in_item(value: Value, item: Value) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        try:
            return bool(includes(item, value))
        except NoValue:
            return False
    return is_same(value, item)
