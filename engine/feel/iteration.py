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


@compiles(tree.Quantified)
def _quantified(node: tree.Quantified, names: Names) -> Code:
    loop, inner = _compile_iterators(node.iterators, names)
    condition, decisive, at = compile_node(node.condition, inner), not node.every, node.at

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
        source = compile_node(iterator.source, names)
        end = compile_node(iterator.end, names) if iterator.end is not None else None
        names = names.within(iterator.name)
        sources.append((iterator.name, source, end))

    def loop(child: Scope, step: Step, depth: int = 0) -> bool:
        name, source, end = sources[depth]
        items = _items(source(child), child) if end is None else _counted(source(child), end(child), child)
        is_last = depth == len(sources) - 1
        for item in items:
            child.run.spend(1)
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
