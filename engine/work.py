"""The engine's work: it runs due jobs, leases others to workers outside, and counts failed attempts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.canonical import Json
from engine.catalog import Catalog
from engine.clock import Clock
from engine.definition import ProcessDefinition
from engine.errors import ConcurrentChange, JobLocked, JobNotFound, NotFound, StateUnreadable, StoreUnavailable
from engine.history import Act
from engine.instance import ProcessInstance
from engine.job import STEP_KINDS, JobFailed, Service, ServiceCall, after_failure, reason_of
from engine.retry import ATTEMPTS
from engine.store import JobRecord, Store


class Work:
    """What an engine does with jobs."""

    store: Store
    clock: Clock
    _services: Mapping[str, Service]
    _catalog: Catalog

    def definition(self, definition_id: str) -> ProcessDefinition:
        """Return one version of a process."""
        raise NotImplementedError

    def instance(self, instance_id: str) -> ProcessInstance:
        """Return an instance to look at."""
        raise NotImplementedError

    def _begin_by(
        self, start: str, definition: ProcessDefinition, act: Act, business_key: str | None,
        variables: Mapping[str, Any],
    ) -> ProcessInstance:
        raise NotImplementedError

    def _load(self, instance_id: str, act: Act, *, lock: bool = True) -> ProcessInstance:
        raise NotImplementedError

    def _save(self, instance: ProcessInstance) -> ProcessInstance:
        raise NotImplementedError

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
            instance.variables_of_job(job), self.clock.now(), instance.headers_of_job(job),
        ))

    def _start_by_timer(self, job: JobRecord) -> None:
        act = Act(self.clock.now())
        self._begin_by(job.element_id, self.definition(job.definition_id), act, None, {})
        self._catalog.after_start(job, act.at)

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
        job = after_failure(job, reason, retries, self._cycle_rest(job) if rest is None else rest, at)
        self.store.change_job(job)
        if job.instance_id is not None and in_history:
            try:
                instance = self._load(job.instance_id, Act(at, by))
            except (NotFound, StateUnreadable):
                return job  # it cannot be noted there, but the job must not come first for ever
            instance.job_failed(job, job.error or "", job.retries)
            self._save(instance)
        return job

    def _cycle_rest(self, job: JobRecord) -> timedelta | None:
        """Return how long the job's element has it rest now, where the diagram says so."""
        nodes = self.definition(job.definition_id).spec.task_specs
        node = nodes.get(f"{job.element_id}#each") or nodes.get(job.element_id)
        cycle = None if node is None else node.extensions.retry_cycle
        return None if cycle is None else cycle.rest(job.attempt + 1)

    def incidents(self) -> list[JobRecord]:
        """Return the jobs that have no attempt left and wait for a person."""
        return self.store.jobs(failed=True)

    def retry_job(self, job_id: str, *, by: str, retries: int = ATTEMPTS) -> None:
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

    def job_headers(self, job: JobRecord) -> dict[str, str]:
        """Return what the diagram says to a job's worker in so many words. Raises JobNotFound."""
        return {} if job.instance_id is None else dict(self.instance(job.instance_id).headers_of_job(job))

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
