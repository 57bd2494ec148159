"""Jobs: what a service function is given, how a failed attempt is told and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from engine.canonical import Json
from engine.definition import ProcessDefinition
from engine.errors import EngineError
from engine.retry import MAX_REASON
from engine.store import JobKind, JobRecord

STEP_KINDS: tuple[JobKind, ...] = ("timer", "start_timer", "async")
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""How long a failed job rests before its next attempt, by the number of attempts behind it."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """What a service function is given: the job (its id is the idempotency key) and the variables in sight."""

    job_id: str
    topic: str
    instance_id: str
    business_key: str | None
    definition: ProcessDefinition
    element_id: str
    variables: Mapping[str, Json]
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the diagram says to the worker in so many words (zeebe:taskHeaders)."""


Service = Callable[[ServiceCall], Mapping[str, Any] | None]


class JobFailed(Exception):
    """A job's step raised; the transaction must be rolled back and the failure noted in another. `job` is which."""

    def __init__(self, job: JobRecord, reason: str) -> None:
        super().__init__(reason)
        self.job = job
        self.reason = reason


def after_failure(job: JobRecord, reason: str, retries: int | None, rest: timedelta | None, at: datetime) -> JobRecord:
    """Return a job as a failed attempt leaves it: resting, or an incident when no attempt is left."""
    left = max(job.retries - 1 if retries is None else retries, 0)
    rest = rest if rest is not None else BACK_OFF[min(job.attempt, len(BACK_OFF) - 1)]
    return replace(
        job, retries=left, attempt=job.attempt + 1, error=reason[:MAX_REASON], locked_by=None, locked_until=None,
        due_at=at + rest,
    )


def reason_of(error: Exception) -> str:
    """Return what may be kept of an error: our own messages name no personal data, those of others might."""
    if isinstance(error, EngineError):
        return f"{error.code}: {error}"
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {frames[-1] if frames else '?'}"
