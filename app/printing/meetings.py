"""What meetings print: the agenda of all that waits for one, and the minutes of what was recorded in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from reportlab.platypus import Flowable
from sqlalchemy import select

from app.case.access import Reader, own_cases, reads_all
from app.case.models import Case, Database
from app.case.prints import MEETING
from app.case.privacy import masked
from app.case.register import Register
from app.case.sight import Sight
from app.dossier.facts import in_words, labels_of
from app.dossier.timeline import answers_of, option_of
from app.people.queries import names
from app.printing.layout import (
    CELL,
    Pair,
    dated,
    day,
    facts_table,
    gap,
    heading,
    line,
    ordinal,
    paragraphs,
    rows_table,
    section,
    signed,
    together,
)
from app.printing.paper import UPRIGHT
from app.register.columns import cell, columns_of
from engine import Engine, ProcessDefinition, ProcessInstance
from engine.form import Field
from engine.store import TaskRecord
from engine.store.tables import TaskRow


@dataclass(frozen=True, slots=True)
class Sitting:
    """One meeting about a case: what it is called, when it was recorded, by whom, and what the form says of it.

    `units`: whose meeting it was, where several have met on their own.
    """

    meeting: str
    units: Sequence[str]
    at: datetime
    by: str
    fields: Sequence[tuple[Field, Any]]


def meetings_of(definition: ProcessDefinition) -> dict[str, list[str]]:
    """Return the meetings of a process, by name, with the elements at which cases wait for each."""
    found: dict[str, list[str]] = {}
    for element in definition.elements.values():
        if name := element.properties.get(MEETING, "").strip():
            found.setdefault(name, []).append(element.id)
    return found


def waiting_for(
    session: Database, tenant: str, register: Register, elements: Sequence[str], reader: Reader
) -> Sequence[Case]:
    """Return the cases that wait at these elements, of those that the reader may read, by number."""
    waiting = select(TaskRow.instance_id).where(
        TaskRow.tenant == tenant, TaskRow.status == "open", TaskRow.definition_key == register.process_key,
        TaskRow.element_id.in_(elements),
    )  # fmt: skip
    found = select(Case).where(Case.tenant == tenant, Case.instance_id.in_(waiting))
    if not reads_all(register, reader):
        found = found.where(Case.instance_id.in_(own_cases(tenant, reader)))
    return session.scalars(found.order_by(Case.number)).all()


def agenda(
    cases: Sequence[Case], definition: ProcessDefinition, register: Register, groups: Mapping[str, str], *,
    meeting: str, title: str, at: datetime,
) -> list[Flowable]:
    """Return the agenda of a meeting: each matter that waits for it, with what its register and its content say."""
    columns = [column for column in columns_of(definition, register) if not column.name.startswith("case.")]
    asked = labels_of(definition).get(register.content, "")
    story: list[Flowable] = [heading(f"{meeting}{title}"), line(f"（{day(at)}）", size=15.75), gap()]
    if not cases:
        return [*story, *paragraphs(_("No matter waits for this meeting."))]
    for number, case in enumerate(cases, start=1):
        story += [together(), section(f"{ordinal(number)}、{case.title}")]
        words = [
            f"{column.label}：{dated(text)}" for column in columns
            if (text := cell(column, case, register, groups, plain=False))
        ]  # fmt: skip
        story += paragraphs("；".join([f"{_('Number')}：{case.number}", *words]) + "。")
        if asked and case.content and register.content not in register.private:
            story += paragraphs(f"{asked}：{case.content}")
    return story


def read_sittings(
    engine: Engine, session: Database, instance: ProcessInstance, register: Register, sight: Sight, *,
    confidential: bool,
) -> list[Sitting]:
    """Return the meetings that a case has been through, as their forms recorded them, the first first."""
    tasks = engine.store.tasks(instance_id=instance.id, status=None)
    done = {task.id.rpartition(":")[2]: task for task in tasks if task.status == "completed"}
    called = names(session, engine.store.tenant, {task.ended_by for task in done.values() if task.ended_by})
    events = engine.events(instance.id)
    answers, sittings = answers_of(events), []
    hosts: dict[str, set[tuple[str, ...]]] = {}
    for each in done.values():
        hosts.setdefault(each.element_id, set()).add(tuple(each.candidate_groups))
    for event in events:
        task = done.get(str(event.token)) if event.kind == "task_completed" else None
        if task is None or not (meeting := _meeting(engine, task)):
            continue
        given = {key: answers.get((event.at, key)) for key in event.data.get("names", ())}
        shown = given if sight.plain else masked(register.private, given, confidential=confidential)
        fields = list(_filled_in(engine, task, shown))
        units = task.candidate_groups if len(hosts[task.element_id]) > 1 else ()
        sittings.append(Sitting(meeting, units, event.at, called.get(task.ended_by or "", ""), fields))
    return sittings


def minutes(
    case: Case, register: Register, sittings: Sequence[Sitting], groups: Mapping[str, str], title: str
) -> list[Flowable]:
    """Return the minutes of all meetings about a case: attendance, opinions, votes, resolution, as recorded."""
    story: list[Flowable] = [heading(f"{case.title}{title}"), line(f"{register.name}　{case.number}"), gap()]
    for number, sitting in enumerate(sittings, start=1):
        name = " ".join([sitting.meeting, *(groups.get(unit, unit) for unit in sitting.units)])
        story += [together(), section(f"{ordinal(number)}、{name}（{day(sitting.at)}）")]
        story += _recorded(sitting, groups)
        story += [signed(_("Recorded by %(who)s", who=sitting.by)), signed(day(sitting.at)), gap()]
    return story


def _recorded(sitting: Sitting, groups: Mapping[str, str]) -> Iterator[Flowable]:
    """Yield what a meeting's form says: short answers as a table, lists as tables, long ones as paragraphs."""
    short: list[Pair] = []
    rest: list[Flowable] = []
    for field, value in sitting.fields:
        if field.type == "dynamiclist":
            rest += _listed(field, value, groups)
        elif text := dated(_in_words(field, value, groups)):
            if field.type == "textarea":
                rest += paragraphs(f"{field.label}：{text}")
            else:
                short.append((field.label, text, False))
    if short:
        yield facts_table(short, UPRIGHT)
        yield gap()
    yield from rest


