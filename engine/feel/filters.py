"""Compiles filters: of a list by a condition, or by the number of an item."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from engine.feel import tree
from engine.feel.compiler import Code, Names, compile_apart, compile_node, compiles
from engine.feel.quick import quick_test
from engine.feel.raw import Taken, compile_raw, compiles_raw, is_named, take
from engine.feel.scope import Run, Scope
from engine.feel.values import Value, from_json

Sieve: TypeAlias = Callable[[Scope, list[Value]], Value]
"""Returns the items that pass, or the one item that is asked for."""
Take: TypeAlias = Callable[[object, Run], Value]
"""Makes a value of plain JSON."""


@compiles(tree.Filter)
def _filter(node: tree.Filter, names: Names) -> Code:
    raw = _of_raw(node, names)
    if raw is not None:
        # What stands in no loop is evaluated once: nothing need be remembered of what is taken in.
        taken = take if names.bound else _take_once
        return lambda scope: _whole(raw(scope), scope.run, taken)
    source, sieve, at = compile_node(node.source, names), _compile_sieve(node, names), node.at
    return lambda scope: _sifted(sieve, scope, source(scope), at)


@compiles_raw(tree.Filter)
def _of_raw(node: tree.Filter, names: Names) -> Code | None:
    """Return the filter of plain JSON, if it can do without taking in every item."""
    if is_named("item", node.predicate) and quick_test(node.predicate, "item", entries_are_names=True) is None:
        return None
    source = compile_raw(node.source, names)
    if source is None:
        return None
    sieve, of_values, at = _compile_sieve(node, names, take), _compile_sieve(node, names), node.at

    def code(scope: Scope) -> object:
        raw = source(scope)
        if type(raw) is list:
            scope.run.spend(len(raw))
            return sieve(scope, raw)
        return Taken(_sifted(of_values, scope, take(raw, scope.run), at))

    return code


def _whole(found: object, run: Run, taken: Take) -> Value:
    # The list of what passed is new, so that only its items may be known.
    return [taken(item, run) for item in found] if type(found) is list else take(found, run)


def _take_once(raw: object, run: Run) -> Value:
    return from_json(raw)


def _sifted(sieve: Sieve, scope: Scope, items: Value, at: int) -> Value:
    if items is None:
        return scope.run.null("null cannot be filtered", at)
    if not isinstance(items, list):
        items = [items]
    scope.run.spend(len(items))
    return sieve(scope, items)


def _compile_sieve(node: tree.Filter, names: Names, taken: Take | None = None) -> Sieve:
    """Return what chooses among items, which `taken` makes values of where they are plain JSON."""
    predicate, mentioned = compile_apart(node.predicate, names.within("item").eager())
    members, at = tuple(mentioned), node.at
    is_of_members = "item" not in mentioned
    quick = quick_test(node.predicate, "item", entries_are_names=True) if names.watch is None else None
    number = _number_in(node.predicate)
    if number is not None:
        return lambda scope, items: _at(items, number, scope, at)

    def sieve(scope: Scope, items: list[Value]) -> Value:
        child, kept = scope.child(), list[Value]()
        for found in items:
            if quick is not None and (passes := quick(found)) is not None:
                if passes:
                    kept.append(found)
                continue
            if is_of_members and type(found) is dict and len(found) > 1:
                # A context with a single entry "@…" might stand for another value.
                _show_members(child, scope, found, members, taken)
            else:
                item = found if taken is None else taken(found, scope.run)
                _show_members(child, scope, item if isinstance(item, dict) else {}, members)
                if not isinstance(item, dict) or "item" not in item:
                    child["item"] = item
            verdict = predicate(child)
            if verdict is True:
                kept.append(found)
            elif isinstance(verdict, Decimal):
                return _at(items, verdict, scope, at)
        return kept

    return sieve


def _number_in(predicate: tree.Node) -> Decimal | None:
    """Return the number of the item that is asked for, if it is written out."""
    number = predicate.value if isinstance(predicate, tree.Literal) else None
    return number if isinstance(number, Decimal) else None


def _show_members(
    child: Scope, outer: Scope, item: dict[str, Value], members: tuple[str, ...], taken: Take | None = None
) -> None:
    """Let the predicate see the item's own members, which hide variables of the same name."""
    for name in members:
        if name in item:
            child[name] = item[name] if taken is None else taken(item[name], outer.run)
        elif name in outer:
            child[name] = outer[name]
        else:
            child.pop(name, None)


def _at(items: list[Value], number: Decimal, scope: Scope, at: int) -> Value:
    """Return the item with this number, counted from 1, or from the end by -1."""
    index = int(number)
    if index != number or index == 0 or abs(index) > len(items):
        return scope.run.null(f"there is no item {number} in a list of {len(items)}", at)
    return items[index - 1] if index > 0 else items[index]
