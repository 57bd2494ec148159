"""Tasks: abstract, manual, user, service, script, business rule and receive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from engine.canonical import Json
from engine.elements.flow_node import FlowNode, Token
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.feel.temporal import parse_date, parse_datetime
from engine.feel.values import Value, to_json
from engine.store import TaskRecord

if TYPE_CHECKING:
    from engine.dmn import DecisionModel
    from engine.elements.execution import Execution
    from engine.elements.message_event import Subscription


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
            assignee=_one_name(self._value(token, ask.assignee), self.element_id),
            candidate_users=_names(self._value(token, ask.candidate_users), self.element_id),
            candidate_groups=_names(self._value(token, ask.candidate_groups), self.element_id),
            excluded_users=execution.performers_of(ask.separate_from),
            form_key=ask.form_key,
            due_at=self._instant(token, ask.due_date), follow_up_at=self._instant(token, ask.follow_up_date),
            priority=_priority(self._value(token, ask.priority), self.element_id),
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


def _names(value: Json, element_id: str) -> tuple[str, ...]:
    """Return names given as a list or as text separated by commas, each once."""
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list) or not all(isinstance(item, str) or item is None for item in items):
        raise ExecutionFailed(f"{element_id} has candidates that are no names", element_id=element_id)
    return tuple(dict.fromkeys(item.strip() for item in items if item and item.strip()))


def _one_name(value: Json, element_id: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ExecutionFailed(f"{element_id} has an assignee that is no name", element_id=element_id)
    return value.strip() or None if value else None


def _priority(value: Json, element_id: str) -> int:
    if value is None:
        return 50
    if isinstance(value, bool) or not isinstance(value, int | str) or not is_priority(str(value)):
        raise ExecutionFailed(f"{element_id} has a priority that is no whole number", element_id=element_id)
    return int(value)


def is_priority(text: str) -> bool:
    """Whether a text is a whole number that a database's integer holds."""
    return re.fullmatch(r"\s*-?[0-9]{1,9}\s*", text) is not None


def is_instant(text: str) -> bool:
    """Whether a text is a date, with or without a time."""
    return isinstance(_temporal(text), date)


def _temporal(text: str) -> date | str | None:
    text = text.strip()
    return parse_datetime(text) or parse_date(text) or text or None


def _instant(value: Value, execution: Execution, element_id: str) -> datetime | None:
    """Return an instant in UTC from a date-time, a date (then the end of that day) or ISO text."""
    match _temporal(value) if isinstance(value, str) else value:
        case None:
            return None
        case datetime() as at:
            at = at if at.tzinfo else at.replace(tzinfo=execution.zone)
        case date() as day:
            at = datetime.combine(day, time(23, 59, 59), execution.zone)
        case _:
            raise ExecutionFailed(f"{element_id} has a due date that is no date", element_id=element_id)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ExecutionFailed(f"{element_id} has a due date out of range", element_id=element_id) from None


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
        topic = execution.name_of(self.topic, token, "topic")
        asked = None if self.priority is None else execution.evaluate(self.priority, token)
        priority = _priority(asked, self.element_id)
        execution.add_job(token, "service", execution.act.at, topic=topic, priority=priority)
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
        if self.result_variable is not None:
            token.scope.write(self.result_variable, token.workflow.evaluate(self.script, token))
            return True
        value = token.workflow.value_of(self.script, token)
        if not isinstance(value, dict):
            raise ExecutionFailed(
                f"the script {self.element_id} gives no context and has no result variable", element_id=self.element_id
            )
        for name, item in value.items():
            token.scope.write(name, to_json(item))
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
                row = self._only(rows)
                if len(row) > 1:
                    raise ExecutionFailed(
                        f"{self.element_id} asks for a single entry and {self.decision_ref} gives {len(row)}",
                        element_id=self.element_id,
                    )
                return next(iter(row.values()), None)
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
