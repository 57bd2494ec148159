"""Reads the tables of years and the office hours that the product brings."""

from __future__ import annotations

import json
from datetime import date, time, timedelta
from functools import lru_cache
from importlib import resources

from app.calendar.rules import CalendarError, WorkingCalendar


@lru_cache(maxsize=1)
def load_calendar() -> WorkingCalendar:
    """Return the calendar of all years that have a table."""
    days: dict[date, bool] = {}
    confirmed: set[int] = set()
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".json") and file.name[:-5].isdigit():
            year, exceptions, is_confirmed = read_year(file.read_text(encoding="utf-8"))
            days |= exceptions
            if is_confirmed:
                confirmed.add(year)
    hours = json.loads((resources.files(__package__) / "office_hours.json").read_text(encoding="utf-8"))
    spans = [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in hours]
    return WorkingCalendar(days, confirmed=confirmed, office_hours=spans)


def read_year(text: str) -> tuple[int, dict[date, bool], bool]:
    """Return a year's table: the year, which exceptional days are worked, whether it is confirmed.

    Raises CalendarError for a day that is of another year, or both off and worked.
    """
    table = json.loads(text)
    year, days = int(table["year"]), dict[date, bool]()
    for span in table["off"]:
        first, last = date.fromisoformat(span["from"]), date.fromisoformat(span["to"])
        days |= {first + timedelta(days=offset): False for offset in range((last - first).days + 1)}
    for make_up in table["working"]:
        day = date.fromisoformat(make_up["date"])
        if day in days:
            raise CalendarError(f"{day} is both off and worked")
        days[day] = True
    if stray := [day for day in days if day.year != year]:
        raise CalendarError(f"{stray[0]} is not in {year}")
    return year, days, table["status"] == "confirmed"
