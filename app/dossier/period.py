"""A period of days in an address: `from` and `to`, both included, either open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from werkzeug.datastructures import MultiDict

from app.calendar import LOCAL


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the township, both included; None is open."""

    begins: date | None
    ends: date | None

    @property
    def begins_at(self) -> datetime | None:
        """Return the instant with which the first day begins."""
        return day_begins(self.begins) if self.begins else None

    @property
    def ends_at(self) -> datetime | None:
        """Return the instant with which the last day has ended."""
        return day_begins(self.ends + timedelta(days=1)) if self.ends else None

    def as_query(self) -> dict[str, str]:
        """Return the address's arguments."""
        named = (("from", self.begins), ("to", self.ends))
        return {name: day.isoformat() for name, day in named if day}


def read_period(args: MultiDict[str, str]) -> Period:
    """Read an address; a day that is none is as if it were not there, and the page's fields show it so."""
    return Period(read_day(args.get("from", "")), read_day(args.get("to", "")))


def day_begins(day: date) -> datetime:
    """Return the instant with which a day of the township begins."""
    return datetime.combine(day, time(), LOCAL)


def read_day(text: str) -> date | None:
    """Return the day that a field names, or None when it names none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 9000 else None
