"""A decision model: decisions that require inputs, other decisions and business knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from engine.dmn.errors import DecisionNotFound
from engine.dmn.table import MatchedRule, TableTrace
from engine.dmn.types import DataType
from engine.feel.compiler import Code, Names, compile_node
from engine.feel.errors import EvaluationLimit, NoValue
from engine.feel.functions import invoke
from engine.feel.scope import Reason, Run, Scope
from engine.feel.tree import Node
from engine.feel.values import Function, Value, from_json


@dataclass(frozen=True, slots=True)
class InputData:
    """An input of the model, and its type."""

    id: str
    name: str
    type: DataType | None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision concluded.

    `value` is the value as the standard has it; `outputs` one mapping of output names for each rule that was kept (of
    any other expression: one with the decision's name). `inputs` are the values of the table's inputs by their labels;
    `tables` tell the same of every table that was evaluated on the way, `reasons` why something is null.
    """

    decision: str
    value: Value
    outputs: tuple[dict[str, Value], ...]
    matched_rules: tuple[MatchedRule, ...]
    inputs: dict[str, Value]
    tables: tuple[TableTrace, ...]
    reasons: tuple[Reason, ...]


class Logic:
    """What a decision and business knowledge have in common: an expression, and what it requires, by id."""

    def __init__(self, id: str, name: str, node: Node, requires: tuple[str, ...]) -> None:
        names = Names()
        self.id, self.name, self.requires = id, name, requires
        self.code: Code = compile_node(node, names)
        self.names = frozenset(names.free)


class Decision(Logic):
    """A decision of a model."""

    model: DecisionModel
    is_table = False

    def evaluate(self, inputs: Mapping[str, object], *, now: datetime) -> DecisionResult:
        """Return what the decision concludes from these variables.

        `now` is an aware instant. Raises HitPolicyViolated, ValueNotAllowed, EvaluationLimit, UnsupportedValue.
        """
        run = Run(now)
        try:
            value = Graph(self.model, inputs, run).value_of(self.id)
        except RecursionError:
            raise EvaluationLimit(f"the evaluation of decision {self.id} goes too deep") from None
        tables = tuple(trace for trace in run.trace if isinstance(trace, TableTrace))
        reasons = tuple(run.reasons)
        if self.is_table and tables:
            own = tables[-1]
            return DecisionResult(self.id, value, own.outputs, own.matched, own.inputs, tables, reasons)
        return DecisionResult(self.id, value, ({self.name: value},), (), {}, tables, reasons)


class Knowledge(Logic):
    """Business knowledge: a function that decisions may call."""


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Some decisions of the model as a function of others and of inputs."""

    id: str
    name: str
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def requires(self) -> tuple[str, ...]:
        """The ids of all that it refers to."""
        return (*self.parameters, *self.outputs)


Part: TypeAlias = InputData | Decision | Knowledge | DecisionService


class DecisionModel:
    """The decisions of one file, by id."""

    def __init__(self, id: str, name: str, parts: Mapping[str, Part]) -> None:
        self.id, self.name, self.parts = id, name, parts
        for part in parts.values():
            if isinstance(part, Decision):
                part.model = self

    @property
    def decisions(self) -> dict[str, Decision]:
        """All decisions by id, in the order of the file."""
        return {id: part for id, part in self.parts.items() if isinstance(part, Decision)}

    def decision(self, id: str) -> Decision:
        """Return the decision with this id.

        Raises DecisionNotFound.
        """
        part = self.parts.get(id)
        if not isinstance(part, Decision):
            raise DecisionNotFound(f"decision model {self.id} has no decision {id}")
        return part


def call_by_name(model: DecisionModel, name: str, inputs: Mapping[str, object], run: Run) -> Value:
    """Return the value of the decision with this name, or what the function with this name returns for the inputs.

    Raises DecisionNotFound.
    """
    for part in model.parts.values():
        if part.name == name and not isinstance(part, InputData):
            value = Graph(model, inputs, run).value_of(part.id)
            if not isinstance(value, Function) or isinstance(part, Decision):
                return value
            return invoke(run, value, [from_json(inputs.get(parameter)) for parameter in value.parameters])
    raise DecisionNotFound(f"decision model {model.id} has nothing called {name}")


class Graph:
    """One evaluation of a model: each decision is evaluated once, and only if it is required."""

    def __init__(
        self,
        model: DecisionModel,
        inputs: Mapping[str, object],
        run: Run,
        known: Mapping[str, Value] | None = None,
    ) -> None:
        self.model, self.inputs, self.run = model, inputs, run
        self.known: dict[str, Value] = dict(known or {})

    def value_of(self, id: str) -> Value:
        """Return the value of a decision, an input or a function of the model."""
        if id not in self.known:
            self.known[id] = self._evaluate(self.model.parts[id])
        return self.known[id]

    def _evaluate(self, part: Part) -> Value:
        match part:
            case InputData():
                return self._input(part)
            case DecisionService():
                return self._service(part)
        scope = self._scope(part)
        return part.code(scope)

    def _scope(self, logic: Logic) -> Scope:
        """Return what a decision sees: the variables that are given, and what it requires."""
        is_decision = isinstance(logic, Decision)
        given = logic.names.intersection(self.inputs) if is_decision else frozenset[str]()
        scope = Scope({name: from_json(self.inputs[name]) for name in given}, self.run)
        for id in logic.requires:
            scope[self.model.parts[id].name] = self.value_of(id)
        return scope

    def _input(self, part: InputData) -> Value:
        value = from_json(self.inputs.get(part.name))
        if part.type is None:
            return value
        try:
            return part.type.fit(value, self.run)
        except NoValue as reason:
            return self.run.null(f"input {part.name}: {reason}", None)

    def _service(self, part: DecisionService) -> Value:
        names = tuple(self.model.parts[id].name for id in part.parameters)

        def call(run: Run, *arguments: Value) -> Value:
            run.enter()
            known = dict(zip(part.parameters, arguments, strict=True))
            graph = Graph(self.model, {}, run, known)
            values = {self.model.parts[id].name: graph.value_of(id) for id in part.outputs}
            run.depth -= 1
            return values if len(values) > 1 else next(iter(values.values()))

        return Function(part.name, names, call, required=len(names))
