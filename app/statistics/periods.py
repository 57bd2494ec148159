"""The periods that figures are asked for: this month, quarter, year, all, or any days; and the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from werkzeug.datastructures import MultiDict

from app.dossier.period import Period, day_begins, read_period

Kind = Literal["month", "quarter", "year", "all", "free"]
MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "year": 12}
MOST_WEEKS = 54


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period that an address asks for, which of the usual ones it is, and the one before (None: there is none)."""

    period: Period
    kind: Kind
    before: Period | None


def choose(args: MultiDict[str, str], today: date) -> Chosen:
    """Read an address; without a word of it, this year."""
    period = read_period(args) if "from" in args or "to" in args else usual(today)["year"]
    kinds: list[Kind] = [kind for kind, each in usual(today).items() if each == period]
    kind = kinds[0] if kinds else "free"
    return Chosen(period, kind, _before(period, kind))


def usual(today: date) -> dict[Kind, Period]:
    """Return the periods that a button leads to."""
    found: dict[Kind, Period] = {}
    for kind, length in MONTHS.items():
        begins = today.replace(month=(today.month - 1) // length * length + 1, day=1)
        found[kind] = Period(begins, add_months(begins, length) - timedelta(days=1))
    return {**found, "all": Period(None, None)}


def add_months(first: date, count: int) -> date:
    """Return the first day of the month so many months later."""
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def month_period(month: str) -> Period:
    """Return the days of a month such as 2026-11."""
    first = date.fromisoformat(f"{month}-01")
    return Period(first, add_months(first, 1) - timedelta(days=1))


def within(inner: Period, outer: Period) -> Period:
    """Return the days that two periods have in common."""
    begins = [day for day in (inner.begins, outer.begins) if day is not None]
    ends = [day for day in (inner.ends, outer.ends) if day is not None]
    return Period(max(begins, default=None), min(ends, default=None))


def weeks(period: Period, first: date, today: date) -> list[Period]:
    """Return the weeks of a period from Monday to Sunday, those of its edges cut; at most the last 54 up to today.

    Before `first`, the day of the earliest case, there is none to show.
    """
    begins = max(first, period.begins or first)
    ends = min(period.ends or today, max(today, begins))
    found: list[Period] = []
    while begins <= ends:
        sunday = begins + timedelta(days=6 - begins.weekday())
        found.append(Period(begins, min(sunday, ends)))
        begins = sunday + timedelta(days=1)
    return found[-MOST_WEEKS:]


def instants(periods: Sequence[Period]) -> list[tuple[datetime, datetime]]:
    """Return where closed periods begin and end."""
    return [
        (day_begins(each.begins), day_begins(each.ends + timedelta(days=1)))
        for each in periods if each.begins is not None and each.ends is not None
    ]


def _before(period: Period, kind: Kind) -> Period | None:
    if period.begins is None or period.ends is None or period.ends < period.begins:
        return None
    last = period.begins - timedelta(days=1)
    if kind in MONTHS:
        return Period(add_months(period.begins, -MONTHS[kind]), last)
    return Period(period.begins - (period.ends - last), last)
