"""What the demonstration has brought about: each case beside what its call expects, and the register's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table

from app.case.access import Reader
from app.case.models import Case
from app.case.projection import register_of
from app.case.statistics import Figures, read_figures
from app.db import current_engine, db, tenant
from app.demo.calls import Call
from app.demo.play import PROCESS


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call and the case that it has become."""

    call: Call
    case: Case

    def differences(self) -> list[str]:
        """Return in what the case differs from what its call expects, such as `solved is 解决, not 未解决`."""
        expected, results = self.call.expected, self.case.results
        shown: Mapping[str, tuple[object, object]] = {
            "solved": (results.get("solved"), expected.solved),
            "first_satisfaction": (results.get("first_satisfaction"), expected.first_satisfaction),
            "final_satisfaction": (results.get("final_satisfaction"), expected.final_satisfaction),
            "closed": (self.case.closed_at is not None, True),
            "redone": (self.case.redo_count > 0, expected.is_redone),
            "category": (self.case.category, self.call.facts["category"]),
        }
        return [f"{name} is {found}, not {wanted}" for name, (found, wanted) in shown.items() if found != wanted]


def read_statistics() -> Figures:
    """Return the figures of the whole register, as one of its readers sees them."""
    register = register_of(current_engine().latest(PROCESS))
    return read_figures(db.session(), tenant(), register, Reader("", frozenset(register.readers)))


def miscounts(outcomes: Sequence[Outcome], figures: Figures) -> list[str]:
    """Return where the statistics do not add up, or lack cases of the demonstration."""
    wrong = []
    played = Counter(outcome.call.facts["category"] for outcome in outcomes)
    counted = {row.name: row.total for row in figures.by_category}
    for category, count in played.items():
        # Others may have registered calls too; if nobody has, the figures are exactly those of the calls.
        is_alone = figures.total == len(outcomes)
        found = counted.get(category, 0)
        if found < count or (is_alone and found != count):
            wrong.append(f"{category}: {found} cases are counted, {count} were played")
    for name in ("by_category", "by_place", "by_unit", "by_state"):
        total = sum(row.total for row in getattr(figures, name))
        if total != figures.total:
            wrong.append(f"{name} adds up to {total}, not to {figures.total}")
    return wrong


def table_of_cases(outcomes: Sequence[Outcome]) -> Table:
    """Return the cases, one a line."""
    table = Table(box=None, padding=(0, 1, 0, 0))  # 76 columns wide
    for heading in ("Number", "Category", "Village", "State", "Solved", "First", "Final", "OK"):
        table.add_column(heading, no_wrap=True)
    for outcome in outcomes:
        case, results, is_wrong = outcome.case, outcome.case.results, bool(outcome.differences())
        table.add_row(
            case.number, case.category, str(outcome.call.facts["village"]), case.state, results.get("solved") or "–",
            results.get("first_satisfaction") or "–", results.get("final_satisfaction") or "–",
            "no" if is_wrong else "yes", style="red" if is_wrong else "",
        )  # fmt: skip
    return table


def table_of_figures(figures: Figures) -> Table:
    """Return the statistics by category, with their total."""
    table = Table("Category", "Cases", "Closed", box=SIMPLE_HEAD, show_footer=True)
    table.columns[0].footer, table.columns[1].footer = "Total", str(figures.total)
    table.columns[2].footer = str(figures.closed)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in figures.by_category:
        table.add_row(row.name, str(row.total), str(row.closed))
    return table
