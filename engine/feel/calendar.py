"""Reckoning with dates and times: an instant in a named zone moves on the time line, not on the clock face."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from engine.feel.errors import NoValue
from engine.feel.far import (
    combine,
    date_from_ordinal,
    days_in,
    fine_time,
    from_nanoseconds,
    make_date,
    microseconds,
    nano_of,
    nanoseconds,
)
from engine.feel.values import YearsMonths

_DAY = timedelta(days=1)
_SECOND = 10**9


def add_time(moment: date | time, length: timedelta) -> date | time:
    """Return the moment moved by a duration; a date moves by the whole days, a time of day runs past midnight."""
    try:
        match moment:
            case datetime():
                return from_nanoseconds(nanoseconds(moment) + microseconds(length) * 1000, moment.tzinfo)
            case date():
                return date_from_ordinal(moment.toordinal() + length // _DAY)
            case time():
                return _add_to_clock(moment, length)
    except ValueError as error:
        raise NoValue(str(error)) from error


def _add_to_clock(clock: time, length: timedelta) -> time:
    count = (clock_nanoseconds(clock) + microseconds(length) * 1000) % (86_400 * _SECOND)
    seconds, nano = divmod(count, _SECOND)
    return fine_time(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, clock.tzinfo)


def add_months(day: date, months: int) -> date:
    """Return the date (and time) moved by months; a day that the month does not have becomes its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        moved = make_date(year, month + 1, min(day.day, days_in(year, month + 1)))
    except ValueError as error:
        raise NoValue(str(error)) from error
    return combine(moved, day.timetz()) if isinstance(day, datetime) else moved


def between(first: date, last: date) -> timedelta:
    """Return the duration from `first` to `last`; a date alone is its midnight, in UTC beside one with a zone."""
    start, end = as_datetime(first), as_datetime(last)
    is_mixed = (start.tzinfo is None) != (end.tzinfo is None)
    if is_mixed and isinstance(first, datetime) and isinstance(last, datetime):
        raise NoValue("a date and time with a zone cannot be reckoned with one without")
    # Without a zone, the nanoseconds are those of the same clock in UTC.
    return timedelta(microseconds=(nanoseconds(end) - nanoseconds(start)) // 1000)


def months_between(first: date, last: date) -> YearsMonths:
    """Return the whole months from `first` to `last`."""
    start, end = _on_the_wall(first), _on_the_wall(last)
    if start > end:
        return YearsMonths(-months_between(last, first).months)
    months = (end[0] - start[0]) * 12 + end[1] - start[1]
    return YearsMonths(months - (end[2:] < start[2:]))


def _on_the_wall(day: date) -> tuple[int, int, int, int]:
    nano = clock_nanoseconds(day.timetz()) if isinstance(day, datetime) else 0
    return day.year, day.month, day.day, nano


def as_datetime(day: date) -> datetime:
    """Return a date and time; of a date alone its midnight."""
    return day if isinstance(day, datetime) else combine(day, time())


def in_utc(day: date) -> datetime:
    """Return the midnight in UTC that a date converts to where a date and time is wanted (DMN 1.5, 10.3.2.9.4)."""
    return combine(day, time(tzinfo=UTC))


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Return the same instant in another zone."""
    return from_nanoseconds(nanoseconds(moment), zone)


def clock_nanoseconds(clock: time) -> int:
    """Return the nanoseconds since midnight on the clock."""
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * _SECOND + nano_of(clock)


def instants(left: date | time, right: date | time) -> tuple[int, int]:
    """Return two dates and times, or two times of day, as numbers to compare, in milliseconds.

    Where only one has a zone, the other is taken to be in it (DMN 1.5, table 54).
    """
    both = left.utcoffset(), right.utcoffset()  # type: ignore[union-attr]
    numbers = []
    for value, offset in zip((left, right), both, strict=True):
        count = nanoseconds(value) if isinstance(value, datetime) else clock_nanoseconds(value)  # type: ignore[arg-type]
        if isinstance(value, datetime):
            count += 0 if offset is None or None not in both else microseconds(offset) * 1000
        elif offset is not None and None not in both:
            count -= microseconds(offset) * 1000
        numbers.append(count // 1_000_000)
    return numbers[0], numbers[1]
