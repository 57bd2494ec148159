"""Reckoning with dates and times: an instant in a named zone moves on the time line, not on the clock face."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from engine.feel.errors import NoValue
from engine.feel.values import YearsMonths

_DAY = timedelta(days=1)


def add_time(moment: date | time, length: timedelta) -> date | time:
    """Return the moment moved by a duration; a date moves by the whole days, a time of day runs past midnight."""
    match moment:
        case datetime():
            if moment.tzinfo is None:
                return moment + length
            return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)
        case date():
            return (datetime.combine(moment, time()) + length).date()
        case time():
            moved = datetime.combine(date(2000, 1, 1), moment.replace(tzinfo=None)) + length % _DAY
            return moved.time().replace(tzinfo=moment.tzinfo)


def add_months(day: date, months: int) -> date:
    """Return the date (and time) moved by months; a day that the month does not have becomes its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise NoValue(f"the year {year} is outside 1 to 9999")
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def between(first: date, last: date) -> timedelta:
    """Return the duration from `first` to `last`; a date alone is its midnight, in UTC beside one with a zone."""
    start, end = as_datetime(first), as_datetime(last)
    if (start.tzinfo is None) != (end.tzinfo is None):
        if isinstance(first, datetime) and isinstance(last, datetime):
            raise NoValue("a date and time with a zone cannot be reckoned with one without")
        start, end = start.replace(tzinfo=start.tzinfo or UTC), end.replace(tzinfo=end.tzinfo or UTC)
    if start.tzinfo is not None:
        return end.astimezone(UTC) - start.astimezone(UTC)
    return end - start


def months_between(first: date, last: date) -> YearsMonths:
    """Return the whole months from `first` to `last`."""
    start, end = as_datetime(first).replace(tzinfo=None), as_datetime(last).replace(tzinfo=None)
    if start > end:
        return YearsMonths(-months_between(last, first).months)
    months = (end.year - start.year) * 12 + end.month - start.month
    is_incomplete = (end.day, end.time()) < (start.day, start.time())
    return YearsMonths(months - is_incomplete)


def as_datetime(day: date) -> datetime:
    """Return a date and time; of a date alone its midnight."""
    return day if isinstance(day, datetime) else datetime.combine(day, time())


def seconds_of(clock: time) -> float:
    """Return the seconds since midnight, in UTC if the time of day has an offset."""
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1_000_000
    offset = clock.utcoffset()
    return seconds - offset.total_seconds() if offset is not None else seconds
