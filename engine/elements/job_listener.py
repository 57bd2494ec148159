"""Listeners that are workers: an element waits until each of them has done the job that it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from SpiffWorkflow.util.task import TaskState

from engine.elements.failure import CANNOT_GO_ON
from engine.elements.mapping import around, take_in

if TYPE_CHECKING:
    from engine.elements.flow_node import Token
    from engine.elements.worker_job import WorkerJob

Moment = Literal["start", "creating", "completing", "end"]


@dataclass(frozen=True, slots=True)
class JobListener:
    """A job that is made when an element starts or ends, or a user task is created or completed."""

    moment: Moment
    job: WorkerJob
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(token: Token, moment: Moment, index: int = 0) -> bool:
    """Ask the listener number `index` of a moment; False when there is none (any more). Raises ExecutionFailed."""
    listeners = [each for each in token.task_spec.extensions.job_listeners if each.moment == moment]
    heard: list[str] = token.internal_data.get("heard", [])
    if moment in heard or index >= len(listeners):
        return False
    listeners[index].job.throw(token)
    token.internal_data["listening"] = [moment, index]
    token._set_state(TaskState.STARTED)
    return True


def is_asked(token: Token) -> bool:
    """Whether a token waits for a listener."""
    return "listening" in token.internal_data


def headers_for(token: Token) -> Mapping[str, str]:
    """Return what the diagram tells the worker that a token waits for."""
    extensions = token.task_spec.extensions
    if not is_asked(token):
        return extensions.headers
    moment, index = token.internal_data["listening"]
    listener: JobListener = [each for each in extensions.job_listeners if each.moment == moment][index]
    return listener.headers


def answered(token: Token, payload: Mapping[str, Any]) -> None:
    """Write what a listener has given, ask the next one, or let the element go on."""
    execution = token.workflow
    moment, index = token.internal_data.pop("listening")
    execution.release(token)
    _write(token, moment, payload)
    try:
        if ask(token, moment, index + 1):
            return
    except CANNOT_GO_ON as error:
        execution.fail(token, error, "listen" if moment in ("start", "creating") else "leave")
        return
    token.internal_data.setdefault("heard", []).append(moment)
    execution.continue_at(token, "listen" if moment in ("start", "creating") else "leave")


def _write(token: Token, moment: Moment, payload: Mapping[str, Any]) -> None:
    """At the start it is the element's own; at the end it goes to the scope around; a form's data may be changed."""
    if moment == "completing":
        take_in(token, token.task_spec.extensions, payload)
        return
    for name, value in payload.items():
        if moment == "end":
            around(token).write(name, value, is_input=True)
        else:
            (token.scope if token.owns_scope else token.open_scope()).write_here(name, value, is_input=True)
