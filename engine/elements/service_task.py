"""Service and send tasks: an expression, or a job with a topic that a worker answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.canonical import Json
from engine.elements import mapping
from engine.elements.error_event import throw_error
from engine.elements.flow_node import FlowNode, Token
from engine.elements.listener import do
from engine.elements.sending import ThrowMessage
from engine.elements.worker_job import WorkerJob
from engine.errors import ExecutionFailed
from engine.expression import Expression

_NO_FAILURE: Mapping[str, Json] = {"errorMessage": None, "errorDetails": None}


@dataclass(frozen=True, slots=True)
class ErrorDefinition:
    """A BPMN error that a worker's answer becomes when the condition holds; `externalTask` tells of a failure."""

    condition: Expression
    code: str


class ServiceTask(FlowNode):
    """Work for a program: a job with a topic that a worker answers."""

    kind = "serviceTask"
    topic: Expression | None = None
    expression: Expression | None = None
    result_variable: str | None = None
    priority: Expression | None = None
    retries: Expression | None = None

    errors: Sequence[ErrorDefinition] = ()

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on with what the worker gives, unless it is an error."""
        if not self.errors:
            super().resume(token, payload)
            return
        mapping.take_in(token, self.extensions, payload)
        if not self.is_error(token):
            token.complete()

    def is_error(self, token: Token, failure: Mapping[str, Json] | None = None) -> bool:
        """Throw the first error whose condition holds, for an answer or a failure; False when there is none."""
        try:
            for each in self.errors:
                if token.workflow.holds(each.condition, token, {"externalTask": {**_NO_FAILURE, **(failure or {})}}):
                    throw_error(token, each.code)
                    return True
        except ExecutionFailed as error:
            token.workflow.fail(token, error, "execute")
            return True
        return False

    def execute(self, token: Token) -> bool | None:
        """Evaluate the expression, or make a job and wait for its result."""
        if self.expression is not None:
            value = do(token, self.expression)
            if self.result_variable:
                self.write_result(token, self.result_variable, value)
            return True
        if self.topic is None:
            raise ExecutionFailed(f"{self.element_id} has no topic", element_id=self.element_id)
        return WorkerJob(self.topic, self.priority, self.retries).throw(token)


class RuleWork(ServiceTask):
    """A business rule task that an expression or a worker answers, not a decision table."""

    kind = "businessRuleTask"


class SendTask(ServiceTask):
    """Sends its message; with an implementation it runs like a service task."""

    kind = "sendTask"
    message: ThrowMessage | None = None

    def execute(self, token: Token) -> bool | None:
        """Send, or do what a service task does."""
        return super().execute(token) if self.message is None else self.message.throw(token)
