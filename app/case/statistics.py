"""Figures of a register: every case is counted once, in one reading, so that all tables add up to the same total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select

from app.case.access import Reader, own_cases, reads_all
from app.case.models import VOIDED, Case, Database
from app.case.register import Register
from engine.store.tables import TaskRow, of_instance

UNSORTED = "未分类"
LEVELS = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")
SATISFIED = frozenset(LEVELS[:3])
SOLVED = "解决"
SOLVED_LEVELS = frozenset({SOLVED, "部分解决", "未解决"})
NOT_REACHED = frozenset({"no", "false", "0"})
"""How a form's answer, or a truth value in either database, says that the caller was not reached."""
_ANSWERS = ("first_satisfaction", "final_satisfaction", "solved", "reached")

Key = tuple[str, str, str, str]
"""Category, place, unit, state."""


@dataclass(slots=True)
class Row:
    """One line of a table: a category, place or unit. `states` adds up to `total`, and so do open and closed."""

    name: str
    total: int = 0
    closed: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def open(self) -> int:
        return self.total - self.closed


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of what counts; None where nothing counts yet."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The tables of a register. Each of `by_category`, `by_place`, `by_unit` and `by_state` adds up to `total`."""

    total: int
    closed: int
    by_category: Sequence[Row]
    by_place: Sequence[Row]
    by_unit: Sequence[Row]
    by_state: Sequence[Row]
    categories_by_place: dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Ratings:
    """What call-backs gave. `unreached` cases are in no rate and are shown beside them."""

    first: dict[str, int]
    final: dict[str, int]
    unreached: int
    response: Rate
    solved: Rate
    satisfied: Rate


def read_figures(
    session: Database, tenant: str, register: Register, reader: Reader, *,
    opened_from: datetime | None = None, opened_before: datetime | None = None,
) -> Figures:
    """Count the cases that the reader may read and that were opened in the period; both ends may be open.

    What was voided was registered by mistake, and counts nowhere.
    """
    columns = (Case.category, Case.place, Case.unit, Case.state)
    counted = (
        select(*columns, func.count(), func.count(Case.closed_at))
        .where(*_chosen(tenant, register, reader, opened_from, opened_before))
        .group_by(*columns)
    )
    cells: list[tuple[Key, int, int]] = [
        ((row[0], row[1], row[2], row[3]), int(row[4]), int(row[5])) for row in session.execute(counted)
    ]
    crossed: Counter[tuple[str, str]] = Counter()
    for key, count, _closed in cells:
        crossed[key[0] or UNSORTED, key[1] or UNSORTED] += count
    return Figures(
        total=sum(count for _, count, _ in cells), closed=sum(closed for _, _, closed in cells),
        by_category=_rows(cells, 0), by_place=_rows(cells, 1), by_unit=_rows(cells, 2), by_state=_rows(cells, 3),
        categories_by_place=dict(crossed),
    )


def read_ratings(
    session: Database, tenant: str, register: Register, reader: Reader, *, at: datetime,
    opened_from: datetime | None = None, opened_before: datetime | None = None,
) -> Ratings:
    """Return satisfaction and the three rates (三率) of the cases opened in the period, as they stand at `at`.

    响应率 = tasks named by `case.response` done in time ÷ those done, or due by now. 解决率 = solved ÷ called back,
    reached, with an answer. 满意率 = the first three levels ÷ rated. The last level that was given counts.
    """
    chosen = _chosen(tenant, register, reader, opened_from, opened_before)
    first, final, solved, unreached = _answers(session, chosen)
    return Ratings(
        first=_levels(first), final=_levels(final), unreached=unreached,
        response=_response(session, tenant, register, chosen, at),
        solved=Rate(solved[SOLVED], sum(solved[level] for level in SOLVED_LEVELS)),
        satisfied=Rate(sum(final[level] for level in SATISFIED), sum(final[level] for level in LEVELS)),
    )


def _chosen(
    tenant: str, register: Register, reader: Reader, opened_from: datetime | None, opened_before: datetime | None
) -> list[ColumnElement[bool]]:
    chosen = [Case.tenant == tenant, Case.process_key == register.process_key, Case.state != VOIDED]
    if not reads_all(register, reader):
        chosen.append(Case.instance_id.in_(own_cases(tenant, reader)))
    if opened_from is not None:
        chosen.append(Case.opened_at >= opened_from)
    if opened_before is not None:
        chosen.append(Case.opened_at < opened_before)
    return chosen


def _rows(cells: Sequence[tuple[Key, int, int]], dimension: int) -> list[Row]:
    """Gather the cells by one of their names, the largest first and what has no name last."""
    rows: dict[str, Row] = {}
    for key, count, closed in cells:
        name = key[dimension] or UNSORTED
        row = rows.setdefault(name, Row(name))
        row.total += count
        row.closed += closed
        row.states[key[3]] += count
    return sorted(rows.values(), key=lambda row: (row.name == UNSORTED, -row.total, row.name))


def _answers(
    session: Database, chosen: Sequence[ColumnElement[bool]]
) -> tuple[Counter[str], Counter[str], Counter[str], int]:
    """Count the first and final levels, what was solved, and who was not reached (counted nowhere else), at once."""
    values = [Case.results[name].as_string() for name in _ANSWERS]
    first: Counter[str] = Counter()
    final: Counter[str] = Counter()
    solved: Counter[str] = Counter()
    unreached = 0
    for *given, count in session.execute(select(*values, func.count()).where(*chosen).group_by(*values)):
        if given[3] in NOT_REACHED:
            unreached += int(count)
            continue
        for counter, answer in zip((first, final, solved), given, strict=False):
            if answer not in (None, ""):
                counter[str(answer)] += int(count)
    return first, final, solved, unreached


def _levels(counts: Counter[str]) -> dict[str, int]:
    """Return how often each level was given, all five first; a level that is none of them is shown as it is."""
    return dict.fromkeys(LEVELS, 0) | dict(counts)


def _response(
    session: Database, tenant: str, register: Register, chosen: Sequence[ColumnElement[bool]], at: datetime
) -> Rate:
    if not register.response:
        return Rate(0, 0)
    done = TaskRow.status == "completed"
    in_time = and_(done, TaskRow.ended_at <= TaskRow.due_at)
    counted = (
        select(func.count(), func.sum(case((in_time, 1), else_=0)))
        .select_from(Case)
        .join(TaskRow, and_(TaskRow.tenant == Case.tenant, of_instance(Case.instance_id)))
        .where(
            *chosen, TaskRow.definition_key == register.process_key, TaskRow.element_id.in_(register.response),
            TaskRow.due_at.is_not(None),
            done | and_(TaskRow.status == "open", TaskRow.due_at < at),
        )
    )
    whole, part = session.execute(counted).one()
    return Rate(int(part or 0), int(whole))
