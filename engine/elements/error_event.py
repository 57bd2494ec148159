"""Error and escalation events: thrown, they go up from scope to scope until a catching event takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from engine.elements.compensation_event import UNDOING
from engine.elements.flow_node import FlowNode, Token
from engine.errors import ExecutionFailed
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.elements.call_activity import CallActivity
    from engine.elements.events import BoundaryEvent, StartEvent
    from engine.elements.execution import Execution

ThrownKind = Literal["error", "escalation", "cancel", "compensation"]


@dataclass(frozen=True, slots=True)
class Catch:
    """What an event on a border, or at an event sub-process's start, catches; without a code it catches all."""

    kind: ThrownKind
    code: str | None = None
    code_variable: str | None = None
    message_variable: str | None = None
    is_coded: bool = True  # otherwise the code is only the name or id of what is referred to

    def takes(self, thrown: Thrown) -> bool:
        """Whether it catches what is thrown. As in Camunda 7 what has no code of its own catches every code."""
        takes_any = not self.code or (thrown.is_coded and not self.is_coded)
        return self.kind == thrown.kind and (takes_any or self.code == thrown.code)


@dataclass(frozen=True, slots=True)
class Thrown:
    """An error, an escalation or a cancellation on its way up."""

    kind: ThrownKind
    code: str = ""
    message: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    is_coded: bool = True


def propagate(token: Token, thrown: Thrown) -> bool:
    """Let the nearest catching event around `token` catch what it throws; False when nobody does."""
    inner: Token | None = None
    current: Token | None = token
    left: list[Token] = []  # the roots of called processes that it has left
    while current is not None:
        is_over = UNDOING in current.internal_data  # it has completed: its events are armed no more
        if not is_over and (_catch_inside(current, inner, thrown, left) or _catch_at(current, thrown, left)):
            return True
        if "called" in current.internal_data:
            left.append(current)
        inner, current = current, current.parent
    if thrown.kind == "escalation":  # the called process goes on, and its caller too
        _hand_back(left, thrown)
    return False


def _catch_inside(scope: Token, inner: Token | None, thrown: Thrown, left: Iterable[Token]) -> bool:
    """Let an event sub-process of a scope catch, but not what it has thrown itself."""
    thrower = None if inner is None else inner.task_spec.name
    starts = map(scope.task_spec.spec.node, scope.task_spec.catching_starts)
    found = catcher((node for node in starts if node.container != thrower), thrown)
    if found is None:
        return False
    _hand_back(left, thrown)
    start, catch = found
    execution: Execution = scope.workflow
    if start.is_interrupting:
        execution.interrupt(scope)
    execution.start_event_subprocess(scope, start, thrown.payload, (catch, thrown))
    return True


def _catch_at(host: Token, thrown: Thrown, left: Iterable[Token]) -> bool:
    """Let a boundary event of an activity catch."""
    found = catcher(map(host.task_spec.spec.node, host.task_spec.boundaries), thrown)
    scope = host.parent
    if found is None or scope is None:
        return False
    _hand_back(left, thrown)
    boundary, catch = found
    if boundary.is_interrupting:
        host.workflow.cancel(host)
    boundary.pass_on(Token(host.workflow, boundary, scope), thrown.payload, (catch, thrown))
    return True


def _hand_back(roots: Iterable[Token], thrown: Thrown) -> None:
    """Let the call activities take over variables of the called processes that something caught has left."""
    for root in roots:
        assert root.parent is not None
        cast("CallActivity", root.parent.task_spec).passed_by(root.parent, root, thrown)


def catcher(nodes: Iterable[FlowNode], thrown: Thrown) -> tuple[BoundaryEvent | StartEvent, Catch] | None:
    """Return the event that catches, with its definition: one that names the code before one that catches all."""
    found = [
        (cast("BoundaryEvent | StartEvent", node), catch)
        for node in nodes for catch in node.catches if catch.takes(thrown)
    ]
    return min(found, key=lambda pair: pair[1].code != thrown.code, default=None)


def keep_caught(token: Token, catch: Catch, thrown: Thrown) -> None:
    """Write the code and message of what was caught; the engine knows them by itself, so they are no input."""
    if catch.code_variable is not None:
        token.scope.write(catch.code_variable, thrown.code)
    if catch.message_variable is not None:
        token.scope.write(catch.message_variable, thrown.message)


def throw_error(
    token: Token, code: str, payload: Mapping[str, Any] | None = None, message: str | None = None, *,
    is_coded: bool = True,
) -> None:
    """Throw a BPMN error at a token. Raises ExecutionFailed when nobody catches it."""
    element_id = token.task_spec.element_id
    token.workflow.journal.note("error_thrown", element_id, token.id, code=code)
    if not propagate(token, Thrown("error", code, message, payload or {}, is_coded)):
        raise ExecutionFailed(f"nobody catches the error {code!r} of {element_id}", element_id=element_id)


def code_at(token: Token, code: Expression) -> str:
    """Return the code that a token throws. Raises ExecutionFailed for what is no code."""
    value = token.workflow.evaluate(code, token)
    if isinstance(value, bool) or not isinstance(value, str | int):
        element_id = token.task_spec.element_id
        raise ExecutionFailed(f"the code that {element_id} throws is no text", element_id=element_id)
    return str(value)


@dataclass(frozen=True, slots=True)
class ThrowError:
    """What an error end event throws."""

    code: Expression
    message: Expression | None = None
    is_coded: bool = True

    def throw(self, token: Token) -> bool | None:
        """Throw; the token ends with the scope that the error leaves."""
        message = None if self.message is None else token.workflow.evaluate(self.message, token)
        text = None if message is None else str(message)
        throw_error(token, code_at(token, self.code), message=text, is_coded=self.is_coded)
        return None
