"""Built-in functions on dates, and the present instant, which the caller gives (DMN 1.5, 10.3.4.8 and 10.3.4.11)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from engine.feel.comparison import is_same
from engine.feel.far import days_in, make_date
from engine.feel.functions import builtin
from engine.feel.scope import Run

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@builtin("now")
def now(run: Run) -> datetime:
    return run.now


@builtin("today")
def today(run: Run) -> date:
    return run.now.date()


@builtin("day of year")
def day_of_year(date: date | datetime) -> Decimal:
    return Decimal(date.timetuple().tm_yday)


@builtin("day of week")
def day_of_week(date: date | datetime) -> str:
    return _DAYS[date.weekday()]


@builtin("month of year")
def month_of_year(date: date | datetime) -> str:
    return _MONTHS[date.month - 1]


@builtin("week of year")
def week_of_year(date: date | datetime) -> Decimal:
    return Decimal(date.isocalendar().week)


@builtin("last day of month")
def last_day_of_month(date: date | datetime) -> date:
    """Camunda's addition."""
    return make_date(date.year, date.month, days_in(date.year, date.month))


@builtin("is")
def is_identical(value1: object = None, value2: object = None) -> bool:
    """Whether two values are the same element: zones too, so that noon in UTC is not noon at +00:00's neighbour."""
    zones = [repr(getattr(value, "tzinfo", None)) for value in (value1, value2)]
    return is_same(value1, value2) and zones[0] == zones[1]
