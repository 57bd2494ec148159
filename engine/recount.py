"""Counting an instance's limits again: what it would hold had its functions told then what they tell now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.canonical import Json, canonical
from engine.history import Event
from engine.store import JobRecord

if TYPE_CHECKING:
    from engine.elements.execution import Execution

RECOUNTED = "limits_recounted"
"""The event that holds which tasks and timers fall due otherwise; variables written after it are its input."""
Due = tuple[datetime | None, datetime | None]
"""When a task falls due, and when it is to be followed up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a recount makes different: variables by the number of their scope, tasks by their token, and timers."""

    variables: Mapping[int, Mapping[str, Json]] = field(default_factory=dict)
    tasks: Mapping[int, Due] = field(default_factory=dict)
    timers: Sequence[JobRecord] = ()  # as they then are

    def __bool__(self) -> bool:
        return bool(self.variables or self.tasks or self.timers)

    @classmethod
    def noted(cls, event: Event, written: Collection[tuple[int, str, Json]], definition_id: str) -> Limits:
        """Return the limits that an event of a history holds, with the variables written after it."""
        variables: dict[int, dict[str, Json]] = {}
        for scope, name, value in written:
            variables.setdefault(scope, {})[name] = value
        tasks = {int(number): (_instant(due), _instant(later)) for number, (due, later) in event.data["tasks"].items()}
        timers = [
            JobRecord(job, "timer", definition_id, element_id="", due_at=datetime.fromisoformat(due))
            for job, due in event.data["timers"].items()
        ]
        return cls(variables, tasks, timers)


def apply(execution: Execution, limits: Limits, reason: str) -> None:
    """Give an execution other limits, for a reason that is kept."""
    data: dict[str, Any] = {
        "tasks": {str(number): [_text(due), _text(later)] for number, (due, later) in sorted(limits.tasks.items())},
        "timers": {job.id: job.due_at.isoformat() for job in limits.timers},
    }
    execution.journal.note_value(RECOUNTED, None, None, "reason", reason, **data)
    for number, (due, later) in sorted(limits.tasks.items()):
        task = execution.open_tasks[number]
        execution.change_task(execution.tasks[number], task._replace(due_at=due, follow_up_at=later))
    execution.jobs_changed.update((job.id, job) for job in limits.timers)
    for scope, values in sorted(limits.variables.items()):
        for name, value in sorted(values.items()):
            execution.tasks[scope].scope.write_here(name, value, is_input=True)


def difference(now: Execution, then: Execution, timers: Collection[JobRecord], due: Mapping[str, datetime]) -> Limits:
    """Return what would be different of `now` were it `then`; `due` tells when each of its timers would fall due."""
    variables: dict[int, dict[str, Json]] = {}
    for number, token in now.tasks.items():
        if token.owns_scope:
            theirs = then.tasks[number].scope.values_here
            changed = {
                name: theirs[name] for name, value in token.scope.values_here.items()
                if name in theirs and canonical(theirs[name]) != canonical(value)
            }
            variables |= {number: changed} if changed else {}
    mine, theirs_due = _dues(now), _dues(then)
    tasks = {number: theirs_due[number] for number, due_now in mine.items() if theirs_due[number] != due_now}
    moved = [
        replace(job, due_at=due[job.id]) for job in timers
        if due.get(job.id, job.due_at) != job.due_at and not _repeats(now, job)
    ]
    return Limits(variables, tasks, moved)


def _dues(execution: Execution) -> dict[int, Due]:
    return {number: (task.due_at, task.follow_up_at) for number, task in execution.open_tasks.items()}


def _repeats(execution: Execution, job: JobRecord) -> bool:
    """Tell whether a timer is a cycle's: its rounds follow one another, not a limit."""
    return any(key.startswith("cycle") for key in execution.tasks[job.token or 0].internal_data)


def current(execution: Execution, limits: Limits) -> Limits:
    """Return limits that change nothing but are noted by as many events: for what has been counted anew already."""
    return Limits({
        scope: {name: execution.tasks[scope].scope.values_here[name] for name in values}
        for scope, values in limits.variables.items()
    })


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
