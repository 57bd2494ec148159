"""The case beside a task and on its own page: its facts, course, files and talk, as the reader may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select

from app.case.access import may_read
from app.case.disclosures import disclosures_of
from app.case.errors import CaseNotFound
from app.case.models import Attachment, Case, Comment, Database
from app.case.projection import register_of
from app.case.queries import case_by_number
from app.case.register import Register
from app.case.sight import Sight, sight_of
from app.case.talk import comments_of
from app.dossier.course import course_of, courses_of
from app.dossier.facts import Fact, facts_of, labels_of
from app.dossier.links import Links, read_links
from app.dossier.timeline import Day, Entry, by_day
from app.dossier.viewers import as_reader, disclosed, may_know_viewers
from app.people.queries import Person, group_names, names
from engine import Engine, ProcessInstance
from engine.store import TaskRecord

LONGEST_LOGIN = 60


@dataclass(frozen=True, slots=True)
class Step:
    """A task that is waited for, and for whom."""

    id: str
    name: str
    who: str
    may_open: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that pages show of a case. `case` is None where the process keeps no register."""

    instance_id: str
    case: Case | None
    place: str
    unit: str
    facts: Sequence[Fact]
    days: Sequence[Day]
    waiting: Sequence[Step]
    stuck: Sequence[str]
    attachments: Sequence[Attachment]
    comments: Sequence[Comment]
    people: Mapping[str, str]
    sight: Sight
    links: Links
    no_files_reason: str  # what the process says when this case takes no files
    disclosed: Sequence[Entry]  # what was shown of it and taken out, for those who may know

    @property
    def holds_revealed(self) -> bool:
        """Tell whether a masked value is shown for a while: such a page is kept nowhere."""
        return any(fact.until for fact in self.facts)

    @property
    def now_at(self) -> list[str]:
        """Return the names of the steps where it stands."""
        return list(dict.fromkeys(step.name for step in self.waiting))


def _stuck(instance: ProcessInstance) -> list[str]:
    """Return the names of the steps that could not be run."""
    elements = instance.definition.elements
    return [elements[at].name or at if at in elements else at for at in instance.stuck_at]


def read_dossier(
    engine: Engine, session: Database, reader: Person, instance: ProcessInstance, linked: Sequence[Case] = ()
) -> Dossier:
    """Return a case as this reader may see it, its course with those of these linked cases.

    Whether the reader may see it at all, and them, is the caller's to check.
    """
    tenant, definition = engine.store.tenant, instance.definition
    case = session.get(Case, (tenant, instance.id))
    register = register_of(definition) if case is not None else None
    events = engine.events(instance.id)
    tasks = engine.store.tasks(instance_id=instance.id)
    attachments = list(session.scalars(_files(tenant, instance.id)))
    comments = comments_of(session, tenant, instance.id)
    links = read_links(engine, session, reader, case, engine.clock.now()) if case is not None else Links(())
    entries = [*course_of(engine, events, definition, comments, attachments), *links.told()]
    entries += courses_of(engine, session, linked)
    groups = group_names(session, tenant)
    sight = Sight(plain=True)
    shown: list[Entry] = []
    if case is not None and register is not None:
        sight = sight_of(session, register, case, as_reader(reader), engine.clock.now())
        if may_know_viewers(register, reader) and (found := disclosures_of(session, tenant, instance.id)):
            shown = list(disclosed(found, labels_of(definition)))
    entries += shown
    variables = engine.variables(instance.id) if register is not None else {}
    said = {name: variables[name] for name in register.facts if name in variables} if register is not None else {}
    people = names(session, tenant, _logins(entries, tasks) | set(_words(said.values())))
    return Dossier(
        instance_id=instance.id, case=case,
        place=groups.get(case.place, case.place) if case else "", unit=groups.get(case.unit, case.unit) if case else "",
        facts=_facts(instance, variables, case, register, {**people, **groups}, sight),
        days=by_day(_named(entries, people)),
        stuck=_stuck(instance),
        waiting=[
            Step(task.id, task.name, _for_whom(task, people, groups), engine.may_work_on(task, reader.id))
            for task in tasks
        ],
        no_files_reason=register.no_files_reason if register else "",
        attachments=attachments, comments=comments, people=people, sight=sight, links=links,
        disclosed=list(_named(shown, people)),
    )  # fmt: skip


def may_read_case(session: Database, register: Register, case: Case, reader: Person) -> bool:
    """Tell whether the reader may read a case."""
    return may_read(session, register, case, as_reader(reader))


def find_readable(engine: Engine, session: Database, reader: Person, number: str) -> tuple[Case, Register]:
    """Return a case that the reader may read, with its register. Raises CaseNotFound, which tells nothing more."""
    case = case_by_number(session, engine.store.tenant, number)
    register = register_of(engine.definition(case.definition_id))
    if not may_read_case(session, register, case, reader):
        raise CaseNotFound(f"there is no case {number}")
    return case, register


def _facts(
    instance: ProcessInstance, variables: Mapping[str, Any], case: Case | None, register: Register | None,
    called: Mapping[str, str], sight: Sight,
) -> list[Fact]:
    if case is None or register is None:
        return []
    return facts_of(instance.definition, register, variables, called, sight=sight, confidential=case.confidential)


def _words(values: Iterable[object]) -> Iterator[str]:
    """Yield the short texts among values, which may name people: their names are asked for together with the others."""
    for value in values:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and len(each) <= LONGEST_LOGIN and each.isascii():
                yield each


def _files(tenant: str, instance_id: str) -> Select[Any]:
    own = select(Attachment).where(Attachment.tenant == tenant, Attachment.instance_id == instance_id)
    return own.order_by(Attachment.id)


def _logins(entries: Iterable[Entry], tasks: Iterable[TaskRecord]) -> set[str]:
    found = {login for entry in entries for login in (entry.who, entry.for_whom) if login}
    return found | {login for task in tasks for login in (task.assignee, *task.candidate_users) if login}


def _named(entries: Iterable[Entry], people: Mapping[str, str]) -> Iterator[Entry]:
    for entry in entries:
        who = people.get(entry.who or "", "")
        if entry.for_whom:
            who = _("%(who)s for %(other)s", who=who, other=people[entry.for_whom])
        yield replace(entry, who=who)


def _for_whom(task: TaskRecord, people: Mapping[str, str], groups: Mapping[str, str]) -> str:
    if task.assignee:
        return people[task.assignee]
    offered = [groups.get(group, group) for group in task.candidate_groups]
    return "、".join([*offered, *(people[user] for user in task.candidate_users)])

