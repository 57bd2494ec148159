"""Expressions of a diagram in either dialect, compiled once: `${…}` (JUEL), `= …` (FEEL), or plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine import feel, juel
from engine.canonical import Json
from engine.errors import ExecutionFailed
from engine.feel.scope import Run
from engine.feel.values import Function, Value


@dataclass(frozen=True, slots=True)
class Expression:
    """What a diagram says in one place: a compiled expression, or text that stands for itself."""

    text: str
    compiled: feel.Expression | None = None
    names: frozenset[str] = field(default=frozenset())
    problem: str = ""  # why it cannot be read: an earlier release may have deployed what this one refuses

    @property
    def is_plain(self) -> bool:
        """Whether it is text that stands for itself."""
        return self.compiled is None and not self.problem

    def evaluate(self, scope: Mapping[str, Json], now: datetime, functions: Mapping[str, Function]) -> Value:
        """Return the value as the expression language has it; `now` is aware and in local time."""
        if self.compiled is None:
            if self.problem:
                raise ExecutionFailed(self.problem)
            return self.text
        known = self.compiled.scope(scope, Run(now, scope.keys()))
        for name in self.names & functions.keys():
            known.setdefault(name, functions[name])
        return self.compiled.evaluate_in(known)


@dataclass(frozen=True, slots=True)
class Composite(Expression):
    """A list or a map of expressions, as camunda:list and camunda:map write it; the entries of a map have keys."""

    parts: tuple[Expression, ...] = ()
    keys: tuple[str, ...] | None = None

    @property
    def is_plain(self) -> bool:
        """It never is text."""
        return False

    def evaluate(self, scope: Mapping[str, Json], now: datetime, functions: Mapping[str, Function]) -> Value:
        """Return the list, or the context."""
        values = [part.evaluate(scope, now, functions) for part in self.parts]
        return values if self.keys is None else dict(zip(self.keys, values, strict=True))


def composite(parts: Sequence[Expression], keys: Sequence[str] | None = None) -> Composite:
    """Return a list of expressions or, with keys, a map."""
    names = frozenset[str]().union(*(part.names for part in parts))
    return Composite("", None, names, "", tuple(parts), None if keys is None else tuple(keys))


def parse(
    text: str, functions: frozenset[str] = frozenset(), deeds: frozenset[str] = frozenset()
) -> Expression:
    """Read an attribute or text that may hold an expression; `functions` names ours, `deeds` what ${…} may do.

    Raises ExpressionSyntaxError.
    """
    stripped = text.strip()
    if stripped.startswith("="):
        return feel_expression(stripped[1:])
    if "${" in text or "#{" in text:
        return _compiled(text, juel.compile_expression(stripped, functions, deeds))
    return Expression(text)


def feel_expression(text: str) -> Expression:
    """Read FEEL without its leading `=`. Raises ExpressionSyntaxError."""
    return _compiled(text, feel.compile_expression(text))


def _compiled(text: str, compiled: feel.Expression) -> Expression:
    return Expression(text, compiled, compiled.names)
