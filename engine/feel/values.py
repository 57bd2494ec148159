"""The values of the expression language, and how they enter it and are stored.

| FEEL                       | Python            | stored JSON form                                           |
|----------------------------|-------------------|------------------------------------------------------------|
| null, boolean, string      | None, bool, str   | null, true or false, string                                |
| number                     | Decimal           | integer if integral; a float if it prints the same;        |
|                            | (34 digits)       | else {"@decimal": "0.1000000000000000000000001"}           |
| date                       | date              | {"@date": "2026-10-09"}                                    |
| time                       | time              | {"@time": "08:30:00+08:00"}                                |
| date and time              | datetime          | {"@datetime": "2026-10-09T08:30:00@Asia/Shanghai"}         |
| days and time duration     | timedelta         | {"@duration": "P1DT2H"}                                    |
| years and months duration  | YearsMonths       | {"@duration": "P1Y2M"}                                     |
| range                      | Range             | {"@range": {start, end, start_included, end_included,       |
|                            |                   | and unary if it is written as a test}}                     |
| list                       | list              | array                                                      |
| context                    | dict              | object; one with the single key "@…" becomes               |
|                            |                   | {"@context": {"@…": …}}                                    |

Functions have no stored form. `from_json(to_json(value)) == value` for every other value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from itertools import count
from typing import TypeAlias

from engine.feel.errors import UnsupportedValue
from engine.feel.far import FarDate, FarDateTime, FineTime

Value: TypeAlias = object

MAX_STORED = 1_000_000

DECIMAL = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Numbers are decimal128, as the standard asks."""


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration, counted in months."""

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends.

    `unary` is the operator of a range that is written as a test, `(> 5)`: there an end that is None is infinity;
    in any other, nothing can be compared with it.
    """

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True
    unary: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function: built in, or defined by an expression or a model.

    `call` takes the running evaluation and the arguments, as many as `parameters` (any number if `variadic`);
    `required` counts those that must be given: all of them by name if it `is_strict`, while others take null for what
    is not named. A function of several forms has them as `alternatives`; `types` are those that its parameters and last
    its result declare, with None for those that do not. One that `is_recorded` depends on more than its arguments and
    the instant, such as on a calendar: an instance's history keeps what it told, and a replay is told the same.
    """

    name: str
    parameters: tuple[str, ...]
    call: Callable[..., Value]
    required: int = 0
    variadic: bool = False
    alternatives: tuple[Function, ...] = ()
    is_strict: bool = False
    types: tuple[object, ...] = ()
    is_recorded: bool = False


ATOMS = frozenset({type(None), bool, str, Decimal, date, time, datetime, timedelta, YearsMonths, Range, Function})
ATOMS |= {FarDate, FarDateTime, FineTime}
"""The types of the language that hold nothing else which would have to be taken in."""


def from_json(value: object) -> Value:
    """Return `value`, stored JSON or a plain Python value, as a value of the language, exactly.

    Raises UnsupportedValue when it, or something inside it, has no place in the language.
    """
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind is int:
        return Decimal(value)  # type: ignore[arg-type]
    if kind is list:
        return [item if type(item) in ATOMS else from_json(item) for item in value]  # type: ignore[attr-defined]
    if kind is dict:
        return _context(value)  # type: ignore[arg-type]
    return _uncommon(value)


def to_json(value: Value, most: int = MAX_STORED) -> object:
    """Return the stored JSON form of `value`, which may have so many parts; see the table above.

    Raises UnsupportedValue for functions, and for what is too large or too deep to be stored.
    """
    try:
        return _stored(value, count(-most))
    except RecursionError:
        raise UnsupportedValue("the value is too deeply nested to be stored") from None


def _stored(value: Value, visited: Iterator[int]) -> object:
    # The text forms live beside the parser of dates, which needs the classes above.
    from engine.feel.temporal import to_text

    if next(visited) >= 0:
        raise UnsupportedValue("the value has too many parts to be stored")
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if kind is Decimal:
        return _number(value)  # type: ignore[arg-type]
    match value:
        case datetime():
            return {"@datetime": to_text(value)}
        case date():
            return {"@date": to_text(value)}
        case time():
            return {"@time": to_text(value)}
        case timedelta() | YearsMonths():
            return {"@duration": to_text(value)}
        case Range():
            return {"@range": _stored_range(value, visited)}
        case list():
            return [_stored(item, visited) for item in value]
        case dict():
            context = {name: _stored(item, visited) for name, item in value.items()}
            return {"@context": context} if _is_tagged(context) else context
    raise UnsupportedValue(f"a {type(value).__name__.lower()} cannot be stored")


def _stored_range(value: Range, visited: Iterator[int]) -> dict[str, object]:
    ends = {"start": _stored(value.start, visited), "end": _stored(value.end, visited)}
    stored = {**ends, "start_included": value.start_included, "end_included": value.end_included}
    return {**stored, "unary": value.unary} if value.unary else stored


def _number(value: Decimal) -> object:
    if value == value.to_integral_value() and value.adjusted() < 34:
        return int(value)
    shortest = float(value)
    return shortest if Decimal(repr(shortest)) == value else {"@decimal": str(value)}


def _uncommon(value: object) -> Value:
    """Take in what is rare: floats, and subclasses of the common types."""
    match value:
        case float():
            number = Decimal(repr(value))
            if not number.is_finite():
                raise UnsupportedValue(f"{value} is no number")
            return number
        case bool() | int():
            return Decimal(int(value))
        case str():
            return str.__str__(value)
        case Mapping():
            return _context(value)
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return [from_json(item) for item in value]
    raise UnsupportedValue(f"a {type(value).__name__} cannot be used in an expression")


def _is_tagged(value: Mapping[str, object]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith("@")


def _context(value: Mapping[object, object]) -> Value:
    # The many contexts of a list are taken in with few steps; what is unusual goes the long way.
    taken: dict[str, Value] = {}
    tag = ""
    for name, item in value.items():
        kind = type(item)
        if type(name) is not str:
            return _unusual_context(value)
        tag = name
        taken[name] = item if kind in ATOMS else Decimal(item) if kind is int else from_json(item)  # type: ignore[arg-type]
    return _unusual_context(value) if len(taken) == 1 and tag[:1] == "@" else taken


def _unusual_context(value: Mapping[object, object]) -> Value:
    for name in value:
        if not isinstance(name, str):
            raise UnsupportedValue(f"a context needs strings as names, not a {type(name).__name__}")
    if len(value) == 1:
        ((tag, content),) = value.items()
        if str(tag).startswith("@"):
            tagged = _untagged(str(tag), content)
            if tagged is not None:
                return tagged
    return {str(name): from_json(item) for name, item in value.items()}


def _untagged(tag: str, content: object) -> Value | None:
    """Return the value that {tag: content} stands for, or None if it is an ordinary context."""
    from engine.feel.temporal import parse_duration, parse_temporal

    match tag, content:
        case "@context", dict():
            return {str(name): from_json(item) for name, item in content.items()}
        case "@decimal", str():
            try:
                number = Decimal(content)
            except InvalidOperation:
                return None
            return number if number.is_finite() else None
        case "@duration", str():
            return parse_duration(content)
        case (("@date" | "@time" | "@datetime"), str()):
            return parse_temporal(tag[1:], content)
        case "@range", {"start": start, "end": end, "start_included": bool() as first, "end_included": bool() as last}:
            unary = content.get("unary", "") if isinstance(content, dict) else ""
            return Range(from_json(start), from_json(end), first, last, str(unary))
    return None
