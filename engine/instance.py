"""One process instance in memory: what may be done to it, and what each step changes. It does no I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from SpiffWorkflow.util.task import TaskState

from engine import recount, snapshot
from engine.canonical import Json, json_safe
from engine.definition import ProcessDefinition
from engine.elements.events import CatchingEvent, StartEvent
from engine.elements.execution import Execution, is_armed
from engine.elements.flow_node import FlowNode, Token
from engine.elements.job_listener import headers_for
from engine.elements.mapping import take_in
from engine.elements.nesting import Library, NoLibrary
from engine.elements.outcome import Signal, held_at
from engine.elements.sub_process import Process
from engine.elements.user_task import UserTask
from engine.errors import (
    AlreadyClaimed,
    NotYourTask,
    SeparationOfDuties,
    TaskNotOpen,
)
from engine.feel.values import Function
from engine.form import Form
from engine.history import Act, Journal
from engine.message import Message, Route
from engine.steps import Steps
from engine.store import Change, InstanceRecord, InstanceStatus, JobRecord, SubscriptionRecord, TaskRecord
from engine.variables import Scope, named


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an instance is given from outside: the local zone, functions for expressions, options for forms.

    And the library of definitions that it may call.
    """

    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    functions: Mapping[str, Function] = field(default_factory=dict)
    form_data: Mapping[str, Callable[[], Json]] = field(default_factory=dict)
    route: Route = lambda attempt: None
    library: Library = field(default_factory=NoLibrary)

    def seen_by(self, form: Form, scope: Mapping[str, Json]) -> dict[str, Json]:
        """Return what a form reads of the variables, and of the options offered beside them: no more is looked up."""
        seen = {name: scope[name] for name in form.reads if name in scope}
        seen.update((name, self.form_data[name]()) for name in form.reads & self.form_data.keys())
        return seen


@dataclass(frozen=True, slots=True)
class RunningCall:
    """A called process that runs: the call's number in the history, its call activity, and where it stands."""

    number: int
    element_id: str
    definition: ProcessDefinition
    positions: list[str]


