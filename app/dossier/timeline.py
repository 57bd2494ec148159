"""A case's course in plain words: who did what, when, and what they said, read from its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from flask_babel import format_date, format_datetime
from flask_babel import gettext as _

from app.case.voiding import BEFORE_REASON
from engine import Event, ProcessDefinition
from engine.form import Field, Form

Kind = Literal["act", "comment", "system"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the course. `who` is a login until the names are known; `number` that of another case."""

    at: datetime
    kind: Kind
    icon: str
    title: str
    who: str | None = None
    for_whom: str | None = None
    text: str = ""
    number: str = ""

    @property
    def time(self) -> str:
        """Return the hour and minute in the township's time zone."""
        return str(format_datetime(self.at, "HH:mm"))


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day, newest first."""

    name: str
    entries: Sequence[Entry]


def by_day(entries: Iterable[Entry]) -> list[Day]:
    """Group lines by the township's day, the newest on top."""
    newest_first = sorted(entries, key=lambda entry: entry.at, reverse=True)
    days = groupby(newest_first, key=lambda entry: str(format_datetime(entry.at, "yyyy-MM-dd")))
    return [_day(list(group)) for _name, group in days]


def _day(entries: list[Entry]) -> Day:
    return Day(str(format_date(entries[0].at, "yyyy-MM-dd EEEE")), entries)


def entries_of(
    events: Sequence[Event], definition: ProcessDefinition, called: Mapping[int, ProcessDefinition]
) -> Iterator[Entry]:
    """Yield what an instance's history tells people, oldest first; `called` are the processes it has called."""
    answers = answers_of(events)
    for event in events:
        entry = _entry(event, called.get(event.data.get("call", 0), definition), answers)
        if entry is not None:
            yield entry


def _entry(event: Event, definition: ProcessDefinition, answers: Mapping[tuple[datetime, str], object]) -> Entry | None:
    element = definition.elements.get(event.element_id) if event.element_id else None
    name = (element.name if element else "") or event.element_id or ""
    properties = element.properties if element else {}

    def act(icon: str, title: str, text: str = "") -> Entry:
        return Entry(event.at, "act", icon, title, event.actor, event.on_behalf_of, text)

    def system(icon: str, title: str, text: str = "") -> Entry:
        return Entry(event.at, "system", icon, title, event.actor, event.on_behalf_of, text)

    match event.kind:
        case "instance_started":
            return act("phone-incoming", _("opened the case"))
        case "task_completed":
            given = {key: answers.get((event.at, key)) for key in event.data.get("names", ())}
            opinion = given.get(properties.get("task.opinion", ""))
            form = definition.forms.get(element.form_ref or "") if element else None
            said = [*(word for word in chosen(form, given) if word != name), str(opinion or "")]
            return act("circle-check", _outcome(name, properties), "\n".join(filter(None, said)))
        case "task_claimed":
            return system("hand-stop", _("claimed “%(step)s”", step=name))
        case "task_unclaimed":
            return system("arrow-back-up", _("gave “%(step)s” back", step=name))
        case "task_assigned":
            return act("user-check", _("assigned “%(step)s”", step=name))
        case "activity_started":
            return act("plus", _("started “%(step)s”", step=name))
        case "task_created":
            return system("hourglass", _("“%(step)s” is to be done", step=name))
        case "task_cancelled":
            return system("ban", _("“%(step)s” is no longer needed", step=name))
        case "timer_fired":
            return system("alarm", _("The time for “%(step)s” has come", step=name))
        case "message_received" | "signal_received":
            return system("message", _("Message: %(step)s", step=name))
        case "element_entered" if state := properties.get("case.state"):
            return system("flag", _("State: %(state)s", state=state))
        case "variables_edited":
            return act("edit", _("corrected the case's data"), str(event.values.get("reason", "")))
        case "limits_recounted":
            return system("calendar", _("The limits were counted again"), str(event.values.get("reason", "")))
        case "job_failed":
            return system("alert-triangle", _("“%(step)s” failed", step=name))
        case "job_retried":
            return act("refresh", _("had “%(step)s” tried again", step=name))
        case "instance_cancelled" | "instance_annotated":
            reason = str(event.values.get("reason") or event.values.get("note") or "")
            if reason.startswith(BEFORE_REASON):
                return act("ban", _("voided the case"), reason.removeprefix(BEFORE_REASON))
            if event.kind == "instance_annotated":
                return act("message", _("added a note"), reason)
            return act("circle-x", _("ended the case"), reason)
        case "instance_completed":
            return system("checks", _("The case is finished"))
    return None


def _outcome(name: str, properties: Mapping[str, str]) -> str:
    act = properties.get("task.act", "")
    return name if not act or act in name else f"{name} · {act}"


def chosen(form: Form | None, given: Mapping[str, object]) -> Iterator[str]:
    """Yield what was chosen among a form's radio buttons: they are the decisions that people take."""
    fields = [field for root in form.fields for field in root.walk() if field.type == "radio"] if form else []
    words = [(field.label, option_of(field, given[field.path[0]])) for field in fields if given.get(field.path[0])]
    if len(words) == 1:
        yield words[0][1]
    elif words:
        yield "；".join(f"{label}: {option}" for label, option in words)


def option_of(field: Field, value: object) -> str:
    """Return what an option of a field is called."""
    options = field.attributes.get("values")
    found = options if isinstance(options, list) else []
    return next((str(each.get("label", value)) for each in found if each.get("value") == value), str(value))


def answers_of(events: Sequence[Event]) -> dict[tuple[datetime, str], object]:
    """Return what people filled in, by the instant of the step and the field."""
    return {
        (event.at, name): value
        for event in events
        if event.kind == "variable_written" and event.data.get("input")
        for name, value in event.values.items()
    }
