"""What a case has to do with others, as a reader may see it: its origin, what grew out of it, what is related.

Of a case that the reader may not read nothing is shown, not even that there is a link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from flask_babel import gettext as _

from app.case.access import readable
from app.case.links import BY_HAND, DUPLICATE, Linked, family_of, links_of
from app.case.models import Case, Database
from app.case.projection import register_of
from app.case.register import Register
from app.dossier.facts import in_words, labels_of, options_of, rows_of
from app.dossier.light import Light, light_of_case
from app.dossier.timeline import Entry
from app.dossier.viewers import as_reader
from app.people.queries import Person, group_names
from engine import Engine

MOST_COURSES = 50
"""Of how many linked cases the course is shown: the nearest, and of those as near the newest."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link with a case that the reader may read."""

    linked: Linked
    process: str
    unit: str
    light: Light
    outcome: Sequence[tuple[str, str]]

    @property
    def case(self) -> Case:
        """Return the other case."""
        return self.linked.case

    @property
    def is_duplicate(self) -> bool:
        """Tell whether the two are the same matter."""
        return self.linked.link.kind == DUPLICATE

    @property
    def stands(self) -> bool:
        """Tell whether it was not removed."""
        return self.linked.link.removed_at is None


@dataclass(frozen=True, slots=True)
class Links:
    """A case's links that the reader may see, those that were removed included."""

    every: Sequence[Link]

    @property
    def origin(self) -> Link | None:
        """Return the case that this one grew out of."""
        return next((link for link in self.every if link.stands and link.linked.is_origin), None)

    @property
    def grown(self) -> list[Link]:
        """Return the cases that grew out of this one."""
        return [link for link in self.every if link.stands and link.linked.grew_out]

    @property
    def related(self) -> list[Link]:
        """Return the cases that people have linked."""
        return [link for link in self.every if link.stands and link.linked.link.kind in BY_HAND]

    @property
    def count(self) -> int:
        """Return how many links stand."""
        return sum(link.stands for link in self.every)

    def find(self, link_id: int | None) -> Link | None:
        """Return the link with this id, also a removed one."""
        return next((link for link in self.every if link.linked.link.id == link_id), None)

    def told(self) -> Iterator[Entry]:
        """Yield what this case's course tells of its links."""
        for each in self.every:
            link, number = each.linked.link, each.case.number
            yield Entry(link.at, "act", "link", _title(each, number), link.by or None)
            if link.removed_at is not None:
                text = _("removed the link with %(number)s", number=number)
                yield Entry(link.removed_at, "act", "x", text, link.removed_by or None)


def read_links(engine: Engine, session: Database, reader: Person, case: Case, now: datetime) -> Links:
    """Return a case's links with cases that this reader may read; the same few statements however many there are."""
    linked = links_of(session, case)
    if not linked:
        return Links(())
    registers = {each.case.definition_id: register_of(engine.definition(each.case.definition_id)) for each in linked}
    pairs = [(registers[each.case.definition_id], each.case) for each in linked]
    known = readable(session, pairs, as_reader(reader))
    groups = group_names(session, case.tenant)
    words = cache(lambda name: (labels_of(engine.definition(name)), options_of(engine.definition(name))))
    return Links([
        Link(
            each, register.name, groups.get(each.case.unit, each.case.unit), light_of_case(each.case, now),
            _outcome(register, each.case, groups, words),
        )
        for each, (register, _case) in zip(linked, pairs, strict=True) if each.case.instance_id in known
    ])  # fmt: skip


def read_family(engine: Engine, session: Database, reader: Person, case: Case) -> tuple[list[Case], int]:
    """Return what a case grew out of, and what grew out of it, the nearest first, and how many more there are.

    Beyond a case that the reader may not read nothing is shown either: it would tell that there is something between.
    """
    pairs, cases = family_of(session, case)
    registers = {each.definition_id: register_of(engine.definition(each.definition_id)) for each in cases.values()}
    known = readable(session, [(registers[each.definition_id], each) for each in cases.values()], as_reader(reader))
    found: dict[str, Case] = {}
    for start, end in (1, 0), (0, 1):  # up to the origins, then down to what has grown
        edge = {case.instance_id}
        while edge:
            near = {pair[start] for pair in pairs if pair[end] in edge and pair[start] in known}
            edge = near - found.keys()
            found.update((each, cases[each]) for each in sorted(edge, reverse=True))
    return list(found.values())[:MOST_COURSES], max(0, len(found) - MOST_COURSES)


def _outcome(
    register: Register, case: Case, groups: Mapping[str, str],
    words: Callable[[str], tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]],
) -> list[tuple[str, str]]:
    """Return what a case's process declares as its outcome, as far as it is known; no label where no form has one."""
    names = [name for name in register.outcome or register.result_fields if name in case.results]
    labels, options = words(case.definition_id) if names else ({}, {})
    said = (
        (labels.get(name, ""), in_words(case.results[name], {**groups, **options.get(name, {})}, rows_of(labels, name)))
        for name in names
    )
    return [(label, text) for label, text in said if text]


def _title(each: Link, number: str) -> str:
    if each.linked.is_origin:
        return _("brought it up out of %(number)s", number=number)
    if each.linked.grew_out:
        return _("brought up %(number)s out of it", number=number)
    if each.is_duplicate:
        return _("linked it with %(number)s as the same matter", number=number)
    return _("linked it with %(number)s", number=number)
