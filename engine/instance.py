"""One process instance in memory: what may be done to it, and what each step changes. It does no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import recount, snapshot
from engine.canonical import Json, json_safe
from engine.definition import ProcessDefinition
from engine.elements.events import CatchingEvent, StartEvent
from engine.elements.execution import Execution, is_armed
from engine.elements.flow_node import FlowNode, Token
from engine.elements.job_listener import headers_for
from engine.elements.mapping import take_in
from engine.elements.outcome import Signal, held_at
from engine.elements.sub_process import Process
from engine.history import Act, Journal
from engine.message import Message
from engine.store import Change, InstanceRecord, InstanceStatus, JobRecord, SubscriptionRecord, TaskRecord
from engine.surroundings import Surroundings
from engine.task_steps import TaskSteps
from engine.variables import Scope, named


@dataclass(frozen=True, slots=True)
class RunningCall:
    """A called process that runs: the call's number in the history, its call activity, and where it stands."""

    number: int
    element_id: str
    definition: ProcessDefinition
    positions: list[str]


class ProcessInstance(TaskSteps):
    """A running (or ended) process: load it, act on it once, take its change."""

    def __init__(self, record: InstanceRecord, execution: Execution, around: Surroundings, *, is_new: bool) -> None:
        self._record = record
        self._execution = execution
        self._around = around
        self._is_new = is_new
        self._status: InstanceStatus = record.status
        self.recall: Callable[[], dict[str, Json]] = dict  # tells the variables of one that has ended, by its history

    # -- making and loading

    @classmethod
    def begin(
        cls, definition: ProcessDefinition, instance_id: str, act: Act, around: Surroundings, *,
        business_key: str | None = None, variables: Mapping[str, Any] | None = None, start: str | None = None,
    ) -> ProcessInstance:
        """Start an instance, at its plain start event or at `start`, and run it to its first wait states."""
        journal = Journal(instance_id, 0, definition.checksum, act)
        execution = Execution(
            definition, instance_id, business_key, journal, zone=around.zone, functions=around.functions,
            route=around.route, library=around.library,
        )
        record = InstanceRecord(
            id=instance_id, definition_id=definition.id, definition_key=definition.key, business_key=business_key,
            status="active", revision=0, state="", last_event=0, head=definition.checksum, started_at=act.at,
            started_by=act.by or "",
        )
        instance = cls(record, execution, around, is_new=True)
        instance._start(named(variables or {}), start)
        return instance

    def _start(self, variables: dict[str, Any], start: str | None) -> None:
        execution = self._execution
        process = execution.spec.start
        assert isinstance(process, Process)
        data: dict[str, Json] = {"definition": self.definition.id, "instance": self.id, "names": list(variables)}
        if self.business_key is not None:
            data["business_key"] = json_safe(self.business_key)
        execution.journal.note("instance_started", start, None, **data)
        root = Token(execution, process, None, Scope(1, None, execution.journal), TaskState.STARTED)
        execution.task_tree = root
        if not (keeps := start is not None and _keeps(execution.spec.node(start))):
            for name, value in variables.items():
                root.scope.write_here(name, value, is_input=True)
        event = execution.spec.node(start) if start is not None else self.definition.start_event
        if isinstance(event, StartEvent) and event.initiator and execution.act.by is not None:
            root.scope.write_here(event.initiator, execution.act.by)
        process.enter(root)
        process.open(root)
        for name in [start] if start is not None else process.starts:
            token = Token(execution, execution.spec.node(execution.spec.beginnings.get(name, name)), root)
            if start is not None:
                token.internal_data["begun"] = start
            if keeps:
                take_in(token, token.task_spec.extensions, variables)
            execution.make_ready(token)
        self._run()

    @classmethod
    def at_rest(
        cls, record: InstanceRecord, definition: ProcessDefinition, act: Act, around: Surroundings
    ) -> ProcessInstance:
        """Return a stored instance, ready to be acted on. Raises StateUnreadable."""
        journal = Journal(record.id, record.last_event, record.head, act)
        execution = Execution(
            definition, record.id, record.business_key, journal, zone=around.zone, functions=around.functions,
            route=around.route, library=around.library,
        )
        snapshot.restore(execution, record.state)
        return cls(record, execution, around, is_new=False)

    # -- what it is

    @property
    def id(self) -> str:
        """32 hex digits that grow with time."""
        return self._record.id

    @property
    def definition(self) -> ProcessDefinition:
        """The version that it runs, for good."""
        return self._execution.definition

    @property
    def business_key(self) -> str | None:
        """The name that the outside world knows it by."""
        return self._record.business_key

    @property
    def status(self) -> InstanceStatus:
        """Whether it is active, or how it ended."""
        return self._status

    @property
    def execution(self) -> Execution:
        """Its live part, for what compares two of them."""
        return self._execution

    @property
    def record(self) -> InstanceRecord:
        """The instance as it was stored before this step."""
        return self._record

    @property
    def variables(self) -> dict[str, Json]:
        """The variables of the process itself. Once it has ended, those it ended with that have not been erased."""
        root = self._execution.task_tree
        return dict(root.scope.values_here) if root is not None else self.recall()

    def variables_at(self, task_id: str) -> dict[str, Json]:
        """Return all variables that an open task sees. Raises TaskNotOpen."""
        return dict(self._token_of(task_id).scope)

    def definition_of(self, record: TaskRecord | JobRecord) -> ProcessDefinition:
        """Return the definition whose diagram an open task or a job stands in. Raises TaskNotOpen, JobNotFound."""
        token = self._token_of_job(record) if isinstance(record, JobRecord) else self._token_of(record.id)
        return self._execution.definition_of(token)

    def variables_of_job(self, job: JobRecord) -> dict[str, Json]:
        """Return the variables that a job's element sees: its own where it has mappings. Raises JobNotFound."""
        token = self._token_of_job(job)
        has_own = token.owns_scope and token.task_spec.extensions.has_scope
        return dict(token.scope.values_here) if has_own else dict(token.scope)

    def variables_of_token(self, number: int) -> dict[str, Json]:
        """Return the variables that a live token sees; of one that is gone, none."""
        token = self._execution.tasks.get(number)
        return {} if token is None else dict(token.scope)

    def headers_of_job(self, job: JobRecord) -> Mapping[str, str]:
        """Return the constants that the diagram gives to a job's worker. Raises JobNotFound."""
        return headers_for(self._token_of_job(job))

    @property
    def positions(self) -> list[str]:
        """The ids of the elements of its own diagram at which it stands, innermost ones only, each once.

        Of what runs in a called process that is the call activity.
        """
        return list(self._places().get(0, ()))

    @property
    def calls(self) -> list[RunningCall]:
        """The called processes that run in it now, outer ones before inner ones."""
        tokens, places = self._execution.tasks, self._places()
        calls = []
        for number in sorted(places.keys() - {0}):
            (root,) = tokens[number].children
            node = tokens[number].task_spec
            definition = self._execution.definition_of(root)
            calls.append(RunningCall(number, node.element_id, definition, list(places[number])))
        return calls

    def _places(self) -> dict[int, dict[str, None]]:
        tokens = self._execution.tasks.values()
        return self._execution.places(token for token in tokens if not token._children and not is_armed(token))

    @property
    def stuck_at(self) -> list[str]:
        """The ids of the elements that could not be run and wait with an incident, each once."""
        tokens = [token for token in self._execution.tasks.values() if "failed" in token.internal_data]
        return list(dict.fromkeys(token.task_spec.element_id for token in tokens))

    def waits_for(self, subscription: SubscriptionRecord) -> bool:
        """Whether the place that a message or signal was meant for still waits for it."""
        token = self._execution.tasks.get(subscription.token or 0)
        return token is not None and held_at(token, subscription.id) is not None

    # -- what may be done to it

    def receive(self, kind: str, name: str, number: int, variables: Mapping[str, Any], subscription: str = "") -> None:
        """Let a message or signal reach the token that waits for it; the subscription tells which definition is met."""
        token, given = self._live(number, f"nothing waits for the {kind} {name}"), named(variables)
        self._execution.journal.note(
            f"{kind}_received", token.task_spec.element_id, token.id, name=name, names=list(given),
            subscription=subscription,
        )
        token.task_spec.fire(token, given, held_at(token, subscription) or 0)
        self._run()

    def edit_variables(self, variables: Mapping[str, Any], reason: str) -> None:
        """Write process variables by hand, for a reason that is kept."""
        self._check_active()
        journal, given = self._execution.journal, named(variables)
        journal.note_value("variables_edited", None, None, "reason", reason, names=list(given))
        for name, value in given.items():
            self._execution.task_tree.scope.write_here(name, value, is_input=True)
        self._run()

    def recount(self, limits: recount.Limits, reason: str) -> None:
        """Let limits run out at other instants, for a reason that is kept."""
        self._check_active()
        recount.apply(self._execution, limits, reason)
        self._run()

    def cancel(self, reason: str) -> None:
        """End the instance by hand, for a reason that is kept."""
        self._check_active()
        execution = self._execution
        execution.journal.note_value("instance_cancelled", None, None, "reason", reason)
        execution.cancel(execution.task_tree)
        self._status = "cancelled"

    def annotate(self, note: str) -> None:
        """Add a note to the instance's history, whether it has ended or not; nothing else changes."""
        self._execution.journal.note_value("instance_annotated", None, None, "note", note)

    # -- what the step changed

    def change(self) -> Change:
        """Return everything that this step changed, for the store to write."""
        execution, record = self._execution, self._record
        step = execution.journal.step()
        after = InstanceRecord(
            record.id, record.definition_id, record.definition_key, record.business_key, self._status,
            record.revision + 1, snapshot.take(execution), record.last_event if step is None else step.last,
            record.head if step is None else step.hash, record.started_at, record.started_by,
            record.ended_at or (execution.act.at if self._status in ("completed", "cancelled") else None),
            record.parent_id,
        )
        return Change(
            instance=after, is_new=self._is_new, step=step, values=execution.journal.values,
            tasks_opened=list(execution.tasks_opened.values()), tasks_changed=list(execution.tasks_changed.values()),
            jobs_added=list(execution.jobs_added.values()), jobs_removed=execution.jobs_removed,
            jobs_changed=[job for job in execution.jobs_changed.values() if job.id not in execution.jobs_removed],
            subscriptions_added=list(execution.subscriptions_added.values()),
            subscriptions_removed=execution.subscriptions_removed,
        )

    @property
    def thrown_messages(self) -> list[tuple[Message, str | None]]:
        """The messages that this step has thrown, each with the subscription that it reaches (None: it is kept)."""
        return self._execution.messages

    @property
    def thrown_signals(self) -> list[Signal]:
        """The signals that this step has thrown, for the engine to send."""
        return self._execution.signals


def _keeps(start: FlowNode) -> bool:
    """Whether an event that starts the process keeps what it brings to itself: its outputs say what goes on."""
    extensions = start.extensions
    return isinstance(start, CatchingEvent) and start.waits and extensions.keeps_results and bool(extensions.outputs)
