"""Figures of a register by months: what a month adds up to is kept, and counted again once one of its cases changes.

Whether one has is told by the number of the month's cases and the sum of their revisions: each change adds to it, and
both stand in the same reading as the figures themselves, so that nothing that is being written meanwhile is missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.calendar import LOCAL
from app.case.access import Reader, own_cases, reads_all
from app.case.models import VOIDED, Case, CaseMonth, Database
from app.case.register import Register
from app.case.statistics import COUNTS, Tally, count

Counted = dict[str, Tally]
"""Tallies by month, such as 2026-11, the earliest first."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases are counted: of a register, as far as the reader may read them, opened in a span."""

    tenant: str
    register: Register
    reader: Reader
    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what the cases have to fulfil. Voided ones count nowhere."""
        chosen = [Case.tenant == self.tenant, Case.process_key == self.register.process_key, Case.state != VOIDED]
        if not reads_all(self.register, self.reader):
            chosen.append(Case.instance_id.in_(own_cases(self.tenant, self.reader)))
        if self.begins is not None:
            chosen.append(Case.opened_at >= self.begins)
        if self.ends is not None:
            chosen.append(Case.opened_at < self.ends)
        return chosen

    def within(self, month: str) -> Scope:
        """Return the scope of a month, as far as the span holds it: a short way along whatever index is taken."""
        if self.holds(month):
            return replace(self, begins=None, ends=None)  # its name says all, and leads along the index of figures
        first, following = bounds(month)
        begins = max(first, self.begins) if self.begins else first
        return replace(self, begins=begins, ends=min(following, self.ends) if self.ends else following)

    def holds(self, month: str) -> bool:
        """Tell whether a month lies in the span as a whole."""
        first, following = bounds(month)
        return (self.begins is None or self.begins <= first) and (self.ends is None or self.ends >= following)


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells whether a month's cases have changed: how many there are, and the sum of their revisions."""

    cases: int
    revisions: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures by month of opening, and the marks of those months that were counted now and may be kept."""

    months: Counted
    fresh: Mapping[str, Mark]

    @property
    def together(self) -> Tally:
        """What all months add up to."""
        return Tally.together(self.months.values())


def read_months(session: Database, scope: Scope, results: Sequence[str]) -> Reading:
    """Return the figures by the month in which cases were opened; `results` are the declared ones that are counted."""
    # Read first: whatever changes after it makes the mark an old one, and the month is counted again next time.
    marks = _marks(session, scope)
    whole = [month for month in marks if scope.holds(month)] if reads_all(scope.register, scope.reader) else []
    kept = _kept(session, scope, {month: marks[month] for month in whole}, results)
    months = {
        month: kept[month] if month in kept
        else count(session, [*scope.within(month).conditions, Case.opened_month == month], results)
        for month in marks
    }  # fmt: skip
    return Reading(months, {month: marks[month] for month in whole if month not in kept})


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


def _marks(session: Database, scope: Scope) -> dict[str, Mark]:
    """Return the mark of each month that the span touches, the earliest first."""
    spans = [Case.tenant == scope.tenant, Case.process_key == scope.register.process_key]
    if scope.begins is not None:
        spans.append(Case.opened_month >= month_of(scope.begins))
    if scope.ends is not None:
        spans.append(Case.opened_month <= month_of(scope.ends - timedelta(microseconds=1)))
    marks = select(Case.opened_month, func.count(), func.sum(Case.revision)).where(*spans)
    rows = session.execute(marks.group_by(Case.opened_month).order_by(Case.opened_month))
    return {month: Mark(int(cases), int(revisions)) for month, cases, revisions in rows}


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


def month_of(at: datetime) -> str:
    """Return the township's month at an instant."""
    return f"{at.astimezone(LOCAL):%Y-%m}"


def bounds(month: str) -> tuple[datetime, datetime]:
    """Return the instants with which a month begins and ends."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=32)).replace(day=1)
    begin, end = (datetime(day.year, day.month, 1, tzinfo=LOCAL) for day in (first, following))
    return begin, end
