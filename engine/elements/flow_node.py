"""Tokens, sequence flows and flow nodes: what every BPMN element has in common when it runs.

SpiffWorkflow's task tree is used as BPMN's tree of scopes: the root task is the process instance, a task's parent is
the scope it runs in (process, sub-process or multi-instance), and a finished task is dropped at once. So the tree holds
the live state and nothing else, whatever the instance has lived through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.canonical import Json
from engine.elements import job_listener, listener, mapping
from engine.elements.failure import CANNOT_GO_ON, Stage
from engine.elements.listener import Listener
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.retry import RetryCycle
from engine.variables import Scope

if TYPE_CHECKING:
    from engine.elements.error_event import Catch
    from engine.elements.events import Trigger
    from engine.elements.execution import Execution
    from engine.elements.job_listener import JobListener


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """An arrow of the diagram; `condition` decides whether it is taken. A link is an arrow that is not drawn."""

    id: str
    source: str
    target: str
    condition: Expression | None = None
    is_link: bool = False
    listeners: Sequence[Listener] = ()


@dataclass(frozen=True, slots=True)
class Extensions:
    """What the vendors' attributes and elements, and BPMN's data, say of a flow node of any kind."""

    properties: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[mapping.Parameter] = ()
    outputs: Sequence[mapping.Parameter] = ()
    async_before: bool = False
    async_after: bool = False
    retry_cycle: RetryCycle | None = None
    job_priority: Expression | None = None
    declared: Sequence[str] = ()  # variables of its own, null at first
    input_sets: Sequence[Sequence[str]] = ()  # of one of these all must have a value for it to begin
    keeps_results: bool = False  # with output parameters nothing else leaves the node, and they may build contexts
    headers: Mapping[str, str] = field(default_factory=dict)  # constants for workers
    job_listeners: Sequence[JobListener] = ()
    listeners: Sequence[Listener] = ()

    @property
    def separate_from(self) -> tuple[str, ...]:
        """The user tasks of which nobody who did one may do this one: a property of ours, in either dialect."""
        names = self.properties.get("task.separateFrom", "").split(",")
        return tuple(name.strip() for name in names if name.strip())

    @property
    def has_scope(self) -> bool:
        """Whether the element has variables of its own."""
        return bool(self.inputs or self.outputs or self.declared)


class Token(Task):
    """A SpiffWorkflow task that stands for one token (or one running activity or scope)."""

    task_spec: FlowNode
    workflow: Execution
    scope: Scope
    internal_data: dict[str, Any]

    def __init__(
        self, execution: Execution, node: FlowNode, parent: Token | None, scope: Scope | None = None,
        state: int = TaskState.READY, number: int | None = None,
    ) -> None:
        # SpiffWorkflow's own constructor draws random ids and reads the clock, which a replay could not repeat.
        self.id: int = execution.next_number() if number is None else number
        self.workflow = execution
        self.task_spec = node
        self._parent = None if parent is None else parent.id
        self._children: dict[int, None] = {}  # in order; a list would be searched each time one ends
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.internal_data = {}
        self.last_state_change = 0.0
        if parent is not None:
            parent._children[self.id] = None
            self.scope = parent.scope if scope is None else scope  # an empty scope is false
        elif scope is not None:
            self.scope = scope
        execution.tasks[self.id] = self

    @property
    def data(self) -> Scope:
        """SpiffWorkflow's word for the variables that the token sees."""
        return self.scope

    def _set_state(self, value: int) -> None:
        # SpiffWorkflow's own reads the clock and gathers log extras at each change.
        self._state = value

    @property
    def owns_scope(self) -> bool:
        """Whether the token has variables of its own."""
        return self.scope.number == self.id

    def open_scope(self) -> Scope:
        """Give the token variables of its own, inside those it saw."""
        self.scope = Scope(self.id, self.scope, self.workflow.journal)
        return self.scope

    def __repr__(self) -> str:
        return f"<Token {self.id} at {self.task_spec.element_id}, {TaskState.get_name(self._state)}>"


class ProcessSpec(WorkflowSpec):
    """All nodes of one process, those of its sub-processes included, by name; never changed by running."""

    task_specs: dict[str, FlowNode]

    def __init__(self, process_id: str, filename: str) -> None:
        super().__init__(name=process_id, filename=filename)
        self.process_id = process_id
        self.beginnings: dict[str, str] = {}  # elements whose event starts an instance; by what: itself, or its gateway

    def node(self, name: str) -> FlowNode:
        """Return a node by its name: its element id, or `<id>#each` for the inside of a multi-instance."""
        return self.task_specs[name]


