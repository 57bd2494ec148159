"""Compiles conditions: and, or, comparison, if; three-valued, as null is neither true nor false."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from engine.feel import tree
from engine.feel.comparison import ORDER, compare, equal
from engine.feel.compiler import Code, Names, compile_node, compiles
from engine.feel.errors import NoValue
from engine.feel.scope import Scope
from engine.feel.types import name_of
from engine.feel.values import Value

Judge: TypeAlias = Callable[[Value, Value], bool | None]
SCALAR_ORDER = {**ORDER, "=": operators.eq, "!=": operators.ne}
"""How two numbers, or two strings, are compared."""


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
    constant = node.right.value if isinstance(node.right, tree.Literal) else None
    if type(constant) in _FAST and (order := SCALAR_ORDER.get(node.operator)) is not None and names.watch is None:
        return _against_constant(left, type(constant), order, constant, judge, at)

    def code(scope: Scope) -> Value:
        one, other = left(scope), right(scope)
        if type(one) in _BULKY:
            scope.run.spend_on_comparison(one)
        try:
            return judge(one, other)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return code


def _against_constant(
    left: Code, kind: type, order: Callable[[Any, Any], bool], constant: Value, judge: Judge, at: int
) -> Code:
    """Return the comparison with a number or a string that is written out: the commonest condition, in few steps."""

    def code(scope: Scope) -> Value:
        one = left(scope)
        if type(one) is kind:
            return order(one, constant)
        try:
            return judge(one, constant)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return code


def judgement(operator: str) -> Judge:
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


_BULKY = frozenset({list, dict})
_FAST = frozenset({Decimal, str})


def _unequal(left: Value, right: Value) -> bool | None:
    same = equal(left, right)
    return None if same is None else not same


@compiles(tree.Between)
def _between(node: tree.Between, names: Names) -> Code:
    value, low, high = (compile_node(part, names) for part in (node.value, node.low, node.high))
    at_least, at_most, at = judgement(">="), judgement("<="), node.at

    def code(scope: Scope) -> Value:
        middle = value(scope)
        try:
            return at_least(middle, low(scope)) and at_most(middle, high(scope))
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return code


@compiles(tree.If)
def _if(node: tree.If, names: Names) -> Code:
    condition, then, otherwise = (compile_node(part, names) for part in (node.condition, node.then, node.otherwise))
    at = node.at

    def code(scope: Scope) -> Value:
        verdict = condition(scope)
        if verdict is True:
            return then(scope)
        if verdict is False or verdict is None:
            return otherwise(scope)
        return scope.run.null(f"the condition is a {name_of(verdict)}, neither true nor false", at)

    return code
