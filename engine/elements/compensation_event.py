"""Compensation: completed activities are undone by their handlers, the one that completed last first.

A scope keeps a record of each activity in it that has completed and could be undone, in the order of completion; a
sub-process's record holds its variables as they were and the records of what completed inside it. To throw takes the
records away, and the throwing token undoes one after the other, what runs for it standing below it in the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from SpiffWorkflow.util.task import TaskState

from engine.canonical import Json
from engine.elements.flow_node import Token

if TYPE_CHECKING:
    from engine.elements.events import StartEvent
    from engine.elements.execution import Execution

Record = dict[str, Any]
"""`{"node": name, "order": number, "scope": token, "values": {…}, "inside": [records]}`, what is empty left out."""

COMPLETED = "completed"  # a scope's records
TO_UNDO = "to_undo"  # those that a token is still to undo
UNDOING = "undoing"  # marks a completed sub-process that is open again to be undone
BESIDE = "beside"  # marks a token that undoes while the one that has thrown goes on


def keep(token: Token) -> None:
    """Keep what could be undone of an activity that completes, in the scope around it."""
    node, scope = token.task_spec, home_of(token)
    if scope is None or node.container is None or node.is_for_compensation or UNDOING in scope.internal_data:
        return
    inside: list[Record] = token.internal_data.get(COMPLETED, [])
    if node.inner:
        records = inside  # each round for itself, once the last one is over
    else:
        record: Record = {"node": node.name, "order": token.workflow.journal.number}
        if node.compensation is None:
            if not node.is_scope or not (inside or node.compensation_start):
                return
            record["inside"] = inside
        if token.owns_scope and (node.compensation is None or scope.task_spec.inner == node.name):
            record["values"] = token.scope.values_here
        records = [record]
    if records:
        kept = [{**record, "scope": scope.id} for record in records]
        scope.internal_data.setdefault(COMPLETED, []).extend(kept)


def home_of(token: Token) -> Token | None:
    """Return the scope that a token is in; what is undone stands below an event that is none."""
    scope: Token | None = token.parent
    while scope is not None and not scope.task_spec.is_scope:
        scope = scope.parent
    return scope


@dataclass(frozen=True, slots=True)
class ThrowCompensation:
    """What a compensation event throws: it undoes one activity, or all of the scope that it is in."""

    activity: str | None = None
    waits: bool = True

    def throw(self, token: Token) -> bool | None:
        """Undo what has completed; the token waits for it unless it need not."""
        execution = token.workflow
        data: dict[str, Json] = {} if self.activity is None else {"activity": self.activity}
        execution.journal.note("compensation_thrown", token.task_spec.element_id, token.id, **data)
        records = _taken(token, self.activity)
        if not records:
            return True
        if self.waits:
            return True if undo(token, records) else None
        beside = Token(execution, token.task_spec, token.parent, state=TaskState.STARTED)
        beside.internal_data[BESIDE] = True
        if undo(beside, records):
            execution.discard(beside)
        return True


def _taken(token: Token, activity: str | None) -> list[Record]:
    """Take away the records that a throw reaches: those of its scope, and from an event sub-process of that around."""
    taken: list[Record] = []
    scope = home_of(token)
    while scope is not None:
        spec = scope.task_spec.spec
        kept: list[Record] = []
        for record in scope.internal_data.pop(COMPLETED, ()):
            is_meant = activity is None or spec.node(record["node"]).element_id == activity
            (taken if is_meant else kept).append(record)
        if kept:
            scope.internal_data[COMPLETED] = kept
        scope = home_of(scope) if scope.task_spec.is_event_sub_process else None
    return sorted(taken, key=lambda record: int(record["order"]))


def undo(token: Token, records: list[Record]) -> bool:
    """Let a token undo what is recorded, last first; True when it is done already."""
    token.internal_data[TO_UNDO] = records
    return go_on(token)


def go_on(token: Token) -> bool:
    """Undo the next activity; True when none is left."""
    execution: Execution = token.workflow
    if token.id in execution.undoing:  # what was begun has ended at once: whoever began it goes on
        return False
    execution.undoing.add(token.id)
    records: list[Record] = token.internal_data.get(TO_UNDO, [])
    while records and not execution.has_live_children(token):
        _begin(token, records.pop())
    execution.undoing.discard(token.id)
    if records or execution.has_live_children(token):
        return False
    token.internal_data.pop(TO_UNDO, None)
    return True


def _begin(token: Token, record: Record) -> None:
    """Begin to undo one activity: by its handler, by its event sub-process, or by undoing all inside it."""
    execution: Execution = token.workflow
    spec, scope = token.task_spec.spec, execution.tasks[record["scope"]]
    node = spec.node(record["node"])
    undoing = Token(execution, spec.node(node.compensation or node.name), token, scope.scope, TaskState.STARTED)
    undoing.internal_data["around"] = scope.id
    if "values" in record or node.compensation is None:
        own = undoing.open_scope()
        for name, value in record.get("values", {}).items():
            own.write_here(name, value)
    if node.compensation is not None:
        execution.make_ready(undoing)
        return
    execution.journal.note("compensation_begun", node.history_id, undoing.id)
    undoing.internal_data[UNDOING] = True
    inside: list[Record] = [{**each, "scope": undoing.id} for each in record["inside"]]
    if node.compensation_start is not None:
        undoing.internal_data[COMPLETED] = inside  # for the event sub-process to throw at
        execution.start_event_subprocess(undoing, cast("StartEvent", spec.node(node.compensation_start)), {})
    elif undo(undoing, inside):
        _close(undoing)


def inside_ended(token: Token) -> bool:
    """Go on after something has ended below a token that undoes; True when that token itself is to go on."""
    if not go_on(token):
        return False
    if UNDOING in token.internal_data or BESIDE in token.internal_data:
        _close(token)
        return False
    return True


def _close(token: Token) -> None:
    """Take away a token that was there to undo only."""
    execution, parent = token.workflow, token.parent
    assert parent is not None
    if UNDOING in token.internal_data:
        execution.journal.note("compensation_ended", token.task_spec.history_id, token.id)
    execution.drop(token)
    execution.ended_inside(parent)
