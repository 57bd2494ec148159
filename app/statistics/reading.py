"""All that the figures of one register and period are made of, read once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from app.calendar import LOCAL
from app.case.access import Reader
from app.case.models import Database
from app.case.months import Counted, Reading, Scope, keep_months, read_months
from app.case.ratings import FINAL, FIRST, IS_SOLVED, REACHED
from app.case.register import Register
from app.case.statistics import UNSORTED, Tally
from app.case.trend import Overdue, count_closed, count_overdue, count_responses_overdue
from app.db import transaction
from app.dossier.period import Period
from app.register.columns import Column, fields_of
from app.statistics.periods import Chosen, instants, weeks
from app.statistics.rates import with_overdue
from app.statistics.tables import Kinds
from engine import ProcessDefinition
from engine.errors import EngineError

_RATED = (REACHED, IS_SOLVED, FIRST, FINAL)


@dataclass(frozen=True, slots=True)
class Counting:
    """Figures by month and together, those of the period before, what is overdue now, and the trend."""

    months: Counted
    all: Tally
    before: Tally | None
    overdue: Overdue
    weeks: Sequence[Period]
    trend: Sequence[tuple[int, int]]


def read_counting(
    session: Database, tenant: str, register: Register, reader: Reader, chosen: Chosen, results: Sequence[str],
    now: datetime,
) -> Counting:
    """Read the figures; whole months are kept for the next time."""

    def scope_of(period: Period) -> Scope:
        return Scope(tenant, register, reader, period.begins, period.ends)

    def read(period: Period) -> Reading:
        reading = read_months(session, scope_of(period), results)
        fresh.append((scope_of(period), reading))
        return reading

    fresh: list[tuple[Scope, Reading]] = []
    now_counted, scope = read(chosen.period), scope_of(chosen.period)
    late_responses = count_responses_overdue(session, scope, now) if register.response else {}
    months = with_overdue(now_counted.months, late_responses)
    before = None
    if chosen.before:
        earlier = read(chosen.before).months
        late = count_responses_overdue(session, scope_of(chosen.before), now) if register.response else {}
        before = Reading(with_overdue(earlier, late)).together
    first = date.fromisoformat(f"{min(months)}-01") if months else now.astimezone(LOCAL).date()
    spans = weeks(chosen.period, first, now.astimezone(LOCAL).date())
    closed = count_closed(session, scope, instants(spans))
    counting = Counting(
        months, Reading(months).together, before, count_overdue(session, scope, now), spans,
        [*zip(_opened(spans, now_counted.opened), closed, strict=True)],
    )  # fmt: skip
    _keep(session, fresh, results)
    return counting


def _opened(spans: Sequence[Period], days: Mapping[str, int]) -> list[int]:
    """Return how many cases were opened in each span; the spans follow one another, and the last one ends."""
    found, begins = [0] * len(spans), [str(span.begins) for span in spans]
    for day, number in days.items():
        at = bisect_right(begins, day) - 1
        if at >= 0 and day <= str(spans[at].ends):
            found[at] += number
    return found


def _keep(session: Database, fresh: Sequence[tuple[Scope, Reading]], results: Sequence[str]) -> None:
    if any(reading.fresh for _scope, reading in fresh):
        # Only a saving of time: the page is answered without it.
        with suppress(EngineError), transaction():
            for scope, reading in fresh:
                keep_months(session, scope, results, reading)


def counted_results(definition: ProcessDefinition, register: Register) -> dict[str, Column]:
    """Return the declared results that figures count: what a form lets choose, and what call-backs give."""
    fields = fields_of(definition)
    found = {name: fields.get(name, Column(name, name)) for name in register.result_fields}
    return {
        name: column for name, column in found.items() if column.kind in ("choice", "flag") or name in _RATED
    }


def words_of(
    definition: ProcessDefinition, register: Register, groups: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return the words of each dimension's values: what groups are called, and what the forms' fields let choose."""
    fields, unsorted = fields_of(definition), {UNSORTED: _("Unsorted")}
    place, category = (
        {**groups, **(fields[name].options if name in fields else {}), **unsorted}
        for name in (register.place, register.category)
    )
    return {"unit": {**groups, UNSORTED: _("Not assigned")}, "place": place, "category": category, "state": unsorted}


def words_of_column(column: Column, groups: Mapping[str, str]) -> dict[str, str]:
    """Return the words of a result's values."""
    if column.kind == "flag":  # SQLite gives the truth values of JSON as numbers
        return {"true": _("Yes"), "1": _("Yes"), "false": _("No"), "0": _("No")}
    return {**groups, **column.options} if column.of_groups else dict(column.options)


def kinds_of(register: Register, results: Mapping[str, Column]) -> Kinds:
    """Return which figures a register has."""
    words = {"category": _("Category"), "place": _("Place"), "unit": _("Responsible")}
    declared = {"category": register.category, "place": register.place, "unit": register.units}
    return Kinds(
        response=bool(register.response), satisfaction=FINAL in results, solved=IS_SOLVED in results,
        dimensions={dimension: words[dimension] for dimension, names in declared.items() if names},
    )
