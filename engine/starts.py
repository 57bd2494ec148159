"""What starts instances by itself: timers, messages, signals and conditions where a process begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from engine.canonical import Json
from engine.definition import ProcessDefinition, ProcessModel
from engine.dialect.finding import DeploymentRefused, Finding
from engine.elements.conditional_event import Condition
from engine.elements.events import Trigger
from engine.elements.message_event import Subscription
from engine.elements.timer_event import Timer
from engine.errors import EngineError, ExecutionFailed
from engine.expression import Expression
from engine.feel.values import Value
from engine.retry import ATTEMPTS
from engine.store import DefinitionRecord, JobRecord, SubscriptionRecord
from engine.surroundings import Surroundings
from engine.timer import Cycle, advance


def start_triggers(
    record: DefinitionRecord, model: ProcessModel, at: datetime, around: Surroundings
) -> tuple[list[JobRecord], list[SubscriptionRecord]]:
    """Return the timers, and the messages and signals, that start a process deployed at `at`.

    Raises DeploymentRefused when one cannot be evaluated.
    """
    jobs: list[JobRecord] = []
    subscriptions: list[SubscriptionRecord] = []
    for name, index, trigger in _triggers(model):
        trigger_id = f"start:{record.id}:{name}" + (f"#{index}" if index else "")
        try:
            match trigger:
                case Timer():
                    due, cycle = _first_round(name, trigger, at, around)
                    if cycle is None or due >= at:  # a cycle that is over starts nothing
                        jobs.append(JobRecord(
                            id=trigger_id, kind="start_timer", definition_id=record.id, element_id=name, due_at=due,
                            created_at=at,
                        ))  # fmt: skip
                case Subscription():
                    subscriptions.append(SubscriptionRecord(
                        id=trigger_id, kind=trigger.kind, name=str(_value(trigger.name, at, around)),
                        definition_id=record.id, element_id=name,
                    ))  # fmt: skip
        except EngineError as error:
            finding = Finding(model.file, "expression_invalid", element_id=name, params={"detail": str(error)})
            raise DeploymentRefused([finding]) from error
    return jobs, subscriptions


def _triggers(model: ProcessModel) -> Iterator[tuple[str, int, Trigger]]:
    """Return what each element waits for at which the process may begin, numbered by element."""
    for node in map(model.spec.node, model.spec.beginnings):
        for index, trigger in enumerate(node.triggers):
            yield node.name, index, trigger


def next_round(
    job: JobRecord, definition: ProcessDefinition, at: datetime, around: Surroundings
) -> JobRecord | None:
    """Return the job of a start timer's next round, or None when it has none left.

    Rounds are counted from the instant of the deployment; those of cron that have passed are not made up for.
    """
    index = int(job.id.rpartition("#")[2]) if "#" in job.id else 0
    trigger = definition.spec.node(job.element_id).triggers[index]
    assert isinstance(trigger, Timer)
    _, cycle = _first_round(job.element_id, trigger, job.created_at or job.due_at, around)
    passed = max(job.due_at, at) if cycle is not None and cycle.is_cron else job.due_at
    following = None if cycle is None else advance(cycle, passed, around.zone)
    if following is None:
        return None
    return replace(
        job, due_at=following.due, locked_by=None, locked_until=None, attempt=0, retries=ATTEMPTS, error=None
    )


def starts_met(
    definition: ProcessDefinition, variables: Mapping[str, Json], at: datetime, around: Surroundings
) -> list[str]:
    """Return the start events whose condition is true with these variables. Raises ExecutionFailed."""
    return [
        name for name, _, trigger in _triggers(definition.model)
        if isinstance(trigger, Condition) and _is_met(name, trigger, variables, at, around)
    ]


def _is_met(
    name: str, condition: Condition, variables: Mapping[str, Json], at: datetime, around: Surroundings
) -> bool:
    if condition.variables and not set(condition.variables) & variables.keys():
        return False
    try:
        value = condition.value.evaluate(variables, at.astimezone(around.zone), around.functions)
    except EngineError as error:
        raise ExecutionFailed(f"{name}: {error}", element_id=name) from error
    if value is None or isinstance(value, bool):
        return value is True
    raise ExecutionFailed(f"the condition at {name} gives no boolean", element_id=name)


def _value(expression: Expression, at: datetime, around: Surroundings) -> Value:
    return expression.evaluate({}, at.astimezone(around.zone), around.functions)


def _first_round(name: str, timer: Timer, at: datetime, around: Surroundings) -> tuple[datetime, Cycle | None]:
    return timer.first(_value(timer.value, at, around), at, name, around.zone)
