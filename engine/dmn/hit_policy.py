"""What a decision table concludes when no rule, one rule or many rules match (DMN 1.5, 8.2.8 and 8.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from engine.dmn.errors import HitPolicyViolated
from engine.feel.arithmetic import calculate
from engine.feel.comparison import compare, is_same
from engine.feel.values import Value

AGGREGATIONS = ("COUNT", "SUM", "MIN", "MAX")
SINGLE_HIT = ("UNIQUE", "FIRST", "ANY", "PRIORITY")
HIT_POLICIES = (*SINGLE_HIT, "RULE ORDER", "OUTPUT ORDER", "COLLECT")


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched: its number, its outputs by name, and where they rank among the allowed ones."""

    number: int
    outputs: dict[str, Value]
    rank: tuple[int, ...]


def choose(policy: str, hits: Sequence[Hit], table: str) -> Sequence[Hit]:
    """Return those of the rules that matched which the hit policy keeps, in its order.

    Raises HitPolicyViolated when it allows none of them.
    """
    if len(hits) < 2:
        return hits
    match policy:
        case "UNIQUE":
            raise _violated(table, "only one rule may match", hits)
        case "ANY":
            if not all(is_same(hit.outputs, hits[0].outputs) for hit in hits):
                raise _violated(table, "all rules that match must conclude the same", hits)
            return hits[:1]
        case "FIRST":
            return hits[:1]
        case "PRIORITY":
            return sorted(hits, key=lambda hit: hit.rank)[:1]
        case "OUTPUT ORDER":
            return sorted(hits, key=lambda hit: hit.rank)
    return hits


def conclude(policy: str, aggregation: str | None, hits: Sequence[Hit]) -> Value:
    """Return the value of the table: of one output the value itself, of several a context; a list if many may hit.

    Raises NoValue when the outputs cannot be added up or ordered.
    """
    if aggregation == "COUNT":
        return Decimal(len(hits))
    if not hits:
        return None
    values = [_value(hit.outputs) for hit in hits]
    if policy in SINGLE_HIT:
        return values[0]
    return values if aggregation is None else reduce(_FOLDS[aggregation], values)


def _value(outputs: dict[str, Value]) -> Value:
    return next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)


def _smaller(left: Value, right: Value) -> Value:
    return left if compare("<=", left, right) else right


def _larger(left: Value, right: Value) -> Value:
    return left if compare(">=", left, right) else right


_FOLDS: dict[str, Callable[[Value, Value], Value]] = {
    "SUM": lambda left, right: calculate("+", left, right),
    "MIN": _smaller,
    "MAX": _larger,
}


def _violated(table: str, rule: str, hits: Sequence[Hit]) -> HitPolicyViolated:
    numbers = tuple(hit.number for hit in hits)
    listed = ", ".join(map(str, numbers))
    return HitPolicyViolated(f"decision table {table}: {rule}, but rules {listed} match", rules=numbers)
