"""User tasks: who is asked, by when, and with which form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from engine.canonical import Json
from engine.elements.flow_node import FlowNode, Token
from engine.elements.priority import priority_of
from engine.elements.resource import Binding, choose, key_elsewhere
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.feel.far import plain_date
from engine.feel.temporal import parse_date, parse_datetime
from engine.feel.values import Value
from engine.store import TaskRecord

if TYPE_CHECKING:
    from engine.elements.execution import Execution


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
    form_binding: Binding = field(default_factory=Binding)
    separate_from: Sequence[str] = ()


class UserTask(FlowNode):
    """Work for a person: opens a task and waits until it is completed."""

    kind = "userTask"
    assignment = Assignment()

    def execute(self, token: Token) -> bool | None:
        """Open the task, kept in the token so that no query is needed to work on it."""
        execution, ask = token.workflow, self.assignment
        definition = execution.definition_of(token)
        record = TaskRecord(
            id=f"{execution.id}:{token.id}", instance_id=execution.id, definition_id=definition.id,
            definition_key=definition.key, business_key=execution.business_key,
            element_id=self.element_id, name=self.label or self.element_id, status="open",
            created_at=execution.act.at,
            assignee=_one_name(self._value(token, ask.assignee), self.element_id),
            candidate_users=_names(self._value(token, ask.candidate_users), self.element_id),
            candidate_groups=_names(self._value(token, ask.candidate_groups), self.element_id),
            excluded_users=execution.performers_of(ask.separate_from, token),
            form_key=self._form_key(token),
            due_at=self._instant(token, ask.due_date), follow_up_at=self._instant(token, ask.follow_up_date),
            priority=priority_of(self._value(token, ask.priority), self.element_id),
        )
        execution.open_task(token, record)
        return None

    def _form_key(self, token: Token) -> str | None:
        """Return the form's key, with the deployment behind it where that is another than the diagram's."""
        execution, key = token.workflow, self.assignment.form_key
        own = execution.definition_of(token)
        if key is None or key in own.model.forms:
            return key
        deployment_id = choose(execution, token, "form", key, self.assignment.form_binding)
        return key if deployment_id == own.record.deployment_id else key_elsewhere(key, deployment_id)

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
    if value is None:
        return ()
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list) or not all(isinstance(item, str) or item is None for item in items):
        raise ExecutionFailed(f"{element_id} has candidates that are no names", element_id=element_id)
    return tuple(dict.fromkeys(item.strip() for item in items if item and item.strip()))


def _one_name(value: Json, element_id: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ExecutionFailed(f"{element_id} has an assignee that is no name", element_id=element_id)
    return value.strip() or None if value else None


def is_instant(text: str) -> bool:
    """Whether a text is a date, with or without a time."""
    return isinstance(_temporal(text), date)


def _temporal(text: str) -> date | str | None:
    text = text.strip()
    return parse_datetime(text) or parse_date(text) or text or None


def _instant(value: Value, execution: Execution, element_id: str) -> datetime | None:
    """Return an instant in UTC from a date-time, a date (then the end of that day) or ISO text."""
    try:
        match _temporal(value) if isinstance(value, str) else value:
            case None:
                return None
            case datetime() as at:
                at = plain_date(at)
                return (at if at.tzinfo else at.replace(tzinfo=execution.zone)).astimezone(UTC)
            case date() as day:
                return datetime.combine(plain_date(day), time(23, 59, 59), execution.zone).astimezone(UTC)
        raise ExecutionFailed(f"{element_id} has a due date that is no date", element_id=element_id)
    except (OverflowError, ValueError):
        raise ExecutionFailed(f"{element_id} has a due date out of range", element_id=element_id) from None
