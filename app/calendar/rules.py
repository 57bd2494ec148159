"""Which days are worked, and when a limit runs out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
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
    """

    def __init__(
        self, days: Mapping[date, bool], *, confirmed: Set[int], office_hours: Sequence[tuple[time, time]]
    ) -> None:
        spans = list(office_hours)
        if not spans or any(opens >= closes for opens, closes in spans):
            raise CalendarError("office hours need spans that open before they close")
        if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
            raise CalendarError("office hours must follow one another")
        self.days = dict(days)
        self.confirmed = frozenset(confirmed)
        self.office_hours = tuple(spans)

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

    def due(self, start: datetime, amount: int | float | Decimal, unit: str) -> Due:
        """Return when a limit that begins at `start` (aware) runs out.

        工作日: counted from the next working day, until the office closes on the last one. 工作时: office hours from
        `start` on. 自然日: counted from the next day, until the last one ends. 小时: hours by the clock.
        Raises CalendarError for another unit or an amount that makes no limit.
        """
        if start.tzinfo is None:
            raise CalendarError("a limit needs an aware instant to begin at")
        local, count = start.astimezone(LOCAL), _amount(amount, unit)
        match unit:
            case "工作日":
                last = self._add_working_days(local.date(), int(count))
                end = datetime.combine(last, self.office_hours[-1][1], LOCAL)
            case "工作时":
                end = self._add_working_time(local, timedelta(hours=float(count)))
            case "自然日":
                end = datetime.combine(local.date() + timedelta(days=int(count)), time(23, 59, 59), LOCAL)
            case _:
                end = (start.astimezone(UTC) + timedelta(hours=float(count))).astimezone(LOCAL)
        by_calendar = unit in ("工作日", "工作时")
        years = range(local.year, end.year + 1)
        return Due(end.astimezone(UTC), by_calendar and any(map(self.is_provisional, years)))

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
            for opens, closes in self.office_hours:
                begins = max(start, datetime.combine(day, opens, LOCAL))
                ends = datetime.combine(day, closes, LOCAL)
                if begins >= ends:
                    continue
                if left <= ends - begins:
                    return begins + left
                left -= ends - begins
        raise CalendarError(f"no such working time follows {start}")


def _days_from(day: date) -> Iterator[date]:
    for offset in range(2 * LONGEST):
        yield day + timedelta(days=offset)


def _amount(amount: int | float | Decimal, unit: str) -> Decimal:
    if unit not in ("工作日", "工作时", "自然日", "小时"):
        raise CalendarError(f"there is no unit {unit!r}: 工作日, 工作时, 自然日, 小时")
    count = Decimal(str(amount))
    if not count.is_finite() or not 0 < count <= LONGEST:
        raise CalendarError(f"a limit of {amount} {unit} is none: more than 0, at most {LONGEST}")
    if unit in ("工作日", "自然日") and count != count.to_integral_value():
        raise CalendarError(f"{unit} are counted whole, not {amount}")
    return count
