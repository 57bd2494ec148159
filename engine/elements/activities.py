"""Tasks: abstract, manual, user, service, script, business rule and receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from engine.canonical import Json
from engine.elements.flow_node import FlowNode, Token
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.feel.temporal import parse_date, parse_datetime
from engine.feel.values import Value
from engine.store import TaskRecord

if TYPE_CHECKING:
    from engine.dmn import DecisionModel
    from engine.elements.events import Subscription
    from engine.elements.execution import Execution


class AbstractTask(FlowNode):
    """A task of no kind: it is done as soon as it is reached."""

    kind = "task"


class ManualTask(AbstractTask):
    """Work done outside the system: it does not hold the process up, as in Camunda."""

    kind = "manualTask"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is asked to do a user task, by when and with which form; each part is an expression."""

    assignee: Expression | None = None
    candidate_users: Expression | None = None
    candidate_groups: Expression | None = None
    due_date: Expression | None = None
    follow_up_date: Expression | None = None
    priority: Expression | None = None
    form_key: str | None = None
    separate_from: Sequence[str] = ()


class UserTask(FlowNode):
    """Work for a person: opens a task and waits until it is completed."""

    kind = "userTask"
    assignment = Assignment()

    def execute(self, token: Token) -> bool | None:
        """Open the task, kept in the token so that no query is needed to work on it."""
        execution, ask = token.workflow, self.assignment
        record = TaskRecord(
            id=f"{execution.id}:{token.id}", instance_id=execution.id, definition_id=execution.definition.id,
            definition_key=execution.definition.key, business_key=execution.business_key,
            element_id=self.element_id, name=self.label or self.element_id, status="open",
            created_at=execution.act.at,
            assignee=_one_name(self._value(token, ask.assignee)),
            candidate_users=_names(self._value(token, ask.candidate_users)),
            candidate_groups=_names(self._value(token, ask.candidate_groups)),
            excluded_users=execution.performers_of(ask.separate_from),
            form_key=ask.form_key,
            due_at=self._instant(token, ask.due_date), follow_up_at=self._instant(token, ask.follow_up_date),
            priority=_whole(self._value(token, ask.priority), 50),
        )
        execution.open_task(token, record)
        return None

    def cancelled(self, token: Token) -> None:
        """Close the task unseen."""
        token.workflow.cancel_task(token)

    def _value(self, token: Token, expression: Expression | None) -> Json:
        return None if expression is None else token.workflow.evaluate(expression, token)

    def _instant(self, token: Token, expression: Expression | None) -> datetime | None:
        execution = token.workflow
        if expression is None:
            return None
        return _instant(execution.value_of(expression, token), execution, self.element_id)


def _names(value: Json) -> tuple[str, ...]:
    """Return names given as a list or as text separated by commas, each once."""
    items = value.split(",") if isinstance(value, str) else value or []
    return tuple(dict.fromkeys(str(item).strip() for item in items if item and str(item).strip()))


def _one_name(value: Json) -> str | None:
    return str(value).strip() or None if value is not None else None


def _whole(value: Json, default: int) -> int:
    return default if value is None else int(value)


def _instant(value: Value, execution: Execution, element_id: str) -> datetime | None:
    """Return an aware instant from a date-time, a date (then the end of that day) or ISO text."""
    if isinstance(value, str):
        text = value.strip()
        value = parse_datetime(text) or parse_date(text) or (text or None)
    match value:
        case None:
            return None
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=execution.zone)
        case date():
            return datetime.combine(value, time(23, 59, 59), execution.zone)
    raise ExecutionFailed(f"{element_id} has a due date that is no date", element_id=element_id)


class ServiceTask(FlowNode):
    """Work for a program: a job with a topic that a worker answers."""

    kind = "serviceTask"
    topic: Expression | None = None
    expression: Expression | None = None
    result_variable: str | None = None
    priority: Expression | None = None

    def execute(self, token: Token) -> bool | None:
        """Evaluate the expression, or make a job and wait for its result."""
        execution = token.workflow
        if self.expression is not None:
            value = execution.evaluate(self.expression, token)
            if self.result_variable:
                token.scope.write(self.result_variable, value)
            return True
        if self.topic is None:
            raise ExecutionFailed(f"{self.element_id} has no topic", element_id=self.element_id)
        topic = execution.evaluate(self.topic, token)
        priority = 50 if self.priority is None else _whole(execution.evaluate(self.priority, token), 50)
        execution.add_job(token, "service", execution.act.at, topic=str(topic), priority=priority)
        return None


class SendTask(ServiceTask):
    """A service task that sends: it runs like one."""

    kind = "sendTask"


class ScriptTask(FlowNode):
    """Gives a variable the value of a FEEL expression."""

    kind = "scriptTask"
    script: Expression
    result_variable: str | None = None

    def execute(self, token: Token) -> bool | None:
        """Evaluate; without a result variable a context's entries become variables."""
        value = token.workflow.evaluate(self.script, token)
        if self.result_variable is not None:
            token.scope.write(self.result_variable, value)
        elif isinstance(value, Mapping):
            for name, item in value.items():
                token.scope.write(name, item)
        return True


class BusinessRuleTask(FlowNode):
    """Evaluates a decision of the deployment (DMN) and keeps its result."""

    kind = "businessRuleTask"
    decision_ref: str = ""
    model: DecisionModel | None = None
    result_variable: str | None = None
    result_mapping: str = "resultList"

    def execute(self, token: Token) -> bool | None:
        """Evaluate, note which rules matched, write the mapped result."""
        assert self.model is not None  # the deploy check has seen to it
        execution = token.workflow
        value = self._mapped(execution.decide(self, token))
        if self.result_variable is not None:
            token.scope.write(self.result_variable, value)
        return True

    def _mapped(self, rows: list[dict[str, Json]]) -> Json:
        """Return the rows as `camunda:mapDecisionResult` asks; the shapes are Camunda 7's."""
        match self.result_mapping:
            case "singleEntry":
                return next(iter(self._only(rows).values()), None)
            case "singleResult":
                return self._only(rows)
            case "collectEntries":
                return [next(iter(row.values()), None) for row in rows]
        return rows

    def _only(self, rows: list[dict[str, Json]]) -> dict[str, Json]:
        if len(rows) > 1:
            raise ExecutionFailed(
                f"{self.element_id} asks for a single result and {len(rows)} rules of {self.decision_ref} match",
                element_id=self.element_id,
            )
        return rows[0] if rows else {}


class ReceiveTask(FlowNode):
    """Waits for a message."""

    kind = "receiveTask"
    subscription: Subscription

    def execute(self, token: Token) -> bool | None:
        """Subscribe and wait."""
        self.subscription.arm(token)
        return None
