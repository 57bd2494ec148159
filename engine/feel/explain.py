"""Explains an evaluation: the value of every part of an expression, with the place of its text.

    explanation = explain("if days > limit then \"late\" else missing", {"days": 3, "limit": 5}, now=now)
    explanation.value                 None
    explanation.error                 None, or the EvaluationLimit or UnsupportedValue that ended the evaluation
    explanation.reasons               (Reason("there is no variable missing", position=35),)
    for part in explanation.parts:    outer parts before those inside them, from left to right
        part.text, part.start, part.end, part.depth
        part.count                    how often it was evaluated: 0 for a branch that was not taken, n within a loop
        part.values                   its values in order, the first MAX_VALUES of them
        part.reasons                  why it is null, where it is null by an error of its own

The text is read and compiled apart from what `compile_expression` keeps, so that no other evaluation pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.feel.compiler import Code
from engine.feel.errors import EvaluationLimit, UnsupportedValue
from engine.feel.expression import Expression
from engine.feel.parser import Span, parse_with_spans
from engine.feel.scope import Reason, Run, Scope
from engine.feel.tree import Literal, Node
from engine.feel.values import Value

MAX_VALUES = 20
"""Values that are kept of a part which is evaluated many times."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression, and what came of it; `depth` counts the parts around it."""

    start: int
    end: int
    text: str
    depth: int
    count: int
    values: tuple[Value, ...]
    reasons: tuple[Reason, ...]
    is_literal: bool

    @property
    def value(self) -> Value:
        """The first value, or null if there is none."""
        return self.values[0] if self.values else None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The value of an expression and of its parts, and the reasons for nulls; see the module."""

    value: Value
    reasons: tuple[Reason, ...]
    parts: tuple[Part, ...]
    error: EvaluationLimit | UnsupportedValue | None = None


def explain(
    text: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    names: frozenset[str] = frozenset(),
    unary: bool = False,
) -> Explanation:
    """Return how an expression, or with `unary` a cell whose tested value is the variable `?`, is evaluated.

    `names` are known names with more in them than words, as compile_expression takes them.
    Raises ExpressionSyntaxError.
    """
    node, spans = parse_with_spans(text, names, unary)
    return explain_tree(text, node, spans, variables, now=now)


def explain_tree(
    text: str, node: Node, spans: list[Span], variables: Mapping[str, object], *, now: datetime
) -> Explanation:
    """Return how a tree that was read out of the text, in whichever language, is evaluated.

    Raises ExpressionSyntaxError for a function or a type that is not defined.
    """
    watched = _Watched()
    expression = Expression(text, node, watched)
    run = Run(now, variables.keys())
    value: Value = None
    error: EvaluationLimit | UnsupportedValue | None = None
    try:
        value = expression.evaluate_in(expression.scope(variables, run))
    except (EvaluationLimit, UnsupportedValue) as ended:
        error = ended
    return Explanation(value, tuple(run.reasons), _parts(text, spans, watched), error)


class _Record:
    """What was seen of one node."""

    __slots__ = ("count", "reasons", "values")

    def __init__(self) -> None:
        self.count, self.values, self.reasons = 0, list[Value](), list[Reason]()


class _Watched:
    """Puts a record around the code of each node."""

    def __init__(self) -> None:
        self.records: dict[int, _Record] = {}
        self.claimed = 0  # reasons that a part has already been found for

    def __call__(self, node: Node, code: Code) -> Code:
        record = self.records.setdefault(id(node), _Record())

        def watched(scope: Scope) -> Value:
            reasons = scope.run.reasons
            record.count += 1
            value = code(scope)
            if len(record.values) < MAX_VALUES:
                record.values.append(value)
                record.reasons += reasons[self.claimed :]
            # What is inside is done before, so each reason is first seen by the part that it arose in.
            self.claimed = len(reasons)
            return value

        return watched


def _parts(text: str, spans: list[Span], watched: _Watched) -> tuple[Part, ...]:
    parts, around = list[Part](), list[int]()
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        while around and around[-1] <= span.start:
            around.pop()
        record = watched.records.get(id(span.node))
        if record is not None:
            where = span.start, span.end, text[span.start : span.end], len(around)
            reasons = tuple(dict.fromkeys(record.reasons))
            literal = isinstance(span.node, Literal)
            parts.append(Part(*where, record.count, tuple(record.values), reasons, literal))
            around.append(span.end)
    return tuple(parts)
