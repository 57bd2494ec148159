"""Cron expressions as Camunda 7 (Quartz) has them: second, minute, hour, day, month, weekday and, if need be, year.

A `?` or `*` for the day or the weekday leaves it open; one of both must. Weekdays count from 1, a Sunday, to 7.
`L` is the last day, `L-3` the third before it, `LW` the last from Monday to Friday, `15W` that nearest to the 15th,
`FRIL` or `6L` the month's last Friday, `6#3` its third. Camunda 8 (Spring) counts weekdays from 1, a Monday, to 7, and
0 is a Sunday too; `as_quartz` puts names for its numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

Days = Callable[[date], bool]
_MONTHS = {name: number for number, name in enumerate(
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
)}  # fmt: skip
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_OPEN = ("*", "?")
_PART = re.compile(r"(?:(?P<all>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[0-9]{1,4}))?")
_LAST_YEAR = 2199
_CYCLE_OF_THE_CALENDAR = 40
"""Years within which every day of month and week comes round, a century without a leap year included."""


_MACROS = {
    "@YEARLY": "0 0 0 1 1 *", "@ANNUALLY": "0 0 0 1 1 *", "@MONTHLY": "0 0 0 1 * *", "@WEEKLY": "0 0 0 * * SUN",
    "@DAILY": "0 0 0 * * *", "@MIDNIGHT": "0 0 0 * * *", "@HOURLY": "0 0 * * * *",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression that has been read."""

    seconds: Sequence[int]
    minutes: Sequence[int]
    hours: Sequence[int]
    days: Days
    months: frozenset[int]
    years: frozenset[int] | None

    def after(self, instant: datetime, zone: tzinfo) -> datetime | None:
        """Return the first instant after `instant`, in UTC; None when there is none."""
        local = instant.astimezone(zone)
        day, clock = local.date(), (local.hour, local.minute, local.second)
        last = min(day.year + _CYCLE_OF_THE_CALENDAR, _LAST_YEAR) if self.years is None else max(self.years)
        while day.year <= last:
            if day.month not in self.months or (self.years is not None and day.year not in self.years):
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
                clock = (0, 0, 0)
                continue
            if self.days(day):
                for at in self._times(clock):
                    found = datetime.combine(day, at, zone)
                    due = found.astimezone(UTC)
                    if due > instant and due.astimezone(zone).time() == at:  # a clock put forward leaves out an hour
                        return due
            day += timedelta(days=1)
            clock = (0, 0, 0)
        return None

    def _times(self, begin: tuple[int, int, int]) -> Iterator[time]:
        """Return the times of a day from `begin` on."""
        hour, minute, second = begin
        for each_hour in self.hours[bisect_left(self.hours, hour):]:
            low = minute if each_hour == hour else 0
            for each_minute in self.minutes[bisect_left(self.minutes, low):]:
                least = second if (each_hour, each_minute) == (hour, minute) else 0
                for each_second in self.seconds[bisect_left(self.seconds, least):]:
                    yield time(each_hour, each_minute, each_second)


def as_quartz(text: str) -> str:
    """Return a cron expression of Camunda 8 as Camunda 7 would have it; any other text as it is."""
    fields = _MACROS.get(text.strip().upper(), text).split()
    if len(fields) != 6:
        return text
    names = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
    parts = re.sub(r"(?<![#/0-9A-Za-z])[0-7](?![0-9])", lambda found: names[int(found[0])], fields[5]).split(",")
    for number, part in enumerate(parts):
        begin, slash, step = part.partition("/")  # a week goes on to its Sunday
        if slash and "-" not in begin:
            parts[number] = f"{'MON' if begin == '*' else begin}-SUN/{step}"
    return " ".join((*fields[:5], ",".join(parts)))


@lru_cache(maxsize=256)
def parse(text: str) -> Cron | None:
    """Return a cron expression, or None for a text that is none."""
    fields = text.upper().split()
    if not 6 <= len(fields) <= 7:
        return None
    seconds, minutes, hours = (_numbers(fields[i], 0, top) for i, top in ((0, 59), (1, 59), (2, 23)))
    months = _numbers(fields[4], 1, 12, _MONTHS)
    years = None if len(fields) == 6 or fields[6] in _OPEN else _numbers(fields[6], 1970, _LAST_YEAR)
    days = _days(fields[3], fields[5])
    if not (seconds and minutes and hours and months and days) or years == []:
        return None
    return Cron(
        tuple(seconds), tuple(minutes), tuple(hours), days, frozenset(months),
        None if years is None else frozenset(years),
    )


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> list[int]:
    """Return the numbers that a field names, sorted; none for what cannot be read."""
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return []
        first, last, step = low, high, int(match["step"] or 1)
        if match["low"]:
            first = _number(match["low"], names)
            last = _number(match["high"], names) if match["high"] else high if match["step"] else first
        if not (low <= first <= high and low <= last <= high and step):
            return []
        span = last - first if first <= last else last - first + high - low + 1  # FRI-MON goes over the end
        found.update(low + (first - low + offset) % (high - low + 1) for offset in range(0, span + 1, step))
    return sorted(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else (names or {}).get(text, -1)


def _days(day: str, weekday: str) -> Days | None:
    """Return which days of a month are meant; None where neither or both of day and weekday say so."""
    if weekday in _OPEN:
        return (lambda _: True) if day in _OPEN else _by_day(day)
    return _by_weekday(weekday) if day in _OPEN else None


def _by_day(field: str) -> Days | None:
    if match := re.fullmatch(r"L(?:-([0-9]{1,2}))?(W)?", field):
        back, to_workday = int(match[1] or 0), bool(match[2])
        if back > 30:
            return None
        return lambda day: day.day == _workday(day, _length(day) - back, to_workday)
    if match := re.fullmatch(r"([0-9]{1,2})W", field):
        number = int(match[1])
        return (lambda day: day.day == _workday(day, min(number, _length(day)), True)) if 1 <= number <= 31 else None
    numbers = _numbers(field, 1, 31)
    return (lambda day: day.day in numbers) if numbers else None


def _by_weekday(field: str) -> Days | None:
    if match := re.fullmatch(r"(\w{1,3}?)(?:(L)|#([1-5]))", field):
        number = _number(match[1], _WEEKDAYS)
        if not 1 <= number <= 7:
            return None
        if match[2]:
            return lambda day: _weekday(day) == number and day.day > _length(day) - 7
        week = int(match[3])
        return lambda day: _weekday(day) == number and (day.day + 6) // 7 == week
    numbers = [7] if field == "L" else _numbers(field, 1, 7, _WEEKDAYS)
    return (lambda day: _weekday(day) in numbers) if numbers else None


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _workday(month: date, number: int, to_workday: bool) -> int:
    """Return the day of a month, or that from Monday to Friday which is nearest to it within the month."""
    if not to_workday or number < 1:
        return number
    match month.replace(day=number).isoweekday():
        case 6:
            return number - 1 if number > 1 else number + 2
        case 7:
            return number + 1 if number < _length(month) else number - 2
    return number
