"""The live part of an instance: SpiffWorkflow's workflow with its tree of tokens, and the stepper that runs it."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine.canonical import Json, json_safe
from engine.elements.activities import BusinessRuleTask
from engine.elements.events import BoundaryEvent, StartEvent, catcher, keep_code
from engine.elements.flow_node import FlowNode, SequenceFlow, Token
from engine.elements.gateways import InclusiveGateway, JoiningGateway
from engine.elements.sub_process import EventSubProcess, SubProcess
from engine.errors import EngineError, ExecutionFailed
from engine.expression import Expression
from engine.feel.values import Function, Value, from_json, to_json
from engine.history import Act, Journal
from engine.store import JobKind, JobRecord, SubscriptionKind, SubscriptionRecord, TaskRecord

if TYPE_CHECKING:
    from engine.definition import ProcessDefinition


CAMUNDA_OBJECTS = frozenset(("execution", "task"))
MAX_RUNS = 100_000
"""How many nodes one step may run: a loop without a wait state would go on until the memory is full."""


class Execution(Workflow):
    """Runs the tokens of one instance and gathers what a step changes. It does no I/O and reads no clock."""

    tasks: dict[int, Token]

    def __init__(
        self, definition: ProcessDefinition, instance_id: str, business_key: str | None, journal: Journal, *,
        zone: tzinfo, functions: Mapping[str, Function],
    ) -> None:
        super().__init__(definition.spec, deserializing=True)
        self.definition = definition
        self.id = instance_id
        self.business_key = business_key
        self.journal = journal
        self.zone = zone
        self.functions = functions
        self.numbers = 0
        self.performers: dict[str, list[str]] = {}
        self.queue: deque[Token] = deque()
        self.undecided: set[tuple[int, str]] = set()
        self.waiting: dict[tuple[int, str], list[Token]] = {}
        self.open_tasks: dict[int, TaskRecord] = {}
        self.tasks_opened: dict[str, TaskRecord] = {}
        self.tasks_changed: dict[str, TaskRecord] = {}
        self.jobs_added: dict[str, JobRecord] = {}
        self.jobs_removed: list[str] = []
        self.subscriptions_added: dict[str, SubscriptionRecord] = {}
        self.subscriptions_removed: list[str] = []
        self.signals: list[str] = []
        self._now = journal.act.at.astimezone(zone)

    @property
    def act(self) -> Act:
        """Who acts in this step, and when."""
        return self.journal.act

    def next_number(self) -> int:
        """Return the next number for a token, a job or a subscription: unique in the instance, the same in a replay."""
        self.numbers += 1
        return self.numbers

    # -- the stepper

    def run_all(self) -> None:
        """Run every ready token until only waiting ones are left, first come, first served.

        Raises ExecutionFailed when there is no end to it.
        """
        runs = 0
        while True:
            while self.queue:
                token = self.queue.popleft()
                if token.id in self.tasks and token._state == TaskState.READY:
                    runs += 1
                    if runs > MAX_RUNS:
                        element_id = token.task_spec.element_id
                        raise ExecutionFailed(f"the step runs on without end at {element_id}", element_id=element_id)
                    token.run()
            if not self._decide_inclusive_joins():
                return

    def _decide_inclusive_joins(self) -> bool:
        for key in sorted(self.undecided):
            scope, node = self.tasks.get(key[0]), self.spec.node(key[1])
            assert isinstance(node, InclusiveGateway)
            if scope is None or not self.waiting.get(key):
                self.undecided.discard(key)
            elif node.decide(self, scope):
                return True
        return False

    def make_ready(self, token: Token) -> None:
        """Put a token in the queue."""
        token._set_state(TaskState.READY)
        self.queue.append(token)

    def take(self, flow: SequenceFlow, scope: Token) -> None:
        """Let a token pass along a sequence flow of `scope`."""
        self.journal.note("flow_taken", flow.id)
        self.spec.node(flow.target).accept(self, scope, flow)

    # -- tokens

    def waiting_at(self, node: JoiningGateway, scope: Token) -> list[Token]:
        """Return the tokens that wait at a joining gateway of `scope`."""
        return self.waiting.setdefault((scope.id, node.name), [])

    def live_children(self, scope: Token) -> Iterable[Token]:
        """Return what lives in a scope: all but armed events."""
        return (child for number in scope._children if not is_armed(child := self.tasks[number]))

    def has_live_children(self, scope: Token) -> bool:
        """Whether anything lives in a scope but armed events."""
        return any(True for _ in self.live_children(scope))

    def drop(self, token: Token) -> None:
        """Take a token that is done out of the tree, with the events that were armed for it."""
        for number in token.internal_data.get("boundaries", ()):
            if (boundary := self.tasks.get(number)) is not None:
                self.discard(boundary)
        self.discard(token)

    def discard(self, token: Token) -> None:
        """Take an armed event out of the tree without a trace: nothing has happened."""
        self.release(token)
        del self.tasks[token.id]
        if (parent := token.parent) is not None:
            parent._children.remove(token.id)

    def move(self, token: Token, scope: Token) -> None:
        """Let a token stand in another scope."""
        if (parent := token.parent) is not None:
            parent._children.remove(token.id)
        token._parent = scope.id
        scope._children.append(token.id)

    def cancel(self, token: Token) -> None:
        """Cancel a token and all that lives in it, innermost first."""
        if is_armed(token):
            self.discard(token)
            return
        self.cancel_children(token)
        node = token.task_spec
        if isinstance(node, JoiningGateway) and (parent := token.parent) is not None:
            waiting = self.waiting_at(node, parent)
            if token in waiting:
                waiting.remove(token)
        node.cancelled(token)
        self.journal.note("element_cancelled", node.history_id, token.id)
        self.drop(token)

    def cancel_children(self, scope: Token, but: Token | None = None) -> None:
        """Cancel all that lives in a scope, but one token."""
        for child in scope.children:
            if child is not but and child.id in self.tasks:  # a boundary event has gone with its host
                self.cancel(child)

    # -- events

    def arm(self, node: FlowNode, host: Token) -> None:
        """Arm a boundary event for as long as its host lives."""
        assert isinstance(node, BoundaryEvent)
        if node.trigger is None:
            return
        token = Token(self, node, host.parent, state=TaskState.WAITING)
        token.internal_data["host"] = host.id
        host.internal_data.setdefault("boundaries", []).append(token.id)
        node.trigger.arm(token)

    def detach(self, token: Token) -> Token | None:
        """Free a boundary event from its host, so that it outlives it; return the host."""
        host = self.tasks.get(token.internal_data.pop("host"))
        self.release(token)
        if host is not None:
            host.internal_data["boundaries"].remove(token.id)
        return host

    def start_event_subprocess(
        self, scope: Token, start: StartEvent, payload: Mapping[str, Any], error: str | None = None
    ) -> None:
        """Run an event sub-process in `scope`, begun by its start event; `error` is the code of a caught error."""
        assert start.container is not None
        node = self.spec.node(start.container)
        assert isinstance(node, EventSubProcess)
        token = node.start_at(self, scope, start)
        self.journal.note("element_entered", start.element_id, token.id)
        keep_code(start, token, error)
        start.resume(token, payload)

    def throw_error(self, token: Token, code: str, payload: Mapping[str, Any] | None = None) -> None:
        """Let the nearest error event around `token` catch a BPMN error.

        Raises ExecutionFailed when nobody does.
        """
        self.journal.note("error_thrown", token.task_spec.element_id, token.id, code=code)
        inner: Token | None = None
        current: Token | None = token
        while current is not None:
            if self._catch_inside(current, inner, code, payload or {}) or self._catch_at(current, code, payload or {}):
                return
            inner, current = current, current.parent
        raise ExecutionFailed(
            f"nobody catches the error {code!r} of {token.task_spec.element_id}", element_id=token.task_spec.element_id
        )

    def _catch_inside(self, scope: Token, inner: Token | None, code: str, payload: Mapping[str, Any]) -> bool:
        """Let an event sub-process of a scope catch an error, but not one that it has thrown itself."""
        if not isinstance(scope.task_spec, SubProcess):
            return False
        starts = [self.spec.node(name) for name in scope.task_spec.error_starts]
        thrower = None if inner is None else inner.task_spec.name
        start = catcher([node for node in starts if node.container != thrower], code)
        if not isinstance(start, StartEvent):
            return False
        self.cancel_children(scope)
        self.start_event_subprocess(scope, start, payload, code)
        return True

    def _catch_at(self, host: Token, code: str, payload: Mapping[str, Any]) -> bool:
        """Let a boundary event of an activity catch an error."""
        boundary, scope = catcher(map(self.spec.node, host.task_spec.boundaries), code), host.parent
        if not isinstance(boundary, BoundaryEvent) or scope is None:
            return False
        self.cancel(host)
        boundary.pass_on(Token(self, boundary, scope), payload, code)
        return True

    def throw_signal(self, token: Token, name: str) -> None:
        """Keep a signal for the engine, which sends it to all instances once this step is run."""
        self.journal.note("signal_thrown", token.task_spec.element_id, token.id, name=name)
        self.signals.append(name)

    # -- expressions

    def value_of(self, expression: Expression, token: Token) -> Value:
        """Evaluate in the token's scope. Raises ExecutionFailed naming the element."""
        scope: Mapping[str, Json] = token.scope
        if not expression.names.isdisjoint(CAMUNDA_OBJECTS):
            scope = ChainMap(dict(scope), self._objects(token))
        try:
            return expression.evaluate(scope, self._now, self.functions)
        except EngineError as error:
            raise ExecutionFailed(
                f"{token.task_spec.element_id}: {error}", element_id=token.task_spec.element_id
            ) from error

    def _objects(self, token: Token) -> dict[str, Json]:
        """Return what ${execution…} and ${task…} read of Camunda's objects; what we have no word for is null."""
        node = token.task_spec
        execution = {
            "id": self.id, "processInstanceId": self.id, "processDefinitionId": self.definition.id,
            "businessKey": self.business_key, "processBusinessKey": self.business_key,
            "currentActivityId": node.element_id, "currentActivityName": node.label,
        }
        task = {
            "id": f"{self.id}:{token.id}", "name": node.label, "taskDefinitionKey": node.element_id,
            "executionId": self.id, "processInstanceId": self.id, "processDefinitionId": self.definition.id,
        }
        return {"execution": execution, "task": task}

    def name_of(self, expression: Expression, token: Token, what: str) -> str:
        """Evaluate to the name of a message, signal or topic. Raises ExecutionFailed for what is no name."""
        value = self.evaluate(expression, token)
        if not isinstance(value, str) or not value.strip():
            element_id = token.task_spec.element_id
            raise ExecutionFailed(f"the {what} of {element_id} has no name", element_id=element_id)
        return value

    def evaluate(self, expression: Expression, token: Token) -> Json:
        """Evaluate in the token's scope to a JSON-safe value. Raises ExecutionFailed."""
        value = self.value_of(expression, token)
        return value if value is None or isinstance(value, str | bool) else json_safe(to_json(value))

    def holds(self, condition: Expression, token: Token) -> bool:
        """Whether a condition is true; null is not. Raises ExecutionFailed for what is no boolean."""
        value = self.value_of(condition, token)
        if value is None or isinstance(value, bool):
            return value is True
        raise ExecutionFailed(
            f"the condition {condition.text!r} at {token.task_spec.element_id} gives no boolean",
            element_id=token.task_spec.element_id,
        )

    def decide(self, node: BusinessRuleTask, token: Token) -> list[dict[str, Json]]:
        """Evaluate a business rule task's decision, note which rules matched, return a row for each."""
        assert node.model is not None
        try:
            variables = {name: from_json(value) for name, value in token.scope.items()}
            result = node.model.decision(node.decision_ref).evaluate(variables, now=self._now)
        except EngineError as error:
            raise ExecutionFailed(f"{node.element_id}: {error}", element_id=node.element_id) from error
        for table in result.tables:
            rules = [rule.number for rule in table.matched]
            self.journal.note("decision_evaluated", node.element_id, token.id, decision=table.table, rules=rules)
        return [json_safe({name: to_json(value) for name, value in row.items()}) for row in result.outputs]

    # -- user tasks

    def open_task(self, token: Token, record: TaskRecord) -> None:
        """Open a user task at a token."""
        data: dict[str, Json] = {"name": record.name}
        if record.due_at is not None:
            data["due"] = record.due_at.isoformat()
        self.journal.note("task_created", record.element_id, token.id, **data)
        self.open_tasks[token.id] = record
        self.tasks_opened[record.id] = record

    def change_task(self, token: Token, record: TaskRecord) -> None:
        """Note that a task's record has changed; one that has ended is closed."""
        if record.status == "open":
            self.open_tasks[token.id] = record
        else:
            self.open_tasks.pop(token.id, None)
        if record.id in self.tasks_opened:
            self.tasks_opened[record.id] = record
        else:
            self.tasks_changed[record.id] = record

    def cancel_task(self, token: Token) -> None:
        """Close the task of a cancelled token."""
        record = self.open_tasks.get(token.id)
        if record is not None:
            self.journal.note("task_cancelled", record.element_id, token.id)
            self.change_task(token, replace(record, status="cancelled", ended_at=self.act.at))

    def performers_of(self, elements: Collection[str]) -> tuple[str, ...]:
        """Return who has completed one of these user tasks in this instance, in any round."""
        return tuple(dict.fromkeys(user for element in elements for user in self.performers.get(element, ())))

    # -- jobs and subscriptions

    def add_job(
        self, token: Token, kind: JobKind, due: datetime, *, topic: str | None = None, priority: int = 50
    ) -> str:
        """Make a job for a token and return its id."""
        job_id = f"{self.id}:{self.next_number()}"
        token.internal_data["job"] = job_id
        self.jobs_added[job_id] = JobRecord(
            id=job_id, kind=kind, definition_id=self.definition.id, element_id=token.task_spec.element_id, due_at=due,
            instance_id=self.id, token=token.id, topic=topic, priority=priority, created_at=self.act.at,
        )
        return job_id

    def continue_later(self, token: Token) -> None:
        """Run a token in a transaction of its own (camunda:asyncBefore)."""
        token.internal_data["continued"] = True
        self.add_job(token, "async", self.act.at)

    def subscribe(self, token: Token, kind: SubscriptionKind, name: str) -> None:
        """Wait for a message or signal at a token."""
        subscription_id = f"{self.id}:{self.next_number()}"
        token.internal_data["subscription"] = subscription_id
        self.subscriptions_added[subscription_id] = SubscriptionRecord(
            id=subscription_id, kind=kind, name=name, definition_id=self.definition.id,
            element_id=token.task_spec.element_id, instance_id=self.id, token=token.id, business_key=self.business_key,
        )

    def release(self, token: Token) -> None:
        """Take back a token's job and subscription."""
        job = token.internal_data.pop("job", None)
        if job is not None and self.jobs_added.pop(job, None) is None:
            self.jobs_removed.append(job)
        subscription = token.internal_data.pop("subscription", None)
        if subscription is not None and self.subscriptions_added.pop(subscription, None) is None:
            self.subscriptions_removed.append(subscription)


def is_armed(token: Token) -> bool:
    """Whether a token only stands for an event that may happen: a boundary event or an event sub-process's start."""
    return "host" in token.internal_data or "armed" in token.internal_data
