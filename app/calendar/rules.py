"""Which days are worked, and when a limit runs out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
Spans = Sequence[tuple[time, time]]
"""When the office is open on a day: from, until; one after the other."""
Season = tuple[int, int]
"""The month and day from which office hours hold, until the next season's."""
LONGEST = 3660
"""Days or hours of one limit: more is a slip."""


class CalendarError(ValueError):
    """The limit cannot be counted."""

    code = "calendar"


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit runs out, in UTC. Provisional: a day on the way belongs to a year without a confirmed table."""

    at: datetime
    is_provisional: bool


class WorkingCalendar:
    """A table of days off and make-up days over the ordinary week, and the office hours.

    `days` says of each exceptional day whether it is worked; of years not in `confirmed` the weekends alone are known.
    `seasons` are office hours that hold from a day of each year on; without one, `office_hours` hold all year.
    """

    def __init__(
        self, days: Mapping[date, bool], *, confirmed: Set[int], office_hours: Spans = (),
        seasons: Mapping[Season, Spans] | None = None,
    ) -> None:
        self.days = dict(days)
        self.confirmed = frozenset(confirmed)
        given = seasons or {(1, 1): office_hours}
        self.seasons = sorted((begins, check_hours(hours)) for begins, hours in given.items())

    def office_hours_on(self, day: date) -> Spans:
        """Return when the office is open on a working day of that date's season."""
        begun = [hours for begins, hours in self.seasons if begins <= (day.month, day.day)]
        return begun[-1] if begun else self.seasons[-1][1]  # the last season goes on into the new year

    def is_working_day(self, day: date) -> bool:
        """Return whether `day` is worked."""
        return self.days.get(day, day.weekday() < 5)

    def is_provisional(self, year: int) -> bool:
        """Return whether nobody has confirmed the table of `year`."""
        return year not in self.confirmed

    def working_days(self, year: int) -> int:
        """Return how many days of `year` are worked."""
        first = date(year, 1, 1)
        return sum(self.is_working_day(day) for day in _days_from(first) if day.year == year)

    def due(self, start: datetime, amount: int | float | Decimal, unit: str, *, from_first_day: bool = False) -> Due:
        """Return when a limit that begins at `start` (aware) runs out.

        工作日: counted from the next working day, until the office closes on the last one. 工作时: office hours from
        `start` on. 自然日: counted from the next day, until the last one ends. 小时: hours by the clock. With
        `from_first_day` the day of `start` is itself the first one (of working days: if the office is still open then).
        Raises CalendarError for another unit or an amount that makes no limit.
        """
        local, count = _local(start), _amount(amount, unit)
        match unit:
            case "工作日":
                counts_today = from_first_day and self._is_open_after(local)
                before = local.date() - timedelta(days=counts_today)
                last = self._add_working_days(before, int(count))
                end = datetime.combine(last, self.office_hours_on(last)[-1][1], LOCAL)
            case "工作时":
                end = self._add_working_time(local, timedelta(hours=float(count)))
            case "自然日":
                last = local.date() + timedelta(days=int(count) - from_first_day)
                end = datetime.combine(last, time(23, 59, 59), LOCAL)
            case _:
                end = (start.astimezone(UTC) + timedelta(hours=float(count))).astimezone(LOCAL)
        return self._told(local, end, unit)

    def extended(self, due: datetime, amount: int | float | Decimal, unit: str, *, at: datetime) -> Due:
        """Return when a limit runs out that is extended at `at`, counted from where it would have run out.

        Raises CalendarError when it has run out already: an extension is asked for before.
        """
        if _local(due) <= _local(at):
            raise CalendarError(f"the limit ran out at {_local(due):%Y-%m-%d %H:%M}: it cannot be extended any more")
        return self.due(due, amount, unit)

    def resumed(self, due: datetime, paused: datetime, resumed: datetime, unit: str) -> Due:
        """Return when a limit runs out that stood still from `paused` until `resumed`: what was left of it is left.

        工作日: as many working days later as began meanwhile; 工作时: by office hours; else by days or the clock.
        Raises CalendarError for a pause that ends before it begins or begins after the limit has run out.
        """
        end, begin, until = _local(due), _local(paused), _local(resumed)
        if until < begin:
            raise CalendarError("a pause ends after it begins")
        if end <= begin:
            raise CalendarError(f"the limit ran out at {end:%Y-%m-%d %H:%M}: it cannot be paused any more")
        match unit:
            case "工作日":
                passed = self.working_days_between(begin.date(), until.date())
                later = self._add_working_days(end.date(), passed) if passed else end.date()
                moved = datetime.combine(later, self.office_hours_on(later)[-1][1] if passed else end.timetz(), LOCAL)
            case "工作时":
                moved = self._add_working_time(until, self.working_time(begin, end))
            case "自然日":
                moved = end + timedelta(days=(until.date() - begin.date()).days)
            case "小时":
                moved = end + (until - begin)
            case _:
                raise CalendarError(_no_unit(unit))
        return self._told(begin, moved, unit)

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many working days follow `first`, up to and with `last`."""
        return sum(self.is_working_day(first + timedelta(days=offset + 1)) for offset in range((last - first).days))

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how long the office is open between two instants."""
        return sum((worked for worked, _whole in self._worked(_local(start), _local(end))), timedelta())

    def working_days_spent(self, start: datetime, end: datetime) -> float:
        """Return how many working days lie between two instants: of each day, the part of its office hours."""
        return sum(worked / whole for worked, whole in self._worked(_local(start), _local(end)))

    def _worked(self, begin: datetime, until: datetime) -> Iterator[tuple[timedelta, timedelta]]:
        """Yield, of each working day between two local instants, the office hours in between and all of its hours."""
        for offset in range((until.date() - begin.date()).days + 1):
            day = begin.date() + timedelta(days=offset)
            if not self.is_working_day(day):
                continue
            worked = whole = timedelta()
            for opens, closes in self.office_hours_on(day):
                opened, closed = datetime.combine(day, opens, LOCAL), datetime.combine(day, closes, LOCAL)
                worked += max(timedelta(), min(until, closed) - max(begin, opened))
                whole += closed - opened
            yield worked, whole

    def _told(self, start: datetime, end: datetime, unit: str) -> Due:
        by_calendar = unit in ("工作日", "工作时")
        years = range(start.year, end.year + 1)
        return Due(end.astimezone(UTC), by_calendar and any(map(self.is_provisional, years)))

    def _is_open_after(self, moment: datetime) -> bool:
        day = moment.date()
        return self.is_working_day(day) and moment.time() < self.office_hours_on(day)[-1][1]

    def _add_working_days(self, day: date, count: int) -> date:
        for later in _days_from(day + timedelta(days=1)):
            count -= self.is_working_day(later)
            if count == 0:
                return later
        raise CalendarError(f"no {count} working days follow {day}")

    def _add_working_time(self, start: datetime, left: timedelta) -> datetime:
        for day in _days_from(start.date()):
            if not self.is_working_day(day):
                continue
            for opens, closes in self.office_hours_on(day):
                begins = max(start, datetime.combine(day, opens, LOCAL))
                ends = datetime.combine(day, closes, LOCAL)
                if begins >= ends:
                    continue
                if left <= ends - begins:
                    return begins + left
                left -= ends - begins
        raise CalendarError(f"no such working time follows {start}")


def check_hours(hours: Spans) -> Spans:
    """Return office hours. Raises CalendarError when they do not open before they close, one after the other."""
    spans = tuple(hours)
    if not spans or any(opens >= closes for opens, closes in spans):
        raise CalendarError("office hours need spans that open before they close")
    if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
        raise CalendarError("office hours must follow one another")
    return spans


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise CalendarError("a limit needs an aware instant to begin at")
    return moment.astimezone(LOCAL)


def _no_unit(unit: str) -> str:
    return f"there is no unit {unit!r}: 工作日, 工作时, 自然日, 小时"


def _days_from(day: date) -> Iterator[date]:
    for offset in range(2 * LONGEST):
        yield day + timedelta(days=offset)


def _amount(amount: int | float | Decimal, unit: str) -> Decimal:
    if unit not in ("工作日", "工作时", "自然日", "小时"):
        raise CalendarError(_no_unit(unit))
    count = Decimal(str(amount))
    if not count.is_finite() or not 0 < count <= LONGEST:
        raise CalendarError(f"a limit of {amount} {unit} is none: more than 0, at most {LONGEST}")
    if unit in ("工作日", "自然日") and count != count.to_integral_value():
        raise CalendarError(f"{unit} are counted whole, not {amount}")
    return count
