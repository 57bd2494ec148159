"""An expression, ready to be evaluated any number of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

# Each of these registers what it compiles, or a function.
from engine.feel import calls, external, filters, iteration, logic, range_text, terms, unary  # noqa: F401
from engine.feel.compiler import Names, Unknown, Watch, compile_node
from engine.feel.errors import EvaluationLimit, ExpressionSyntaxError
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.raw import take
from engine.feel.scope import Reason, Run, Scope
from engine.feel.tree import Node, UnaryTests
from engine.feel.values import Value


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A value, and the reasons for the nulls that came up on the way to it."""

    value: Value
    reasons: tuple[Reason, ...]


class Expression:
    """A compiled expression. `names` are what it takes from outside, `called` those it calls; `text` is its source.

    One that `is_lazy` takes in only those parts of variables that it looks at; its scopes are made by `scope` alone.
    """

    __slots__ = ("_code", "_whole", "called", "names", "text")

    def __init__(self, text: str, node: Node, watch: Watch | None = None, *, is_lazy: bool = False) -> None:
        free = Names(watch=watch, is_lazy=is_lazy)
        self.text = text
        try:
            self._code = compile_node(node, free)
        except Unknown as error:
            raise ExpressionSyntaxError(str(error), text=text, position=error.at) from None
        except RecursionError:
            raise ExpressionSyntaxError("too deeply nested", text=text, position=0) from None
        self._whole = tuple(sorted(free.whole))
        self.names = frozenset(free.free - {"?"})
        self.called = frozenset(free.called)

    def evaluate(self, variables: Mapping[str, object], *, now: datetime) -> Value:
        """Return the value; errors make it null.

        `now` is the aware instant that now() and today() tell. Raises EvaluationLimit, UnsupportedValue.
        """
        return self.evaluate_in(self.scope(variables, Run(now, variables.keys())))

    def evaluate_with_reasons(self, variables: Mapping[str, object], *, now: datetime) -> Evaluation:
        """Return the value, and why it or a part of it is null."""
        scope = self.scope(variables, Run(now, variables.keys()))
        value = self.evaluate_in(scope)
        return Evaluation(value, tuple(scope.run.reasons))

    def scope(self, variables: Mapping[str, object], run: Run) -> Scope:
        """Return a scope with those variables that the expression may read."""
        run.given = variables
        return Scope({name: take(variables[name], run) for name in self._whole if name in variables}, run)

    def evaluate_in(self, scope: Scope) -> Value:
        """Return the value in a scope that is already made: for tables, which share one among many cells."""
        try:
            return self._code(scope)
        except RecursionError:
            raise EvaluationLimit("the evaluation goes too deep") from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@lru_cache(maxsize=4096)
def compile_expression(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Return the expression that `text` is; the same text is compiled once.

    `names` are known names with more in them than words (`Pre-bureau risk`, `terms and conditions`).
    Raises ExpressionSyntaxError.
    """
    return Expression(text, parse_expression(text, names), is_lazy=True)


@lru_cache(maxsize=4096)
def compile_unary_tests(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Return the cell of a decision table that `text` is: it is true if the variable `?` passes.

    Raises ExpressionSyntaxError.
    """
    return Expression(text, parse_unary_tests(text, names))


def split_unary_tests(text: str, names: frozenset[str] = frozenset()) -> tuple[Expression, ...]:
    """Return the tests of a list of allowed values one by one, in their order.

    Raises ExpressionSyntaxError.
    """
    node = parse_unary_tests(text, names)
    tests = node.tests if isinstance(node, UnaryTests) else ()
    return tuple(Expression(text, UnaryTests((test,), negated=False)) for test in tests)
