"""Message and signal event definitions on the side that waits: a subscription by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.canonical import canonical
from engine.elements.flow_node import Token
from engine.elements.outcome import slot
from engine.errors import ExecutionFailed
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.store import SubscriptionKind


@dataclass(frozen=True, slots=True)
class Subscription:
    """A message or signal that is waited for, by its name and, for a message, its correlation key."""

    kind: SubscriptionKind
    name: Expression
    key: Expression | None = None

    def arm(self, token: Token, index: int = 0) -> None:
        """Subscribe."""
        name = token.workflow.name_of(self.name, token, self.kind)
        token.workflow.subscribe(token, self.kind, name, index, self.key_at(token))

    def again(self, token: Token, index: int = 0) -> bool:
        """A subscription stays after it was met; that of a parallel multiple event is made anew."""
        if slot("subscription", index) not in token.internal_data:
            self.arm(token, index)
        return True

    def key_at(self, token: Token) -> str | None:
        """Return the correlation key that a token waits with, as canonical JSON. Raises ExecutionFailed for null."""
        return None if self.key is None else key_of(self.key, token)


def key_of(expression: Expression, token: Token) -> str:
    """Evaluate a correlation key. Raises ExecutionFailed for null: it would match nothing, or anything."""
    value = token.workflow.evaluate(expression, token)
    if value is None:
        element_id = token.task_spec.element_id
        raise ExecutionFailed(f"the correlation key of {element_id} is null", element_id=element_id)
    return canonical(value)
