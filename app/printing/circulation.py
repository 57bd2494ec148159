"""Who has done what with a case and said what, from whom it came to whom: the rows of a handling slip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from app.case.models import Database
from app.case.prints import CIRCULATION
from app.dossier.timeline import answers_of, chosen
from app.people.queries import group_names, names, offices_at
from engine import Engine, Event, ProcessInstance
from engine.store import TaskRecord


@dataclass(frozen=True, slots=True)
class Station:
    """One task of a case: its kind (拟办, 批示, 阅知 …), who, of which office, what was said, come and done when."""

    kind: str
    who: str
    office: str
    said: str
    came_at: datetime
    done_at: datetime | None


def read_circulation(engine: Engine, session: Database, instance: ProcessInstance) -> list[Station]:
    """Return the tasks of a case that count as its circulation, in the order in which they came.

    Those are the tasks with a `task.circulation`, which names their kind; all, where the process declares none. What
    was no longer needed is left out; what still waits has no end.
    """
    tenant, tasks = engine.store.tenant, engine.store.tasks(instance_id=instance.id, status=None)
    kept = [task for task in tasks if task.status in ("open", "completed")]
    kinds = {task.id: _properties(engine, task).get(CIRCULATION, "").strip() for task in kept}
    if any(kinds.values()):
        kept = [task for task in kept if kinds[task.id]]
    kept.sort(key=lambda task: (task.created_at, task.id))
    said = _said(engine, engine.events(instance.id), kept)
    logins = {login for task in kept for login in (task.ended_by, task.on_behalf_of, task.assignee) if login}
    called, groups = names(session, tenant, logins), group_names(session, tenant)
    offices = offices_at(session, tenant, {task.ended_by: task.ended_at for task in kept
                                           if task.ended_by and task.ended_at})  # fmt: skip
    return [
        Station(
            kinds[task.id] or task.name, _who(task, called), _office(task, offices, groups), said.get(task.id, ""),
            task.created_at, task.ended_at,
        )
        for task in kept
    ]  # fmt: skip


def _who(task: TaskRecord, called: Mapping[str, str]) -> str:
    login = task.ended_by or task.assignee
    if login is None:
        return ""
    if task.on_behalf_of:
        return _("%(who)s for %(other)s", who=called[login], other=called[task.on_behalf_of])
    return called[login]


def _office(task: TaskRecord, offices: Mapping[str, Sequence[str]], groups: Mapping[str, str]) -> str:
    """Return the office of whoever did it; of what still waits, those it waits for."""
    if task.ended_by:
        return "、".join(offices.get(task.ended_by, ()))
    return "、".join(groups.get(group, group) for group in task.candidate_groups)


def _said(engine: Engine, events: Sequence[Event], tasks: Iterable[TaskRecord]) -> dict[str, str]:
    answers, by_token = answers_of(events), {task.id.rpartition(":")[2]: task for task in tasks}
    said: dict[str, str] = {}
    for event in events:
        task = by_token.get(str(event.token)) if event.kind == "task_completed" else None
        if task is None:
            continue
        given = {key: answers.get((event.at, key)) for key in event.data.get("names", ())}
        opinion = given.get(_properties(engine, task).get("task.opinion", ""))
        words = [word for word in chosen(engine.form(task), given) if word != task.name]
        said[task.id] = "\n".join(filter(None, [*words, str(opinion or "")]))
    return said


def _properties(engine: Engine, task: TaskRecord) -> Mapping[str, str]:
    return engine.definition(task.definition_id).element(task.element_id).properties