def _listed(field: Field, value: object, groups: Mapping[str, str]) -> Iterator[Flowable]:
    columns = [each for root in field.components for each in root.walk() if each.has_value]
    rows = [
        [dated(_in_words(each, row.get(each.path[-1]), groups)) for each in columns]
        for row in (value if isinstance(value, list) else ()) if isinstance(row, dict)
    ]  # fmt: skip
    if columns and rows:
        yield together()
        yield line(field.label, size=CELL, side="left")
        shares = [1.0, *(3.0 for _each in columns[1:])]
        yield rows_table([each.label for each in columns], rows, UPRIGHT, shares=shares)
        yield gap()


def _in_words(field: Field, value: object, groups: Mapping[str, str]) -> str:
    if isinstance(value, list):
        return "、".join(filter(None, (_in_words(field, each, groups) for each in value)))
    return in_words(option_of(field, value) if isinstance(value, str) else value, groups)


def _filled_in(engine: Engine, task: TaskRecord, given: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    form = engine.form(task)
    for field in _top(form.fields) if form else ():
        if field.label and field.path and given.get(field.path[0]) not in (None, "", []):
            yield field, given[field.path[0]]


def _top(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield the fields of a form, those of groups too, but not those within the rows of a list."""
    for field in fields:
        yield field
        if field.type != "dynamiclist":
            yield from _top(field.components)


def _meeting(engine: Engine, task: TaskRecord) -> str:
    return engine.definition(task.definition_id).element(task.element_id).properties.get(MEETING, "").strip()
