"""Conditional event definitions: they happen when their condition becomes true."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.elements.flow_node import Token
from engine.elements.outcome import slot
from engine.expression import Expression


@dataclass(frozen=True, slots=True)
class Condition:
    """What a conditional event waits for; looked at when it is armed and whenever a variable is written.

    It must become false before it can happen again (BPMN 2.0.2, 10.5.5). `variables` names those that alone matter.
    """

    value: Expression
    variables: Collection[str] = ()

    def arm(self, token: Token, index: int = 0) -> None:
        """Begin to look."""
        token.internal_data[slot("condition", index)] = False
        token.workflow.conditions.add(token.id)
        token.workflow.journal.written.add("")  # nothing was written, but it is to be looked at once

    def again(self, token: Token, index: int = 0) -> bool:
        """It goes on looking."""
        return True

    def becomes_true(self, token: Token, index: int, written: Collection[str]) -> bool:
        """Look, and return whether it has just become true."""
        if self.variables and "" not in written and not set(self.variables) & set(written):
            return False
        before = token.internal_data.get(slot("condition", index), False)
        now = token.workflow.holds(self.value, token)
        token.internal_data[slot("condition", index)] = now
        return now and not before
