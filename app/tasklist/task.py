"""What the page of one task shows: the task, whether the reader may work on it, its form, and the case around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import to_user_timezone

from app.case.models import Case, Database
from app.case.privacy import masked
from app.case.projection import register_of
from app.dossier.light import Light, light
from app.dossier.reading import Dossier, read_dossier
from app.people.queries import Person, group_names, names, offered
from app.tasklist.models import Draft
from engine import Engine, ProcessInstance
from engine.form import Form
from engine.store import TaskRecord


@dataclass(frozen=True, slots=True)
class TaskPage:
    """All that the task's templates say."""

    record: TaskRecord
    case: Case | None
    light: Light
    act: str
    documentation: str
    assignee_name: str
    candidates: Sequence[str]
    is_mine: bool
    for_whom: str  # what the person is called on whose behalf the reader may do it
    may_work: bool
    why_not: str
    form: Mapping[str, Any]
    draft_at: datetime | None
    dossier: Dossier

    @property
    def can_claim(self) -> bool:
        """Tell whether the reader may take it for himself."""
        return self.may_work and self.record.assignee is None

    @property
    def can_unclaim(self) -> bool:
        """Tell whether the reader may give it back to the group it came from."""
        is_offered = bool(self.record.candidate_groups or self.record.candidate_users)
        return is_offered and (self.is_mine or (bool(self.for_whom) and self.record.assignee is not None))


def read_task(engine: Engine, session: Database, reader: Person, record: TaskRecord, now: datetime) -> TaskPage:
    """Return the page of an open task."""
    instance = engine.instance(record.instance_id)
    definition = instance.definition_of(record)  # of a called process, where a call activity has made the task
    element = definition.element(record.element_id)
    tenant = engine.store.tenant
    dossier = read_dossier(engine, session, reader, instance)
    draft = session.get(Draft, (tenant, reader.id, record.id))
    is_mine = record.assignee == reader.id
    owner = engine.acts_for(record, reader.id)
    may_work = engine.may_work_on(record, reader.id)
    people = names(session, tenant, {login for login in (owner, record.assignee) if login})
    form = engine.form(record)
    return TaskPage(
        record=record, case=dossier.case, light=light(record.due_at, now),
        act=element.properties.get("task.act") or _("Complete"), documentation=element.documentation,
        assignee_name=people[record.assignee] if record.assignee else "",
        candidates=_offered_to(session, tenant, record), is_mine=is_mine, may_work=may_work,
        for_whom=people[owner] if owner else "",
        why_not=_why_not(record, reader, is_mine),
        form=_form(session, tenant, record, form, _seen(dossier, instance, record), draft,
                   may_work=may_work, now=now),
        draft_at=draft.saved_at if draft else None, dossier=dossier,
    )  # fmt: skip


def _seen(dossier: Dossier, instance: ProcessInstance, record: TaskRecord) -> Mapping[str, Any]:
    """Return the variables that the form may show this reader: private ones masked where the case's rules say so.

    What was revealed stands among the facts, where it is masked again in time; a form would hold on to it.
    """
    variables, case = instance.variables_at(record.id), dossier.case
    if case is None or dossier.sight.plain:
        return variables
    return masked(register_of(instance.definition).private, variables, confidential=case.confidential)


def _form(
    session: Database, tenant: str, record: TaskRecord, form: Form | None, variables: Mapping[str, Any],
    draft: Draft | None, *, may_work: bool, now: datetime,
) -> dict[str, Any]:
    """Return what the page's script needs to draw the form and to send it."""
    known = {**variables, **offered(session, tenant, now, form.reads)} if form else {}
    data = form.input_data(known, now=to_user_timezone(now)) if form else {}
    return {
        "schema": form.schema if form else {"type": "default", "id": "nothing_to_fill_in", "components": []},
        "data": {**data, **(draft.data if draft else {})},
        "submit": url_for("tasklist.complete", task_id=record.id),
        "draft": url_for("tasklist.save_draft", task_id=record.id) if may_work else None,
        "isReadOnly": not may_work,
    }


def _offered_to(session: Database, tenant: str, record: TaskRecord) -> list[str]:
    groups = group_names(session, tenant, record.candidate_groups)
    people = names(session, tenant, record.candidate_users)
    return [groups.get(group, group) for group in record.candidate_groups] + list(people.values())


def _why_not(record: TaskRecord, reader: Person, is_mine: bool) -> str:
    if reader.id in record.excluded_users:
        return _("You did an earlier step of this case, so somebody else has to do this one.")
    if record.assignee and not is_mine:
        return _("Somebody else is working on this task. You can read it.")
    return _("This task belongs to other people or groups. You can read it.")
