"""A year as the page shows it: twelve months of weeks, each day with its kind."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.calendar.models import CalendarDay
from app.calendar.rules import WorkingCalendar

Kind = Literal["worked", "weekend", "holiday", "make_up", "own"]


@dataclass(frozen=True, slots=True)
class Day:
    """One cell of a month."""

    day: date
    kind: Kind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its first day, its weeks from Monday (None: a day of another month), and how many days are worked."""

    first: date
    weeks: list[list[Day | None]]
    working_days: int


def months_of(year: int, calendar: WorkingCalendar, days: Mapping[date, CalendarDay]) -> list[Month]:
    """Return the months of a year."""
    return [_month(date(year, month, 1), calendar, days) for month in range(1, 13)]


def _month(first: date, calendar: WorkingCalendar, days: Mapping[date, CalendarDay]) -> Month:
    weeks = [
        [_day(day, days.get(day)) if day.month == first.month else None for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    worked = sum(calendar.is_working_day(cell.day) for week in weeks for cell in week if cell is not None)
    return Month(first, weeks, worked)


def _day(day: date, exception: CalendarDay | None) -> Day:
    if exception is None:
        return Day(day, "worked" if day.weekday() < 5 else "weekend")
    kind: Kind = "own" if exception.is_local else "make_up" if exception.is_worked else "holiday"
    return Day(day, kind, exception.name)
