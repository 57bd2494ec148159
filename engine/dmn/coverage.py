"""What a decision table leaves open or answers twice, as far as that can be decided: told when it is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from engine.dmn.column import Column, column_of
from engine.dmn.hit_policy import SINGLE_HIT
from engine.dmn.table import DecisionTable, Output, Rule
from engine.dmn.types import is_allowed
from engine.feel.comparison import is_same
from engine.feel.folding import folded
from engine.feel.scope import Run
from engine.feel.text import text_of
from engine.feel.types import is_instance
from engine.feel.values import Value

MANY = 10
"""How many gaps and overlaps of one table are told."""
MAX_WORK = 50_000


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with a table, with the words that its sentence needs."""

    rule: str
    params: dict[str, str]


def flaws_of(table: DecisionTable) -> list[Flaw]:
    """Return what is wrong with a table: values outside, rules that never match, overlaps and gaps."""
    run = Run(datetime(2026, 1, 1, tzinfo=UTC))
    columns = [column_of(column, table.rules, at, run) for at, column in enumerate(table.inputs)]
    known = [column for column in columns if column is not None]
    found = [
        Flaw("table_value_outside", {"number": str(number), "column": column.name, "value": _shown(value)})
        for column in known for number, value in column.outside
    ]
    found += [flaw for rule in table.rules for flaw in _outputs(rule, table.outputs, run)]
    if len(known) < len(columns):
        return found
    dead = [rule.number for at, rule in enumerate(table.rules) if any(column.passing[at] == 0 for column in known)]
    found += [Flaw("table_rule_dead", {"number": str(number)}) for number in dead]
    found += _overlaps(table, known)
    found += _gaps(table, known)
    return found


def _outputs(rule: Rule, outputs: Sequence[Output], run: Run) -> Iterator[Flaw]:
    for cell, output in zip(rule.outputs, outputs, strict=True):
        constant = folded(cell)
        if constant is None or constant.value is None:
            continue
        params = {"number": str(rule.number), "column": output.name, "value": _shown(constant.value)}
        if output.allowed and not any(is_allowed(test, constant.value, run) for test in output.allowed):
            yield Flaw("table_value_outside", params)
        simple = None if output.type is None or output.type.is_collection else output.type.simple
        is_text_of_it = isinstance(constant.value, str) and simple is not None and simple.name != "number"
        if simple is not None and not is_instance(constant.value, simple) and not is_text_of_it:
            yield Flaw("table_type", {**params, "type": simple.name})


def _shown(value: Value) -> str:
    return f'"{value}"' if isinstance(value, str) else text_of(value, Run(datetime(2026, 1, 1, tzinfo=UTC)))


def _overlaps(table: DecisionTable, columns: Sequence[Column]) -> list[Flaw]:
    """Return pairs of rules that match together where only one may, or that hide each other."""
    found: list[Flaw] = []
    if table.hit_policy not in ("UNIQUE", "ANY", "FIRST"):
        return found
    for (at, one), (then, other) in combinations(enumerate(table.rules), 2):
        shared = _shared(columns, at, then)
        if shared is None:
            continue
        params = {"number": str(one.number), "other": str(other.number), "where": _where(columns, shared)}
        match table.hit_policy:
            case "UNIQUE":
                found.append(Flaw("table_overlap", params))
            case "ANY" if _differ(one, other):
                found.append(Flaw("table_overlap", params))
            case "FIRST" if shared == [column.passing[then] for column in columns]:
                found.append(Flaw("table_rule_hidden", params))
        if len(found) >= MANY:
            break
    return found


def _shared(columns: Sequence[Column], one: int, other: int) -> list[int] | None:
    """Return the pieces that two rules share in each column; None when they share none, or it is not known."""
    shared = []
    for column in columns:
        left, right = column.passing[one], column.passing[other]
        if left is None or right is None or not left & right:
            return None
        shared.append(left & right)
    return shared


def _differ(one: Rule, other: Rule) -> bool:
    for left, right in zip(one.outputs, other.outputs, strict=True):
        first, second = folded(left), folded(right)
        if first is not None and second is not None and not is_same(first.value, second.value):
            return True
    return False


def _gaps(table: DecisionTable, columns: Sequence[Column]) -> list[Flaw]:
    """Return inputs for which no rule matches, where one is expected to."""
    has_default = any(output.default is not None for output in table.outputs)
    unknown = any(pieces is None for column in columns for pieces in column.passing)
    if table.hit_policy not in SINGLE_HIT or has_default or unknown or not columns:
        return []
    search = _Search(columns)
    search.look(0, frozenset(range(len(table.rules))), [])
    return [Flaw("table_gap", {"where": _where(columns, pieces)}) for pieces in search.found[:MANY]]


class _Search:
    """Looks for what no rule covers, column by column; pieces that the same rules cover are looked at together."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.found: list[list[int]] = []
        self.work = 0
        self.whole: set[tuple[int, frozenset[int]]] = set()

    def look(self, depth: int, rules: frozenset[int], above: list[int]) -> None:
        """Add the boxes below `above` that none of the rules covers."""
        self.work += 1
        if len(self.found) >= MANY or self.work > MAX_WORK or (depth, rules) in self.whole:
            return
        if not rules:
            self.found.append(above + [column.all_pieces for column in self.columns[depth:]])
            return
        if depth == len(self.columns):
            return
        before = len(self.found)
        together: dict[frozenset[int], int] = {}
        column = self.columns[depth]
        for piece in range(len(column.samples)):
            left = frozenset(at for at in rules if (column.passing[at] or 0) >> piece & 1)
            together[left] = together.get(left, 0) | 1 << piece
        for left, pieces in together.items():
            self.look(depth + 1, left, [*above, pieces])
        if len(self.found) == before and self.work <= MAX_WORK:
            self.whole.add((depth, rules))


def _where(columns: Sequence[Column], pieces: Sequence[int]) -> str:
    """Return a box for people, by the columns in which it is narrow."""
    narrow = [
        f"{column.name}: {column.told(each)}" for column, each in zip(columns, pieces, strict=True)
        if each != column.all_pieces
    ]
    return "; ".join(narrow) or "-"
