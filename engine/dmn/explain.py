"""Explains a decision: the value of each decision on the way, and of each table every cell that passed or did not.

    explanation = explain(model.decision("limits"), {"kind": "求助", "urgency": "一般"}, now=now)
    explanation.value, explanation.error      the error is what ended the evaluation, or None
    for step in explanation.steps:            what is required first, the decision itself last
        step.name, step.value, step.reasons
        step.table                            None, or its inputs, and of every rule its cells and whether it matched

The decision is evaluated as it always is; every cell of its tables is then evaluated once more by itself, those behind
the first that did not pass too, so that no other evaluation pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.dmn.errors import HitPolicyViolated, ValueNotAllowed
from engine.dmn.model import Decision, Graph, Part
from engine.dmn.table import DecisionTable, TableTrace, column_scope, fitted_input
from engine.errors import EngineError
from engine.feel.compiler import Code, Names, compile_node
from engine.feel.errors import EvaluationLimit, UnsupportedValue
from engine.feel.scope import Reason, Run, Scope
from engine.feel.values import Value


@dataclass(frozen=True, slots=True)
class Cell:
    """A condition: whether the input passes it; None, with the reasons, where that cannot be said."""

    passes: bool | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedInput:
    """The value of a column, and why it is null or refused."""

    name: str
    value: Value
    reasons: tuple[Reason, ...] = ()
    refused: ValueNotAllowed | None = None


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """A rule: its cells in the order of the inputs; `outputs` is what it concluded, if the hit policy kept it."""

    number: int
    cells: tuple[Cell, ...]
    is_hit: bool
    outputs: dict[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class ExplainedTable:
    """What a table saw; it has no rules if an input was refused, fewer than it should if the budget ended."""

    inputs: tuple[ExplainedInput, ...]
    rules: tuple[ExplainedRule, ...]
    outputs: tuple[dict[str, Value], ...]
    """Of the rules that were kept, or the default's."""

    @property
    def hits(self) -> tuple[int, ...]:
        """The numbers of the rules that matched."""
        return tuple(rule.number for rule in self.rules if rule.is_hit)


@dataclass(frozen=True, slots=True)
class Step:
    """One decision of the graph; `tables` tells of tables that stand within its expression, or in what it called."""

    id: str
    name: str
    value: Value
    reasons: tuple[Reason, ...]
    table: ExplainedTable | None
    tables: tuple[TableTrace, ...]
    error: EngineError | None = None


@dataclass(frozen=True, slots=True)
class DecisionExplanation:
    """The value of a decision, and how it came to it; see the module."""

    value: Value
    steps: tuple[Step, ...]
    reasons: tuple[Reason, ...]
    error: EngineError | None = None


def explain(decision: Decision, inputs: Mapping[str, object], *, now: datetime) -> DecisionExplanation:
    """Return how the decision is evaluated; `now` is an aware instant. Nothing of the model is changed."""
    run = Run(now, inputs.keys())
    graph = _WatchedGraph(decision, inputs, run)
    value: Value = None
    error: EngineError | None = None
    try:
        value = graph.value_of(decision.id)
    except (HitPolicyViolated, ValueNotAllowed, EvaluationLimit, UnsupportedValue) as ended:
        error = ended
    except RecursionError:
        error = EvaluationLimit(f"the evaluation of decision {decision.id} goes too deep")
    return DecisionExplanation(value, tuple(graph.steps), tuple(run.reasons), error)


class _WatchedGraph(Graph):
    """Notes what each decision came to."""

    def __init__(self, decision: Decision, inputs: Mapping[str, object], run: Run) -> None:
        super().__init__(decision.model, inputs, run)
        self.steps: list[Step] = []

    def _evaluate(self, part: Part) -> Value:
        if not isinstance(part, Decision):
            return super()._evaluate(part)
        scope = self._scope(part)  # in which all that is required has been evaluated
        reasons, traced = len(self.run.reasons), len(self.run.trace)
        value: Value = None
        error: EngineError | None = None
        try:
            value = part.code(scope)
        except (HitPolicyViolated, ValueNotAllowed, EvaluationLimit, UnsupportedValue) as ended:
            error = ended
            raise
        finally:
            traces = [trace for trace in self.run.trace[traced:] if isinstance(trace, TableTrace)]
            own = traces.pop() if part.table is not None and traces and error is None else None
            table = None if part.table is None else _explained(part, part.table, scope, own)
            why = tuple(self.run.reasons[reasons:])
            self.steps.append(Step(part.id, part.name, value, why, table, tuple(traces), error))
        return value


def _explained(decision: Decision, table: DecisionTable, around: Scope, trace: TableTrace | None) -> ExplainedTable:
    """Return what each cell of a table says, in an evaluation with a budget of its own."""
    run = Run(around.run.now, around.run.known)
    scope, names = Scope(around, run), Names(decision.model.types.type_named)
    rules: list[ExplainedRule] = []
    inputs: list[ExplainedInput] = []
    outputs = {} if trace is None else dict(zip((rule.number for rule in trace.matched), trace.outputs, strict=False))
    within = names.within("?", *(column.variable for column in table.inputs if column.variable))
    try:
        inputs += [_input(table, at, compile_node(column.expression, names), scope)
                   for at, column in enumerate(table.inputs)]
        if not any(each.refused for each in inputs):
            values = zip(table.inputs, inputs, strict=True)
            scopes = [column_scope(scope, column, each.value) for column, each in values]
            for rule in table.rules:
                cells = tuple(
                    Cell(True) if test is None else _cell(compile_node(test, within), scopes[at])
                    for at, test in enumerate(rule.tests)
                )
                is_hit = all(cell.passes is True for cell in cells)
                rules.append(ExplainedRule(rule.number, cells, is_hit, outputs.get(rule.number)))
    except (EvaluationLimit, UnsupportedValue, RecursionError):
        pass  # the decision itself has met the same, or the rest is too much to be shown
    return ExplainedTable(tuple(inputs), tuple(rules), trace.outputs if trace is not None else ())


def _input(table: DecisionTable, at: int, code: Code, scope: Scope) -> ExplainedInput:
    column, run, known = table.inputs[at], scope.run, len(scope.run.reasons)
    value = code(scope)
    try:
        value = fitted_input(table.name, column, value, run)
    except ValueNotAllowed as refused:
        return ExplainedInput(column.name, value, tuple(run.reasons[known:]), refused)
    return ExplainedInput(column.name, value, tuple(run.reasons[known:]))


def _cell(code: Code, scope: Scope) -> Cell:
    known = len(scope.run.reasons)
    verdict = code(scope)
    return Cell(verdict if isinstance(verdict, bool) else None, tuple(scope.run.reasons[known:]))
