"""Where forms meet the expression language: `=…` in a form's attributes, and `{{…}}` in its texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from engine.feel import Expression, compile_expression
from engine.feel.temporal import to_text
from engine.feel.values import Value, YearsMonths, from_json

_INSERTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LOCAL_NAMES = frozenset({"this", "parent", "i", "_this_", "_parent_", "_i_"})


def is_expression(value: object) -> bool:
    """Return whether an attribute's value is to be computed."""
    return isinstance(value, str) and value.startswith("=")


def parse(text: str) -> Expression:
    """Return the expression in `=…`. Raises ExpressionSyntaxError."""
    return compile_expression(text[1:])


def evaluate(expression: Expression, scope: Mapping[str, object], now: datetime) -> Value:
    """Return the expression's value among the values of `scope`; `now` stands in the zone whose dates are meant."""
    return expression.evaluate(scope, now=now)


def in_template(text: str) -> Iterator[Expression]:
    """Yield the expressions of a text with `{{…}}`, those of conditions and loops too. Raises ExpressionSyntaxError."""
    for inside in _INSERTION.findall(text):
        body = inside.strip()
        if body.startswith(("#if ", "#loop ")):
            body = body.split(" ", 1)[1]
        elif body.startswith(("/", "else")):
            continue
        yield compile_expression(body)


def names_of(expression: Expression) -> frozenset[str]:
    """Return the variables that an expression may read."""
    return expression.names - _LOCAL_NAMES


def to_browser(value: object) -> object:
    """Return a variable's stored JSON as form-js knows it: dates, times and durations are texts there."""
    if isinstance(value, Mapping):
        if len(value) == 1 and str(next(iter(value))).startswith("@"):
            return _untagged(value)
        return {str(name): to_browser(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_browser(item) for item in value]
    return value


def _untagged(value: Mapping[str, object]) -> object:
    match from_json(value):
        case date() | datetime() | time() | timedelta() | YearsMonths() as moment:
            return to_text(moment)
        case dict() as context:
            return {name: to_browser(item) for name, item in context.items()}
    return str(next(iter(value.values())))
