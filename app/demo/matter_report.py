"""What has become of the matters, each with its origin and the orders that it has opened."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table

from app.demo.matters import Matter, find_cases, orders_of, origins_of, read_matters
from app.demo.sample import Kind, Outcome


def table_of_matters(outcomes: Sequence[Outcome[Matter]]) -> Table:
    """Return the matters, one a line."""
    table = Table(box=None, padding=(0, 1, 0, 0))  # 76 columns wide
    for heading in ("Number", "Grew out of", "Meeting", "Orders", "State", "OK"):
        table.add_column(heading, no_wrap=True)
    for outcome in outcomes:
        case, is_wrong = outcome.case, bool(outcome.differences())
        table.add_row(
            case.number, "".join(origins_of(case)) or "–", case.results.get("meeting_outcome") or "–",
            " ".join(order.number.removeprefix("DB-") for order in orders_of(case)) or "–", case.state,
            "no" if is_wrong else "yes", style="red" if is_wrong else "",
        )  # fmt: skip
    return table


def report(outcomes: Sequence[Outcome[Matter]]) -> tuple[list[RenderableType], list[str]]:
    """Return the table of the matters; nothing beyond them is counted."""
    return [table_of_matters(outcomes)], []


MATTERS = Kind("matters", read_matters, find_cases, report)
