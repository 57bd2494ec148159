"""The bar of pages: an entry for each kind of work, seen only by those whose groups include it."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_
from app.people.queries import Person


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the bar; `permission` None: for everybody who is signed in."""

    path: str
    icon: str
    word: str
    permission: str | None = None


ENTRIES = (
    Entry("/", "home", N_("Home")),
    Entry("/inbox", "inbox", N_("Inbox"), "inbox"),
    Entry("/start", "plus", N_("Start"), "start"),
    Entry("/registers", "folders", N_("Registers"), "registers"),
    Entry("/duty", "replace", N_("Duty"), "inbox"),
    Entry("/statistics", "chart-bar", N_("Figures"), "statistics"),
    Entry("/calendar", "calendar", N_("Calendar"), "calendar"),
    Entry("/processes", "sitemap", N_("Processes"), "deploy"),
    Entry("/jobs", "clock-hour-4", N_("Jobs"), "jobs"),
    Entry("/audit", "shield-check", N_("Audit"), "audit"),
    Entry("/settings", "settings", N_("Settings")),
)


def entries_for(person: Person) -> list[Entry]:
    """Return the entries that are this person's."""
    return [entry for entry in ENTRIES if entry.permission is None or person.may(entry.permission)]
