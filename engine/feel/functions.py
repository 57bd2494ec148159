"""Functions of the language: how a Python function becomes one, and how any is invoked.

A built-in is a typed Python function. Its annotations say what it takes: other arguments make the result null,
except that a list of one item stands for the item, and an item for the list of it. A parameter `start_position`
is called `start position` in the language, and `list_` `list`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from engine.feel.errors import NoValue
from engine.feel.far import FarDate, FarDateTime, FineTime, kind_named
from engine.feel.scope import Run
from engine.feel.types import SIMPLE, name_of
from engine.feel.values import Function, Value

BUILTINS: dict[str, Function] = {}
"""Every built-in function by its name."""

_F = TypeVar("_F", bound=Callable[..., Any])


class Unfit(NoValue):
    """The function does not take these arguments."""


def builtin(name: str) -> Callable[[_F], _F]:
    """Register a Python function under its name in the language; several of one name are tried in order."""

    def register(python: _F) -> _F:
        function = _wrapped(name, python)
        known = BUILTINS.get(name)
        if known is not None:
            others = known.alternatives or (known,)
            function = Function(name, (), function.call, alternatives=(*others, function))
        BUILTINS[name] = function
        return python

    return register


def invoke(run: Run, function: Value, values: list[Value], names: tuple[str, ...] | None = None) -> Value:
    """Return what the function returns for these arguments, given by position or by name.

    Raises NoValue when it is no function, or does not take them.
    """
    if not isinstance(function, Function):
        raise NoValue("null is no function" if function is None else f"a {name_of(function)} is no function")
    if function.alternatives:
        return _first_fit(run, function, values, names)
    if names is not None:
        return function.call(run, *_by_position(function, dict(zip(names, values, strict=True))))
    if len(values) < function.required or (len(values) > len(function.parameters) and not function.variadic):
        raise Unfit(f"{function.name} takes {_count(function)}, not {len(values)}")
    return function.call(run, *values)


def _first_fit(run: Run, function: Function, values: list[Value], names: tuple[str, ...] | None) -> Value:
    refused: list[str] = []
    for alternative in function.alternatives:
        try:
            return invoke(run, alternative, values, names)
        except Unfit as reason:
            refused.append(str(reason))
    raise Unfit("; or ".join(dict.fromkeys(refused)))


def _by_position(function: Function, named: dict[str, Value]) -> list[Value]:
    unknown = named.keys() - set(function.parameters)
    if unknown:
        raise Unfit(f"{function.name} has no parameter {min(unknown)}, only {', '.join(function.parameters)}")
    missing = [name for name in function.parameters[: function.required] if name not in named]
    if missing and function.is_strict:
        raise Unfit(f"{function.name} needs {missing[0]}")
    # What stands after the last one that is given keeps its default.
    last = max((index for index, name in enumerate(function.parameters, 1) if name in named), default=0)
    return [named.get(name) for name in function.parameters[: max(last, function.required)]]


def _count(function: Function) -> str:
    least, most = function.required, len(function.parameters)
    return f"{most} argument{'s'[: most != 1]}" if least == most else f"{least} to {most} arguments"


def _wrapped(name: str, python: Callable[..., Any]) -> Function:
    """Return the built-in that checks arguments by the annotations of `python` and calls it."""
    hints = get_type_hints(python)
    parameters = [p for p in inspect.signature(python).parameters.values() if p.name != "run"]
    takes_run = "run" in hints
    variadic = bool(parameters) and parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL
    is_spread = variadic and len(parameters) == 1
    names = tuple(parameter.name.rstrip("_").replace("_", " ") for parameter in parameters)
    allowed = tuple(_allowed(hints[parameter.name]) for parameter in parameters)
    required = sum(p.default is inspect.Parameter.empty and p.kind is not p.VAR_POSITIONAL for p in parameters)

    def call(run: Run, *arguments: Value) -> Value:
        values = _spread(arguments) if is_spread else arguments
        for kinds, value in zip(allowed, values, strict=False):
            if kinds is not None and type(value) not in kinds:
                values = _fitted(name, names, allowed, arguments)
                break
        try:
            return python(run, *values) if takes_run else python(*values)
        except (ArithmeticError, ValueError) as error:
            # Numbers and dates have ends; a function need not look for each way to leave them.
            raise NoValue(f"{name}: the result is out of range") from error

    return Function(name, names, call, required, variadic, is_strict=True)


def _spread(arguments: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return the items: one list of them is as good as many arguments."""
    if not arguments:
        raise Unfit("an argument is missing")
    first = arguments[0]
    return tuple(first) if len(arguments) == 1 and isinstance(first, list) else arguments


def _fitted(
    name: str, names: tuple[str, ...], allowed: tuple[frozenset[type] | None, ...], arguments: tuple[Value, ...]
) -> tuple[Value, ...]:
    values = []
    for parameter, kinds, value in zip(names, allowed, arguments, strict=False):
        if kinds is None or type(value) in kinds:
            values.append(value)
        elif isinstance(value, list) and len(value) == 1 and type(value[0]) in kinds:
            values.append(value[0])
        elif kinds == {list} and value is not None:
            values.append([value])
        else:
            wanted = " or ".join(sorted({_type_name(kind_named(kind)) for kind in kinds}))
            raise Unfit(f"{name}: {parameter} must be a {wanted}, not a {name_of(value)}")
    return (*values, *arguments[len(values) :])


def _allowed(hint: object) -> frozenset[type] | None:
    """Return the Python types that an annotation allows, or None if it allows everything."""
    if hint is object:
        return None
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = frozenset(get_origin(option) or option for option in options)
    return kinds | {far for far in (FarDate, FarDateTime, FineTime) if kind_named(far) in kinds}


def _type_name(kind: type) -> str:
    names = {python: name for name, python in SIMPLE.items()}
    return names.get(kind) or {list: "list", dict: "context", type(None): "null"}.get(kind, kind.__name__.lower())
