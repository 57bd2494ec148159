"""Conditional event definitions: they happen when their condition becomes true."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass

from engine.elements.flow_node import Token
from engine.elements.outcome import slot
from engine.expression import Expression
from engine.history import ARMED, Write


@dataclass(frozen=True, slots=True)
class Condition:
    """What a conditional event waits for; looked at when it is armed and whenever a variable is written.

    It must become false before it can happen again (BPMN 2.0.2, 10.5.5). Of later writes only those matter that are of
    one of `variables` (or else of those that it reads) and one of `changes` (create, update), where these name any.
    """

    value: Expression
    variables: Collection[str] = ()
    changes: Collection[str] = ()

    def arm(self, token: Token, index: int = 0) -> None:
        """Begin to look."""
        token.internal_data[slot("condition", index)] = None
        token.workflow.conditions.add(token.id)
        token.workflow.journal.written.add(ARMED)

    def again(self, token: Token, index: int = 0) -> bool:
        """It goes on looking."""
        return True

    def becomes_true(self, token: Token, index: int, written: Set[Write]) -> bool:
        """Look, and return whether it has just become true."""
        before = token.internal_data[slot("condition", index)]
        if before is not None and not any(map(self._matters, written)):
            return False
        now = token.workflow.holds(self.value, token)
        token.internal_data[slot("condition", index)] = now
        return now and not before

    def _matters(self, write: Write) -> bool:
        name, change = write
        return name in (self.variables or self.value.names) and (not self.changes or change in self.changes)
