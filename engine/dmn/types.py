"""The types that a model declares, and fitting values to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from engine.feel.calendar import in_utc
from engine.feel.calls import closure
from engine.feel.compiler import Code, Names, compile_node, compiles
from engine.feel.conformance import static_type
from engine.feel.errors import NoValue
from engine.feel.expression import Expression
from engine.feel.scope import Run, Scope
from engine.feel.temporal import parse_date, parse_datetime, parse_time
from engine.feel.tree import Node
from engine.feel.types import ANY, Type, is_instance, name_of, type_named
from engine.feel.values import Value

# Camunda 7's names beside the standard's.
_CAMUNDA_NAMES = {"integer": "number", "long": "number", "double": "number", "float": "number", "short": "number"}


@dataclass(frozen=True, slots=True)
class DataType:
    """A declared type: simple, or of components, or another by a new name (`element`); a list if `is_collection`.

    `allowed` is what each item must pass, `constraint` what the whole must.
    """

    name: str
    simple: Type | None = None
    components: dict[str, DataType] = field(default_factory=dict)
    is_collection: bool = False
    allowed: Expression | None = None
    constraint: Expression | None = None
    element: DataType | None = None

    def fit(self, value: Value, run: Run) -> Value:
        """Return the value as this type has it: one of a list of one, dates out of text.

        Raises NoValue when it does not fit.
        """
        if value is None:
            return None
        if self.is_collection:
            items = value if isinstance(value, list) else [value]
            return self._allowed([self._fit_one(item, run) if item is not None else None for item in items], run)
        return self._allowed(self._fit_one(value, run), run)

    def as_type(self) -> Type:
        """Return the type as the expression language has it; limits on values are no part of that."""
        if self.element is not None:
            one = self.element.as_type()
        elif self.components:
            one = Type("context", members=tuple((name, kind.as_type()) for name, kind in self.components.items()))
        else:
            one = self.simple or ANY
        return Type("list", (one,)) if self.is_collection else one

    def _fit_one(self, value: Value, run: Run) -> Value:
        if self.element is not None:
            return self.element.fit(value, run)
        if self.components:
            return self._fit_components(value, run)
        if self.simple is None or is_instance(value, self.simple):
            return value
        if isinstance(value, list) and len(value) == 1 and is_instance(value[0], self.simple):
            return value[0]
        if (read := _read(value, self.simple.name)) is not None:
            return read
        raise NoValue(f"a {self.name} is wanted, not a {name_of(value)}")

    def _fit_components(self, value: Value, run: Run) -> Value:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, dict):
            raise NoValue(f"a {self.name} is wanted, not a {name_of(value)}")
        missing = self.components.keys() - value.keys()
        if missing:
            raise NoValue(f"a {self.name} needs {min(missing)}")
        fitted = {name: kind.fit(value[name], run) for name, kind in self.components.items()}
        return {**value, **fitted}

    def _allowed(self, value: Value, run: Run) -> Value:
        items = value if self.is_collection and isinstance(value, list) else [value]
        if self.allowed is not None and not all(is_allowed(self.allowed, item, run) for item in items):
            raise NoValue(f"the value is none of those that {self.name} allows: {self.allowed.text}")
        if self.constraint is not None and not is_allowed(self.constraint, value, run):
            raise NoValue(f"the value does not meet what {self.name} asks: {self.constraint.text}")
        return value


def is_allowed(allowed: Expression, value: Value, run: Run) -> bool:
    """Return whether the value passes the tests of allowed values."""
    return allowed.evaluate_in(Scope({"?": value}, run)) is True


def simple_type(name: str) -> DataType | None:
    """Return the type of the language, or of Camunda 7, that has this name, or None."""
    plain = name.rpartition(":")[2]
    known = type_named(_CAMUNDA_NAMES.get(plain, plain))
    return DataType(plain, known) if known is not None else None


def _read(value: Value, wanted: str) -> Value:
    """Return the date or time that a text means; variables that came as JSON have dates as text."""
    match wanted, value:
        case "date", str():
            return parse_date(value) or parse_datetime(value)
        case "date", datetime():
            # Camunda 7 calls a date and time a date.
            return value
        case "date and time", str():
            return parse_datetime(value)
        case "date and time", date():
            return in_utc(value)
        case "time", str():
            return parse_time(value)
    return None


@dataclass(frozen=True, slots=True)
class Typed(Node):
    """An expression whose value must be of a type; `label` names it in the reason for a null."""

    label: str
    value: Node
    type: DataType


@compiles(Typed)
def _typed(node: Typed, names: Names) -> Code:
    code, kind, label = compile_node(node.value, names), node.type, node.label

    def fitted(scope: Scope) -> Value:
        try:
            return kind.fit(code(scope), scope.run)
        except NoValue as reason:
            return scope.run.null(f"{label}: {reason}", None)

    return fitted


@dataclass(frozen=True, slots=True)
class FunctionLogic(Node):
    """A function with typed parameters and a typed result: a boxed function, or business knowledge."""

    name: str
    parameters: tuple[tuple[str, DataType | None], ...]
    body: Node


@compiles(FunctionLogic)
def _function(node: FunctionLogic, names: Names) -> Code:
    parameters = tuple(name for name, _ in node.parameters)
    fits = tuple(kind.fit if kind is not None else None for _, kind in node.parameters)
    types = tuple(kind.as_type() if kind is not None else None for _, kind in node.parameters)
    result = node.body.type.as_type() if isinstance(node.body, Typed) else static_type(node.body)
    body = compile_node(node.body, names.within(*parameters))
    return lambda scope: closure(node.name, parameters, fits, body, scope.child(), (*types, result))
