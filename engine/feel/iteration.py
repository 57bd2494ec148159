"""Compiles what visits many items: for, some, every, filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from engine.feel import tree
from engine.feel.compiler import Code, Names, compile_apart, compile_node, compiles
from engine.feel.errors import EvaluationLimit, NoValue
from engine.feel.far import date_from_ordinal
from engine.feel.logic import SCALAR_ORDER
from engine.feel.scope import MAX_STEPS, Scope
from engine.feel.types import name_of
from engine.feel.values import Range, Value

Step: TypeAlias = Callable[[Scope], bool]
"""Does something for one combination of items; returns whether to go on."""


@compiles(tree.For)
def _for(node: tree.For, names: Names) -> Code:
    loop, inner = _compile_iterators(node.iterators, names)
    body, mentioned = compile_apart(node.body, inner.within("partial"))
    needs_partial = "partial" in mentioned
    if len(node.iterators) == 1 and not needs_partial:
        return _plain_for(node.iterators[0], body, names)

    def code(scope: Scope) -> Value:
        results: list[Value] = []

        def step(child: Scope) -> bool:
            if needs_partial:
                scope.run.spend(len(results))
                child["partial"] = list(results)
            results.append(body(child))
            return True

        try:
            loop(scope.child(), step)
        except NoValue as reason:
            return scope.run.null(str(reason), node.iterators[0].at)
        return results

    return code


def _plain_quantified(node: tree.Quantified, condition: Code, names: Names) -> Code:
    """Return the question about one list or range, in few steps."""
    source, name = _compile_source(node.iterators[0], names), node.iterators[0].name
    decisive, at = not node.every, node.at

    def code(scope: Scope) -> Value:
        result: bool | None = not decisive
        try:
            child = scope.child()
            for item in source(scope):
                child[name] = item
                value = condition(child)
                if value is decisive:
                    return decisive
                if type(value) is not bool:
                    result = None
        except NoValue as reason:
            return scope.run.null(str(reason), at)
        return result

    return code


def _plain_for(iterator: tree.Iterator, body: Code, names: Names) -> Code:
    """Return the loop over one list or range, in few steps."""
    source = _compile_source(iterator, names)
    name, at = iterator.name, iterator.at

    def code(scope: Scope) -> Value:
        results: list[Value] = []
        try:
            child = scope.child()
            for item in source(scope):
                child[name] = item
                results.append(body(child))
        except NoValue as reason:
            return scope.run.null(str(reason), at)
        return results

    return code


def _compile_source(iterator: tree.Iterator, names: Names) -> Callable[[Scope], Iterable[Value]]:
    """Return what gives the items of one iterator, and pays for them."""
    source = compile_node(iterator.source, names)
    end = compile_node(iterator.end, names) if iterator.end is not None else None

    def items(scope: Scope) -> Iterable[Value]:
        found = _items(source(scope), scope) if end is None else _counted(source(scope), end(scope), scope)
        if isinstance(found, list):
            scope.run.spend(len(found))
            return found
        return _paid(found, scope)

    return items


def _paid(items: Iterable[Value], scope: Scope) -> Iterable[Value]:
    for item in items:
        scope.run.spend(1)
        yield item


@compiles(tree.Quantified)
def _quantified(node: tree.Quantified, names: Names) -> Code:
    loop, inner = _compile_iterators(node.iterators, names)
    condition, decisive, at = compile_node(node.condition, inner), not node.every, node.at
    if len(node.iterators) == 1:
        return _plain_quantified(node, condition, names)

    def code(scope: Scope) -> Value:
        result: bool | None = not decisive

        def step(child: Scope) -> bool:
            nonlocal result
            value = condition(child)
            if value is decisive:
                result = decisive
                return False
            if value is not (not decisive):
                result = None
            return True

        try:
            loop(scope.child(), step)
        except NoValue as reason:
            return scope.run.null(str(reason), at)
        return result

    return code


def _compile_iterators(
    iterators: tuple[tree.Iterator, ...], names: Names
) -> tuple[Callable[[Scope, Step], bool], Names]:
    """Return the loop over all combinations, and the names in sight of its body."""
    sources = []
    for iterator in iterators:
        sources.append((iterator.name, _compile_source(iterator, names)))
        names = names.within(iterator.name)

    def loop(child: Scope, step: Step, depth: int = 0) -> bool:
        name, source = sources[depth]
        is_last = depth == len(sources) - 1
        for item in source(child):
            child[name] = item
            if not (step(child) if is_last else loop(child, step, depth + 1)):
                return False
        return True

    return loop, names


def _items(value: Value, scope: Scope) -> Iterable[Value]:
    match value:
        case list():
            return value
        case Range():
            return _counted(value.start, value.end, scope, value.start_included, value.end_included)
        case None:
            raise NoValue("null cannot be iterated over")
    return [value]


def _counted(
    start: Value, end: Value, scope: Scope, start_included: bool = True, end_included: bool = True
) -> Iterable[Value]:
    """Return the whole numbers or days from `start` to `end`, up or down."""
    match start, end:
        case Decimal(), Decimal() if start == int(start) and end == int(end):
            first, last = int(start), int(end)
        case date(), date() if not isinstance(start, datetime) and not isinstance(end, datetime):
            first, last = start.toordinal(), end.toordinal()
        case _:
            raise NoValue(f"there is no counting from a {name_of(start)} to a {name_of(end)}")
    step = 1 if first <= last else -1
    first, last = first + (0 if start_included else step), last - (0 if end_included else step)
    if abs(last - first) >= min(scope.run.steps, MAX_STEPS):
        raise EvaluationLimit(f"counting from {start} to {end} takes more than {MAX_STEPS} steps")
    numbers = range(first, last + step, step)
    return map(Decimal, numbers) if isinstance(start, Decimal) else map(date_from_ordinal, numbers)


@compiles(tree.Filter)
def _filter(node: tree.Filter, names: Names) -> Code:
    source, at = compile_node(node.source, names), node.at
    predicate, mentioned = compile_apart(node.predicate, names.within("item"))
    members = tuple(mentioned - {"item"})
    quick = _quick_test(node.predicate) if names.watch is None else None
    if isinstance(node.predicate, tree.Literal) and isinstance(node.predicate.value, Decimal):
        number = node.predicate.value
        return lambda scope: _at(source(scope), number, scope, at)

    def code(scope: Scope) -> Value:
        items = source(scope)
        if items is None:
            return scope.run.null("null cannot be filtered", at)
        if not isinstance(items, list):
            items = [items]
        scope.run.spend(len(items))
        child, kept = scope.child(), list[Value]()
        for item in items:
            if quick is not None:
                passes = quick(item)
                if passes is not None:
                    if passes:
                        kept.append(item)
                    continue
            child["item"] = item
            if isinstance(item, dict):
                _show_members(child, scope, item, members)
            verdict = predicate(child)
            if verdict is True:
                kept.append(item)
            elif isinstance(verdict, Decimal):
                return _at(items, verdict, scope, at)
        return kept

    return code


def _quick_test(node: tree.Node) -> Callable[[Value], bool | None] | None:
    """Return the test of an item by one entry of it and a number or string that is written out, or None.

    The test gives None where it does not apply: the item goes the long way.
    """
    if not isinstance(node, tree.Compare) or not isinstance(node.right, tree.Literal):
        return None
    match node.left:
        case tree.Name(name=name):
            hides_item = False
        case tree.Path(source=tree.Name(name="item"), name=name):
            hides_item = True
        case _:
            return None
    limit, order = node.right.value, SCALAR_ORDER.get(node.operator)
    kind = type(limit)
    if kind not in (Decimal, str) or order is None:
        return None

    def test(item: Value) -> bool | None:
        if type(item) is dict and type(value := item.get(name)) is kind and not (hides_item and "item" in item):
            return bool(order(value, limit))
        return None

    return test


def _show_members(child: Scope, outer: Scope, item: dict[str, Value], members: tuple[str, ...]) -> None:
    """Let the predicate see the item's own members, which hide variables of the same name."""
    for name in members:
        if name in item:
            child[name] = item[name]
        elif name in outer:
            child[name] = outer[name]
        else:
            child.pop(name, None)
    child["item"] = item.get("item", item)


def _at(items: Value, number: Decimal, scope: Scope, at: int) -> Value:
    """Return the item with this number, counted from 1, or from the end by -1."""
    if items is None:
        return scope.run.null("null has no items", at)
    if not isinstance(items, list):
        items = [items]
    index = int(number)
    if index != number or index == 0 or abs(index) > len(items):
        return scope.run.null(f"there is no item {number} in a list of {len(items)}", at)
    return items[index - 1] if index > 0 else items[index]
