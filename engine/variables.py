"""Variables in scopes, as Camunda 7 has them: seen from inside out, written where they are, or else at the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from engine.canonical import Json, json_safe
from engine.errors import NotJsonSafe


def named(variables: object) -> dict[str, Any]:
    """Return variables that somebody gives, sorted by name. Raises NotJsonSafe for what is no mapping of names."""
    if not isinstance(variables, Mapping):
        raise NotJsonSafe("variables are given as a mapping of names to values")
    for name in variables:
        if not isinstance(name, str) or not name or "\0" in name:
            raise NotJsonSafe("a variable has a name that is none")
        if not name.isascii():
            json_safe(name)
    return {name: variables[name] for name in sorted(variables)}


Writing = int | str
"""The number of the event that wrote a value, or its hash where an earlier release wrote it."""


class Recorder(Protocol):
    """Notes each variable that is written; history implements it."""

    def variable_written(self, scope: int, name: str, value: Json, old: Writing | None, *, is_input: bool) -> Writing:
        """Note the new value and which event wrote the old one; return the number of this event."""
        ...


class Scope(Mapping[str, Json]):
    """The variables of a process, a sub-process, a multi-instance or an activity with mappings.

    As a mapping it shows the variables of all scopes around it; values are copied on the way in and must not be
    changed by readers, so that no two branches ever share what one of them changes.
    """

    __slots__ = ("number", "parent", "recorder", "values_here", "writings")

    def __init__(self, number: int, parent: Scope | None, recorder: Recorder) -> None:
        self.number = number  # of the token that the scope belongs to
        self.parent = parent
        self.recorder = recorder
        self.values_here: dict[str, Json] = {}
        self.writings: dict[str, Writing] = {}  # by which event each value was written

    def __getitem__(self, name: str) -> Json:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values_here:
                return scope.values_here[name]
            scope = scope.parent
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values_here:
                return True
            scope = scope.parent
        return False

    def __iter__(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        scope: Scope | None = self
        while scope is not None:
            seen.update(dict.fromkeys(scope.values_here))
            scope = scope.parent
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def write(self, name: str, value: object, *, is_input: bool = False) -> None:
        """Write a variable where the nearest scope has it, or else in the outermost scope. Raises NotJsonSafe."""
        scope = self
        while name not in scope.values_here and scope.parent is not None:
            scope = scope.parent
        scope.write_here(name, value, is_input=is_input)

    def write_here(self, name: str, value: object, *, is_input: bool = False) -> None:
        """Write a variable of this very scope. Raises NotJsonSafe."""
        copy = json_safe(value)
        self.writings[name] = self.recorder.variable_written(
            self.number, name, copy, self.writings.get(name), is_input=is_input
        )
        self.values_here[name] = copy
