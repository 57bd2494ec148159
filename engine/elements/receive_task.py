"""Receive tasks: they wait for a message."""

from __future__ import annotations

from engine.elements.flow_node import FlowNode, Token
from engine.elements.message_event import Subscription


class ReceiveTask(FlowNode):
    """Waits for a message."""

    kind = "receiveTask"
    subscription: Subscription

    @property
    def triggers(self) -> tuple[Subscription, ...]:
        """What it waits for, as events have it."""
        return (self.subscription,)

    def execute(self, token: Token) -> bool | None:
        """Subscribe and wait."""
        self.subscription.arm(token)
        return None
