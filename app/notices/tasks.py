"""Who is told of a new task: who is asked for by name at once, in the same transaction; groups by who wants it so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, literal_column, select
from sqlalchemy.orm import aliased

from app.case import bell
from app.case.models import Database, NoticeChoice, Notification
from app.duty.reading import acting_in
from app.i18n import N_
from app.people.queries import groups_of, names
from engine import ProcessInstance
from engine.history import read_events
from engine.store import Change, TaskRecord
from engine.store.tables import TaskCandidateRow, TaskRow

MINE = N_("“%(task)s” is to be done by you")
FOR_ANOTHER = N_("“%(task)s” is to be done by you for %(person)s")
OURS = N_("“%(task)s” is to be done by your group")
LOOK_BACK = timedelta(minutes=15)
"""How far back new tasks of groups are looked for: longer than any transaction lasts."""
MOST = 200
_OPEN: ColumnElement[bool] = literal_column("task.status = 'open'")


def task_teller(session: Database, tenant: str) -> Callable[[Change, ProcessInstance], None]:
    """Return the hook that tells those to whom a step gives a task by name, unless they have done so themselves."""

    def tell(change: Change, instance: ProcessInstance) -> None:
        act = instance.execution.act
        for task in (*change.tasks_opened, *_assigned(change)):
            if task.status == "open" and task.assignee not in (None, act.by, act.on_behalf_of):
                owner = str(task.assignee)
                _tell(session, tenant, owner, MINE, task, kind="task", at=act.at)
                for person in acting_in(session, tenant, task, act.at):
                    name = names(session, tenant, [owner])[owner]
                    _tell(session, tenant, person, FOR_ANOTHER, task, kind="task", at=act.at, person=name)

    return tell


def _assigned(change: Change) -> Iterable[TaskRecord]:
    """Return the tasks that a step has given to somebody who did not claim them."""
    if not change.tasks_changed or change.step is None or '"task_assigned"' not in change.step.record:
        return ()
    given = {event.token for event in read_events([change.step], ()) if event.kind == "task_assigned"}
    return [task for task in change.tasks_changed if int(task.id.rpartition(":")[2]) in given]


def tell_groups(session: Database, tenant: str, *, at: datetime) -> int:
    """Tell those of new tasks of their groups who want that at once; return how many notices there were.

    The tasks' rows say what is new, so that no completion writes a row for each member of a group.
    """
    wanted = select(NoticeChoice.user).where(
        NoticeChoice.tenant == tenant, NoticeChoice.kind == "group_task", NoticeChoice.way.in_(bell.FIRM)
    )
    told = 0
    for user in session.scalars(wanted.order_by(NoticeChoice.user)).all():
        for task in session.scalars(_new(tenant, user, sorted(groups_of(session, tenant, user, at)), at)).all():
            _tell(session, tenant, user, OURS, task, kind="group_task", at=at)
            told += 1
    return told


def _new(tenant: str, user: str, groups: Collection[str], at: datetime) -> Select[TaskRow]:
    candidate, barred = aliased(TaskCandidateRow), aliased(TaskCandidateRow)
    offered = select(candidate.task_id).where(
        candidate.tenant == tenant, candidate.kind == "group", candidate.name.in_(groups)
    )
    is_told = exists().where(
        Notification.tenant == tenant, Notification.user == user, Notification.task_id == TaskRow.id
    )
    is_barred = exists().where(
        barred.tenant == tenant, barred.task_id == TaskRow.id, barred.kind == "excluded", barred.name == user
    )
    return select(TaskRow).where(
        TaskRow.tenant == tenant, _OPEN, TaskRow.assignee.is_(None), TaskRow.created_at > at - LOOK_BACK,
        TaskRow.id.in_(offered), ~is_told, ~is_barred,
    ).order_by(TaskRow.created_at, TaskRow.id).limit(MOST)  # fmt: skip


def _tell(
    session: Database, tenant: str, user: str, text: str, task: TaskRecord | TaskRow, *, kind: str, at: datetime,
    **more: str,
) -> None:
    params = {"number": task.business_key, "task": task.name, "path": f"/tasks/{task.id}", **more}
    # A task may be given to the same person again; what is derived from its row is told once.
    once = task.id if kind == "group_task" else None
    bell.notify(
        session, tenant, [user], text, at=at, instance_id=task.instance_id, params=params, kind=kind, task_id=once
    )
