"""Listeners: what a diagram wants done when an element starts or ends, a flow is taken, or something befalls a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.canonical import Json, json_safe
from engine.elements.assignment import instant_of, names_of, one_name
from engine.elements.failure import CANNOT_GO_ON
from engine.elements.priority import priority_of
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.feel.values import Value, to_json
from engine.juel import Deed
from engine.store import TaskRecord

if TYPE_CHECKING:
    from engine.elements.flow_node import Token

MAX_ASSIGNMENTS = 20
"""How often listeners to an assignment may assign anew."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An expression that runs at an event, for what it does; a script's context gives variables."""

    event: str
    action: Expression
    is_script: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """What `execution.eventName` and `task…` read while a listener runs, and whose variables it sees."""

    event: str = ""
    task: Mapping[str, Json] = field(default_factory=dict)
    scope: Token | None = None  # another token than the one that it is about


def tell(token: Token, listeners: Iterable[Listener], event: str, scope: Token | None = None) -> None:
    """Run the execution listeners of an event. Raises ExecutionFailed."""
    for listener in listeners:
        if listener.event == event:
            _run(token, listener, Moment(event, scope=scope), None)


def begin(token: Token) -> None:
    """Run a node's start listeners, if it has any. Raises ExecutionFailed."""
    if listeners := token.task_spec.extensions.listeners:
        tell(token, listeners, "start")
        token.internal_data["listened"] = True


def tell_cancelled(token: Token) -> None:
    """Run the end listeners of what is cancelled, if it had begun: it goes, whether they can be run or not."""
    if token.internal_data.get("listened"):
        for each in token.task_spec.extensions.listeners:
            not_failing(token, partial(tell, token, (each,), "end"))


def not_failing(token: Token, run: Callable[[], object]) -> None:
    """Run what nothing may wait for; where it fails, that is noted."""
    try:
        run()
    except CANNOT_GO_ON as error:
        token.workflow.journal.note_value(
            "listener_failed", token.task_spec.element_id, token.id, "error", f"{error.code}: {error}"
        )


def do(token: Token, action: Expression) -> Json:
    """Evaluate what a service task does, and do it; return its value. Raises ExecutionFailed."""
    value = token.workflow.value_of(action, token)
    if isinstance(value, Deed):
        _carry_out(token, value, token, None)
        return None
    return json_safe(to_json(value))


# -- user tasks


def tell_task(token: Token, listeners: Sequence[Listener], event: str, task: TaskRecord) -> TaskRecord:
    """Run the task listeners of an event, each with the task as those before leave it; return the task."""
    for listener in listeners:
        if listener.event == event:
            task = _run(token, listener, Moment(event, said_of(task)), task) or task
    return task


def tell_assigned(
    token: Token, listeners: Sequence[Listener], task: TaskRecord, was: str | None
) -> TaskRecord:
    """Run the listeners to an assignment if there is one, and again if they assign anew."""
    for _ in range(MAX_ASSIGNMENTS):
        if task.assignee == was:
            return task
        was = task.assignee
        task = tell_task(token, listeners, "assignment", task)
    element_id = token.task_spec.element_id
    raise ExecutionFailed(f"the listeners of {element_id} assign it without end", element_id=element_id)


def tell_ended(
    token: Token, listeners: Sequence[Listener], event: str, task: Mapping[str, Json]
) -> None:
    """Run the listeners to the end of a task, which was as `task` says."""
    for listener in listeners:
        if listener.event == event:
            _run(token, listener, Moment(event, task), None)


def said_of(task: TaskRecord) -> dict[str, Json]:
    """Return what `task…` reads of a user task."""
    due, follow_up = task.due_at, task.follow_up_at
    return {
        "name": task.name, "assignee": task.assignee, "priority": task.priority, "createTime": _text(task.created_at),
        "dueDate": _text(due), "followUpDate": _text(follow_up), "owner": None, "description": None,
    }


def _text(at: datetime | None) -> Json:
    return None if at is None else {"@datetime": at.astimezone(UTC).isoformat()}


# -- what is done


def _run(token: Token, listener: Listener, moment: Moment, task: TaskRecord | None) -> TaskRecord | None:
    value = token.workflow.value_of(listener.action, token, moment=moment)
    about = moment.scope or token
    if isinstance(value, Deed):
        return _carry_out(token, value, about, task)
    if listener.is_script:
        if not isinstance(value, dict):
            raise _wrong(token, "a script that gives no context")
        for name, item in value.items():
            about.scope.write(name, to_json(item))
    return None


def _carry_out(token: Token, deed: Deed, about: Token, task: TaskRecord | None) -> TaskRecord | None:
    """Do what an expression says is to be done; return the user task if that has changed."""
    if deed.method in ("setVariable", "setVariableLocal"):
        name, value = deed.arguments
        if not isinstance(name, str) or not name:
            raise _wrong(token, "a variable without a name")
        if isinstance(value, Deed):
            raise _wrong(token, "a variable that is given what gives nothing")
        if deed.method == "setVariable":
            about.scope.write(name, to_json(value))
        else:
            (about.scope if about.owns_scope else about.open_scope()).write_here(name, to_json(value))
        return None
    assert task is not None  # what changes tasks is only read in their listeners
    return task._replace(**_change(token, deed, task))


def _change(token: Token, deed: Deed, task: TaskRecord) -> dict[str, Any]:
    (value,), element_id = deed.arguments, token.task_spec.element_id
    match deed.method:
        case "setName":
            if not isinstance(value, str) or not value.strip():
                raise _wrong(token, "a task without a name")
            return {"name": value}
        case "setAssignee":
            return {"assignee": one_name(_plain(token, value), element_id)}
        case "setPriority":
            return {"priority": priority_of(_plain(token, value), element_id)}
        case "setDueDate":
            return {"due_at": instant_of(value, token.workflow.zone, element_id)}
        case "setFollowUpDate":
            return {"follow_up_at": instant_of(value, token.workflow.zone, element_id)}
    kind = "candidate_users" if "User" in deed.method else "candidate_groups"
    known: tuple[str, ...] = getattr(task, kind)
    names = names_of(_plain(token, value), element_id)
    if deed.method.startswith("delete"):
        return {kind: tuple(name for name in known if name not in names)}
    return {kind: tuple(dict.fromkeys((*known, *names)))}


def _plain(token: Token, value: Value) -> Json:
    if isinstance(value, Deed):
        raise _wrong(token, "an argument that gives nothing")
    return json_safe(to_json(value))


def _wrong(token: Token, what: str) -> ExecutionFailed:
    element_id = token.task_spec.element_id
    return ExecutionFailed(f"a listener of {element_id} has {what}", element_id=element_id)
