"""The live part of an instance: SpiffWorkflow's workflow with its tree of tokens, and the stepper that runs it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Set
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine.elements import compensation_event, mapping
from engine.elements.conditional_event import Condition
from engine.elements.error_event import Catch, Thrown
from engine.elements.evaluation import Evaluator
from engine.elements.events import BoundaryEvent, StartEvent
from engine.elements.failure import CANNOT_GO_ON, Stage
from engine.elements.flow_node import FlowNode, SequenceFlow, Token
from engine.elements.gateways import JoiningGateway
from engine.elements.listener import tell_cancelled
from engine.elements.nesting import Library, Nesting, NoLibrary
from engine.elements.outcome import Outcome, slot
from engine.elements.priority import priority_of
from engine.elements.sending import send_rest
from engine.elements.sub_process import EventSubProcess
from engine.errors import EngineError, ExecutionFailed
from engine.feel.values import Function
from engine.history import Journal, Write
from engine.message import Route
from engine.recording import recorded_names
from engine.retry import MAX_REASON

if TYPE_CHECKING:
    from engine.definition import ProcessDefinition


MAX_RUNS = 100_000
"""How many nodes one step may run: a loop without a wait state would go on until the memory is full."""


class Execution(Outcome, Evaluator, Workflow):
    """Runs the tokens of one instance and gathers what a step changes. It does no I/O and reads no clock."""

    tasks: dict[int, Token]

    def __init__(
        self, definition: ProcessDefinition, instance_id: str, business_key: str | None, journal: Journal, *,
        zone: tzinfo, functions: Mapping[str, Function], route: Route, library: Library | None = None,
    ) -> None:
        Workflow.__init__(self, definition.spec, deserializing=True)
        Outcome.__init__(self)
        Nesting.__init__(self)
        self.route = route
        self.definition = definition
        self.id = instance_id
        self.business_key = business_key
        self.journal = journal
        self.library = library or NoLibrary()
        self.zone = zone
        self.functions = functions
        self.recorded = recorded_names(functions)
        self.numbers = 0
        self.performers: dict[str, list[str]] = {}
        self.queue: deque[Token] = deque()
        self.undecided: set[tuple[int, str]] = set()
        self.waiting: dict[tuple[int, str], list[Token]] = {}
        self.undoing: set[int] = set()  # tokens that begin to undo something at this moment
        self.conditions: set[int] = set()  # tokens with conditions that wait to become true
        self._now = journal.act.at.astimezone(zone)
        journal.call_around = self.call_around

    # -- the stepper

    def run_all(self) -> None:
        """Run every ready token until only waiting ones are left, first come, first served.

        Raises ExecutionFailed when there is no end to it.
        """
        runs = 0
        while True:
            if self.conditions and self.journal.written:
                self._look_at_conditions()
            while self.queue:
                token = self.queue.popleft()
                if token.id in self.tasks and token._state == TaskState.READY:
                    runs += 1
                    if runs > MAX_RUNS:
                        element_id = token.task_spec.element_id
                        raise ExecutionFailed(f"the step runs on without end at {element_id}", element_id=element_id)
                    token.run()
                    if self.conditions and self.journal.written:
                        self._look_at_conditions()
            if not self._decide_at_gateways() and not send_rest(self):
                return

    def tell_of_deadlock(self) -> None:
        """Raise an incident where tokens wait for each other and nothing can happen any more that would free them."""
        if not any(self.waiting.values()):
            return
        gathered = {token.id for tokens in self.waiting.values() for token in tokens}
        leaves = [token for token in self.tasks.values() if not token._children]
        if any(token.id not in gathered for token in leaves):
            return
        first = min(leaves, key=lambda token: token.id)
        scope, place = first.parent, first.task_spec.element_id
        if scope is not None:
            error = ExecutionFailed(f"tokens wait at {place} for others that can never come", element_id=place)
            self.fail(scope, error, "inside")

    def _decide_at_gateways(self) -> bool:
        for key in sorted(self.undecided):
            decided = None
            if (scope := self.tasks.get(key[0])) is not None:
                node = scope.task_spec.spec.node(key[1])
                assert isinstance(node, JoiningGateway)
                decided = node.decide(self, scope)
            if decided is None:
                self.undecided.discard(key)
            elif decided:
                return True
        return False

    def _look_at_conditions(self) -> None:
        """Let conditional events happen whose condition became true, before anything else runs."""
        for _ in range(MAX_RUNS):
            written, self.journal.written = self.journal.written, set()
            if not written:
                return
            for number in sorted(self.conditions):
                if (token := self.tasks.get(number)) is None:
                    self.conditions.discard(number)
                    continue
                for index, trigger in enumerate(token.task_spec.triggers):
                    if (
                        isinstance(trigger, Condition) and number in self.tasks
                        and slot("condition", index) in token.internal_data
                        and self._becomes_true(trigger, token, index, written)
                    ):
                        self.journal.note("condition_met", token.task_spec.element_id, token.id)
                        token.task_spec.fire(token, {}, index)
        raise ExecutionFailed("conditional events cause each other without end")

    def is_interrupted(self, host: Token) -> bool:
        """Whether a condition that is true by now ends an activity: before it does a thing, or before it is left."""
        if self.conditions and self.journal.written:
            self._look_at_conditions()
        return host.id not in self.tasks

    def _becomes_true(self, condition: Condition, token: Token, index: int, written: Set[Write]) -> bool:
        try:
            return condition.becomes_true(token, index, written)
        except ExecutionFailed as error:
            self.journal.note_value(
                "condition_failed", token.task_spec.element_id, token.id, "error", str(error)
            )
            return False

    @property
    def is_moving(self) -> bool:
        """Whether anything moves beside the token that runs."""
        return bool(self.queue or self.undecided or self.unsent)

    def make_ready(self, token: Token) -> None:
        """Put a token in the queue."""
        token._set_state(TaskState.READY)
        self.queue.append(token)

    def take(self, flow: SequenceFlow, scope: Token) -> None:
        """Let a token pass along a sequence flow of `scope`."""
        if flow.is_link:
            self.journal.note("link_followed", flow.source, inside=scope.id, target=flow.target)
        else:
            self.journal.note("flow_taken", flow.id, inside=scope.id)
        scope.task_spec.spec.node(flow.target).accept(self, scope, flow)

    # -- tokens

    def waiting_at(self, node: FlowNode, scope: Token) -> list[Token]:
        """Return the tokens that wait for each other at a node of `scope`."""
        return self.waiting.setdefault((scope.id, node.name), [])

    def live_children(self, scope: Token) -> Iterable[Token]:
        """Return what lives in a scope: all but armed events."""
        return (child for number in scope._children if not is_armed(child := self.tasks[number]))

    def has_live_children(self, scope: Token) -> bool:
        """Whether anything lives in a scope but armed events."""
        return any(not is_armed(self.tasks[number]) for number in scope._children)

    def drop(self, token: Token) -> None:
        """Take a token that is done out of the tree, with the events that were armed for it."""
        self.disarm(token)
        self.discard(token)

    def discard(self, token: Token) -> None:
        """Take an armed event out of the tree without a trace: nothing has happened."""
        self.release(token)
        if "called" in token.internal_data:
            self.forget_performers(token)
        del self.tasks[token.id]
        if (parent := token.parent) is not None:
            del parent._children[token.id]

    def keep(self, token: Token) -> None:
        """Keep what could be undone of an activity that completes."""
        compensation_event.keep(token)

    def ended_inside(self, scope: Token) -> None:
        """Tell a scope that something inside it has ended."""
        try:
            if compensation_event.UNDOING in scope.internal_data:
                compensation_event.inside_ended(scope)
            else:
                scope.task_spec.child_ended(scope)
        except CANNOT_GO_ON as error:
            self.fail(scope, error, "inside")

    def move(self, token: Token, scope: Token) -> None:
        """Let a token stand in another scope."""
        if (parent := token.parent) is not None:
            del parent._children[token.id]
        token._parent = scope.id
        scope._children[token.id] = None

    def cancel(self, token: Token) -> None:
        """Cancel a token and all that lives in it, innermost first."""
        if is_armed(token):
            self.discard(token)
            return
        self.cancel_children(token)
        node = token.task_spec
        if node.gathers and (parent := token.parent) is not None:
            waiting = self.waiting_at(node, parent)
            if token in waiting:
                waiting.remove(token)
        mapping.map_outputs_so_far(token, node.extensions)
        node.cancelled(token)
        tell_cancelled(token)
        self.journal.note("element_cancelled", node.history_id, token.id)
        self.drop(token)

    def cancel_children(self, scope: Token, but: Token | None = None) -> None:
        """Cancel all that lives in a scope, but one token."""
        for child in scope.children:
            if child is not but and child.id in self.tasks:  # a boundary event has gone with its host
                self.cancel(child)

    def interrupt(self, scope: Token) -> None:
        """Cancel all that lives in a scope because of an event sub-process, which then runs there alone."""
        self.cancel_children(scope)
        scope.task_spec.interrupted(scope)

    # -- events

    def arm(self, node: FlowNode, host: Token) -> None:
        """Arm a boundary event for as long as its host lives."""
        assert isinstance(node, BoundaryEvent)
        if not node.triggers:
            return
        token = Token(self, node, host.parent, state=TaskState.WAITING)
        token.internal_data["host"] = host.id
        host.internal_data.setdefault("boundaries", []).append(token.id)
        node.arm(token)

    def disarm(self, host: Token) -> None:
        """Take away the boundary events that are armed for a host."""
        for number in host.internal_data.pop("boundaries", ()):
            if (boundary := self.tasks.get(number)) is not None:
                self.discard(boundary)

    def detach(self, token: Token) -> Token | None:
        """Free a boundary event from its host, so that it outlives it; return the host."""
        host = self.tasks.get(token.internal_data.pop("host"))
        self.release(token)
        if host is not None:
            host.internal_data["boundaries"].remove(token.id)
        return host

    def start_event_subprocess(
        self, scope: Token, start: StartEvent, payload: Mapping[str, Any],
        caught: tuple[Catch, Thrown] | None = None,
    ) -> None:
        """Run an event sub-process in `scope`, begun by its start event; `caught` is what it has caught."""
        assert start.container is not None
        node = start.spec.node(start.container)
        assert isinstance(node, EventSubProcess)
        node.start_at(scope, start, payload, caught)

    # -- what cannot be run

    def fail(self, token: Token, error: EngineError, stage: Stage) -> None:
        """Let a token stand where it failed, to be tried again by its cycle or, by an incident, by a person."""
        self.release(token)
        if stage == "enter":
            self.disarm(token)
        elif stage == "execute":
            self.cancel_children(token)
        token.internal_data["failed"] = stage
        token._set_state(TaskState.STARTED)
        reason, element_id = f"{error.code}: {error}", token.task_spec.element_id
        cycle, failed = token.task_spec.extensions.retry_cycle, token.internal_data.get("attempts", 0) + 1
        if cycle is not None and failed < cycle.attempts:
            token.internal_data["attempts"] = failed
            due, left = self.act.at + cycle.rest(failed), cycle.attempts - failed
            job = self.add_job(token, "async", due, retries=left, error=reason[:MAX_REASON])
            self.journal.note_value("attempt_failed", element_id, token.id, "error", reason, job=job, retries=left)
            return
        job = self.add_job(token, "async", self.act.at, retries=0, error=reason[:MAX_REASON])
        self.journal.note_value("incident_raised", element_id, token.id, "error", reason, job=job)

    # -- who has done what, and what is put off

    def performers_of(self, elements: Collection[str], token: Token) -> tuple[str, ...]:
        """Return who has completed one of these user tasks, in any round, in the process that a token runs in."""
        at = [self.place_of(element, token) for element in elements]
        return tuple(dict.fromkeys(user for element in at for user in self.performers.get(element, ())))

    def forget_performers(self, root: Token) -> None:
        """Forget who did what in a called process that has ended, so that the state does not grow with its past."""
        inside = self.place_of("", root)
        for place in [place for place in self.performers if place.startswith(inside)]:
            del self.performers[place]

    def continue_at(self, token: Token, stage: Stage) -> None:
        """Let a token go on at what it was at, when there is more of it to do."""
        token.internal_data["failed"] = stage
        self.make_ready(token)

    def continue_later(self, token: Token) -> None:
        """Run a token in a transaction of its own (camunda:asyncBefore)."""
        self.add_job(token, "async", self.act.at, priority=self.job_priority(token))
        token.internal_data["continued"] = True
        token._set_state(TaskState.STARTED)

    def leave_later(self, token: Token) -> None:
        """Let a token that is done go on in a transaction of its own (camunda:asyncAfter)."""
        self.release(token)
        self.disarm(token)
        self.add_job(token, "async", self.act.at, priority=self.job_priority(token))
        token.internal_data["done"] = True
        token._set_state(TaskState.STARTED)

    def job_priority(self, token: Token) -> int:
        """Return the priority of the jobs of a token's node. Raises ExecutionFailed."""
        asked = token.task_spec.extensions.job_priority
        return priority_of(None if asked is None else self.evaluate(asked, token), token.task_spec.element_id)


def is_armed(token: Token) -> bool:
    """Whether a token only stands for an event that may happen: a boundary event or an event sub-process's start."""
    return "host" in token.internal_data or "armed" in token.internal_data
