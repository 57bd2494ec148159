"""Events: start, end, intermediate and boundary, and the three things they wait for: timer, message, signal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.elements.flow_node import FlowNode, SequenceFlow, Token
from engine.elements.gateways import EventBasedGateway
from engine.expression import Expression
from engine.timer import Cycle, first_due, next_due

if TYPE_CHECKING:
    from engine.elements.execution import Execution
    from engine.store import SubscriptionKind


@dataclass(frozen=True, slots=True)
class Timer:
    """What a timer event waits for: `form` is timeDate, timeDuration or timeCycle."""

    form: str
    value: Expression

    def arm(self, token: Token) -> None:
        """Set the timer: a job at its first due instant."""
        execution = token.workflow
        value = execution.value_of(self.value, token)
        due, cycle = first_due(self.form, value, execution.act.at, token.task_spec.element_id, execution.zone)
        if cycle is not None:
            token.internal_data["cycle"] = cycle.to_json()
        self._set(token, due)

    def again(self, token: Token) -> bool:
        """Set a cycle's timer for its next round; False when it has none left."""
        token.workflow.release(token)
        state = token.internal_data.pop("cycle", None)
        following = None if state is None else next_due(Cycle.from_json(state), token.workflow.zone)
        if following is None:
            return False
        token.internal_data["cycle"] = following.to_json()
        self._set(token, following.due)
        return True

    def _set(self, token: Token, due: Any) -> None:
        job_id = token.workflow.add_job(token, "timer", due)
        token.workflow.journal.note("timer_set", token.task_spec.element_id, token.id, due=due.isoformat(), job=job_id)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A message or signal that is waited for, by its name."""

    kind: SubscriptionKind
    name: Expression

    def arm(self, token: Token) -> None:
        """Subscribe."""
        token.workflow.subscribe(token, self.kind, token.workflow.name_of(self.name, token, self.kind))

    def again(self, token: Token) -> bool:
        """A subscription stays after it was met."""
        return True


Trigger = Timer | Subscription


class StartEvent(FlowNode):
    """Where a process or sub-process begins; `trigger` is None for a plain one."""

    kind = "startEvent"
    trigger: Trigger | None = None
    initiator: str | None = None
    form_key: str | None = None
    is_interrupting = True
    catches_error = False  # as the start event of an event sub-process
    error_code: str | None = None  # "" or None catches all
    error_code_variable: str | None = None

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Start the event sub-process whose start event this is; `token` is the armed one."""
        execution, scope = token.workflow, token.parent
        assert scope is not None
        if self.is_interrupting:
            execution.release(token)
            execution.cancel_children(scope)
        elif not (self.trigger is not None and self.trigger.again(token)):
            execution.discard(token)
        execution.start_event_subprocess(scope, self, payload)


class CatchEvent(FlowNode):
    """An intermediate event that waits."""

    kind = "intermediateCatchEvent"
    trigger: Trigger

    def execute(self, token: Token) -> bool | None:
        """Arm the trigger and wait."""
        self.trigger.arm(token)
        return None

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on; behind an event-based gateway the other events are disarmed first."""
        parent = token.parent
        if parent is not None and isinstance(parent.task_spec, EventBasedGateway):
            parent.task_spec.chosen(parent, token)
        super().resume(token, payload)


class ThrowEvent(FlowNode):
    """An intermediate event that passes, throwing what it has to throw."""

    kind = "intermediateThrowEvent"
    signal: Expression | None = None

    def execute(self, token: Token) -> bool | None:
        """Note the signal: the engine sends it to all that wait, in the same transaction."""
        if self.signal is not None:
            token.workflow.throw_signal(token, token.workflow.name_of(self.signal, token, "signal"))
        return True


class EndEvent(ThrowEvent):
    """Where a path ends; others of its scope may go on."""

    kind = "endEvent"

    def choose(self, token: Token) -> list[SequenceFlow]:
        """An end event has no way on."""
        return []


class TerminateEndEvent(EndEvent):
    """Ends its whole scope at once."""

    def execute(self, token: Token) -> bool | None:
        """Cancel everything else in the scope."""
        scope = token.parent
        assert scope is not None
        token.workflow.cancel_children(scope, but=token)
        return True


class ErrorEndEvent(EndEvent):
    """Throws a BPMN error to the nearest scope that catches it."""

    error_code: str = ""

    def execute(self, token: Token) -> bool | None:
        """Throw. Raises ExecutionFailed when nobody catches the error."""
        token.workflow.throw_error(token, self.error_code)
        return None


class BoundaryEvent(FlowNode):
    """An event on an activity's border; `trigger` is None for an error event, which is found when one is thrown."""

    kind = "boundaryEvent"
    trigger: Trigger | None = None
    is_interrupting = True
    attached_to: str = ""
    catches_error = False
    error_code: str | None = None  # "" or None catches all
    error_code_variable: str | None = None

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Take effect before anything else in the scope runs; `token` is the armed one."""
        execution, scope = token.workflow, token.parent
        assert scope is not None
        if self.is_interrupting:
            host = execution.detach(token)
            if host is not None:
                execution.cancel(host)
            self.pass_on(token, payload)
        else:
            if not (self.trigger is not None and self.trigger.again(token)):
                execution.detach(token)
                execution.discard(token)
            self.pass_on(Token(execution, self, scope), payload)

    def pass_on(self, token: Token, payload: Mapping[str, Any], error: str | None = None) -> None:
        """Leave by the event's own flows; `error` is the code of the error that it has caught."""
        token.workflow.journal.note("element_entered", self.element_id, token.id)
        token._set_state(TaskState.STARTED)
        keep_code(self, token, error)
        self.resume(token, payload)


def catcher(nodes: Iterable[FlowNode], code: str) -> BoundaryEvent | StartEvent | None:
    """Return the error event that catches errors of this code: one that names it before one that catches all."""
    catching = [
        node for node in nodes
        if isinstance(node, BoundaryEvent | StartEvent) and node.catches_error and node.error_code in (None, "", code)
    ]
    return min(catching, key=lambda node: node.error_code != code, default=None)


def keep_code(node: BoundaryEvent | StartEvent, token: Token, error: str | None) -> None:
    """Write the code of a caught error; the engine knows it by itself, so it is no input."""
    if error is not None and node.error_code_variable is not None:
        token.scope.write(node.error_code_variable, error)


def arm_start(execution: Execution, node: StartEvent, scope: Token) -> None:
    """Arm the start event of an event sub-process for as long as its scope lives."""
    if node.trigger is not None:
        token = Token(execution, node, scope, state=TaskState.WAITING)
        token.internal_data["armed"] = True
        node.trigger.arm(token)
