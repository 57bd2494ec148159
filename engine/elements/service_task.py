"""Service and send tasks: an expression, or a job with a topic that a worker answers."""

from __future__ import annotations

import re

from engine.elements.flow_node import FlowNode, Token
from engine.elements.priority import priority_of
from engine.elements.sending import ThrowMessage
from engine.errors import ExecutionFailed
from engine.expression import Expression


class ServiceTask(FlowNode):
    """Work for a program: a job with a topic that a worker answers."""

    kind = "serviceTask"
    topic: Expression | None = None
    expression: Expression | None = None
    result_variable: str | None = None
    priority: Expression | None = None
    retries: Expression | None = None

    def execute(self, token: Token) -> bool | None:
        """Evaluate the expression, or make a job and wait for its result."""
        execution = token.workflow
        if self.expression is not None:
            value = execution.evaluate(self.expression, token)
            if self.result_variable:
                self.write_result(token, self.result_variable, value)
            return True
        if self.topic is None:
            raise ExecutionFailed(f"{self.element_id} has no topic", element_id=self.element_id)
        topic = execution.name_of(self.topic, token, "topic")
        asked = None if self.priority is None else execution.evaluate(self.priority, token)
        priority = priority_of(asked, self.element_id)
        execution.add_job(
            token, "service", execution.act.at, topic=topic, priority=priority, retries=self._attempts(token)
        )
        return None

    def _attempts(self, token: Token) -> int:
        """Return how often the job may fail before it is an incident."""
        value = 3 if self.retries is None else token.workflow.evaluate(self.retries, token)
        if isinstance(value, bool) or not isinstance(value, int | str) or not is_attempts(str(value)):
            raise ExecutionFailed(f"the retries of {self.element_id} are no whole number", element_id=self.element_id)
        return int(value)


def is_attempts(text: str) -> bool:
    """Whether a text is a number of attempts."""
    return re.fullmatch(r"\s*[1-9][0-9]{0,5}\s*", text) is not None


class SendTask(ServiceTask):
    """Sends its message; with an implementation it runs like a service task."""

    kind = "sendTask"
    message: ThrowMessage | None = None

    def execute(self, token: Token) -> bool | None:
        """Send, or do what a service task does."""
        return super().execute(token) if self.message is None else self.message.throw(token)
