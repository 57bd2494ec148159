"""Multi-instance activities: the same activity several times, at once or one after the other."""

from __future__ import annotations

from typing import Any

from engine.elements.flow_node import FlowNode, Token
from engine.errors import ExecutionFailed
from engine.expression import Expression

MAX_INSTANCES = 10_000
"""How many instances a multi-instance may have: a number comes from a variable, and each takes memory."""


class MultiInstance(FlowNode):
    """Runs an activity several times, at once or one after the other."""

    is_scope = True
    is_sequential = False
    collection: Expression | None = None
    element_variable: str | None = None
    cardinality: Expression | None = None
    completion_condition: Expression | None = None
    inner: str = ""

    @property
    def kind(self) -> str:  # type: ignore[override]
        """The kind of the activity that is repeated."""
        return self.spec.node(self.inner).kind

    @property
    def history_id(self) -> str:
        """The id of the body, as Camunda names it."""
        return f"{self.element_id}#multiInstanceBody"

    def execute(self, token: Token) -> bool | None:
        """Start all instances, or the first one."""
        items = self._items(token)
        scope = token.scope if token.owns_scope else token.open_scope()
        scope.write_here("nrOfInstances", len(items))
        scope.write_here("nrOfCompletedInstances", 0)
        scope.write_here("nrOfActiveInstances", 0)
        if not items:
            return True
        if self.is_sequential:
            token.internal_data["items"] = items
            self._begin(token, 0, items[0])
        else:
            scope.write_here("nrOfActiveInstances", len(items))
            for index, item in enumerate(items):
                self._begin(token, index, item)
        return None

    def _items(self, token: Token) -> list[Any]:
        execution = token.workflow
        if self.cardinality is not None:
            count = execution.evaluate(self.cardinality, token)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ExecutionFailed(
                    f"the loop cardinality of {self.element_id} is no whole number from 0 on",
                    element_id=self.element_id,
                )
            self._check_size(count)
            return [None] * count
        assert self.collection is not None
        items = execution.evaluate(self.collection, token)
        if not isinstance(items, list):
            raise ExecutionFailed(f"the collection of {self.element_id} is no list", element_id=self.element_id)
        self._check_size(len(items))
        return items

    def _check_size(self, count: int) -> None:
        if count > MAX_INSTANCES:
            raise ExecutionFailed(
                f"{self.element_id} would have {count} instances, more than {MAX_INSTANCES}", element_id=self.element_id
            )

    def _begin(self, token: Token, index: int, item: Any) -> None:
        execution = token.workflow
        child = Token(execution, self.spec.node(self.inner), token)
        scope = child.open_scope()
        scope.write_here("loopCounter", index)
        if self.element_variable is not None:
            scope.write_here(self.element_variable, item)
        if self.is_sequential:
            token.scope.write_here("nrOfActiveInstances", 1)
        execution.make_ready(child)

    def child_ended(self, token: Token) -> None:
        """Count the instance, then go on."""
        execution, scope = token.workflow, token.scope
        if token.id not in execution.tasks:
            return
        done = scope.values_here["nrOfCompletedInstances"] + 1
        total = scope.values_here["nrOfInstances"]
        scope.write_here("nrOfCompletedInstances", done)
        if self.is_sequential:
            scope.write_here("nrOfActiveInstances", 0)
        else:
            scope.write_here("nrOfActiveInstances", total - done)
        self.go_on_inside(token)

    def go_on_inside(self, token: Token) -> None:
        """Stop by the completion condition, complete after the last instance, or begin the next."""
        execution = token.workflow
        done = token.scope.values_here["nrOfCompletedInstances"]
        if self.completion_condition is not None and execution.holds(self.completion_condition, token):
            execution.cancel_children(token)
            token.complete()
        elif done == token.scope.values_here["nrOfInstances"]:
            token.complete()
        elif self.is_sequential:
            self._begin(token, done, token.internal_data["items"][done])
