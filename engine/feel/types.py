"""The types of the expression language: what `instance of` and declared types ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine.feel.far import kind_of
from engine.feel.values import Function, Range, Value, YearsMonths


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its name, and what it is made of.

    `of` holds the type of a list's items or a range's ends, a function's parameters and last its result;
    `members` a context's.
    """

    name: str
    of: tuple[Type, ...] = ()
    members: tuple[tuple[str, Type], ...] = ()


ANY = Type("Any")

SIMPLE: Mapping[str, type] = {
    "string": str,
    "number": Decimal,
    "boolean": bool,
    "date": date,
    "time": time,
    "date and time": datetime,
    "days and time duration": timedelta,
    "years and months duration": YearsMonths,
}
_OTHER_SPELLINGS = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "days and time duration": "days and time duration",
}
_NAMES = {kind: name for name, kind in SIMPLE.items()}


COMPOSED = frozenset({"Any", "Null", "list", "context", "range", "function"})

TYPE_NAMES = frozenset({*SIMPLE, *COMPOSED, *_OTHER_SPELLINGS})


def type_named(name: str) -> Type | None:
    """Return the type that has this name without being made of others, or None."""
    name = _OTHER_SPELLINGS.get(name, name)
    return Type(name) if name in SIMPLE or name in COMPOSED else None


def resolved(wanted: Type, defined: Callable[[str], Type | None]) -> Type:
    """Return the type with every name in it that is not the language's own replaced by what is defined.

    Raises KeyError with the name of a type that is not.
    """
    if wanted.name not in SIMPLE and wanted.name not in COMPOSED:
        known = type_named(wanted.name) or defined(wanted.name)
        if known is None:
            raise KeyError(wanted.name)
        return known
    of = tuple(resolved(each, defined) for each in wanted.of)
    return Type(wanted.name, of, tuple((name, resolved(kind, defined)) for name, kind in wanted.members))


def name_of(value: Value) -> str:
    """Return the name of the value's type, for messages."""
    match value:
        case None:
            return "null"
        case list() | dict():
            return "list" if isinstance(value, list) else "context"
        case Range() | Function():
            return type(value).__name__.lower()
    kind = kind_of(value)
    return _NAMES.get(kind, kind.__name__)


def is_instance(value: Value, wanted: Type) -> bool:
    """Return whether the value is of the type; null is of none but Any and Null."""
    if value is None or wanted.name == "Any":
        return value is not None or wanted.name == "Null"
    match wanted.name, value:
        case "list", list():
            return not wanted.of or all(item is None or is_instance(item, wanted.of[0]) for item in value)
        case "context", dict():
            return all(
                name in value and (value[name] is None or is_instance(value[name], kind))
                for name, kind in wanted.members
            )
        case "range", Range():
            ends = [end for end in (value.start, value.end) if end is not None]
            return not wanted.of or (bool(ends) and all(is_instance(end, wanted.of[0]) for end in ends))
        case "function", Function():
            return not wanted.of or _is_function(value, wanted)
        case named, _ if named not in SIMPLE and named not in COMPOSED:
            raise TypeError(f"the type {named} was never resolved")
    return SIMPLE.get(wanted.name) is kind_of(value)


def _is_function(function: Function, wanted: Type) -> bool:
    """Return whether the function takes as many parameters, and those types that it declares conform."""
    from engine.feel.conformance import functions_conform

    count = len(wanted.of) - 1
    if function.is_strict or not function.types:
        forms = function.alternatives or (function,)
        return any(form.required <= count and (form.variadic or count <= len(form.parameters)) for form in forms)
    # What is not declared takes anything, and may return what is wanted.
    declared = [kind if isinstance(kind, Type) else None for kind in function.types]
    given = (*(kind or ANY for kind in declared[:-1]), declared[-1] or wanted.of[-1])
    return functions_conform(given, wanted.of)
