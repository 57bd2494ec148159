"""Events by their place: start, end, intermediate, on a border; their definitions say what they wait for or throw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from SpiffWorkflow.util.task import TaskState

from engine.elements import compensation_event
from engine.elements.conditional_event import Condition
from engine.elements.error_event import Catch, Thrown, keep_caught
from engine.elements.failure import CANNOT_GO_ON
from engine.elements.flow_node import FlowNode, SequenceFlow, Token
from engine.elements.gateways import disarm_others
from engine.elements.message_event import Subscription
from engine.elements.resource import Binding
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

    is_interrupting = True

    @property
    def waits(self) -> bool:
        """Whether it is more than a plain event."""
        return bool(self.triggers or self.catches)

    def arm(self, token: Token) -> None:
        """Arm all definitions."""
        for index, trigger in enumerate(self.triggers):
            trigger.arm(token, index)

    def happens(self, token: Token, payload: Mapping[str, Any], index: int) -> Mapping[str, Any] | None:
        """Note that a definition was met; return what is to be written when the event as a whole happens, else None.

        Of a parallel multiple event each definition is met once, and keeps nothing that could be met again.
        """
        if not self.is_parallel_multiple:
            return payload
        met: list[int] = token.internal_data.setdefault("met", [])
        if index not in met:
            met.append(index)
        token.workflow.release(token, index)
        write_inputs(token, payload)
        if len(met) < len(self.triggers):
            return None
        del token.internal_data["met"]
        return {}

    def again(self, token: Token, index: int) -> bool:
        """Arm anew what does not interrupt; False when nothing is left that could happen."""
        indexes = range(len(self.triggers)) if self.is_parallel_multiple else (index,)
        lasts = [self.triggers[each].again(token, each) for each in indexes]
        return all(lasts) if self.is_parallel_multiple or len(self.triggers) == 1 else True

    def keep(self, token: Token, payload: Mapping[str, Any], caught: tuple[Catch, Thrown] | None) -> None:
        """Write what an event has brought, for one that cannot go on yet."""
        if caught is not None:
            keep_caught(token, *caught)
        write_inputs(token, payload)

    def begin(self, token: Token, payload: Mapping[str, Any], caught: tuple[Catch, Thrown] | None = None) -> None:
        """Go on from an event that has happened, at once or (camunda:asyncBefore) in a transaction of its own."""
        execution = token.workflow
        if not self.extensions.async_before:
            execution.journal.note("element_entered", self.element_id, token.id)
        if caught is not None:
            keep_caught(token, *caught)
        if not self.extensions.async_before:
            self.begun(token, payload)
            return
        write_inputs(token, payload)
        try:
            execution.continue_later(token)
        except CANNOT_GO_ON as error:
            execution.fail(token, error, "continue")


def write_inputs(token: Token, payload: Mapping[str, Any]) -> None:
    """Write what came from outside."""
    for name, value in payload.items():
        token.scope.write(name, value, is_input=True)


class StartEvent(CatchingEvent):
    """Where a process or sub-process begins."""

    kind = "startEvent"
    initiator: str | None = None
    form_key: str | None = None
    form_binding = Binding()
    business_key_field: str | None = None  # of its form

    def business_key_in(self, given: Mapping[str, Any]) -> str | None:
        """Return what its form's submission says of the business key."""
        value = None if self.business_key_field is None else given.get(self.business_key_field)
        return None if value is None else str(value).strip() or None

    def execute(self, token: Token) -> bool | None:
        """Pass: what it waits for has happened before there is a token."""
        token.internal_data.pop("begun", None)
        return True

    def fire(self, token: Token, payload: Mapping[str, Any], index: int = 0) -> None:
        """Start the event sub-process whose start event this is; `token` is the armed one."""
        execution, scope = token.workflow, token.parent
        assert scope is not None
        if (given := self.happens(token, payload, index)) is None:
            return
        if self.is_interrupting:
            execution.interrupt(scope)
        elif not self.again(token, index):
            execution.discard(token)
        execution.start_event_subprocess(scope, self, given)


class CatchEvent(CatchingEvent):
    """An intermediate event that waits."""

    kind = "intermediateCatchEvent"
    is_link = False

    def execute(self, token: Token) -> bool | None:
        """Arm the definitions and wait; a token passes where a link leads to, and that which began the instance."""
        if token.internal_data.pop("begun", None) is not None:
            return True
        self.arm(token)
        return self.is_link or None

    def fire(self, token: Token, payload: Mapping[str, Any], index: int = 0) -> None:
        """Go on when the event as a whole has happened."""
        if (given := self.happens(token, payload, index)) is not None:
            self.resume(token, given)

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on; behind an event-based gateway the other events are disarmed first."""
        disarm_others(token)
        super().resume(token, payload)


class ThrowEvent(FlowNode):
    """An intermediate event that passes, throwing what it has to throw; a link is one of its flows."""

    kind = "intermediateThrowEvent"
    throws: Sequence[Throw] = ()

    def execute(self, token: Token) -> bool | None:
        """Throw one after the other; the token goes on unless one of them holds or ends it."""
        if len(self.throws) == 1:
            return self.throws[0].throw(token)
        for number in range(token.internal_data.get("thrown", 0), len(self.throws)):
            result = self.throws[number].throw(token)
            token.internal_data["thrown"] = number + 1  # what is done again after a failure begins with the next
            if result is None:
                return None
        return True

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on with what is still to be thrown, then by the flows."""
        if token.internal_data.get("thrown", len(self.throws)) == len(self.throws):
            super().resume(token, payload)
        else:
            write_inputs(token, payload)
            token.workflow.continue_at(token, "execute")

    def child_ended(self, token: Token) -> None:
        """Go on when all is undone that the compensation thrown has reached."""
        if compensation_event.inside_ended(token):
            self.resume(token, {})


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
        if (given := self.happens(token, payload, index)) is None:
            return
        if self.is_interrupting:
            host = execution.detach(token)
            if host is not None:
                execution.cancel(host)
            self.pass_on(token, given)
        else:
            if not self.again(token, index):
                execution.detach(token)
                execution.discard(token)
            self.pass_on(Token(execution, self, scope), given)

    def pass_on(
        self, token: Token, payload: Mapping[str, Any], caught: tuple[Catch, Thrown] | None = None
    ) -> None:
        """Leave by the event's own flows; `caught` is what it has caught."""
        token._set_state(TaskState.STARTED)
        self.begin(token, payload, caught)


def arm_start(execution: Execution, node: StartEvent, scope: Token) -> None:
    """Arm the start event of an event sub-process for as long as its scope lives."""
    if node.triggers:
        token = Token(execution, node, scope, state=TaskState.WAITING)
        token.internal_data["armed"] = True
        node.arm(token)
