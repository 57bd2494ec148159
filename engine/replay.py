"""Feeds the inputs that a history holds into a fresh instance: what the engine computed must come out again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from engine.canonical import Json, canonical
from engine.definition import ProcessDefinition
from engine.dmn import DecisionModel
from engine.elements.nesting import Library, Target
from engine.elements.resource import Resource
from engine.errors import AmbiguousCorrelation, DefinitionNotFound, EngineError
from engine.form import Form
from engine.history import VALUES, Act, Event, read_events
from engine.instance import ProcessInstance
from engine.message import Attempt, Route
from engine.recording import CALLED, Stale, recalling
from engine.recount import RECOUNTED, Limits, current, difference
from engine.store import Change, JobRecord
from engine.surroundings import Surroundings

ACTS = frozenset((
    "instance_started", "instance_cancelled", "instance_annotated", "variables_edited", RECOUNTED,
    "activity_started", "task_claimed", "task_unclaimed", "task_assigned", "task_completed",
    "message_received", "signal_received", "timer_fired",
    "job_completed", "job_error", "job_failed", "job_retried",
))
"""The kinds of events that begin a step: something came from outside, and all else follows from it."""


class _Recorded:
    """Lets elements have the processes, forms and decisions that they had then: the latest ones may now be others."""

    def __init__(self, library: Library, events: Sequence[Event]) -> None:
        self._library = library
        self._chosen = {event.number: event.data["definition"] for event in events if event.kind == "process_called"}
        self._deployments = {
            event.number: event.data["deployment"] for event in events
            if event.kind in ("task_created", "decision_chosen") and "deployment" in event.data
        }

    def definition(self, definition_id: str) -> ProcessDefinition:
        return self._library.definition(definition_id)

    def called(self, target: Target, caller: ProcessDefinition | None, event: int) -> ProcessDefinition:
        if event not in self._chosen:
            raise DefinitionNotFound(f"{target} was not there")
        return self._library.definition(self._chosen[event])

    def chosen(self, resource: Resource, caller: ProcessDefinition, event: int) -> str:
        return str(self._deployments.get(event, caller.record.deployment_id))

    def decision(self, deployment_id: str, decision_id: str) -> DecisionModel:
        return self._library.decision(deployment_id, decision_id)

    def form(self, definition: ProcessDefinition, key: str) -> Form:
        return self._library.form(definition, key)


_OF_THE_DEPLOYMENT: Mapping[str, set[str]] = {
    "instance_started": {"definition"}, "decision_evaluated": {"deployment"},
}


class ReplayImpossible(EngineError):
    """The history cannot be fed again: an input was erased, or the definition takes another way with it."""

    code = "replay_impossible"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that came from outside, with the variables that it brought."""

    event: Event
    variables: dict[str, Json] = field(default_factory=dict)
    written: list[tuple[int, str, Json]] = field(default_factory=list)  # the same, each with its scope

    @property
    def act(self) -> Act:
        """Who did it, for whom, and when."""
        return Act(self.event.at, self.event.actor, self.event.on_behalf_of)


def inputs(events: Sequence[Event]) -> list[Input]:
    """Return what came from outside, in order. Raises ReplayImpossible when a value of it was erased."""
    found: list[Input] = []
    for event in events:
        if event.kind in ACTS:
            found.append(Input(event))
        elif event.kind == "variable_written" and event.data.get("input"):
            name = event.data["name"]
            if name not in event.values or not found:
                raise ReplayImpossible(f"the input {name} of event {event.number} is not there any more")
            found[-1].variables[name] = event.values[name]
            found[-1].written.append((event.data["scope"], name, event.values[name]))
    if not found or found[0].event.kind != "instance_started":
        raise ReplayImpossible("the history does not begin with the start of an instance")
    return found


def refeed(
    events: Sequence[Event], definition: ProcessDefinition, around: Surroundings, *, instance_id: str
) -> list[Event]:
    """Return the history of a fresh instance of `definition` that is given the inputs of `events`.

    Each act happens at its own instant, and the instance is stored and loaded between two acts. `instance_id` is that
    of the history's instance: ids of tasks and jobs begin with it. Raises ReplayImpossible.
    """
    return _told_by(_fed(events, definition, around, instance_id))


def recounted(
    events: Sequence[Event], instance: ProcessInstance, timers: Collection[JobRecord], around: Surroundings,
    is_stale: Stale,
) -> Limits:
    """Return what would be different of an instance had its functions told then what they tell now, where stale.

    `timers` are its timers as they stand. Raises ReplayImpossible when it would have gone another way.
    """
    changes = _fed(events, instance.definition, around, instance.id, is_stale)
    if [_shape(event) for event in _told_by(changes)] != [_shape(event) for event in events]:
        raise ReplayImpossible(f"instance {instance.id} would have gone another way")
    last = changes[-1].instance
    then = ProcessInstance.at_rest(last, instance.definition, Act(last.started_at), around)
    due = {job.id: job.due_at for change in changes for job in change.jobs_added}
    return difference(instance.execution, then.execution, timers, due)


