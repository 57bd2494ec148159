"""Compiles loops: for, some, every."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from engine.feel import tree
from engine.feel.compiler import Code, Names, compile_apart, compile_node, compiles
from engine.feel.errors import EvaluationLimit, NoValue
from engine.feel.far import date_from_ordinal
from engine.feel.quick import quick_test
from engine.feel.raw import Taken, compile_raw, is_named, is_only_entered, take
from engine.feel.scope import MAX_STEPS, Scope
from engine.feel.types import name_of
from engine.feel.values import Range, Value

Step: TypeAlias = Callable[[Scope], bool]
"""Does something for one combination of items; returns whether to go on."""


@compiles(tree.For)
def _for(node: tree.For, names: Names) -> Code:
    if len(node.iterators) == 1 and not is_named("partial", node.body):
        return _plain_for(node.iterators[0], node.body, names)
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


def _plain_quantified(node: tree.Quantified, names: Names) -> Code:
    """Return the question about one list or range, in few steps."""
    name = node.iterators[0].name
    source, inner = _compile_items(node.iterators[0], node.condition, names)
    condition = compile_node(node.condition, inner)
    quick = quick_test(node.condition, name) if names.watch is None else None
    decisive, at = not node.every, node.at

    def code(scope: Scope) -> Value:
        result: bool | None = not decisive
        try:
            child = scope.child()
            for item in source(scope):
                value: Value = quick(item) if quick is not None else None
                if value is None:
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


def _plain_for(iterator: tree.Iterator, body: tree.Node, names: Names) -> Code:
    """Return the loop over one list or range, in few steps."""
    source, inner = _compile_items(iterator, body, names)
    code_of_body, name, at = compile_node(body, inner), iterator.name, iterator.at

    def code(scope: Scope) -> Value:
        results: list[Value] = []
        try:
            child = scope.child()
            for item in source(scope):
                child[name] = item
                results.append(code_of_body(child))
        except NoValue as reason:
            return scope.run.null(str(reason), at)
        return results

    return code


def _compile_items(
    iterator: tree.Iterator, body: tree.Node, names: Names
) -> tuple[Callable[[Scope], Iterable[object]], Names]:
    """Return what gives the items of a loop, and the names in sight of its body: of plain JSON, if that is enough."""
    raw = compile_raw(iterator.source, names) if iterator.end is None else None
    if raw is None:
        return _compile_source(iterator, names), names.within(iterator.name)
    is_enough = is_only_entered(iterator.name, body)

    def items(scope: Scope) -> Iterable[object]:
        found = raw(scope)
        if type(found) is list:
            scope.run.spend(len(found))
            return found if is_enough else (take(item, scope.run) for item in found)
        values = _paid(_items(take(found, scope.run), scope), scope)
        return map(Taken, values) if is_enough else values

    return items, names.within_raw(iterator.name) if is_enough else names.within(iterator.name)


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
    if len(node.iterators) == 1:
        return _plain_quantified(node, names)
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
