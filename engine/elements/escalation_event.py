"""Escalation event definitions on the side that throws: unlike an error, one that nobody catches holds nothing up."""

from __future__ import annotations

from dataclasses import dataclass

from engine.elements.error_event import Thrown, code_at, propagate
from engine.elements.flow_node import Token
from engine.expression import Expression


@dataclass(frozen=True, slots=True)
class ThrowEscalation:
    """An escalation that is thrown, by its code."""

    code: Expression
    is_coded: bool = True

    def throw(self, token: Token) -> bool | None:
        """Throw; the token goes on unless a catching event has interrupted it."""
        execution, element_id = token.workflow, token.task_spec.element_id
        code = code_at(token, self.code)
        execution.journal.note("escalation_thrown", element_id, token.id, code=code)
        if not propagate(token, Thrown("escalation", code, is_coded=self.is_coded)):
            execution.journal.note("escalation_uncaught", element_id, token.id, code=code)
        return True if token.id in execution.tasks else None
