"""The traffic light of a due date: a colour, and always a word that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext as _
from flask_babel import ngettext

NEAR = timedelta(hours=24)

Level = Literal["late", "near", "fine", "none"]


@dataclass(frozen=True, slots=True)
class Light:
    """A level for the eye, and the words for everyone."""

    level: Level
    text: str


def light(due_at: datetime | None, now: datetime) -> Light:
    """Return how a due instant stands at `now`: late, near (less than a day left), fine, or without a limit."""
    if due_at is None:
        return Light("none", _("No time limit"))
    if due_at <= now:
        return Light("late", _("Overdue by %(span)s", span=span(now - due_at)))
    return Light("near" if due_at - now < NEAR else "fine", _("%(span)s left", span=span(due_at - now)))


def light_of_done(due_at: datetime | None, ended_at: datetime) -> Light:
    """Return how a due instant was kept."""
    if due_at is None:
        return Light("none", _("No time limit"))
    return Light("late", _("Done late")) if ended_at > due_at else Light("fine", _("Done in time"))


def span(length: timedelta) -> str:
    """Return a length of time in its largest fitting unit, rounded down: 3 days, 5 hours, 20 minutes."""
    if length >= timedelta(days=1):
        return ngettext("%(num)d day", "%(num)d days", length.days)
    minutes = int(length.total_seconds()) // 60
    if minutes >= 60:
        return ngettext("%(num)d hour", "%(num)d hours", minutes // 60)
    return ngettext("%(num)d minute", "%(num)d minutes", max(1, minutes))
