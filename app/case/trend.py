"""Figures that depend on the hour: what is overdue now, and how many cases were opened and closed in each span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, literal, select, union_all

from app.case.access import own_cases, reads_all
from app.case.models import VOIDED, Case, Database
from app.case.months import Scope
from app.case.statistics import ALL, DIMENSIONS, UNSORTED
from app.case.timing import stands

Overdue = Mapping[tuple[str, str], int]
"""How many open cases are overdue, by dimension and name."""


def count_overdue(session: Database, scope: Scope, now: datetime) -> Overdue:
    """Return how many of the scope's cases are overdue at `now`, in all and by category, place, unit and state."""
    columns = [getattr(Case, dimension) for dimension in DIMENSIONS]
    late = select(*columns, func.count()).where(*scope.conditions, stands("late", now)).group_by(*columns)
    found: Counter[tuple[str, str]] = Counter()
    for *names, number in session.execute(late):
        found[ALL, ""] += int(number)
        for dimension, name in zip(DIMENSIONS, names, strict=True):
            found[dimension, name or UNSORTED] += int(number)
    return found


def count_responses_overdue(session: Database, scope: Scope, now: datetime) -> dict[str, int]:
    """Return how many responses are overdue at `now` and were not late before, by the month of opening."""
    late = (
        select(Case.opened_month, func.count())
        .where(*scope.conditions, Case.response_due_at <= now, Case.response != "late").group_by(Case.opened_month)
    )
    return {month: int(number) for month, number in session.execute(late)}


def count_spans(
    session: Database, scope: Scope, spans: Sequence[tuple[datetime, datetime]]
) -> list[tuple[int, int]]:
    """Return how many cases of the register were opened and how many closed in each span, whenever they were opened."""
    if not spans:
        return []
    mine = [Case.tenant == scope.tenant, Case.process_key == scope.register.process_key, Case.state != VOIDED]
    if not reads_all(scope.register, scope.reader):
        mine.append(Case.instance_id.in_(own_cases(scope.tenant, scope.reader)))
    parts = [
        select(literal(number), literal(what), func.count()).where(*mine, column >= begins, column < ends)
        for number, (begins, ends) in enumerate(spans)
        for what, column in ((0, Case.opened_at), (1, Case.closed_at))
    ]
    found = {(number, what): int(count) for number, what, count in session.execute(union_all(*parts))}
    return [(found[number, 0], found[number, 1]) for number in range(len(spans))]
