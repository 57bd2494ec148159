"""The members of values: entries of contexts, and what dates, durations and ranges tell by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel.errors import NoValue
from engine.feel.far import kind_of, nano_of
from engine.feel.temporal import zone_name
from engine.feel.types import name_of
from engine.feel.values import Range, Value, YearsMonths


def member(value: Value, name: str) -> Value:
    """Return the member of `value` with this name; of a list, the list of its items' members.

    Raises NoValue when there is none.
    """
    if isinstance(value, dict):
        if name in value:
            return value[name]
        raise NoValue(f"the context has no entry {name}")
    if isinstance(value, list):
        return [_or_null(item, name) for item in value]
    if value is None:
        raise NoValue(f"null has no {name}")
    told = _PROPERTIES.get(kind_of(value), {}).get(name)
    if told is None:
        raise NoValue(f"a {name_of(value)} has no {name}")
    return told(value)


def _or_null(item: Value, name: str) -> Value:
    try:
        return member(item, name)
    except NoValue:
        return None


def _whole(number: int) -> Decimal:
    return Decimal(number)


def _years(value: YearsMonths) -> Decimal:
    return Decimal(int(value.months / 12))


def _months(value: YearsMonths) -> Decimal:
    return Decimal(value.months - int(value.months / 12) * 12)


def _part(unit: int, size: int | None) -> Callable[[timedelta], Decimal]:
    """Return what tells one part of a duration: seconds // unit, below size, with the duration's sign."""

    def told(value: timedelta) -> Decimal:
        seconds = Decimal(abs(value) // timedelta(microseconds=1)) / 1_000_000
        number = seconds // unit if unit > 1 else seconds
        part = number % size if size else number
        return -part if value < timedelta() else part

    return told


def _offset(value: Any) -> Value:
    return value.utcoffset()


def _zone(value: Any) -> Value:
    return zone_name(value.tzinfo)


_DATE: dict[str, Callable[[Any], Value]] = {
    "year": lambda day: _whole(day.year),
    "month": lambda day: _whole(day.month),
    "day": lambda day: _whole(day.day),
    "weekday": lambda day: _whole(day.isoweekday()),
}
_TIME: dict[str, Callable[[Any], Value]] = {
    "hour": lambda clock: _whole(clock.hour),
    "minute": lambda clock: _whole(clock.minute),
    "second": lambda clock: clock.second + _whole(nano_of(clock)) / 1_000_000_000,
    "time offset": _offset,
    "timezone": _zone,
}
_RANGE: dict[str, Callable[[Any], Value]] = {
    "start": lambda interval: interval.start,
    "end": lambda interval: interval.end,
    "start included": lambda interval: interval.start_included,
    "end included": lambda interval: interval.end_included,
}
_PROPERTIES: dict[type, dict[str, Callable[[Any], Value]]] = {
    date: _DATE,
    datetime: _DATE | _TIME,
    time: _TIME,
    timedelta: {
        "days": _part(86_400, None),
        "hours": _part(3_600, 24),
        "minutes": _part(60, 60),
        "seconds": _part(1, 60),
    },
    YearsMonths: {"years": _years, "months": _months},
    Range: _RANGE,
}
