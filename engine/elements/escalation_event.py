"""Escalation event definitions on the side that throws: unlike an error, one that nobody catches holds nothing up."""

from __future__ import annotations

from dataclasses import dataclass

from engine.elements.error_event import Thrown, propagate
from engine.elements.flow_node import Token


@dataclass(frozen=True, slots=True)
class ThrowEscalation:
    """An escalation that is thrown, by its code."""

    code: str

    def throw(self, token: Token) -> bool | None:
        """Throw; the token goes on unless a catching event has interrupted it."""
        execution, element_id = token.workflow, token.task_spec.element_id
        execution.journal.note("escalation_thrown", element_id, token.id, code=self.code)
        if not propagate(token, Thrown("escalation", self.code)):
            execution.journal.note("escalation_uncaught", element_id, token.id, code=self.code)
        return True if token.id in execution.tasks else None
