"""The prints of one case: the sheet that every case has, and the handling slip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _
from reportlab.platypus import Flowable

from app.case.models import Case
from app.case.register import Register
from app.dossier.circulation import Station
from app.dossier.facts import Fact
from app.dossier.reading import Dossier
from app.dossier.timeline import Entry
from app.printing.layout import (
    CELL,
    SMALL,
    Pair,
    dated,
    facts_table,
    gap,
    heading,
    line,
    moment,
    opinions_table,
    rows_table,
)
from app.printing.paper import UPRIGHT


def case_sheet(case: Case, register: Register, dossier: Dossier, *, size: float = SMALL) -> list[Flowable]:
    """Return a case on a sheet: where it stands, its facts, its course."""
    standing: list[Pair] = [
        (_("State"), case.state, False), (_("Opened"), moment(case.opened_at), False),
        (_("Responsible"), dossier.unit, False),
        (_("Due"), moment(case.due_at) if case.due_at else _("No time limit"), False),
    ]  # fmt: skip
    if case.closed_at:
        standing.append((_("Closed"), moment(case.closed_at), False))
    if dossier.waiting:
        standing.append((_("Next step"), "、".join(f"{step.name}（{step.who}）" for step in dossier.waiting), False))
    course = [
        (moment(entry.at), entry.who or "", entry.title, entry.text)
        for day in reversed(dossier.days) for entry in sorted(day.entries, key=_at) if entry.kind != "system"
    ]  # fmt: skip
    return [
        heading(register.name), line(f"{case.number}　{case.title}", size=CELL),
        facts_table([*standing, *_pairs(held_back(dossier.facts))], UPRIGHT, size=size), gap(),
        rows_table(
            (_("When"), _("Who"), _("What"), _("Opinion")), course, UPRIGHT,
            size=size, empty=_("Nothing has happened yet."),
        ),
    ]  # fmt: skip


def handling_slip(
    case: Case, register: Register, dossier: Dossier, stations: Sequence[Station], labels: dict[str, str], title: str,
    *, size: float = CELL,
) -> list[Flowable]:  # fmt: skip
    """Return the slip that goes with a case: its declared facts, empty ones too, and what each step of it said."""
    known = {fact.name: fact for fact in held_back(dossier.facts)}
    names = register.slip or register.facts
    blank = [known.get(name) or Fact(name, labels.get(name, name), "", False, False) for name in names]
    whole = [replace(fact, is_long=fact.is_long or fact.name == register.title) for fact in blank]
    kinds: dict[str, list[tuple[str, str]]] = {}
    for each in stations:
        kinds.setdefault(each.kind, []).append((each.said, _signature(each)))
    return [
        heading(title), line(f"{register.name}　{case.number}　{case.state}"),
        facts_table(_pairs(whole), UPRIGHT, size=size), gap(),
        opinions_table(kinds.items(), UPRIGHT, size=size, empty=_("Nobody has it yet.")),
    ]  # fmt: skip


def _signature(station: Station) -> str:
    """Return who did it, of which office, and when; of what still waits, since when."""
    who = f"{station.who}（{station.office}）" if station.who and station.office else station.who or station.office
    if station.done_at:
        return f"{who}　{moment(station.done_at)}"
    return _("%(who)s　received %(at)s, not done yet", who=who, at=moment(station.came_at))


def held_back(facts: Sequence[Fact]) -> list[Fact]:
    """Return facts as they may stay on paper: what was shown for a while is masked there."""
    return [replace(fact, text=fact.masked) if fact.until else fact for fact in facts]


def _pairs(facts: Sequence[Fact]) -> list[Pair]:
    return [(fact.label, dated(fact.text), fact.is_long) for fact in facts]


def _at(entry: Entry) -> datetime:
    return entry.at
