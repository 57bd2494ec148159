"""Built-in functions that reckon with all items of a list (DMN 1.5, 10.3.4.4)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal, DecimalException
from functools import reduce

from engine.feel.arithmetic import add
from engine.feel.comparison import compare
from engine.feel.errors import NoValue
from engine.feel.functions import builtin
from engine.feel.values import DECIMAL, Value, YearsMonths


@builtin("min")
def minimum(*list_: object) -> Value:
    return _extreme(list_, "<")


@builtin("max")
def maximum(*list_: object) -> Value:
    return _extreme(list_, ">")


@builtin("sum")
def total(*list_: object) -> Value:
    if not list_:
        raise NoValue("sum: the list is empty")
    kinds = set(map(type, list_))
    if not kinds <= {Decimal, timedelta, YearsMonths}:
        raise NoValue("sum: every item must be a number or a duration")
    try:
        return reduce(DECIMAL.add if kinds == {Decimal} else add, list_)  # type: ignore[arg-type]
    except DecimalException as error:
        raise NoValue("sum: the result is too large") from error


@builtin("mean")
def mean(*list_: object) -> Decimal:
    numbers = _numbers("mean", list_)
    return DECIMAL.divide(_sum(numbers), Decimal(len(numbers)))


@builtin("product")
def product(*list_: object) -> Decimal:
    try:
        return reduce(DECIMAL.multiply, _numbers("product", list_))
    except DecimalException as error:
        raise NoValue("product: the result is too large") from error


@builtin("median")
def median(*list_: object) -> Decimal:
    numbers = sorted(_numbers("median", list_))
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return DECIMAL.divide(DECIMAL.add(numbers[middle - 1], numbers[middle]), Decimal(2))


@builtin("stddev")
def stddev(*list_: object) -> Decimal:
    numbers = _numbers("stddev", list_)
    if len(numbers) < 2:
        raise NoValue("stddev: two numbers are needed")
    centre = DECIMAL.divide(_sum(numbers), Decimal(len(numbers)))
    squares = [DECIMAL.power(DECIMAL.subtract(number, centre), Decimal(2)) for number in numbers]
    return DECIMAL.sqrt(DECIMAL.divide(_sum(squares), Decimal(len(numbers) - 1)))


@builtin("mode")
def mode(*list_: object) -> list[Value]:
    if not list_:
        return []
    counts = Counter(_numbers("mode", list_))
    most = max(counts.values())
    return [*sorted(number for number, count in counts.items() if count == most)]


def _extreme(items: tuple[Value, ...], operator: str) -> Value:
    if not items:
        raise NoValue("min and max need an item")
    best = items[0]
    compare(operator, best, best)
    for item in items[1:]:
        if compare(operator, item, best):
            best = item
    return best


def _numbers(name: str, items: tuple[Value, ...]) -> list[Decimal]:
    numbers = [item for item in items if isinstance(item, Decimal)]
    if not numbers or len(numbers) != len(items):
        raise NoValue(f"{name}: numbers are needed, and nothing else")
    return numbers


def _sum(numbers: list[Decimal]) -> Decimal:
    return reduce(DECIMAL.add, numbers)
