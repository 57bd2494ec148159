"""Compiles tests of a value against others: `in`, and the cells of decision tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from engine.feel import tree
from engine.feel.comparison import ORDER, is_member, is_same
from engine.feel.compiler import Code, Names, compile_apart, compile_node, compiles
from engine.feel.errors import NoValue
from engine.feel.folding import folded
from engine.feel.logic import judgement
from engine.feel.scope import Scope
from engine.feel.values import Range, Value

Test: TypeAlias = Callable[[Scope, Value], Value]
"""Tells whether a value passes: true, false or null."""


@compiles(tree.UnaryTests)
def _unary_tests(node: tree.UnaryTests, names: Names) -> Code:
    names.note("?")
    tests = tuple(_compile_test(test, names, 0) for test in node.tests)
    negated = node.negated
    if len(tests) == 1 and not negated:
        only = tests[0]
        return lambda scope: only(scope, scope["?"])
    if not tests:
        return lambda scope: True

    def code(scope: Scope) -> Value:
        verdict = _any(tests, scope, scope["?"])
        return verdict if not negated or verdict is None else not verdict

    return code


@compiles(tree.In)
def _in(node: tree.In, names: Names) -> Code:
    value = compile_node(node.value, names)
    tests = tuple(_compile_test(test, names, node.at) for test in node.tests)

    def code(scope: Scope) -> Value:
        return _any(tests, scope, value(scope))

    return code


def _any(tests: tuple[Test, ...], scope: Scope, value: Value) -> bool | None:
    result: bool | None = False
    for test in tests:
        verdict = test(scope, value)
        if verdict is True:
            return True
        if verdict is not False:
            result = None
    return result


@compiles(tree.UnaryTest)
def _range_of_test(node: tree.UnaryTest, names: Names) -> Code:
    """Compile `(> 5)` as a value: the range of what passes."""
    operand, operator = compile_node(node.operand, names), node.operator

    def code(scope: Scope) -> Value:
        end = operand(scope)
        match operator:
            case "<" | "<=":
                return Range(None, end, False, operator == "<=", operator)
            case ">" | ">=":
                return Range(end, None, operator == ">=", False, operator)
        return Range(end, end, unary=operator)

    return code


def _compile_test(node: tree.Node, names: Names, at: int) -> Test:
    if isinstance(node, tree.UnaryTest):
        return _comparison(node, names)
    code, mentioned = compile_apart(node, names)
    if "?" in mentioned:
        return lambda scope, value: _asked(code, scope, value)
    if (constant := folded(node)) is not None:
        return _against(constant.value, at)

    def test(scope: Scope, value: Value) -> Value:
        among = code(scope)
        if type(among) is list:
            scope.run.spend_on_comparison(among)
        if isinstance(among, bool) and not isinstance(value, bool):
            return among
        try:
            return is_member(value, among)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return test


def _asked(code: Code, scope: Scope, value: Value) -> Value:
    child = scope.child()
    child["?"] = value
    return code(child)


def _against(wanted: Value, at: int) -> Test:
    """Return the test against a constant: equal to it, or in it if it is a range."""
    kind = type(wanted)
    if isinstance(wanted, Range):
        return _within(wanted, at)

    def test(scope: Scope, value: Value) -> Value:
        if type(value) is kind:
            return is_same(value, wanted)
        try:
            return is_member(value, wanted)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return test


def _within(wanted: Range, at: int) -> Test:
    low, high, kind = wanted.start, wanted.end, type(wanted.start)
    after = ORDER[">=" if wanted.start_included else ">"]
    before = ORDER["<=" if wanted.end_included else "<"]
    is_plain = not wanted.unary and kind is type(high) and kind in (Decimal, str, date)

    def test(scope: Scope, value: Value) -> Value:
        if is_plain and type(value) is kind:
            return after(value, low) and before(value, high)
        try:
            return is_member(value, wanted)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return test


def _comparison(node: tree.UnaryTest, names: Names) -> Test:
    operand, judge, at = compile_node(node.operand, names), judgement(node.operator), node.at
    constant = folded(node.operand)
    if constant is not None and type(constant.value) in (Decimal, str, date) and node.operator in ORDER:
        return _ordered(ORDER[node.operator], constant.value, judge, at)

    def test(scope: Scope, value: Value) -> Value:
        try:
            return judge(value, operand(scope))
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return test


def _ordered(order: Callable[..., bool], limit: Value, judge: Callable[..., bool | None], at: int) -> Test:
    """Return the test against a constant limit: most cells of a table are one."""
    kind = type(limit)

    def test(scope: Scope, value: Value) -> Value:
        if type(value) is kind:
            return order(value, limit)
        try:
            return judge(value, limit)
        except NoValue as reason:
            return scope.run.null(str(reason), at)

    return test
