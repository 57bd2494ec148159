"""Who has done what with a case and said what, from whom it came to whom, and who is still to have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.case.models import Database
from app.case.prints import CIRCULATION
from app.case.register import Register
from app.dossier.timeline import answers_of, chosen
from app.people.queries import group_names, names, offices_at
from engine import Engine, Event, ProcessInstance
from engine.feel import from_json
from engine.store import TaskRecord

TO_COME = ("待阅", "缺岗")
"""In which states a reader has no task yet."""


@dataclass(frozen=True, slots=True)
class Station:
    """One task of a case: its kind (拟办, 批示, 阅知 …), who, of which office, what was said, come and done when."""

    kind: str
    who: str
    office: str
    said: str
    came_at: datetime
    done_at: datetime | None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A reader who is still to have it, why (待阅, 缺岗), and until when as far as that is known."""

    who: str
    state: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Circulation:
    """Where a case is and has been, and where it is still to go."""

    stations: Sequence[Station]
    awaited: Sequence[Awaited]

    @property
    def done(self) -> int:
        """Return how many stations are done."""
        return sum(station.done_at is not None for station in self.stations)

    @property
    def count(self) -> int:
        """Return how many there are, with those to come that are known."""
        return len(self.stations) + len(self.awaited)


def read_whole_circulation(
    engine: Engine, session: Database, register: Register, instance: ProcessInstance
) -> Circulation | None:
    """Return a case's circulation with the readers to come; None where the process declares none."""
    if not any(CIRCULATION in element.properties for element in instance.definition.elements.values()):
        return None
    to_come = list(_to_come(engine, register, instance)) if instance.status == "active" else []
    called = names(session, engine.store.tenant, [row["person"] for row in to_come if row["person"]])
    groups = group_names(session, engine.store.tenant) if to_come else {}
    return Circulation(
        read_circulation(engine, session, instance),
        [
            Awaited(called.get(row["person"]) or groups.get(row["unit"], ""), row["state"], row["away_until"])
            for row in to_come
        ],
    )  # fmt: skip


def _to_come(engine: Engine, register: Register, instance: ProcessInstance) -> Iterator[Mapping[str, Any]]:
    """Yield the readers without a task and without an end, as the declared variable has them."""
    rows = from_json(instance.variables.get(register.circulation)) if register.circulation else None
    having = {name for task in instance.open_tasks for name in (*task.candidate_users, *task.candidate_groups)}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("state") not in TO_COME:
            continue
        known: dict[str, Any] = {name: row.get(name) for name in ("person", "unit", "state")}
        if (known["person"] or known["unit"]) not in having:
            until = row.get("away_until")
            yield {**known, "away_until": until if isinstance(until, datetime) else None}


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
    logins = {
        login for task in kept for login in (task.ended_by, task.on_behalf_of, task.assignee, *task.candidate_users)
        if login
    }  # fmt: skip
    called, groups = names(session, tenant, logins), group_names(session, tenant)
    offices = offices_at(session, tenant, {task.ended_by: task.ended_at for task in kept
                                           if task.ended_by and task.ended_at})  # fmt: skip
    return [
        Station(
            kinds[task.id] or task.name, _who(task, called), _office(task, offices, groups), said.get(task.id, ""),
            task.created_at, task.ended_at, task.due_at,
        )
        for task in kept
    ]  # fmt: skip


def _who(task: TaskRecord, called: Mapping[str, str]) -> str:
    login = task.ended_by or task.assignee
    if login is None:
        return "、".join(called[user] for user in task.candidate_users)
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
