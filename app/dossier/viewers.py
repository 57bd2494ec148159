"""Who has viewed a case, in words, and what of it was shown and taken out, for those who may know it.

The readers of the whole register answer for it and may know. A unit that a case concerns sees its own views only: who
in the township looks into a matter about it is not its to know. Auditors find what was shown on their own page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.case.access import Reader, may_read, reads_all
from app.case.covers import owners
from app.case.disclosures import PRINT, REVEAL
from app.case.models import Case, CaseView, Database, Disclosure
from app.case.register import Register
from app.case.talk import note_view
from app.dossier.timeline import Entry
from app.people.queries import Person, names, offices_at
from engine import Engine

PAGE = 20


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has viewed a case, from which offices, and for whom he or she stood in."""

    name: str
    offices: str
    for_whom: str
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Viewers:
    """A page of those who have viewed a case; `is_whole`: all of them, else the reader alone."""

    listed: Sequence[Viewer]
    total: int
    page: int
    is_whole: bool

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def may_know_viewers(register: Register, reader: Person) -> bool:
    """Tell whether the reader may know who else has viewed a case of the register."""
    return reads_all(register, as_reader(reader))


def as_reader(person: Person) -> Reader:
    """Return the person as the one who reads a case."""
    return Reader(person.id, person.groups, person.covers)


def view_case(engine: Engine, session: Database, register: Register, case: Case, person: Person) -> None:
    """Note that a person has opened a case, and on whose behalf when the person could not read it otherwise."""
    for_whom = ""
    if person.covers and not may_read(session, register, case, Reader(person.id, person.groups)):
        tasks = engine.store.tasks(instance_id=case.instance_id)
        for_whom = next((owner for task in tasks for owner in owners(person.covers, task, person.id)), "")
    note_view(session, case, by=person.id, at=engine.clock.now(), for_whom=for_whom)


def read_viewers(session: Database, register: Register, case: Case, reader: Person, page: int) -> Viewers:
    """Return a page of those who have viewed a case, the latest first, as far as the reader may know."""
    is_whole = may_know_viewers(register, reader)
    wanted = [CaseView.tenant == case.tenant, CaseView.instance_id == case.instance_id]
    if not is_whole:
        wanted.append(CaseView.user == reader.id)
    total = int(session.scalar(select(func.count()).select_from(CaseView).where(*wanted)) or 0)
    page = max(1, min(page, -(-total // PAGE)))
    rows = session.scalars(
        select(CaseView).where(*wanted).order_by(CaseView.last_at.desc(), CaseView.user)
        .limit(PAGE).offset((page - 1) * PAGE)
    ).all()  # fmt: skip
    called = names(session, case.tenant, {login for row in rows for login in (row.user, row.for_whom) if login})
    offices = offices_at(session, case.tenant, {row.user: row.last_at for row in rows})
    listed = [
        Viewer(
            called[row.user], "、".join(offices.get(row.user, ())), called.get(row.for_whom, ""), row.first_at,
            row.last_at, row.times,
        )
        for row in rows
    ]  # fmt: skip
    return Viewers(listed, total, page, is_whole)


def disclosed(disclosures: Iterable[Disclosure], labels: Mapping[str, str]) -> Iterator[Entry]:
    """Yield what was shown and taken out of a case as lines of its course."""
    for each in disclosures:
        if each.kind == REVEAL:
            title = _("had “%(what)s” shown", what=labels.get(each.what, each.what))
            yield Entry(each.at, "system", "eye", title, each.user, None, each.reason)
        else:
            title = _("printed the case") if each.kind == PRINT else _("exported the case")
            yield Entry(each.at, "system", "printer", title, each.user)
