"""Tests of an item by its entries and what is written out, `price > 500 and kind = "A"`: no scope for each item."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from engine.feel import tree
from engine.feel.logic import SCALAR_ORDER

Quick: TypeAlias = Callable[[object], bool | None]
"""Tests an item, a value or plain JSON; None where the test does not apply, and the item must go the long way."""


def quick_test(node: tree.Node, item: str, *, entries_are_names: bool = False) -> Quick | None:
    """Return the test of the variable `item` that the condition is, or None if it is no such.

    With `entries_are_names` the entries of the item stand for themselves, as in a filter.
    """
    match node:
        case tree.And(operands=operands) | tree.Or(operands=operands):
            tests = tuple(quick_test(each, item, entries_are_names=entries_are_names) for each in operands)
            known = tuple(test for test in tests if test is not None)
            return None if len(known) < len(tests) else _combined(known, decisive=isinstance(node, tree.Or))
        case tree.Compare(left=tree.Name(name=name), right=tree.Literal(value=limit)) if entries_are_names:
            return _comparison(name, node.operator, limit, hidden_by=None)
        case tree.Compare(left=tree.Path(source=tree.Name(name=of), name=name), right=tree.Literal(value=limit)):
            hidden_by = item if entries_are_names else None
            return _comparison(name, node.operator, limit, hidden_by) if of == item else None
    return None


def _combined(tests: tuple[Quick, ...], *, decisive: bool) -> Quick:
    def test(item: object) -> bool | None:
        for each in tests:
            verdict = each(item)
            if verdict is None or verdict is decisive:
                return verdict
        return not decisive

    return test


def _comparison(name: str, operator: str, limit: object, hidden_by: str | None) -> Quick | None:
    order: Callable[[Any, Any], bool] | None = SCALAR_ORDER.get(operator)
    kind = type(limit)
    if order is None or kind not in (Decimal, str) or name.startswith("@"):
        return None
    # Plain whole numbers are compared with whole ones, which is exact and takes least time.
    whole = int(limit) if isinstance(limit, Decimal) and limit == limit.to_integral_value() else limit
    plain = int if kind is Decimal else str

    def test(item: object) -> bool | None:
        if type(item) is dict and (hidden_by is None or hidden_by not in item):
            value = item.get(name)
            found = type(value)
            if found is plain:
                return order(value, whole)
            if found is kind:
                return order(value, limit)
        return None

    return test
