"""What a person may start, and what may be started out of a case."""

from __future__ import annotations

from collections.abc import Iterator

from app.case.models import Case
from app.case.projection import register_of
from app.case.register import has_register
from app.people.queries import Person
from engine import Engine, ProcessDefinition


def may_start(definition: ProcessDefinition, person: Person) -> bool:
    """Tell whether a person may start a process by hand."""
    return definition.is_startable_by_hand and definition.may_be_started_by(person.id, person.groups)


def startable(engine: Engine, person: Person) -> Iterator[ProcessDefinition]:
    """Yield the newest versions of the processes that a person may start; one statement, and the definitions."""
    newest = {record.key: record.id for record in reversed(engine.store.definitions())}
    for key in sorted(newest):
        definition = engine.definition(newest[key])
        if may_start(definition, person):
            yield definition


def startable_out_of_a_case(engine: Engine, person: Person) -> list[ProcessDefinition]:
    """Return those of them whose start form asks for the case that the new one grows out of."""
    return [definition for definition in startable(engine, person) if origin_field(engine, definition)]


def origin_field(engine: Engine, definition: ProcessDefinition) -> str:
    """Return the field of a process's start form that holds the number of the origin; empty where there is none."""
    if not has_register(definition.properties):
        return ""
    field = register_of(definition).origin
    return field if field in _fields(engine, definition) else ""


def grown_out_of(engine: Engine, definition: ProcessDefinition, origin: Case) -> dict[str, str]:
    """Return what the start form holds already when a process is started out of a case.

    The title of a confidential case is not handed on: more people may read the new one.
    """
    register, fields = register_of(definition), _fields(engine, definition)
    filled = {register.origin: origin.number}
    if register.title in fields and not origin.confidential:
        filled[register.title] = origin.title
    return filled


def _fields(engine: Engine, definition: ProcessDefinition) -> set[str]:
    form = engine.start_form(definition)
    return set(form.labels()) if form is not None else set()
