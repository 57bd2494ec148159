"""Message and signal event definitions on the side that waits: a subscription by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.elements.flow_node import Token
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.store import SubscriptionKind


@dataclass(frozen=True, slots=True)
class Subscription:
    """A message or signal that is waited for, by its name."""

    kind: SubscriptionKind
    name: Expression

    def arm(self, token: Token, index: int = 0) -> None:
        """Subscribe."""
        token.workflow.subscribe(token, self.kind, token.workflow.name_of(self.name, token, self.kind), index)

    def again(self, token: Token, index: int = 0) -> bool:
        """A subscription stays after it was met."""
        return True
