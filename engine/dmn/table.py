"""A decision table: a node of the tree like any other expression, compiled into a closure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.dmn.errors import ValueNotAllowed
from engine.dmn.hit_policy import Hit, choose, conclude
from engine.dmn.types import DataType, is_allowed
from engine.feel.compiler import Code, Names, compile_node, compiles
from engine.feel.errors import NoValue
from engine.feel.expression import Expression
from engine.feel.scope import Run, Scope
from engine.feel.tree import Literal, Node
from engine.feel.values import Value


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions; its cells know the value as `?`, and as `variable` if that is given."""

    name: str
    expression: Node
    type: DataType | None
    allowed: Expression | None
    variable: str | None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of conclusions; `allowed` are its output values, the most important first."""

    name: str
    type: DataType | None
    allowed: tuple[Expression, ...]
    default: Node | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: its number, counted from 1; a test that is None passes every value."""

    number: int
    id: str | None
    tests: tuple[Node | None, ...]
    outputs: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class DecisionTable(Node):
    name: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """A rule that matched: its number, counted from 1, and its id in the file."""

    number: int
    id: str | None


@dataclass(frozen=True, slots=True)
class TableTrace:
    """What one evaluation of a table saw and concluded: one mapping of outputs for each rule that it kept."""

    table: str
    inputs: dict[str, Value]
    matched: tuple[MatchedRule, ...]
    outputs: tuple[dict[str, Value], ...]


@compiles(DecisionTable)
def _table(node: DecisionTable, names: Names) -> Code:
    variables = [column.variable for column in node.inputs if column.variable]
    within = names.within("?", *variables)
    inputs = tuple((column, compile_node(column.expression, names)) for column in node.inputs)
    rules = tuple((rule, _compile_tests(rule, within), _compile_row(node, rule.outputs, names)) for rule in node.rules)
    default = _compile_default(node, names)
    stops_at_first = node.hit_policy == "FIRST"

    def code(scope: Scope) -> Value:
        values = [fitted_input(node.name, column, expression(scope), scope.run) for column, expression in inputs]
        columns = [column_scope(scope, column, value) for (column, _), value in zip(inputs, values, strict=True)]
        scope.run.spend(len(rules))
        hits = []
        for rule, tests, outputs in rules:
            for index, test in tests:
                if test(columns[index]) is not True:
                    break
            else:
                hits.append(outputs(scope, rule.number))
                if stops_at_first:
                    break
        kept = choose(node.hit_policy, hits, node.name)
        matched = tuple(MatchedRule(hit.number, node.rules[hit.number - 1].id) for hit in kept)
        concluded = kept if kept or default is None else [default(scope, 0)]
        seen = {column.name: value for (column, _), value in zip(inputs, values, strict=True)}
        scope.run.trace.append(TableTrace(node.name, seen, matched, tuple(hit.outputs for hit in concluded)))
        try:
            return conclude(node.hit_policy, node.aggregation, concluded)
        except NoValue as reason:
            return scope.run.null(f"decision table {node.name}: {reason}", None)

    return code


def _compile_tests(rule: Rule, names: Names) -> tuple[tuple[int, Code], ...]:
    tests = enumerate(rule.tests)
    return tuple((index, compile_node(test, names)) for index, test in tests if test is not None)


def _compile_row(node: DecisionTable, cells: tuple[Node, ...], names: Names) -> Callable[[Scope, int], Hit]:
    """Return what evaluates the outputs of one rule and ranks them."""
    columns = tuple((column, compile_node(cell, names)) for column, cell in zip(node.outputs, cells, strict=True))
    is_ranked = node.hit_policy in ("PRIORITY", "OUTPUT ORDER")

    def row(scope: Scope, number: int) -> Hit:
        where = f"decision table {node.name}, rule {number}"
        outputs = {column.name: _output(where, column, cell(scope), scope.run) for column, cell in columns}
        rank: tuple[int, ...] = ()
        if is_ranked:
            rank = tuple(_rank(column, outputs[column.name], scope.run) for column, _ in columns if column.allowed)
        return Hit(number, outputs, rank)

    return row


def _compile_default(node: DecisionTable, names: Names) -> Callable[[Scope, int], Hit] | None:
    if all(column.default is None for column in node.outputs):
        return None
    cells = tuple(column.default if column.default is not None else Literal(None) for column in node.outputs)
    return _compile_row(node, cells, names)


def column_scope(scope: Scope, column: Input, value: Value) -> Scope:
    """Return the scope of a column's cells."""
    child = scope.child()
    child["?"] = value
    if column.variable:
        child[column.variable] = value
    return child


def fitted_input(table: str, column: Input, value: Value, run: Run) -> Value:
    """Return the value of a column as its type has it.

    Raises ValueNotAllowed.
    """
    if column.type is not None:
        try:
            value = column.type.fit(value, run)
        except NoValue as reason:
            return run.null(f"decision table {table}, input {column.name}: {reason}", None)
    if column.allowed is not None and value is not None and not is_allowed(column.allowed, value, run):
        allowed = column.allowed.text
        raise ValueNotAllowed(f"decision table {table}: input {column.name} must be {allowed}", name=column.name)
    return value


def _output(where: str, column: Output, value: Value, run: Run) -> Value:
    if column.type is not None:
        try:
            value = column.type.fit(value, run)
        except NoValue as reason:
            return run.null(f"{where}, output {column.name}: {reason}", None)
    if column.allowed and value is not None and not any(is_allowed(test, value, run) for test in column.allowed):
        listed = ", ".join(test.text for test in column.allowed)
        raise ValueNotAllowed(f"{where}: output {column.name} must be {listed}", name=column.name)
    return value


def _rank(column: Output, value: Value, run: Run) -> int:
    """Return the position of an output among the allowed ones; a null comes last."""
    passed = (position for position, test in enumerate(column.allowed) if is_allowed(test, value, run))
    return next(passed, len(column.allowed))
