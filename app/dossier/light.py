"""The traffic light of a due date: a colour, and always a word that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.case.timing import Standing, Timed, met_at, outcome_of, standing_at


@dataclass(frozen=True, slots=True)
class Light:
    """A level for the eye, and the words for everyone."""

    level: Standing
    text: str


def light(due_at: datetime | None, now: datetime) -> Light:
    """Return how a due instant stands at `now`: late, near (less than a day left), fine, or without a limit."""
    level = standing_at(due_at, now)
    if due_at is None:
        return Light(level, _("No time limit"))
    if level == "late":
        return Light(level, _("Overdue by %(span)s", span=span(now - due_at)))
    return Light(level, _("%(span)s left", span=span(due_at - now)))


def light_of_done(due_at: datetime | None, ended_at: datetime) -> Light:
    """Return how a due instant was kept."""
    match outcome_of(due_at, ended_at):
        case "no_limit":
            return Light("none", _("No time limit"))
        case "late":
            return Light("late", _("Done late"))
        case _:
            return Light("fine", _("Done in time"))


def light_of_case(case: Timed, now: datetime) -> Light:
    """Return how a case's limit stands, or how it was kept once that was done which it is for."""
    done_at = met_at(case)
    return light(case.due_at, now) if done_at is None else light_of_done(case.due_at, done_at)


def span(length: timedelta) -> str:
    """Return a length of time in its largest fitting unit, rounded down: 3 days, 5 hours, 20 minutes."""
    if length >= timedelta(days=1):
        return ngettext("%(num)d day", "%(num)d days", length.days)
    minutes = int(length.total_seconds()) // 60
    if minutes >= 60:
        return ngettext("%(num)d hour", "%(num)d hours", minutes // 60)
    return ngettext("%(num)d minute", "%(num)d minutes", max(1, minutes))
