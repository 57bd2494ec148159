"""A decision model: decisions that require inputs, other decisions and business knowledge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from engine.dmn.errors import DecisionNotFound
from engine.dmn.item_definition import Types
from engine.dmn.table import DecisionTable, MatchedRule, TableTrace
from engine.dmn.types import DataType
from engine.feel.compiler import Code, Names, compile_node
from engine.feel.errors import EvaluationLimit, NoValue
from engine.feel.functions import invoke
from engine.feel.raw import take
from engine.feel.scope import Reason, Run, Scope
from engine.feel.tree import Node
from engine.feel.types import Type
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

    type: DataType | None = None

    def __init__(
        self,
        id: str,
        name: str,
        node: Node,
        requires: tuple[str, ...],
        types: Callable[[str], Type | None] = lambda name: None,
    ) -> None:
        names = Names(types)
        self.id, self.name, self.requires = id, name, requires
        self.code: Code = compile_node(node, names)
        self.names = frozenset(names.free)


class Decision(Logic):
    """A decision of a model."""

    model: DecisionModel
    table: DecisionTable | None = None

    def evaluate(self, inputs: Mapping[str, object], *, now: datetime) -> DecisionResult:
        """Return what the decision concludes from these variables.

        `now` is an aware instant. Raises HitPolicyViolated, ValueNotAllowed, EvaluationLimit, UnsupportedValue.
        """
        run = Run(now, inputs.keys())
        try:
            value = Graph(self.model, inputs, run).value_of(self.id)
        except RecursionError:
            raise EvaluationLimit(f"the evaluation of decision {self.id} goes too deep") from None
        tables = tuple(trace for trace in run.trace if isinstance(trace, TableTrace))
        reasons = tuple(run.reasons)
        if self.table is not None and tables:
            own = tables[-1]
            return DecisionResult(self.id, value, own.outputs, own.matched, own.inputs, tables, reasons)
        return DecisionResult(self.id, value, ({self.name: value},), (), {}, tables, reasons)


class Knowledge(Logic):
    """Business knowledge: a function that decisions, and it itself, may call."""

    parameters: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Import:
    """Another model, by the name that it has here; what has no name is as if it stood here."""

    name: str
    model: DecisionModel


class DecisionModel:
    """The decisions of one file, by id, and the models that it imports."""

    def __init__(
        self,
        id: str,
        name: str,
        namespace: str,
        parts: Mapping[str, Part],
        imports: tuple[Import, ...],
        types: Types,
    ) -> None:
        self.id, self.name, self.namespace, self.parts = id, name, namespace, parts
        self.imports, self.types = imports, types
        for part in parts.values():
            if isinstance(part, Decision):
                part.model = self

    @property
    def names(self) -> frozenset[str]:
        """The names of all that it has and imports."""
        own = frozenset(part.name for part in self.parts.values())
        names = frozenset(each.name for each in self.imports if each.name)
        return own.union(names, *(each.model.names for each in self.imports))

    def find(self, id: str) -> tuple[str, DecisionModel, Part] | None:
        """Return the part with this id, which a namespace may precede, and its model and import's name; or None."""
        namespace, _, plain = id.rpartition("#")
        if not namespace or id in self.parts:
            return ("", self, self.parts[id]) if id in self.parts else None
        for each in self.imports:
            if each.model.namespace == namespace and plain in each.model.parts:
                return each.name, each.model, each.model.parts[plain]
        return None

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
        self, model: DecisionModel, inputs: Mapping[str, object], run: Run, known: Mapping[str, Value] | None = None
    ) -> None:
        self.model, self.inputs, self.run = model, inputs, run
        self.known: dict[str, Value] = dict(known or {})
        self._imported: dict[tuple[str, str], Graph] = {}

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
            case Knowledge():
                # What it requires may require it, and its own body may call it: by the function that is still to come.
                self.known[part.id] = self._later(part)
        return part.code(self._scope(part))

    def _later(self, part: Knowledge) -> Function:
        def call(run: Run, *arguments: Value) -> Value:
            return invoke(run, self.known[part.id], list(arguments))

        return Function(part.name, part.parameters, call, required=len(part.parameters))

    def _scope(self, logic: Logic) -> Scope:
        """Return what a decision sees: the variables that are given, and what it requires."""
        given = logic.names.intersection(self.inputs) if isinstance(logic, Decision) else frozenset[str]()
        scope = Scope({name: take(self.inputs[name], self.run) for name in given}, self.run)
        if isinstance(logic, Knowledge):
            scope[logic.name] = self.known[logic.id]
        for id in logic.requires:
            found = self.model.find(id)
            if found is None:
                continue
            name, model, part = found
            value = self._graph_of(name, model).value_of(part.id)
            if name:
                others = scope.get(name)
                scope[name] = {**(others if isinstance(others, dict) else {}), part.name: value}
            else:
                scope[part.name] = value
        return scope

    def _graph_of(self, name: str, model: DecisionModel) -> Graph:
        """Return the evaluation of a model: of an imported one, the inputs may stand in a context by its name."""
        if model is self.model:
            return self
        key = name, model.namespace
        if key not in self._imported:
            own = self.inputs.get(name) if name else None
            inputs = {**self.inputs, **own} if isinstance(own, Mapping) else self.inputs
            self._imported[key] = Graph(model, inputs, self.run)
        return self._imported[key]

    def _input(self, part: InputData) -> Value:
        return _fitted(part, take(self.inputs.get(part.name), self.run), self.run)

    def _service(self, part: DecisionService) -> Value:
        parameters = [found for id in part.parameters if (found := self.model.find(id)) is not None]
        outputs = [found for id in part.outputs if (found := self.model.find(id)) is not None]

        def call(run: Run, *arguments: Value) -> Value:
            run.enter()
            graph = Graph(self.model, {}, run)
            for (name, model, parameter), argument in zip(parameters, arguments, strict=True):
                graph._graph_of(name, model).known[parameter.id] = fit_argument(parameter, argument, run)
            values = {output.name: graph._graph_of(name, model).value_of(output.id) for name, model, output in outputs}
            run.depth -= 1
            return values if len(values) > 1 else next(iter(values.values()))

        names = tuple(parameter.name for _, _, parameter in parameters)
        return Function(part.name, names, call, required=len(names))


def fit_argument(part: Part, value: Value, run: Run) -> Value:
    """Return the value as the part's type has it.

    Raises NoValue when it does not fit.
    """
    kind = part.type if isinstance(part, InputData | Decision) else None
    return value if kind is None else kind.fit(value, run)


def _fitted(part: InputData, value: Value, run: Run) -> Value:
    try:
        return fit_argument(part, value, run)
    except NoValue as reason:
        return run.null(f"input {part.name}: {reason}", None)
