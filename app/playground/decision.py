"""Tries a decision: its value, what it required, and each table as a grid whose cells say whether they passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.i18n import N_
from app.playground.shown import shown, stored, type_word
from app.playground.sources import Source
from app.playground.words import told
from engine.dmn import HitPolicyViolated, ValueNotAllowed
from engine.dmn.explain import Cell, ExplainedRule, ExplainedTable, Step, explain
from engine.dmn.sheet import Row, Sheet
from engine.feel import Value

MOST_ROWS = 200

POLICIES = {
    "UNIQUE": N_("at most one rule may match"), "FIRST": N_("the first rule that matches counts"),
    "ANY": N_("several rules may match if all conclude the same"),
    "PRIORITY": N_("the rule with the most important output counts"),
    "RULE ORDER": N_("all rules that match, in the order of the rules"),
    "OUTPUT ORDER": N_("all rules that match, the most important output first"),
    "COLLECT": N_("all rules that match, in any order"),
}  # fmt: skip
AGGREGATIONS = {
    "SUM": N_("added up"), "MIN": N_("the smallest"), "MAX": N_("the largest"), "COUNT": N_("counted"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GridCell:
    """A condition: its text, `passed`, `failed`, `unclear` or "" where it was not looked at, and why."""

    text: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """A rule: its `state` is `kept`, `hit` (it matches, another counts), `clash`, `miss`, or "" if none was tried."""

    row: Row
    state: str
    cells: tuple[GridCell, ...]
    outputs: tuple[tuple[str, str], ...]
    """Each output's text, and the value that it came to if that is another text."""


@dataclass(frozen=True, slots=True)
class GridInput:
    """The value of a column, why it is null, and why it is refused."""

    value: str
    is_null: bool
    reasons: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with what was tried; `inputs` is empty if nothing was."""

    name: str
    sheet: Sheet
    inputs: tuple[GridInput, ...]
    rows: tuple[GridRow, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A decision on the way: its value or the error, and its table as a grid if it has one."""

    name: str
    value: str
    type: str
    is_null: bool
    reasons: tuple[str, ...]
    error: str
    hits: tuple[int, ...]
    grid: Grid | None
    tables: tuple[tuple[str, tuple[int, ...]], ...]
    """Tables inside its expression or in what it called, with the rules that they kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision came to; `required` are the decisions on the way to it."""

    own: Shown
    required: tuple[Shown, ...]
    stored: str
    outputs: tuple[dict[str, str], ...]
    error: str


def untried(source: Source) -> Grid | None:
    """Return the decision's table as it is written."""
    sheet = source.sheets.get(source.decision.id)
    return None if sheet is None else _grid(source.decision.name, sheet, None, None)


def attempt(source: Source, values: Mapping[str, Value], now: datetime) -> Outcome:
    """Return what the decision comes to with these values; `now` is aware and in local time."""
    found = explain(source.decision, values, now=now)
    shown_steps = [_shown(source, step) for step in found.steps]
    error = told(str(found.error)) if found.error is not None else ""
    own = next((step for step in found.steps if step.id == source.decision.id), None)
    if own is None:  # what it requires has failed
        empty = Shown(source.decision.name, "", "", False, (), "", (), untried(source), ())
        return Outcome(empty, tuple(shown_steps), "", (), error)
    outputs = own.table.outputs if own.table is not None else ()
    texts = tuple({name: shown(value) for name, value in row.items()} for row in outputs)
    return Outcome(shown_steps[-1], tuple(shown_steps[:-1]), stored(found.value), texts, error)


def _shown(source: Source, step: Step) -> Shown:
    sheet = source.sheets.get(step.id)
    grid = None if sheet is None or step.table is None else _grid(step.name, sheet, step.table, step)
    tables = tuple((trace.table, tuple(rule.number for rule in trace.matched)) for trace in step.tables)
    return Shown(
        step.name, shown(step.value), type_word(step.value), step.value is None,
        tuple(dict.fromkeys(told(reason.message) for reason in step.reasons)),
        told(str(step.error)) if step.error is not None else "",
        step.table.hits if step.table is not None else (), grid, tables,
    )  # fmt: skip


def _grid(name: str, sheet: Sheet, table: ExplainedTable | None, step: Step | None) -> Grid:
    rules = {rule.number: rule for rule in table.rules} if table is not None else {}
    violated = step.error.rules if step is not None and isinstance(step.error, HitPolicyViolated) else ()
    rows = [_row(row, rules.get(row.number), violated) for row in sheet.rows]
    kept = [row for at, row in enumerate(rows) if at < MOST_ROWS or row.state in ("kept", "hit", "clash")]
    inputs = tuple(
        GridInput(
            shown(each.value, 200), each.value is None, tuple(told(reason.message) for reason in each.reasons),
            _refusal(each.refused),
        )
        for each in (table.inputs if table is not None else ())
    )  # fmt: skip
    return Grid(name, sheet, inputs, tuple(kept), len(rows) - len(kept))


def _refusal(error: ValueNotAllowed | None) -> str:
    return told(str(error)) if error is not None else ""


def _row(row: Row, rule: ExplainedRule | None, violated: tuple[int, ...]) -> GridRow:
    cells = rule.cells if rule is not None else (None,) * len(row.tests)
    return GridRow(
        row, _state(rule, violated), tuple(_cell(text, cell) for text, cell in zip(row.tests, cells, strict=False)),
        tuple(_output(text, at, rule) for at, text in enumerate(row.outputs)),
    )  # fmt: skip


def _state(rule: ExplainedRule | None, violated: tuple[int, ...]) -> str:
    if rule is None:
        return ""
    if rule.number in violated:
        return "clash"
    if rule.outputs is not None:
        return "kept"
    return "hit" if rule.is_hit else "miss"


def _cell(text: str, cell: Cell | None) -> GridCell:
    if cell is None:
        return GridCell(text, "", "")
    state = {True: "passed", False: "failed", None: "unclear"}[cell.passes]
    return GridCell(text, state, "; ".join(told(reason.message) for reason in cell.reasons))


def _output(text: str, column: int, rule: ExplainedRule | None) -> tuple[str, str]:
    values = list(rule.outputs.values()) if rule is not None and rule.outputs is not None else []
    value = shown(values[column], 300) if column < len(values) else ""
    return text, value if value != text else ""
