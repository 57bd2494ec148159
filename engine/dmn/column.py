"""One input column of a table, cut into the pieces that its rules can tell apart.

Every cell that is made of constants sorts values into those that pass and those that do not. The constants of a column
cut its values into pieces: each constant itself, and what lies between. One sample stands for all of a piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.dmn.table import Input, Rule
from engine.dmn.types import is_allowed
from engine.feel import tree
from engine.feel.comparison import is_member
from engine.feel.errors import ExpressionSyntaxError, NoValue
from engine.feel.folding import folded
from engine.feel.logic import judgement
from engine.feel.parser import parse_unary_tests
from engine.feel.scope import Run
from engine.feel.text import text_of
from engine.feel.values import Range, Value, YearsMonths

MAX_CELLS = 400_000
"""How many cells are tried with samples: a table of more is not judged, so that the check stays short."""
_WHOLE = ("integer", "long", "short")
_STEP: dict[type, Any] = {Decimal: Decimal(1), date: timedelta(days=1), datetime: timedelta(minutes=1),
                          timedelta: timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Column:
    """The samples of a column's pieces, and for each rule the set of pieces that pass, as bits; None: not known."""

    name: str
    samples: tuple[Value, ...]
    passing: tuple[int | None, ...]
    outside: tuple[tuple[int, Value], ...]
    """Constants of rules, by the rule's number, that are none of the allowed values."""

    @property
    def all_pieces(self) -> int:
        """The set of all pieces."""
        return (1 << len(self.samples)) - 1

    def told(self, pieces: int) -> str:
        """Return a piece of the set for people: `-` where it makes no difference."""
        if pieces == self.all_pieces:
            return "-"
        shown = [self.shown(index) for index in range(len(self.samples)) if pieces >> index & 1]
        return ", ".join(shown[:4]) + (", …" if len(shown) > 4 else "")

    def shown(self, index: int) -> str:
        """Return one piece for people: the constant, or what lies beside it."""
        value = self.samples[index]
        match value:
            case _Other():
                return "其他/other"
            case str():
                return f'"{value}"'
            case bool():
                return str(value).lower()
        return text_of(value, Run(datetime(2026, 1, 1, tzinfo=UTC)))


class _Other(str):
    """A text that no cell names."""

    __slots__ = ()


def column_of(column: Input, rules: Sequence[Rule], position: int, run: Run) -> Column | None:
    """Cut a column into pieces; None when its constants are of several kinds, without order, or too many."""
    cells = [rule.tests[position] for rule in rules]
    known = [cell is None or all(_is_constant(test) for test in _tests(cell)) for cell in cells]
    constants = [value for cell, is_known in zip(cells, known, strict=True) if is_known for value in values_in(cell)]
    is_whole = column.type is not None and column.type.name.rpartition(":")[2] in _WHOLE
    named = [] if column.allowed is None else _named_in(column.allowed.text)
    samples = _samples([*constants, *named], is_whole=is_whole)
    if samples is None:
        return None
    if len(samples) * len(rules) > MAX_CELLS:
        return None
    if column.allowed is not None:
        samples = [sample for sample in samples if is_allowed(column.allowed, sample, run)]
    outside = [
        (rule.number, value) for rule, cell, is_known in zip(rules, cells, known, strict=True) if is_known
        for value in _points(cell) if column.allowed is not None and not is_allowed(column.allowed, value, run)
    ]
    passing = [
        _passing(cell, samples) if is_known else None for cell, is_known in zip(cells, known, strict=True)
    ]
    return Column(column.name, tuple(samples), tuple(passing), tuple(outside))


def _tests(cell: tree.Node | None) -> tuple[tree.Node, ...]:
    match cell:
        case None:
            return ()
        case tree.UnaryTests(tests=tests):
            return tests
    return (cell,)


def _is_constant(test: tree.Node) -> bool:
    if isinstance(test, tree.UnaryTest):
        test = test.operand
    constant = folded(test)
    return constant is not None and not isinstance(constant.value, list | dict)


