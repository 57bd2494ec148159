"""What the expression language refuses."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from engine.errors import EngineError


class ExpressionSyntaxError(EngineError):
    """The text is no expression.

    `problem` says what is wrong; `position` counts characters from 0; `expected` lists what could stand there;
    `text` is the whole expression.
    """

    code = "expression_syntax"

    def __init__(self, message: str, *, text: str, position: int, expected: tuple[str, ...] = ()) -> None:
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        wanted = f"; expected {' or '.join(expected)}" if expected else ""
        super().__init__(f"line {line}, column {column}: {message}{wanted} (in: {_shortened(text)})")
        self.problem, self.text = message, text
        self.position = position
        self.expected = expected


class EvaluationLimit(EngineError):
    """The evaluation took more steps, went deeper or grew larger than is allowed."""

    code = "evaluation_limit"


class UnsupportedValue(EngineError):
    """The value has no place in the expression language."""

    code = "unsupported_value"


class NoValue(Exception):
    """Raised inside a function or an operator whose result is null; the text is the reason that is kept."""


def meant(name: str, known: Iterable[str]) -> str:
    """Return the hint that a message ends in, at the known name that is most like this one, or an empty text."""
    near = get_close_matches(name, list(known), 1)
    return f"; is {near[0]} meant?" if near else ""


def _shortened(text: str, limit: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
