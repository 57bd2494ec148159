"""Dates in any year from -999,999,999 to 999,999,999, and nanoseconds: what Python's own classes cannot hold.

The calendar repeats itself every 400 years, to the day of the week. So a far date is one that Python can hold, `near`
it in the cycle, and a number of `cycles`. Far values are rare: what can be a plain date, date and time or time, is.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar, cast

MAX_YEAR = 999_999_999
CYCLE_YEARS, CYCLE_DAYS = 400, 146_097
_LAST_ORDINAL = date.max.toordinal()
_DAY = 86_400 * 10**9
_D = TypeVar("_D", bound=date)
_MICROSECOND = timedelta(microseconds=1)


class FarDate(date):
    """A date in a year that Python does not know."""

    __slots__ = ("cycles",)
    cycles: int

    def __new__(cls, near: date, cycles: int) -> FarDate:
        """Return the date `cycles` times 400 years after `near`."""
        self = super().__new__(cls, near.year, near.month, near.day)
        self.cycles = cycles
        return self

    @property
    def year(self) -> int:
        """The true year."""
        return super().year + CYCLE_YEARS * self.cycles

    def toordinal(self) -> int:
        """Return the days since the day before 0001-01-01."""
        return super().toordinal() + CYCLE_DAYS * self.cycles

    def isoformat(self) -> str:
        """Return the date as XML Schema writes it."""
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04}-{self.month:02}-{self.day:02}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, date) and self.toordinal() == other.toordinal()

    def __hash__(self) -> int:
        return hash(self.toordinal())

    def __lt__(self, other: date) -> bool:
        return self.toordinal() < other.toordinal()

    def __le__(self, other: date) -> bool:
        return self.toordinal() <= other.toordinal()

    def __gt__(self, other: date) -> bool:
        return self.toordinal() > other.toordinal()

    def __ge__(self, other: date) -> bool:
        return self.toordinal() >= other.toordinal()

    def __reduce__(self) -> tuple[object, ...]:
        return make_date, (self.year, self.month, self.day)

    __str__ = isoformat
    __repr__ = isoformat


class FineTime(time):
    """A time of day with nanoseconds."""

    __slots__ = ("nano",)
    nano: int

    def __new__(cls, clock: time, nano: int) -> FineTime:
        """Return the time of day `nano` nanoseconds after `clock`."""
        zone = clock.tzinfo
        self = super().__new__(cls, clock.hour, clock.minute, clock.second, clock.microsecond, zone, fold=clock.fold)
        self.nano = nano
        return self

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return FineTime, (plain_time(self), self.nano)


class FarDateTime(datetime):
    """A date and time in a year that Python does not know, or with nanoseconds."""

    __slots__ = ("cycles", "nano")
    cycles: int
    nano: int

    def __new__(cls, near: datetime, cycles: int, nano: int) -> FarDateTime:
        """Return the moment `cycles` times 400 years and `nano` nanoseconds after `near`."""
        parts = near.year, near.month, near.day, near.hour, near.minute, near.second, near.microsecond, near.tzinfo
        self = super().__new__(cls, *parts, fold=near.fold)
        self.cycles, self.nano = cycles, nano
        return self

    @property
    def year(self) -> int:
        """The true year."""
        return super().year + CYCLE_YEARS * self.cycles

    def date(self) -> date:
        """Return the date."""
        return make_date(self.year, self.month, self.day)

    def timetz(self) -> time:
        """Return the time of day with its zone."""
        return fine_time(self.hour, self.minute, self.second, self.microsecond * 1000 + self.nano, self.tzinfo)

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return combine, (self.date(), self.timetz())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, datetime) or (self.tzinfo is None) != (other.tzinfo is None):
            return False
        return nanoseconds(self) == nanoseconds(other)

    def __hash__(self) -> int:
        return hash(nanoseconds(self))


_KINDS: dict[type, type] = {FarDate: date, FarDateTime: datetime, FineTime: time}


def kind_of(value: object) -> type:
    """Return the type of a value, where a far one is of the same type as its like."""
    return kind_named(type(value))


def kind_named(python: type) -> type:
    """Return the type that a class belongs to."""
    return _KINDS.get(python, python)


def make_date(year: int, month: int, day: int) -> date:
    """Return a date in any year.

    Raises ValueError when there is no such day.
    """
    if 1 <= year <= 9999:
        return date(year, month, day)
    if abs(year) > MAX_YEAR:
        raise ValueError(f"the year {year} is outside -{MAX_YEAR} to {MAX_YEAR}")
    cycles, rest = divmod(year - 2000, CYCLE_YEARS)
    return FarDate(date(2000 + rest, month, day), cycles)


def date_from_ordinal(ordinal: int) -> date:
    """Return the date so many days after the day before 0001-01-01.

    Raises ValueError when it is too far away.
    """
    if 1 <= ordinal <= _LAST_ORDINAL:
        return date.fromordinal(ordinal)
    cycles, rest = divmod(ordinal - 1, CYCLE_DAYS)
    near = date.fromordinal(rest + 1)
    return make_date(near.year + cycles * CYCLE_YEARS, near.month, near.day)


def days_in(year: int, month: int) -> int:
    """Return how many days a month has."""
    return monthrange(year % CYCLE_YEARS + 2000, month)[1]


def fine_time(hour: int, minute: int, second: int, nano: int, zone: tzinfo | None) -> time:
    """Return a time of day; `nano` are the nanoseconds of its second.

    Raises ValueError when there is no such time.
    """
    clock = time(hour, minute, second, nano // 1000, zone)
    return FineTime(clock, nano % 1000) if nano % 1000 else clock


def plain_time(clock: time) -> time:
    """Return a time of day without its nanoseconds."""
    return time(clock.hour, clock.minute, clock.second, clock.microsecond, clock.tzinfo, fold=clock.fold)


def nano_of(clock: time | datetime) -> int:
    """Return the nanoseconds of the second."""
    return clock.microsecond * 1000 + getattr(clock, "nano", 0)


def combine(day: date, clock: time) -> datetime:
    """Return the date and time of a day and a time of day."""
    if isinstance(day, datetime):
        day = day.date()
    if type(day) is date and type(clock) is time:
        return datetime.combine(day, clock)
    cycles, rest = divmod(day.year - 2000, CYCLE_YEARS) if type(day) is not date else (0, day.year - 2000)
    near = datetime.combine(date(2000 + rest, day.month, day.day), plain_time(clock))
    return FarDateTime(near, cycles, getattr(clock, "nano", 0))


def nanoseconds(moment: datetime) -> int:
    """Return the nanoseconds since 0001-01-01 in UTC, or on the clock if the moment has no zone."""
    clock = (moment.hour * 60 + moment.minute) * 60 + moment.second
    offset = moment.utcoffset()
    seconds = clock if offset is None else clock - offset // timedelta(seconds=1)
    return moment.date().toordinal() * _DAY + seconds * 10**9 + nano_of(moment)


def from_nanoseconds(count: int, zone: tzinfo | None) -> datetime:
    """Return the moment in a zone, or on the clock, that is so many nanoseconds after 0001-01-01.

    Raises ValueError when it is too far away.
    """
    days, rest = divmod(count, _DAY)
    seconds, nano = divmod(rest, 10**9)
    cycles = 0
    if not 366 < days < _LAST_ORDINAL - 366:
        cycles, days = divmod(days - 1, CYCLE_DAYS)
        cycles, days = cycles - 5, days + 1 + 5 * CYCLE_DAYS
    near = datetime.combine(date.fromordinal(days), time(), UTC if zone is not None else None)
    near += timedelta(seconds=seconds, microseconds=nano // 1000)
    if zone is not None:
        near = near.astimezone(zone)
    year = near.year + cycles * CYCLE_YEARS
    if 1 <= year <= 9999 and not nano % 1000:
        return near.replace(year=year)
    if abs(year) > MAX_YEAR:
        raise ValueError(f"the year {year} is outside -{MAX_YEAR} to {MAX_YEAR}")
    return FarDateTime(near, cycles, nano % 1000)


def plain_date(day: _D) -> _D:
    """Return a date, or a date and time, as Python's own class has it: what leaves the expression language.

    Raises ValueError when the year is outside 1 to 9999.
    """
    if not 1 <= day.year <= 9999:
        raise ValueError(f"the year {day.year} is outside 1 to 9999")
    if isinstance(day, FarDateTime):
        return cast("_D", datetime.combine(day.date(), plain_time(day.timetz())))
    return day


def microseconds(length: timedelta) -> int:
    """Return a duration as a whole number."""
    return length // _MICROSECOND
