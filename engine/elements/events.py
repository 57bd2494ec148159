"""Events by their place: start, end, intermediate, on a border; their definitions say what they wait for or throw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from SpiffWorkflow.util.task import TaskState

from engine.elements.conditional_event import Condition
from engine.elements.error_event import Catch, Thrown, keep_caught
from engine.elements.flow_node import FlowNode, SequenceFlow, Token
from engine.elements.gateways import EventBasedGateway
from engine.elements.message_event import Subscription
from engine.elements.timer_event import Timer

if TYPE_CHECKING:
    from engine.elements.execution import Execution

Trigger = Timer | Subscription | Condition
"""A definition that is armed and waits; a Catch is found when something is thrown inside."""


class Throw(Protocol):
    """A definition on the side that throws."""

    def throw(self, token: Token) -> bool | None:
        """Throw; True when the token goes on, None when it waits or is gone. Raises ExecutionFailed."""


class CatchingEvent(FlowNode):
    """What start, intermediate catch and boundary events have in common."""

    triggers: Sequence[Trigger] = ()
    catches: Sequence[Catch] = ()
    is_parallel_multiple = False
    is_interrupting = True

    @property
    def waits(self) -> bool:
        """Whether it is more than a plain event."""
        return bool(self.triggers or self.catches)

    def arm(self, token: Token) -> None:
        """Arm all definitions."""
        for index, trigger in enumerate(self.triggers):
            trigger.arm(token, index)

    def has_happened(self, token: Token, payload: Mapping[str, Any], index: int) -> bool:
        """Note that a definition was met and return whether the event as a whole has happened."""
        if not self.is_parallel_multiple:
            return True
        met: list[int] = token.internal_data.setdefault("met", [])
        if index not in met:
            met.append(index)
        write_inputs(token, payload)
        if len(met) < len(self.triggers):
            return False
        del token.internal_data["met"]
        return True

    def again(self, token: Token, index: int) -> bool:
        """Arm anew what does not interrupt; False when nothing is left that could happen."""
        indexes = range(len(self.triggers)) if self.is_parallel_multiple else (index,)
        lasts = [self.triggers[each].again(token, each) for each in indexes]
        return all(lasts) if self.is_parallel_multiple or len(self.triggers) == 1 else True


def write_inputs(token: Token, payload: Mapping[str, Any]) -> None:
    """Write what came from outside."""
    for name, value in payload.items():
        token.scope.write(name, value, is_input=True)


class StartEvent(CatchingEvent):
    """Where a process or sub-process begins."""

    kind = "startEvent"
    initiator: str | None = None
    form_key: str | None = None

    def fire(self, token: Token, payload: Mapping[str, Any], index: int = 0) -> None:
        """Start the event sub-process whose start event this is; `token` is the armed one."""
        execution, scope = token.workflow, token.parent
        assert scope is not None
        if not self.has_happened(token, payload, index):
            return
        if self.is_interrupting:
            execution.release(token)
            execution.cancel_children(scope)
        elif not self.again(token, index):
            execution.discard(token)
        execution.start_event_subprocess(scope, self, payload)


class CatchEvent(CatchingEvent):
    """An intermediate event that waits."""

    kind = "intermediateCatchEvent"

    def execute(self, token: Token) -> bool | None:
        """Arm the definitions and wait."""
        self.arm(token)
        return None

    def fire(self, token: Token, payload: Mapping[str, Any], index: int = 0) -> None:
        """Go on when the event as a whole has happened."""
        if self.has_happened(token, payload, index):
            self.resume(token, payload)

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on; behind an event-based gateway the other events are disarmed first."""
        parent = token.parent
        if parent is not None and isinstance(parent.task_spec, EventBasedGateway):
            parent.task_spec.chosen(parent, token)
        super().resume(token, payload)


class ThrowEvent(FlowNode):
    """An intermediate event that passes, throwing what it has to throw."""

    kind = "intermediateThrowEvent"
    throws: Sequence[Throw] = ()

    def execute(self, token: Token) -> bool | None:
        """Throw one after the other; the token goes on unless one of them holds or ends it."""
        for throw in self.throws:
            if throw.throw(token) is None:
                return None
        return True


class EndEvent(ThrowEvent):
    """Where a path ends; others of its scope may go on."""

    kind = "endEvent"

    def choose(self, token: Token) -> list[SequenceFlow]:
        """An end event has no way on."""
        return []


class BoundaryEvent(CatchingEvent):
    """An event on an activity's border."""

    kind = "boundaryEvent"
    attached_to: str = ""

    def fire(self, token: Token, payload: Mapping[str, Any], index: int = 0) -> None:
        """Take effect before anything else in the scope runs; `token` is the armed one."""
        execution, scope = token.workflow, token.parent
        assert scope is not None
        if not self.has_happened(token, payload, index):
            return
        if self.is_interrupting:
            host = execution.detach(token)
            if host is not None:
                execution.cancel(host)
            self.pass_on(token, payload)
        else:
            if not self.again(token, index):
                execution.detach(token)
                execution.discard(token)
            self.pass_on(Token(execution, self, scope), payload)

    def pass_on(
        self, token: Token, payload: Mapping[str, Any], caught: tuple[Catch, Thrown] | None = None
    ) -> None:
        """Leave by the event's own flows; `caught` is what it has caught."""
        token.workflow.journal.note("element_entered", self.element_id, token.id)
        token._set_state(TaskState.STARTED)
        if caught is not None:
            keep_caught(token, *caught)
        self.resume(token, payload)


def arm_start(execution: Execution, node: StartEvent, scope: Token) -> None:
    """Arm the start event of an event sub-process for as long as its scope lives."""
    if node.triggers:
        token = Token(execution, node, scope, state=TaskState.WAITING)
        token.internal_data["armed"] = True
        node.arm(token)