class ProcessInstance(Steps):
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

    @property
    def open_tasks(self) -> list[TaskRecord]:
        """Its open user tasks."""
        return list(self._execution.open_tasks.values())

    def task(self, task_id: str) -> TaskRecord:
        """Return an open task. Raises TaskNotOpen."""
        return self._execution.open_tasks[self._token_of(task_id).id]

    def barred_from(self, task_id: str) -> tuple[str, ...]:
        """Return who may not do an open task because of an earlier step. Raises TaskNotOpen."""
        token = self._token_of(task_id)
        return self._execution.performers_of(_user_task(token).assignment.separate_from, token)

    def waits_for(self, subscription: SubscriptionRecord) -> bool:
        """Whether the place that a message or signal was meant for still waits for it."""
        token = self._execution.tasks.get(subscription.token or 0)
        return token is not None and held_at(token, subscription.id) is not None

    # -- what may be done to it

    def check_may_work(
        self, task_id: str, user: str, groups: Collection[str], *, on_behalf_of: str | None = None
    ) -> None:
        """Raise NotYourTask, AlreadyClaimed or SeparationOfDuties unless the user may work on the task now."""
        token = self._token_of(task_id)
        task, ask = self._execution.open_tasks[token.id], _user_task(token).assignment
        separate_from = ask.separate_from
        barred = self._execution.performers_of(separate_from, token) if separate_from else ()
        for person in (user, on_behalf_of):
            if person is not None and person in barred:
                raise SeparationOfDuties(f"{person} did an earlier step that {task.element_id} must be separate from")
        if task.assignee is not None:
            if task.assignee not in (user, on_behalf_of):
                raise AlreadyClaimed(f"task {task_id} is {task.assignee}'s", claimed_by=task.assignee)
        elif ask.names_nobody:
            return
        elif {user, on_behalf_of}.isdisjoint(task.candidate_users) and set(groups).isdisjoint(task.candidate_groups):
            raise NotYourTask(f"task {task_id} is not for {user}")

    def claim(self, task_id: str, user: str) -> None:
        """Give an unassigned task to a user."""
        task = self.task(task_id)
        if task.assignee is not None and task.assignee != user:
            raise AlreadyClaimed(f"task {task_id} is {task.assignee}'s", claimed_by=task.assignee)
        self._assign("task_claimed", task_id, user)

    def unclaim(self, task_id: str) -> None:
        """Give a claimed task back to its candidates."""
        task = self.task(task_id)
        if not task.candidate_groups and not task.candidate_users:
            raise NotYourTask(f"task {task_id} has no candidates to go back to")
        self._assign("task_unclaimed", task_id, None)

    def assign(self, task_id: str, user: str | None) -> None:
        """Give a task to somebody, whoever had it."""
        self._assign("task_assigned", task_id, user)

    def _assign(self, kind: str, task_id: str, user: str | None) -> None:
        token, execution = self._token_of(task_id), self._execution
        data: dict[str, Json] = {} if user is None else {"assignee": user}
        execution.journal.note(kind, token.task_spec.element_id, token.id, **data)
        record = execution.open_tasks[token.id]
        claimed_at = execution.act.at if user is not None else None
        execution.change_task(token, record._replace(assignee=user, claimed_at=claimed_at))
        _user_task(token).reassigned(token, record.assignee)
        if execution.journal.written:
            self._run()

    def clean_submission(self, task_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what of submitted data may be written. Raises FormInvalid, NotJsonSafe."""
        form_key = self.task(task_id).form_key
        if form_key is None:
            return data
        token = self._token_of(task_id)
        form, scope = self._execution.library.form(self._execution.definition_of(token), form_key), token.scope
        now = self._execution.act.at.astimezone(self._around.zone)
        return form.validate(named(data), self._around.seen_by(form, scope), now=now)

    def complete_task(self, task_id: str, data: Mapping[str, Any]) -> None:
        """Complete an open task with data that `clean_submission` returned, and run on to the next wait states."""
        token, execution, act = self._token_of(task_id), self._execution, self._execution.act
        element = token.task_spec.element_id
        task, given = execution.open_tasks[token.id], named(data)
        execution.journal.note("task_completed", element, token.id, names=list(given))
        performers = execution.performers.setdefault(execution.place_of(element, token), [])
        performers += [person for person in (act.by, act.on_behalf_of) if person and person not in performers]
        execution.change_task(token, task._replace(
            status="completed", ended_at=act.at, ended_by=act.by, on_behalf_of=act.on_behalf_of,
            assignee=task.assignee or act.by,
        ))
        self._bar_performers(element, token)
        self._resume(token, given)

    def _bar_performers(self, element: str, done: Token) -> None:
        """Take open tasks that must be separate from `element` away from those who have just done it."""
        execution = self._execution
        for number, record in list(execution.open_tasks.items()):
            token = execution.tasks[number]
            separate_from = _user_task(token).assignment.separate_from
            if element in separate_from and execution.call_around(number) == execution.call_around(done.id):
                barred = execution.performers_of(separate_from, token)
                if barred != record.excluded_users:
                    execution.change_task(token, record._replace(excluded_users=barred))

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

    def _token_of(self, task_id: str) -> Token:
        number = task_id.rpartition(":")[2]
        record = self._execution.open_tasks.get(int(number)) if number.isdecimal() and len(number) < 20 else None
        # A number has many spellings (007, ²): only the one that we gave out is the task's.
        if record is None or record.id != task_id:
            raise TaskNotOpen(f"task {task_id} is not open")
        return self._execution.tasks[int(number)]

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


def _user_task(token: Token) -> UserTask:
    node = token.task_spec
    assert isinstance(node, UserTask)
    return node
