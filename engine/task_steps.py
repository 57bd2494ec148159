"""Steps of user tasks: who may work on one, claiming and giving, handing in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.canonical import Json
from engine.elements.flow_node import Token
from engine.elements.user_task import UserTask
from engine.errors import AlreadyClaimed, NotYourTask, SeparationOfDuties, TaskNotOpen
from engine.steps import Steps
from engine.store import TaskRecord
from engine.surroundings import Surroundings
from engine.variables import named


class TaskSteps(Steps):
    """What people do with an instance's user tasks."""

    _around: Surroundings

    @property
    def open_tasks(self) -> list[TaskRecord]:
        """Its open user tasks."""
        return list(self._execution.open_tasks.values())

    def task(self, task_id: str) -> TaskRecord:
        """Return an open task. Raises TaskNotOpen."""
        return self._execution.open_tasks[self._token_of(task_id).id]

    def barred_from(self, task_id: str) -> tuple[str, ...]:
        """Return who may not do an open task because of an earlier step. Raises TaskNotOpen."""
        token = self._token_of(task_id)
        return self._execution.performers_of(_user_task(token).assignment.separate_from, token)

    # -- what may be done to them

    def check_may_work(
        self, task_id: str, user: str, groups: Collection[str], *, on_behalf_of: str | None = None
    ) -> None:
        """Raise NotYourTask, AlreadyClaimed or SeparationOfDuties unless the user may work on the task now."""
        token = self._token_of(task_id)
        task, ask = self._execution.open_tasks[token.id], _user_task(token).assignment
        separate_from = ask.separate_from
        barred = self._execution.performers_of(separate_from, token) if separate_from else ()
        for person in (user, on_behalf_of):
            if person is not None and person in barred:
                raise SeparationOfDuties(f"{person} did an earlier step that {task.element_id} must be separate from")
        if task.assignee is not None:
            if task.assignee not in (user, on_behalf_of):
                raise AlreadyClaimed(f"task {task_id} is {task.assignee}'s", claimed_by=task.assignee)
        elif ask.names_nobody:
            return
        elif {user, on_behalf_of}.isdisjoint(task.candidate_users) and set(groups).isdisjoint(task.candidate_groups):
            raise NotYourTask(f"task {task_id} is not for {user}")

    def claim(self, task_id: str, user: str) -> None:
        """Give an unassigned task to a user."""
        task = self.task(task_id)
        if task.assignee is not None and task.assignee != user:
            raise AlreadyClaimed(f"task {task_id} is {task.assignee}'s", claimed_by=task.assignee)
        self._assign("task_claimed", task_id, user)

    def unclaim(self, task_id: str) -> None:
        """Give a claimed task back to its candidates."""
        task = self.task(task_id)
        if not task.candidate_groups and not task.candidate_users:
            raise NotYourTask(f"task {task_id} has no candidates to go back to")
        self._assign("task_unclaimed", task_id, None)

    def assign(self, task_id: str, user: str | None) -> None:
        """Give a task to somebody, whoever had it."""
        self._assign("task_assigned", task_id, user)

    def _assign(self, kind: str, task_id: str, user: str | None) -> None:
        token, execution = self._token_of(task_id), self._execution
        data: dict[str, Json] = {} if user is None else {"assignee": user}
        execution.journal.note(kind, token.task_spec.element_id, token.id, **data)
        record = execution.open_tasks[token.id]
        claimed_at = execution.act.at if user is not None else None
        execution.change_task(token, record._replace(assignee=user, claimed_at=claimed_at))
        _user_task(token).reassigned(token, record.assignee)
        if execution.journal.written:
            self._run()

    def clean_submission(self, task_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what of submitted data may be written. Raises FormInvalid, NotJsonSafe."""
        form_key = self.task(task_id).form_key
        if form_key is None:
            return data
        token = self._token_of(task_id)
        form, scope = self._execution.library.form(self._execution.definition_of(token), form_key), token.scope
        now = self._execution.act.at.astimezone(self._around.zone)
        return form.validate(named(data), self._around.seen_by(form, scope), now=now)

    def complete_task(self, task_id: str, data: Mapping[str, Any]) -> None:
        """Complete an open task with data that `clean_submission` returned, and run on to the next wait states."""
        token, execution, act = self._token_of(task_id), self._execution, self._execution.act
        element = token.task_spec.element_id
        task, given = execution.open_tasks[token.id], named(data)
        execution.journal.note("task_completed", element, token.id, names=list(given))
        performers = execution.performers.setdefault(execution.place_of(element, token), [])
        performers += [person for person in (act.by, act.on_behalf_of) if person and person not in performers]
        execution.change_task(token, task._replace(
            status="completed", ended_at=act.at, ended_by=act.by, on_behalf_of=act.on_behalf_of,
            assignee=task.assignee or act.by,
        ))
        self._bar_performers(element, token)
        self._resume(token, given)

    def _bar_performers(self, element: str, done: Token) -> None:
        """Take open tasks that must be separate from `element` away from those who have just done it."""
        execution = self._execution
        for number, record in list(execution.open_tasks.items()):
            token = execution.tasks[number]
            separate_from = _user_task(token).assignment.separate_from
            if element in separate_from and execution.call_around(number) == execution.call_around(done.id):
                barred = execution.performers_of(separate_from, token)
                if barred != record.excluded_users:
                    execution.change_task(token, record._replace(excluded_users=barred))

    def _token_of(self, task_id: str) -> Token:
        number = task_id.rpartition(":")[2]
        record = self._execution.open_tasks.get(int(number)) if number.isdecimal() and len(number) < 20 else None
        # A number has many spellings (007, ²): only the one that we gave out is the task's.
        if record is None or record.id != task_id:
            raise TaskNotOpen(f"task {task_id} is not open")
        return self._execution.tasks[int(number)]


def _user_task(token: Token) -> UserTask:
    node = token.task_spec
    assert isinstance(node, UserTask)
    return node
