"""Input and output parameters: what a flow node's own variables are given, and what it gives to those around it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.canonical import Json
from engine.elements.failure import CANNOT_GO_ON
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.variables import Scope

if TYPE_CHECKING:
    from engine.elements.flow_node import Extensions, Token


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input or output parameter: the variable's name and what it is given, at `path` inside it."""

    name: str
    value: Expression
    path: tuple[str, ...] = ()
    skips_null: bool = False  # an output that was never given changes nothing

    def placed(self, around: Json, value: Json) -> Json:
        """Return the variable with the value at its path; `around` is what it was."""
        return _placed(around, self.path, value)


def _placed(around: Json, path: tuple[str, ...], value: Json) -> Json:
    if not path:
        return value
    members = dict(around) if isinstance(around, dict) else {}
    members[path[0]] = _placed(members.get(path[0]), path[1:], value)
    return members


def map_inputs(token: Token, extensions: Extensions) -> None:
    """Give a token variables of its own and write its inputs there, in their order. Raises ExecutionFailed.

    As in Camunda 7 they read what is around the node; in Camunda 8 each also sees those before it.
    """
    scope = token.scope if token.owns_scope else token.open_scope()
    found = ((each, token.workflow.evaluate(each.value, token)) for each in extensions.inputs)
    for each, value in found if extensions.keeps_results else list(found):
        scope.write_here(each.name, each.placed(scope.values_here.get(each.name), value))
    for name in extensions.declared:
        if name not in scope.values_here:
            scope.write_here(name, None)
    missing = [[name for name in names if token.scope.get(name) is None] for names in extensions.input_sets]
    if missing and all(missing):
        element_id = token.task_spec.element_id
        raise ExecutionFailed(f"the input {missing[0][0]!r} of {element_id} has no value", element_id=element_id)


def map_outputs(token: Token, extensions: Extensions) -> None:
    """Give the scope around the node what its output parameters say."""
    if not extensions.keeps_results:
        for each in extensions.outputs:
            value = token.workflow.evaluate(each.value, token)
            if value is not None or not each.skips_null:
                around(token).write(each.name, value)
        return
    # As in Camunda 8 all are read before any is written, but each sees what those before it give.
    found: dict[str, Json] = {}
    for index, each in enumerate(extensions.outputs):
        value = token.workflow.evaluate(each.value, token)
        if value is None and each.skips_null:
            continue
        found[each.name] = each.placed(found.get(each.name, token.scope.get(each.name)), value)
        if any(each.name in later.value.names for later in extensions.outputs[index + 1:]):
            token.scope.write_here(each.name, found[each.name])
    # One of several instances keeps what it has a variable for: its output element is read there.
    outer = token.scope if token.task_spec.is_repeated else around(token)
    for name, value in found.items():
        outer.write(name, value)


def map_outputs_so_far(token: Token, extensions: Extensions) -> None:
    """Let an interrupted activity give what it has by then: as in Camunda 7, its output parameters.

    One changes nothing that reads a variable which is not there yet or cannot be evaluated.
    """
    if extensions.keeps_results or not token.owns_scope or token.task_spec.is_repeated or "done" in token.internal_data:
        return
    for each in extensions.outputs:
        if each.skips_null or any(name not in token.scope for name in each.value.names):
            continue
        with suppress(*CANNOT_GO_ON):
            around(token).write(each.name, token.workflow.evaluate(each.value, token))


def around(token: Token) -> Scope:
    """Return the variables around a token's own."""
    return token.scope.parent if token.owns_scope and token.scope.parent is not None else token.scope


def take_in(token: Token, extensions: Extensions, payload: Mapping[str, Any]) -> None:
    """Write what has come from outside."""
    for name, value in payload.items():
        write_result(token, extensions, name, value, is_input=True)


def write_result(
    token: Token, extensions: Extensions, name: str, value: object, *, is_input: bool = False
) -> None:
    """Write what a node's work has given. In Camunda 8 it stays with a node that says what it puts out."""
    if not (extensions.keeps_results and extensions.outputs):
        token.scope.write(name, value, is_input=is_input)
        return
    scope = token.scope if token.owns_scope else token.open_scope()
    scope.write_here(name, value, is_input=is_input)
