"""One measured figure, and how figures are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from rich.console import Console
from rich.markup import escape
from rich.table import Table


class Row(TypedDict):
    """A figure as build/bench.json holds it; the limit is for the ratio where there is one, else for the value."""

    name: str
    value: float
    unit: str
    against: str | None
    ratio: float | None
    limit: float | None
    holds: bool | None


def row(
    name: str, value: float, unit: str, *, against: tuple[str, float] | None = None, limit: float | None = None
) -> Row:
    """Return a figure, compared with another one of the same run where `against` names it.

    A rate (its unit ends in /s) has to reach its limit, everything else must not exceed it.
    """
    name_of_other, ratio = (against[0], value / against[1]) if against else (None, None)
    measured = value if ratio is None else ratio
    holds = None if limit is None else (measured >= limit if _is_rate(unit) else measured <= limit)
    return Row(
        name=name, value=_short(value), unit=unit, against=name_of_other,
        ratio=None if ratio is None else _short(ratio), limit=limit, holds=holds,
    )  # fmt: skip


def complete(given: Mapping[str, Any]) -> Row:
    """Return a figure of a module that says only what it has to say."""
    return Row(
        name=given["name"], value=given["value"], unit=given["unit"], against=given.get("against"),
        ratio=given.get("ratio"), limit=given.get("limit"), holds=given.get("holds"),
    )  # fmt: skip


def wide() -> Console:
    """Return a console as wide as the table, also where the output is no terminal."""
    console = Console()
    console.width = max(console.width, 160)
    return console


def _is_rate(unit: str) -> bool:
    """Whether more is better."""
    return unit.endswith("/s")


def show(rows: Iterable[Row], console: Console) -> None:
    """Print figures as a table."""
    table = Table("what", "value", "unit", "ratio", "against", "limit", "holds", title="昌通: benchmarks")
    for column in (1, 3, 5):
        table.columns[column].justify = "right"
    for one in rows:
        holds = {None: "", True: "[green]yes", False: "[bold red]NO"}[one["holds"]]
        ratio = "" if one["ratio"] is None else f"{one['ratio']:.2f} ×"
        name, value = escape(one["name"]), _figure(one["value"])
        table.add_row(name, value, one["unit"], ratio, one["against"] or "", _bound(one), holds)
    console.print(table)


def _figure(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _bound(one: Row) -> str:
    if one["limit"] is None:
        return ""
    return f"{'≥' if _is_rate(one['unit']) else '≤'} {one['limit']:g}{'' if one['ratio'] is None else ' ×'}"


def run_alone(rows: Callable[[], Iterable[Row]]) -> None:
    """Measure and show one module's figures."""
    show(list(rows()), wide())


def _short(value: float) -> float:
    return round(value, 3 if abs(value) < 100 else 1)


__all__ = ["Row", "complete", "row", "run_alone", "show", "wide"]
