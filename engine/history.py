"""The record of what happened in an instance: numbered events, each bound to the one before by its hash.

An event's record is canonical JSON (RFC 8785) that holds the hash of the event before it; the first holds the checksum
of the definition's file. Values are not in the record: it holds their salted hashes, and the values stand in rows of
their own, so that a value can be erased without breaking the chain.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.canonical import Json, canonical, digest, json_safe, new_salt, plain, salted
from engine.errors import HistoryBroken
from engine.store import EventRecord, ValueRecord

VALUES = {
    "variable_written": "new", "variables_edited": "reason", "instance_cancelled": "reason", "job_failed": "error",
    "incident_raised": "error", "condition_failed": "error",
}
"""The kinds of events that speak of a value, and the member of their data that is its salted hash."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something to an instance, for whom, and when: the same for all events of one step."""

    at: datetime
    by: str | None = None  # a user, or None for the engine itself
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event as readers see it; `values` holds those that have not been erased."""

    number: int
    at: datetime
    kind: str
    hash: str
    element_id: str | None
    token: int | None
    actor: str | None
    on_behalf_of: str | None
    data: Mapping[str, Any]
    values: Mapping[str, Json]


class Journal:
    """Notes the events of one step of one instance, continuing its chain."""

    def __init__(self, instance_id: str, number: int, head: str, act: Act) -> None:
        self.instance_id = instance_id
        self.number = number
        self.head = head
        self.act = act
        self.events: list[EventRecord] = []
        self.values: list[ValueRecord] = []
        self.written: set[str] = set()  # names of variables, until conditional events have been looked at
        self._at = act.at.astimezone(UTC).isoformat(timespec="microseconds")

    def note(self, kind: str, element_id: str | None = None, token: int | None = None, **data: Json) -> None:
        """Append an event. `data` holds ids, names, instants as text and whole numbers: never a value of the case."""
        self.number += 1
        record: dict[str, Json] = {"at": self._at, "kind": kind, "number": self.number, "previous": self.head}
        if self.act.by is not None:
            record["actor"] = self.act.by
        if self.act.on_behalf_of is not None:
            record["on_behalf_of"] = self.act.on_behalf_of
        if element_id is not None:
            record["element"] = element_id
        if token is not None:
            record["token"] = token
        if data:
            record["data"] = data
        text = plain(record)
        self.head = digest(text)
        self.events.append(EventRecord(self.instance_id, self.number, self.act.at, kind, text, self.head))

    def variable_written(self, scope: int, name: str, value: Json, old: str | None, *, is_input: bool) -> str:
        """Append a variable_written event, with the value in a row of its own; return the value's salted hash."""
        self.written.add(name)
        data: dict[str, Json] = {"name": name, "scope": scope}
        if old is not None:
            data["old"] = old
        if is_input:
            data["input"] = True
        return self._with_value("variable_written", name, value, None, None, data, "new")

    def note_value(
        self, kind: str, element_id: str | None, token: int | None, name: str, value: Json, **data: Json
    ) -> None:
        """Append an event that speaks of one value (a reason, an error's text) by its hash."""
        self._with_value(kind, name, json_safe(value), element_id, token, dict(data), name)

    def _with_value(
        self, kind: str, name: str, value: Json, element_id: str | None, token: int | None,
        data: dict[str, Json], member: str,
    ) -> str:
        text, salt = canonical(value), new_salt()
        data[member] = salted(salt, text)
        self.note(kind, element_id, token, **data)
        self.values.append(ValueRecord(self.instance_id, self.number, name, salt, text))
        return str(data[member])


def read_events(events: Sequence[EventRecord], values: Iterable[ValueRecord]) -> list[Event]:
    """Return stored events for readers, each with its values that still stand."""
    values_of: dict[int, dict[str, Json]] = {}
    for row in values:
        if row.value is not None:
            values_of.setdefault(row.number, {})[row.name] = json.loads(row.value)
    return [_read(event, values_of.get(event.number, {})) for event in events]


def _read(event: EventRecord, values: Mapping[str, Json]) -> Event:
    record = json.loads(event.record)
    return Event(
        number=event.number, at=event.at, kind=event.kind, hash=event.hash, element_id=record.get("element"),
        token=record.get("token"), actor=record.get("actor"), on_behalf_of=record.get("on_behalf_of"),
        data=record.get("data", {}), values=values,
    )


def last_values(events: Iterable[Event]) -> dict[str, Json]:
    """Return the process's own variables as its history leaves them, but for what has been erased."""
    found: dict[str, Json] = {}
    for event in events:
        if event.kind == "variable_written" and event.data["scope"] == 1:
            found.pop(event.data["name"], None)
            found.update(event.values)
    return found


def verify(
    first: str, head: str, last: int, events: Sequence[EventRecord], values: Iterable[ValueRecord]
) -> int:
    """Check an instance's whole history and return how many events it has.

    `first` is the checksum of the definition's file; `head` and `last` are what the instance says of its newest event.
    Raises HistoryBroken naming the first event that does not hold.
    """
    previous = first
    spoken: dict[int, tuple[str, str]] = {}
    for expected, event in enumerate(events, start=1):
        record = _record(event)
        if event.number != expected or record.get("number") != expected:
            raise HistoryBroken(f"instance {event.instance_id}: event {expected} is missing")
        if record.get("previous") != previous or digest(event.record) != event.hash:
            raise HistoryBroken(f"instance {event.instance_id}: event {expected} was changed")
        if record.get("kind") != event.kind or datetime.fromisoformat(record["at"]) != event.at:
            raise HistoryBroken(f"instance {event.instance_id}: event {expected} disagrees with its record")
        if expected == 1 and record.get("data", {}).get("instance") != event.instance_id:
            raise HistoryBroken(f"instance {event.instance_id}: the history is another instance's")
        previous = event.hash
        if (member := VALUES.get(event.kind)) is not None:
            data = record["data"]
            spoken[expected] = (data["name"] if member == "new" else member, data[member])
    if previous != head or len(events) != last:
        raise HistoryBroken(f"the history ends at event {len(events)}, the instance at event {last}")
    _verify_values(spoken, values)
    return len(events)


def _record(event: EventRecord) -> dict[str, Any]:
    try:
        record = json.loads(event.record)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise HistoryBroken(f"instance {event.instance_id}: event {event.number} was changed")
    return record


def _verify_values(spoken: dict[int, tuple[str, str]], values: Iterable[ValueRecord]) -> None:
    """Check that each value is the one its event speaks of, and that only erasing has taken any away."""
    for row in values:
        name, expected = spoken.pop(row.number, (None, None))
        if name != row.name or (row.value is not None and salted(row.salt, row.value) != expected):
            raise HistoryBroken(f"instance {row.instance_id}: a value of event {row.number} was changed")
    if spoken:
        raise HistoryBroken(f"the value of event {min(spoken)} is missing")
