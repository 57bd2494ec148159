"""Compiles literals, names, paths, arithmetic, and what lists, contexts and ranges are made of."""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import NamedTuple

from engine.feel import tree
from engine.feel.arithmetic import calculate, negate
from engine.feel.builtins import BUILTINS
from engine.feel.comparison import make_range
from engine.feel.compiler import Code, Names, compile_apart, compile_node, compiles
from engine.feel.errors import NoValue
from engine.feel.folding import folded
from engine.feel.raw import compile_entry, is_record, member_of, no_variable
from engine.feel.scope import Scope
from engine.feel.types import is_instance
from engine.feel.values import DECIMAL, Value


@compiles(tree.Literal)
def _literal(node: tree.Literal, names: Names) -> Code:
    value = node.value
    return lambda scope: value


@compiles(tree.Name)
def _name(node: tree.Name, names: Names) -> Code:
    names.note(node.name)
    name, at, builtin = node.name, node.at, BUILTINS.get(node.name)

    def code(scope: Scope) -> Value:
        try:
            return scope[name]
        except KeyError:
            return builtin if builtin is not None else scope.run.null(no_variable(name, scope), at)

    return code


@compiles(tree.Path)
def _path(node: tree.Path, names: Names) -> Code:
    if (entry := compile_entry(node, names)) is not None:
        return entry
    source, name, at = compile_node(node.source, names), node.name, node.at
    if isinstance(node.source, tree.Name) and names.watch is None:
        return _entry_of_variable(source, node.source.name, name, at)

    def code(scope: Scope) -> Value:
        value = source(scope)
        if type(value) is dict and name in value:
            return value[name]
        return member_of(scope, value, name, at)

    return code


def _entry_of_variable(source: Code, variable: str, name: str, at: int) -> Code:
    """Return the path that most are, in few steps: an entry of a context that a variable is."""

    def code(scope: Scope) -> Value:
        value = scope.get(variable)
        if type(value) is dict and name in value:
            return value[name]
        return member_of(scope, source(scope), name, at)

    return code


@compiles(tree.Arithmetic)
def _arithmetic(node: tree.Arithmetic, names: Names) -> Code:
    code = compile_node(node.first, names)
    # A sum of many is one loop: nothing recurses with the number of operands.
    steps = [(sign, compile_node(operand, names), at) for sign, operand, at in node.rest]
    if len(steps) == 1:
        return _binary(code, *steps[0])

    def chain(scope: Scope) -> Value:
        value = code(scope)
        for sign, operand, at in steps:
            value = _calculated(scope, sign, value, operand(scope), at)
        return value

    return chain


def _binary(left: Code, sign: str, right: Code, at: int) -> Code:
    exact = _EXACT.get(sign)
    if exact is None:
        return lambda scope: _calculated(scope, sign, left(scope), right(scope), at)

    def code(scope: Scope) -> Value:
        one, other = left(scope), right(scope)
        if type(one) is Decimal and type(other) is Decimal:
            try:
                return exact(one, other)
            except DecimalException:
                pass
        return _calculated(scope, sign, one, other, at)

    return code


_EXACT = {"+": DECIMAL.add, "-": DECIMAL.subtract, "*": DECIMAL.multiply, "/": DECIMAL.divide}


def _calculated(scope: Scope, sign: str, left: Value, right: Value, at: int) -> Value:
    if sign == "**":
        scope.run.spend(POWER_COST)
    try:
        result = calculate(sign, left, right)
    except NoValue as reason:
        return scope.run.null(str(reason), at)
    if type(result) is str:
        scope.run.spend_on(result)
    return result


@compiles(tree.Negative)
def _negative(node: tree.Negative, names: Names) -> Code:
    operand, at = compile_node(node.operand, names), node.at

    def code(scope: Scope) -> Value:
        try:
            return negate(operand(scope))
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return code


@compiles(tree.InstanceOf)
def _instance_of(node: tree.InstanceOf, names: Names) -> Code:
    value, wanted = compile_node(node.value, names), names.type(node.type, node.at)
    return lambda scope: is_instance(value(scope), wanted)


@compiles(tree.ListOf)
def _list(node: tree.ListOf, names: Names) -> Code:
    items = tuple(compile_node(item, names) for item in node.items)
    return lambda scope: [item(scope) for item in items]


@compiles(tree.ContextOf)
def _context(node: tree.ContextOf, names: Names) -> Code:
    if is_record(node):
        values = tuple((name, compile_node(value, names)) for name, value in node.entries)
        return lambda scope: {name: value(scope) for name, value in values}
    entries, inner, later = list[_Entry](), names.eager(), {name for name, _ in node.entries}
    for name, value in node.entries:
        # An entry sees those before it, and those after it where nothing outside has the name.
        later.discard(name)
        code_of_value, mentioned = compile_apart(value, inner)
        earlier = {entry.name for entry in entries}
        entries.append(_Entry(name, code_of_value, tuple(mentioned & earlier), tuple(sorted(mentioned & later))))
        inner = inner.within(name)
    if any(entry.later for entry in entries):
        return lambda scope: _in_order_of_need(entries, scope)
    codes = tuple((entry.name, entry.code) for entry in entries)

    def code(scope: Scope) -> Value:
        child, context = scope.child(), dict[str, Value]()
        for name, value in codes:
            child[name] = context[name] = value(child)
        return context

    return code


POWER_COST = 8


class _Entry(NamedTuple):
    """An entry of a context, and the names of those before and after it that it mentions."""

    name: str
    code: Code
    earlier: tuple[str, ...]
    later: tuple[str, ...]


def _in_order_of_need(entries: list[_Entry], scope: Scope) -> Value:
    child, context = scope.child(), dict[str, Value]()
    waiting = {entry.name: entry for entry in entries}

    def evaluate(entry: _Entry) -> None:
        needed = (*entry.earlier, *(name for name in entry.later if name not in scope))
        for name in needed:
            if name in waiting:
                evaluate(waiting.pop(name))
        child[entry.name] = context[entry.name] = entry.code(child)

    for entry in entries:
        if entry.name in waiting:
            evaluate(waiting.pop(entry.name))
    return {entry.name: context[entry.name] for entry in entries}


@compiles(tree.RangeOf)
def _range(node: tree.RangeOf, names: Names) -> Code:
    if (constant := folded(node)) is not None:
        return _literal(constant, names)
    start, end, at = compile_node(node.start, names), compile_node(node.end, names), node.at

    def code(scope: Scope) -> Value:
        first, last = start(scope), end(scope)
        try:
            return make_range(first, last, node.start_included, node.end_included)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return code


@compiles(tree.Apply)
def _apply(node: tree.Apply, names: Names) -> Code:
    function, at = node.function, node.at
    arguments = tuple(compile_node(argument, names) for argument in node.arguments)

    def code(scope: Scope) -> Value:
        try:
            result = function(scope.run, *[argument(scope) for argument in arguments])
        except NoValue as reason:
            return scope.run.null(str(reason), at)
        except ArithmeticError:
            return scope.run.null("the result is out of range", at)
        scope.run.spend_on(result)
        return result

    return code
