"""Scopes: the process itself, embedded and event sub-processes, and multi-instance activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.elements.events import StartEvent, arm_start
from engine.elements.flow_node import FlowNode, Token
from engine.errors import ExecutionFailed
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.elements.execution import Execution


MAX_INSTANCES = 10_000
"""How many instances a multi-instance may have: a number comes from a variable, and each takes memory."""


class SubProcess(FlowNode):
    """An embedded sub-process: a scope of its own that is done when nothing in it lives any more."""

    kind = "subProcess"
    is_scope = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.starts: list[str] = []  # its plain start events, or else all nodes that no flow leads to
        self.event_starts: list[str] = []  # of the event sub-processes directly in it: those that are armed
        self.catching_starts: list[str] = []  # and those that catch what is thrown inside

    def execute(self, token: Token) -> bool | None:
        """Open the scope, arm its event sub-processes, start inside."""
        self.open(token)
        for name in self.starts:
            token.workflow.make_ready(Token(token.workflow, self.spec.node(name), token))
        return None

    def open(self, token: Token) -> None:
        """Give the token variables of its own and arm the event sub-processes."""
        if not token.owns_scope:
            token.open_scope()
        for name in self.event_starts:
            node = self.spec.node(name)
            assert isinstance(node, StartEvent)
            arm_start(token.workflow, node, token)

    def child_ended(self, token: Token) -> None:
        """Complete when nothing lives in the scope but armed event sub-processes."""
        execution = token.workflow
        if token.id in execution.tasks and not execution.has_live_children(token):
            for child in token.children:
                execution.discard(child)
            token.complete()


class Process(SubProcess):
    """The process as the outermost scope."""

    kind = "process"


class EventSubProcess(SubProcess):
    """A sub-process that an event starts, inside the scope that it belongs to."""

    def start_at(self, execution: Execution, scope: Token, start: StartEvent) -> Token:
        """Begin at `start`, whose event has happened; return the start event's token."""
        token = Token(execution, self, scope, state=TaskState.STARTED)
        self.enter(token)
        self.open(token)
        return Token(execution, start, token, state=TaskState.STARTED)


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
