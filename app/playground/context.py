"""Reads the variables that an expression is tried with: JSON, or a context as FEEL writes it."""

from __future__ import annotations

import json
from datetime import datetime

from flask_babel import gettext as _

from app.playground.words import told
from engine.errors import EngineError
from engine.feel import ExpressionSyntaxError, Value, compile_expression, from_json

MOST_NAMES = 2_000


class Unreadable(Exception):
    """The text is no context; the message is for the reader."""


def read_context(text: str, now: datetime) -> dict[str, Value]:
    """Return the variables; none if nothing is written.

    Raises Unreadable.
    """
    if not text.strip():
        return {}
    try:
        return _as_context(from_json(json.loads(text)))
    except json.JSONDecodeError as error:
        return _as_context(read_value(text, now, error))
    except (ValueError, RecursionError):  # digits without end, brackets without end
        raise Unreadable(_("The context is too large.")) from None
    except EngineError as error:
        raise Unreadable(told(str(error))) from None


def read_value(text: str, now: datetime, instead: json.JSONDecodeError | None = None) -> Value:
    """Return the value of an expression that takes nothing from outside; `instead` is what was wrong with it as JSON.

    Raises Unreadable.
    """
    try:
        found = compile_expression(text.strip()).evaluate_with_reasons({}, now=now)
    except ExpressionSyntaxError as error:
        if instead is not None and text.lstrip()[:1] in "{[" and '"' in text:
            raise Unreadable(_(
                "Neither JSON nor a FEEL context: line %(line)s, column %(column)s.",
                line=instead.lineno, column=instead.colno,
            )) from None  # fmt: skip
        raise Unreadable(told(error.problem)) from None
    except EngineError as error:
        raise Unreadable(told(str(error))) from None
    if found.reasons:  # a null that nobody meant would be tried in silence
        raise Unreadable(told(found.reasons[0].message))
    return found.value


def names_in(context: Value) -> frozenset[str]:
    """Return the names in a context, also deep inside, that are more than words: an expression may use them."""
    found, left = set[str](), [context]
    while left and len(found) < MOST_NAMES:
        match left.pop():
            case dict() as inner:
                found.update(name for name in inner if not name.isidentifier())
                left += inner.values()
            case list() as items:
                left += items[:MOST_NAMES]
    return frozenset(found)


def _as_context(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise Unreadable(_("A context is wanted: names with values, in braces."))
    return value
