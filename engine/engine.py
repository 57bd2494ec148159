"""The engine: the one door to process instances. Each call loads, acts and saves; the caller's transaction commits."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from engine import history
from engine.canonical import Json, canonical, json_safe
from engine.catalog import Catalog, Deployment
from engine.clock import Clock, SystemClock
from engine.definition import ProcessDefinition
from engine.dialect.checks import Checks, PropertyCheck
from engine.dialect.finding import Finding
from engine.dialect.people import KnownPeople
from engine.errors import (
    AlreadyClaimed,
    ConcurrentChange,
    DefinitionNotFound,
    ExecutionFailed,
    JobLocked,
    JobNotFound,
    NotFound,
    NotPermitted,
    NotYourTask,
    SeparationOfDuties,
    StateUnreadable,
    StoreUnavailable,
    TaskNotOpen,
)
from engine.exchange import Exchange
from engine.feel.values import Function
from engine.history import Act, Event
from engine.instance import ProcessInstance, Surroundings
from engine.job import STEP_KINDS, JobFailed, Service, ServiceCall, after_failure, reason_of
from engine.message import Message
from engine.store import Change, JobRecord, Store, SubscriptionRecord, TaskRecord
from engine.variables import named


class Engine:
    """Runs one tenant's processes on a store, in the caller's transaction."""

    def __init__(
        self, store: Store, *, clock: Clock | None = None,
        groups_of: Callable[[str], Collection[str]] = lambda user: (),
        services: Mapping[str, Service] | None = None, functions: Mapping[str, Function] | None = None,
        form_data: Mapping[str, Callable[[], Json]] | None = None, zone: tzinfo = ZoneInfo("Asia/Shanghai"),  # noqa: B008
        on_change: Callable[[Change, ProcessInstance], None] | None = None,
        check_properties: PropertyCheck | None = None, known_people: KnownPeople | None = None,
    ) -> None:
        self.store = store
        self.clock: Clock = clock or SystemClock()
        self._groups_of = groups_of
        self._services = dict(services or {})
        self._exchange = Exchange(store, self.clock.now, self._deliver, lambda: new_id(self.clock.now()))
        around = Surroundings(zone, dict(functions or {}), dict(form_data or {}), self._exchange.route)
        self._on_change = on_change
        self._catalog = Catalog(store, around, Checks(check_properties, known_people))
        self._around = replace(around, library=self._catalog)

    # -- definitions

    def check(self, files: Mapping[str, bytes]) -> list[Finding]:
        """Return all findings about files, without deploying them."""
        return self._catalog.check(files)

    def deploy(self, files: Mapping[str, bytes], *, by: str, name: str = "", source: str = "") -> Deployment:
        """Deploy diagrams with their forms and tables. Raises DeploymentRefused with all findings."""
        return self._catalog.deploy(files, by=by, at=self.clock.now(), name=name, source=source)

    def definition(self, definition_id: str) -> ProcessDefinition:
        """Return one version of a process. Raises DefinitionNotFound."""
        return self._catalog.definition(definition_id)

    def latest(self, key: str) -> ProcessDefinition:
        """Return the newest version of a process. Raises DefinitionNotFound."""
        return self._catalog.latest(key)

    # -- instances

    def start(
        self, key: str, variables: Mapping[str, Any] | None = None, *, by: str, on_behalf_of: str | None = None,
        business_key: str | None = None, definition_id: str | None = None,
    ) -> ProcessInstance:
        """Start an instance of the newest version (or of `definition_id`) and run it to its first wait states.

        Where the start event has a form, the variables are its submission. Raises NotPermitted (the diagram names who
        may start it), FormInvalid, DefinitionNotFound, ExecutionFailed (it has no plain start event).
        """
        act = Act(self.clock.now(), by, on_behalf_of)
        definition = self.definition(definition_id) if definition_id else self.latest(key)
        if definition.key != key:
            raise DefinitionNotFound(f"{definition_id} is no version of {key}")
        if not definition.may_be_started_by(by, self._groups_of(by)):
            raise NotPermitted(f"{by} may not start {key}")
        if definition.start_event is None:
            raise ExecutionFailed(f"{key} has no plain start event: messages, signals or timers start it")
        given = named(variables or {})
        if (form := definition.start_form) is not None:
            given = dict(form.validate(given, self._around.seen_by(form, {}), now=act.at.astimezone(self._around.zone)))
        return self._begin(definition, act, business_key, given)

    def _begin(
        self, definition: ProcessDefinition, act: Act, business_key: str | None, variables: Mapping[str, Any],
        start: str | None = None,
    ) -> ProcessInstance:
        instance = ProcessInstance.begin(
            definition, new_id(act.at), act, self._around, business_key=business_key, variables=variables, start=start
        )
        return self._save(instance)

    def instance(self, instance_id: str) -> ProcessInstance:
        """Return an instance to look at. Raises InstanceNotFound."""
        return self._load(instance_id, Act(self.clock.now()), lock=False)

    def variables(self, instance_id: str) -> dict[str, Json]:
        """Return an instance's process variables; of an ended one, those that its history still holds."""
        instance = self.instance(instance_id)
        if instance.status in ("active", "suspended"):
            return instance.variables
        return history.last_values(self.events(instance_id))

    def cancel(self, instance_id: str, *, by: str, reason: str) -> ProcessInstance:
        """End an instance by hand. Raises InstanceNotActive."""
        instance = self._load(instance_id, Act(self.clock.now(), by))
        instance.cancel(reason)
        return self._save(instance)

    def set_variables(self, instance_id: str, variables: Mapping[str, Any], *, by: str, reason: str) -> ProcessInstance:
        """Write process variables by hand; the reason is kept. Raises InstanceNotActive, NotJsonSafe."""
        instance = self._load(instance_id, Act(self.clock.now(), by))
        instance.edit_variables(variables, reason)
        return self._save(instance)

    # -- user tasks

    def may_work_on(self, task: TaskRecord, user: str) -> bool:
        """Whether a user may claim or complete an open task, as far as its record tells."""
        if task.status != "open" or user in task.excluded_users:
            return False
        if task.assignee is not None:
            return task.assignee == user
        return user in task.candidate_users or bool(set(self._groups_of(user)) & set(task.candidate_groups))

    def claim(self, task_id: str, *, by: str) -> ProcessInstance:
        """Take an unassigned task. Raises TaskNotOpen, AlreadyClaimed, NotYourTask, SeparationOfDuties."""
        instance = self._for_task(task_id, Act(self.clock.now(), by))
        instance.check_may_work(task_id, by, self._groups_of(by))
        instance.claim(task_id, by)
        return self._save(instance)

    def unclaim(self, task_id: str, *, by: str) -> ProcessInstance:
        """Give one's own claimed task back to its candidates. Raises TaskNotOpen, AlreadyClaimed, NotYourTask."""
        instance = self._for_task(task_id, Act(self.clock.now(), by))
        assignee = instance.task(task_id).assignee
        if assignee is None:
            raise NotYourTask(f"nobody has claimed task {task_id}")
        if assignee != by:  # but who may no longer do it because of another step may well give it back
            raise AlreadyClaimed(f"task {task_id} is {assignee}'s", claimed_by=assignee)
        instance.unclaim(task_id)
        return self._save(instance)

    def assign(self, task_id: str, to: str | None, *, by: str) -> ProcessInstance:
        """Give a task to somebody. Who may do so is the caller's to check; the duties' separation is checked here."""
        instance = self._for_task(task_id, Act(self.clock.now(), by))
        if to is not None and to in instance.barred_from(task_id):
            raise SeparationOfDuties(f"{to} did an earlier step of the instance")
        instance.assign(task_id, to)
        return self._save(instance)

    def complete_task(
        self, task_id: str, data: Mapping[str, Any] | None = None, *, by: str, on_behalf_of: str | None = None
    ) -> ProcessInstance:
        """Complete a task with its form's data and run on to the next wait states.

        Whoever acts on behalf of somebody may do what either of them may; that it is allowed is the caller's to check.
        Raises TaskNotOpen, NotYourTask, AlreadyClaimed, SeparationOfDuties, FormInvalid, ExecutionFailed.
        """
        instance = self._for_task(task_id, Act(self.clock.now(), by, on_behalf_of))
        groups = set(self._groups_of(by))
        if on_behalf_of is not None:
            groups.update(self._groups_of(on_behalf_of))
        instance.check_may_work(task_id, by, groups, on_behalf_of=on_behalf_of)
        given = named({} if data is None else data)
        instance.complete_task(task_id, instance.clean_submission(task_id, given))
        return self._save(instance)

    def _for_task(self, task_id: str, act: Act) -> ProcessInstance:
        instance = self._load(task_id.partition(":")[0], act)
        try:
            instance.task(task_id)
        except TaskNotOpen:
            task = self.store.task(task_id)
            raise TaskNotOpen(f"task {task_id} is {task.status}", completed_by=task.ended_by) from None
        return instance

    # -- messages and signals

    def correlate(
        self, message: str, *, business_key: str | None = None, instance_id: str | None = None,
        correlation_key: object = None, correlation_variables: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None, by: str,
    ) -> ProcessInstance:
        """Give a message to the one that waits for it, or start an instance by it.

        `correlation_key` is compared with the key that a diagram's subscription names (Camunda 8);
        `correlation_variables` with the variables that the waiting element sees (Camunda 7), for which each instance
        that waits is read. Raises NoMatchingSubscription, AmbiguousCorrelation.
        """
        given = None if correlation_variables is None else json_safe(named(correlation_variables))
        sent = self._message(message, business_key, correlation_key, variables)
        fits = None if given is None else lambda item: self._sees(item, given)
        return self._exchange.correlate(sent, Act(self.clock.now(), by), instance_id=instance_id, fits=fits)

    def publish(
        self, message: str, *, time_to_live: timedelta, business_key: str | None = None,
        correlation_key: object = None, variables: Mapping[str, Any] | None = None, by: str,
    ) -> ProcessInstance | None:
        """Give a message to the one that waits for it, or keep it that long for the first who will; then return None.

        Raises AmbiguousCorrelation; NoMatchingSubscription when nobody waits and `time_to_live` is nothing.
        """
        sent = replace(
            self._message(message, business_key, correlation_key, variables), time_to_live=time_to_live
        )
        return self._exchange.publish(sent, Act(self.clock.now(), by))

    def _message(
        self, name: str, business_key: str | None, key: object, variables: Mapping[str, Any] | None
    ) -> Message:
        given = json_safe(named(variables or {}))
        return Message(name, business_key, None if key is None else canonical(json_safe(key)), given)

    def _sees(self, waiting: SubscriptionRecord, variables: Mapping[str, Json]) -> bool:
        seen = self.instance(waiting.instance_id or "").variables_of_token(waiting.token or 0)
        return all(name in seen and seen[name] == value for name, value in variables.items())

    def signal(self, name: str, variables: Mapping[str, Any] | None = None, *, by: str | None = None) -> int:
        """Send a signal to all that wait for it and return how many it reached."""
        return self._exchange.signal(name, variables or {}, Act(self.clock.now(), by))

    def _deliver(
        self, subscription: SubscriptionRecord, act: Act, variables: Mapping[str, Any], business_key: str | None
    ) -> ProcessInstance | None:
        """Let a message or signal take effect; None when its place no longer waits, because of another or the same."""
        if subscription.instance_id is None:
            definition = self.definition(subscription.definition_id)
            return self._begin(definition, act, business_key, variables, subscription.element_id)
        instance = self._load(subscription.instance_id, act)
        if subscription.token is None or not instance.waits_for(subscription):
            return None
        instance.receive(subscription.kind, subscription.name, subscription.token, variables, subscription.id)
        return self._save(instance)

    # -- jobs

    def run_due(self, limit: int = 100) -> int:
        """Run what is due on the clock, a step at a time, and return how many steps; failures are noted at once.

        All in the caller's transaction: a worker that must survive failing services runs `run_one` instead.
        """
        for count in range(limit):
            try:
                if not self.run_one():
                    return count
            except JobFailed as failed:
                self.note_failure(failed.job.id, failed.reason)
        return limit

    def run_one(self) -> bool:
        """Run the next due job and return whether there was one.

        Raises JobFailed; ConcurrentChange and StoreUnavailable pass as they are, for they are no fault of the job.
        """
        at = self.clock.now()
        due = self.store.due_jobs(at, kinds=STEP_KINDS, limit=1)
        if not due and self._services:
            due = self.store.lock_jobs(
                self._services.keys(), "engine", at=at, until=at + timedelta(minutes=5), limit=1
            )
        if not due:
            return False
        job = due[0]
        try:
            self._run(job)
        except (ConcurrentChange, StoreUnavailable):
            raise
        except Exception as error:
            raise JobFailed(job, reason_of(error)) from error
        return True

    def run_job(self, job_id: str) -> None:
        """Run one job now, due or not. Raises JobNotFound, and what its step raises."""
        self._run(self.store.job(job_id))

    def _run(self, job: JobRecord) -> None:
        if job.instance_id is None:
            self._start_by_timer(job)
            return
        instance = self._load(job.instance_id, Act(self.clock.now()))
        match job.kind:
            case "timer":
                instance.fire_timer(job)
            case "async":
                instance.go_on(job)
            case _:
                instance.complete_job(job, self._serve(job, instance) or {})
        self._save(instance)

    def _serve(self, job: JobRecord, instance: ProcessInstance) -> Mapping[str, Any] | None:
        service = self._services.get(job.topic or "")
        if service is None:
            raise JobNotFound(f"no service answers the topic {job.topic} of job {job.id}")
        return service(ServiceCall(
            job.id, job.topic or "", instance.id, instance.business_key, instance.definition_of(job), job.element_id,
            instance.variables_of_job(job), self.clock.now(),
        ))

    def _start_by_timer(self, job: JobRecord) -> None:
        act = Act(self.clock.now())
        self._begin(self.definition(job.definition_id), act, None, {}, job.element_id)
        following = self._catalog.next_start(job)
        if following is None:
            self.store.remove_job(job.id)
        else:
            self.store.change_job(following)

    def note_failure(self, job_id: str, reason: str, *, in_history: bool = True) -> JobRecord:
        """Count a failed attempt: the job rests and is tried again, or is an incident when none is left.

        `in_history=False` leaves the instance alone: for one that cannot even note that it has failed.
        """
        return self._failed(self.store.job(job_id), reason, None, None, in_history=in_history)

    def _failed(
        self, job: JobRecord, reason: str, retries: int | None, rest: timedelta | None, *, by: str | None = None,
        in_history: bool = True,
    ) -> JobRecord:
        at = self.clock.now()
        job = after_failure(job, reason, retries, rest, at)
        self.store.change_job(job)
        if job.instance_id is not None and in_history:
            try:
                instance = self._load(job.instance_id, Act(at, by))
            except (NotFound, StateUnreadable):
                return job  # it cannot be noted there, but the job must not come first for ever
            instance.note_job("job_failed", job, job.error, retries=job.retries)
            self._save(instance)
        return job

    def incidents(self) -> list[JobRecord]:
        """Return the jobs that have no attempt left and wait for a person."""
        return self.store.jobs(failed=True)

    def retry_job(self, job_id: str, *, by: str, retries: int = 3) -> None:
        """Give a failed job new attempts, from now on. Raises JobNotFound."""
        job = self.store.job(job_id)
        now = self.clock.now()
        self.store.change_job(replace(job, retries=retries, attempt=0, due_at=now, locked_by=None, locked_until=None))
        if job.instance_id is not None:
            instance = self._load(job.instance_id, Act(now, by))
            instance.note_job("job_retried", job, retries=retries)
            self._save(instance)

    # -- work of outside workers, leased

    def lock_jobs(
        self, topics: Collection[str], worker: str, *, lease: timedelta = timedelta(minutes=5), limit: int = 1
    ) -> list[JobRecord]:
        """Lease service jobs to a worker; when the lease runs out another worker gets them."""
        now = self.clock.now()
        return self.store.lock_jobs(topics, worker, at=now, until=now + lease, limit=limit)

    def job_variables(self, job: JobRecord) -> dict[str, Json]:
        """Return the variables that a service job sees. Raises JobNotFound."""
        if job.instance_id is None:
            return {}
        return self.instance(job.instance_id).variables_of_job(job)

    def complete_job(self, job_id: str, worker: str, variables: Mapping[str, Any] | None = None) -> ProcessInstance:
        """Let a leased job be done. Raises JobNotFound, JobLocked."""
        instance, job = self._leased(job_id, worker)
        instance.complete_job(job, variables or {})
        return self._save(instance)

    def throw_error(
        self, job_id: str, worker: str, code: str, variables: Mapping[str, Any] | None = None
    ) -> ProcessInstance:
        """Let a leased job end with a BPMN error; uncaught, it is an incident. Raises JobNotFound, JobLocked."""
        instance, job = self._leased(job_id, worker)
        instance.throw_error(job, code, variables or {})
        return self._save(instance)

    def fail_job(
        self, job_id: str, worker: str, reason: str, *, retries: int | None = None, rest: timedelta | None = None
    ) -> JobRecord:
        """Count a worker's failed attempt. Raises JobNotFound, JobLocked."""
        self._check_lease(job := self.store.job(job_id), worker)
        return self._failed(job, reason, retries, rest, by=worker)

    def _leased(self, job_id: str, worker: str) -> tuple[ProcessInstance, JobRecord]:
        job = self.store.job(job_id)
        self._check_lease(job, worker)
        if job.instance_id is None:
            raise JobNotFound(f"job {job_id} is no service task's")
        return self._load(job.instance_id, Act(self.clock.now(), worker)), job

    def _check_lease(self, job: JobRecord, worker: str) -> None:
        if job.locked_by != worker or job.locked_until is None or job.locked_until <= self.clock.now():
            raise JobLocked(f"job {job.id} is not leased to {worker}")

    # -- history

    def events(self, instance_id: str, *, after: int = 0) -> list[Event]:
        """Return an instance's history, with the values that have not been erased. Raises InstanceNotFound."""
        self.store.load(instance_id)
        steps, values = self.store.steps(instance_id, after=after), self.store.values(instance_id, after=after)
        return [event for event in history.read_events(steps, values) if event.number > after]

    def verify(self, instance_id: str) -> int:
        """Check an instance's whole chain and return how many events it has. Raises HistoryBroken."""
        record = self.store.load(instance_id)
        checksum = self.store.definition(record.definition_id).checksum
        return history.verify(
            checksum, record.head, record.last_event, self.store.steps(instance_id), self.store.values(instance_id)
        )

    # -- loading and saving

    def _load(self, instance_id: str, act: Act, *, lock: bool = True) -> ProcessInstance:
        record = self.store.load(instance_id, lock=lock)
        return ProcessInstance.at_rest(record, self.definition(record.definition_id), act, self._around)

    def _save(self, instance: ProcessInstance) -> ProcessInstance:
        """Keep what a step changed, send the signals it threw, and return the instance as it then is."""
        change = instance.change()
        self.store.save(change)
        if self._on_change is not None:
            self._on_change(change, instance)
        if self._exchange.after_save(instance, change.subscriptions_added) and instance.status == "active":
            return self.instance(instance.id)  # something may have reached this very instance
        return instance


def new_id(at: datetime) -> str:
    """Return a new instance's id: 32 hex digits, the first twelve being milliseconds, so that ids grow with time."""
    return f"{int(at.timestamp() * 1000):012x}{secrets.token_hex(10)}"
