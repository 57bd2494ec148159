"""What a decision asks for: the variables that it and all it requires take from outside, for a form to be made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.dmn.column import options_in, values_in
from engine.dmn.model import Decision, InputData, Part
from engine.dmn.table import Input
from engine.dmn.types import DataType
from engine.feel import tree
from engine.feel.functions import BUILTINS
from engine.feel.values import Value


@dataclass(frozen=True, slots=True)
class Question:
    """A variable: the name of its type, what it is called in a table, and the values that are allowed or at hand.

    `type` is a simple type's name, or "" where anything may come. `options` are all allowed values, if that is a list;
    `allowed` is the text of it, `suggestions` are values that rules name.
    """

    name: str
    label: str = ""
    type: str = ""
    is_collection: bool = False
    options: tuple[Value, ...] = ()
    suggestions: tuple[Value, ...] = ()
    allowed: str = ""


def questions_of(decision: Decision) -> list[Question]:
    """Return what the decision and what it requires ask for, in the order in which they come up."""
    asked: dict[str, Question] = {}
    for part in _required(decision):
        for question in _asked(part):
            known = asked.get(question.name)
            asked[question.name] = question if known is None else _together(known, question)
    return list(asked.values())


def _required(decision: Decision) -> Iterator[Part]:
    """Yield the decision's requirements, then itself; inputs that are declared come before what uses them."""
    seen: set[str] = set()

    def visit(part: Part) -> Iterator[Part]:
        seen.add(part.id)
        for id in part.requires:
            inner = decision.model.parts.get(id)
            if inner is not None and id not in seen:
                yield from visit(inner)
        yield part

    return visit(decision)


def _asked(part: Part) -> Iterator[Question]:
    if isinstance(part, InputData):
        yield _of_type(part.name, part.type)
        return
    if not isinstance(part, Decision):
        return
    table, model = part.table, part.model
    for at, column in enumerate(table.inputs if table is not None else ()):
        if table is not None and isinstance(column.expression, tree.Name):
            named = dict.fromkeys(value for rule in table.rules for value in values_in(rule.tests[at]))
            yield from _unless_given(part, _of_column(column.expression.name, column, tuple(named)))
    for name in sorted(part.names - {"?"}):
        if name not in BUILTINS and name not in model.names:
            yield Question(name)


def _unless_given(part: Decision, question: Question) -> Iterator[Question]:
    """Yield a question unless another decision answers it; an input that is declared is only described."""
    others = (other for other in part.model.parts.values() if other.name == question.name)
    if all(isinstance(other, InputData) for other in others):
        yield question


def _of_type(name: str, kind: DataType | None) -> Question:
    if kind is None:
        return Question(name)
    one = kind
    while one.element is not None and not one.components and one.allowed is None:
        one = one.element
    allowed = one.allowed.text if one.allowed is not None else ""
    return Question(name, "", _simple(kind), kind.is_collection or one.is_collection, options_in(allowed), (), allowed)


def _of_column(name: str, column: Input, named: tuple[Value, ...]) -> Question:
    allowed = column.allowed.text if column.allowed is not None else ""
    label = column.name if column.name != name else ""
    kind = column.type
    is_collection = kind is not None and kind.is_collection
    plain = tuple(value for value in named if isinstance(value, str | Decimal))
    question = _of_type(name, kind)
    options = options_in(allowed) or question.options
    return Question(name, label, question.type, is_collection, options, plain, allowed or question.allowed)


def _simple(kind: DataType) -> str:
    while kind.element is not None and not kind.components:
        kind = kind.element
    return kind.simple.name if kind.simple is not None and kind.simple.name != "Any" else ""


def _together(one: Question, other: Question) -> Question:
    """Return what two places know of the same variable."""
    return Question(
        one.name, one.label or other.label, one.type or other.type, one.is_collection or other.is_collection,
        one.options or other.options, one.suggestions or other.suggestions, one.allowed or other.allowed,
    )
