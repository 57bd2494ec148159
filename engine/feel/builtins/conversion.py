"""Built-in functions that make values from others (DMN 1.5, 10.3.4.1)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from engine.feel.calendar import as_datetime, in_zone, months_between
from engine.feel.errors import NoValue
from engine.feel.far import combine, fine_time
from engine.feel.far import make_date as make_date_of
from engine.feel.functions import builtin
from engine.feel.temporal import parse_date, parse_datetime, parse_duration, parse_time, zone_named
from engine.feel.values import DECIMAL, YearsMonths

_T = TypeVar("_T")
_SEPARATORS = (" ", ",", ".", None)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@builtin("number")
def number(
    from_: str | Decimal, grouping_separator: str | None = None, decimal_separator: str | None = None
) -> Decimal:
    if isinstance(from_, Decimal):
        if grouping_separator is not None or decimal_separator is not None:
            raise NoValue("number: separators are for text")
        return from_
    if grouping_separator not in _SEPARATORS or decimal_separator not in (".", ",", None):
        raise NoValue("number: digits are grouped by a space, comma or point; decimals follow a point or comma")
    if grouping_separator is not None and grouping_separator == decimal_separator:
        raise NoValue("number: one sign cannot both group digits and separate decimals")
    text = from_.replace(grouping_separator, "") if grouping_separator else from_
    text = text.replace(decimal_separator, ".") if decimal_separator else text
    if not _NUMBER.fullmatch(text):
        raise NoValue(f"number: {from_!r} is no number")
    try:
        return DECIMAL.create_decimal(text)
    except InvalidOperation as error:
        raise NoValue(f"number: {from_!r} is out of range") from error


@builtin("date")
def make_date(from_: str | date | datetime) -> date:
    if isinstance(from_, datetime):
        return from_.date()
    if isinstance(from_, date):
        return from_
    return _parsed(parse_date(from_), "date", from_)


@builtin("date")
def date_of(year: Decimal, month: Decimal, day: Decimal) -> date:
    try:
        return make_date_of(int(year), int(month), int(day))
    except (ValueError, OverflowError) as error:
        raise NoValue(f"date: there is no {year}-{month}-{day}: {error}") from error


@builtin("time")
def make_time(from_: str | time | date | datetime) -> time:
    match from_:
        case datetime():
            return from_.timetz()
        case date():
            return time(tzinfo=zone_named("Z"))
        case time():
            return from_
    return _parsed(parse_time(from_), "time", from_)


@builtin("time")
def time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None = None) -> time:
    zone = None
    if offset is not None:
        sign, seconds = ("-" if offset < timedelta() else "+"), int(abs(offset).total_seconds())
        zone = zone_named(f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}")
    try:
        return fine_time(int(hour), int(minute), int(second), int((second % 1) * 10**9), zone)
    except (ValueError, OverflowError) as error:
        raise NoValue(f"time: there is no {hour}:{minute}:{second}") from error


@builtin("date and time")
def make_datetime(from_: str | date | datetime) -> datetime:
    if isinstance(from_, date):
        return as_datetime(from_)
    return _parsed(parse_datetime(from_), "date and time", from_)


@builtin("date and time")
def datetime_of(date: date | datetime, time: time) -> datetime:
    return combine(date, time)


@builtin("date and time")
def datetime_in(date_and_time: datetime, timezone: str) -> datetime:
    """Camunda's addition: the same instant in another zone."""
    zone = zone_named(timezone if timezone[:1] in ("Z", "+", "-") else f"@{timezone}")
    if zone is None or date_and_time.tzinfo is None:
        raise NoValue(f"date and time: there is no zone {timezone}, or the date and time has none to begin with")
    return in_zone(date_and_time, zone)


@builtin("duration")
def duration(from_: str | timedelta | YearsMonths) -> timedelta | YearsMonths:
    if isinstance(from_, str):
        length = parse_duration(from_)
        if length is None:
            raise NoValue(f"duration: {from_!r} is none")
        return length
    return from_


@builtin("years and months duration")
def years_and_months(from_: date | datetime, to: date | datetime) -> YearsMonths:
    return months_between(from_, to)


def _parsed(value: _T | None, kind: str, text: str) -> _T:
    if value is None:
        raise NoValue(f"{kind}: {text!r} is none")
    return value
