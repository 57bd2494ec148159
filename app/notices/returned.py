"""Tells people that their work has come back to them: a step that they have done, or a case that they have begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Text, bindparam, func, select

from app.case import bell
from app.case.models import Database
from app.dossier.outcome import who_do
from app.i18n import N_
from app.people.queries import names
from engine import ProcessInstance
from engine.history import Act
from engine.store import Change, TaskRecord
from engine.store.tables import TaskRow, of_instance

CAME_BACK = N_("“%(task)s” has come back to you")
CAME_BACK_FROM = N_("“%(task)s” has come back to you from %(person)s")
MOST = 100
"""How many of a case's latest steps are looked at."""


def return_teller(session: Database, tenant: str) -> Callable[[Change, ProcessInstance], None]:
    """Return the hook that tells whose work a step of somebody else has given back.

    A step comes back to who did it last of those who may do it now, and one that nobody has done yet to who began the
    case, where it is offered to that person by name. What somebody repeats alone has not come back.
    """

    def tell(change: Change, instance: ProcessInstance) -> None:
        repeated = {task.element_id for task in change.tasks_changed if task.status == "completed"}
        opened = [task for task in change.tasks_opened if task.status == "open" and task.element_id not in repeated]
        if change.is_new or not opened:
            return
        act, begun_by, done = instance.execution.act, change.instance.started_by, _done(session, tenant, instance.id)
        for task in opened:
            doers = [person for element_id, person in done if element_id == task.element_id]
            if doers:
                theirs = who_do(session, tenant, task, act.at)
                back = next((person for person in doers if person in theirs), None)
                is_alone = done[0] == (task.element_id, back)
            else:
                back, is_alone = begun_by if begun_by in task.candidate_users else None, False
            if back is not None and back not in (act.by, act.on_behalf_of) and not is_alone:
                _tell(session, tenant, task, back, act)

    return tell


# Asked whenever a task opens, so it is put together once.
_OWNER = func.coalesce(TaskRow.on_behalf_of, TaskRow.ended_by)
_DONE = (
    select(TaskRow.element_id, _OWNER)
    .where(
        TaskRow.tenant == bindparam("tenant"), of_instance(bindparam("instance", type_=Text)),
        TaskRow.status == "completed", _OWNER.is_not(None),
    )
    .order_by(TaskRow.ended_at.desc(), func.length(TaskRow.id).desc(), TaskRow.id.desc())
    .limit(MOST)
)  # fmt: skip


def _done(session: Database, tenant: str, instance_id: str) -> Sequence[tuple[str, str]]:
    """Return which steps were done by whom, or on whose behalf, the latest first."""
    found = session.connection().execute(_DONE, {"tenant": tenant, "instance": instance_id})
    return [(row[0], row[1]) for row in found]


def _tell(session: Database, tenant: str, task: TaskRecord, person: str, act: Act) -> None:
    params = {"number": task.business_key, "task": task.name, "path": f"/tasks/{task.id}"}
    text = CAME_BACK
    if act.by is not None:
        text, params["person"] = CAME_BACK_FROM, names(session, tenant, [act.by])[act.by]
    bell.notify(
        session, tenant, [person], text, at=act.at, instance_id=task.instance_id, params=params, kind="returned"
    )
