"""What the home page says of cases: what units owe, what somebody began, how the registers stand this month."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Integer, Select, cast, func, literal, select, union_all

from app.calendar import LOCAL
from app.case.models import Case, Database
from app.case.timing import stands
from app.dossier.light import Light, light_of_case

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Owed:
    """How many cases of a register a unit is responsible for that are open, and how many of them are overdue."""

    process_key: str
    unit: str
    open: int
    late: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A case that somebody began and where it stands."""

    case: Case
    light: Light


@dataclass(frozen=True, slots=True)
class Month:
    """How a register stands: opened and closed since the month began, open and overdue now."""

    process_key: str
    opened: int
    closed: int
    open: int
    late: int


def read_owed(session: Database, tenant: str, units: Collection[str], now: datetime) -> list[Owed]:
    """Return what these units owe, by unit and register; what owes nothing is not listed. One statement."""
    late = func.sum(cast(stands("late", now), Integer))
    owed = (
        select(Case.unit, Case.process_key, func.count(), late)
        .where(Case.tenant == tenant, Case.unit.in_(sorted(units)), Case.closed_at.is_(None))
        .group_by(Case.unit, Case.process_key)
    )
    return [Owed(key, unit, int(count), int(overdue or 0)) for unit, key, count, overdue in session.execute(owed)]


def count_begun(session: Database, tenant: str, user: str) -> dict[str, int]:
    """Return how many open cases of each register somebody began."""
    begun = select(Case.process_key, func.count()).where(*_begun(tenant, user)).group_by(Case.process_key)
    return {key: int(count) for key, count in session.execute(begun)}


def read_begun(session: Database, tenant: str, user: str, now: datetime) -> list[Begun]:
    """Return the open cases that somebody began last, the newest first."""
    newest = select(Case).where(*_begun(tenant, user)).order_by(Case.opened_at.desc()).limit(SHOWN)
    return [Begun(case, light_of_case(case, now)) for case in session.scalars(newest)]


def read_months(session: Database, tenant: str, keys: Sequence[str], now: datetime) -> list[Month]:
    """Return how these registers stand. One statement; the counts walk along indexes."""
    if not keys:
        return []
    begins = month_of(now)
    parts = [part for key in keys for part in _counts(tenant, key, begins, now)]
    found: dict[str, dict[str, int]] = {key: {} for key in keys}
    for key, what, count in session.execute(union_all(*parts)):
        found[key][what] = int(count)
    return [Month(process_key=key, **counts) for key, counts in found.items()]


def month_of(now: datetime) -> datetime:
    """Return the instant with which the township's month began."""
    today = now.astimezone(LOCAL).date()
    return datetime.combine(date(today.year, today.month, 1), time(), LOCAL)


def _counts(tenant: str, key: str, begins: datetime, now: datetime) -> list[Select[str, str, int]]:
    conditions: Mapping[str, Any] = {
        "opened": Case.opened_day >= f"{begins:%Y-%m-%d}", "closed": Case.closed_at >= begins,
        "open": Case.closed_at.is_(None), "late": stands("late", now),
    }  # fmt: skip
    mine = (Case.tenant == tenant, Case.process_key == key)
    counts: list[Select[str, str, int]] = []
    for what, condition in conditions.items():
        counts.append(select(literal(key), literal(what), func.count()).select_from(Case).where(*mine, condition))
    return counts


def _begun(tenant: str, user: str) -> tuple[Any, ...]:
    return Case.tenant == tenant, Case.opened_by == user, Case.closed_at.is_(None)
