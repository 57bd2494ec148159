"""Figures that depend on the hour: what is overdue now, and how many cases were closed in each span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, column, func, select, values

from app.case.models import VOIDED, Case, Database
from app.case.months import Scope
from app.case.statistics import ALL, DIMENSIONS, UNSORTED
from app.case.timing import stands
from engine.store.tables import Instant

Overdue = Mapping[tuple[str, str], int]
"""How many open cases are overdue, by dimension and name."""


def count_overdue(session: Database, scope: Scope, now: datetime) -> Overdue:
    """Return how many of the scope's cases are overdue at `now`, in all and by category, place, unit and state."""
    columns = [getattr(Case, dimension) for dimension in DIMENSIONS]
    late = select(*columns, func.count()).where(*_beside(scope), stands("late", now))
    found: Counter[tuple[str, str]] = Counter()
    for *names, number in session.execute(late.group_by(*columns)):
        found[ALL, ""] += int(number)
        for dimension, name in zip(DIMENSIONS, names, strict=True):
            found[dimension, name or UNSORTED] += int(number)
    return found


def count_responses_overdue(session: Database, scope: Scope, now: datetime) -> dict[str, int]:
    """Return how many responses are overdue at `now` and were not late before, by the month of opening."""
    month = func.substr(Case.opened_day, 1, 7)
    late = select(month, func.count()).where(
        *_beside(scope), Case.response_due_at <= now, Case.response != "late"
    ).group_by(month)  # fmt: skip
    return {month: int(number) for month, number in session.execute(late)}


def _beside(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the scope's conditions, the days hidden from the planner.

    SQLite would rather walk along all that a year opened than along what is open.
    """
    return [*scope.readable, Case.state != VOIDED, *scope.opened(func.coalesce(Case.opened_day, ""))]


def count_closed(session: Database, scope: Scope, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Return how many cases of the register were closed in each span, whenever they were opened."""
    if not spans:
        return []
    begins, ends = column("begins", Instant), column("ends", Instant)
    each = values(begins, ends, name="given").data(list(spans)).cte("span")
    closed = select(func.count()).where(
        *scope.readable, Case.state != VOIDED, Case.closed_at >= each.c.begins, Case.closed_at < each.c.ends
    )  # fmt: skip
    # Span by span, so that an index leads to each.
    rows = session.execute(select(each.c.begins, closed.scalar_subquery().correlate(each)))
    found = {begins: int(number) for begins, number in rows}
    return [found[begins] for begins, _ends in spans]
