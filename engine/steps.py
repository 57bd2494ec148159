"""One step of an instance: a job's token goes on, an activity is chosen; then all runs to the next wait states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from engine.canonical import Json, json_safe
from engine.elements.ad_hoc_sub_process import AdHocSubProcess
from engine.elements.error_event import throw_error
from engine.elements.execution import Execution
from engine.elements.flow_node import FlowNode, Token
from engine.elements.job_listener import answered, is_asked
from engine.elements.outcome import held_at
from engine.elements.service_task import ServiceTask
from engine.errors import ActivityNotStartable, ExecutionFailed, InstanceNotActive, JobNotFound
from engine.store import InstanceStatus, JobRecord
from engine.variables import named


@dataclass(frozen=True, slots=True)
class Startable:
    """An activity of an ad-hoc sub-process that somebody may start now; `scope` tells which run of it.

    `within` is the sub-process's name; `replaces` names the tasks that make room, where only one may run at a time.
    """

    element_id: str
    name: str
    scope: int
    within: str = ""
    replaces: tuple[str, ...] = ()


class Steps:
    """What moves an instance on, whoever asks for it."""

    _execution: Execution
    _status: InstanceStatus

    @property
    def id(self) -> str:
        """The instance's id."""
        raise NotImplementedError

    # -- jobs

    def fire_timer(self, job: JobRecord) -> None:
        """Let a timer take effect. Raises JobNotFound when the instance has moved on."""
        token = self._token_of_job(job)
        self._execution.journal.note(
            "timer_fired", job.element_id, token.id, job=job.id, due=job.due_at.astimezone(UTC).isoformat()
        )
        token.task_spec.fire(token, {}, held_at(token, job.id) or 0)
        self._run()

    def go_on(self, job: JobRecord) -> None:
        """Run a token that waited to go on in a transaction of its own."""
        token = self._token_of_job(job)
        self._execution.journal.note("job_completed", job.element_id, token.id, job=job.id)
        self._execution.release(token)
        self._execution.make_ready(token)
        self._run()

    def complete_job(self, job: JobRecord, variables: Mapping[str, Any]) -> None:
        """Let a service task be done, with the worker's variables."""
        token, given = self._token_of_job(job), named(variables)
        self._execution.journal.note("job_completed", job.element_id, token.id, job=job.id, names=list(given))
        if is_asked(token):
            answered(token, given)
            self._run()
        else:
            self._resume(token, given)

    def throw_error(self, job: JobRecord, code: str, variables: Mapping[str, Any]) -> None:
        """Let a service task end with a BPMN error, caught by the nearest error event."""
        token, given, code = self._token_of_job(job), named(variables), json_safe(code)
        if is_asked(token):
            raise ExecutionFailed(f"a listener of {job.element_id} throws no errors", element_id=job.element_id)
        self._execution.journal.note("job_error", job.element_id, token.id, job=job.id, code=code, names=list(given))
        try:
            throw_error(token, code, given)
        except ExecutionFailed as error:
            self._execution.fail(token, error, "execute")
        self._run()

    def job_failed(self, job: JobRecord, error: str, retries: int) -> None:
        """Note a failed attempt; where the element makes an error of it, that is thrown."""
        self.note_job("job_failed", job, error, retries=retries)
        token = self._execution.tasks.get(job.token or 0)
        if token is None or self._status != "active" or held_at(token, job.id) is None:
            return
        failure: dict[str, Json] = {"errorMessage": error, "retries": retries, "id": job.id}
        if isinstance(token.task_spec, ServiceTask) and token.task_spec.is_error(token, failure):
            self._run()

    def note_job(self, kind: str, job: JobRecord, error: str | None = None, **data: Json) -> None:
        """Note a failed or retried attempt; the instance stays where it is."""
        if error is None:
            self._execution.journal.note(kind, job.element_id, job.token, job=job.id, **data)
        else:
            self._execution.journal.note_value(kind, job.element_id, job.token, "error", error, job=job.id, **data)

    # -- activities that people choose

    @property
    def startable(self) -> list[Startable]:
        """The activities in its ad-hoc sub-processes that somebody may start now."""
        return [
            Startable(node.element_id, node.label, token.id, ad_hoc.label, tuple(ad_hoc.making_room(token)))
            for token in sorted(self._execution.tasks.values(), key=lambda token: token.id)
            if isinstance(ad_hoc := token.task_spec, AdHocSubProcess) and self._status == "active"
            for node in map(ad_hoc.spec.node, ad_hoc.startable(token))
        ]

    def start_activity(self, element_id: str, scope: int | None = None) -> None:
        """Start an activity of an ad-hoc sub-process: in the run `scope`, or else the first.

        Raises ActivityNotStartable.
        """
        self._check_active()
        found = [each.scope for each in self.startable if each.element_id == element_id and scope in (None, each.scope)]
        if not found:
            raise ActivityNotStartable(f"{element_id} cannot be started now in instance {self.id}")
        token = self._execution.tasks[found[0]]
        assert isinstance(token.task_spec, AdHocSubProcess)
        self._execution.journal.note("activity_started", element_id, token.id)
        token.task_spec.start_chosen(token, element_id)
        self._run()

    # -- one step

    def _resume(self, token: Token, variables: Mapping[str, Any]) -> None:
        node: FlowNode = token.task_spec
        node.resume(token, variables)
        self._run()

    def _run(self) -> None:
        execution = self._execution
        execution.run_all()
        if not execution.completed:
            execution.tell_of_deadlock()
        if execution.completed and self._status == "active":
            execution.journal.note("instance_completed")
            self._status = "completed"

    def _check_active(self) -> None:
        if self._status != "active":
            raise InstanceNotActive(f"instance {self.id} is {self._status}")

    def _live(self, number: int | None, message: str) -> Token:
        self._check_active()
        token = self._execution.tasks.get(number) if number is not None else None
        if token is None:
            raise JobNotFound(f"{message} in instance {self.id}")
        return token

    def _token_of_job(self, job: JobRecord) -> Token:
        token = self._live(job.token, f"job {job.id} is no longer waited for")
        if held_at(token, job.id) is None:
            raise JobNotFound(f"job {job.id} is no longer waited for in instance {self.id}")
        return token
