"""User tasks: who is asked, by when, and with which form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.canonical import Json
from engine.elements.assignment import Assignment, asked, instant_of, names_of, one_name
from engine.elements.flow_node import FlowNode, Token
from engine.elements.listener import Listener, not_failing, said_of, tell_assigned, tell_ended, tell_task
from engine.elements.priority import priority_of
from engine.elements.resource import choose, key_elsewhere
from engine.elements.timer_event import Timer
from engine.expression import Expression
from engine.store import TaskRecord


@dataclass(frozen=True, slots=True)
class Timeout:
    """A listener that runs when a task has been open for so long, or again and again."""

    timer: Timer
    listener: Listener


class UserTask(FlowNode):
    """Work for a person: opens a task and waits until it is completed."""

    kind = "userTask"
    assignment = Assignment()
    listeners: Sequence[Listener] = ()
    timeouts: Sequence[Timeout] = ()

    def execute(self, token: Token) -> bool | None:
        """Open the task, kept in the token so that no query is needed to work on it."""
        execution, ask = token.workflow, self.assignment
        definition = execution.definition_of(token)
        assignee, users, groups = asked(
            one_name(self._value(token, ask.assignee), self.element_id),
            names_of(self._value(token, ask.candidate_users), self.element_id),
            names_of(self._value(token, ask.candidate_groups), self.element_id),
        )
        record = TaskRecord(
            id=f"{execution.id}:{token.id}", instance_id=execution.id, definition_id=definition.id,
            definition_key=definition.key, business_key=execution.business_key,
            element_id=self.element_id, name=self.label or self.element_id, status="open",
            created_at=execution.act.at,
            assignee=assignee, candidate_users=users, candidate_groups=groups,
            excluded_users=execution.performers_of(ask.separate_from, token),
            form_key=self._form_key(token),
            due_at=self._instant(token, ask.due_date), follow_up_at=self._instant(token, ask.follow_up_date),
            priority=priority_of(self._value(token, ask.priority), self.element_id),
        )
        for index, timeout in enumerate(self.timeouts, 1):
            timeout.timer.arm(token, index)
        if self.listeners:
            record = tell_task(token, self.listeners, "create", record)
            record = tell_assigned(token, self.listeners, record, None)
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

    def fire(self, token: Token, payload: Mapping[str, Any], index: int = 0) -> None:
        """Run the listener whose time has come; the task stays as it is, or as the listener makes it."""
        timeout = self.timeouts[index - 1]
        timeout.timer.again(token, index)
        before = token.workflow.open_tasks[token.id]
        self._settle(token, before, tell_task(token, (timeout.listener,), "timeout", before), before.assignee)

    def reassigned(self, token: Token, was: str | None) -> None:
        """Tell the listeners that somebody has taken the task, given it back, or given it to somebody."""
        if self.listeners:
            before = token.workflow.open_tasks[token.id]
            self._settle(token, before, tell_task(token, self.listeners, "update", before), was)

    def _settle(self, token: Token, before: TaskRecord, after: TaskRecord, was: str | None) -> None:
        after = tell_assigned(token, self.listeners, after, was)
        if after != before:
            token.workflow.alter_task(token, before, after)

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on with what the form has given."""
        if any(listener.event == "complete" for listener in self.listeners):
            token.internal_data["task"] = said_of(token.workflow.task_of_step(token))
        super().resume(token, payload)

    def tell_end(self, token: Token) -> None:
        """Tell the task's listeners before those of the element."""
        tell_ended(token, self.listeners, "complete", token.internal_data.get("task", {}))
        super().tell_end(token)

    def cancelled(self, token: Token) -> None:
        """Close the task unseen."""
        task = token.workflow.open_tasks.get(token.id)
        if task is not None:
            not_failing(token, lambda: tell_ended(token, self.listeners, "delete", said_of(task)))
        token.workflow.cancel_task(token)

    def _value(self, token: Token, expression: Expression | None) -> Json:
        return None if expression is None else token.workflow.evaluate(expression, token)

    def _instant(self, token: Token, expression: Expression | None) -> datetime | None:
        execution = token.workflow
        if expression is None:
            return None
        return instant_of(execution.value_of(expression, token), execution.zone, self.element_id)
