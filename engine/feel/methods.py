"""The methods that ${…} expressions may call on values: an allow-list, by the names that Java gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from engine.feel.builtins.strings import matches, replace, split
from engine.feel.calendar import add_months, add_time
from engine.feel.coercion import as_text
from engine.feel.comparison import compare, is_same
from engine.feel.errors import NoValue
from engine.feel.far import combine, kind_of, nanoseconds, plain_date
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


def _sublist(items: list[Value], begin: Value, end: Value) -> list[Value]:
    first, last = _whole(begin), _whole(end)
    if not 0 <= first <= last <= len(items):
        raise NoValue(f"subList: {first} to {last} is outside the list")
    return items[first:last]


def _compared(left: Any, right: Value) -> Decimal:
    return Decimal(bool(compare(">", left, right)) - bool(compare("<", left, right)))


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Return two dates as dates and times if one of them is: a date is its midnight in the other's zone."""
    if isinstance(left, datetime) and isinstance(right, date) and not isinstance(right, datetime):
        return left, combine(right, time(tzinfo=left.tzinfo))
    if isinstance(right, datetime) and isinstance(left, date) and not isinstance(left, datetime):
        return combine(left, time(tzinfo=right.tzinfo)), right
    return left, right


def _has_item(items: Iterable[Value], wanted: Value) -> bool:
    return any(is_same(item, wanted) for item in items)


def _with(part: str, least: int, most: int) -> Method:
    """Return the method that sets one part of a date or time: an hour, a day of the month."""

    def changed(moment: Any, number: Value) -> Value:
        value = _whole(number)
        if not least <= value <= most:
            raise NoValue(f"the {part} {value} is outside {least} to {most}")
        return plain_date(moment).replace(**{part: value})

    return changed


def _told(part: str) -> Method:
    return lambda moment: Decimal(getattr(moment, part))


def _milliseconds(moment: datetime) -> Decimal:
    if moment.tzinfo is None:
        raise NoValue("a date and time without a zone is no instant")
    return Decimal((nanoseconds(moment) - nanoseconds(datetime(1970, 1, 1, tzinfo=UTC))) // 1_000_000)


def _moved(**unit: int) -> Method:
    length = timedelta(**unit)
    return lambda moment, number: add_time(moment, length * _whole(number))


def _moved_months(months: int) -> Method:
    return lambda moment, number: add_months(moment, months * _whole(number))


_STRING: Mapping[str, Method] = {
    "charAt": _char_at,
    "concat": lambda string, other: string + _text(other),
    "compareTo": _compared,
    "contains": lambda string, part: _text(part) in string,
    "endsWith": lambda string, end: string.endswith(_text(end)),
    "equalsIgnoreCase": lambda string, other: string.casefold() == _text(other).casefold(),
    "indexOf": lambda string, part: Decimal(string.find(_text(part))),
    "isBlank": lambda string: not string.strip(),
    "isEmpty": lambda string: not string,
    "lastIndexOf": lambda string, part: Decimal(string.rfind(_text(part))),
    "length": lambda string: Decimal(len(string)),
    "matches": lambda string, pattern: matches(string, f"^(?:{_text(pattern)})$"),
    "replace": lambda string, old, new: string.replace(_text(old), _text(new)),
    "replaceAll": lambda string, pattern, new: replace(string, _text(pattern), _text(new)),
    "split": lambda string, pattern: split(string, _text(pattern)),
    "startsWith": lambda string, start: string.startswith(_text(start)),
    "substring": _substring,
    "toLowerCase": lambda string: string.lower(),
    "toUpperCase": lambda string: string.upper(),
    "strip": lambda string: string.strip(),
    "trim": lambda string: string.strip(),
}
_LIST: Mapping[str, Method] = {
    "contains": _has_item,
    "containsAll": lambda items, wanted: all(_has_item(items, item) for item in wanted),
    "get": _item,
    "indexOf": _index_of,
    "isEmpty": lambda items: not items,
    "size": lambda items: Decimal(len(items)),
    "subList": _sublist,
}
_MAP: Mapping[str, Method] = {
    "containsKey": lambda context, key: key in context,
    "containsValue": lambda context, value: _has_item(context.values(), value),
    "get": lambda context, key: context.get(key),
    "getOrDefault": lambda context, key, default: context.get(key, default),
    "isEmpty": lambda context: not context,
    "keySet": list,
    "size": lambda context: Decimal(len(context)),
    "values": lambda context: list(context.values()),
}
_DATE: Mapping[str, Method] = {
    "isAfter": lambda moment, other: compare(">", *_alike(moment, other)),
    "isBefore": lambda moment, other: compare("<", *_alike(moment, other)),
    "plusDays": _moved(days=1),
    "minusDays": _moved(days=-1),
    "plusWeeks": _moved(weeks=1),
    "minusWeeks": _moved(weeks=-1),
    "plusMonths": _moved_months(1),
    "minusMonths": _moved_months(-1),
    "plusYears": _moved_months(12),
    "minusYears": _moved_months(-12),
    "toDate": lambda moment: moment,
    "after": lambda moment, other: compare(">", *_alike(moment, other)),
    "before": lambda moment, other: compare("<", *_alike(moment, other)),
    "isEqual": lambda moment, other: is_same(*_alike(moment, other)),
    "compareTo": lambda moment, other: _compared(*_alike(moment, other)),
    "getYear": _told("year"),
    "getMonthOfYear": _told("month"),
    "getMonthValue": _told("month"),
    "getDayOfMonth": _told("day"),
    "getDayOfWeek": lambda moment: Decimal(moment.isoweekday()),
    "withYear": _with("year", 1, 9999),
    "withMonthOfYear": _with("month", 1, 12),
    "withDayOfMonth": _with("day", 1, 31),
}
_DATETIME: Mapping[str, Method] = {
    **_DATE,
    "plusHours": _moved(hours=1),
    "minusHours": _moved(hours=-1),
    "plusMinutes": _moved(minutes=1),
    "minusMinutes": _moved(minutes=-1),
    "plusSeconds": _moved(seconds=1),
    "minusSeconds": _moved(seconds=-1),
    "getTime": _milliseconds,
    "getMillis": _milliseconds,
    "getHourOfDay": _told("hour"),
    "getMinuteOfHour": _told("minute"),
    "getSecondOfMinute": _told("second"),
    "withHourOfDay": _with("hour", 0, 23),
    "withMinuteOfHour": _with("minute", 0, 59),
    "withSecondOfMinute": _with("second", 0, 59),
    "withMillisOfSecond": lambda moment, number: moment.replace(microsecond=_whole(number) * 1000),
    "toLocalDate": lambda moment: moment.date(),
    "withTimeAtStartOfDay": lambda moment: combine(moment, time(tzinfo=moment.tzinfo)),
}
_NUMBER: Mapping[str, Method] = {
    "abs": abs,
    "compareTo": _compared,
    "doubleValue": lambda number: number,
    "intValue": lambda number: Decimal(int(number)),
    "longValue": lambda number: Decimal(int(number)),
}
METHODS: Mapping[type, Mapping[str, Method]] = {
    str: _STRING,
    Decimal: _NUMBER,
    list: _LIST,
    dict: _MAP,
    date: _DATE,
    datetime: _DATETIME,
}
_ANY: Mapping[str, Method] = {"equals": is_same, "toString": as_text}
NAMES = frozenset(_ANY.keys() | set().union(*METHODS.values()))
"""Every method that some value has."""
