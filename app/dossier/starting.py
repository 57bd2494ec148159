"""What a person may start, at which of its start events, and what may be started out of a case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.case.models import Case
from app.case.projection import register_of
from app.case.register import has_register
from app.people.queries import Person
from engine import Engine, ProcessDefinition


@dataclass(frozen=True, slots=True)
class Offer:
    """A process that may be started; where it begins in several ways, one of them: `start` names its start event."""

    definition: ProcessDefinition
    start: str | None = None
    way: str = ""
    documentation: str = ""
    act: str = ""

    @property
    def name(self) -> str:
        """Return what it is called: the process, and the way where there are several."""
        return f"{self.definition.name} · {self.way}" if self.way else self.definition.name


def may_start(definition: ProcessDefinition, person: Person) -> bool:
    """Tell whether a person may start a process by hand."""
    return definition.is_startable_by_hand and definition.may_be_started_by(person.id, person.groups)


def offers_of(definition: ProcessDefinition) -> list[Offer]:
    """Return the ways in which a process begins by hand: one for each plain start event."""
    starts = definition.plain_starts
    offers = []
    for event in starts:
        element = definition.element(event.element_id)
        name, way = (event.name, event.label or event.element_id) if len(starts) > 1 else (None, "")
        offers.append(Offer(definition, name, way, element.documentation, element.properties.get("task.act", "")))
    return offers or [Offer(definition)]


def startable(engine: Engine, person: Person) -> Iterator[Offer]:
    """Yield what a person may start of the processes' newest versions; one statement, and the definitions."""
    newest = {record.key: record.id for record in reversed(engine.store.definitions())}
    for key in sorted(newest):
        definition = engine.definition(newest[key])
        if may_start(definition, person):
            yield from offers_of(definition)


def startable_out_of_a_case(engine: Engine, person: Person) -> list[Offer]:
    """Return that of it whose start form asks for the case that the new one grows out of."""
    return [offer for offer in startable(engine, person) if origin_field(engine, offer)]


def origin_field(engine: Engine, offer: Offer) -> str:
    """Return the field of a start form that holds the number of the origin; empty where there is none."""
    if not has_register(offer.definition.properties):
        return ""
    field = register_of(offer.definition).origin
    return field if field in _fields(engine, offer) else ""


def grown_out_of(engine: Engine, offer: Offer, origin: Case) -> dict[str, str]:
    """Return what the start form holds already when a process is started out of a case.

    The title of a confidential case is not handed on: more people may read the new one.
    """
    register, fields = register_of(offer.definition), _fields(engine, offer)
    filled = {register.origin: origin.number}
    if register.title in fields and not origin.confidential:
        filled[register.title] = origin.title
    return filled


def _fields(engine: Engine, offer: Offer) -> set[str]:
    form = engine.start_form(offer.definition, offer.start)
    return set(form.labels()) if form is not None else set()
