"""The engine: the one door to process instances. Each call loads, acts and saves; the caller's transaction commits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from engine import history, replay
from engine.canonical import Json, canonical, json_safe
from engine.catalog import Catalog, Deployment
from engine.clock import Clock, SystemClock, new_id
from engine.definition import ProcessDefinition
from engine.dialect.checks import Checks, PropertyCheck
from engine.dialect.finding import Finding
from engine.dialect.people import KnownPeople
from engine.errors import (
    AlreadyClaimed,
    DefinitionNotFound,
    NotPermitted,
    NotYourTask,
    SeparationOfDuties,
    TaskNotOpen,
)
from engine.exchange import Exchange
from engine.feel.values import Function
from engine.form import Form
from engine.history import Act, Event
from engine.instance import ProcessInstance
from engine.job import Service
from engine.message import Message
from engine.recording import Stale
from engine.recount import Limits
from engine.steps import Startable
from engine.store import Change, StepRecord, Store, SubscriptionRecord, TaskRecord, ValueRecord
from engine.surroundings import Surroundings
from engine.variables import named
from engine.work import Work

MOST_TIMERS = 10_000
"""Of one instance, when its limits are counted again."""


class Engine(Work):
    """Runs one tenant's processes on a store, in the caller's transaction."""

    def __init__(
        self, store: Store, *, clock: Clock | None = None,
        groups_of: Callable[[str], Collection[str]] = lambda user: (),
        services: Mapping[str, Service] | None = None, functions: Mapping[str, Function] | None = None,
        form_data: Mapping[str, Callable[[], Json]] | None = None, zone: tzinfo = ZoneInfo("Asia/Shanghai"),  # noqa: B008
        on_change: Callable[[Change, ProcessInstance], None] | None = None,
        check_properties: PropertyCheck | None = None, known_people: KnownPeople | None = None,
        substitution: Callable[[TaskRecord, str], Collection[str]] | None = None,
        business_key_of: Callable[[ProcessDefinition, Mapping[str, Any], datetime], str | None] = lambda *_: None,
    ) -> None:
        self.store = store
        self.clock: Clock = clock or SystemClock()
        self._groups_of = groups_of
        self._substitution = substitution
        self._business_key_of = business_key_of
        self._services = dict(services or {})
        self._exchange = Exchange(store, self.clock.now, self._deliver, lambda: new_id(self.clock.now()))
        known, offered, route = dict(functions or {}), dict(form_data or {}), self._exchange.route
        self._on_change = on_change
        self._catalog = Catalog(
            store, Surroundings(zone, known, offered, route), Checks(check_properties, known_people)
        )
        self._around = Surroundings(zone, known, offered, route, self._catalog)

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

    def start_form(self, definition: ProcessDefinition, start: str | None = None) -> Form | None:
        """Return the form with which a process starts; of several plain start events `start` names one.

        Raises ExecutionFailed as `start` does.
        """
        return self._catalog.start_form(definition, definition.plain_start(start))

    def form(self, task: TaskRecord) -> Form | None:
        """Return the form of a task, of the version that the task was opened with. Raises NotFound."""
        return None if task.form_key is None else self._catalog.form(self.definition(task.definition_id), task.form_key)

    # -- instances

    def start(
        self, key: str, variables: Mapping[str, Any] | None = None, *, by: str, on_behalf_of: str | None = None,
        business_key: str | None = None, definition_id: str | None = None, start: str | None = None,
    ) -> ProcessInstance:
        """Start an instance of the newest version (or of `definition_id`) and run it to its first wait states.

        Of several plain start events `start` names one. Where it has a form, the variables are its submission, and one
        of the form's fields may hold the business key, where neither the caller nor the application gives one. Raises
        NotPermitted (the diagram names who may start it), FormInvalid, DefinitionNotFound, ExecutionFailed (there is no
        such start event, or none was named).
        """
        act = Act(self.clock.now(), by, on_behalf_of)
        definition = self.definition(definition_id) if definition_id else self.latest(key)
        if definition.key != key:
            raise DefinitionNotFound(f"{definition_id} is no version of {key}")
        if not definition.may_be_started_by(by, self._groups_of(by)):
            raise NotPermitted(f"{by} may not start {key}")
        event, given = definition.plain_start(start), named(variables or {})
        if (form := self._catalog.start_form(definition, event)) is not None:
            given = dict(form.validate(given, self._around.seen_by(form, {}), now=act.at.astimezone(self._around.zone)))
        business_key = business_key or self._business_key_of(definition, given, act.at)
        if form is not None and event is not None:
            business_key = business_key or event.business_key_in(given)
        return self._begin(definition, act, business_key, given, start)

    def evaluate_conditions(
        self, variables: Mapping[str, Any], *, by: str, business_key: str | None = None
    ) -> list[ProcessInstance]:
        """Start an instance at each conditional start event whose condition these variables make true."""
        act, given = Act(self.clock.now(), by), json_safe(named(variables))
        met = self._catalog.starts_met(given, act.at)
        return [self._begin_by(start, definition, act, business_key, given) for definition, start in met]

    def _begin_by(
        self, start: str, definition: ProcessDefinition, act: Act, business_key: str | None,
        variables: Mapping[str, Any],
    ) -> ProcessInstance:
        """Begin where an event has happened; a key that it brings is its sender's, its own comes first."""
        own = self._business_key_of(definition, variables, act.at)
        return self._begin(definition, act, own or business_key, variables, start)

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
        found = self._load(instance_id, Act(self.clock.now()), lock=False)
        found.recall = lambda: history.last_values(self.events(instance_id))
        return found

    def variables(self, instance_id: str) -> dict[str, Json]:
        """Return an instance's process variables; of an ended one, those that its history still holds."""
        return self.instance(instance_id).variables

    def cancel(self, instance_id: str, *, by: str, reason: str) -> ProcessInstance:
        """End an instance by hand. Raises InstanceNotActive."""
        instance = self._load(instance_id, Act(self.clock.now(), by))
        instance.cancel(reason)
        return self._save(instance)

    def annotate(self, instance_id: str, note: str, *, by: str) -> ProcessInstance:
        """Add a note to an instance's history, whether it has ended or not; nothing else changes."""
        instance = self._load(instance_id, Act(self.clock.now(), by))
        instance.annotate(note)
        return self._save(instance)

    def set_variables(self, instance_id: str, variables: Mapping[str, Any], *, by: str, reason: str) -> ProcessInstance:
        """Write process variables by hand; the reason is kept. Raises InstanceNotActive, NotJsonSafe."""
        instance = self._load(instance_id, Act(self.clock.now(), by))
        instance.edit_variables(variables, reason)
        return self._save(instance)

    def recount(self, instance_id: str, is_stale: Stale, *, by: str, reason: str) -> Limits:
        """Count the limits again that rest on what functions told and `is_stale` says to ask anew; return what changed.

        The history keeps it with the reason, and a replay does the same. Raises InstanceNotActive, ReplayImpossible
        (the instance would have gone another way, or an input was erased).
        """
        instance = self._load(instance_id, Act(self.clock.now(), by))
        waiting = self.store.jobs(instance_id=instance_id, failed=False, limit=MOST_TIMERS)
        timers = [job for job in waiting if job.kind == "timer" and job.attempt == 0]
        limits = replay.recounted(self.events(instance_id), instance, timers, self._around, is_stale)
        if limits:
            instance.recount(limits, reason)
            self._save(instance)
        return limits

    def startable(self, instance_id: str) -> list[Startable]:
        """Return the activities of an instance's ad-hoc sub-processes that somebody may start now."""
        return self.instance(instance_id).startable

    def start_activity(
        self, instance_id: str, element_id: str, *, by: str, scope: int | None = None
    ) -> ProcessInstance:
        """Start an activity of an ad-hoc sub-process, once more if it was done. Who may do so is the caller's to check.

        Raises InstanceNotActive, ActivityNotStartable.
        """
        instance = self._load(instance_id, Act(self.clock.now(), by))
        instance.start_activity(element_id, scope)
        return self._save(instance)

    # -- user tasks

    def may_work_on(self, task: TaskRecord, user: str) -> bool:
        """Whether a user may claim or complete an open task, as far as its record tells, for whomever."""
        return self._is_own(task, user) or self.acts_for(task, user) is not None

    def acts_for(self, task: TaskRecord, user: str) -> str | None:
        """Return on whose behalf a user may do an open task that is not the user's own; None when on nobody's."""
        if task.status != "open" or user in task.excluded_users or self._is_own(task, user):
            return None
        others = self._substitution(task, user) if self._substitution else ()
        return next((other for other in others if other not in task.excluded_users), None)

    def _is_own(self, task: TaskRecord, user: str) -> bool:
        if task.status != "open" or user in task.excluded_users:
            return False
        if task.assignee is not None:
            return task.assignee == user
        return user in task.candidate_users or bool(set(self._groups_of(user)) & set(task.candidate_groups))

    def claim(self, task_id: str, *, by: str, on_behalf_of: str | None = None) -> ProcessInstance:
        """Take an unassigned task; whoever takes it on behalf of somebody makes it that person's.

        Raises TaskNotOpen, AlreadyClaimed, NotYourTask, SeparationOfDuties.
        """
        instance = self._for_task(task_id, Act(self.clock.now(), by, on_behalf_of))
        self._check_may_work(instance, task_id, by, on_behalf_of)
        instance.claim(task_id, on_behalf_of or by)
        return self._save(instance)

    def unclaim(self, task_id: str, *, by: str, on_behalf_of: str | None = None) -> ProcessInstance:
        """Give a claimed task, one's own or the represented person's, back to its candidates.

        Raises TaskNotOpen, AlreadyClaimed, NotYourTask.
        """
        instance = self._for_task(task_id, Act(self.clock.now(), by, on_behalf_of))
        if on_behalf_of is not None:
            self._check_may_work(instance, task_id, by, on_behalf_of)
        assignee = instance.task(task_id).assignee
        if assignee is None:
            raise NotYourTask(f"nobody has claimed task {task_id}")
        if assignee != (on_behalf_of or by):  # who may no longer do it because of another step may well give it back
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

        Whoever acts on behalf of somebody may do what either of them may. Whether it is allowed is `substitution`'s to
        say, without one the caller's to check.
        Raises TaskNotOpen, NotYourTask, AlreadyClaimed, SeparationOfDuties, FormInvalid, ExecutionFailed.
        """
        instance = self._for_task(task_id, Act(self.clock.now(), by, on_behalf_of))
        self._check_may_work(instance, task_id, by, on_behalf_of)
        instance.complete_task(task_id, instance.clean_submission(task_id, {} if data is None else data))
        return self._save(instance)

    def _check_may_work(self, instance: ProcessInstance, task_id: str, by: str, on_behalf_of: str | None) -> None:
        """Raise unless a person may do a task now; the duties' separation holds for both, who acts and for whom."""
        groups = set(self._groups_of(by))
        if on_behalf_of is not None:
            groups.update(self._groups_of(on_behalf_of))
        instance.check_may_work(task_id, by, groups, on_behalf_of=on_behalf_of)
        if on_behalf_of is None or self._substitution is None:
            return
        if on_behalf_of not in self._substitution(instance.task(task_id), by):
            raise NotYourTask(f"{by} does not act for {on_behalf_of} in task {task_id}")

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
            return self._begin_by(subscription.element_id, definition, act, business_key, variables)
        instance = self._load(subscription.instance_id, act)
        if subscription.token is None or not instance.waits_for(subscription):
            return None
        instance.receive(subscription.kind, subscription.name, subscription.token, variables, subscription.id)
        return self._save(instance)

    # -- history

    def events(self, instance_id: str, *, after: int = 0) -> list[Event]:
        """Return an instance's history, with the values that have not been erased. Raises InstanceNotFound."""
        self.store.load(instance_id)
        steps, values = self.store.steps(instance_id, after=after), self.store.values(instance_id, after=after)
        return [event for event in history.read_events(steps, values) if event.number > after]

    def events_of(self, instance_ids: Collection[str]) -> dict[str, list[Event]]:
        """Return the histories of several instances, read at once; one that there is not has none."""
        kept: dict[str, list[tuple[StepRecord, list[ValueRecord]]]] = {instance_id: [] for instance_id in instance_ids}
        for step, values in self.store.histories(kept):
            kept[step.instance_id].append((step, values))
        return {
            instance_id: history.read_events((step for step, _ in rows), (one for _, values in rows for one in values))
            for instance_id, rows in kept.items()
        }

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
