"""Evaluates what is constant once, before compiling: date("2026-10-09") and the like, and ranges of constants."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.feel import tree
from engine.feel.builtins import BUILTINS
from engine.feel.comparison import make_range
from engine.feel.errors import NoValue
from engine.feel.functions import invoke
from engine.feel.scope import Run

_CONSTRUCTORS = frozenset({"date", "time", "date and time", "duration"})


def folded(node: tree.Node) -> tree.Literal | None:
    """Return the literal that the node always is, or None if it depends on anything, or is null."""
    match node:
        case tree.Literal():
            return node
        case tree.RangeOf():
            return _folded_range(node)
        case tree.Call(function=tree.Name(name=name), names=None) if name in _CONSTRUCTORS:
            return _folded_call(node, name)
    return None


def _folded_range(node: tree.RangeOf) -> tree.Literal | None:
    start, end = folded(node.start), folded(node.end)
    if start is None or end is None:
        return None
    try:
        return tree.Literal(make_range(start.value, end.value, node.start_included, node.end_included))
    except NoValue:
        return None


def _folded_call(node: tree.Call, name: str) -> tree.Literal | None:
    arguments = [folded(argument) for argument in node.arguments]
    values = [argument.value for argument in arguments if argument is not None]
    if len(values) < len(arguments):
        return None
    try:
        # None of the constructors asks for the instant.
        return tree.Literal(invoke(Run(datetime.min.replace(tzinfo=UTC)), BUILTINS[name], values))
    except NoValue:
        return None
