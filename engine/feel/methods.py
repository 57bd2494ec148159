"""The methods that ${…} expressions may call on values: an allow-list, by the names that Java gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from engine.feel.builtins.strings import matches, split
from engine.feel.calendar import add_months, add_time
from engine.feel.coercion import as_text
from engine.feel.comparison import compare, is_same
from engine.feel.errors import NoValue
from engine.feel.far import combine, kind_of
from engine.feel.scope import Run
from engine.feel.types import name_of
from engine.feel.values import Value

Method: TypeAlias = Callable[..., Value]


def call_method(name: str) -> Callable[..., Value]:
    """Return the function that calls this method on its first argument, whatever type that has."""

    def call(run: Run, receiver: Value, *arguments: Value) -> Value:
        method = METHODS.get(kind_of(receiver), {}).get(name) or _ANY.get(name)
        if method is None:
            raise NoValue(f"a {name_of(receiver)} has no method {name}")
        try:
            return method(receiver, *arguments) if name != "toString" else as_text(run, receiver)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            raise NoValue(f"{name} does not take these arguments") from error

    return call


def _whole(number: Any) -> int:
    if not isinstance(number, Decimal) or number != int(number):
        raise NoValue("a whole number is wanted")
    return int(number)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NoValue(f"a string is wanted, not a {name_of(value)}")
    return value


def _substring(string: str, begin: Value, end: Value = None) -> str:
    first, last = _whole(begin), len(string) if end is None else _whole(end)
    if not 0 <= first <= last <= len(string):
        raise NoValue(f"substring: {first} to {last} is outside the string")
    return string[first:last]


def _char_at(string: str, index: Value) -> str:
    return _substring(string, index, Decimal(_whole(index) + 1))


def _item(items: list[Value], index: Value) -> Value:
    position = _whole(index)
    if not 0 <= position < len(items):
        raise NoValue(f"there is no item {position} in a list of {len(items)}")
    return items[position]


def _index_of(items: list[Value], wanted: Value) -> Decimal:
    return Decimal(next((index for index, item in enumerate(items) if is_same(item, wanted)), -1))


def _moved(**unit: int) -> Method:
    length = timedelta(**unit)
    return lambda moment, number: add_time(moment, length * _whole(number))


def _moved_months(months: int) -> Method:
    return lambda moment, number: add_months(moment, months * _whole(number))


_STRING: Mapping[str, Method] = {
    "charAt": _char_at,
    "concat": lambda string, other: string + _text(other),
    "contains": lambda string, part: _text(part) in string,
    "endsWith": lambda string, end: string.endswith(_text(end)),
    "equalsIgnoreCase": lambda string, other: string.casefold() == _text(other).casefold(),
    "indexOf": lambda string, part: Decimal(string.find(_text(part))),
    "isEmpty": lambda string: not string,
    "length": lambda string: Decimal(len(string)),
    "matches": lambda string, pattern: matches(string, f"^(?:{_text(pattern)})$"),
    "replace": lambda string, old, new: string.replace(_text(old), _text(new)),
    "split": lambda string, pattern: split(string, _text(pattern)),
    "startsWith": lambda string, start: string.startswith(_text(start)),
    "substring": _substring,
    "toLowerCase": lambda string: string.lower(),
    "toUpperCase": lambda string: string.upper(),
    "trim": lambda string: string.strip(),
}
_LIST: Mapping[str, Method] = {
    "contains": lambda items, item: any(is_same(each, item) for each in items),
    "get": _item,
    "indexOf": _index_of,
    "isEmpty": lambda items: not items,
    "size": lambda items: Decimal(len(items)),
}
_MAP: Mapping[str, Method] = {
    "containsKey": lambda context, key: key in context,
    "get": lambda context, key: context.get(key),
    "isEmpty": lambda context: not context,
    "keySet": list,
    "size": lambda context: Decimal(len(context)),
    "values": lambda context: list(context.values()),
}
_DATE: Mapping[str, Method] = {
    "isAfter": lambda moment, other: compare(">", moment, other),
    "isBefore": lambda moment, other: compare("<", moment, other),
    "plusDays": _moved(days=1),
    "minusDays": _moved(days=-1),
    "plusWeeks": _moved(weeks=1),
    "minusWeeks": _moved(weeks=-1),
    "plusMonths": _moved_months(1),
    "minusMonths": _moved_months(-1),
    "plusYears": _moved_months(12),
    "minusYears": _moved_months(-12),
    "toDate": lambda moment: moment,
}
_DATETIME: Mapping[str, Method] = {
    **_DATE,
    "plusHours": _moved(hours=1),
    "minusHours": _moved(hours=-1),
    "plusMinutes": _moved(minutes=1),
    "minusMinutes": _moved(minutes=-1),
    "plusSeconds": _moved(seconds=1),
    "minusSeconds": _moved(seconds=-1),
    "toLocalDate": lambda moment: moment.date(),
    "withTimeAtStartOfDay": lambda moment: combine(moment, time(tzinfo=moment.tzinfo)),
}
METHODS: Mapping[type, Mapping[str, Method]] = {
    str: _STRING,
    list: _LIST,
    dict: _MAP,
    date: _DATE,
    datetime: _DATETIME,
}
_ANY: Mapping[str, Method] = {"equals": is_same, "toString": as_text}
NAMES = frozenset(_ANY.keys() | set().union(*METHODS.values()))
"""Every method that some value has."""
