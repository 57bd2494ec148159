"""Functions whose results the history keeps, because tomorrow they may tell something else: recording and recalling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.canonical import Json, json_safe
from engine.errors import ConcurrentChange, EngineError, ExecutionFailed, StoreUnavailable
from engine.feel.scope import Run
from engine.feel.values import Function, Value, from_json, to_json
from engine.history import Event

CALLED = "functions_called"
"""The event that holds what such functions were asked and told in one evaluation, in order."""
Stale = Callable[[datetime, Json], bool]
"""Tells of what a function told at an instant whether it is to be asked again."""


def recording(functions: Mapping[str, Function], told: list[Json]) -> dict[str, Function]:
    """Return the functions, of which those that are recorded note into `told` what they are asked and tell, or why not.

    What the store could not do is no result: the step is not kept.
    """
    return {name: _noting(one, told) if one.is_recorded else one for name, one in functions.items()}


def _noting(function: Function, told: list[Json]) -> Function:
    def call(run: Run, *arguments: Value) -> Value:
        entry: dict[str, Any] = {"function": function.name, "arguments": to_json(list(arguments))}
        told.append(entry)
        try:
            value = function.call(run, *arguments)
            entry["value"] = json_safe(to_json(value))
        except (ConcurrentChange, StoreUnavailable):
            raise
        except EngineError as error:
            entry["error"] = str(error)
            raise
        return value

    return replace(function, call=call)


def recalling(
    functions: Mapping[str, Function], events: Sequence[Event], is_stale: Stale = lambda at, told: False
) -> dict[str, Function]:
    """Return the functions, of which those that are recorded tell what they told in `events`, each result once.

    Those are asked anew of which `is_stale` says so.
    """
    results = ((event.at, entry) for event in events if event.kind == CALLED for entry in event.values["results"])
    return {name: _told(one, results, is_stale) if one.is_recorded else one for name, one in functions.items()}


def recorded_names(functions: Mapping[str, Function]) -> frozenset[str]:
    """Return the names of the functions that are recorded."""
    return frozenset(name for name, one in functions.items() if one.is_recorded)


def _told(function: Function, results: Iterator[tuple[datetime, Any]], is_stale: Stale) -> Function:
    def call(run: Run, *arguments: Value) -> Value:
        at, entry = next(results, (None, None))
        if at is None or entry is None or entry["function"] != function.name:
            raise ExecutionFailed(f"the history holds no result of {function.name} here")
        if "error" in entry:
            raise ExecutionFailed(entry["error"])
        return function.call(run, *arguments) if is_stale(at, entry["value"]) else from_json(entry["value"])

    return replace(function, call=call)
