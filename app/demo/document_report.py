"""What has become of the documents, each beside what its line expects."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table

from app.demo.documents import Document, find_cases, read_documents, shown_due, shown_units
from app.demo.sample import Kind, Outcome


def table_of_documents(outcomes: Sequence[Outcome[Document]]) -> Table:
    """Return the documents, one a line; one that has come before names the case that it repeats."""
    table = Table(box=None, padding=(0, 1, 0, 0))  # 76 columns wide
    for heading in ("Number", "Handling", "Lead", "Co-units", "Due", "State", "OK"):
        table.add_column(heading, no_wrap=True)
    for outcome in outcomes:
        table.add_row(*_row(outcome), style="red" if outcome.differences() else "")
    return table


def _row(outcome: Outcome[Document]) -> list[str]:
    case, verdict = outcome.case, "no" if outcome.differences() else "yes"
    if outcome.was_refused:
        return [f"= {case.number}", "duplicate", "–", "–", "–", "–", verdict]
    units = shown_units(case)
    return [
        case.number, case.category or outcome.sample.expected.handling, "".join(units[:1]) or "–",
        "、".join(units[1:]) or "–", (shown_due(case) or "–")[-5:], case.state, verdict,
    ]  # fmt: skip


def report(outcomes: Sequence[Outcome[Document]]) -> tuple[list[RenderableType], list[str]]:
    """Return the table of the documents; nothing beyond them is counted."""
    return [table_of_documents(outcomes)], []


DOCUMENTS = Kind("documents", read_documents, find_cases, report)