class FlowNode(TaskSpec):
    """A BPMN flow node. Subclasses say what it does (`execute`) and which flows it takes (`choose`)."""

    kind = "flowNode"
    is_scope = False
    is_event_sub_process = False
    is_for_compensation = False
    inner = ""  # the node that it repeats
    triggers: Sequence[Trigger] = ()  # what it waits for
    catches: Sequence[Catch] = ()  # what it catches of that which is thrown inside
    catching_starts: Sequence[str] = ()  # of the event sub-processes directly in it, those that catch
    is_parallel_multiple = False
    compensation: str | None = None  # the node that undoes it, once it has completed
    compensation_start: str | None = None  # or where an event sub-process begins that does so from inside

    def __init__(
        self, spec: ProcessSpec, name: str, *, element_id: str, label: str, container: str | None,
        lane: str | None = None, extensions: Extensions = Extensions(),
    ) -> None:
        super().__init__(spec, name)
        self.spec = spec
        self.element_id = element_id
        self.label = label
        self.container = container
        self.lane = lane
        self.extensions = extensions
        self.outgoing: list[SequenceFlow] = []
        self.incoming: list[str] = []
        self.default: str | None = None
        self.boundaries: list[str] = []
        self.start_quantity = 1  # so many tokens start it
        self.completion_quantity = 1  # and so many leave by each flow

    # -- SpiffWorkflow calls these: Task.run → _run, Task.complete → _on_complete

    def _run(self, token: Token) -> bool | None:
        execution = token.workflow
        failed: Stage | None = token.internal_data.pop("failed", None)
        if failed == "leave" or "done" in token.internal_data:
            return True
        if failed == "continue":
            failed = None
        stage: Stage = failed or "enter"
        try:
            if self.extensions.async_before and failed is None and not token.internal_data.pop("continued", False):
                stage = "continue"
                execution.continue_later(token)
                return None
            if stage == "enter":
                self.enter(token, again=failed is not None)
                stage = "listen" if self.extensions.job_listeners else "execute"
                if self.boundaries and execution.is_interrupted(token):
                    return None
            if stage == "listen":
                if job_listener.ask(token, "start") or job_listener.ask(token, "creating"):
                    return None
                self.arm_boundaries(token)
                stage = "execute"
                if self.boundaries and execution.is_interrupted(token):
                    return None
            if stage == "inside":
                self.go_on_inside(token)
                return None
            is_done = self.execute(token)
            return None if is_done and execution.is_interrupted(token) else is_done
        except CANNOT_GO_ON as error:
            execution.fail(token, error, stage)
            return None

    def _on_complete(self, token: Token) -> None:
        execution = token.workflow
        try:
            if "done" not in token.internal_data:
                if self.extensions.job_listeners and job_listener.ask(token, "completing"):
                    return
                self.tell_end(token)
                self.map_outputs(token)
                if self.extensions.job_listeners and job_listener.ask(token, "end"):
                    execution.disarm(token)
                    token.internal_data["done"] = True
                    return
                if self.extensions.async_after:
                    execution.leave_later(token)
                    return
                token.internal_data["done"] = True  # what is left is the way on: a retry gives nothing out again
            flows = self.choose(token)
            for flow in flows:
                listener.tell(token, flow.listeners, "take", token.parent)
            if token.parent is not None:
                token.parent.task_spec.child_leaves(token.parent, token)
        except CANNOT_GO_ON as error:
            execution.fail(token, error, "leave")
            return
        execution.journal.note("element_left", self.history_id, token.id)
        scope = token.parent
        execution.keep(token)
        execution.drop(token)
        if scope is None:
            execution.completed = True
            return
        for flow in flows:
            for _ in range(self.completion_quantity):
                execution.take(flow, scope)
        execution.ended_inside(scope)

    # -- what subclasses are made of

    @property
    def is_repeated(self) -> bool:
        """Whether it is the inside of a multi-instance."""
        return bool(self.name != self.element_id)

    @property
    def history_id(self) -> str:
        """The id under which history speaks of the node."""
        return self.element_id

    def enter(self, token: Token, *, again: bool = False) -> None:
        """Note the entry (unless it is tried again), map the inputs, arm the boundary events."""
        execution = token.workflow
        if not again:
            execution.journal.note("element_entered", self.history_id, token.id)
        if self.extensions.has_scope:
            mapping.map_inputs(token, self.extensions)
        if not self.extensions.job_listeners:
            self.arm_boundaries(token)
        listener.begin(token)

    def arm_boundaries(self, token: Token) -> None:
        """Arm the events on the node's border."""
        for name in self.boundaries:
            token.workflow.arm(self.spec.node(name), token)

    def execute(self, token: Token) -> bool | None:
        """Do the node's work: True when it is done, None when it waits."""
        return True

    def tell_end(self, token: Token) -> None:
        """Run the listeners to its end."""
        listener.tell(token, self.extensions.listeners, "end")
        token.internal_data.pop("listened", None)

    def map_outputs(self, token: Token) -> None:
        """Give the scope around the node what its output parameters say."""
        mapping.map_outputs(token, self.extensions)

    def choose(self, token: Token) -> list[SequenceFlow]:
        """Return the flows that are taken: all that have no condition or a true one; else the default flow.

        What leaves a node that is no gateway without a condition is no part of the choice: the default flow goes beside
        it when no condition is true (BPMN 2.0.2, 13.3.1).
        """
        taken = [
            flow for flow in self.outgoing
            if flow.id != self.default and (flow.condition is None or token.workflow.holds(flow.condition, token))
        ]
        if not self.outgoing or any(self.decides(flow) for flow in taken) or (taken and self.default is None):
            return taken
        return [*taken, self.default_flow()]

    def decides(self, flow: SequenceFlow) -> bool:
        """Whether the default flow is not taken where this one is."""
        return flow.condition is not None

    def default_flow(self) -> SequenceFlow:
        """Return the default flow. Raises ExecutionFailed when there is none: a token is never lost without a word."""
        for flow in self.outgoing:
            if flow.id == self.default:
                return flow
        raise ExecutionFailed(
            f"no condition of {self.element_id} is true and it has no default flow", element_id=self.element_id
        )

    @property
    def gathers(self) -> bool:
        """Whether tokens wait here for each other."""
        return self.start_quantity > 1

    def accept(self, execution: Execution, scope: Token, flow: SequenceFlow) -> None:
        """Let a token arrive by `flow`; as many as start the node are gathered first."""
        if not self.gathers:
            execution.make_ready(Token(execution, self, scope))
            return
        waiting = execution.waiting_at(self, scope)
        waiting.append(Token(execution, self, scope, state=TaskState.WAITING))
        if len(waiting) == self.start_quantity:
            *others, last = waiting
            waiting.clear()
            for token in others:
                execution.drop(token)
            execution.make_ready(last)

    def write_result(self, token: Token, name: str, value: object) -> None:
        """Write what the node's work has given."""
        mapping.write_result(token, self.extensions, name, value)

    def resume(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on because what the token waits for has come; the payload's variables are written first."""
        mapping.take_in(token, self.extensions, payload)
        if not token.workflow.is_interrupted(token):
            token.complete()

    def begun(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on at an event that has happened before there was a token; its start listeners hear of it first."""
        if self.extensions.listeners:
            for name, value in payload.items():
                token.scope.write(name, value, is_input=True)
            try:
                listener.begin(token)
            except CANNOT_GO_ON as error:
                token.workflow.fail(token, error, "enter")
                return
            payload = {}
        self.resume(token, payload)

    def fire(self, token: Token, payload: Mapping[str, Any], index: int = 0) -> None:
        """Let what the token waits for take effect: definition number `index` of an event with several."""
        self.resume(token, payload)

    def names_beside(self, token: Token) -> Mapping[str, Json]:
        """Return what the node's expressions see beside the variables."""
        return {}

    def child_leaves(self, token: Token, child: Token) -> None:
        """Called for a scope's node before a token inside it that is done goes."""

    def child_ended(self, token: Token) -> None:
        """Called for a scope's node when a token inside it has ended."""

    def go_on_inside(self, token: Token) -> None:
        """Do again what failed when a token inside had ended."""
        self.child_ended(token)

    def interrupted(self, token: Token) -> None:
        """Called for a scope's node when an event sub-process has cancelled all that lived inside."""

    def cancelled(self, token: Token) -> None:
        """Called when the token is cancelled, after its children."""
