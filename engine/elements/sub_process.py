"""Scopes: the process itself, embedded and event sub-processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from SpiffWorkflow.util.task import TaskState

from engine.elements.events import StartEvent, arm_start
from engine.elements.failure import CANNOT_GO_ON, Stage
from engine.elements.flow_node import FlowNode, Token

if TYPE_CHECKING:
    from engine.elements.call_activity import CallActivity
    from engine.elements.error_event import Catch, Thrown


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
    """The process as the outermost scope, of an instance or of what a call activity has called."""

    kind = "process"

    def map_outputs(self, token: Token) -> None:
        """Let the call activity, if one has called it, take back what is handed to it."""
        super().map_outputs(token)
        if (call := token.parent) is not None:
            cast("CallActivity", call.task_spec).take_back(call, token)


class EventSubProcess(SubProcess):
    """A sub-process that an event starts, inside the scope that it belongs to."""

    is_event_sub_process = True

    def start_at(
        self, scope: Token, start: StartEvent, payload: Mapping[str, Any], caught: tuple[Catch, Thrown] | None
    ) -> None:
        """Begin at `start`, whose event has happened. What fails then is an incident here."""
        execution = scope.workflow
        token = Token(execution, self, scope, state=TaskState.STARTED)
        stage: Stage = "enter"
        try:
            self.enter(token)
            stage = "execute"
            self.open(token)
        except CANNOT_GO_ON as error:
            token.internal_data["start"] = start.name
            start.keep(token, payload, caught)
            execution.fail(token, error, stage)
        else:
            start.begin(Token(execution, start, token, state=TaskState.STARTED), payload, caught)

    def execute(self, token: Token) -> bool | None:
        """Begin after all where that had failed."""
        self.open(token)
        start = self.spec.node(token.internal_data.pop("start"))
        assert isinstance(start, StartEvent)
        start.begin(Token(token.workflow, start, token, state=TaskState.STARTED), {})
        return None
