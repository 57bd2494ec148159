"""Text as Java's String.format and String.valueOf make it, as far as values of the expression language need it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from engine.feel.errors import NoValue
from engine.feel.temporal import to_text
from engine.feel.text import number_text
from engine.feel.types import name_of

_DIRECTIVE = re.compile(r"%(?:(\d+)\$)?([-+ 0,(#]*)(\d{1,3})?(?:\.(\d{1,2}))?([sSdfexXcbBn%])")


def java_format(pattern: str, *arguments: object) -> str:
    """Return the text with each %-directive replaced.

    Raises NoValue for directives that are none, or that do not fit the arguments.
    """
    given = iter(arguments)

    def replaced(found: re.Match[str]) -> str:
        index, flags, width, digits, kind = found.groups()
        if kind in "n%":
            return "\n" if kind == "n" else "%"
        try:
            value = arguments[int(index) - 1] if index else next(given)
        except (IndexError, StopIteration):
            raise NoValue(f"format: there is no argument for {found[0]}") from None
        text = _directive(kind, flags, digits, value)
        size = int(width or 0)
        if "0" in flags and isinstance(value, Decimal):
            return text[:1] + text[1:].rjust(size - 1, "0") if text[:1] in "+-" else text.rjust(size, "0")
        return text.ljust(size) if "-" in flags else text.rjust(size)

    if "%" in _DIRECTIVE.sub("", pattern):
        raise NoValue(f"format: the pattern {pattern!r} has a % that begins no directive")
    return _DIRECTIVE.sub(replaced, pattern)


def java_text(value: object) -> str:
    """Return the text that String.valueOf and %s make of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return repr(float(value))
        case Decimal():
            return number_text(value)
        case str() | int():
            return str(value)
    try:
        return to_text(value)
    except TypeError:
        raise NoValue(f"format: a {name_of(value)} has no text in Java") from None


def _directive(kind: str, flags: str, digits: str | None, value: object) -> str:
    if kind in "sSbBc":
        text = java_text(value if kind not in "bB" or isinstance(value, bool) else value is not None)
        text = text if digits is None else text[: int(digits)]
        return text.upper() if kind in "SB" else text
    if not isinstance(value, Decimal):
        raise NoValue(f"format: %{kind} takes a number, not a {name_of(value)}")
    if kind in "dxX" and value != int(value):
        raise NoValue(f"format: %{kind} takes a whole number")
    if abs(value.adjusted()) > 400:
        raise NoValue("format: the number is too large to be written out")
    return _number(kind, flags, int(digits or 6), value)


def _number(kind: str, flags: str, digits: int, value: Decimal) -> str:
    sign = ("+" if "+" in flags else "") + ("," if "," in flags else "")
    if kind in "xX":
        return format(int(value), kind)
    if kind == "d":
        return format(int(value), f"{sign}d")
    rounded = (
        value.quantize(Decimal((0, (1,), -digits)), ROUND_HALF_UP) if kind == "f" and value.adjusted() < 20 else value
    )
    return format(rounded, f"{sign}.{digits}{kind}")
