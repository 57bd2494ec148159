"""Built-in functions that relate points and ranges in time or number (DMN 1.5, 10.3.4.10)."""

from __future__ import annotations

from collections.abc import Callable

from engine.feel.comparison import compare, is_same
from engine.feel.errors import NoValue
from engine.feel.functions import BUILTINS, Unfit
from engine.feel.scope import Run
from engine.feel.values import Function, Range, Value


def _lt(left: Value, right: Value) -> bool:
    return compare("<", left, right) is True


def _eq(left: Value, right: Value) -> bool:
    return is_same(left, right)


def _point(value: Value) -> Range:
    return value if isinstance(value, Range) else Range(value, value)


def _before(one: Value, other: Value) -> bool:
    a, b = _point(one), _point(other)
    touches = _eq(a.end, b.start) and not (a.end_included and b.start_included)
    return _lt(a.end, b.start) or touches


def _after(one: Value, other: Value) -> bool:
    return _before(other, one)


def _meets(one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and _eq(one.end, other.start)


def _met_by(one: Range, other: Range) -> bool:
    return _meets(other, one)


def _overlaps(one: Range, other: Range) -> bool:
    return not _before(one, other) and not _before(other, one)


def _starts_first(one: Range, other: Range) -> bool:
    return _lt(one.start, other.start) or (_eq(one.start, other.start) and one.start_included > other.start_included)


def _ends_first(one: Range, other: Range) -> bool:
    return _lt(one.end, other.end) or (_eq(one.end, other.end) and one.end_included < other.end_included)


def _overlaps_before(one: Range, other: Range) -> bool:
    return _overlaps(one, other) and _starts_first(one, other) and not _ends_first(other, one)


def _overlaps_after(one: Range, other: Range) -> bool:
    return _overlaps_before(other, one)


def _finishes(one: Value, other: Range) -> bool:
    a = _point(one)
    if not isinstance(one, Range):
        return other.end_included and _eq(a.end, other.end)
    return a.end_included == other.end_included and _eq(a.end, other.end) and not _starts_first(a, other)


def _finished_by(one: Range, other: Value) -> bool:
    return _finishes(other, one)


def _includes(one: Range, other: Value) -> bool:
    b = _point(other)
    return not _starts_first(b, one) and not _ends_first(one, b)


def _during(one: Value, other: Range) -> bool:
    return _includes(other, one)


def _starts(one: Value, other: Range) -> bool:
    a = _point(one)
    if not isinstance(one, Range):
        return other.start_included and _eq(a.start, other.start)
    return a.start_included == other.start_included and _eq(a.start, other.start) and not _ends_first(other, a)


def _started_by(one: Range, other: Value) -> bool:
    return _starts(other, one)


def _coincides(one: Value, other: Value) -> bool:
    if isinstance(one, Range) != isinstance(other, Range):
        raise NoValue("coincides: a point cannot coincide with a range")
    return is_same(one, other)


_POINTS, _RANGES, _BOTH = ("point1", "point2"), ("range1", "range2"), (("point", "range"), ("range", "point"))

# Which kinds of operands each relation takes, by the names of its parameters.
_RELATIONS: dict[str, tuple[Callable[..., bool], tuple[tuple[str, str], ...]]] = {
    "before": (_before, (_POINTS, *_BOTH, _RANGES)),
    "after": (_after, (_POINTS, *_BOTH, _RANGES)),
    "meets": (_meets, (_RANGES,)),
    "met by": (_met_by, (_RANGES,)),
    "overlaps": (_overlaps, (_RANGES,)),
    "overlaps before": (_overlaps_before, (_RANGES,)),
    "overlaps after": (_overlaps_after, (_RANGES,)),
    "finishes": (_finishes, (("point", "range"), _RANGES)),
    "finished by": (_finished_by, (("range", "point"), _RANGES)),
    "includes": (_includes, (("range", "point"), _RANGES)),
    "during": (_during, (("point", "range"), _RANGES)),
    "starts": (_starts, (("point", "range"), _RANGES)),
    "started by": (_started_by, (("range", "point"), _RANGES)),
    "coincides": (_coincides, (_POINTS, _RANGES)),
}


def _relation(name: str, relates: Callable[..., bool], parameters: tuple[str, str]) -> Function:
    def call(run: Run, *operands: Value) -> Value:
        for parameter, operand in zip(parameters, operands, strict=True):
            wants_range = parameter.startswith("range")
            if operand is None or isinstance(operand, Range) != wants_range:
                raise Unfit(f"{name}: {parameter} must be a {'range' if wants_range else 'point'}")
            if isinstance(operand, Range) and (operand.start is None or operand.end is None):
                raise NoValue(f"{name}: {parameter} has an end that is null")
        return relates(*operands)

    return Function(name, parameters, call, required=2, is_strict=True)


for _name, (_relates, _signatures) in _RELATIONS.items():
    _forms = tuple(_relation(_name, _relates, parameters) for parameters in _signatures)
    BUILTINS[_name] = Function(_name, (), _forms[0].call, alternatives=_forms)
