"""Service and send tasks: an expression, or a job with a topic that a worker answers."""

from __future__ import annotations

from engine.elements.flow_node import FlowNode, Token
from engine.elements.sending import ThrowMessage
from engine.elements.worker_job import WorkerJob
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
        return WorkerJob(self.topic, self.priority, self.retries).throw(token)


class SendTask(ServiceTask):
    """Sends its message; with an implementation it runs like a service task."""

    kind = "sendTask"
    message: ThrowMessage | None = None

    def execute(self, token: Token) -> bool | None:
        """Send, or do what a service task does."""
        return super().execute(token) if self.message is None else self.message.throw(token)
