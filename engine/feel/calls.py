"""Compiles the definition and the invocation of functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from engine.feel import tree
from engine.feel.builtins import BUILTINS
from engine.feel.calendar import in_utc
from engine.feel.compiler import Code, Names, compile_node, compiles
from engine.feel.conformance import static_type
from engine.feel.errors import NoValue, meant
from engine.feel.folding import folded
from engine.feel.functions import invoke
from engine.feel.raw import compile_raw, take
from engine.feel.scope import Run, Scope
from engine.feel.types import Type, is_instance, name_of
from engine.feel.values import Function, Value

Fit: TypeAlias = Callable[[Value, Run], Value]
"""Makes an argument fit its parameter, or raises NoValue."""


@compiles(tree.FunctionDefinition)
def _definition(node: tree.FunctionDefinition, names: Names) -> Code:
    parameters = tuple(name for name, _ in node.parameters)
    types = tuple(kind and names.type(kind, node.at) for _, kind in node.parameters)
    fits = tuple(_fit(name, kind) if kind else None for name, kind in zip(parameters, types, strict=True))
    signature = (*types, static_type(node.body))
    own = node.name
    body = compile_node(node.body, names.within(*parameters, *filter(None, [own])).eager())

    def code(scope: Scope) -> Value:
        outer = scope.child()
        function = closure(own or "function", parameters, fits, body, outer, signature)
        if own:
            # A function that is an entry of a context may call itself.
            outer[own] = function
        return function

    return code


def closure(
    name: str,
    parameters: tuple[str, ...],
    fits: Sequence[Fit | None],
    body: Code,
    outer: Scope,
    types: tuple[Type | None, ...] = (),
) -> Function:
    """Return the function that evaluates `body` where it sees `outer` and its parameters."""

    def call(run: Run, *arguments: Value) -> Value:
        child = Scope(outer, run)
        for parameter, fit, argument in zip(parameters, fits, arguments, strict=True):
            child[parameter] = argument if fit is None else fit(argument, run)
        run.enter()
        try:
            return body(child)
        finally:
            run.depth -= 1

    return Function(name, parameters, call, required=len(parameters), types=types)


def _fit(parameter: str, kind: Type) -> Fit:
    def fit(argument: Value, run: Run) -> Value:
        if argument is None or is_instance(argument, kind):
            return argument
        if kind.name == "list" and is_instance([argument], kind):
            return [argument]
        if isinstance(argument, list) and len(argument) == 1 and is_instance(argument[0], kind):
            return argument[0]
        if kind.name == "date and time" and isinstance(argument, date) and not isinstance(argument, datetime):
            return in_utc(argument)
        raise NoValue(f"{parameter} must be a {kind.name}, not a {name_of(argument)}")

    return fit


@compiles(tree.Call)
def _call(node: tree.Call, names: Names) -> Code:
    called, order, at = node.function, node.names, node.at
    is_builtin = isinstance(called, tree.Name) and called.name in BUILTINS and called.name not in names.bound
    if is_builtin and (counted := _count(node, names)) is not None:
        return counted
    arguments = tuple(compile_node(argument, names) for argument in node.arguments)
    if is_builtin and (constant := folded(node)) is not None:
        return compile_node(constant, names)
    if is_builtin and isinstance(called, tree.Name):
        builtin = BUILTINS[called.name]
        function: Code = lambda scope: builtin  # noqa: E731
    else:
        if isinstance(called, tree.Name) and called.name not in names.bound:
            names.called.add(called.name)
        function = compile_node(called, names)
    unknown = called.name if isinstance(called, tree.Name) and not is_builtin else None

    def code(scope: Scope) -> Value:
        if unknown is not None and unknown not in scope:
            return scope.run.null(_no_function(unknown, scope), at)
        values = [argument(scope) for argument in arguments]
        if is_builtin:
            scope.run.spend_on_arguments(values)
        try:
            result = invoke(scope.run, function(scope), values, order)
        except NoValue as reason:
            return scope.run.null(str(reason), at)
        scope.run.spend_on(result)
        return result

    return code


def _count(node: tree.Call, names: Names) -> Code | None:
    """Return the count of plain JSON, whose items need not be taken in for it."""
    if not isinstance(node.function, tree.Name) or node.function.name != "count" or len(node.arguments) != 1:
        return None
    raw, (name,) = compile_raw(node.arguments[0], names), node.names or (None,)
    if raw is None or name not in (None, "list"):
        return None

    def code(scope: Scope) -> Value:
        items, run = raw(scope), scope.run
        if type(items) is list:
            run.spend(len(items) >> 2)
            return Decimal(len(items))
        try:
            return invoke(run, BUILTINS["count"], [take(items, run)])
        except NoValue as reason:
            return run.null(str(reason), node.at)

    return code


def _no_function(name: str, scope: Scope) -> str:
    known = {*BUILTINS, *(name for name, value in scope.items() if isinstance(value, Function))}
    return f"there is no function {name}" + (meant(name, known) if not scope.run.reasons else "")
