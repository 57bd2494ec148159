"""Receive tasks: they wait for a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.elements.flow_node import FlowNode, Token
from engine.elements.gateways import disarm_others


class ReceiveTask(FlowNode):
    """Waits for a message."""

    kind = "receiveTask"
    instantiates = False

    def execute(self, token: Token) -> bool | None:
        """Subscribe and wait, unless the message began the instance."""
        if token.internal_data.pop("begun", None) is not None:
            return True
        for trigger in self.triggers:
            trigger.arm(token)
        return None

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on; behind an event-based gateway the other events are disarmed first."""
        disarm_others(token)
        super().resume(token, payload)
