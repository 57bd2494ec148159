"""Tries an expression with a context: its value, the value of every part, and where and why something is null."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from app.expressions import FUNCTIONS
from app.i18n import N_
from app.playground.context import Unreadable, names_in, read_context, read_value
from app.playground.shown import shown, stored, type_word
from app.playground.words import expected_words, told
from engine import feel, juel_parts
from engine.errors import EngineError
from engine.feel import Explanation, ExpressionSyntaxError, Part, Value

MOST_PARTS = 200
LANGUAGES = {
    "auto": N_("Find out"), "feel": "FEEL", "unary": N_("Cell of a decision table"), "juel": "${…}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields; `tested` is the value of `?` in a cell of a decision table."""

    expression: str = ""
    context: str = ""
    language: str = "auto"
    tested: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason for a null, or an error of syntax: its number, its words, and where it is in the text."""

    number: int
    message: str
    position: int | None
    place: str


@dataclass(frozen=True, slots=True)
class Line:
    """A part, as the table shows it."""

    depth: int
    text: str
    values: tuple[str, ...]
    type: str
    count: int
    is_null: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; `segments` are the pieces of the text, each with the number of the remark that marks it or 0."""

    language: str
    value: str = ""
    type: str = ""
    stored: str = ""
    is_null: bool = False
    remarks: tuple[Remark, ...] = ()
    segments: tuple[tuple[str, int], ...] = ()
    lines: tuple[Line, ...] = ()
    left_out: int = 0
    syntax: bool = False
    limit: str = ""
    context_problem: str = ""
    tested_problem: str = ""


def language_of(typed: Typed) -> str:
    """Return the language that is meant where it is to be found out."""
    if typed.language != "auto":
        return typed.language
    return "juel" if re.search(r"[$#]\{", typed.expression) else "feel"


def attempt(typed: Typed, now: datetime) -> Trial | None:
    """Return what came of an attempt, or None when there is nothing to try; `now` is aware and in local time."""
    language, text = language_of(typed), typed.expression.strip()
    if language in ("feel", "unary") and text.startswith("="):
        text = text[1:].strip()  # as a diagram writes it
    if not text:
        return None
    try:
        context = read_context(typed.context, now)
    except Unreadable as problem:
        return Trial(language, context_problem=str(problem))
    if language == "unary":
        try:
            context["?"] = read_value(typed.tested, now) if typed.tested.strip() else None
        except Unreadable as problem:
            return Trial(language, tested_problem=str(problem))
    try:
        return _told(language, text, _explained(language, text, context, now))
    except ExpressionSyntaxError as error:
        return _refused(language, text, error)
    except EngineError as error:  # a function of the township's own
        return Trial(language, limit=told(str(error)), segments=((text, 0),))


def _explained(language: str, text: str, context: dict[str, Value], now: datetime) -> Explanation:
    variables = {**FUNCTIONS, **context}
    if language == "juel":
        return juel_parts.explain(text, variables, now=now, functions=frozenset(FUNCTIONS))
    return feel.explain(text, variables, now=now, names=names_in(context), unary=language == "unary")


def _refused(language: str, text: str, error: ExpressionSyntaxError) -> Trial:
    message = told(error.problem)
    if error.expected:
        message = _("%(message)s; expected: %(expected)s", message=message, expected=expected_words(error.expected))
    remark = Remark(1, message, error.position, _place(text, error.position))
    return Trial(language, remarks=(remark,), segments=_segments(text, [remark]), syntax=True)


def _told(language: str, text: str, found: Explanation) -> Trial:
    reasons = [*dict.fromkeys(found.reasons)][:50]
    remarks = tuple(
        Remark(number, told(reason.message), reason.position, _place(text, reason.position))
        for number, reason in enumerate(reasons, 1)
    )
    parts = [part for part in found.parts if not part.is_literal or part.depth == 0]
    lines = tuple(_line(part) for part in parts[:MOST_PARTS])
    return Trial(
        language, shown(found.value), type_word(found.value), stored(found.value), found.value is None, remarks,
        _segments(text, remarks), lines, len(parts) - len(lines), limit=told(str(found.error)) if found.error else "",
    )  # fmt: skip


def _line(part: Part) -> Line:
    values = tuple(shown(value, 300) for value in part.values)
    kinds = list(dict.fromkeys(type_word(value) for value in part.values))
    is_null = part.count > 0 and any(value is None for value in part.values)
    reasons = tuple(dict.fromkeys(told(reason.message) for reason in part.reasons))
    return Line(part.depth, part.text, values, " / ".join(kinds), part.count, is_null, reasons)


def _place(text: str, position: int | None) -> str:
    """Return where a position is, for people."""
    if position is None:
        return ""
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    if "\n" not in text:
        return _("character %(column)s", column=column)
    return _("line %(line)s, character %(column)s", line=line, column=column)


def _segments(text: str, remarks: Sequence[Remark]) -> tuple[tuple[str, int], ...]:
    """Cut the text into pieces: what a remark points at, a word or a sign, stands by itself."""
    return tuple(_cut(text, sorted((mark.position, mark.number) for mark in remarks if mark.position is not None)))


def _cut(text: str, marks: list[tuple[int, int]]) -> Iterator[tuple[str, int]]:
    end = 0
    for position, number in marks:
        if position < end:
            continue
        if position >= len(text):  # what is missing at the end
            yield text[end:], 0
            yield " ", number
            return
        word = re.compile(r"\w+|\S|\s").match(text, position)
        assert word is not None, "every character is one of the three"
        yield text[end:position], 0
        yield word[0], number
        end = word.end()
    yield text[end:], 0
