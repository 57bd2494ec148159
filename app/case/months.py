"""Figures of a register by months: what a month adds up to is kept, and counted again once one of its cases changes.

Whether one has is told by the number of the month's cases and the sum of their revisions: each change adds to it, and
both stand in the same reading as the figures themselves, so that nothing that is being written meanwhile is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.case.access import Reader, own_cases, reads_all
from app.case.models import VOIDED, Case, CaseMonth, Database
from app.case.register import Register
from app.case.statistics import COUNTS, Tally, count

Counted = dict[str, Tally]
"""Tallies by month, such as 2026-11, the earliest first."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases are counted: those of a register that the reader may read, opened on these days (both included)."""

    tenant: str
    register: Register
    reader: Reader
    begins: date | None = None
    ends: date | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what the cases have to fulfil. Voided ones count nowhere."""
        return [*self.readable, Case.state != VOIDED, *self.opened(Case.opened_day)]

    @property
    def readable(self) -> list[ColumnElement[bool]]:
        """Ask for the register's cases that the reader may read, whenever they were opened."""
        chosen = [Case.tenant == self.tenant, Case.process_key == self.register.process_key]
        if not reads_all(self.register, self.reader):
            chosen.append(Case.instance_id.in_(own_cases(self.tenant, self.reader)))
        return chosen

    def opened(self, day: Any) -> Iterator[ColumnElement[bool]]:
        """Yield what the day of opening has to fulfil."""
        if self.begins is not None:
            yield day >= self.begins.isoformat()
        if self.ends is not None:
            yield day <= self.ends.isoformat()

    def within(self, month: str) -> Scope:
        """Return the scope of a month, as far as the span holds it."""
        first, last = bounds(month)
        return replace(self, begins=max(first, self.begins or first), ends=min(last, self.ends or last))

    def holds(self, month: str) -> bool:
        """Tell whether a month lies in the span as a whole."""
        first, last = bounds(month)
        return (self.begins or first) <= first and (self.ends or last) >= last


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells whether a month's cases have changed: how many there are, and the sum of their revisions."""

    cases: int = 0
    revisions: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures by month of opening, and the marks of those months that were counted now and may be kept.

    `opened` is how many cases were opened on each day.
    """

    months: Counted
    fresh: Mapping[str, Mark] = field(default_factory=dict)
    opened: Mapping[str, int] = field(default_factory=dict)

    @property
    def together(self) -> Tally:
        """What all months add up to."""
        return Tally.together(self.months.values())


def read_months(session: Database, scope: Scope, results: Sequence[str]) -> Reading:
    """Return the figures by the month in which cases were opened; `results` are the declared ones that are counted."""
    # Read first: whatever changes after it makes the mark an old one, and the month is counted again next time.
    marks, opened = _marks(session, scope)
    whole = [month for month in marks if scope.holds(month)] if reads_all(scope.register, scope.reader) else []
    kept = _kept(session, scope, {month: marks[month] for month in whole}, results)
    months = {
        month: kept[month] if month in kept else count(session, scope.within(month).conditions, results)
        for month in marks
    }  # fmt: skip
    return Reading(months, {month: marks[month] for month in whole if month not in kept}, opened)


def keep_months(session: Database, scope: Scope, results: Sequence[str], reading: Reading) -> None:
    """Keep the months that were counted now. Two who do so at once do no harm: what is old does not fit its mark."""
    if not reading.fresh:
        return
    dialect = session.get_bind().dialect.name
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(CaseMonth)
    rows = insert.values([
        {"tenant": scope.tenant, "process_key": scope.register.process_key, "month": month, "cases": mark.cases,
         "revisions": mark.revisions, "shape": _shape(results), "tally": reading.months[month].as_json()}
        for month, mark in reading.fresh.items()
    ])  # fmt: skip
    changed = {name: rows.excluded[name] for name in ("cases", "revisions", "shape", "tally")}
    session.execute(rows.on_conflict_do_update(index_elements=["tenant", "process_key", "month"], set_=changed))


def _marks(session: Database, scope: Scope) -> tuple[dict[str, Mark], dict[str, int]]:
    """Return the mark of each month that the span touches, the earliest first, and what was opened each day."""
    standing = func.count().filter(Case.state != VOIDED)
    days = select(Case.opened_day, func.count(), func.sum(Case.revision), standing)
    days = days.where(*scope.readable, *scope.opened(Case.opened_day)).group_by(Case.opened_day)
    marks, opened = dict[str, Mark](), dict[str, int]()
    for day, cases, revisions, number in session.execute(days.order_by(Case.opened_day)):
        before = marks.get(day[:7], Mark())
        marks[day[:7]] = Mark(before.cases + int(cases), before.revisions + int(revisions))
        opened[day] = int(number)
    return marks, opened


def _kept(
    session: Database, scope: Scope, marks: Mapping[str, Mark], results: Sequence[str]
) -> dict[str, Tally]:
    if not marks:
        return {}
    kept = select(CaseMonth.month, CaseMonth.cases, CaseMonth.revisions, CaseMonth.tally).where(
        CaseMonth.tenant == scope.tenant, CaseMonth.process_key == scope.register.process_key,
        CaseMonth.month >= min(marks), CaseMonth.month <= max(marks), CaseMonth.shape == _shape(results),
    )  # fmt: skip
    return {
        month: Tally.of_json(tally) for month, cases, revisions, tally in session.execute(kept)
        if marks.get(month) == Mark(cases, revisions)
    }  # fmt: skip


def _shape(results: Sequence[str]) -> str:
    """Return what a kept tally must have been counted as: this release's counts, of these results."""
    return ",".join((*COUNTS, *results))


def bounds(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month such as 2026-11."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
