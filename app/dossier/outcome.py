"""Tells those who look after a case what came of the one that grew out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from app.case.access import Reader, may_read
from app.case.bell import notify
from app.case.models import Case, Database
from app.case.origin import Tell
from app.case.register import Register
from app.i18n import N_
from app.people.queries import members
from engine.store import TaskRecord

CLOSED = N_("“%(process)s” %(grown)s, which grew out of this case, is closed: %(state)s")
OpenTasks = Callable[[str], Sequence[TaskRecord]]


def outcome_teller(
    session: Database, tenant: str, open_tasks: OpenTasks, reader_of: Callable[[str], Reader]
) -> Tell:
    """Return what puts a line under the bells of an origin's people when a case that grew out of it is closed.

    They are those who have an open task of the origin, or who opened it where nobody has; of them those who may read
    the other case: a notice tells no more than a page would.
    """

    def tell(origin: Case, closed: Case, register: Register, at: datetime) -> None:
        tasks = open_tasks(origin.instance_id)
        people = dict.fromkeys(login for task in tasks for login in who_do(session, tenant, task, at))
        asked = list(people) or [origin.opened_by] * bool(origin.opened_by)
        told = [login for login in asked if may_read(session, register, closed, reader_of(login))]
        params = {
            "number": origin.number, "process": register.name, "grown": closed.number, "state": closed.state,
        }  # fmt: skip
        notify(session, tenant, told, CLOSED, at=at, instance_id=origin.instance_id, params=params, kind="outcome")

    return tell


def who_do(session: Database, tenant: str, task: TaskRecord, at: datetime) -> list[str]:
    """Return who has a task in hand, or may take it."""
    if task.assignee is not None:
        return [task.assignee]
    in_groups = [login for group in task.candidate_groups for login in members(session, tenant, group, at)]
    return [login for login in (*task.candidate_users, *in_groups) if login not in task.excluded_users]