def _fed(
    events: Sequence[Event], definition: ProcessDefinition, around: Surroundings, instance_id: str,
    is_stale: Stale | None = None,
) -> list[Change]:
    first, *rest = inputs(events)
    if any(event.kind == CALLED and "results" not in event.values for event in events):
        raise ReplayImpossible("what a function told is not there any more")
    told = recalling(around.functions, events, is_stale) if is_stale else recalling(around.functions, events)
    around = replace(around, route=_recorded_route(events), library=_Recorded(around.library, events), functions=told)
    key = first.event.data.get("business_key")
    change = ProcessInstance.begin(
        definition, instance_id, first.act, around, business_key=key, variables=first.variables,
        start=first.event.element_id,
    ).change()
    changes = [change]
    for each in rest:
        instance = ProcessInstance.at_rest(change.instance, definition, each.act, around)
        try:
            _feed(instance, each, is_anew=is_stale is not None)
        except EngineError as error:
            raise ReplayImpossible(f"event {each.event.number}, {each.event.kind}: {error}") from error
        changes.append(change := instance.change())
    return changes


def _told_by(changes: Sequence[Change]) -> list[Event]:
    steps = (each.step for each in changes if each.step is not None)
    return read_events(steps, (value for each in changes for value in each.values))


def _shape(event: Event) -> tuple[object, ...]:
    """Return what must be the same of an event when limits are counted again."""
    return event.number, event.kind, event.element_id, event.token, event.data.get("scope"), event.data.get("name")


def _feed(instance: ProcessInstance, given: Input, *, is_anew: bool) -> None:
    event, variables = given.event, given.variables
    data, task_id = event.data, f"{instance.id}:{event.token}"
    match event.kind:
        case "task_claimed":
            instance.claim(task_id, data["assignee"])
        case "task_unclaimed":
            instance.unclaim(task_id)
        case "task_assigned":
            instance.assign(task_id, data.get("assignee"))
        case "task_completed":
            instance.complete_task(task_id, variables)
        case "message_received" | "signal_received":
            assert event.token is not None
            kind = event.kind.removesuffix("_received")
            instance.receive(kind, data["name"], event.token, variables, data.get("subscription", ""))
        case "activity_started":
            instance.start_activity(str(event.element_id), event.token)
        case "variables_edited":
            instance.edit_variables(variables, _text(event, "reason"))
        case "limits_recounted":
            limits = Limits.noted(event, given.written, instance.definition.id)
            instance.recount(current(instance.execution, limits) if is_anew else limits, _text(event, "reason"))
        case "instance_cancelled":
            instance.cancel(_text(event, "reason"))
        case "instance_annotated":
            instance.annotate(_text(event, "note"))
        case _:
            _feed_job(instance, _job(instance, event), event, variables)


def _feed_job(instance: ProcessInstance, job: JobRecord, event: Event, variables: Mapping[str, Json]) -> None:
    match event.kind:
        case "timer_fired":
            instance.fire_timer(job)
        case "job_completed" if "names" in event.data:
            instance.complete_job(job, variables)
        case "job_completed":
            instance.go_on(job)
        case "job_error":
            instance.throw_error(job, event.data["code"], variables)
        case "job_failed":
            instance.job_failed(job, _text(event, "error"), event.data["retries"])
        case "job_retried":
            instance.note_job(event.kind, job, retries=event.data["retries"])
        case _:
            raise ReplayImpossible(f"nobody knows how to feed {event.kind} again")


def _job(instance: ProcessInstance, event: Event) -> JobRecord:
    """Return as much of the job as an instance asks for."""
    due = datetime.fromisoformat(event.data["due"]) if "due" in event.data else event.at
    return JobRecord(
        id=event.data["job"], kind="timer" if event.kind == "timer_fired" else "service",
        definition_id=instance.definition.id, element_id=event.element_id or "", due_at=due, instance_id=instance.id,
        token=event.token,
    )


def _text(event: Event, name: str) -> str:
    if name not in event.values:
        raise ReplayImpossible(f"the {name} of event {event.number} is not there any more")
    return str(event.values[name])


def first_difference(recorded: Sequence[Event], replayed: Sequence[Event]) -> tuple[Event | None, Event | None] | None:
    """Return the first two events that do not tell the same (None: there is none more), or None if all do.

    Salted hashes and the id of the definition are left out; a value that was erased from the record is not compared.
    """
    for one, other in zip_longest(recorded, replayed):
        if one is None or other is None or not _tell_the_same(one, other):
            return one, other
    return None


def _recorded_route(events: Sequence[Event]) -> Route:
    """Return a route that sends each message where it went before."""
    kinds = ("message_thrown", "message_not_sent")
    told: dict[int, list[Event]] = {}
    for event in events:
        asked = event.kind in kinds and "here" not in event.data
        if asked and event.token is not None:
            told.setdefault(event.token, []).append(event)

    def route(attempt: Attempt) -> str | None:
        before = told.get(attempt.token)
        if not before or (before[0].data.get("late", False) and not attempt.at_last):
            return None
        event = before.pop(0)
        if (count := event.data.get("several")) is not None:
            name = attempt.message.name
            raise AmbiguousCorrelation(f"{count} places wait for the message {name}", count=count)
        reached: str | None = event.data.get("to")
        return reached

    return route


def _tell_the_same(recorded: Event, replayed: Event) -> bool:
    return _facts(recorded) == _facts(replayed) and all(
        name in replayed.values and canonical(replayed.values[name]) == canonical(value)
        for name, value in recorded.values.items()
    )


def _facts(event: Event) -> dict[str, Any]:
    hidden = {"old", VALUES.get(event.kind)} | _OF_THE_DEPLOYMENT.get(event.kind, set())
    return {
        "number": event.number, "at": event.at, "kind": event.kind, "element": event.element_id, "token": event.token,
        "actor": event.actor, "on_behalf_of": event.on_behalf_of,
        "data": {name: value for name, value in event.data.items() if name not in hidden},
        "names": sorted(event.data.keys() & hidden),
    }
