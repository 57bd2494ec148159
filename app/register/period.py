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
        return datetime.combine(self.begins, time(), LOCAL) if self.begins else None

    @property
    def ends_at(self) -> datetime | None:
        """Return the instant with which the last day has ended."""
        return datetime.combine(self.ends + timedelta(days=1), time(), LOCAL) if self.ends else None

    def as_query(self) -> dict[str, str]:
        """Return the address's arguments."""
        named = (("from", self.begins), ("to", self.ends))
        return {name: day.isoformat() for name, day in named if day}


def read_period(args: MultiDict[str, str]) -> Period:
    """Read an address; a day that is none is as if it were not there, and the page's fields show it so."""
    return Period(_day(args.get("from", "")), _day(args.get("to", "")))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 9000 else None
