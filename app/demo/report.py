"""What has become of the calls: each case beside what its call expects, and the register's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from app.case.access import Reader
from app.case.months import Scope, read_months
from app.case.projection import register_of
from app.case.statistics import DIMENSIONS, Tally
from app.db import current_engine, db, tenant
from app.demo.calls import PROCESS, Call, find_cases, read_calls
from app.demo.sample import Kind, Outcome


def read_statistics() -> Tally:
    """Return the figures of the whole register, as one of its readers sees them."""
    register = register_of(current_engine().latest(PROCESS))
    scope = Scope(tenant(), register, Reader("", frozenset(register.readers)))
    return read_months(db.session(), scope, ()).together


def miscounts(outcomes: Sequence[Outcome[Call]], figures: Tally) -> list[str]:
    """Return where the statistics do not add up, or lack cases of the demonstration."""
    wrong = []
    played = Counter(outcome.sample.facts["category"] for outcome in outcomes)
    counted = {row.name: row.total for row in figures.rows("category")}
    for category, count in played.items():
        # Others may have registered calls too; if nobody has, the figures are exactly those of the calls.
        is_alone = figures.all.total == len(outcomes)
        found = counted.get(category, 0)
        if found < count or (is_alone and found != count):
            wrong.append(f"{category}: {found} cases are counted, {count} were played")
    for dimension in DIMENSIONS:
        total = sum(row.total for row in figures.rows(dimension))
        if total != figures.all.total:
            wrong.append(f"{dimension} adds up to {total}, not to {figures.all.total}")
    return wrong


def table_of_cases(outcomes: Sequence[Outcome[Call]]) -> Table:
    """Return the cases, one a line."""
    table = Table(box=None, padding=(0, 1, 0, 0))  # 76 columns wide
    for heading in ("Number", "Category", "Village", "State", "Solved", "First", "Final", "OK"):
        table.add_column(heading, no_wrap=True)
    for outcome in outcomes:
        case, results, is_wrong = outcome.case, outcome.case.results, bool(outcome.differences())
        table.add_row(
            case.number, case.category, str(outcome.sample.facts["village"]), case.state, results.get("solved") or "–",
            results.get("first_satisfaction") or "–", results.get("final_satisfaction") or "–",
            "no" if is_wrong else "yes", style="red" if is_wrong else "",
        )  # fmt: skip
    return table


def table_of_figures(figures: Tally) -> Table:
    """Return the statistics by category, with their total."""
    table = Table("Category", "Cases", "Closed", box=SIMPLE_HEAD, show_footer=True)
    table.columns[0].footer, table.columns[1].footer = "Total", str(figures.all.total)
    table.columns[2].footer = str(figures.all.closed)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in figures.rows("category"):
        table.add_row(row.name, str(row.total), str(row.closed))
    return table


def report(outcomes: Sequence[Outcome[Call]]) -> tuple[list[RenderableType], list[str]]:
    """Return the tables of the calls' cases and figures, and what does not add up."""
    figures = read_statistics()
    return [table_of_cases(outcomes), table_of_figures(figures)], miscounts(outcomes, figures)


CALLS = Kind("calls", read_calls, find_cases, report)
