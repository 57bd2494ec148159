"""Values as text: what string() returns, and what stands in a text with an expression in it."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

from engine.feel.errors import EvaluationLimit, NoValue
from engine.feel.scope import MAX_STRING, Run
from engine.feel.temporal import to_text
from engine.feel.values import Function, Range, Value, YearsMonths


def text_of(value: Value, run: Run) -> str:
    """Return the text of a value.

    Raises NoValue for functions and EvaluationLimit for what is too long.
    """
    return _text(value, run, is_inside=False)


def _text(value: Value, run: Run, is_inside: bool) -> str:
    match value:
        case None:
            return "null"
        case str():
            return _quoted(value) if is_inside else value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number_text(value)
        case date() | time() | timedelta() | YearsMonths():
            return to_text(value)
        case Range():
            return _range_text(value, run)
        case list():
            run.spend(4 * len(value))
            return "[" + _joined([_text(item, run, True) for item in value]) + "]"
        case dict():
            run.spend(4 * len(value))
            return "{" + _joined([f"{_key(name)}: {_text(item, run, True)}" for name, item in value.items()]) + "}"
        case Function():
            raise NoValue("a function has no text")
    raise NoValue(f"a {type(value).__name__} has no text")


def number_text(number: Decimal) -> str:
    """Return a number in plain decimal notation, without needless zeros."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _range_text(value: Range, run: Run) -> str:
    if value.unary:
        return f"({value.unary} {_text(value.end if value.start is None else value.start, run, True)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{_text(value.start, run, True)}..{_text(value.end, run, True)}{closing}"


def _joined(parts: list[str]) -> str:
    if sum(map(len, parts)) > MAX_STRING:
        raise EvaluationLimit(f"a string is longer than {MAX_STRING} characters")
    return ", ".join(parts)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(name: str) -> str:
    return name if name.replace(" ", "").replace("_", "").isalnum() else _quoted(name)
