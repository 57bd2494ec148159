"""Message event definitions on the side that sends: to the instance itself at once, to others through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.canonical import Json
from engine.elements.failure import CANNOT_GO_ON
from engine.elements.flow_node import Token
from engine.elements.message_event import catch_here, key_of, waiting_here
from engine.elements.outcome import Signal
from engine.elements.signal_event import meet
from engine.errors import AmbiguousCorrelation, ExecutionFailed
from engine.expression import Expression
from engine.feel.temporal import parse_duration
from engine.message import Attempt, Message, Target

if TYPE_CHECKING:
    from engine.elements.execution import Execution


@dataclass(frozen=True, slots=True)
class ThrowMessage:
    """A message that an event or a send task sends: its variables are the element's own, from its input parameters."""

    name: Expression
    key: Expression | None = None
    time_to_live: Expression | None = None
    targets: Sequence[Target] = ()

    def throw(self, token: Token) -> bool | None:
        """Send it; where nobody waits for it yet, when all else in the instance has come to rest."""
        execution = token.workflow
        message = Message(
            execution.name_of(self.name, token, "message"), execution.business_key_of(token),
            None if self.key is None else key_of(self.key, token),
            dict(token.scope.values_here) if token.owns_scope else {}, self._time_to_live(token), self.targets,
        )
        if send(execution, token, message, at_last=bool(token.task_spec.inner)):  # a multi-instance goes on by itself
            return True if token.id in execution.tasks else None
        execution.unsent.append((token.id, message))
        return None

    def _time_to_live(self, token: Token) -> timedelta | None:
        if self.time_to_live is None:
            return None
        value = token.workflow.value_of(self.time_to_live, token)
        length = parse_duration(value) if isinstance(value, str) else value
        if not isinstance(length, timedelta) or length < timedelta():
            element_id = token.task_spec.element_id
            raise ExecutionFailed(f"the time to live of {element_id} is no duration", element_id=element_id)
        return length


@dataclass(frozen=True, slots=True)
class ThrowByExpression:
    """A message that an expression sends, as for a service task."""

    expression: Expression
    result_variable: str | None = None

    def throw(self, token: Token) -> bool | None:
        """Evaluate, and keep the result."""
        value = token.workflow.evaluate(self.expression, token)
        if self.result_variable:
            token.task_spec.write_result(token, self.result_variable, value)
        return True


def send(execution: Execution, token: Token, message: Message, *, at_last: bool = False) -> bool:
    """Send a message to the one that waits for it; False when nobody does yet.

    `at_last` nobody can begin to wait in this step any more: then it is kept for its time to live.
    Raises ExecutionFailed when nobody may be told, or several wait.
    """
    element_id = token.task_spec.element_id
    catching = _catching(execution, message) if not message.targets else []
    if len(catching) == 1:
        execution.journal.note("message_thrown", element_id, token.id, name=message.name, here=True)
        catch_here(*catching[0], "message", message.name, message.variables)
        return True
    told: dict[str, Json] = {"late": True} if at_last else {}
    try:
        if len(catching) > 1:
            told["here"] = True
            count = len(catching)
            raise AmbiguousCorrelation(f"{count} places wait for the message {message.name}", count=count)
        taken = [subscription for _, subscription in execution.messages if subscription is not None]
        reached = execution.route(Attempt(message, token.id, taken, at_last))
    except AmbiguousCorrelation as error:
        told["several"] = error.count
        execution.journal.note("message_not_sent", element_id, token.id, name=message.name, **told)
        raise ExecutionFailed(f"{element_id}: {error}", element_id=element_id) from error
    if reached is None and not at_last:
        return False
    if reached is None and message.time_to_live is None:
        execution.journal.note("message_not_sent", element_id, token.id, name=message.name, **told)
        raise ExecutionFailed(
            f"{element_id}: nobody waits for the message {message.name}", element_id=element_id
        )
    told |= {"kept": True} if reached is None else {"to": reached}
    execution.journal.note("message_thrown", element_id, token.id, name=message.name, **told)
    execution.messages.append((message, reached))
    return True


def send_rest(execution: Execution) -> bool:
    """Send what nobody waited for when it was thrown, now that all else rests; False when there is nothing."""
    if not execution.unsent:
        return False
    number, thrown = execution.unsent.pop(0)
    token = execution.tasks.get(number)
    if token is None:
        return True
    try:
        if isinstance(thrown, Signal):
            meet(execution, thrown)
        else:
            send(execution, token, thrown, at_last=True)
    except CANNOT_GO_ON as error:
        execution.fail(token, error, "execute")
        return True
    if token.id in execution.tasks:
        token.task_spec.resume(token, {})
    return True


def _catching(execution: Execution, message: Message) -> list[tuple[Token, int]]:
    waiting = waiting_here(execution, "message", message.name)
    return [(token, index) for token, index, key in waiting if key in (None, message.key)]
