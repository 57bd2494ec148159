"""Compiles a tree into closures: each node once into a function of the scope."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeAlias, TypeVar

from engine.feel import tree
from engine.feel.builtins import BUILTINS
from engine.feel.errors import NoValue
from engine.feel.folding import folded
from engine.feel.operators import ORDER, calculate, compare, equal, make_range, negate
from engine.feel.properties import member
from engine.feel.scope import Scope
from engine.feel.types import Type, is_instance, name_of, resolved
from engine.feel.values import Value

Code: TypeAlias = Callable[[Scope], Value]


class Unknown(Exception):
    """The expression names what is not defined; `at` tells where."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Names:
    """The names in sight of a part of an expression.

    `bound` come from the expression itself, `free` are taken from outside, `called` are those of them that must be
    functions, `mentioned` are all that the part uses;
    `defined` finds the types that a model defines.
    """

    __slots__ = ("bound", "called", "defined", "free", "mentioned")

    def __init__(self, defined: Callable[[str], Type | None] = lambda name: None) -> None:
        self.defined = defined
        self.bound: frozenset[str] = frozenset()
        self.free: set[str] = set()
        self.called: set[str] = set()
        self.mentioned: set[str] = set()

    def within(self, *names: str) -> Names:
        """Return the names in sight where these are bound too."""
        inner = copy(self)
        inner.bound = self.bound.union(names)
        return inner

    def apart(self) -> Names:
        """Return the same names in sight, with nothing mentioned yet."""
        inner = copy(self)
        inner.mentioned = set()
        return inner

    def type(self, wanted: Type, at: int) -> Type:
        """Return the type with all names in it resolved.

        Raises Unknown.
        """
        try:
            return resolved(wanted, self.defined)
        except KeyError as error:
            raise Unknown(f"there is no type {error.args[0]}", at) from None

    def note(self, name: str) -> None:
        """Note that a name is used."""
        self.mentioned.add(name)
        if name not in self.bound:
            self.free.add(name)


Compiler: TypeAlias = Callable[[Any, Names], Code]
_COMPILERS: dict[type[tree.Node], Compiler] = {}
_C = TypeVar("_C", bound=Compiler)


def compiles(kind: type[tree.Node]) -> Callable[[_C], _C]:
    """Register the function that compiles this kind of node."""

    def register(compiler: _C) -> _C:
        _COMPILERS[kind] = compiler
        return compiler

    return register


def compile_node(node: tree.Node, names: Names) -> Code:
    """Return the function that evaluates the node."""
    return _COMPILERS[type(node)](node, names)


def compile_apart(node: tree.Node, names: Names) -> tuple[Code, frozenset[str]]:
    """Return the function that evaluates the node, and the names that this node alone mentions."""
    apart = names.apart()
    code = compile_node(node, apart)
    names.mentioned |= apart.mentioned
    return code, frozenset(apart.mentioned)


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
            return builtin if builtin is not None else scope.run.null(_unknown(name, scope), at)

    return code


def _unknown(name: str, scope: Scope) -> str:
    # Looking for a likeness takes time, so only the first unknown name of an evaluation is worth it.
    near = get_close_matches(name, {*scope, *scope.run.known}, 1) if not scope.run.reasons else []
    return f"there is no variable {name}" + (f"; is {near[0]} meant?" if near else "")


@compiles(tree.Path)
def _path(node: tree.Path, names: Names) -> Code:
    source, name, at = compile_node(node.source, names), node.name, node.at

    def code(scope: Scope) -> Value:
        value = source(scope)
        if type(value) is dict and name in value:
            return value[name]
        try:
            return member(value, name)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

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
    return lambda scope: _calculated(scope, sign, left(scope), right(scope), at)


def _calculated(scope: Scope, sign: str, left: Value, right: Value, at: int) -> Value:
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


@compiles(tree.And)
def _and(node: tree.And, names: Names) -> Code:
    operands = tuple(compile_node(operand, names) for operand in node.operands)

    def code(scope: Scope) -> Value:
        result: bool | None = True
        for operand in operands:
            value = operand(scope)
            if value is False:
                return False
            if value is not True:
                result = None
        return result

    return code


@compiles(tree.Or)
def _or(node: tree.Or, names: Names) -> Code:
    operands = tuple(compile_node(operand, names) for operand in node.operands)

    def code(scope: Scope) -> Value:
        result: bool | None = False
        for operand in operands:
            value = operand(scope)
            if value is True:
                return True
            if value is not False:
                result = None
        return result

    return code


@compiles(tree.Compare)
def _compare(node: tree.Compare, names: Names) -> Code:
    left, right = compile_node(node.left, names), compile_node(node.right, names)
    judge, at = judgement(node.operator), node.at

    def code(scope: Scope) -> Value:
        one, other = left(scope), right(scope)
        try:
            return judge(one, other)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return code


def judgement(operator: str) -> Callable[[Value, Value], bool | None]:
    """Return the function that compares two values by =, !=, <, <=, > or >=."""
    if operator == "=":
        return equal
    if operator == "!=":
        return _unequal
    order = ORDER[operator]

    def judge(left: Value, right: Value) -> bool | None:
        kind = type(left)
        if kind is type(right) and kind in _FAST:
            return order(left, right)
        return compare(operator, left, right)

    return judge


_FAST = frozenset({Decimal, str})


def _unequal(left: Value, right: Value) -> bool | None:
    same = equal(left, right)
    return None if same is None else not same


@compiles(tree.Between)
def _between(node: tree.Between, names: Names) -> Code:
    value, low, high = (compile_node(part, names) for part in (node.value, node.low, node.high))
    at_least, at_most = judgement(">="), judgement("<=")

    def code(scope: Scope) -> Value:
        middle = value(scope)
        try:
            return at_least(middle, low(scope)) and at_most(middle, high(scope))
        except NoValue as reason:
            return scope.run.null(str(reason), None)

    return code


@compiles(tree.If)
def _if(node: tree.If, names: Names) -> Code:
    condition, then, otherwise = (compile_node(part, names) for part in (node.condition, node.then, node.otherwise))

    def code(scope: Scope) -> Value:
        verdict = condition(scope)
        if verdict is True:
            return then(scope)
        if verdict is False or verdict is None:
            return otherwise(scope)
        return scope.run.null(f"the condition is a {name_of(verdict)}, neither true nor false", None)

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
    entries, inner = [], names
    for name, value in node.entries:
        # An entry sees those before it.
        entries.append((name, compile_node(value, inner)))
        inner = inner.within(name)

    def code(scope: Scope) -> Value:
        child, context = scope.child(), dict[str, Value]()
        for name, value in entries:
            child[name] = context[name] = value(child)
        return context

    return code


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
        scope.run.spend_on(result)
        return result

    return code
