"""Built-in functions on numbers (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)

from engine.feel.errors import NoValue
from engine.feel.functions import builtin
from engine.feel.scope import Run
from engine.feel.values import DECIMAL, YearsMonths

SLOW = 20
"""Steps that a logarithm and the like cost."""


def _rounded(number: Decimal, scale: Decimal | None, rounding: str) -> Decimal:
    digits = 0 if scale is None else int(scale)
    if not -6111 <= digits <= 6176:
        raise NoValue(f"the scale {digits} is outside -6111 to 6176")
    if -digits < number.adjusted() - 33 or not number:
        return number
    try:
        return number.quantize(Decimal((0, (1,), -digits)), rounding=rounding, context=DECIMAL)
    except DecimalException as error:
        raise NoValue(f"{number} cannot be rounded to {digits} digits") from error


@builtin("decimal")
def decimal(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, ROUND_HALF_EVEN)


@builtin("floor")
def floor(n: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
    return _rounded(n, scale, ROUND_FLOOR)


@builtin("ceiling")
def ceiling(n: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
    return _rounded(n, scale, ROUND_CEILING)


@builtin("round up")
def round_up(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, ROUND_UP)


@builtin("round down")
def round_down(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, ROUND_DOWN)


@builtin("round half up")
def round_half_up(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, ROUND_HALF_UP)


@builtin("round half down")
def round_half_down(n: Decimal, scale: Decimal) -> Decimal:
    return _rounded(n, scale, ROUND_HALF_DOWN)


@builtin("abs")
def absolute(n: Decimal) -> Decimal:
    return DECIMAL.abs(n)


@builtin("abs")
def absolute_duration(n: timedelta | YearsMonths) -> timedelta | YearsMonths:
    return YearsMonths(abs(n.months)) if isinstance(n, YearsMonths) else abs(n)


@builtin("modulo")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise NoValue("modulo: division by zero")
    try:
        whole = DECIMAL.divide(dividend, divisor).to_integral_value(rounding=ROUND_FLOOR)
        return DECIMAL.subtract(dividend, DECIMAL.multiply(divisor, whole))
    except DecimalException as error:
        raise NoValue("modulo: the numbers are too far apart") from error


@builtin("sqrt")
def sqrt(number: Decimal) -> Decimal:
    if number < 0:
        raise NoValue("sqrt: the number is negative")
    return DECIMAL.sqrt(number)


@builtin("log")
def log(run: Run, number: Decimal) -> Decimal:
    run.spend(SLOW)
    if number <= 0:
        raise NoValue("log: the number is not positive")
    return DECIMAL.ln(number)


@builtin("exp")
def exp(run: Run, number: Decimal) -> Decimal:
    run.spend(SLOW)
    try:
        return DECIMAL.exp(number)
    except DecimalException as error:
        raise NoValue("exp: the result is too large") from error


def is_whole(number: Decimal) -> bool:
    """Return whether the number is an integer."""
    return number == number.to_integral_value()


@builtin("odd")
def odd(number: Decimal) -> bool:
    return is_whole(number) and int(number) % 2 == 1


@builtin("even")
def even(number: Decimal) -> bool:
    return is_whole(number) and int(number) % 2 == 0
