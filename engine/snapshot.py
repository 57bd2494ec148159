"""The stored form of an instance's live state: one compact JSON text, versioned, of live tokens and variables only.

`{"format": 2, "numbers": int, "performers": {element: [user]}, "tokens": [token]}`, a token being
`{"n": number, "p": parent's number, "e": node's name, "s": SpiffWorkflow's state, "d": {…}, "v": {name: value},
"w": {name: number of the event that wrote it}, "t": {…task}}`, parts that are empty left out, parents before children;
format 1 had the values' hashes, `"h": {name: hash}`, in place of "w". What a finished token was is in the history, not
here, so the text does not grow with the instance's past. A later release must read every format that an earlier one
wrote: `tests/engine/snapshots/` keeps a file of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson
from SpiffWorkflow.util.task import TaskState

from engine.canonical import encode
from engine.clock import instant_text
from engine.elements.complex_gateway import RESETTING
from engine.elements.flow_node import Token
from engine.elements.gateways import InclusiveGateway
from engine.errors import StateUnreadable
from engine.store import TaskRecord
from engine.variables import Scope

if TYPE_CHECKING:
    from engine.elements.execution import Execution

FORMAT, READABLE = 2, (1, 2)


def take(execution: Execution) -> str:
    """Return the live state as text."""
    # Numbers grow with creation, so that parents come before what lives in them.
    tokens = [_stored(execution, token) for token in sorted(execution.tasks.values(), key=lambda token: token.id)]
    return encode(
        {"format": FORMAT, "numbers": execution.numbers, "performers": execution.performers, "tokens": tokens}
    )


def _stored(execution: Execution, token: Token) -> dict[str, Any]:
    stored: dict[str, Any] = {"n": token.id, "e": token.task_spec.name, "s": token.state}
    if token._parent is not None:
        stored["p"] = token._parent
    if token.internal_data:
        stored["d"] = token.internal_data
    if token.owns_scope:
        stored["v"], stored["w"] = token.scope.values_here, token.scope.writings
    if (task := execution.open_tasks.get(token.id)) is not None:
        stored["t"] = _stored_task(task)
    return stored


def restore(execution: Execution, text: str) -> None:
    """Give an execution the state that `take` returned. Raises StateUnreadable."""
    try:
        _restore(execution, orjson.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StateUnreadable(f"instance {execution.id} has a state that is damaged") from error


def _restore(execution: Execution, state: Any) -> None:
    if state.get("format") not in READABLE:
        raise StateUnreadable(f"instance {execution.id} has a state of format {state.get('format')!r}")
    execution.numbers, execution.performers = state["numbers"], state["performers"]
    for stored in state["tokens"]:
        spec = execution.tasks[stored["p"]].task_spec.spec if "p" in stored else execution.spec
        if "called" in stored.get("d", ()):
            spec = execution.called_definition(stored["d"]["called"]).spec
        try:
            node = spec.node(stored["e"])
        except KeyError:
            raise StateUnreadable(f"instance {execution.id} stands at {stored['e']}, which its diagram lacks") from None
        _restore_token(execution, node, stored)
    execution.task_tree = next(iter(execution.tasks.values()), None)


def _restore_token(execution: Execution, node: Any, stored: dict[str, Any]) -> None:
    parent = execution.tasks[stored["p"]] if "p" in stored else None
    scope: Scope | None = None
    data = stored.get("d", {})
    if parent is not None and "called" not in data:
        # What undoes an activity sees the variables of its scope, wherever it was thrown.
        scope = execution.tasks[data["around"]].scope if "around" in data else parent.scope
    if "v" in stored:
        scope = Scope(stored["n"], scope, execution.journal)
        scope.values_here, scope.writings = stored["v"], stored["w"] if "w" in stored else stored["h"]
    token = Token(execution, node, parent, scope, stored["s"], stored["n"])
    token.internal_data = data
    execution.undecided.update((token.id, name) for name in data.get(RESETTING, ()))
    if data and any(key.startswith("condition") for key in data):
        execution.conditions.add(token.id)
    if "t" in stored:
        execution.open_tasks[token.id] = _restored_task(execution, token, stored["t"])
    if stored["s"] == TaskState.WAITING and node.gathers and parent is not None:
        execution.waiting_at(node, parent).append(token)
        if isinstance(node, InclusiveGateway):
            execution.undecided.add((parent.id, node.name))


@dataclass(frozen=True, slots=True)
class _Field:
    """One member of a stored task: its name, its key, and the default that is left out."""

    name: str
    key: str
    default: Any = None
    is_instant: bool = False
    is_tuple: bool = False


_TASK = (
    _Field("name", "n"), _Field("created_at", "c", is_instant=True), _Field("assignee", "a"),
    _Field("candidate_users", "u", (), is_tuple=True), _Field("candidate_groups", "g", (), is_tuple=True),
    _Field("excluded_users", "x", (), is_tuple=True), _Field("form_key", "f"),
    _Field("due_at", "d", is_instant=True), _Field("follow_up_at", "w", is_instant=True),
    _Field("priority", "p", 50), _Field("claimed_at", "t", is_instant=True),
)
_BY_KEY = {part.key: part for part in _TASK}
_values = attrgetter(*(part.name for part in _TASK))


def _stored_task(task: TaskRecord) -> dict[str, Any]:
    return {
        part.key: instant_text(value) if part.is_instant else value
        for part, value in zip(_TASK, _values(task), strict=True) if value != part.default
    }


def _restored_task(execution: Execution, token: Token, stored: dict[str, Any]) -> TaskRecord:
    values: dict[str, Any] = {}
    for key, value in stored.items():
        part = _BY_KEY[key]
        if part.is_instant:
            value = datetime.fromisoformat(value)
        values[part.name] = tuple(value) if part.is_tuple else value
    definition = execution.definition_of(token)
    return TaskRecord(
        id=f"{execution.id}:{token.id}", instance_id=execution.id, definition_id=definition.id,
        definition_key=definition.key, business_key=execution.business_key,
        element_id=token.task_spec.element_id, status="open", **values,
    )
