"""What outside workers are asked for: a job with a topic, a priority and a number of attempts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.elements.flow_node import Token
from engine.elements.priority import priority_of
from engine.errors import ExecutionFailed
from engine.expression import Expression


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """Work for a worker: of a task, of an event that sends its message by a worker, or of a listener."""

    topic: Expression
    priority: Expression | None = None
    retries: Expression | None = None

    def throw(self, token: Token) -> bool | None:
        """Make the job and wait for its end. Raises ExecutionFailed."""
        execution, element_id = token.workflow, token.task_spec.element_id
        topic = execution.name_of(self.topic, token, "topic")
        asked = None if self.priority is None else execution.evaluate(self.priority, token)
        execution.add_job(
            token, "service", execution.act.at, topic=topic, priority=priority_of(asked, element_id),
            retries=self._attempts(token, element_id),
        )
        return None

    def _attempts(self, token: Token, element_id: str) -> int | None:
        """Return how often the job may fail before it is an incident."""
        if self.retries is None:
            return None
        value = token.workflow.evaluate(self.retries, token)
        if isinstance(value, bool) or not isinstance(value, int | str) or not is_attempts(str(value)):
            raise ExecutionFailed(f"the retries of {element_id} are no whole number", element_id=element_id)
        return int(value)


def is_attempts(text: str) -> bool:
    """Whether a text is a number of attempts."""
    return re.fullmatch(r"\s*[1-9][0-9]{0,5}\s*", text) is not None