def _constants(cell: tree.Node | None) -> Iterator[Value]:
    for test in _tests(cell):
        constant = folded(test.operand if isinstance(test, tree.UnaryTest) else test)
        if constant is not None:
            yield constant.value


def values_in(cell: tree.Node | None) -> Iterator[Value]:
    """Yield all ends of ranges and single values that a cell names."""
    for value in _constants(cell):
        if isinstance(value, Range):
            yield from (end for end in (value.start, value.end) if end is not None)
        elif value is not None:
            yield value


def _points(cell: tree.Node | None) -> Iterator[Value]:
    """Yield the single values that a cell asks for."""
    for test in _tests(cell):
        constant = None if isinstance(test, tree.UnaryTest) else folded(test)
        if constant is not None and constant.value is not None and not isinstance(constant.value, Range):
            yield constant.value


def _named_in(text: str) -> list[Value]:
    """Return the constants of allowed values."""
    try:
        cell = parse_unary_tests(text, frozenset())
    except ExpressionSyntaxError:
        return []
    return list(values_in(cell)) if all(_is_constant(test) for test in _tests(cell)) else []


def options_in(text: str) -> tuple[Value, ...]:
    """Return the values that allowed values list one by one; none if they are anything but a list."""
    try:
        cell = parse_unary_tests(text, frozenset())
    except ExpressionSyntaxError:
        return ()
    tests, points = _tests(cell), tuple(_points(cell))
    negated = isinstance(cell, tree.UnaryTests) and cell.negated
    return points if len(points) == len(tests) and not negated else ()


def _samples(constants: Sequence[Value], *, is_whole: bool) -> list[Value] | None:
    kinds = {type(value) for value in constants}
    if not kinds:
        return [_Other("·")]
    if len(kinds) > 1:
        return None
    (kind,) = kinds
    if kind is bool:
        return [True, False]
    if kind is str:
        texts = list(dict.fromkeys(value for value in constants if isinstance(value, str)))
        return [*texts, _Other("\0")]
    if kind is YearsMonths:
        months = sorted({value.months for value in constants if isinstance(value, YearsMonths)})
        return [YearsMonths(month) for month in _between(months, 1, is_whole=True)]
    if kind is Decimal and is_whole:
        return _between(sorted(set(constants)), Decimal(1), is_whole=True)
    if kind in _STEP:
        try:
            ordered = sorted({_comparable(value) for value in constants})
        except TypeError:
            return None
        return _between(ordered, _STEP[kind], is_whole=kind is date)
    return None


def _comparable(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _between(ends: Sequence[Any], step: Any, *, is_whole: bool) -> list[Any]:
    """Return a sample below all ends, each end, one between each two, one above all."""
    samples = [ends[0] - step]
    for low, high in zip(ends, [*ends[1:], None], strict=True):
        samples.append(low)
        if high is None:
            samples.append(low + step)
        elif not is_whole:
            samples.append(low + (high - low) / 2)
        elif low + step < high:
            samples.append(low + step)
    return samples


def _passing(cell: tree.Node | None, samples: Sequence[Value]) -> int:
    if cell is None:
        return (1 << len(samples)) - 1
    tests = _tests(cell)
    negated = isinstance(cell, tree.UnaryTests) and cell.negated
    bits = 0
    for index, sample in enumerate(samples):
        passes = not tests or any(_passes(test, sample) for test in tests)
        bits |= (passes != negated) << index
    return bits


def _passes(test: tree.Node, sample: Value) -> bool:
    try:
        if isinstance(test, tree.UnaryTest):
            constant = folded(test.operand)
            return constant is not None and judgement(test.operator)(_plain(sample), constant.value) is True
        constant = folded(test)
        return constant is not None and is_member(_plain(sample), constant.value) is True
    except NoValue:
        return False


def _plain(sample: Value) -> Value:
    return str(sample) if isinstance(sample, _Other) else sample
